"""Training the model, and knowing whether the one at hand still fits the files it came from."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import yaml

from actions.settings import Settings

MODEL = "sportello"


class ModelMissingError(Exception):
    """No model was trained yet."""


class TrainingError(Exception):
    """The training failed; the message says where its log is."""


def current_model(settings: Settings) -> Path:
    """Return the trained model's archive.

    Raises:
        ModelMissingError: there is none.
    """
    archive = settings.models / f"{MODEL}.tar.gz"
    if not archive.exists():
        raise ModelMissingError(
            f"There is no trained model in {settings.models}: run 'sportello train'."
        )
    return archive


def is_current(settings: Settings) -> bool:
    """Tell whether the model was trained from the files as they are now."""
    try:
        recorded = json.loads((settings.models / f"{MODEL}.json").read_text(encoding="utf-8"))
        current_model(settings)
    except (OSError, ValueError, ModelMissingError):
        return False
    return bool(recorded.get("fingerprint") == fingerprint(settings))


def fingerprint(settings: Settings) -> str:
    """Return a digest of everything that a model depends on: data, settings and our components."""
    digest = hashlib.sha256()
    for path in _sources(settings):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def train(settings: Settings) -> Path:
    """Train in a process of its own and return the archive; the log goes to ``train.log``.

    Raises:
        TrainingError: it failed.
    """
    settings.logs.mkdir(parents=True, exist_ok=True)
    settings.models.mkdir(parents=True, exist_ok=True)
    log = settings.logs / "train.log"
    trained_from = fingerprint(settings)
    with log.open("w", encoding="utf-8") as output:
        training = subprocess.Popen(
            [sys.executable, "-m", "bot.training"],
            cwd=settings.home,
            # Rasa's own cache only costs time: what is slow, the vectors, our component keeps.
            env={**os.environ, "RASA_MAX_CACHE_SIZE": "0"},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        with training:
            _encode_ahead(settings)
    if training.returncode:
        raise TrainingError(f"The training failed: {_cause(log)} (the whole log: {log})")
    (settings.models / f"{MODEL}.json").write_text(
        json.dumps({"fingerprint": trained_from}) + "\n", encoding="utf-8"
    )
    return current_model(settings)


def _encode_ahead(settings: Settings) -> None:
    """Make the messages' vectors while the training loads Rasa and reads; it waits for them."""
    from bot.training_messages import load_training_messages
    from bot.understanding.encoder import load_encoder
    from bot.understanding.vectors import encode_cached

    # What is wrong with a file, or with the place for the vectors, the training itself tells.
    with suppress(Exception):
        texts = [message.text for message in load_training_messages(settings.home / "data")]
        config = yaml.safe_load((settings.home / "config.yml").read_text(encoding="utf-8"))
        engine = next(step["engine"] for step in config["pipeline"] if "engine" in step)
        encoder = load_encoder(engine, settings.models / "encoder", os.cpu_count() or 1)
        encode_cached(encoder, texts, settings.var / "cache" / "vectors.npz")


def _sources(settings: Settings) -> Iterator[Path]:
    yield settings.firm_file
    for name in ("config.yml", "domain.yml"):
        yield settings.home / name
    data = settings.home / "data"
    # The staff's training questions and the back office's words teach the model nothing: they may
    # change without it.
    found = [*data.glob("*.yml"), *data.glob("faq/*.yml")]
    yield from sorted(path for path in found if path.name != "office.yml")
    code = Path(__file__).parent
    yield from sorted([*code.glob("understanding/*.py"), *code.glob("components/*.py")])
    yield from (code / "importer.py", code / "faq.py")
    actions = code.parent / "actions"
    yield from (
        actions / "firm.py",
        actions / "logic" / "choices.py",
        actions / "logic" / "practice_reading.py",
        actions / "logic" / "references.py",
        actions / "logic" / "wording.py",
    )


def _cause(log: Path) -> str:
    """Return what a traceback says last: the error's kind and message, on one line."""
    text = log.read_text(encoding="utf-8", errors="replace")
    message = re.split(r"^(?=[\w.]+(?:Error|Exception|Invalid\w*)\b:)", text, flags=re.MULTILINE)[
        -1
    ]
    return " ".join(message.split())[:400] or "it said nothing"


def _train_here() -> int:
    from bot.quiet import hush

    hush()
    from rasa.model_training import train as train_with_rasa

    settings = Settings.read()
    result = train_with_rasa(
        domain=str(settings.home / "domain.yml"),
        config=str(settings.home / "config.yml"),
        training_files=[
            str(settings.home / "data" / name)
            for name in ("nlu.yml", "out_of_scope.yml", "rules.yml", "stories.yml")
        ],
        output=str(settings.models),
        fixed_model_name=MODEL,
        force_training=True,
    )
    return int(result.code)


if __name__ == "__main__":
    sys.exit(_train_here())
