"""Pipeline step: the message's language, as an entity that fills the slot ``language``."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.understanding.language import DEFAULT, LanguageModel, train_language
from bot.understanding.model import LANGUAGE_FILE

ENTITY = "language"
SENTENCE = "sentence"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LanguageIdentifier(GraphComponent):
    """Adds the entity ``language`` where it is sure; where it is not, the language stays."""

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: LanguageModel | None = None,
    ) -> None:
        """Take the settings of the step and, to serve, the trained model."""
        self._sure = float(config["sure"])
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``sure``: the least probability at which the conversation changes its language."""
        return {"sure": 0.9}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageIdentifier:
        """Make the step for training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageIdentifier:
        """Make the step for serving."""
        with model_storage.read_from(resource) as folder:
            model = LanguageModel.load(folder / LANGUAGE_FILE)
        return cls(config, model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the messages whose block names their language."""
        labelled = [
            (message.get(TEXT), language_of(message)) for message in training_data.intent_examples
        ]
        texts, languages = zip(*labelled)
        with self._storage.write_to(self._resource) as folder:
            train_language(texts, languages).save(folder / LANGUAGE_FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entity to each message whose language is clear."""
        assert self._model is not None
        for message in messages:
            text = message.get(TEXT)
            language, probability = self._model.identify(text)
            if probability >= self._sure:
                entity = {
                    "entity": ENTITY,
                    # One word may be the answer to a question; a sentence is a choice of language.
                    **({"role": SENTENCE} if len(text.split()) > 1 else {}),
                    "value": language,
                    "start": 0,
                    "end": len(text),
                    "confidence_entity": probability,
                    "extractor": type(self).__name__,
                }
                entities = [*message.get(ENTITIES, []), entity]
                message.set(ENTITIES, entities, add_to_output=True)
        return messages


def language_of(message: Message) -> str:
    """Return the language that a training message's block names."""
    metadata = (message.get("metadata") or {}).get("intent") or {}
    return str(metadata.get("language", DEFAULT))
