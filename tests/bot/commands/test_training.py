"""`sportello training`: what whoever looks after the training sees."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from typer.exceptions import TyperException
from typer.testing import CliRunner, Result

from actions.logic.quiz import load_quiz
from actions.logic.references import find_learner_code
from actions.store import learning, models
from actions.store.database import session_factory
from bot.commands.database import DatabaseMissingError
from bot.commands.training import TrainingReportError, training
from tests.actions.store.test_training_report import Practice
from tests.bot.test_cli import one_line
from tests.bot.test_cli import run as run_process
from tests.conftest import HOME

Run = Callable[..., Result]
ITEMS = list(load_quiz(HOME / "data").items)
WORDS = "le mie parole sulla riservatezza"


@pytest.fixture
def run(engine: Engine, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a database; its errors are raised."""
    monkeypatch.setenv("SPORTELLO_HOME", str(HOME))
    monkeypatch.setenv("SPORTELLO_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("DATABASE_URL", database)

    return invoke


def invoke(line: str, text: str | None = None) -> Result:
    return CliRunner().invoke(
        training, shlex.split(line), input=text, catch_exceptions=False, standalone_mode=False
    )


@pytest.fixture
def people(engine: Engine) -> list[int]:
    """Three people who practise."""
    with session_factory(engine)() as session:
        practice = Practice(session)
        found = [
            practice.enrol("slack:T1:U0ANNA", "Anna Verdi"),
            practice.enrol("terminal:bruno"),
            practice.enrol("staff:00c4f1a0"),
        ]
        for learner in found:
            for item in ITEMS[:3]:
                practice.answer(learner, item, "wrong", answer=WORDS)
        session.commit()
    return found


def test_a_team_is_reported_without_names(run: Run, people: list[int]) -> None:
    said = run("report").stdout
    assert "La formazione dello studio" in said
    assert f"Persona {people[0]}" in said
    page = json.loads(run("report --team --format json").stdout)
    assert (page["active"], page["learners"]) == (3, 3)
    assert [each["number"] for each in page["people"]] == people
    english = run("report --language en").stdout
    assert "The training of the team" in english
    for text in (said, json.dumps(page), english):
        for word in ("Anna", "U0ANNA", "bruno", WORDS[:20]):
            assert word not in text


def test_a_page_goes_where_reports_go(run: Run, people: list[int], tmp_path: Path) -> None:
    place = tmp_path / "var" / "reports" / "training.html"
    for _ in range(2):  # the next one takes its place
        assert str(place) in run("report --format html").stdout.replace("\n", "")
    assert place.read_text(encoding="utf-8").startswith("<!doctype html>")
    run(f"report --learner {people[1]} --format html")
    own = place.with_name(f"training-learner-{people[1]}.html").read_text(encoding="utf-8")
    assert "La Sua formazione" in own
    assert WORDS not in own
    elsewhere = tmp_path / "new" / "x.txt"
    run(f"report --output {elsewhere}")
    assert "Persone attive" in elsewhere.read_text(encoding="utf-8")
    with pytest.raises(TrainingReportError, match=r"can't be written: Is a directory\."):
        run(f"report --output {tmp_path}")


def test_single_answers_are_for_the_learner(run: Run, people: list[int], tmp_path: Path) -> None:
    log = tmp_path / "var" / "log" / "sportello.log"
    line = f"report --learner {people[0]} --format json"
    assert json.loads(run(line).stdout)["answers"] is None
    for answer in ("n\n", ""):
        with pytest.raises(TrainingReportError, match="No answers were shown"):
            run(f"{line} --answers", answer)
    assert not log.exists()
    result = run(f"{line} --answers", "y\n")
    assert "for the learner alone" in result.stderr
    told = json.loads(result.stdout)["answers"]
    assert [each["answer"] for each in told] == [WORDS] * 3
    (written,) = log.read_text(encoding="utf-8").splitlines()
    assert written.endswith(f"the answers of learner {people[0]} were shown")
    # Without a trace there are none.
    log.unlink()
    log.mkdir()
    with pytest.raises(TrainingReportError, match="No answers were shown, because"):
        run(f"{line} --answers", "y\n")


def test_the_help_says_for_whom_answers_are() -> None:
    said = " ".join(re.sub(r"[│╭╮╰╯─]", " ", invoke("report --help").stdout).split())
    assert "Individual answers are for the learner alone" in said


@pytest.mark.parametrize(
    "line",
    [
        "report --team --learner 1",
        "report --answers",
        "report --since 0",
        "report --format pdf",
        "report --learner 0",
        "invite",
        "invite Carla --learner 1",
    ],
)
def test_what_makes_no_sense_is_refused(line: str) -> None:
    with pytest.raises(TyperException):
        invoke(line)


@pytest.mark.parametrize("line", ["report --learner 99", "invite --learner 99"])
def test_a_learner_who_is_not_there(line: str, run: Run) -> None:
    with pytest.raises(TrainingReportError, match=r"There is no learner 99: '.*' lists them\."):
        run(line)


def test_learners_are_listed_with_as_much_as_tells_them_apart(run: Run, people: list[int]) -> None:
    said = run("learners").stdout
    for part in ("Anna Verdi", "terminal …runo", "staff …f1a0", "2026-11-26 12:00"):
        assert part in said, part
    assert "U0ANNA" not in said
    assert "00c4" not in said


def test_nobody_practises_yet(run: Run) -> None:
    assert run("learners").stdout.startswith("Nobody practises yet: 'sportello training invite")


def test_an_invitation_signs_in_once(run: Run, engine: Engine) -> None:
    said = run('invite "  Carla Neri "').stdout
    code = find_learner_code(said)
    assert code is not None
    until = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=learning.CODE_DAYS)
    assert f"{until:%Y-%m}" in said
    now = dt.datetime.now(dt.timezone.utc)
    with session_factory(engine)() as session:
        carla = learning.sign_in(session, code, "web:a", now)
        assert (carla.name, carla.key[:6], carla.language) == ("Carla Neri", "staff:", "it")
        number = carla.id
        assert learning.sign_in(session, code, "web:b", now) is None
    again = find_learner_code(run(f"invite --learner {number}").stdout)
    assert again not in (None, code)
    with session_factory(engine)() as session:
        assert learning.sign_in(session, str(again), "web:c", now).id == number
        assert session.execute(sa.select(sa.func.count(models.Learner.id))).scalar_one() == 1


