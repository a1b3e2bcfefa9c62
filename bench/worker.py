"""Runs one competitor in a process of its own, and measures it.

    python -m bench.worker train|answer MODULE JOB.json

Knows the standard library only, since dateparser's environment has nothing else of ours. Its twin
`worker.js` does the same for programs in JavaScript.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

WARM_UP = 20


def main() -> None:
    """Train or answer as the job says, and write what was measured to the file it names."""
    phase, module, path = sys.argv[1:]
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    competitor = importlib.import_module(f"bench.{module}")
    folder = Path(job["folder"])
    if phase == "train":
        competitor.train(job["messages"], folder, **job["options"])
        result: dict[str, Any] = {"seconds": time.monotonic() - job["started"]}
    else:
        answer = competitor.answer(folder, **job["options"])
        result = _measure(answer, job["messages"], job["started"])
    result["peak_mb"] = _peak_mb()
    Path(job["result"]).write_text(json.dumps(result), encoding="utf-8")


def _measure(answer: Any, messages: list[dict[str, Any]], started: float) -> dict[str, Any]:
    # Each message is asked once: nlp.js remembers what it was asked before.
    answers, latencies = [], []
    seconds = 0.0
    for message in messages:
        begun = time.perf_counter()
        answers.append(answer(message))
        latencies.append(1000 * (time.perf_counter() - begun))
        seconds = seconds or time.monotonic() - started
    return {"seconds": seconds, "answers": answers, "latencies_ms": latencies[WARM_UP:]}


def _peak_mb() -> float:
    """Return the most memory that this process ever held."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
