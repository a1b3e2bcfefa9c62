"""The REST channel for development: Rasa's addresses and shapes, on the loopback address only."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions.logic.wording import looks_like_command
from bot.channels.sentences import sentence
from bot.channels.typed import admit
from bot.turns import new_turn

NAMESPACE = "rest"
logger = logging.getLogger(__name__)


class RestChannel(InputChannel):
    """``POST webhook`` with ``{"sender", "message"}`` answers with the list of replies.

    The sender's name is put into a namespace of its own, so that nobody reaches a conversation of
    another channel; what else the body says is ignored.
    """

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, also the part of its address."""
        return NAMESPACE

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the channel's routes."""
        routes = Blueprint("rest_channel")

        @routes.get("/")
        async def health(_request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            mistake, sender, text = _read(request)
            if mistake:
                return json({"error": {"code": "bad_request", "message": mistake}}, status=400)
            agent = request.app.ctx.agent
            conversation = f"{NAMESPACE}:{sender}"
            output = CollectingOutputChannel()
            with new_turn() as turn:
                try:
                    tracker = None
                    if looks_like_command(text):
                        tracker = await agent.tracker_store.retrieve(conversation)
                    text = admit(text, tracker)
                    await on_new_message(
                        UserMessage(text, output, conversation, input_channel=self.name())
                    )
                except Exception as error:
                    logger.error("a turn failed: %s", type(error).__name__)
                    turn.failed = True
            if turn.failed or not output.messages:
                output.messages = [{"text": sentence(agent.domain, "utter_trouble")}]
            return json([{**reply, "recipient_id": sender} for reply in output.messages])

        return routes


def _read(request: Request) -> tuple[str, str, str]:
    """Return what is wrong with a request (or nothing), its sender and its text."""
    try:
        body = request.json
    except Exception:
        body = None
    if not isinstance(body, dict):
        return 'The body must be a JSON object: {"sender": "…", "message": "…"}.', "", ""
    sender, text = body.get("sender"), body.get("message")
    if not isinstance(text, str) or not text.strip():
        return "message must be a text that is not empty.", "", ""
    if sender is None:
        # Somebody without a name gets a conversation of their own, never a shared one.
        sender = secrets.token_hex(8)
    if not isinstance(sender, str) or not 0 < len(sender) <= 200:
        return "sender must be a text of 1 to 200 characters.", "", ""
    return "", sender, text
