"""What a person typed is plain words; only a button that was offered may carry a command.

Rasa executes any text that looks like ``/intent{…}``. Every channel passes its texts through here.
"""

from __future__ import annotations

from collections.abc import Iterator

from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from actions.logic.wording import TYPED_MARK, looks_like_command

LONGEST = 2000
TOO_LONG = "/too_long"  # all that Rasa learns of a longer text: it is neither read nor kept


def as_words(text: str) -> str:
    """Mark a typed text that looks like a command, invisibly, so that it is read as words."""
    return TYPED_MARK + text if looks_like_command(text) else text


def keepable(text: str) -> str:
    """Return a typed text as it may be kept until it is read: one over the limit is not kept."""
    if len(text) > LONGEST:
        return TOO_LONG
    return TYPED_MARK + text if text == TOO_LONG else text


def admit(text: str, tracker: DialogueStateTracker | None) -> str:
    """Return a message as Rasa may see it.

    Args:
        text: What arrived.
        tracker: The conversation it arrived in, or None if that has not begun.
    """
    if len(text) > LONGEST:
        return TOO_LONG
    if looks_like_command(text) and tracker is not None and text in set(_offered(tracker)):
        return text
    return as_words(text)


def _offered(tracker: DialogueStateTracker) -> Iterator[str]:
    for event in tracker.events:
        if isinstance(event, BotUttered):
            for button in event.data.get("buttons") or ():
                yield button.get("payload", "")
