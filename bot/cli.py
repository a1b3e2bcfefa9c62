"""The command line. Each command reads its arguments, calls one function, and shows the result."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from bot.quiet import hush

hush()

import typer  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402
from sqlalchemy.engine import make_url  # noqa: E402
from sqlalchemy.exc import SQLAlchemyError  # noqa: E402
from typer.exceptions import TyperException  # noqa: E402

from actions.desk import SETUP_ERRORS  # noqa: E402
from actions.firm import load_firm  # noqa: E402
from actions.logic.choices import load_choices  # noqa: E402
from actions.logic.quiz import QuizError, load_quiz  # noqa: E402
from actions.settings import Settings  # noqa: E402
from actions.store.encryption import EncryptionError  # noqa: E402
from actions.store.notifications import NotificationsError  # noqa: E402
from actions.store.staff import StaffError  # noqa: E402
from bot.chat import NO_WAY_IN, ChatError, Conversation, talk  # noqa: E402
from bot.commands.database import DatabaseMissingError, migrate  # noqa: E402
from bot.commands.keys import keys  # noqa: E402
from bot.commands.notifications import notifications  # noqa: E402
from bot.commands.privacy import PrivacyError, erase, export, purge  # noqa: E402
from bot.commands.questions import QuestionsError, questions  # noqa: E402
from bot.commands.slack import slack  # noqa: E402
from bot.commands.staff import staff  # noqa: E402
from bot.commands.training import TrainingReportError, training  # noqa: E402
from bot.drafts import DraftError  # noqa: E402
from bot.faq import FaqError, load_faq  # noqa: E402
from bot.learning.words import WordsError  # noqa: E402
from bot.messages import MessagesError, read_messages  # noqa: E402
from bot.supervisor import StartError, Supervisor, answers  # noqa: E402
from bot.training import (  # noqa: E402
    ModelMissingError,
    TrainingError,
    current_model,
    is_current,
)
from bot.training import train as train_model  # noqa: E402
from bot.understanding.model import ModelError, Understanding  # noqa: E402

BAD_INPUT = 2
FILE_HELP = "The file to read; without it, standard input."
# What a person can mend: told in one line each, without a traceback.
TOLD = (
    *SETUP_ERRORS,
    ChatError,
    DatabaseMissingError,
    DraftError,
    EncryptionError,
    FaqError,
    MessagesError,
    ModelError,
    ModelMissingError,
    NotificationsError,
    PrivacyError,
    QuestionsError,
    QuizError,
    StaffError,
    StartError,
    TrainingError,
    TrainingReportError,
    WordsError,
)

app = typer.Typer(
    name="sportello",
    help="The front desk of a professional firm as a conversational assistant.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database.")
app.add_typer(db, name="db")
app.add_typer(keys, name="keys")
app.add_typer(questions, name="questions")
app.add_typer(slack, name="slack")
app.add_typer(staff, name="staff")
app.add_typer(training, name="training")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class _Stopped(Exception):
    """The process was asked to stop."""


@app.command()
def up() -> None:
    """Start everything: train if needed, migrate the database, serve until Ctrl-C.

    Example: sportello up
    """
    settings = _ready()
    settings.signing_secret()
    supervisor = Supervisor(settings, say=console.print, office=True)
    signal.signal(signal.SIGTERM, _stop)
    try:
        with _step("Starting the bot, the action server and the back office"):
            supervisor.start()
        console.print(_addresses(settings))
        console.print("Ctrl-C stops everything.", style="dim")
        supervisor.watch()
    except (KeyboardInterrupt, _Stopped):
        # A second Ctrl-C must not leave servers behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        console.print("\nStopping …")
    finally:
        supervisor.stop()


@app.command()
def train() -> None:
    """Train the model from the files in data/, domain.yml, config.yml and firm.yml.

    Example: sportello train
    """
    _train(_checked())


@app.command()
def chat() -> None:
    """Talk to the assistant in the terminal; starts it if it is not running.

    Example: sportello chat
    """
    settings = Settings.read()
    if settings.environment == "production":
        raise ChatError(NO_WAY_IN)
    supervisor = None
    if not answers(f"{settings.bot_url}/health"):
        supervisor = Supervisor(_ready(), say=errors.print)
        with _step("Starting the bot and the action server"):
            supervisor.start()
    try:
        talk(Conversation(settings.bot_url), console, lambda: console.input("[bold]› [/]"))
    finally:
        if supervisor:
            supervisor.stop()


@app.command()
def parse(
    file: Annotated[Path | None, typer.Argument(help=FILE_HELP, show_default=False)] = None,
) -> None:
    """Say what each message means, one JSON line for each: text, language, label, confidence.

    Example: echo "che cos'è un cliente?" | sportello parse
    """
    understanding = _understanding(Settings.read())
    for message in read_messages(file):
        found = understanding.parse(message["text"])
        _print_json(
            {
                "text": found.text,
                "language": found.language,
                "label": found.label,
                "confidence": round(found.confidence, 4),
            }
        )


@app.command()
def deadline(
    file: Annotated[Path | None, typer.Argument(help=FILE_HELP, show_default=False)] = None,
) -> None:
    """Read each message as the answer to «by when?», one JSON line for each.

    JSON lines may have, besides the text, its language ("lang") and the moment ("now") it was said.

    Example: echo "entro fine mese" | sportello deadline
    """
    from actions.logic.deadlines import read_deadline
    from actions.logic.duckling import HttpDuckling, NativeDuckling

    settings = Settings.read()
    firm = load_firm(settings.firm_file)
    duckling = HttpDuckling(settings.duckling_url) if settings.duckling_url else NativeDuckling()
    for message in read_messages(file):
        now = _moment(message.get("now"), firm.zone)
        language = str(message.get("lang") or firm.languages[0])
        found = read_deadline(message["text"], language=language, now=now, duckling=duckling)
        _print_json(
            {
                "text": message["text"],
                "kind": found.kind if found else None,
                "date": found.date.isoformat() if found and found.date else None,
                "time": found.time.isoformat("minutes") if found and found.time else None,
                "said": found.said if found else None,
            }
        )


@app.command()
def evaluate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="JSON lines with text, lang and label or, for deadlines, now and expect.",
            show_default=False,
        ),
    ] = None,
    cross_validate: Annotated[
        bool,
        typer.Option(
            "--cross-validate", help="Score the training messages instead, in five folds."
        ),
    ] = False,
    compare: Annotated[
        Path | None,
        typer.Option(help="The .json of an earlier run: shows what was mended and what broke."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Where to write the report, and a .json beside it [var/reports/evaluation.html]."
        ),
    ] = None,
) -> None:
    """Score the model on labelled messages: tables, and a report with the confusion matrix.

    Example: sportello evaluate messages.jsonl --compare before.json
    """
    from bot.evaluation import comparison, run, terminal
    from bot.evaluation.report import write_report

    if bool(files) == cross_validate:
        raise typer.BadParameter("Name files with labelled messages, or use --cross-validate")
    settings = Settings.read()
    path = report or settings.var / "reports" / "evaluation.html"
    if path.suffix == ".json":
        raise typer.BadParameter("The report is HTML: its .json is written beside it")
    # Read before this run takes its place.
    earlier = run.load(compare) if compare else None
    if cross_validate:
        with _step("Training and scoring in five folds, about a minute"):
            result = run.evaluate_training_messages(settings)
    else:
        result = run.evaluate_files(files or [], settings)
    comparisons = comparison.compare_runs(earlier, result) if earlier else []
    terminal.show(result, console)
    for title, changes in comparisons:
        terminal.show_comparison(changes, title, console)
    if earlier and not comparisons:
        console.print(f"\nNo message is in {compare} too.", soft_wrap=True)
    write_report(result, path, comparisons)
    run.save(result, path.with_suffix(".json"))
    console.print(f"\nReport: {path}", soft_wrap=True)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the tables of this version.

    Example: sportello db upgrade
    """
    with _step("Updating the database"):
        migrate(Settings.read())


