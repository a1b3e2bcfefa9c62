"""One turn at a time in each conversation, in order, within a process and between processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from rasa.core.lock_store import LockError
from redis import Redis
from redis.exceptions import RedisError

from bot import locks
from bot.locks import ConversationLocks, PostgresLocks, RedisLocks

REDIS = "redis://127.0.0.1:6379/15"


@pytest.fixture
def redis() -> str:
    """The address of a Redis that answers."""
    try:
        Redis.from_url(REDIS).ping()
    except RedisError:
        pytest.skip("Redis does not answer on 127.0.0.1:6379")
    return REDIS


@pytest.fixture(params=["postgresql", "redis"])
def between(request: pytest.FixtureRequest) -> Callable[[], ConversationLocks]:
    """Makes locks as each process would: with PostgreSQL, and with Redis."""
    kind = PostgresLocks if request.param == "postgresql" else RedisLocks
    url = request.getfixturevalue(request.param)
    return lambda: ConversationLocks(kind(url))


async def take_turns(stores: list[ConversationLocks], conversation: str) -> list[str]:
    """Let each store hold the lock for a moment and return who came and went, in order."""
    happened = []

    async def turn(number: int, store: ConversationLocks) -> None:
        async with store.lock(conversation):
            happened.append(f"{number} begins")
            await asyncio.sleep(0.02)
            happened.append(f"{number} ends")

    tasks = []
    for number, store in enumerate(stores):
        tasks.append(asyncio.create_task(turn(number, store)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    return happened


def in_order(number: int) -> list[str]:
    return [f"{n} {what}" for n in range(number) for what in ("begins", "ends")]


def test_turns_of_one_process_come_in_order_and_at_once() -> None:
    store = ConversationLocks()
    begun = time.monotonic()
    assert asyncio.run(take_turns([store] * 5, "web:a")) == in_order(5)
    # Rasa's own store would ask again after a second each time.
    assert time.monotonic() - begun < 1
    assert not store._queues, "nothing is kept of conversations that rest"


def test_conversations_do_not_wait_for_each_other() -> None:
    store = ConversationLocks()

    async def both() -> None:
        async with store.lock("web:a"), store.lock("web:b"):
            pass

    asyncio.run(asyncio.wait_for(both(), 5))


def test_turns_of_several_processes_never_overlap(
    between: Callable[[], ConversationLocks],
) -> None:
    happened = asyncio.run(take_turns([between() for _ in range(4)], "web:between"))
    pairs = list(zip(happened[::2], happened[1::2]))
    assert all((begins.split()[0], "ends") == tuple(ends.split()) for begins, ends in pairs), (
        happened
    )


def test_a_turn_that_fails_gives_its_lock_back(between: Callable[[], ConversationLocks]) -> None:
    async def fail_then_try() -> None:
        with pytest.raises(ZeroDivisionError):
            async with between().lock("web:fails"):
                1 / 0  # noqa: B018
        async with between().lock("web:fails"):
            pass

    asyncio.run(asyncio.wait_for(fail_then_try(), 10))


def test_who_waits_too_long_is_told(
    between: Callable[[], ConversationLocks], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.2)

    async def wait_in_vain() -> None:
        async with between().lock("web:busy"):
            with pytest.raises(LockError):
                async with between().lock("web:busy"):
                    pass
        async with between().lock("web:busy"):
            pass

    asyncio.run(wait_in_vain())


def test_a_redis_that_is_away_is_an_error_not_a_lock() -> None:
    async def ask() -> None:
        async with ConversationLocks(RedisLocks("redis://127.0.0.1:1/0")).lock("web:a"):
            raise AssertionError("there was no lock")

    with pytest.raises(LockError):
        asyncio.run(ask())
