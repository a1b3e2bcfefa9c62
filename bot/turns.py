"""One turn of a conversation counts as a whole, or not at all.

Rasa goes on when an action fails: it saves half a turn and answers with whatever still fits. Here a
failed call marks the turn; the conversation store then saves nothing, and the channel says that the
message was not processed. What an action had stored before is found again by its key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.orm import Session


@dataclass
class Turn:
    """What happens to one message.

    ``on_save`` writes what belongs to the turn into the transaction that saves the conversation; it
    is told whether the conversation is erased in it.
    """

    failed: bool = False
    on_save: Callable[[Session, DialogueStateTracker, bool], None] | None = None


_current: ContextVar[Turn | None] = ContextVar("turn", default=None)


@contextmanager
def new_turn(
    on_save: Callable[[Session, DialogueStateTracker, bool], None] | None = None,
) -> Iterator[Turn]:
    """Begin a turn; whatever runs inside can mark it as failed."""
    turn = Turn(on_save=on_save)
    token = _current.set(turn)
    try:
        yield turn
    finally:
        _current.reset(token)


def current_turn() -> Turn | None:
    """Return the turn that is running, if one is."""
    return _current.get()


def check_answers_once() -> None:
    """Let Rasa check what actions return without checking, at every call, how it checks.

    The schema of an answer is itself valid or not once and for all; to find out took half of the
    time of a turn.
    """
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)

    def validate(_action: RemoteAction, result: dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate


class ActionEndpoint(EndpointConfig):
    """The action server's address; a call that fails marks the turn."""

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Call the action server, see Rasa's own endpoint."""
        try:
            return await super().request(*args, **kwargs)
        except BaseException:
            if turn := _current.get():
                turn.failed = True
            raise
