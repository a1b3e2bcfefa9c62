"""Telling those who wait that something happened in a conversation, in this process and others.

A wake-up is a hint, never the news itself: whoever is woken looks into the database, and looks
there from time to time without being woken too.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

CHANNEL = "sportello"
AGAIN_SECONDS = 5
logger = logging.getLogger(__name__)


class Wakeups:
    """Who waits for which conversation; with PostgreSQL other processes wake them too."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine of the database in which the conversations lie."""
        self._engine = engine
        self._shared = engine.dialect.name == "postgresql"
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: Any = None

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
        while self._shared:
            try:
                await self._pass_on()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("no news from other processes: %s", type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _pass_on(self) -> None:
        connection = await asyncio.to_thread(self._subscribe)
        raw = connection.connection
        loop = asyncio.get_running_loop()
        news = asyncio.Event()
        loop.add_reader(raw.fileno(), news.set)
        try:
            while True:
                await news.wait()
                news.clear()
                self._read(raw)
        finally:
            loop.remove_reader(raw.fileno())
            connection.invalidate()
            connection.close()

    def _subscribe(self) -> Any:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        return connection

    def _read(self, raw: Any) -> None:
        try:
            raw.poll()
        except Exception as error:
            raise OSError("the connection is gone") from error
        while raw.notifies:
            self.wake(raw.notifies.pop(0).payload)
