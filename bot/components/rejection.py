"""Pipeline step: a message that is none of ours becomes ``out_of_scope``, and one that may mean
either of two entries ``unclear``.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from actions.settings import Settings
from bot.components.ranking import get_ranking, set_ranking
from bot.faq import load_faq
from bot.understanding.rejection import OUT_OF_SCOPE, is_rejected, near_labels

UNCLEAR = "unclear"
NEAR_LABELS = "near_labels"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class OutOfScopeRejector(GraphComponent):
    """Puts ``out_of_scope`` first where the best label is too unlikely to act on."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Take the settings of the step."""
        self._threshold = float(config["threshold"])
        self._faq = load_faq(Settings.read().home / "data")

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``threshold``: the least probability that a label needs."""
        return {"threshold": 0.2}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> OutOfScopeRejector:
        """Make the step; there is nothing to train."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Reject the messages that the rule rejects."""
        for message in messages:
            ranking = get_ranking(message)
            if is_rejected(ranking, self._threshold):
                others = [pair for pair in ranking if pair[0] != OUT_OF_SCOPE]
                doubt = 1.0 - ranking[0][1] if ranking else 1.0
                set_ranking(message, [(OUT_OF_SCOPE, doubt), *others])
            elif near := near_labels(ranking):
                titles = [
                    {"label": label, "title": self._faq[label.removeprefix("faq/")].title}
                    for label in near
                ]
                message.set(NEAR_LABELS, titles, add_to_output=True)
                intent = {"name": UNCLEAR, "confidence": ranking[0][1]}
                message.set(INTENT, intent, add_to_output=True)
        return messages
