"""The sentences of Slack's surfaces: ``utter_slack_…`` of ``domain.yml``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rasa.shared.core.domain import Domain

from bot.channels.sentences import sentence


@dataclass(frozen=True)
class Speaker:
    """Says a response in one language."""

    domain: Callable[[], Domain]
    language: str

    def __call__(self, name: str, /, **values: object) -> str:
        """Return ``utter_slack_<name>`` with values put in."""
        return self.say(f"utter_slack_{name}", **values)

    def say(self, response: str, /, **values: object) -> str:
        """Return any response with values put in."""
        text = sentence(self.domain(), response, self.language)
        for key, value in values.items():
            text = text.replace(f"{{{key}}}", str(value))
        return text

    def knows(self, response: str) -> bool:
        """Tell whether there is a response of this name."""
        return response in self.domain().responses
