"""Pipeline step: a code, or a command of the training, says by itself what is wanted."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from actions.logic.meanings import SIGN_IN
from actions.logic.practice_reading import is_taught
from actions.logic.references import find_learner_code, find_reference, looks_like_resume_code
from actions.logic.wording import TYPED_MARK
from bot.components.rejection import UNCLEAR
from bot.understanding.rejection import OUT_OF_SCOPE

# «Eccolo: K7PM-3XQD», "hi, K7PM-3XQD": words that only hand the code over.
_HANDED_OVER = frozenset(
    {OUT_OF_SCOPE, UNCLEAR, "affirm", "deny", "greet", "thank", "goodbye", "skip"}
)
RESUME = "resume_intake"
STATUS = "intake_status"
TRAINING = "start_training"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class CodeReader(GraphComponent):
    """Sets the intent ``resume_intake`` or ``sign_in`` where a message holds such a code,
    ``start_training`` where it is a command that the training teaches, and ``intake_status`` where
    one with a reference means nothing else.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CodeReader:
        """Make the step; there is nothing to train."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Look for a code in each message."""
        for message in messages:
            text = message.get(TEXT)
            if text.startswith(TYPED_MARK):
                # A typed command is words, and means nothing that a command would.
                message.set(INTENT, {"name": OUT_OF_SCOPE, "confidence": 1.0}, add_to_output=True)
            elif looks_like_resume_code(text):
                message.set(INTENT, {"name": RESUME, "confidence": 1.0}, add_to_output=True)
            elif find_learner_code(text):
                message.set(INTENT, {"name": SIGN_IN, "confidence": 1.0}, add_to_output=True)
            elif is_taught(text):
                message.set(INTENT, {"name": TRAINING, "confidence": 1.0}, add_to_output=True)
            elif message.get(INTENT)["name"] in _HANDED_OVER and find_reference(text):
                message.set(INTENT, {"name": STATUS, "confidence": 1.0}, add_to_output=True)
        return messages
