"""Load the website's channel: open streams, steady messages, several at once in a conversation.

Starts a bot and an action server of its own, on PostgreSQL where it answers on 127.0.0.1:5432 and
on SQLite otherwise, talks to them as the widget does, counts every answer by its key, and writes
its part of docs/benchmarks.md. Beside it: Rasa's own lock store, which asks once a second whose
turn it is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa
import yaml
from playwright.sync_api import sync_playwright

from actions.settings import Settings
from actions.store.database import create_engine
from actions.store.migrations import upgrade
from bench.report import state
from bench.sections import write_part
from bot.supervisor import Supervisor
from bot.training import current_model

TEMPLATE = Path(__file__).parent / "web.md"
POSTGRESQL = "postgresql://postgres@127.0.0.1:5432"
SEED = 7
SLOWER = 4
SAID = (
    "che cos'è un cliente?",
    "quali sono i tre tipi di clienti?",
    "che differenza c'è tra cliente interno ed esterno?",
    "i miei dati restano riservati?",
    "what is an external client?",
    "buongiorno",
    "che tempo fa domani?",
    "grazie mille",
)


@dataclass
class Visitor:
    """One open chat: its session, what it sent and what came back."""

    http: aiohttp.ClientSession
    web: str
    headers: dict[str, str]
    sent: dict[str, float] = field(default_factory=dict)
    answered: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, text: str) -> None:
        """Post a message until it is taken in."""
        key = str(uuid.uuid4())
        self.sent[key] = time.monotonic()
        while True:
            async with self.http.post(
                f"{self.web}/messages",
                json={"text": text},
                headers={**self.headers, "Idempotency-Key": key},
            ) as answer:
                if answer.status == 202:
                    return
                if answer.status not in (429, 503):
                    raise RuntimeError(f"status {answer.status}")
                await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))

    async def listen(self) -> None:
        """Read the stream and note when each message was answered."""
        async with self.http.get(f"{self.web}/events", headers=self.headers) as stream:
            async for line in stream.content:
                if not line.startswith(b"data: "):
                    continue
                key = json.loads(line[6:]).get("key")
                self.answered[key] += 1
                self.order.append(key)
                self.seconds.append(time.monotonic() - self.sent[key])
                self.news.set()

    async def wait(self, number: int, patience: float = 30) -> None:
        """Wait until so many answers came, or long enough."""
        end = time.monotonic() + patience
        while len(self.order) < number and time.monotonic() < end:
            await asyncio.sleep(0.01)


def main() -> int:
    """Run the benchmark and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--streams", type=int, default=200, metavar="N", help="open chats [200]")
    parser.add_argument("--rate", type=float, default=10, metavar="N", help="a second [10]")
    parser.add_argument("--seconds", type=float, default=120, metavar="S", help="how long [120]")
    options = parser.parse_args()
    settings = Settings.read()
    current_model(settings)
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        content = asyncio.run(run(settings, Path(folder), options, load_before))
    print(content)
    write_part(settings.home / "docs" / "benchmarks.md", content)
    return 0


async def run(
    settings: Settings, folder: Path, options: argparse.Namespace, load_before: float
) -> str:
    """Measure everything and return the page's part."""
    async with serving(settings, folder) as (own, memory):
        burst = await five_at_once(own)
        before = memory()
        ready = await asyncio.to_thread(seconds_until_ready, own)
        visitors, elapsed = await under_load(own, options)
        after = memory()
    locks = await five_turns_each()
    sent = sum(len(visitor.sent) for visitor in visitors)
    return part(
        own,
        options,
        visitors,
        burst,
        locks,
        rate=sent / elapsed,
        before=before,
        after=after,
        ready=ready,
        load_before=load_before,
    )


@asynccontextmanager
async def serving(settings: Settings, folder: Path) -> AsyncIterator[Any]:
    """Start servers with a database of their own, and limits that let one machine play many."""
    firm = yaml.safe_load(settings.firm_file.read_text(encoding="utf-8"))
    firm["website"] = {"messages_per_minute": 10000, "messages_per_minute_of_an_address": 100000}
    firm_file = folder / "firm.yml"
    firm_file.write_text(yaml.safe_dump(firm, allow_unicode=True), encoding="utf-8")
    name = f"sportello_bench_{uuid.uuid4().hex[:12]}"
    database, drop = make_database(name, folder)
    own = replace(
        settings, firm_file=firm_file, database_url=database, bot_port=6105, action_port=6155
    )
    os.environ.update(
        SPORTELLO_FIRM=str(firm_file),
        DATABASE_URL=database,
        SPORTELLO_BOT_PORT="6105",
        SPORTELLO_ACTION_PORT="6155",
    )
    upgrade(create_engine(database), settings.home)
    supervisor = Supervisor(own)
    try:
        await asyncio.to_thread(supervisor.start)
        bot = next(child for child in supervisor.children if child.name == "bot")
        assert bot.process is not None
        status = Path(f"/proc/{bot.process.pid}/status")

        def memory() -> int:
            found = next(x for x in status.read_text().splitlines() if x.startswith("VmRSS"))
            return int(found.split()[1]) // 1024

        yield own, memory
    finally:
        await asyncio.to_thread(supervisor.stop)
        drop()


