"""Telling those who wait that something happened in a conversation, in this process and others.

A wake-up is a hint, never the news itself: whoever is woken looks into the database, and looks
there from time to time without being woken too.
"""

from __future__ import annotations

import asyncio
import logging
import select
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

CHANNEL = "sportello"
AGAIN_SECONDS = 5
LOOK_SECONDS = 1  # how often the thread looks whether it is over
logger = logging.getLogger(__name__)


class Wakeups:
    """Who waits for which conversation; with PostgreSQL other processes wake them too."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine of the database in which the conversations lie."""
        self._engine = engine
        self._shared = engine.dialect.name == "postgresql"
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def listen(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """Return what is set whenever something happens in a conversation."""
        event = asyncio.Event()
        self._waiting[conversation_id].add(event)
        try:
            yield event
        finally:
            self._waiting[conversation_id].discard(event)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]

    def wake(self, conversation_id: str) -> None:
        """Wake whoever waits in this process."""
        for event in self._waiting.get(conversation_id, ()):
            event.set()

    def announce(self, session: Session, conversation_id: str) -> None:
        """Wake whoever waits in other processes, once the session has committed."""
        if self._shared:
            session.execute(sa.select(sa.func.pg_notify(CHANNEL, conversation_id)))

    async def run(self) -> None:
        """Pass on what other processes announce; never returns where there can be others."""
        loop = asyncio.get_running_loop()
        over = threading.Event()
        try:
            while self._shared:
                try:
                    # In a thread: a loop that watches a connection of psycopg2 may go on watching
                    # its number when it is lost, which by then is that of somebody else's socket.
                    await asyncio.to_thread(self._pass_on, loop, over)
                except (SQLAlchemyError, psycopg2.Error, OSError) as error:
                    logger.warning("no news from other processes: %s", type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
        finally:
            over.set()

    def _pass_on(self, loop: asyncio.AbstractEventLoop, over: threading.Event) -> None:
        with self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            connection.detach()
            raw.autocommit = True
            raw.cursor().execute(f"LISTEN {CHANNEL}")
            while not over.is_set():
                if not select.select([raw], [], [], LOOK_SECONDS)[0]:
                    continue
                raw.poll()
                while raw.notifies:
                    loop.call_soon_threadsafe(self.wake, raw.notifies.pop(0).payload)
