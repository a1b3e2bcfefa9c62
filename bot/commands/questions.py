"""The commands with which a firm learns from what people asked and got no good answer to."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from actions.firm import Firm, load_firm
from actions.settings import Settings
from actions.store.questions import Question, deal_with, list_questions
from bot.commands.database import open_database
from bot.drafts import drafts_in, find_draft_mistakes, place_of, publish_draft, write_draft
from bot.faq import Entry, load_faq
from bot.questions import MOST, Group, find_group, group_questions
from bot.training import current_model, is_current
from bot.understanding.model import Understanding

questions = typer.Typer(
    help="What people asked and got no good answer to.", invoke_without_command=True
)
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)
NOT_READY = 1
LONGEST_SINCE = 36500  # days; a date before the year 1 is none

Id = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="The group's id, or that of a question in it.", show_default=False
    ),
]
File = Annotated[Path, typer.Argument(help="A file in data/drafts/.", show_default=False)]


class QuestionsError(Exception):
    """What was asked of the questions can't be done; the message says why."""


class Format(str, Enum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"


@questions.callback()
def list_groups(
    context: typer.Context,
    format: Annotated[Format, typer.Option(help="For people, or for programs.")] = Format.TABLE,
    since: Annotated[
        int | None,
        typer.Option(
            metavar="DAYS",
            min=1,
            max=LONGEST_SINCE,
            help="Only what was asked again in the last days.",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was dealt with.")] = False,
) -> None:
    """List the questions that got no good answer, grouped by meaning, the most frequent first.

    Unanswered: nothing fitted. Unclear: two answers were offered. Thumbs down: the answer did not
    help.

    Example: sportello questions --since 30
    """
    if context.invoked_subcommand:
        return
    settings = Settings.read()
    firm, faq = load_firm(settings.firm_file), load_faq(settings.home / "data")
    with open_database(settings) as (_, session):
        found = list_questions(session)
    groups = _groups([q for q in found if everything or not q.dealt_with_at], settings)
    if since is not None:
        earliest = _now() - dt.timedelta(days=since)
        groups = [group for group in groups if group.last_asked >= earliest]
    if format is Format.JSON:
        described = [_as_json(group, faq) for group in groups]
        sys.stdout.write(json.dumps(described, ensure_ascii=False, indent=2) + "\n")
    elif groups:
        console.print(_table(groups, faq, firm))
    elif found and not everything:
        console.print("No question is open: all were dealt with (--all shows them).")
    else:
        console.print("Nobody has asked in vain: there is no question without a good answer.")


@questions.command()
def show(id: Id) -> None:
    """List all questions of a group.

    Example: sportello questions show q12
    """
    settings = Settings.read()
    firm, faq = load_firm(settings.firm_file), load_faq(settings.home / "data")
    with open_database(settings) as (_, session):
        group = _group(list_questions(session), id, settings)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("Id", "Asked", "Language", "Kind", "Question", "Dealt with"):
        table.add_column(title, no_wrap=title in ("Id", "Asked", "Kind"))
    for question in group.questions:
        table.add_row(
            question.id,
            _moment(question.asked_at, firm),
            question.language,
            _plain(question.kind),
            escape(question.text),
            _dealt_with(question),
        )
    console.print(table)
    console.print("\nNearest entries:")
    for title in _titles(group, faq, firm):
        console.print(f"→ {title}", soft_wrap=True)


@questions.command()
def draft(
    id: Id,
    name: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="NAME", help="The new entry's id: small letters.", show_default=False
        ),
    ] = None,
) -> None:
    """Write a draft of an FAQ entry with a group's questions as examples, for you to complete.

    Example: sportello questions draft q12 --id fees
    """
    settings = Settings.read()
    data = settings.home / "data"
    with open_database(settings) as (_, session):
        group = _open_group(list_questions(session), id, settings)
        # No transaction stays open while questions are compared; this one has only read.
        session.rollback()
        path = write_draft(group, load_faq(data), data, name)
        try:
            deal_with(session, group.questions, path.stem, _now())
            session.commit()
        except SQLAlchemyError:
            path.unlink()  # so that the same command works once the database does
            raise
    file = place_of(path, data)
    console.print(
        f"{file} is written, from {_count(group)}: complete it, then type "
        f"'sportello questions check {file}'.",
        soft_wrap=True,
    )


@questions.command()
def dismiss(id: Id) -> None:
    """Take a group off the list that needs no answer.

    Example: sportello questions dismiss q12
    """
    settings = Settings.read()
    with open_database(settings) as (_, session):
        group = _open_group(list_questions(session), id, settings)
        deal_with(session, group.questions, None, _now())
        session.commit()
    console.print(f"{_count(group)} off the list; 'sportello questions --all' still shows them.")


@questions.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Files in data/drafts/; without them, all of them.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Tell what a draft still lacks, and which of its examples belong to another entry.

    Example: sportello questions check data/drafts/fees.yml
    """
    settings = Settings.read()
    data = settings.home / "data"
    chosen = files or drafts_in(data)
    if not chosen:
        console.print("There is no draft in data/drafts.")
        return
    _check(chosen, settings)
    for file in (place_of(path, data) for path in chosen):
        console.print(
            f"{file} is complete: 'sportello questions publish {file}' makes it an answer.",
            soft_wrap=True,
            markup=False,
        )


@questions.command()
def publish(file: File) -> None:
    """Make a draft without mistakes an entry of the FAQ; the assistant knows it once it is trained.

    Example: sportello questions publish data/drafts/fees.yml
    """
    settings = Settings.read()
    _check([file], settings)
    data = settings.home / "data"
    target = place_of(publish_draft(file, data), data)
    console.print(f"{target} is in place: 'sportello train' teaches it to the assistant.")


def _check(files: Sequence[Path], settings: Settings) -> None:
    """Print what is to be mended in drafts, and end the command if there is anything."""
    if not is_current(settings):
        raise QuestionsError(
            "The model does not know the files as they are now: run 'sportello train' first."
        )
    understanding = _understanding(settings)
    found = find_draft_mistakes(files, settings.home / "data", understanding)
    for mistake in found:
        console.print(mistake, soft_wrap=True, markup=False)
    if found:
        raise typer.Exit(NOT_READY)


def _groups(found: Sequence[Question], settings: Settings) -> list[Group]:
    if not found:
        return []
    understanding = _understanding(settings)
    with errors.status("Comparing the questions …"):
        groups = group_questions(found, understanding)
    if (left_out := len(found) - sum(len(group.questions) for group in groups)) > 0:
        errors.print(
            f"Only the newest {MOST} different questions are compared; {left_out} older ones are "
            "left out: draft or dismiss some.",
            soft_wrap=True,
        )
    return groups


def _understanding(settings: Settings) -> Understanding:
    return Understanding.load(current_model(settings), settings, os.cpu_count() or 1)


def _group(found: Sequence[Question], id: str, settings: Settings) -> Group:
    asked = next((question for question in found if question.id == id), None)
    if asked is None:
        raise QuestionsError(f"There is no question {id!r}: 'sportello questions' lists them.")
    alike = [q for q in found if asked.dealt_with_at or not q.dealt_with_at]
    group = find_group(_groups(alike, settings), id)
    if group is None:
        raise QuestionsError(f"The question {id} is too old to be compared with the others.")
    return group


def _open_group(found: Sequence[Question], id: str, settings: Settings) -> Group:
    group = _group(found, id, settings)
    asked = next(question for question in group.questions if question.id == id)
    if asked.dealt_with_at:
        raise QuestionsError(f"The question {id} was dealt with: {_dealt_with(asked)}.")
    return group


def _table(groups: Sequence[Group], faq: Mapping[str, Entry], firm: Firm) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Id", no_wrap=True)
    table.add_column("Asked", justify="right")
    table.add_column("Last", no_wrap=True)
    table.add_column("Languages")
    table.add_column("Kinds")
    table.add_column("Typical question, nearest entries")
    for group in groups:
        table.add_row(
            group.id,
            str(len(group.questions)),
            f"{group.last_asked.astimezone(firm.zone):%Y-%m-%d}",
            " ".join(group.languages),
            "\n".join(f"{number} {_plain(kind)}" for kind, number in group.kinds.items()),
            "\n".join(
                [
                    escape(group.typical.text),
                    *(f"[dim]→ {title}[/]" for title in _titles(group, faq, firm)),
                ]
            ),
        )
    return table


def _as_json(group: Group, faq: Mapping[str, Entry]) -> dict[str, Any]:
    return {
        "id": group.id,
        "count": len(group.questions),
        "last_asked": group.last_asked.isoformat(timespec="seconds"),
        "languages": group.languages,
        "kinds": group.kinds,
        "typical": group.typical.text,
        "nearest": [
            {"id": other, "title": faq[other].title} for other in group.nearest if other in faq
        ],
        "drafts": sorted({question.draft for question in group.questions if question.draft}),
    }


def _titles(group: Group, faq: Mapping[str, Entry], firm: Firm) -> list[str]:
    language = firm.languages[0]
    # An entry that is gone is in the model until the next training.
    return [
        escape(f"{other}: {faq[other].title[language]}") for other in group.nearest if other in faq
    ]


def _dealt_with(question: Question) -> str:
    if question.dealt_with_at is None:
        return "–"
    day = f"{question.dealt_with_at:%Y-%m-%d}"
    return f"{day}, draft {question.draft}" if question.draft else f"{day}, dismissed"


def _count(group: Group) -> str:
    number = len(group.questions)
    return f"{number} question{'s' if number != 1 else ''}"


def _plain(kind: str) -> str:
    return kind.replace("_", " ")


def _moment(moment: dt.datetime, firm: Firm) -> str:
    return f"{moment.astimezone(firm.zone):%Y-%m-%d %H:%M}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
