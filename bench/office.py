"""Measure the back office's pages with a hundred thousand requests, beside SQLAdmin's own list.

Needs PostgreSQL on 127.0.0.1:5432; makes a database of its own there and drops it at the end.
Writes its part of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.firm import load_firm
from actions.settings import Settings
from actions.store import inbox
from actions.store.audit import Staff
from actions.store.database import create_engine, session_factory
from actions.store.figures import figures
from actions.store.inbox import Filter
from actions.store.migrations import upgrade
from actions.store.models import metadata
from actions.store.staff import add_account
from bench.office_data import fill
from bench.report import state
from bench.sections import write_part

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432"
TEMPLATE = Path(__file__).parent / "office.md"
WARM_UP = 3
LARGE = 10_000
COMMON = "ros"
EMAIL, PASSWORD = "bench@example.com", uuid.uuid4().hex
PAGES = {
    "inbox": "/inbox",
    "inbox, all, page 40": "/inbox?status=all&page=40",
    "inbox, first due": "/inbox?sort=due",
    "inbox, one service, due within a week": "/inbox?service=Consulenza+fiscale&due=week",
    "search, a frequent name (“ros”)": f"/inbox?status=all&q={COMMON}",
    "search, two words": "/inbox?status=all&q=maria+ros",
    "search, a reference": "/inbox?status=all&q={reference}",
    "search, an e-mail address": "/inbox?status=all&q={email}",
    "dashboard, 90 days": "/dashboard?days=90",
    "dashboard, a year": "/dashboard?days=365",
    "dashboard, a year, the website": "/dashboard?days=365&channel=web",
    "one request": "/intakes/{id}",
    "calendar": "/calendar",
    "clients, a frequent name": f"/clients?q={COMMON}",
}
PEER = {
    "SQLAdmin's list": "/admin/engagement/list?pageSize=25",
    "SQLAdmin's search (“ros”)": f"/admin/engagement/list?pageSize=25&search={COMMON}",
}


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=60)
    asked = parser.parse_args()
    settings, load_before = Settings.read(), os.getloadavg()[0]
    var = Path(tempfile.mkdtemp(prefix="sportello-bench-"))
    try:
        with _database() as url:
            engine = create_engine(url)
            upgrade(engine, settings.home)
            print(f"Making up {asked.requests:,} requests …")
            fill(engine, asked.requests, today=dt.date.today())
            values = _example(engine)
            with _served(_office(url, var)) as office, _served(_stock(url)) as stock:
                session = _signed_in(engine, office)
                pages = {name: office + path.format(**values) for name, path in PAGES.items()}
                pages |= {name: stock + path for name, path in PEER.items()}
                measured = _measure(session, pages, asked.times)
            plans = _plans(engine, settings)
            engine.dispose()
    finally:
        shutil.rmtree(var)
    content = TEMPLATE.read_text(encoding="utf-8").format(
        number=asked.requests,
        times=asked.times,
        date=f"{dt.date.today():%-d %B %Y}",
        command=f"make bench-office REQUESTS={asked.requests}",
        commit=state(settings.home),
        cores=os.cpu_count(),
        load_before=load_before,
        load_after=os.getloadavg()[0],
        pages=_table(measured),
        large=LARGE,
        **values,
        **plans,
    )
    write_part(settings.home / "docs" / "benchmarks.md", content)
    print(content)


@contextmanager
def _database() -> Iterator[str]:
    name = f"sportello_bench_{uuid.uuid4().hex[:12]}"
    server = sa.create_engine(POSTGRESQL + "/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield f"{POSTGRESQL}/{name}"
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def _office(url: str, var: Path) -> tuple[list[str], dict[str, str], int]:
    port = _free_port()
    own = {
        "DATABASE_URL": url,
        "SPORTELLO_VAR": str(var),
        "SPORTELLO_OFFICE_PORT": str(port),
    }
    return ["bot.office.server"], own, port


def _stock(url: str) -> tuple[list[str], dict[str, str], int]:
    port = _free_port()
    return ["bench.sqladmin_stock", url, str(port)], {}, port


@contextmanager
def _served(what: tuple[list[str], dict[str, str], int]) -> Iterator[str]:
    module, own, port = what
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-m", *module], env={**os.environ, **own})
    try:
        while not _answers(f"{address}/health"):
            if process.poll() is not None:
                raise SystemExit(f"{module[0]} could not start")
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(15)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=1).ok
    except requests.RequestException:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _example(engine: Engine) -> dict[str, Any]:
    """Return a request to look for, and how many the frequent name finds."""
    with session_factory(engine)() as session:
        chosen = Filter(status="all", words=COMMON)
        page = inbox.read_page(session, chosen, today=dt.date.today())
        row = page.rows[-1]
        email = next(
            session.execute(
                sa.text("SELECT email FROM clients WHERE id = :id"), {"id": row.client_id}
            ).scalars()
        )
    return {"id": row.id, "reference": row.reference, "email": email, "found": page.total}


def _signed_in(engine: Engine, office: str) -> requests.Session:
    with session_factory(engine)() as session:
        add_account(
            session,
            email=EMAIL,
            name="Benchmark",
            role="admin",
            language="it",
            password=PASSWORD,
            now=dt.datetime.now(dt.timezone.utc),
            by=Staff("command", "bench"),
        )
        session.commit()
    http = requests.Session()
    token = re.search(r'name="csrf" value="(\w+)"', http.get(f"{office}/login").text)
    assert token is not None
    form = {"csrf": token.group(1), "email": EMAIL, "password": PASSWORD}
    http.post(f"{office}/login", data=form).raise_for_status()
    return http


def _measure(http: requests.Session, pages: dict[str, str], times: int) -> dict[str, list[float]]:
    """Return the seconds that each page took, the first few left out."""
    measured: dict[str, list[float]] = {name: [] for name in pages}
    for turn in range(times + WARM_UP):
        for name, address in pages.items():
            begun = time.perf_counter()
            answer = http.get(address)
            if turn >= WARM_UP:
                measured[name].append(time.perf_counter() - begun)
            answer.raise_for_status()
            assert "/login" not in answer.url, "the session has ended"
    return measured


def _plans(engine: Engine, settings: Settings) -> dict[str, Any]:
    """Return which indexes the statements behind the pages read, and which tables as a whole."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    today, zone = dt.date.today(), load_firm(settings.firm_file).zone
    sa.event.listen(engine, "before_cursor_execute", note)
    with session_factory(engine)() as session:
        for chosen, sort in (
            (Filter(), "newest"),
            (Filter(), "due"),
            (Filter(status="all", words=COMMON), "newest"),
            (Filter(due="week"), "due"),
        ):
            inbox.read_page(session, chosen, sort=sort, today=today)
        inbox.attention(session, today)
        inbox.due_between(session, today, today + dt.timedelta(days=31))
        figures(
            session,
            since=today - dt.timedelta(days=89),
            until=today,
            channel=None,
            now=dt.datetime.now(dt.timezone.utc),
            zone=zone,
        )
    sa.event.remove(engine, "before_cursor_execute", note)
    indexes: set[str] = set()
    scanned: set[str] = set()
    with engine.connect() as connection:
        for statement, parameters in asked:
            found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
            plan = found.scalar_one()
            for node in _nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]):
                if "Index Name" in node:
                    indexes.add(node["Index Name"])
                elif node["Node Type"] in ("Seq Scan", "Parallel Seq Scan"):
                    scanned.add(node["Relation Name"])
        sizes = {
            name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in scanned & set(metadata.tables)
        }
    large = sorted(name for name, size in sizes.items() if size > LARGE)
    return {
        "statements": len(asked),
        "indexes": ", ".join(f"`{name}`" for name in sorted(indexes)),
        "scanned": ", ".join(f"`{name}`" for name in large) or "none",
    }


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _table(measured: dict[str, list[float]]) -> str:
    lines = ["| page | median | 95 % |", "|---|--:|--:|"]
    for name, seconds in measured.items():
        ninety_five = statistics.quantiles(seconds, n=20)[-1]
        lines.append(
            f"| {name} | {statistics.median(seconds) * 1000:.0f} ms | {ninety_five * 1000:.0f} ms |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
