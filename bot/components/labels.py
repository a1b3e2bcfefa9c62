"""Pipeline step: the message's label, an intent or an entry of the FAQ."""

from __future__ import annotations

import os
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from actions.settings import Settings
from bot.components.encoding import shared_encoder
from bot.components.ranking import VECTOR, set_ranking
from bot.understanding.encoder import Encoder
from bot.understanding.labels import LabelModel, rank, train_labels
from bot.understanding.model import LABELS_FILE
from bot.understanding.vectors import encode_cached


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LabelClassifier(GraphComponent):
    """Gives each message a ranking over all labels, the FAQ's entries among them."""

    def __init__(
        self,
        storage: ModelStorage,
        resource: Resource,
        encoder: Encoder,
        model: LabelModel | None = None,
    ) -> None:
        """Take the encoder and, to serve, the trained model."""
        self._storage = storage
        self._resource = resource
        self._encoder = encoder
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``engine``: what computes the sentence vectors; see ``bot.understanding.encoder``."""
        return {"engine": "onnx"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LabelClassifier:
        """Make the step for training."""
        # Thousands of messages are worth every core; a single one is faster on its own.
        return cls(model_storage, resource, shared_encoder(config["engine"], os.cpu_count() or 1))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LabelClassifier:
        """Make the step for serving."""
        with model_storage.read_from(resource) as folder:
            model = LabelModel.load(folder / LABELS_FILE)
        return cls(model_storage, resource, shared_encoder(config["engine"]), model)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the labels of all training messages."""
        messages = training_data.intent_examples
        texts = [message.get(TEXT) for message in messages]
        labels = [message.get(INTENT_RESPONSE_KEY) or message.get(INTENT) for message in messages]
        cache = Settings.read().var / "cache" / "vectors.npz"
        vectors = encode_cached(self._encoder, texts, cache)
        with self._storage.write_to(self._resource) as folder:
            train_labels(texts, labels, vectors).save(folder / LABELS_FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent, its ranking, and which FAQ entry would answer."""
        assert self._model is not None
        for message in messages:
            ranking, vector = rank(self._model, message.get(TEXT), self._encoder)
            message.set(VECTOR, vector)
            set_ranking(message, ranking)
        return messages
