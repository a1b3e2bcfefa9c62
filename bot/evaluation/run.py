"""All that one run found, made from files or from the training messages, and kept as JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from actions.firm import load_firm
from actions.logic.duckling import HttpDuckling, NativeDuckling
from actions.settings import Settings
from bot.evaluation import figures
from bot.evaluation.folds import FOLDS, cross_validate_training_messages
from bot.evaluation.readings import Reading, read_all
from bot.evaluation.rows import read_labelled
from bot.evaluation.scores import Scored, score
from bot.messages import MessagesError
from bot.training import current_model
from bot.understanding.model import Understanding

FORMAT = 1


@dataclass(frozen=True)
class Run:
    """What was scored, when, and each message with what was made of it."""

    name: str
    made: dt.datetime
    scored: Sequence[Scored] = field(default=())
    readings: Sequence[Reading] = field(default=())


def evaluate_files(files: Sequence[Path], settings: Settings) -> Run:
    """Score the labelled messages of files; see `rows` for what they hold.

    Raises:
        MessagesError: a file can't be used.
        ModelMissingError, ModelError: labels are to be scored and there is no usable model.
    """
    messages, deadlines = read_labelled(files, load_firm(settings.firm_file).zone)
    scored: list[Scored] = []
    readings: list[Reading] = []
    if messages:
        scored = score(Understanding.load(current_model(settings), settings), messages)
    if deadlines:
        url = settings.duckling_url
        readings = read_all(deadlines, HttpDuckling(url) if url else NativeDuckling())
    return Run(", ".join(file.name for file in files), _now(), scored, readings)


def evaluate_training_messages(settings: Settings) -> Run:
    """Score the training messages by cross-validation."""
    scored = cross_validate_training_messages(settings)
    return Run(f"the training messages, in {FOLDS} folds", _now(), scored)


def save(run: Run, path: Path) -> None:
    """Write a run, its figures at the top."""
    content = {
        "format": FORMAT,
        "name": run.name,
        "made": run.made.isoformat(timespec="seconds"),
        "figures": _figures(run),
        "messages": [asdict(item) for item in run.scored],
        "deadlines": [asdict(item) for item in run.readings],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    # Half a character, which JSON lines may hold, has no UTF-8: such a file gets escapes.
    path.write_bytes((text + "\n").encode("utf-8", "backslashreplace"))


def load(path: Path) -> Run:
    """Read what `save` wrote.

    Raises:
        MessagesError: the file is something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError
        return Run(
            content["name"],
            dt.datetime.fromisoformat(content["made"]),
            [Scored(**row) for row in content["messages"]],
            [Reading(**row) for row in content["deadlines"]],
        )
    except OSError as error:
        raise MessagesError(f"{path} can't be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise MessagesError(
            f"{path} is not an earlier run: name the .json beside a report of this version."
        ) from None


def _figures(run: Run) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if run.scored:
        macro, _ = figures.f1(run.scored)
        result |= {
            "accuracy": asdict(figures.share(run.scored).estimate),
            "macro_f1": asdict(macro),
            "out_of_scope_precision": asdict(figures.precision(run.scored).estimate),
            "out_of_scope_recall": asdict(figures.recall(run.scored).estimate),
            "settled_by_letters": figures.settled(run.scored)[0].total / len(run.scored),
            "calibration_error": figures.calibration_error(run.scored),
        }
    if run.readings:
        result["deadlines"] = asdict(figures.share(run.readings).estimate)
    return result


def _now() -> dt.datetime:
    return dt.datetime.now().astimezone()
