"""Starts each competitor's worker, to answer on one core, and collects what it measured."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.competitors import Command, Competitor, UnavailableError
from bench.data import Message, without_answers, write_json

LONGEST_S = 3 * 3600
# Whatever counts cores by itself is told that there is one.
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "UV_THREADPOOL_SIZE",
        "TF_INTRA_OP_PARALLELISM_THREADS",
        "TF_INTER_OP_PARALLELISM_THREADS",
    ),
    "1",
)


@dataclass
class Outcome:
    """What was measured of one competitor, or why it could not be."""

    competitor: Competitor
    trained_on: int = 0
    train_s: float | None = None
    train_again_s: float | None = None
    train_mb: float | None = None
    load_s: float = 0.0
    answer_mb: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    failure: str = ""


@dataclass
class Bench:
    """The places of one run; `say` is told what is going on."""

    home: Path
    installed: Path
    work: Path
    logs: Path
    core: int
    say: Callable[[str], None]

    def labels(
        self, competitor: Competitor, training: Sequence[Message], tests: Sequence[Message]
    ) -> Outcome:
        """Train a competitor, unless it answers with another's model, and let it answer."""
        outcome = Outcome(competitor, trained_on=len(training))
        folder = self.work / (competitor.model_of or competitor.key)
        try:
            command = competitor.prepare(self.installed)
            if not competitor.model_of:
                folder.mkdir(parents=True)
                trained = self._work(competitor, command, "train", folder, training)
                outcome.train_s, outcome.train_mb = trained["seconds"], trained["peak_mb"]
                if competitor.again:
                    trained = self._work(competitor, command, "train", folder, training)
                    outcome.train_again_s = trained["seconds"]
            self._answer(outcome, command, folder, tests)
        except UnavailableError as error:
            self._fail(outcome, error)
        return outcome

    def deadlines(self, competitor: Competitor, tests: Sequence[Message]) -> Outcome:
        """Let a competitor answer: there is nothing to train."""
        outcome = Outcome(competitor)
        folder = self.work / competitor.key
        folder.mkdir(parents=True)
        try:
            self._answer(outcome, competitor.prepare(self.installed), folder, tests)
        except UnavailableError as error:
            self._fail(outcome, error)
        return outcome

    def _answer(
        self, outcome: Outcome, command: Command, folder: Path, tests: Sequence[Message]
    ) -> None:
        seen = without_answers(tests)
        measured = self._work(outcome.competitor, command, "answer", folder, seen)
        outcome.load_s, outcome.answer_mb = measured["seconds"], measured["peak_mb"]
        outcome.latencies_ms, outcome.answers = measured["latencies_ms"], measured["answers"]

    def _keep_to_one_core(self) -> None:
        os.sched_setaffinity(0, {self.core})

    def _fail(self, outcome: Outcome, error: UnavailableError) -> None:
        outcome.failure = re.sub(r"\w+://\S+", "…", str(error))[:200]
        self.say(f"  could not run: {outcome.failure}")

    def _work(
        self,
        competitor: Competitor,
        command: Command,
        phase: str,
        folder: Path,
        messages: Sequence[Message],
    ) -> dict[str, Any]:
        """Run one worker to its end.

        Raises:
            UnavailableError: it failed.
        """
        job, result = folder / "job.json", folder / "result.json"
        result.unlink(missing_ok=True)
        temporary = folder / "tmp"
        temporary.mkdir(exist_ok=True)
        log = self.logs / f"{competitor.key}-{phase}.log"
        answering = phase == "answer"
        environment = {
            **os.environ,
            **(ONE_THREAD if answering else {}),
            "RASA_CACHE_DIRECTORY": str(folder / "cache"),
            "RASA_TELEMETRY_ENABLED": "false",
            "PYTHONHASHSEED": "0",
            "TMPDIR": str(temporary),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        write_json(
            job,
            {
                "folder": str(folder),
                "result": str(result),
                "options": competitor.options,
                "messages": list(messages),
                "started": time.monotonic(),
            },
        )
        with log.open("w", encoding="utf-8") as output:
            try:
                code = subprocess.run(
                    [*command, phase, competitor.module, str(job)],
                    cwd=self.home,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=LONGEST_S,
                    preexec_fn=self._keep_to_one_core if answering else None,
                ).returncode
            except subprocess.TimeoutExpired:
                raise UnavailableError(f"not done after {LONGEST_S // 3600} hours") from None
        if code or not result.exists():
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise UnavailableError(
                f"{lines[-1] if lines else 'it said nothing'} (exit code {code})"
            )
        measured: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        self.say(f"  {phase}: {measured['seconds']:.1f} s, {measured['peak_mb']:.0f} MB")
        return measured