app.command()(export)
app.command()(erase)
app.command()(purge)
app.command()(notifications)


def main() -> None:
    """Run a command; every mistake that a person can mend is one line and exit code 2."""
    # The database, models and logs may hold personal data: they are the owner's alone.
    os.umask(0o077)
    try:
        result = app(sys.argv[1:] or ["--help"], prog_name="sportello", standalone_mode=False)
    except TyperException as usage:
        context = getattr(usage, "ctx", None)
        command = context.command_path if context else "sportello"
        _fail(f"{usage.format_message().rstrip('.')}. See '{command} --help'.")
    except (typer.Abort, KeyboardInterrupt):
        raise SystemExit(130) from None
    except TOLD as error:
        _fail(str(error))
    except SQLAlchemyError as error:
        _fail(_database_trouble(error))
    except BrokenPipeError:
        # Whoever read our output has seen enough: `sportello parse … | head`.
        sys.stderr.close()
        raise SystemExit(0) from None
    except Exception as error:
        _fail_unexpectedly(error)
    raise SystemExit(result if isinstance(result, int) else 0)


def _checked() -> Settings:
    """Return the settings after checking the files that a person edits."""
    settings = Settings.read()
    firm = load_firm(settings.firm_file)
    load_choices(settings.home / "data" / "choices.yml", firm)
    load_faq(settings.home / "data")
    load_quiz(settings.home / "data")
    return settings


