"""The bot's process: Rasa's server with our channels, our conversation store, and no open API."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from bot.quiet import hush

hush()

from actions.desk import SETUP_ERRORS  # noqa: E402
from actions.settings import Settings  # noqa: E402
from bot.training import ModelMissingError, current_model  # noqa: E402

logger = logging.getLogger(__name__)


def create_app(settings: Settings, model: str) -> Any:
    """Return the Sanic application; the model is loaded when it starts.

    Args:
        settings: Addresses and places.
        model: Path of the model archive.
    """
    from rasa.core.agent import load_agent
    from rasa.core.run import configure_app
    from rasa.core.utils import AvailableEndpoints
    from sanic.request import Request
    from sanic.response import HTTPResponse, json

    from bot.channels.rest import RestChannel
    from bot.conversations import ConversationStore
    from bot.turns import ActionEndpoint

    channels = [RestChannel()] if settings.environment == "development" else []
    app = configure_app(channels, enable_api=False)
    endpoints = AvailableEndpoints(
        action=ActionEndpoint(url=f"{settings.action_url}/webhook"),
        tracker_store=ConversationStore(host=settings.database_url),
    )

    async def load(running: Any, loop: asyncio.AbstractEventLoop) -> None:
        agent = await load_agent(model_path=model, endpoints=endpoints, loop=loop)
        if agent.processor is None:
            raise RuntimeError(f"the model {model} can't be loaded: run 'sportello train'")
        # Rasa hides every error of the store behind one in memory that forgets; ours must show.
        agent.tracker_store = agent.processor.tracker_store = endpoints.tracker_store
        endpoints.tracker_store.domain = agent.domain
        running.ctx.agent = agent

    app.register_listener(load, "before_server_start")

    @app.get("/health")
    async def health(_request: Request) -> HTTPResponse:
        return json({"status": "ok"})

    return app


def main() -> None:
    """Serve until the process is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.read()
        model = current_model(settings)
    except (*SETUP_ERRORS, ModelMissingError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    app = create_app(settings, str(model))
    app.run("127.0.0.1", settings.bot_port, access_log=False)


if __name__ == "__main__":
    main()
