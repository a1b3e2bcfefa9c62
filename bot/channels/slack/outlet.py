"""The way of answers to Slack: who gets one at all, and as which posts."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa.shared.core.domain import Domain
from sqlalchemy.orm import Session

from actions.desk import Desk
from actions.logic.deadlines import in_words
from actions.store import mailbox, slack_posts, slack_routes
from actions.store.mailbox import Incoming, Offer
from actions.store.slack_routes import Route
from bot.channels.slack import blocks
from bot.channels.slack.incoming import route_of_id
from bot.channels.slack.people import People, UnknownError
from bot.channels.slack.sender import RESPONSE_URL, Sender
from bot.channels.slack.speaker import Speaker
from bot.reception import Instead, NotYetError

_INSTEAD = {"help": "utter_slack_help", "files": "utter_slack_files"}
# A link shows as a link, not as a picture of what it leads to.
QUIET = {"unfurl_links": False, "unfurl_media": False}


@dataclass
class SlackOutlet:
    """What the reception asks of Slack."""

    desk: Desk
    people: People
    sender: Sender
    domain: Callable[[], Domain]
    # The ways of the messages that are being answered: an erasure forgets them in the database.
    _routes: dict[int, Route] = field(default_factory=dict)

    async def admit(self, message: Incoming) -> Instead | None:
        """Decline whoever may not ask; answer what needs no turn."""
        route = await asyncio.to_thread(self._route, message)
        self._routes[message.id] = route
        try:
            refusal = await self.people.refusal(route.team, route.member, route.channel)
            member = await self.people.find(route.team, route.member)
        except UnknownError as error:
            raise NotYetError(str(error)) from None
        if refusal:
            return Instead(refusal, member.language, blank=True)
        if route.kind in _INSTEAD:
            return Instead(_INSTEAD[route.kind], member.language)
        if route.kind == "date" and not await asyncio.to_thread(self._is_open, message, route):
            return Instead("utter_stale_button", member.language, stale=True)
        return None

    def send(
        self,
        session: Session,
        message: Incoming,
        number: int,
        payload: Mapping[str, Any],
        pressed: Offer | None,
    ) -> None:
        """Write the posts of an answer into its transaction."""
        route = self._routes.pop(message.id, None) or self._read(session, message)
        speaker = Speaker(self.domain, payload["language"] or self.people.language)
        now = self.desk.now()
        if not payload["stale"]:
            self._mark_chosen(session, message, route, speaker, pressed, now)
        shareable = route.response_url is not None and not route.is_private
        for part, post in enumerate(blocks.render(number, payload, speaker, shareable=shareable)):
            method, arguments = _call(route, post, only_to_them=payload["stale"])
            slack_posts.put(
                session,
                blocks.post_key(number, part),
                lane=_lane(route),
                method=method,
                arguments=arguments,
                now=now,
                conversation_id=message.conversation_id,
            )

    def wake(self) -> None:
        """Send what was written."""
        self.sender.wake()

    def _mark_chosen(
        self,
        session: Session,
        message: Incoming,
        route: Route,
        speaker: Speaker,
        pressed: Offer | None,
        now: dt.datetime,
    ) -> None:
        """Put what was chosen in the place of the buttons."""
        mark = blocks.CHOSEN_MARK
        if pressed is not None:
            chosen = pressed.title
            if "practice_" in pressed.payload:
                mark = blocks.ANSWER_MARK
        elif route.kind == "date":
            chosen = in_words(dt.date.fromisoformat(message.text), None, speaker.language)
        else:
            return
        block = route.post_key or ""
        row = slack_posts.find(session, blocks.key_of_block(block))
        if row is None or row.conversation_id != message.conversation_id:
            return
        arguments = json.loads(row.arguments)
        changed = blocks.after_press(arguments.get("blocks") or (), block, chosen, mark)
        arguments["blocks"] = changed
        row.arguments = json.dumps(arguments)
        update: dict[str, Any] = {"text": arguments["text"], "blocks": changed}
        method = "chat.update"
        if route.response_url is not None:
            method = RESPONSE_URL
            update = {"url": route.response_url, "replace_original": True, **update}
        slack_posts.put(
            session,
            f"pressed:{message.id}",
            lane=_lane(route),
            method=method,
            arguments=update,
            now=now,
            parent_key=None if method == RESPONSE_URL else row.key,
            conversation_id=message.conversation_id,
        )

    def _route(self, message: Incoming) -> Route:
        with self.desk.sessions() as session:
            return self._read(session, message)

    def _read(self, session: Session, message: Incoming) -> Route:
        route = slack_routes.route_of_message(session, message.id) or route_of_id(
            message.conversation_id
        )
        assert route is not None, "a conversation of Slack names its member"
        return route

    def _is_open(self, message: Incoming, route: Route) -> bool:
        """Tell whether a day was picked for the question that is open."""
        number = blocks.number_of_key(blocks.key_of_block(route.post_key or ""))
        with self.desk.sessions() as session:
            return number == mailbox.last_answer(session, message.conversation_id)


def _lane(route: Route) -> str:
    """Return in which order posts go: an address that does not answer holds up no channel."""
    if route.response_url is not None:
        return f"command:{route.team}:{route.member}"[:60]
    return route.channel


def _call(
    route: Route, post: Mapping[str, Any], *, only_to_them: bool
) -> tuple[str, dict[str, Any]]:
    if route.response_url is not None:
        return RESPONSE_URL, {
            "url": route.response_url,
            "response_type": "ephemeral",
            "replace_original": False,
            **post,
        }
    place = {"channel": route.channel}
    if route.thread_ts:
        place["thread_ts"] = route.thread_ts
    if only_to_them:
        return "chat.postEphemeral", {**place, "user": route.member, **post}
    return "chat.postMessage", {**place, **post, **QUIET}