def _ready() -> Settings:
    """Return the settings with a current model and database behind them."""
    settings = _checked()
    with _step("Updating the database"):
        migrate(settings)
    if not is_current(settings):
        _train(settings)
    return settings


def _train(settings: Settings) -> None:
    with _step("Training the model, about a minute"):
        train_model(settings)


def _understanding(settings: Settings) -> Understanding:
    return Understanding.load(current_model(settings), settings)


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Show that something takes its time, and how long it took."""
    begun = dt.datetime.now()
    with console.status(f"{what} …"):
        yield
    seconds = (dt.datetime.now() - begun).total_seconds()
    console.print(f"[green]✓[/] {what} [dim]({seconds:.1f} s)[/]")


def _addresses(settings: Settings) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_row("Bot", settings.bot_url)
    if settings.environment == "development":
        table.add_row("Website", f"{settings.bot_url}/webhooks/web/")
        table.add_row("", f"POST {settings.bot_url}/webhooks/rest/webhook")
        table.add_row("Terminal", "make chat")
    if settings.slack_bot_token is not None:
        table.add_row("Slack", f"POST {settings.bot_url}/webhooks/slack/webhook")
    table.add_row("Back office", settings.office_url)
    table.add_row("", ".venv/bin/sportello staff add makes an account")
    table.add_row("Actions", settings.action_url)
    table.add_row("Database", _without_password(settings.database_url))
    table.add_row("Logs", str(settings.logs))
    return table


def _moment(said: Any, zone: dt.tzinfo) -> dt.datetime:
    if said is None:
        return dt.datetime.now(zone)
    try:
        moment = dt.datetime.fromisoformat(str(said).replace("Z", "+00:00"))
    except ValueError:
        raise MessagesError(f'"now" is {said!r}: write it like 2026-11-23T10:00+01:00.') from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _print_json(value: dict[str, Any]) -> None:
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        line = json.dumps(value)  # half a character: only as an escape can it be printed
    sys.stdout.write(line + "\n")


def _stop(*_signal: object) -> None:
    raise _Stopped


def _fail(message: str) -> None:
    errors.print(f"[bold red]Error:[/] {message.replace('[', chr(92) + '[')}", soft_wrap=True)
    raise SystemExit(BAD_INPUT)


def _database_trouble(error: SQLAlchemyError) -> str:
    url = _without_password(Settings.read().database_url)
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return f"The database {url} can't be used ({reason}): check DATABASE_URL and that it runs."


def _without_password(url: str) -> str:
    return str(make_url(url).render_as_string(hide_password=True))


def _fail_unexpectedly(error: Exception) -> None:
    try:
        log = Settings.read().logs / "sportello.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            traceback.print_exception(error, file=file)
        where = f" The details are in {log}."
    except Exception:
        where = ""
    errors.print(f"[bold red]Unexpected error:[/] {type(error).__name__}.{where}", soft_wrap=True)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
