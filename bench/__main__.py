"""Measure this project beside Rasa's own pipeline, nlp.js, Duckling and dateparser.

Trains and scores all in one run and writes docs/benchmarks.md; takes about half an hour.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from actions.settings import Settings
from bench.competitors import DEADLINES, LABELS
from bench.data import (
    Message,
    NothingToMeasureError,
    labelled,
    out_of_scope,
    sample,
    training_messages,
    unseen,
)
from bench.report import Run, page, state
from bench.runner import Bench, Outcome
from bench.sections import write_part
from bot.messages import MessagesError

KEYS = [competitor.key for competitor in (*LABELS, *DEADLINES)]
IN_VIEW = (
    "Sportello was made with these labelled messages in view, its deadline rules above all, and"
    " will be less right on messages of others; the other programs saw them for the first time"
)
BUSY = (
    "the machine had other work meanwhile: times are longer than on an idle one, and not all by the"
    " same factor"
)
IDLE = 0.5  # load
OWN = 1.5  # what the run itself adds to it: one core to be measured on, two in training
USUAL = ("utterances_dev.jsonl", "deadlines_dev.jsonl")


def main() -> int:
    """Run the benchmark and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--sample", type=int, default=21, metavar="N", help="messages of each label [21]"
    )
    parser.add_argument(
        "--labelled",
        type=Path,
        action="append",
        metavar="FILE",
        help="JSON lines with text, lang and label, or with text, lang, now and expect"
        " [../shared/evaluation/…_dev.jsonl]",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=KEYS,
        metavar="NAME",
        help=f"print these rows and write no page: {', '.join(KEYS)}",
    )
    options = parser.parse_args()
    settings = Settings.read()
    try:
        run_all(settings, options.sample, options.labelled, options.only)
    except (NothingToMeasureError, MessagesError) as error:
        say(f"Error: {error}")
        return 2
    return 0


def run_all(
    settings: Settings, per_label: int, files: list[Path] | None, only: list[str] | None
) -> None:
    """Measure everybody, print the page and, unless `only` some were asked for, write it."""
    messages, deadlines, missing = test_messages(settings.home, files)
    outside_file = settings.home / "tests" / "evaluation" / "out_of_scope.jsonl"
    outside = out_of_scope(outside_file)
    if not outside:
        missing.append(f"no {outside_file.relative_to(settings.home)}")
    if not messages and not outside and not deadlines:
        raise NothingToMeasureError(f"nothing to measure on: {'; '.join(missing)}.")
    remarks = [f"missing: {line}" for line in missing]
    if not files and (messages or deadlines):
        remarks.append(IN_VIEW)
    for line in remarks:
        say(line)
    everything = training_messages(settings.home)
    training = unseen(everything, [*messages, *outside])
    some = sample(training, per_label)
    begun, load_before = state(settings.home), os.getloadavg()[0]
    root = settings.var / "bench"
    logs = root / "log"
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix="run-") as work:
        core = max(os.sched_getaffinity(0))
        bench = Bench(settings.home, root, Path(work), logs, core, say)
        label_outcomes: list[Outcome] = []
        for competitor in LABELS if messages or outside else ():
            if only and competitor.key not in only:
                continue
            learnt = training if competitor.everything else some
            say(f"{competitor.name} ({len(learnt):,} messages)")
            label_outcomes.append(bench.labels(competitor, learnt, [*messages, *outside]))
        deadline_outcomes: list[Outcome] = []
        for competitor in DEADLINES if deadlines else ():
            if not only or competitor.key in only:
                say(competitor.name)
                deadline_outcomes.append(bench.deadlines(competitor, deadlines))
    command = " ".join(
        ["make bench-nlu", f"SAMPLE={per_label}"]
        + ([f'LABELLED="{" ".join(map(str, files))}"'] if files else [])
    )
    ended, load_after = state(settings.home), os.getloadavg()[0]
    if load_before > IDLE or load_after > OWN + IDLE:
        remarks.append(BUSY)
    if ended != begun:
        begun = f"{begun} when it began, {ended} when it ended"
    load = (load_before, load_after)
    left_out = len(everything) - len(training)
    run = Run(command, begun, per_label, left_out, messages, outside, deadlines, remarks, load)
    content = page(run, label_outcomes, deadline_outcomes)
    print(content)
    if not only:
        path = settings.home / "docs" / "benchmarks.md"
        write_part(path, content)
        say(f"Written: {path}")


def test_messages(
    home: Path, files: list[Path] | None
) -> tuple[list[Message], list[Message], list[str]]:
    """Return messages with labels, those with deadlines, and what is missing, a line each."""
    if files:
        messages, deadlines = labelled(files)
        usual = []
    else:
        usual = [home.parent / "shared" / "evaluation" / name for name in USUAL]
        messages, deadlines = labelled(path for path in usual if path.exists())
    missing = [
        f"no {os.path.relpath(path, home)}; name labelled files with LABELLED=…"
        for path in usual
        if not path.exists()
    ]
    if files and not messages:
        missing.append("LABELLED names no file with labels")
    if files and not deadlines:
        missing.append("LABELLED names no file with deadlines")
    return messages, deadlines, missing


def say(line: str) -> None:
    """Tell whoever waits what is going on."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
