"""Takes messages in, has each answered once and in order, and keeps the answers.

A channel that loses nothing hands its messages to `Reception.receive` and reads the answers from
the outbox (`actions.store.mailbox`). Between the two, whatever dies or is away, a message is either
waiting, and will be answered when things are back, or answered.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import LockError
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from actions.desk import Desk
from actions.logic.intake import Intake
from actions.store import mailbox
from actions.store.mailbox import Incoming, Offer
from bot.channels.sentences import sentence
from bot.channels.typed import TOO_LONG, as_words, keepable
from bot.locks import ConversationLocks
from bot.turns import new_turn
from bot.wakeups import Wakeups

INTAKE_FORM = "intake_form"
SWEEP_SECONDS = 2
# A turn that failed is tried again, later each time; then the person is told.
TRIES = 5
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
TURNS_AT_ONCE = 16
STOP_SECONDS = 8
logger = logging.getLogger(__name__)


class TurnFailedError(Exception):
    """An action could not be run; nothing of the turn was saved."""


class NotYetError(TurnFailedError):
    """It can't be told yet whether a message may be answered; it waits."""


@dataclass(frozen=True)
class Instead:
    """What is said instead of a turn: a response by its name; ``blank`` keeps no word of theirs."""

    response: str
    language: str | None = None
    stale: bool = False
    blank: bool = False


class Outlet(Protocol):
    """A channel to which answers are sent, because nobody comes to fetch them."""

    async def admit(self, message: Incoming) -> Instead | None:
        """Say whether a message is for the assistant; None lets it in.

        Raises:
            NotYetError: that can't be told now.
        """

    def send(
        self,
        session: Session,
        message: Incoming,
        number: int,
        payload: Mapping[str, Any],
        pressed: Offer | None,
    ) -> None:
        """Note in the transaction of an answer that it is to be sent, and which button it is of."""

    def wake(self) -> None:
        """Send what was noted: it is in the database now."""


