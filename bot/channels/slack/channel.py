"""The Slack channel inside the bot's server: checks the signature, hands on, answers at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.core.domain import Domain
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from slack_bolt.adapter.sanic import AsyncSlackRequestHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from actions.desk import Desk
from actions.firm import Slack
from actions.settings import Settings
from bot.channels.slack.app import create_app
from bot.channels.slack.incoming import NAMESPACE
from bot.channels.slack.office import Office
from bot.channels.slack.outlet import SlackOutlet
from bot.channels.slack.people import People
from bot.channels.slack.sender import CALL_SECONDS, Sender
from bot.reception import Reception

logger = logging.getLogger(__name__)


class SlackChannel(InputChannel):
    """``POST webhook`` takes events, interactions and commands; or a socket does, by a setting."""

    def __init__(self, settings: Settings, desk: Desk, slack: Slack) -> None:
        """Take the secrets, and what ``firm.yml`` says of Slack."""
        self._settings = settings
        self._slack = slack
        self._verifier = SignatureVerifier(settings.slack_signing_secret or "")
        # One attempt: whether to try again is the sender's to decide, or a post comes twice.
        self._client = AsyncWebClient(
            token=settings.slack_bot_token,
            base_url=settings.slack_api_url,
            timeout=CALL_SECONDS,
            trust_env_in_session=True,
            retry_handlers=[],
        )
        self._people = People(self._client, slack, desk.firm.languages)
        self._sender = Sender(self._client, desk.sessions, desk.now)
        self._reception: Reception | None = None
        self.outlet = SlackOutlet(desk, self._people, self._sender, self._domain)
        self._office = Office(
            desk,
            slack,
            self._client,
            self._people,
            self._sender,
            self._domain,
            self._open_reception,
        )
        token = settings.slack_bot_token or ""
        self._app = create_app(
            self._office, self._people, self._client, settings.slack_signing_secret, token
        )
        self._handler = AsyncSlackRequestHandler(self._app)
        self._running: list[asyncio.Task[None]] = []
        self._socket: Any = None

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, also the part of its address."""
        return NAMESPACE

    async def open(self, reception: Reception) -> None:
        """Begin to send, to look for news, and to listen where Slack can't reach us."""
        self._reception = reception
        self._client.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=CALL_SECONDS), trust_env=True
        )
        self._running = [
            asyncio.create_task(self._sender.run()),
            asyncio.create_task(self._office.run()),
            asyncio.create_task(self._office.tutor.run()),
        ]
        if self._slack.mode == "socket":
            self._running.append(asyncio.create_task(self._listen()))

    async def stop(self) -> None:
        """Let what is being sent arrive, and stop."""
        if self._socket is not None:
            await self._socket.close_async()
        await self._sender.stop()
        for task in self._running:
            task.cancel()
        if self._client.session is not None:
            await self._client.session.close()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the channel's route."""
        routes = Blueprint("slack_channel")

        @routes.post("/webhook")
        async def webhook(request: Request) -> HTTPResponse:
            if not self._is_genuine(request):
                return empty(status=401)
            try:
                return await self._handler.handle(request)
            except Exception as error:
                # Signed, and yet not as Slack writes it: nothing of it was done.
                logger.warning("Slack sent what can't be read: %s", type(error).__name__)
                return empty(status=400)

        return routes

    def _is_genuine(self, request: Request) -> bool:
        if not self._settings.slack_signing_secret:
            return False
        try:
            return bool(
                self._verifier.is_valid(
                    body=request.body,
                    timestamp=request.headers.get("x-slack-request-timestamp"),
                    signature=request.headers.get("x-slack-signature"),
                )
            )
        except (ValueError, OverflowError, UnicodeError, TypeError):
            return False

    async def _listen(self) -> None:
        """Keep a connection to Slack, for firms without a public address."""
        from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

        self._socket = AsyncSocketModeHandler(
            self._app,
            self._settings.slack_app_token,
            web_client=AsyncWebClient(base_url=self._settings.slack_api_url),
        )
        while True:
            try:
                await self._socket.connect_async()
                return  # from here on it connects again by itself
            except Exception as error:
                logger.warning("Slack's socket does not open: %s", type(error).__name__)
                await asyncio.sleep(5)

    def _domain(self) -> Domain:
        return self._open_reception().agent.domain

    def _open_reception(self) -> Reception:
        if self._reception is None:
            raise RuntimeError("the channel is not open yet")
        return self._reception
