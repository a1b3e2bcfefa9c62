"""The commands of the staff training: reports, who practises, codes, cards."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from actions.firm import load_firm
from actions.logic.quiz import load_quiz
from actions.logic.wording import clean
from actions.settings import Settings
from actions.store import learning, training_report
from actions.store.training_report import Listed, Own, Team
from bot.commands.database import open_database
from bot.learning.words import Words

if TYPE_CHECKING:
    from bot.learning.sheet import Sheet

training = typer.Typer(help="The training of the staff.")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)
LONGEST_NAME = 200
TAIL = 4  # of an identity that is shown shortened
PAGE_WIDTH = 100  # of a table that is written to a file


class TrainingReportError(Exception):
    """A command of the training can't do what it is asked; the message says why."""


class Format(str, Enum):
    """How a report is written."""

    table = "table"
    json = "json"
    html = "html"


class Language(str, Enum):
    """In which language a report is written."""

    it = "it"
    en = "en"


LearnerId = Annotated[
    int | None,
    typer.Option(
        "--learner",
        metavar="ID",
        min=1,
        max=999_999_999,
        help="A number of 'sportello training learners'.",
        show_default=False,
    ),
]


@training.command()
def report(
    team: Annotated[
        bool, typer.Option("--team", help="About everybody, without names; this is the default.")
    ] = False,
    learner: LearnerId = None,
    answers: Annotated[
        bool,
        typer.Option(
            "--answers",
            help="With --learner: every single answer too. Individual answers are for the learner "
            "alone: use it to hand them their own report, never to look into somebody's answers.",
        ),
    ] = False,
    format: Annotated[Format, typer.Option(help="How to write it.")] = Format.table,
    since: Annotated[
        int | None,
        typer.Option(
            metavar="DAYS", min=1, max=36500, help="Only the last days.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="The file to write; without it the terminal, HTML to var/reports/training.html.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        Language | None,
        typer.Option(help="Without it, the first of firm.yml.", show_default=False),
    ] = None,
) -> None:
    """Report how far the training is: of everybody without names, or of one learner, for them.

    Example: sportello training report --format html --since 90
    """
    # What draws takes a moment to import, and the other commands need none of it.
    from bot.learning.sheet import own_sheet, team_sheet

    if team and learner is not None:
        raise typer.BadParameter("Use --team or --learner, not both")
    if answers and learner is None:
        raise typer.BadParameter("Single answers are told to their learner alone: add --learner")
    settings = Settings.read()
    firm = load_firm(settings.firm_file)
    quiz = load_quiz(settings.home / "data")
    words = Words.load(settings.home / "data", language.value if language else firm.languages[0])
    now = dt.datetime.now(firm.zone)
    if answers:
        _ask_for_whom(learner)
    found: Team | Own | None
    with open_database(settings) as (_, session):
        if learner is None:
            found = training_report.team(session, quiz, now, since)
        else:
            found = training_report.own(session, learner, quiz, now, since, answers)
    if found is None:
        raise _no_learner(learner)
    if answers:
        _note_use(settings, learner, now)
    if isinstance(found, Team):
        sheet = team_sheet(found, quiz, words)
    else:
        sheet = own_sheet(found, quiz, words)
    if output is None and format is Format.html:
        name = "training.html" if learner is None else f"training-learner-{learner}.html"
        output = settings.var / "reports" / name
    _write(_WRITERS[format](found, sheet), output)


@training.command()
def grades(
    file: Annotated[
        Path,
        typer.Argument(help="JSON lines with an item, an answer and a label.", show_default=False),
    ],
) -> None:
    """Grade labelled answers, and say how many get the grade of their label.

    Labels are right, partly, wrong and nonsense, of which the last should be graded wrong.

    Example: sportello training grades tests/evaluation/free_text_answers.jsonl
    """
    from bot.evaluation.figures import Share
    from bot.evaluation.grades import GRADES, LABELS, measure_grades
    from bot.evaluation.terminal import interval
    from bot.understanding.grading import TextGrader

    settings = Settings.read()
    quiz = load_quiz(settings.home / "data")
    found = measure_grades(file, quiz, TextGrader.of(settings, quiz))
    table = Table("label", *(f"graded {grade}" for grade in GRADES), box=None)
    for label in LABELS:
        numbers = [found.counts.get((label, grade), 0) for grade in GRADES]
        table.add_row(label, *map(str, numbers))
    console.print(table)
    share = Share("agreement", found.agreeing, found.answers)
    console.print(
        f"Agreement: {share.right} of {share.total}, {share.estimate.value:.3f} "
        f"(95 %: {interval(share.estimate)})"
    )


@training.command()
def learners() -> None:
    """List who practises: number, name, when they last did, how many questions are due.

    Example: sportello training learners
    """
    settings = Settings.read()
    zone = load_firm(settings.firm_file).zone
    with open_database(settings) as (_, session):
        quiz, now = load_quiz(settings.home / "data"), dt.datetime.now(zone)
        found = training_report.learners(session, quiz, now)
    if not found:
        console.print("Nobody practises yet: 'sportello training invite NAME' invites somebody.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Number", justify="right")
    table.add_column("Name")
    table.add_column("Last practice", no_wrap=True)
    table.add_column("Due", justify="right")
    for each in found:
        last = f"{each.last.astimezone(zone):%Y-%m-%d %H:%M}" if each.last else "–"
        table.add_row(str(each.number), _name(each), last, str(each.due))
    console.print(table)


@training.command()
def invite(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Who is to practise.", show_default=False),
    ] = None,
    learner: LearnerId = None,
) -> None:
    """Print a code with which somebody can practise on the website: a new learner, or --learner.

    Example: sportello training invite "Carla Neri"
    """
    if (name is None) == (learner is None):
        raise typer.BadParameter("Give the name of a new learner, or an old one with --learner")
    settings = Settings.read()
    firm = load_firm(settings.firm_file)
    now = dt.datetime.now(firm.zone)
    with open_database(settings) as (_, session):
        if name is not None:
            learner = learning.enrol(
                session,
                learning.new_staff_key(),
                language=firm.languages[0],
                goal=firm.training.questions,
                reminder_hour=firm.training.reminder_hour,
                now=now,
                name=_real_name(name),
            ).id
        elif learner is None or learning.learner(session, learner) is None:
            raise _no_learner(learner)
        code = learning.issue_code(session, learner, now)
        session.commit()
    until = now + dt.timedelta(days=learning.CODE_DAYS)
    console.print(f"{code}", style="bold")
    console.print(
        f"For learner {learner}, once, until {until:%Y-%m-%d %H:%M}. Give it to that person alone: "
        "whoever writes it into the chat on the website practises there under this number. "
        "It is not shown again.",
        soft_wrap=True,
    )


