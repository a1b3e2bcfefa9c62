"""The website's channel: sessions, messages, a stream of turns, and the widget that shows them."""

from __future__ import annotations

import asyncio
import json as json_text
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.lock_store import LockError
from sanic import Blueprint
from sanic.exceptions import NotFound, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json
from sqlalchemy.exc import SQLAlchemyError

from actions.desk import Desk
from actions.firm import LANGUAGES
from actions.settings import Settings
from actions.store import privacy, web_sessions
from actions.store.feedback import give_feedback
from actions.store.mailbox import KeyReusedError
from actions.store.web_sessions import TooManyError, Visitor
from bot.channels.typed import LONGEST
from bot.channels.web import reading, tokens, turns
from bot.channels.web.origins import Origins
from bot.channels.web.pages import Pages
from bot.channels.web.problems import UNAVAILABLE_SECONDS, Problem
from bot.channels.web.stream import events
from bot.locks import ConversationLocks
from bot.reception import Reception

NAMESPACE = "web"
SUGGESTIONS = "utter_web_greeting"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
Handler = Callable[..., Awaitable[HTTPResponse | None]]
logger = logging.getLogger(__name__)


@dataclass
class WebChannel(InputChannel):
    """Each route reads, calls one function of the reception or the store, and answers."""

    settings: Settings
    desk: Desk

    def __post_init__(self) -> None:
        """Read what the routes need."""
        self._secret = self.settings.signing_secret()
        self._development = self.settings.environment == "development"
        self._origins = Origins(self.desk.firm.website.origins, self._development)
        self._idle = timedelta(days=self.desk.firm.retention_days.unfinished_intakes)
        self._closing = asyncio.Event()
        self._arrivals = ConversationLocks()

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, also the part of its address."""
        return NAMESPACE

    def stop(self) -> None:
        """End all streams: their clients come back to the next process."""
        self._closing.set()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the channel's routes."""
        routes = Blueprint("web_channel")
        pages = Pages(self.settings, self.desk.firm)
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/welcome", self._welcome),
            ("POST", "/session", self._start),
            ("DELETE", "/session", self._end),
            ("POST", "/messages", self._message),
            ("GET", "/events", self._events),
            ("GET", "/history", self._history),
            ("POST", "/feedback", self._feedback),
            ("DELETE", "/data", self._erase),
            ("GET", "/widget/<name>", pages.widget_file),
        ]
        if self._development:
            table += [
                ("GET", "/", pages.demo),
                ("GET", "/snippet", pages.snippet),
                ("GET", "/pages/<name>", pages.page_file),
            ]
        for number, (method, path, handler) in enumerate(table):
            name = f"route{number}"
            routes.add_route(_function(handler), path, methods=[method], name=name)
        for number, path in enumerate(sorted({path for _, path, _ in table})):
            name = f"preflight{number}"
            routes.add_route(_function(self._preflight), path, methods=["OPTIONS"], name=name)
        routes.exception(Exception)(_function(self.refuse))
        routes.middleware("request")(_function(self._admit))
        routes.middleware("response")(_function(self._finish))
        return routes

    # What every request goes through --------------------------------------------------------

    async def _admit(self, request: Request) -> None:
        self._origins.check(request)

    async def _finish(self, request: Request, response: HTTPResponse) -> None:
        for name, value in {**HEADERS, **self._origins.headers(request)}.items():
            response.headers.setdefault(name, value)

    async def refuse(self, request: Request, error: Exception) -> HTTPResponse:
        """Turn whatever went wrong into a code and a sentence."""
        if isinstance(error, KeyReusedError):
            problem = Problem("key_reused")
        elif isinstance(error, TooManyError):
            problem = Problem("too_many", error.wait.total_seconds())
        elif isinstance(error, (SQLAlchemyError, LockError)):
            logger.warning("a request waits: %s", type(error).__name__)
            problem = Problem("unavailable", UNAVAILABLE_SECONDS)
        elif isinstance(error, NotFound):
            problem = Problem("not_found")
        elif isinstance(error, SanicException):
            problem = Problem("too_large" if error.status_code == 413 else "bad_request")
        elif isinstance(error, Problem):
            problem = error
        else:
            # The request holds personal data: only the kind of error is logged.
            logger.error("a request failed: %s", type(error).__name__)
            problem = Problem("unavailable", UNAVAILABLE_SECONDS)
        response = problem.response(request.app.ctx.agent.domain)
        await self._finish(request, response)
        return response

    async def _preflight(self, _request: Request, **_parts: str) -> HTTPResponse:
        return empty()

    # The routes, as docs/web-channel.md lists them -------------------------------------------

    async def _welcome(self, request: Request) -> HTTPResponse:
        domain = request.app.ctx.agent.domain
        firm = self.desk.firm
        return json(
            {
                "firm": firm.name,
                "languages": list(firm.languages),
                "privacy_url": firm.privacy.policy_url,
                "longest": LONGEST,
                "greeting": {
                    language: _greeting(domain.responses[SUGGESTIONS], language)
                    for language in LANGUAGES
                },
            }
        )

    async def _start(self, request: Request) -> HTTPResponse:
        language = reading.body_of(request).get("language") or self.desk.firm.languages[0]
        if language not in LANGUAGES:
            raise Problem("bad_request")
        token = tokens.new_token(self._secret)
        await asyncio.to_thread(self._store_session, token, language, self._address_key(request))
        return json({"token": token}, status=201)

    async def _end(self, request: Request) -> HTTPResponse:
        visitor = await self._visitor(request)
        await asyncio.to_thread(self._close, visitor)
        reception_of(request).wakeups.wake(visitor.conversation_id)
        return empty()

    async def _message(self, request: Request) -> HTTPResponse:
        # Threads overtake one another: what arrived first must also be taken in first.
        async with self._arrivals.lock(reading.token_of(request)):
            visitor = await self._visitor(request)
            key, text, button = reading.message_of(request)
            number = await reception_of(request).receive(
                visitor.conversation_id,
                channel=NAMESPACE,
                key=key,
                text=text,
                button=button,
                check=lambda session: self._check_pace(session, visitor),
            )
        return json({"id": number}, status=202)

    async def _history(self, request: Request) -> HTTPResponse:
        visitor = await self._visitor(request)
        found = await asyncio.to_thread(self._read_history, visitor)
        return json(found, dumps=json_text.dumps)

    async def _events(self, request: Request) -> None:
        visitor = await self._visitor(request)
        last = reading.last_event_of(request)
        headers = {**HEADERS, **self._origins.headers(request), "X-Accel-Buffering": "no"}
        response = await request.respond(
            content_type="text/event-stream; charset=utf-8", headers=headers
        )
        wakeups = reception_of(request).wakeups
        async for text in events(
            visitor.conversation_id,
            last,
            lambda seen: self._read_turns(visitor, seen),
            wakeups,
            self._closing,
        ):
            await response.send(text)
        await response.eof()

    async def _feedback(self, request: Request) -> HTTPResponse:
        visitor = await self._visitor(request)
        body = reading.body_of(request)
        turn, helpful = body.get("turn"), body.get("helpful")
        if type(turn) is not int or not 0 < turn < 2**31 or not isinstance(helpful, bool):
            raise Problem("bad_request")
        if not await asyncio.to_thread(self._store_feedback, visitor, turn, helpful):
            raise Problem("not_found")
        return empty()

    async def _erase(self, request: Request) -> HTTPResponse:
        visitor = await self._visitor(request)
        reception = reception_of(request)
        async with reception.alone_with(visitor.conversation_id):
            await asyncio.to_thread(self._erase_everything, visitor)
        reception.wakeups.wake(visitor.conversation_id)
        return json({"erased": True})

    # The database, off the event loop -------------------------------------------------------

    async def _visitor(self, request: Request) -> Visitor:
        token = reading.token_of(request)
        if not tokens.is_genuine(token, self._secret):
            raise Problem("no_session")
        visitor = await asyncio.to_thread(self._find_session, token)
        if visitor is None:
            raise Problem("no_session")
        return visitor

    def _find_session(self, token: str) -> Visitor | None:
        with self.desk.sessions() as session:
            visitor = web_sessions.find_session(
                session, token, now=self.desk.now(), idle=self._idle
            )
            session.commit()
            return visitor

    def _store_session(self, token: str, language: str, address_key: str | None) -> None:
        with self.desk.sessions() as session:
            web_sessions.start_session(
                session,
                token,
                conversation_id=f"{NAMESPACE}:{secrets.token_hex(16)}",
                language=language,
                address_key=address_key,
                now=self.desk.now(),
                per_hour=self.desk.firm.website.sessions_per_hour_of_an_address,
            )
            session.commit()

    def _check_pace(self, session: Any, visitor: Visitor) -> None:
        website = self.desk.firm.website
        web_sessions.check_pace(
            session,
            visitor,
            now=self.desk.now(),
            per_minute=website.messages_per_minute,
            per_minute_of_address=website.messages_per_minute_of_an_address,
        )

    def _close(self, visitor: Visitor) -> None:
        with self.desk.sessions() as session:
            web_sessions.end_session(session, visitor.conversation_id, self.desk.now())
            session.commit()

    def _read_history(self, visitor: Visitor) -> dict[str, Any]:
        with self.desk.sessions() as session:
            return turns.history(session, visitor.conversation_id)

    def _read_turns(self, visitor: Visitor, last: int) -> tuple[list[dict[str, Any]], str | None]:
        with self.desk.sessions() as session:
            found = turns.turns_after(session, visitor.conversation_id, last)
            ended = web_sessions.has_ended(session, visitor.conversation_id)
        return found, "ended" if ended and not found else None

    def _store_feedback(self, visitor: Visitor, turn: int, helpful: bool) -> bool:
        with self.desk.sessions() as session:
            known = give_feedback(session, visitor.conversation_id, turn, helpful, self.desk.now())
            session.commit()
            return known

    def _erase_everything(self, visitor: Visitor) -> None:
        now = self.desk.now()
        with self.desk.sessions() as session:
            privacy.settle(session)
            person = privacy.all_of_conversation(session, visitor.conversation_id)
            privacy.erase(session, person, "conversation", now)
            web_sessions.end_session(session, visitor.conversation_id, now)
            session.commit()

    def _address_key(self, request: Request) -> str | None:
        """Return what stands for the visitor's network address; None where it does not count.

        On the developer's own machine everybody has the same one.
        """
        address = request.remote_addr or request.ip
        try:
            near = ip_address(address).is_loopback
        except ValueError:
            near = False
        return None if near and self._development else tokens.address_key(address, self._secret)


def reception_of(request: Request) -> Reception:
    """Return the way in of this process."""
    reception: Reception = request.app.ctx.reception
    return reception


def _function(method: Handler) -> Handler:
    """Return a method as a plain function: Sanic notes things on what it calls."""

    async def call(*args: Any, **kwargs: Any) -> HTTPResponse | None:
        return await method(*args, **kwargs)

    return call


def _greeting(variations: list[dict[str, Any]], language: str) -> dict[str, Any]:
    for variation in variations:
        if variation["condition"][0]["value"] == language:
            return {
                "text": variation["text"],
                "suggestions": [button["title"] for button in variation["buttons"]],
            }
    raise ValueError(f"{SUGGESTIONS} says nothing in {language!r}")
