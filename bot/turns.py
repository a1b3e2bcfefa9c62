"""One turn of a conversation counts as a whole, or not at all.

Rasa goes on when an action fails: it saves half a turn and answers with whatever still fits. Here a
failed call marks the turn; the conversation store then saves nothing, and the channel says that the
message was not processed. What an action had stored before is found again by its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from rasa.utils.endpoints import EndpointConfig


@dataclass
class Turn:
    """What happens to one message."""

    failed: bool = False


_current: ContextVar[Turn | None] = ContextVar("turn", default=None)


@contextmanager
def new_turn() -> Iterator[Turn]:
    """Begin a turn; whatever runs inside can mark it as failed."""
    turn = Turn()
    token = _current.set(turn)
    try:
        yield turn
    finally:
        _current.reset(token)


def has_failed() -> bool:
    """Tell whether the turn that is running has failed."""
    turn = _current.get()
    return turn is not None and turn.failed


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
