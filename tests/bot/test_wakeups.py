"""Whoever waits for a conversation is woken, by this process and by others."""

from __future__ import annotations

import asyncio

from actions.store.database import create_engine, session_factory
from bot.wakeups import Wakeups


def test_who_waits_is_woken_and_then_forgotten(tmp_path) -> None:  # type: ignore[no-untyped-def]
    wakeups = Wakeups(create_engine(f"sqlite:///{tmp_path / 'x.db'}"))

    async def wait() -> None:
        with wakeups.listen("web:a") as one, wakeups.listen("web:a") as two:
            wakeups.wake("web:b")
            assert not one.is_set()
            wakeups.wake("web:a")
            assert one.is_set()
            assert two.is_set()
        assert not wakeups._waiting

    asyncio.run(wait())


def test_other_processes_are_heard_after_their_commit(postgresql: str) -> None:
    here, there = (Wakeups(create_engine(postgresql)) for _ in range(2))
    sessions = session_factory(create_engine(postgresql))

    async def wait() -> None:
        listening = asyncio.create_task(here.run())
        with here.listen("web:a") as news:
            with sessions() as session:
                # Until the listener has subscribed nothing is heard: say it again.
                for _ in range(50):
                    there.announce(session, "web:a")
                    session.commit()
                    await asyncio.sleep(0.1)
                    if news.is_set():
                        break
            assert news.is_set()
            news.clear()
            with sessions() as session:
                there.announce(session, "web:a")
                await asyncio.sleep(0.2)
                assert not news.is_set(), "before the commit nothing has happened"
                session.rollback()
        listening.cancel()

    asyncio.run(wait())
