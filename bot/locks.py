"""One turn at a time in each conversation, in the order of arrival, across processes too.

Within a process a queue per conversation wakes the next one at once; Rasa's own store asks again
once a second. Between processes a lock of Redis, where there is one, or else of PostgreSQL; both
vanish with the process that holds them. With SQLite there is one process.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Protocol

import sqlalchemy as sa
from rasa.core.lock_store import LockError, LockStore
from sqlalchemy.engine import Engine

from actions.settings import Settings
from actions.store.database import create_engine

# How often another process's lock is asked for, and after how long that is given up.
ASK_SECONDS = 0.05
PATIENCE_SECONDS = 60
# What a process that died still holds in Redis is free after so long; no turn takes as long.
LEASE_SECONDS = 120


class Between(Protocol):
    """A lock between processes."""

    def lock(self, conversation_id: str) -> AbstractAsyncContextManager[Any]:
        """Hold the lock as long as the block lasts."""


class ConversationLocks(LockStore):
    """The lock store that the agent and the reception share."""

    def __init__(self, between: Between | None = None) -> None:
        """Take the lock between processes; without one there is this process only."""
        self._between = between
        self._queues: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}

    @classmethod
    def of(cls, settings: Settings) -> ConversationLocks:
        """Choose the lock between processes that the settings allow for."""
        if settings.redis_url:
            return cls(RedisLocks(settings.redis_url))
        if settings.database_url.startswith("postgresql"):
            return cls(PostgresLocks(settings.database_url))
        return cls()

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_lifetime: Any, **_wait: Any) -> AsyncIterator[Any]:
        """Wait for one's turn and keep it as long as the block lasts."""
        queue = self._queues.setdefault(conversation_id, asyncio.Lock())
        self._users[conversation_id] = self._users.get(conversation_id, 0) + 1
        try:
            async with queue:
                held = self._between.lock(conversation_id) if self._between else nullcontext()
                async with held:
                    yield None
        finally:
            self._users[conversation_id] -= 1
            if not self._users[conversation_id]:
                del self._users[conversation_id], self._queues[conversation_id]


class PostgresLocks:
    """Advisory locks, each on a connection of its own that is gone with its process."""

    def __init__(self, url: str) -> None:
        """Connect on first use; never with connections of those who wait for the lock."""
        self._engine: Engine = create_engine(url, pool_size=20, max_overflow=80)

    @asynccontextmanager
    async def lock(self, conversation_id: str) -> AsyncIterator[None]:
        """Hold the lock as long as the block lasts.

        Raises:
            LockError: somebody else held it for a minute.
        """
        key = int.from_bytes(
            hashlib.sha256(conversation_id.encode()).digest()[:8], "big", signed=True
        )
        connection = await asyncio.to_thread(self._connect)
        try:
            await _ask_until(
                lambda: connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar()
            )
            try:
                yield
            finally:
                await asyncio.to_thread(
                    connection.execute, sa.select(sa.func.pg_advisory_unlock(key))
                )
        except BaseException:
            # A connection that may still hold a lock must not go back to the others.
            connection.invalidate()
            raise
        finally:
            await asyncio.to_thread(connection.close)

    def _connect(self) -> Any:
        return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")


class RedisLocks:
    """Locks in Redis that expire if their process dies."""

    def __init__(self, url: str) -> None:
        """Connect on first use."""
        from redis import asyncio as redis

        self._redis = redis.Redis.from_url(url)

    @asynccontextmanager
    async def lock(self, conversation_id: str) -> AsyncIterator[None]:
        """Hold the lock as long as the block lasts.

        Raises:
            LockError: somebody else held it for a minute, or Redis does not answer.
        """
        from redis.exceptions import LockNotOwnedError, RedisError

        lock = self._redis.lock(
            f"sportello:turn:{conversation_id}", timeout=LEASE_SECONDS, sleep=ASK_SECONDS
        )
        try:
            held = await lock.acquire(blocking_timeout=PATIENCE_SECONDS)
        except RedisError as error:
            raise LockError(f"Redis does not answer: {type(error).__name__}") from error
        if not held:
            raise LockError("another process is busy with the conversation")
        try:
            yield
        finally:
            try:
                await lock.release()
            except LockNotOwnedError:
                pass  # the lease ran out; what was written is guarded by the inbox
            except RedisError:
                pass  # it expires by itself


async def _ask_until(ask: Any) -> None:
    async def held() -> None:
        while not await asyncio.to_thread(ask):
            await asyncio.sleep(ASK_SECONDS)

    try:
        await asyncio.wait_for(held(), PATIENCE_SECONDS)
    except asyncio.TimeoutError:
        raise LockError("another process is busy with the conversation") from None
