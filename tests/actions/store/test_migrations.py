"""The migrations make exactly the tables of the models, up and down."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from actions.store.database import create_engine
from actions.store.migrations import downgrade, upgrade
from actions.store.models import metadata

HOME = Path(__file__).parents[3]


def test_up_gives_the_models_and_down_gives_nothing(database: str) -> None:
    engine = create_engine(database)
    upgrade(engine, HOME)
    upgrade(engine, HOME)  # a second time does nothing
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    downgrade(engine, HOME, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_sqlite_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'test.db'}")
    with engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()
