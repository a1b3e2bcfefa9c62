"""On PostgreSQL the back office's queries go through the indexes that were made for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.store import inbox
from actions.store.database import create_engine, session_factory
from actions.store.inbox import Filter
from actions.store.migrations import upgrade
from actions.store.models import ClientTerm, Engagement
from bench.office_data import TODAY, fill
from tests.conftest import HOME

NUMBER = 3000


def read(filter: Filter, **more: Any) -> Callable[[Session], object]:
    return lambda session: inbox.read_page(session, filter, today=TODAY, **more)


# Of each reading, the indexes without which it would go through everything.
READINGS: tuple[tuple[Callable[[Session], object], set[str]], ...] = (
    (read(Filter()), {"ix_engagements_status", "pk_engagements", "ix_deadlines_engagement_id"}),
    (read(Filter("new")), {"ix_engagements_status_id"}),
    (read(Filter("closed"), sort="due"), {"ix_engagements_status_due_date_id"}),
    (read(Filter("all"), sort="due"), {"ix_engagements_due_date_id"}),
    (read(Filter(due="overdue")), {"ix_engagements_status_due_date_id"}),
    (read(Filter("all", service="Traduzione giurata")), {"ix_engagements_service_id_status"}),
    (read(Filter("all", channel="web")), {"ix_engagements_channel_id_status"}),
    (read(Filter("all", taken_by="staff:3")), {"ix_engagements_taken_by_id_status"}),
    (
        read(Filter("all", words="ferrari giulia")),
        {"uq_client_terms_term", "ix_engagements_client_id_status"},
    ),
    (read(Filter("all", words="K7PM")), {"uq_engagements_reference"}),
    (
        lambda session: inbox.due_between(session, TODAY, TODAY + dt.timedelta(days=6)),
        {"ix_deadlines_due_date_engagement_id", "pk_clients"},
    ),
    (lambda session: inbox.read_clients(session, "ferrari"), {"uq_client_terms_term"}),
    (
        lambda session: inbox.attention(session, TODAY),
        {
            *("ix_engagements_status_due_date_id", "ix_callbacks_status"),
            *("ix_unanswered_questions_dealt_with_at", "ix_feedback_dealt_with_at_helpful"),
            "ix_notifications_parked_at",
        },
    ),
    (inbox.read_services, {"ix_engagements_service_id_status"}),
    (inbox.read_channels, set()),  # either of the two that begin with the channel
)


def test_what_is_read_is_found_by_its_index(postgresql: str) -> None:
    engine = create_engine(postgresql)
    upgrade(engine, HOME)
    fill(engine, NUMBER, seed=7)
    asked: list[tuple[str, Any]] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        asked.append((statement, values))

    with session_factory(engine)() as session:
        # So few rows are read whole sooner than by index: what counts is whether there is a way.
        session.execute(sa.text("SET enable_seqscan = off"))
        for number, (reading, indexes) in enumerate(READINGS):
            asked.clear()
            reading(session)
            plans = ""
            for statement, values in tuple(asked):
                with session.connection().connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN {statement}", values)
                    plans += "\n".join(line for (line,) in cursor.fetchall()) + "\n"
            assert {name for name in indexes if f" {name} " in plans} == indexes, (number, plans)
            for table in ("engagements", "clients", "deadlines", "client_terms"):
                assert f"Seq Scan on {table}" not in plans, (number, plans)
    engine.dispose()


def test_the_made_up_office_is_one(postgresql: str) -> None:
    engine = create_engine(postgresql)
    upgrade(engine, HOME)
    fill(engine, 500)
    with session_factory(engine)() as session:
        page = inbox.read_page(session, Filter("all"), today=TODAY)
        assert page.total == 500
        assert page.counts["closed"] > page.counts["open"] > page.counts["new"] > 0
        assert inbox.read_page(session, Filter("all", words="ros"), today=TODAY).total > 20
        assert session.scalar(sa.select(sa.func.count()).select_from(ClientTerm)) > 5000
        session.add(
            Engagement(
                reference="K7PM-3XQ0",
                client_id=1,
                service="tax",
                channel="web",
                conversation_id="w",
                submission_key="w",
                created_at=page.rows[0].created_at,
            )
        )
        session.commit()
        assert inbox.read_page(session, Filter("all"), today=TODAY).rows[0].reference[-1] == "0"
    engine.dispose()
