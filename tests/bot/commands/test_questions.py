"""`sportello questions`: what a person sees of what was asked in vain, and does about it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer
import yaml
from click.testing import Result
from rich.console import Console
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from actions.settings import Settings
from actions.store.database import create_engine, session_factory
from actions.store.migrations import upgrade
from actions.store.models import Feedback, UnansweredQuestion
from actions.store.questions import list_questions
from bot.commands import questions as commands
from bot.commands.database import DatabaseMissingError
from bot.commands.questions import QuestionsError, questions
from bot.drafts import DraftError
from bot.faq import load_faq
from bot.training import ModelMissingError, current_model
from bot.understanding.model import Understanding
from tests.bot.test_drafts import ENGLISH, ITALIAN, complete
from tests.conftest import HOME

NOW = dt.datetime(2026, 11, 28, 9, 30, tzinfo=dt.timezone.utc)
Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the project's files that a person edits."""
    for name in ("config.yml", "domain.yml", "firm.yml"):
        shutil.copy(HOME / name, tmp_path / name)
    shutil.copytree(HOME / "data", tmp_path / "data")
    return tmp_path


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine on SQLite: what differs on PostgreSQL is the store's, and tested there."""
    engine = create_engine(f"sqlite:///{tmp_path / 'test.db'}")
    upgrade(engine, HOME)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def understanding(trained: Settings) -> Understanding:
    return Understanding.load(current_model(trained), trained)


