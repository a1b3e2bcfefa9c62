"""What happens to whatever Slack delivers, before Slack is told that it came.

Each function returns once what matters is in the database. What only matters now, such as opening a
form, is begun and not waited for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from rasa.shared.core.domain import Domain
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from actions.desk import Desk
from actions.firm import LANGUAGES, Slack
from actions.logic.practice_reading import is_taught
from actions.store import mailbox, slack_cards, slack_posts, slack_routes
from actions.store.audit import Staff
from actions.store.mailbox import KeyReusedError
from bot.channels.slack import blocks, cards, digest, home, incoming, modal
from bot.channels.slack.incoming import NAMESPACE, Arrival
from bot.channels.slack.outlet import QUIET
from bot.channels.slack.people import Member, People, UnknownError
from bot.channels.slack.sender import RESPONSE_URL, Sender
from bot.channels.slack.slash import Asked, read_command
from bot.channels.slack.speaker import Speaker
from bot.channels.slack.texts import unescape
from bot.channels.slack.tutor import Tutor
from bot.channels.typed import LONGEST
from bot.locks import ConversationLocks
from bot.reception import Reception

NEWS_SECONDS = 1.0
logger = logging.getLogger(__name__)


class Office:
    """The functions behind the app's listeners, and the news that it posts by itself."""

    def __init__(
        self,
        desk: Desk,
        slack: Slack,
        client: AsyncWebClient,
        people: People,
        sender: Sender,
        domain: Callable[[], Domain],
        reception: Callable[[], Reception],
    ) -> None:
        """Take everything that it works with."""
        self._desk = desk
        self._slack = slack
        self._client = client
        self._people = people
        self._sender = sender
        self._domain = domain
        self._reception = reception
        self.tutor = Tutor(desk, people, sender, self._speaker, self._receive)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._arrivals = ConversationLocks()

    # Messages ---------------------------------------------------------------------------------

    async def message(self, body: Mapping[str, Any]) -> None:
        """Take in what somebody wrote, in private, where the assistant was called, or below."""
        arrival = incoming.message_of(body, self._people.bot)
        if arrival is None or arrival.route.member == self._people.bot:
            return
        # Threads overtake one another: what arrived first must also be taken in first.
        async with self._arrivals.lock(f"{arrival.route.team}:{arrival.route.member}"):
            placed = await asyncio.to_thread(self._placed, arrival)
            if placed is None:
                return
            called = not placed.overheard and not placed.route.is_private
            if called and is_taught(placed.text):
                # How somebody learns is nobody else's business.
                route = placed.route
                language = await self.tutor.begin(route.team, route.member, placed.key, placed.text)
                text = self._speaker(language)("in_private")
                await self._say_to(route.member, route.channel, text, placed.key)
                return
            await self._receive(placed)

    async def command(self, body: Mapping[str, Any]) -> str | None:
        """Do what ``/sportello`` was asked; return what is said at once, if anything is."""
        raw = body.get("text")
        text = unescape(raw if isinstance(raw, str) else "", self._people.bot)
        every = [self._speaker(language) for language in LANGUAGES]
        command = read_command(text, every)
        asked = command.asked
        if asked is Asked.INTAKE:
            self._begin(self._open_form(body))
            return None
        kind = "help" if asked is Asked.HELP else "text"
        arrival = incoming.command_of(body, text, kind)
        if arrival is None:
            return None
        who = (arrival.route.team, arrival.route.member)
        if asked is Asked.QUIZ:
            language = await self.tutor.begin(*who, arrival.key, command.words)
            return self._speaker(language)("in_private")
        if asked is Asked.NO_REMINDER or command.hour is not None:
            return await self.tutor.set_reminder(*who, command.hour)
        if asked is Asked.REMINDER:
            return self._speaker(self._people.language_of(*who))("reminder_hour")
        await self._receive(arrival)
        return None

    async def press(self, body: Mapping[str, Any]) -> None:
        """Take in each button, option or day that was chosen in an answer."""
        for arrival, block in incoming.presses_of(body):
            found = await asyncio.to_thread(self._post_of, block)
            if found is None:
                # Its post is gone, erased or never ours: the reception says that it is stale.
                own_place = incoming.in_conversation(
                    arrival, arrival.conversation_id, by_url=incoming.is_ephemeral(body)
                )
                await self._receive(own_place)
                continue
            conversation, by_url = found
            own = incoming.conversation_of(arrival.route.team, arrival.route.member)
            if conversation != own and not conversation.startswith(own + ":"):
                await self._notice(body, arrival.key, "not_yours")
                continue
            await self._receive(incoming.in_conversation(arrival, conversation, by_url=by_url))

    async def share(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Show everybody in the channel what one person was told."""
        url, block = body.get("response_url"), str(action.get("block_id"))
        team, member = _team(body), _user(body)
        if isinstance(url, str) and team and member:
            await asyncio.to_thread(self._share, url, block, team, member)
            self._sender.wake()

    # Forms ------------------------------------------------------------------------------------

    async def open_form(self, body: Mapping[str, Any]) -> None:
        """Open the form for a new intake."""
        self._begin(self._open_form(body))

    async def new_intake(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Store a form, or say at its fields what is wrong; return what becomes of the form."""
        view = body.get("view")
        view = view if isinstance(view, Mapping) else {}
        team, user, view_id = _team(body), _user(body), view.get("id")
        speaker = self._speaker(self._people.language)
        if not (team and user and isinstance(view_id, str) and view_id):
            return _errors({modal.CONSENT: speaker("unverified")})
        try:
            member = await self._people.find(team, user)
        except UnknownError:
            return _errors({modal.CONSENT: speaker("unverified")})
        speaker = self._speaker(member.language)
        if member.refusal:
            return _errors({modal.CONSENT: speaker.say(member.refusal)})
        answers, errors = await asyncio.to_thread(
            modal.read_form, self._desk, speaker, view, self._desk.now()
        )
        if errors:
            return _errors(errors)
        try:
            reference = await asyncio.to_thread(
                modal.store, self._desk, member, view_id[:60], answers
            )
        except SQLAlchemyError as error:
            logger.error("an intake could not be stored: %s", type(error).__name__)
            return _errors({modal.CONSENT: speaker("not_stored")})
        return {
            "response_action": "update",
            "view": modal.stored_view(self._desk, speaker, reference),
        }

    async def reply_form(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Note a reply to a card, and let whoever asked read it where they can."""
        view = body.get("view")
        view = view if isinstance(view, Mapping) else {}
        about, text = modal.entry_of(view)
        card_id = cards.card_of_block(about)
        speaker = self._speaker(self._people.language)
        staff = await self._staff(body)
        if staff is None or card_id is None:
            return _errors({modal.ENTRY: speaker("unverified")})
        if not text or len(text) > LONGEST:
            return _errors({modal.ENTRY: speaker("required" if not text else "too_long")})
        key = f"reply:{incoming.digest(str(view.get('id')))}"
        conversation = await asyncio.to_thread(self._reply, card_id, text, staff, key)
        self._sender.wake()
        if conversation:
            self._reception().wakeups.wake(conversation)
        return {}

    # The training -----------------------------------------------------------------------------

    async def begin_quiz(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Begin the quiz in the messages of whoever pressed its button."""
        who = incoming.presser_of(body)
        if who is not None:
            await self.tutor.begin(*who, f"quiz:{incoming.digest(str(action.get('action_ts')))}")

    async def reminder(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Do what a member of staff chose in a reminder."""
        if not await self.tutor.press(body, action):
            key = f"reminder:{incoming.digest(str((action.get('action_ts'), _user(body))))}"
            await self._notice(body, key, "not_yours")

    # Cards ------------------------------------------------------------------------------------

    async def card(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Do what a member of staff chose on a card."""
        card_id = cards.card_of_block(action.get("block_id"))
        key = f"card:{incoming.digest(str((action.get('action_ts'), _user(body))))}"
        if card_id is None:
            return
        staff = await self._staff(body)
        if staff is None:
            await self._notice(body, key, "unverified")
            return
        name = action.get("action_id")
        if name == cards.REPLY:
            self._begin(self._open_reply(body, card_id))
            return
        if name == cards.TAKE:
            done = await asyncio.to_thread(
                self._change,
                lambda session: slack_cards.take(session, card_id, staff, key, self._desk.now()),
                card_id,
                key,
            )
            if not done:
                await self._notice(body, key, "already_taken")
        elif name == cards.STATUS:
            option = action.get("selected_option")
            status = str(option.get("value")) if isinstance(option, Mapping) else ""
            await asyncio.to_thread(
                self._change,
                lambda session: slack_cards.set_status(
                    session, card_id, status, staff, key, self._desk.now()
                ),
                card_id,
                key,
            )
        self._sender.wake()

    # The home ---------------------------------------------------------------------------------

    async def home(self, body: Mapping[str, Any]) -> None:
        """Show the home of whoever opened it."""
        event = body.get("event")
        event = event if isinstance(event, Mapping) else {}
        user, team, event_id = event.get("user"), incoming.team_of(body), body.get("event_id")
        if event.get("tab", "home") == "home" and isinstance(user, str) and team:
            self._begin(self._show_home(team, user, str(event_id)))

    async def _show_home(self, team: str, user: str, event_id: str) -> None:
        member = await self._people.find(team, user)
        speaker = self._speaker(member.language)
        view = (
            home.declined(speaker, member.refusal)
            if member.refusal
            else await asyncio.to_thread(self._home_view, member)
        )
        await asyncio.to_thread(
            self._put,
            f"home:{incoming.digest(event_id)}",
            user,
            "views.publish",
            {"user_id": user, "view": view},
        )
        self._sender.wake()

    def _home_view(self, member: Member) -> dict[str, Any]:
        training = self.tutor.of_member(member)
        with self._desk.sessions() as session:
            requests = slack_cards.open_requests(session, home.MOST)
        return home.view(self._speaker(member.language), requests, training)

    # News -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Post what is new, and the day's deadlines, until cancelled."""
        while True:
            if self._slack.notify:
                with suppress(SQLAlchemyError):
                    if await asyncio.to_thread(self._post_news, self._slack.notify):
                        self._sender.wake()
            await asyncio.sleep(NEWS_SECONDS)

    def _post_news(self, channel: str) -> bool:
        now = self._desk.now()
        with self._desk.sessions() as session:
            try:
                made = slack_cards.make_cards(session, now)
                for card_id in made:
                    self._put_card(session, card_id, channel)
                updated = self._update_outdated(session)
                if digest.is_due(now, self._slack.digest_hour):
                    speaker = self._speaker(self._people.language)
                    made += [0] * digest.put_digest(session, channel, speaker, now)
                session.commit()
            except IntegrityError:
                # Another process was first; what it left is done the next time.
                session.rollback()
                return False
        return bool(made or updated)

    def _put_card(self, session: Session, card_id: int, channel: str) -> None:
        card = slack_cards.read_card(session, card_id)
        if card is None:
            return
        speaker = self._speaker(self._people.language)
        key, now = cards.card_key(card_id), self._desk.now()
        arguments = {"channel": channel, **cards.render(card, self._desk, speaker), **QUIET}
        slack_posts.put(
            session,
            key,
            lane=channel,
            method="chat.postMessage",
            arguments=arguments,
            now=now,
            card_id=card_id,
        )
        if not self._slack.personal_data:
            return
        person = cards.render_person(card, self._desk, speaker)
        if person is not None:
            slack_posts.put(
                session,
                f"{key}:person",
                lane=channel,
                method="chat.postMessage",
                arguments={"channel": channel, **person, **QUIET},
                now=now,
                parent_key=key,
                card_id=card_id,
            )

    def _update_outdated(self, session: Session) -> bool:
        """Let cards show what was done elsewhere, once for each change whoever finds it."""
        taken = [
            card_id
            for card_id in slack_cards.outdated_cards(session)
            if slack_cards.take_outdated(session, card_id)
        ]
        for card_id in taken:
            last = slack_posts.last_of_card(session, card_id)
            key = f"elsewhere:{card_id}:{last}"
            self._update_card(session, card_id, key)
            self._update_person(session, card_id, key)
        return bool(taken)

    def _update_person(self, session: Session, card_id: int, key: str) -> None:
        """Let the thread of a card tell what is known of the person now, if it tells anything."""
        card = slack_cards.read_card(session, card_id)
        row = slack_posts.find(session, f"{cards.card_key(card_id)}:person")
        if card is None or row is None:
            return
        person = cards.render_person(card, self._desk, self._speaker(self._people.language))
        if person is not None:
            slack_posts.put(
                session,
                f"update:{key}:person",
                lane=row.lane,
                method="chat.update",
                arguments=person,
                now=self._desk.now(),
                parent_key=row.key,
                card_id=card_id,
            )

    def _update_card(self, session: Session, card_id: int, key: str) -> None:
        card = slack_cards.read_card(session, card_id)
        row = slack_posts.find(session, cards.card_key(card_id))
        if card is None or row is None:
            return
        speaker = self._speaker(self._people.language)
        slack_posts.put(
            session,
            f"update:{key}",
            lane=row.lane,
            method="chat.update",
            arguments=cards.render(card, self._desk, speaker),
            now=self._desk.now(),
            parent_key=row.key,
            card_id=card_id,
        )

    # The database, off the event loop -----------------------------------------------------------

    async def _receive(self, arrival: Arrival) -> None:
        def note(session: Session, number: int) -> None:
            slack_routes.add_route(
                session, number, arrival.conversation_id, arrival.route, self._desk.now()
            )

        try:
            await self._reception().receive(
                arrival.conversation_id,
                channel=NAMESPACE,
                key=arrival.key,
                text=arrival.text,
                button=arrival.button,
                note=note,
            )
        except KeyReusedError:
            # The first delivery counts.
            logger.warning("a message came again with another text")

    def _placed(self, arrival: Arrival) -> Arrival | None:
        """Return a message in the conversation that it belongs to, if it is for the assistant."""
        route = arrival.route
        own = incoming.conversation_of(route.team, route.member)
        with self._desk.sessions() as session:
            if route.is_private and route.thread_ts:
                # Who answers in the thread of a question answers the question.
                if slack_routes.is_post_of(session, own, route.channel, route.thread_ts):
                    return replace(arrival, conversation_id=own)
                return arrival
            if not arrival.overheard and not route.thread_ts:
                return arrival
            known = slack_routes.route_of_conversation(session, arrival.conversation_id)
        if known is not None and known.channel != route.channel:
            known = None
            thread = f"{route.thread_ts}@{route.channel}"
            arrival = replace(
                arrival,
                conversation_id=incoming.conversation_of(route.team, route.member, thread),
            )
        return None if arrival.overheard and known is None else arrival

    def _post_of(self, block: str) -> tuple[str, bool] | None:
        """Return the conversation of the post with a block, and whether it went to an URL."""
        with self._desk.sessions() as session:
            row = slack_posts.find(session, blocks.key_of_block(block))
            if row is None or row.conversation_id is None:
                return None
            return row.conversation_id, row.method == RESPONSE_URL

    def _share(self, url: str, block: str, team: str, member: str) -> None:
        own = incoming.conversation_of(team, member, incoming.COMMANDS)
        with self._desk.sessions() as session:
            row = slack_posts.find(session, blocks.key_of_block(block))
            if row is None or row.conversation_id != own:
                return
            number = blocks.number_of_key(row.key) or 0
            for exchange in mailbox.exchanges(session, own, number - 1, limit=1):
                speaker = self._speaker(exchange.payload["language"] or self._people.language)
                for part, post in enumerate(blocks.render(exchange.id, exchange.payload, speaker)):
                    shown = [
                        {k: v for k, v in shown.items() if k != "block_id"}
                        for shown in blocks.without_controls(post["blocks"])
                    ]
                    slack_posts.put(
                        session,
                        f"shared:{number}:{part}",
                        lane=row.lane,
                        method=RESPONSE_URL,
                        arguments={
                            "url": url,
                            "response_type": "in_channel",
                            "replace_original": False,
                            "text": post["text"],
                            "blocks": shown,
                        },
                        now=self._desk.now(),
                        conversation_id=own,
                    )
            session.commit()

    def _change(self, change: Callable[[Session], bool], card_id: int, key: str) -> bool:
        with self._desk.sessions() as session:
            done = change(session)
            if done:
                self._update_card(session, card_id, key)
            session.commit()
            return done

    def _reply(self, card_id: int, text: str, staff: Staff, key: str) -> str | None:
        with self._desk.sessions() as session:
            conversation = slack_cards.reply(session, card_id, text, staff, key, self._desk.now())
            self._update_card(session, card_id, key)
            if conversation:
                self._reception().wakeups.announce(session, conversation)
            session.commit()
            return conversation

    def _put(self, key: str, lane: str, method: str, arguments: Mapping[str, Any]) -> None:
        with self._desk.sessions() as session, suppress(IntegrityError):
            slack_posts.put(
                session,
                key,
                lane=lane,
                method=method,
                arguments=arguments,
                now=self._desk.now(),
            )
            session.commit()

    # Shared -----------------------------------------------------------------------------------

    async def _staff(self, body: Mapping[str, Any]) -> Staff | None:
        """Return the member of staff whom Slack vouches for; None where it does not."""
        team, user = _team(body), _user(body)
        if not team or not user:
            return None
        try:
            member: Member = await self._people.find(team, user)
        except UnknownError:
            return None
        return None if member.refusal else Staff(member.full_id, member.name)

    async def _notice(self, body: Mapping[str, Any], key: str, name: str) -> None:
        """Tell one person something, where they are."""
        channel, user = _channel(body), _user(body)
        if channel and user:
            text = self._speaker(self._people.language)(name)
            await self._say_to(user, channel, text, key)

    async def _say_to(self, user: str, channel: str, text: str, key: str) -> None:
        arguments = {"channel": channel, "user": user, "text": blocks.fallback(text)}
        await asyncio.to_thread(
            self._put, f"notice:{key}", channel, "chat.postEphemeral", arguments
        )
        self._sender.wake()

    async def _open_form(self, body: Mapping[str, Any]) -> None:
        team, user, trigger = _team(body), _user(body), body.get("trigger_id")
        if not (team and user and isinstance(trigger, str)):
            return
        try:
            member = await self._people.find(team, user)
        except UnknownError:
            await self._notice(body, f"form:{incoming.digest(trigger)}", "unverified")
            return
        speaker = self._speaker(member.language)
        view = (
            {
                **modal.stored_view(self._desk, speaker, ""),
                "blocks": [blocks.section(speaker.say(member.refusal))],
            }
            if member.refusal
            else modal.new_view(self._desk, speaker)
        )
        await self._client.api_call("views.open", json={"trigger_id": trigger, "view": view})

    async def _open_reply(self, body: Mapping[str, Any], card_id: int) -> None:
        trigger = body.get("trigger_id")
        card = await asyncio.to_thread(self._read_card, card_id)
        if card is None or not isinstance(trigger, str):
            return
        speaker = self._speaker(self._people.language)
        note = "reply_reaches" if card.reachable else f"reply_note_{card.topic}"
        view = modal.text_view(
            cards.REPLY_FORM, cards.card_key(card_id), speaker("reply"), speaker(note), speaker
        )
        await self._client.api_call("views.open", json={"trigger_id": trigger, "view": view})

    def _read_card(self, card_id: int) -> slack_cards.Card | None:
        with self._desk.sessions() as session:
            return slack_cards.read_card(session, card_id)

    def _speaker(self, language: str) -> Speaker:
        return Speaker(self._domain, language)

    def _begin(self, work: Awaitable[None]) -> None:
        """Begin what Slack need not wait for."""
        task = asyncio.ensure_future(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:
        logger.warning("Slack's surface could not be shown: %s", type(error).__name__)


def _errors(errors: dict[str, str]) -> dict[str, Any]:
    return {"response_action": "errors", "errors": errors}


def _team(body: Mapping[str, Any]) -> str | None:
    for value in (_in(body, "user", "team_id"), _in(body, "team", "id"), body.get("team_id")):
        if isinstance(value, str) and value:
            return value
    return None


def _user(body: Mapping[str, Any]) -> str | None:
    value = _in(body, "user", "id") or body.get("user_id")
    return value if isinstance(value, str) and value else None


def _channel(body: Mapping[str, Any]) -> str | None:
    for value in (
        _in(body, "channel", "id"),
        _in(body, "container", "channel_id"),
        body.get("channel_id"),
    ):
        if isinstance(value, str) and value:
            return value
    return None


def _in(body: Mapping[str, Any], outer: str, inner: str) -> Any:
    found = body.get(outer)
    return found.get(inner) if isinstance(found, Mapping) else None