def make_database(name: str, folder: Path) -> tuple[str, Any]:
    """Return the address of an empty database, and what takes it away."""
    server = sa.create_engine(POSTGRESQL + "/postgres", isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    except sa.exc.OperationalError:
        return f"sqlite:///{folder / 'sportello.db'}", lambda: None

    def drop() -> None:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))

    return f"{POSTGRESQL}/{name}", drop


@asynccontextmanager
async def visiting(settings: Settings, number: int) -> AsyncIterator[list[Visitor]]:
    """Open so many chats, each with its stream."""
    web = f"{settings.bot_url}/webhooks/web"
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
            )
        )
        visitors = []
        for _ in range(number):
            async with http.post(f"{web}/session", json={}) as answer:
                token = (await answer.json())["token"]
            visitors.append(Visitor(http, web, {"Authorization": f"Bearer {token}"}))
        streams = [asyncio.create_task(visitor.listen()) for visitor in visitors]
        try:
            yield visitors
        finally:
            for stream in streams:
                stream.cancel()
            await asyncio.gather(*streams, return_exceptions=True)


async def five_at_once(settings: Settings) -> list[float]:
    """Send five messages within 100 ms in each of ten conversations, one conversation at a time.

    Returns:
        The seconds until the last of the five was answered, per conversation.
    """
    async with visiting(settings, 10) as visitors:
        times = []
        for visitor in visitors:
            await visitor.say("ciao")
            await visitor.wait(1)
            begun = time.monotonic()
            posts = []
            for text in SAID[:5]:
                posts.append(asyncio.create_task(visitor.say(text)))
                await asyncio.sleep(0.02)
            await asyncio.gather(*posts)
            await visitor.wait(6)
            times.append(time.monotonic() - begun)
            if visitor.order != list(visitor.sent):
                raise RuntimeError("answered out of order")
        return times


def seconds_until_ready(settings: Settings) -> str:
    """Return how long the chat takes from the press of its button to its greeting.

    Each time in a browser that has nothing in its cache, on a processor slowed down to a quarter.
    """
    path = shutil.which("chromium")
    if path is None:
        return "not measured: there is no Chromium"
    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(7):
            context = browser.new_context()
            page = context.new_page()
            slow = context.new_cdp_session(page)
            slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            page.goto(f"{settings.bot_url}/webhooks/web/")
            page.locator("[data-part=launcher]").wait_for()
            begun = time.monotonic()
            page.locator("[data-part=launcher]").click()
            page.locator("button[data-part=choice]").first.wait_for()
            times.append(time.monotonic() - begun)
            context.close()
        browser.close()
    return f"{statistics.median(times):.2f} s (median of {len(times)}; slowest {max(times):.2f} s)"


async def under_load(
    settings: Settings, options: argparse.Namespace
) -> tuple[list[Visitor], float]:
    """Say something in a random chat so many times a second; return the chats and the time."""
    chance = random.Random(SEED)
    async with visiting(settings, options.streams) as visitors:
        posts = []
        begun = time.monotonic()
        for number in range(int(options.rate * options.seconds)):
            pause = begun + number / options.rate - time.monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
            visitor, text = chance.choice(visitors), chance.choice(SAID)
            posts.append(asyncio.create_task(visitor.say(text)))
        await asyncio.gather(*posts)
        elapsed = time.monotonic() - begun
        for visitor in visitors:
            await visitor.wait(len(visitor.sent))
        return visitors, elapsed


async def five_turns_each() -> dict[str, list[float]]:
    """Let five turns of 50 ms wait for each other, with our locks and with Rasa's own."""
    from rasa.core.lock_store import InMemoryLockStore

    from bot.locks import ConversationLocks

    found = {}
    for name, store in (("Sportello", ConversationLocks()), ("Rasa", InMemoryLockStore())):
        ends: list[float] = []
        begun = time.monotonic()

        async def turn(store: Any = store, ends: list[float] = ends, begun: float = begun) -> None:
            async with store.lock("web:bench"):
                await asyncio.sleep(0.05)
                ends.append(time.monotonic() - begun)

        await asyncio.gather(*(turn() for _ in range(5)))
        found[name] = ends
    return found


def part(
    own: Settings,
    options: argparse.Namespace,
    visitors: list[Visitor],
    burst: list[float],
    locks: dict[str, list[float]],
    **more: Any,
) -> str:
    """Write the page's part."""
    ms = sorted(seconds * 1000 for visitor in visitors for seconds in visitor.seconds)
    return TEMPLATE.read_text(encoding="utf-8").format(
        database="PostgreSQL" if own.database_url.startswith("postgresql") else "SQLite",
        date=time.strftime("%d %B %Y"),
        seconds=options.seconds,
        commit=state(own.home),
        cores=len(os.sched_getaffinity(0)),
        load_after=os.getloadavg()[0],
        streams=options.streams,
        sent=sum(len(visitor.sent) for visitor in visitors),
        lost=sum(1 for v in visitors for key in v.sent if not v.answered[key]),
        doubled=sum(1 for v in visitors for times in v.answered.values() if times > 1),
        median=statistics.median(ms),
        p95=ms[int(len(ms) * 0.95)],
        p99=ms[int(len(ms) * 0.99)],
        burst=statistics.median(burst),
        bursts=len(burst),
        slowest=max(burst),
        locks="\n".join(
            f"| {name} | {' · '.join(f'{end:.2f}' for end in ends)} |"
            for name, ends in locks.items()
        ),
        **more,
    )


if __name__ == "__main__":
    raise SystemExit(main())
