"""The training in Slack: where it begins, how far somebody is, and when they are reminded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from actions.desk import Desk
from actions.logic.workdays import is_workday
from actions.store import learning, mailbox
from actions.store.slack_routes import Route
from actions.training import progress_words
from bot.channels.slack import blocks, incoming, reminder
from bot.channels.slack.home import Training
from bot.channels.slack.incoming import NAMESPACE, Arrival
from bot.channels.slack.people import Member, People, UnknownError
from bot.channels.slack.sender import Sender
from bot.channels.slack.speaker import Speaker

LOOK_SECONDS = 20.0


class Tutor:
    """Knows members of staff as learners: a learner's key is their own conversation."""

    def __init__(
        self,
        desk: Desk,
        people: People,
        sender: Sender,
        speaker: Callable[[str], Speaker],
        receive: Callable[[Arrival], Awaitable[None]],
    ) -> None:
        """Take everything that it works with; ``receive`` takes in what somebody says."""
        self._desk = desk
        self._people = people
        self._sender = sender
        self._speaker = speaker
        self._receive = receive

    async def begin(self, team: str, member: str, key: str, words: str = "") -> str:
        """Ask for the quiz in somebody's own messages; return their language.

        Args:
            team: Their workspace.
            member: Who they are.
            key: Names the message, so that it counts once.
            words: How they ask; the quiz itself where there are none.
        """
        own = incoming.conversation_of(team, member)
        language = await asyncio.to_thread(self._spoken, own)
        language = language or self._people.language_of(team, member)
        text = words or self._speaker(language)("quiz_words")
        route = Route(team, member, channel=member)
        await self._receive(Arrival(own, key, route, text))
        return language

    async def set_reminder(self, team: str, member: str, hour: int | None) -> str:
        """Set the hour of somebody's reminder, or stop it; return what is said to it."""
        try:
            found = await self._people.find(team, member)
        except UnknownError:
            return self._speaker(self._people.language_of(team, member))("unverified")
        speaker = self._speaker(found.language)
        if found.refusal:
            return speaker.say(found.refusal)
        await asyncio.to_thread(self._set_reminder, found, hour)
        return _confirmed(speaker, hour)

    def of_member(self, member: Member) -> Training:
        """Return what somebody's home shows of their training."""
        key, now = incoming.conversation_of(member.team, member.id), self._desk.now()
        with self._desk.sessions() as session:
            learner = learning.find_learner(session, key)
            progress = learner and learning.progress(session, learner.id, self._desk.quiz, now)
            hour = learner and learner.reminder_hour
        speaker = self._speaker(member.language)
        if not progress or not progress.seen:
            count = self._desk.firm.training.questions
            return Training(speaker("home_no_training", count=count))
        words = progress_words(self._desk, progress, speaker.language)
        return Training(
            speaker.say("utter_practice_progress", **words),
            speaker("home_no_reminder" if hour is None else "home_reminder", hour=hour),
        )

    async def press(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> bool:
        """Do what a button of a reminder says; False where the reminder is somebody else's."""
        who = incoming.presser_of(body)
        if who is None:
            return True
        key = blocks.key_of_block(str(action.get("block_id")))
        begins = action.get("action_id") == reminder.BEGIN
        if not await asyncio.to_thread(self._is_own, key, *who):
            return False
        if begins:
            # Named by the reminder: pressed twice, it begins once.
            await self.begin(*who, key)
        await asyncio.to_thread(self._pressed, key, *who, begins)
        self._sender.wake()
        return True

    async def run(self) -> None:
        """Remind whose hour has come, until cancelled."""
        while True:
            with suppress(SQLAlchemyError):
                await self.remind()
            await asyncio.sleep(LOOK_SECONDS)

    async def remind(self) -> None:
        """Write each reminder that is due now; whoever may no longer ask gets none."""
        for learner_id, key in await asyncio.to_thread(self._waiting):
            _, team, member = key.split(":")
            try:
                refusal = await self._people.refusal(team, member, member)
            except UnknownError:
                continue  # asked again the next time
            language = None if refusal else self._people.language_of(team, member)
            if await asyncio.to_thread(self._remind, learner_id, key, language):
                self._sender.wake()

    # The database, off the event loop -----------------------------------------------------------

    def _spoken(self, conversation_id: str) -> str | None:
        with self._desk.sessions() as session:
            return mailbox.language_of(session, conversation_id)

    def _set_reminder(self, member: Member, hour: int | None) -> None:
        key, now = incoming.conversation_of(member.team, member.id), self._desk.now()
        training = self._desk.firm.training
        with self._desk.sessions() as session:
            learner = learning.find_learner(session, key) or learning.enrol(
                session,
                key,
                language=member.language,
                goal=training.questions,
                reminder_hour=training.reminder_hour,
                now=now,
            )
            learning.set_reminder(learner, hour, now)
            session.commit()

    def _is_own(self, key: str, team: str, member: str) -> bool:
        with self._desk.sessions() as session:
            learner = learning.find_learner(session, incoming.conversation_of(team, member))
            return learner is not None and learner.id == reminder.learner_of_key(key)

    def _pressed(self, key: str, team: str, member: str, begins: bool) -> None:
        now, own = self._desk.now(), incoming.conversation_of(team, member)
        with self._desk.sessions() as session:
            learner = learning.find_learner(session, own)
            language = mailbox.language_of(session, own) or self._people.language_of(team, member)
            speaker = self._speaker(language)
            said = None
            if not begins:
                learning.set_reminder(learner, None, now)
                said = _confirmed(speaker, None)
            chosen = speaker("begin_quiz" if begins else "no_reminders")
            reminder.put_chosen(session, key, chosen, said, now)
            session.commit()

    def _waiting(self) -> list[tuple[int, str]]:
        now = self._desk.now()
        if not is_workday(now.date()):
            return []
        with self._desk.sessions() as session:
            return [(row.id, row.key) for row in learning.to_remind(session, NAMESPACE, now)]

    def _remind(self, learner_id: int, key: str, language: str | None) -> bool:
        """Write somebody's reminder in the language that they speak; None writes nothing."""
        now = self._desk.now()
        with self._desk.sessions() as session:
            made = False
            if language is None:
                learning.claim_reminder(session, learner_id, now)
            else:
                speaker = self._speaker(mailbox.language_of(session, key) or language)
                made = reminder.put_reminder(session, learner_id, self._desk.quiz, speaker, now)
            session.commit()
            return made


def _confirmed(speaker: Speaker, hour: int | None) -> str:
    if hour is None:
        return speaker.say("utter_practice_reminder_off")
    return speaker.say("utter_practice_reminder", number=hour)
