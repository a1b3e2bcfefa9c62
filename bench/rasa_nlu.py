"""What the competitors that run inside Rasa share: train its NLU part alone, and ask it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from bot.quiet import hush

SLASH = "__"  # to Rasa, a slash makes a retrieval intent
MODEL = "bench"


def train(messages: list[dict[str, Any]], folder: Path, pipeline: list[dict[str, Any]]) -> None:
    """Train `pipeline` on messages (text, lang, label), without any of Rasa's own cache."""
    shutil.rmtree(folder / "cache", ignore_errors=True)
    blocks: dict[tuple[str, str], list[str]] = {}
    for message in messages:
        key = message["label"].replace("/", SLASH), message["lang"]
        blocks.setdefault(key, []).append(f"- {message['text']}\n")
    nlu = [
        {"intent": intent, "metadata": {"language": language}, "examples": "".join(lines)}
        for (intent, language), lines in blocks.items()
    ]
    config = {"recipe": "default.v1", "assistant_id": MODEL, "language": "it"}
    _write(folder / "config.yml", {**config, "pipeline": pipeline})
    _write(folder / "domain.yml", {"version": "3.1", "intents": sorted({key[0] for key in blocks})})
    _write(folder / "nlu.yml", {"version": "3.1", "nlu": nlu})
    hush()
    from rasa.model_training import train_nlu

    trained = train_nlu(
        config=str(folder / "config.yml"),
        nlu_data=str(folder / "nlu.yml"),
        output=str(folder),
        fixed_model_name=MODEL,
        domain=str(folder / "domain.yml"),
    )
    if not trained:
        raise RuntimeError("Rasa trained nothing")


def answer(folder: Path) -> Callable[[dict[str, Any]], str]:
    """Load the model as Rasa's server does and return what gives a message its label."""
    hush()
    from rasa.core.agent import Agent

    agent = Agent.load(folder / f"{MODEL}.tar.gz")
    loop = asyncio.new_event_loop()

    def label(message: dict[str, Any]) -> str:
        parsed = loop.run_until_complete(agent.parse_message(message["text"]))
        name = str(parsed["intent"]["name"])
        return "out_of_scope" if name == "nlu_fallback" else name.replace(SLASH, "/")

    return label


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, width=10**6), encoding="utf-8")