@training.command()
def rebuild() -> None:
    """Compute anew from all answers what everybody remembers; safe at any time.

    Example: sportello training rebuild
    """
    with open_database(Settings.read()) as (_, session):
        cards, differed = learning.rebuild(session)
        session.commit()
    console.print(f"Cards: {cards}, of which {differed} differed from the answers.")


def _table(found: Team | Own, sheet: Sheet) -> str:
    from bot.learning import terminal

    text = io.StringIO()
    width = console.width if console.is_terminal else PAGE_WIDTH
    terminal.show(sheet, Console(file=text, highlight=False, width=width))
    return text.getvalue()


def _json(found: Team | Own, sheet: Sheet) -> str:
    return json.dumps(asdict(found), ensure_ascii=False, indent=2, default=_plain) + "\n"


def _html(found: Team | Own, sheet: Sheet) -> str:
    from bot.learning import html

    return html.page(sheet)


_WRITERS: dict[Format, Callable[[Team | Own, Sheet], str]] = {
    Format.table: _table,
    Format.json: _json,
    Format.html: _html,
}


def _plain(value: Any) -> str:
    assert isinstance(value, dt.date), value
    return value.isoformat()


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        # Half a character, which an answer may hold, has no UTF-8.
        output.write_bytes(text.encode("utf-8", "replace"))
    except OSError as error:
        raise TrainingReportError(f"{output} can't be written: {error.strerror}.") from None
    console.print(f"Report: {output}", soft_wrap=True, markup=False)


def _ask_for_whom(learner: int | None) -> None:
    """Go on only for the learner, and remind of it."""
    errors.print("Individual answers are for the learner alone: not for their superiors.")
    question = f"Is this report for learner {learner}, who asked for it? [y/N]: "
    # The library's own question writes a space to where the report goes, maybe down a pipe.
    errors.print(question, end="", markup=False)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise TrainingReportError("No answers were shown: answer y, or leave --answers out.")


def _note_use(settings: Settings, learner: int | None, now: dt.datetime) -> None:
    """Leave a trace that single answers were read, before they are: never whose they are."""
    log = settings.logs / "sportello.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{now:%Y-%m-%d %H:%M:%S%z} the answers of learner {learner} were shown\n")
    except OSError as error:
        raise TrainingReportError(
            f"No answers were shown, because {log} can't be written: {error.strerror}."
        ) from None


def _no_learner(learner: int | None) -> TrainingReportError:
    return TrainingReportError(
        f"There is no learner {learner}: 'sportello training learners' lists them."
    )


def _real_name(name: str) -> str:
    told = clean(name)
    if not told or len(told) > LONGEST_NAME:
        raise TrainingReportError(f"Write a name of at most {LONGEST_NAME} characters.")
    return told


def _name(learner: Listed) -> str:
    """Return a name, or of an identity as much as tells one from another."""
    kind, _, identity = learner.key.partition(":")
    return learner.name or f"{kind} …{identity[-TAIL:]}"
