"""The bot's process: Rasa's server with our channels, our conversation store, and no open API."""

from __future__ import annotations

import asyncio
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bot.quiet import hush

hush()

from actions.desk import SETUP_ERRORS, open_desk  # noqa: E402
from actions.settings import Settings  # noqa: E402
from bot.training import ModelMissingError, current_model  # noqa: E402

RESPONSE_SECONDS = 3600  # a stream of events lives almost as long
LARGEST_REQUEST = 1_000_000
# The database is asked in threads, so that one slow answer holds up nobody else.
THREADS = 32
logger = logging.getLogger(__name__)


def create_app(settings: Settings, model: str) -> Any:
    """Return the Sanic application; the model is loaded when it starts.

    Args:
        settings: Addresses and places.
        model: Path of the model archive.
    """
    from rasa.core.agent import load_agent
    from rasa.core.channels.channel import register
    from rasa.core.utils import AvailableEndpoints
    from sanic import Sanic
    from sanic.exceptions import SanicException
    from sanic.request import Request
    from sanic.response import HTTPResponse, json

    from bot.channels.rest import RestChannel
    from bot.channels.web.channel import WebChannel
    from bot.conversations import ConversationStore
    from bot.locks import ConversationLocks
    from bot.reception import Reception
    from bot.turns import ActionEndpoint, check_answers_once
    from bot.wakeups import Wakeups

    # Not Rasa's own application: it answers to every origin's preflight.
    app = Sanic("sportello_bot", configure_logging=False)
    app.config.RESPONSE_TIMEOUT = RESPONSE_SECONDS
    app.config.REQUEST_MAX_SIZE = LARGEST_REQUEST
    app.config.PROXIES_COUNT = settings.proxies
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 1.0
    check_answers_once()
    desk = open_desk()
    web = WebChannel(settings, desk)
    channels: list[Any] = [web]
    if settings.environment == "development":
        channels.append(RestChannel())
    slack = _slack_channel(settings, desk)
    if slack is not None:
        channels.append(slack)
    register(channels, app, route="/webhooks/")
    store = ConversationStore(host=settings.database_url, zone=desk.firm.zone)
    endpoints = AvailableEndpoints(
        # Our actions don't read the domain, which is larger than all the rest of a call.
        action=ActionEndpoint(url=f"{settings.action_url}/webhook", selective_domain=True),
        tracker_store=store,
        lock_store=ConversationLocks.of(settings),
    )

    async def load(running: Any, loop: asyncio.AbstractEventLoop) -> None:
        loop.set_default_executor(ThreadPoolExecutor(THREADS))
        agent = await load_agent(model_path=model, endpoints=endpoints, loop=loop)
        if agent.processor is None:
            raise RuntimeError(f"the model {model} can't be loaded: run 'sportello train'")
        # Rasa hides every error of the store behind one in memory that forgets; ours must show.
        agent.tracker_store = agent.processor.tracker_store = endpoints.tracker_store
        endpoints.tracker_store.domain = agent.domain
        running.ctx.agent = agent
        outlets = {} if slack is None else {slack.name(): slack.outlet}
        running.ctx.reception = Reception(
            agent, desk, endpoints.lock_store, Wakeups(store.engine), outlets
        )
        if slack is not None:
            await slack.open(running.ctx.reception)
        running.ctx.reception.open()

    async def stop(running: Any, _loop: asyncio.AbstractEventLoop) -> None:
        web.stop()
        await running.ctx.reception.close()
        if slack is not None:
            await slack.stop()

    async def refuse(request: Request, error: Exception) -> HTTPResponse:
        return await web.refuse(request, error)

    # Also where no route fits, or a request is too large to be read.
    app.exception(SanicException)(refuse)
    app.register_listener(load, "before_server_start")
    app.register_listener(stop, "before_server_stop")

    @app.get("/health")
    async def health(_request: Request) -> HTTPResponse:
        return json({"status": "ok"})

    return app


def _slack_channel(settings: Settings, desk: Any) -> Any:
    """Return the Slack channel, or None where there are no secrets for it.

    Raises:
        SettingsError: a secret is missing.
    """
    from actions.firm import Slack
    from bot.channels.slack.channel import SlackChannel

    slack = desk.firm.slack or Slack()
    if not settings.has_slack(desk.firm.slack is not None, slack.mode == "socket"):
        return None
    return SlackChannel(settings, desk, slack)


def main() -> None:
    """Serve until the process is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.read()
        model = current_model(settings)
        app = create_app(settings, str(model))
    except (*SETUP_ERRORS, ModelMissingError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    app.run("127.0.0.1", settings.bot_port, access_log=False)


if __name__ == "__main__":
    main()