@pytest.fixture
def run(
    home: Path,
    trained: Settings,
    understanding: Understanding,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Run the commands on a database and the copy; their errors are raised."""
    for name, value in (
        ("SPORTELLO_HOME", home),
        ("SPORTELLO_VAR", trained.var),
        ("DATABASE_URL", engine.url),
    ):
        monkeypatch.setenv(name, str(value))
    # A process without a terminal may have been told a width of its own.
    monkeypatch.setattr("bot.commands.questions.console", Console(width=150, highlight=False))
    monkeypatch.chdir(home)
    monkeypatch.setattr(commands, "_now", lambda: NOW)
    # Read once for all tests.
    monkeypatch.setattr(Understanding, "load", lambda *_arguments: understanding)
    app = typer.Typer()
    app.add_typer(questions, name="questions")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["questions", *arguments], catch_exceptions=False)

    return run


def fill(engine: Engine) -> None:
    """Three about parking, of which one got a wrong answer, and one about carbonara."""
    asked = [
        ("c'è un parcheggio vicino?", "it", "unanswered", 20),
        ("come si fa la carbonara?", "it", "unanswered", 2),
        ("sono [nome]: dove posso parcheggiare?", "it", "unclear", 1),
    ]
    with session_factory(engine)() as session:
        for text, language, reason, days in asked:
            session.add(
                UnansweredQuestion(
                    text=text,
                    reason=reason,
                    language=language,
                    channel="web",
                    nearest="[]",
                    asked_at=NOW - dt.timedelta(days=days),
                )
            )
        session.add(
            Feedback(
                outbox_id=1,
                conversation_id="web:a",
                helpful=False,
                faq="client_forms",
                question="where can I park?",
                language="en",
                given_at=NOW - dt.timedelta(days=3),
            )
        )
        session.commit()


def test_nothing_is_one_kind_sentence(run: Run) -> None:
    result = run()
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert "Nobody has asked in vain" in result.stdout
    assert run("--format", "json").stdout == "[]\n"


def test_what_was_asked_is_listed_in_groups(run: Run, engine: Engine) -> None:
    fill(engine)
    said = run().stdout
    first, *_ = lines = [line.split() for line in said.splitlines()[1:]]
    assert first[:6] == ["q1", "3", "2026-11-27", "it", "en", "1"]
    assert [line[0] for line in lines if line[0][0] == "q"] == ["q1", "q2"]
    for word in ("1 unanswered", "1 thumbs down", "1 unclear", "come si fa la carbonara?"):
        assert word in said
    # Each with the entries that are nearest, by their titles.
    assert said.count("→ ") == 6
    titles = [entry.title["it"] for entry in load_faq(HOME / "data").values()]
    assert sum(said.count(title) for title in titles) == 6


def test_programs_get_json(run: Run, engine: Engine) -> None:
    fill(engine)
    parking, carbonara = json.loads(run("--format", "json").stdout)
    assert {key: parking[key] for key in ("id", "count", "last_asked", "languages", "drafts")} == {
        "id": "q1",
        "count": 3,
        "last_asked": "2026-11-27T09:30:00+00:00",
        "languages": {"it": 2, "en": 1},
        "drafts": [],
    }
    assert parking["kinds"] == {"unanswered": 1, "thumbs_down": 1, "unclear": 1}
    assert carbonara["typical"] == "come si fa la carbonara?"
    assert [set(near) for near in carbonara["nearest"]] == [{"id", "title"}] * 3


def test_only_what_was_asked_lately(run: Run, engine: Engine) -> None:
    fill(engine)
    listed = json.loads(run("--format", "json", "--since", "1").stdout)
    # The whole group, not only what was asked lately of it.
    assert [(group["id"], group["count"]) for group in listed] == [("q1", 3)]


def test_a_group_is_shown_by_any_of_its_questions(run: Run, engine: Engine) -> None:
    fill(engine)
    said = run("show", "f1").stdout
    assert said == run("show", "q1").stdout
    for text in (
        "c'è un parcheggio vicino?",
        "sono [nome]: dove posso parcheggiare?",
        "where can I park?",
    ):
        assert text in said
    assert "carbonara" not in said


def test_from_a_question_to_an_entry(run: Run, engine: Engine, home: Path) -> None:
    fill(engine)
    result = run("draft", "q1", "--id", "parking")
    assert result.exit_code == 0
    assert "'sportello questions check data/drafts/parking.yml'" in result.stdout
    path = home / "data" / "drafts" / "parking.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["questions"]["en"] == "where can I park?\n"

    # It is off the list, and known to have been dealt with.
    assert [g["id"] for g in json.loads(run("--format", "json").stdout)] == ["q2"]
    with session_factory(engine)() as session:
        assert {q.id: (q.draft, q.dealt_with_at) for q in list_questions(session)} == {
            "q1": ("parking", NOW),
            "q2": (None, None),
            "q3": ("parking", NOW),
            "f1": ("parking", NOW),
        }
    listed = json.loads(run("--all", "--format", "json").stdout)
    assert [group["drafts"] for group in listed] == [["parking"], []]
    assert "2026-11-28, draft parking" in run("show", "q3").stdout

    refused = run("check", "data/drafts/parking.yml")
    assert refused.exit_code == 1
    assert "data/drafts/parking.yml: title → it is still to be completed" in refused.stdout
    assert run("publish", "data/drafts/parking.yml").exit_code == 1
    assert path.exists()

    stolen = "Le cose che vi racconto restano riservate oppure no?"
    path.write_text(yaml.safe_dump(complete(italian=stolen), allow_unicode=True), encoding="utf-8")
    refused = run("check")
    assert refused.exit_code == 1
    (line,) = refused.stdout.splitlines()
    assert line.startswith(f"data/drafts/parking.yml: «{stolen}» means")
    assert "write it into data/faq/confidentiality.yml" in line

    path.write_text(yaml.safe_dump(complete(), allow_unicode=True), encoding="utf-8")
    accepted = run("check")
    assert accepted.exit_code == 0
    assert "'sportello questions publish data/drafts/parking.yml'" in accepted.stdout
    published = run("publish", "data/drafts/parking.yml")
    assert published.exit_code == 0
    assert "'sportello train'" in published.stdout
    entry = load_faq(home / "data")["parking"]
    assert (entry.questions["it"], entry.questions["en"]) == (tuple(ITALIAN), tuple(ENGLISH))
    # The model does not know the new entry: what belongs to it can't be told.
    run("draft", "q2", "--id", "carbonara")
    with pytest.raises(QuestionsError, match="run 'sportello train' first"):
        run("check")


def test_what_needs_no_answer_is_dismissed(run: Run, engine: Engine) -> None:
    fill(engine)
    assert run("dismiss", "q2").stdout.startswith("1 question off the list")
    assert run("dismiss", "q3").stdout.startswith("3 questions off the list")
    assert "all were dealt with" in run().stdout
    assert "dismissed" in run("show", "q2").stdout
    assert len(json.loads(run("--all", "--format", "json").stdout)) == 2


def test_nothing_is_dealt_with_twice(run: Run, engine: Engine, home: Path) -> None:
    fill(engine)
    run("dismiss", "q2")
    for command in ("draft", "dismiss"):
        with pytest.raises(QuestionsError, match="q2 was dealt with: 2026-11-28, dismissed"):
            run(command, "q2")
    assert not (home / "data" / "drafts").exists()


def test_what_is_not_written_stays_open(run: Run, engine: Engine) -> None:
    fill(engine)
    with pytest.raises(DraftError, match="another name"):
        run("draft", "q1", "--id", "termination")
    assert len(json.loads(run("--format", "json").stdout)) == 2


def test_what_can_not_be_noted_leaves_no_draft(
    run: Run, engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine)

    def fail(*_arguments: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("away"))

    monkeypatch.setattr(commands, "deal_with", fail)
    with pytest.raises(OperationalError):
        run("draft", "q1", "--id", "parking")
    assert list((home / "data" / "drafts").iterdir()) == []


def test_no_draft_to_check(run: Run) -> None:
    assert "no draft in data/drafts" in run("check").stdout


@pytest.mark.parametrize("id", ["q9", "q", "", "-", "termination", "1", "q1; DROP TABLE"])
def test_a_wrong_id_is_one_sentence(id: str, run: Run, engine: Engine) -> None:
    fill(engine)
    for command in ("show", "draft", "dismiss"):
        with pytest.raises(QuestionsError, match="There is no question") as mistake:
            run(command, "--", id)
        assert "\n" not in str(mistake.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "0"),
        ("--since", "99999999"),
        ("--since", "x"),
        ("--format", "xml"),
        ("fly",),
        ("draft",),
    ],
)
def test_bad_usage(arguments: tuple[str, ...], run: Run) -> None:
    assert run(*arguments).exit_code == 2


def test_without_a_model(
    run: Run, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_VAR", str(tmp_path / "empty"))
    assert "Nobody" in run().stdout
    fill(engine)
    with pytest.raises(ModelMissingError):
        run()
    with pytest.raises(QuestionsError, match="run 'sportello train' first"):
        run("check", "data/faq/termination.yml")


def test_without_a_database(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(DatabaseMissingError, match="check DATABASE_URL"):
        run()
    assert not (tmp_path / "none.db").exists()


def test_with_a_database_of_an_earlier_version(run: Run, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE feedback"))
    with pytest.raises(sa.exc.SQLAlchemyError):
        run()
