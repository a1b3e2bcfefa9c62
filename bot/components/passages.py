"""Pipeline step: for a message out of scope, the passage of the documents that is near enough."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from actions.settings import Settings
from bot.components.encoding import shared_encoder
from bot.components.ranking import VECTOR
from bot.understanding.passages import index_passages, load_passages
from bot.understanding.rejection import OUT_OF_SCOPE


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class PassageFinder(GraphComponent):
    """Adds ``passage`` (source, text, score) to what is known of a message."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Take the settings of the step and encode the passages."""
        encoder = shared_encoder(config["engine"])
        data = Settings.read().home / "data"
        self._threshold = float(config["threshold"])
        self._passages = index_passages(load_passages(data), encoder)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``threshold``: the least cosine; ``engine``: the same as the labels'."""
        return {"threshold": 0.89, "engine": "onnx"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PassageFinder:
        """Make the step; there is nothing to train."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Look for a passage for each message that was rejected."""
        for message in messages:
            vector = message.get(VECTOR)
            if vector is None or (message.get(INTENT) or {}).get("name") != OUT_OF_SCOPE:
                continue
            passage, score = self._passages.nearest(vector)
            if score >= self._threshold:
                found = {"source": passage.source, "text": passage.text, "score": score}
                message.set("passage", found, add_to_output=True)
        return messages