class Replies(CollectingOutputChannel):
    """What the bot says in one turn, each text whole."""

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Keep a text as one, blank lines included."""
        await self._persist_message(self._message(recipient_id, text=text))


@dataclass
class Reception:
    """The way in for all channels that lose nothing, one for each process of the bot."""

    agent: Agent
    desk: Desk
    locks: ConversationLocks
    wakeups: Wakeups
    outlets: Mapping[str, Outlet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with nobody waiting."""
        self._draining: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._places = asyncio.Semaphore(TURNS_AT_ONCE)
        self._keepers: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Look after what waits, from now on: also what an earlier process left."""
        self._keepers = [
            asyncio.create_task(self._sweep()),
            asyncio.create_task(self.wakeups.run()),
        ]

    async def close(self) -> None:
        """Let the turns that are running come to their end; the rest waits for the next start."""
        for keeper in self._keepers:
            keeper.cancel()
        running = list(self._draining.values())
        self._again.clear()
        if running:
            _, late = await asyncio.wait(running, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()

    async def receive(
        self,
        conversation_id: str,
        *,
        channel: str,
        key: str,
        text: str,
        button: str | None,
        check: Callable[[Session], None] = lambda _session: None,
        note: Callable[[Session, int], None] = lambda _session, _number: None,
    ) -> int:
        """Put a message into the inbox and have it answered; return its number.

        Once this has returned the message can't get lost. ``check`` may raise to refuse a message
        that is not a repetition; ``note`` writes into its transaction what else is to be known of
        a new one. Of a text over the limit nothing is kept but that it was too long.

        Raises:
            KeyReusedError: another message has this key.
            sqlalchemy.exc.SQLAlchemyError: it was not taken in.
        """
        number = await asyncio.to_thread(
            self._take_in, conversation_id, channel, key, keepable(text), button, check, note
        )
        self._answer_soon(conversation_id)
        return number

    def alone_with(self, conversation_id: str) -> AbstractAsyncContextManager[Any]:
        """Keep turns out of a conversation as long as the block lasts."""
        return self.locks.lock(conversation_id)

    def _take_in(
        self,
        conversation_id: str,
        channel: str,
        key: str,
        text: str,
        button: str | None,
        check: Callable[[Session], None],
        note: Callable[[Session, int], None],
    ) -> int:
        with self.desk.sessions() as session:
            known = mailbox.find_received(session, conversation_id, key, text, button)
            if known is not None:
                return known
            check(session)
            try:
                number = mailbox.receive(
                    session,
                    conversation_id=conversation_id,
                    channel=channel,
                    key=key,
                    text=text,
                    button=button,
                    now=self.desk.now(),
                )
                note(session, number)
                session.commit()
            except IntegrityError:
                # The same message came twice in the same moment.
                session.rollback()
                known = mailbox.find_received(session, conversation_id, key, text, button)
                if known is None:
                    raise
                return known
            return number

    def _answer_soon(self, conversation_id: str) -> None:
        if conversation_id in self._draining:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._answer_all(conversation_id))
        self._draining[conversation_id] = task
        task.add_done_callback(lambda _: self._done(conversation_id))

    def _done(self, conversation_id: str) -> None:
        del self._draining[conversation_id]
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self._answer_soon(conversation_id)

    async def _answer_all(self, conversation_id: str) -> None:
        """Answer what waits in a conversation, the oldest first, until nothing does."""
        pause = FIRST_PAUSE
        while True:
            try:
                async with self._places, self.locks.lock(conversation_id):
                    message = await asyncio.to_thread(self._next, conversation_id)
                    if message is None:
                        return
                    await self._answer(message)
                pause = FIRST_PAUSE
                self.wakeups.wake(conversation_id)
                if outlet := self.outlets.get(message.channel):
                    outlet.wake()
            except Exception as error:
                # Whatever it was, the message stays. It holds personal data: only the kind of error
                # is logged.
                logger.warning("a message waits: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _answer(self, message: Incoming) -> None:
        offer = None
        instead = None
        if message.channel in self.outlets:
            instead = await self.outlets[message.channel].admit(message)
        if instead is None and message.attempts >= TRIES:
            instead = Instead("utter_trouble")
        if instead is None and message.button is not None:
            offer = await asyncio.to_thread(self._offer, message)
            if offer is None:
                instead = Instead("utter_stale_button", stale=True)
        if instead is not None:
            await asyncio.to_thread(self._say, message, instead)
            return
        output = Replies()

        def settle(session: Session, tracker: DialogueStateTracker, erased: bool) -> None:
            self._settle(session, tracker, message, offer, output.messages, erased)

        with new_turn(settle) as turn:
            try:
                assert self.agent.processor is not None
                await self.agent.processor.handle_message(
                    UserMessage(
                        _words(message, offer),
                        output,
                        message.conversation_id,
                        input_channel=message.channel,
                        message_id=str(message.id),
                    )
                )
            except (SQLAlchemyError, LockError):
                raise
            except Exception as error:
                logger.error("a turn failed: %s", type(error).__name__)
                turn.failed = True
        if turn.failed:
            await asyncio.to_thread(self._count, message)
            raise TurnFailedError

    def _settle(
        self,
        session: Session,
        tracker: DialogueStateTracker,
        message: Incoming,
        offer: Offer | None,
        messages: list[dict[str, Any]],
        erased: bool,
    ) -> None:
        """Write the answer into the transaction that saves the conversation."""
        language = tracker.get_slot("language")
        replies, offers = _replies(messages)
        if not replies:
            replies = [{"text": sentence(self.agent.domain, "utter_default", language)}]
        payload = {
            "replies": replies,
            "progress": self._progress(tracker),
            "language": language,
            "stale": False,
            "erased": erased,
        }
        number = mailbox.answer(
            session,
            message,
            payload,
            self.desk.now(),
            offers=offers,
            # Of a text over the limit there is nothing to keep.
            erased=erased or message.text == TOO_LONG,
        )
        if number is None:
            raise TurnFailedError("somebody else has answered")
        if outlet := self.outlets.get(message.channel):
            outlet.send(session, message, number, payload, offer)
        self.wakeups.announce(session, message.conversation_id)

    def _progress(self, tracker: DialogueStateTracker) -> dict[str, int] | None:
        if tracker.active_loop_name != INTAKE_FORM:
            return None
        names = (*self.desk.interview.fields, "consent")
        position = self.desk.interview.position(
            Intake(
                answers={name: tracker.get_slot(name) for name in names},
                asked=tracker.get_slot("requested_slot"),
            )
        )
        return position and {"n": position[0], "of": position[1]}

    def _next(self, conversation_id: str) -> Incoming | None:
        with self.desk.sessions() as session:
            return mailbox.next_waiting(session, conversation_id)

    def _offer(self, message: Incoming) -> Offer | None:
        with self.desk.sessions() as session:
            return mailbox.find_offer(session, message.conversation_id, message.button or "")

    def _count(self, message: Incoming) -> None:
        with self.desk.sessions() as session:
            mailbox.count_attempts(session, message.id)
            session.commit()

    def _say(self, message: Incoming, instead: Instead) -> None:
        """Answer without a turn: the conversation stays as it was, its buttons too."""
        with self.desk.sessions() as session:
            language = mailbox.language_of(session, message.conversation_id) or instead.language
            payload = {
                "replies": [{"text": sentence(self.agent.domain, instead.response, language)}],
                "progress": None,
                "language": language,
                "stale": instead.stale,
                "erased": False,
            }
            number = mailbox.answer(
                session, message, payload, self.desk.now(), erased=instead.blank
            )
            outlet = self.outlets.get(message.channel)
            if number is not None and outlet is not None:
                outlet.send(session, message, number, payload, None)
            self.wakeups.announce(session, message.conversation_id)
            session.commit()

    async def _sweep(self) -> None:
        """Find what nobody answers: an earlier process took it in, or another one that died.

        A message that brings its process down each time must not do so for ever.
        """
        with suppress(SQLAlchemyError):
            await asyncio.to_thread(self._count_left_over)
        while True:
            with suppress(SQLAlchemyError):
                for conversation_id in await asyncio.to_thread(self._waiting):
                    if conversation_id not in self._draining:
                        self._answer_soon(conversation_id)
            await asyncio.sleep(SWEEP_SECONDS)

    def _waiting(self) -> list[str]:
        with self.desk.sessions() as session:
            return mailbox.conversations_waiting(session)

    def _count_left_over(self) -> None:
        with self.desk.sessions() as session:
            mailbox.count_attempts(session)
            session.commit()


def _words(message: Incoming, offer: Offer | None) -> str:
    """Return what Rasa may see: a command only where a button that was offered means one."""
    if offer is not None:
        return offer.payload
    return message.text if message.text == TOO_LONG else as_words(message.text)


def _replies(
    messages: Iterable[Mapping[str, Any]],
) -> tuple[list[dict[str, Any]], dict[str, Offer]]:
    """Return the replies as channels show them, and the buttons that they offer by their names."""
    replies, offers = [], {}
    for message in messages:
        reply = {name: message[name] for name in ("text", "custom", "image") if message.get(name)}
        buttons = []
        for button in message.get("buttons") or ():
            token = secrets.token_urlsafe(12)
            offers[token] = Offer(button["title"], button["payload"])
            buttons.append({"id": token, "title": button["title"]})
        if buttons:
            reply["buttons"] = buttons
        if reply:
            replies.append(reply)
    return replies, offers
