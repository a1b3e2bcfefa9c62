"""The app of slack-bolt: which listener is behind what, and an answer to whatever else comes."""

from __future__ import annotations

import logging
import re
from typing import Any

from rasa.core.lock_store import LockError
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.slack import blocks, cards, home, incoming, modal, reminder
from bot.channels.slack.manifest import COMMAND, SHORTCUT
from bot.channels.slack.office import Office
from bot.channels.slack.people import People

logger = logging.getLogger(__name__)


class SlackApp(AsyncApp):
    """An app that acknowledges what nobody listens to: Slack cuts off who refuses too much."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Hand a request to its listener."""
        if isinstance(req.body.get("view"), dict):
            req.body["view"].setdefault("type", "modal")  # bolt insists, we don't
        response = await super().async_dispatch(req)
        return BoltResponse(status=200, body="") if response.status == 404 else response


def create_app(
    office: Office, people: People, client: AsyncWebClient, secret: str | None, token: str
) -> SlackApp:
    """Return the app; each listener converts in, calls one function of the office, and acks."""

    async def authorize(**_context: Any) -> AuthorizeResult:
        # Without asking Slack: an event is taken in also while Slack's own API is away.
        return AuthorizeResult(
            enterprise_id=None, team_id=None, bot_token=token, bot_user_id=people.bot
        )

    quiet = logging.getLogger("sportello.slack_bolt")
    quiet.setLevel(logging.ERROR)  # what it logs otherwise holds what was said
    app = SlackApp(
        logger=quiet,
        client=client,
        signing_secret=secret or "",
        authorize=authorize,
        # The listener first, then the acknowledgement.
        process_before_response=True,
        request_verification_enabled=secret is not None,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )

    @app.error
    async def failed(error: Exception) -> BoltResponse:
        logger.error("what Slack sent could not be taken in: %s", type(error).__name__)
        # Either way Slack delivers it again; only with the first it helps.
        away = isinstance(error, (SQLAlchemyError, LockError))
        return BoltResponse(status=503 if away else 400, body="")

    @app.event("message")
    async def message(body: dict[str, Any]) -> None:
        await office.message(body)

    @app.event("app_mention")
    async def mention(body: dict[str, Any]) -> None:
        await office.message(body)

    @app.event("app_home_opened")
    async def home_opened(body: dict[str, Any]) -> None:
        await office.home(body)

    @app.command(COMMAND)
    async def command(ack: Any, body: dict[str, Any]) -> None:
        said = await office.command(body)
        await ack(said) if said else await ack()

    @app.shortcut(SHORTCUT)
    async def shortcut(ack: Any, body: dict[str, Any]) -> None:
        await office.open_form(body)
        await ack()

    @app.action(re.compile(".*"))
    async def action(ack: Any, body: dict[str, Any]) -> None:
        await office.press(body)
        for chosen in incoming.actions_of(body):
            name = str(chosen.get("action_id"))
            if name == blocks.SHARE:
                await office.share(body, chosen)
            elif name == home.NEW:
                await office.open_form(body)
            elif name == home.QUIZ:
                await office.begin_quiz(body, chosen)
            elif name in (reminder.BEGIN, reminder.STOP):
                await office.reminder(body, chosen)
            elif name in (cards.TAKE, cards.STATUS, cards.REPLY):
                await office.card(body, chosen)
        await ack()

    @app.view(modal.CALLBACK)
    async def new_intake(ack: Any, body: dict[str, Any]) -> None:
        await ack(**await office.new_intake(body))

    @app.view(cards.REPLY_FORM)
    async def reply(ack: Any, body: dict[str, Any]) -> None:
        await ack(**await office.reply_form(body))

    return app