@pytest.mark.parametrize("name", ["' '", "x" * 201])
def test_a_name_that_is_none(name: str, run: Run, engine: Engine) -> None:
    with pytest.raises(TrainingReportError, match="Write a name"):
        run(f"invite {name}")
    with session_factory(engine)() as session:
        assert session.execute(sa.select(models.Learner.id)).all() == []


def test_cards_are_made_anew(run: Run, people: list[int], engine: Engine) -> None:
    assert run("rebuild").stdout == "Cards: 9, of which 0 differed from the answers.\n"
    with session_factory(engine)() as session:
        session.execute(sa.update(models.LearningCard).values(difficulty=1.0))
        session.commit()
    assert run("rebuild").stdout == "Cards: 9, of which 9 differed from the answers.\n"
    assert run("rebuild").stdout == "Cards: 9, of which 0 differed from the answers.\n"


def test_a_database_that_is_not_there_is_not_an_empty_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    for line in ("report", "learners", "invite Carla", "rebuild"):
        with pytest.raises(DatabaseMissingError, match="There is no database at"):
            run(line)
    assert not (tmp_path / "none.db").exists()


def test_as_a_process_a_mistake_is_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    assert "There is no database" in one_line(run_process("training", "rebuild", DATABASE_URL=url))
    assert "add --learner" in one_line(run_process("training", "report", "--answers"))


@pytest.mark.parametrize("command", ["report", "learners", "invite", "rebuild"])
def test_every_command_has_an_example(command: str) -> None:
    said = " ".join(invoke(f"{command} --help").stdout.split())
    assert f"Example: sportello training {command}" in said


def test_grades_are_measured(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    rows = [
        ("Non lavora per noi, ma ha un contratto per darci servizi", "right"),
        ("boh", "nonsense"),
    ]
    file.write_text(
        "".join(
            json.dumps({"item": "explain_third_party", "answer": answer, "label": label}) + "\n"
            for answer, label in rows
        ),
        encoding="utf-8",
    )
    result = run(f"grades {file}")
    assert result.exit_code == 0, result.output
    assert "Agreement: 2 of 2, 1.000" in result.output
