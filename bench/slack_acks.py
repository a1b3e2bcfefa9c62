"""How soon Slack is told that an event came, while every turn takes five seconds.

Starts the real bot with an SQLite database of its own, a stand-in for Slack, and an action server
that takes its time. The promise: 99 of 100 acknowledgements within half a second.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from actions.settings import Settings
from actions.store.database import create_engine
from actions.store.migrations import upgrade
from bot.supervisor import Supervisor
from tests import slack_api
from tests.conftest import HOME, free_port
from tests.slack_api import Slack
from tests.slack_events import Sender, message
from tests.slack_firm import firm_file

PROMISE = 0.5


class SlowActions(BaseHTTPRequestHandler):
    """Answers every action, late."""

    seconds = 5.0

    def do_POST(self) -> None:
        """Answer an action."""
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.seconds)
        body = json.dumps({"events": [], "responses": [{"text": "…"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--per-second", type=float, default=10)
    parser.add_argument("--turn", type=float, default=5.0, help="seconds that a turn takes")
    chosen = parser.parse_args()
    SlowActions.seconds = chosen.turn
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, Slack() as slack:
        times = _measure(Path(name), slack, chosen.events, chosen.per_second)
    times.sort()

    def share(part: float) -> float:
        return times[min(len(times) - 1, int(part * len(times)))]

    print(f"{len(times)} events, {chosen.per_second:g} a second, turns of {chosen.turn:g} s")
    print(
        f"acknowledged after: median {share(0.5) * 1000:.0f} ms, 95 % {share(0.95) * 1000:.0f} ms, "
        f"99 % {share(0.99) * 1000:.0f} ms, last {times[-1] * 1000:.0f} ms"
    )
    print("promise kept" if share(0.99) <= PROMISE else f"promise of {PROMISE:g} s broken")


def _measure(folder: Path, slack: Slack, events: int, per_second: float) -> list[float]:
    actions = ThreadingHTTPServer(("127.0.0.1", free_port()), SlowActions)
    threading.Thread(target=actions.serve_forever, daemon=True).start()
    settings = replace(
        Settings.read({"SPORTELLO_HOME": str(HOME)}),
        database_url=f"sqlite:///{folder / 'sportello.db'}",
        bot_port=free_port(),
        action_port=actions.server_port,
    )
    os.environ.update(
        SPORTELLO_FIRM=str(firm_file(folder)),
        DATABASE_URL=settings.database_url,
        SPORTELLO_BOT_PORT=str(settings.bot_port),
        SPORTELLO_ACTION_PORT=str(settings.action_port),
        SLACK_BOT_TOKEN=slack_api.TOKEN,
        SLACK_SIGNING_SECRET=slack_api.SECRET,
        SLACK_API_URL=slack.url,
    )
    upgrade(create_engine(settings.database_url), settings.home)
    supervisor = Supervisor(settings)
    supervisor.children = [child for child in supervisor.children if child.name == "bot"]
    try:
        supervisor.start()
        sender = Sender(f"{settings.bot_url}/webhooks/slack/webhook")
        # Nobody's first event: Slack is asked who they are.
        sender.event(message("grazie"))

        def deliver(number: int) -> float:
            time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
            body = message("come si cura un gatto raffreddato?", f"U0USER{number % 40}")
            start = time.perf_counter()
            reply = sender.event(body)
            assert reply.status_code == 200, reply.status_code
            return time.perf_counter() - start

        begun = time.monotonic()
        with ThreadPoolExecutor(32) as pool:
            return list(pool.map(deliver, range(events)))
    finally:
        supervisor.stop()
        actions.shutdown()


if __name__ == "__main__":
    main()
