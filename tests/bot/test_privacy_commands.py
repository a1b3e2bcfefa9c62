"""The commands of data protection as a person meets them: each run as a process of its own."""

from __future__ import annotations

import datetime as dt
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.firm import load_firm
from actions.store import models
from actions.store.database import create_engine, session_factory
from actions.store.migrations import upgrade
from tests.actions.store.test_privacy import Seed, dump, raw, seed_learners, seed_two
from tests.bot.test_cli import one_line, run
from tests.conftest import HOME


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[tuple[str, Engine, Seed]]:
    """The address of a database with two people, an engine on it, and one of the two."""
    url = f"sqlite:///{tmp_path / 'sportello.db'}"
    engine = create_engine(url)
    upgrade(engine, HOME)
    anna, _ = seed_two(engine)
    yield url, engine, anna
    engine.dispose()


def test_export_writes_to_standard_output(stored: tuple[str, Engine, Seed]) -> None:
    url, _, anna = stored
    result = run("export", anna.email, DATABASE_URL=url)
    assert (result.returncode, result.stderr) == (0, "")
    copy = json.loads(result.stdout)
    assert copy["clients"][0]["engagements"][0]["reference"] == anna.reference
    described = (HOME / "docs" / "privacy.md").read_text(encoding="utf-8")
    for name in names(copy):
        assert f"`{name}`" in described, name


def names(value: object) -> set[str]:
    """Return every name in the JSON, but for those in the answers, which are the intake's."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if not isinstance(value, dict):
        return set()
    inner = (names(item) for name, item in value.items() if name not in ("known", "answers"))
    return set(value).union(*inner)


def test_a_learner_is_exported_and_erased_by_number(stored: tuple[str, Engine, Seed]) -> None:
    url, engine, anna = stored
    vera, _ = seed_learners(engine)
    subject = f"learner:{vera.id}"
    result = run("export", subject, DATABASE_URL=url)
    assert (result.returncode, result.stderr) == (0, "")
    copy = json.loads(result.stdout)
    assert copy["learners"][0]["reviews"][0]["answer"] == "qzvera answer"
    described = (HOME / "docs" / "privacy.md").read_text(encoding="utf-8")
    for name in names(copy):
        assert f"`{name}`" in described, name
    result = run("erase", subject, "--yes", DATABASE_URL=url)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Erased: 11 rows." in result.stdout
    assert vera.mark not in dump(engine) + raw(engine)
    assert anna.mark in dump(engine)
    line = one_line(run("erase", subject, "--yes", DATABASE_URL=url))
    assert line == f"Error: There is no {subject}: 'sportello training learners' lists them."


def test_export_writes_a_file_for_its_owner_alone(
    stored: tuple[str, Engine, Seed], tmp_path: Path
) -> None:
    url, _, anna = stored
    path = tmp_path / "copy.json"
    result = run("export", anna.reference, "--output", str(path), DATABASE_URL=url)
    assert result.returncode == 0, result.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text(encoding="utf-8"))["clients"][0]["email"] == anna.email
    # What is there is not overwritten: it may be somebody else's copy.
    line = one_line(run("export", anna.reference, "--output", str(path), DATABASE_URL=url))
    assert "can't be written: File exists" in line


def test_export_into_a_folder_names_nobody(
    stored: tuple[str, Engine, Seed], tmp_path: Path
) -> None:
    url, _, anna = stored
    folder = tmp_path / "copies"
    folder.mkdir()
    result = run("export", anna.email, "--output", str(folder), DATABASE_URL=url)
    assert result.returncode == 0, result.stderr
    (path,) = folder.iterdir()
    assert re.fullmatch(r"sportello-export-\d{8}T\d{6}Z\.json", path.name)
    assert not any(text in result.stdout for text in anna.strings)


def test_erase_asks_and_then_leaves_nothing(stored: tuple[str, Engine, Seed]) -> None:
    url, engine, anna = stored
    before = dump(engine)
    for answer in ("n\n", ""):
        result = run("erase", anna.reference, text=answer, DATABASE_URL=url)
        assert result.returncode == 2
        assert re.search(r"events\s+13\b", result.stdout)
        assert "Nothing was erased" in result.stderr
        assert dump(engine) == before
    result = run("erase", anna.reference, text="y\n", DATABASE_URL=url)
    assert (result.returncode, result.stderr) == (0, "")
    everything = dump(engine) + raw(engine)
    assert not any(text in everything for text in anna.strings)
    line = one_line(run("erase", anna.reference, DATABASE_URL=url))
    assert line == "Error: Nothing is stored under that reference or e-mail address."


def test_erase_without_a_question(stored: tuple[str, Engine, Seed]) -> None:
    url, engine, anna = stored
    result = run("erase", anna.email, "--yes", DATABASE_URL=url)
    assert (result.returncode, result.stderr) == (0, "")
    listed, _, erased = result.stdout.partition("Erased: ")
    numbers = map(int, re.findall(r"(\d+) *$", listed, re.MULTILINE))
    assert erased == f"{sum(numbers)} rows.\n"
    assert anna.mark not in dump(engine)


def test_purge_follows_the_firm(stored: tuple[str, Engine, Seed]) -> None:
    url, engine, anna = stored
    limits = load_firm(HOME / "firm.yml").retention_days
    long_ago = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=limits.closed_engagements + 1)
    with session_factory(engine)() as session:
        session.execute(
            sa.update(models.Engagement)
            .where(models.Engagement.reference == anna.reference)
            .values(closed_at=long_ago)
        )
        session.commit()
    before = dump(engine)
    dry = run("purge", "--dry-run", DATABASE_URL=url)
    assert (dry.returncode, dry.stderr) == (0, "")
    assert re.search(r"engagements\s+1\b", dry.stdout)
    assert dump(engine) == before
    wet = run("purge", DATABASE_URL=url)
    assert (wet.returncode, wet.stderr) == (0, "")
    assert wet.stdout.splitlines()[1:] == dry.stdout.splitlines()[1:]
    assert anna.reference not in dump(engine) + raw(engine)
    again = run("purge", DATABASE_URL=url)
    assert again.stdout == "Nothing is older than firm.yml allows.\n"


@pytest.mark.parametrize("command", [("export", "x@example.com"), ("erase", "x"), ("purge",)])
def test_a_database_that_is_not_there_is_not_an_empty_one(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    line = one_line(run(*command, DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}"))
    assert "There is no database at" in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["export", "erase", "purge"])
def test_every_command_has_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert "Example:" in result.stdout
