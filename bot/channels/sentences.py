"""Sentences that a channel says by itself; they stand in ``domain.yml`` like all others."""

from __future__ import annotations

from rasa.shared.core.domain import Domain

from actions.firm import LANGUAGES


def sentence(domain: Domain, response: str, language: str | None = None) -> str:
    """Return a response's text in a language, or in both where none is known."""
    variations = domain.responses[response]
    texts = {v["condition"][0]["value"]: v["text"] for v in variations}
    return str(texts[language]) if language in texts else "\n".join(texts[n] for n in LANGUAGES)
