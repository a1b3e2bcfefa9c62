"""The FAQ: one file per entry under ``data/faq/``, read and checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from actions.firm import LANGUAGES

_KEYS = {"title", "source", "related", "answer", "questions"}


class FaqError(Exception):
    """An entry has mistakes; the message has one line for each, with the file's name."""


@dataclass(frozen=True)
class Entry:
    """One question with its answer, in each language."""

    id: str
    title: dict[str, str]
    source: str
    related: tuple[str, ...]
    answer: dict[str, str]
    questions: dict[str, tuple[str, ...]]


def load_faq(data: Path) -> dict[str, Entry]:
    """Return the entries of ``data/faq/`` by id.

    Raises:
        FaqError: with every mistake of every file.
    """
    mistakes: list[str] = []
    documents = _read(data / "documents.yml", mistakes) or {}
    contents = {path.stem: _read(path, mistakes) for path in sorted(data.glob("faq/*.yml"))}
    mistakes += [
        f"data/faq/{name}.yml: name the file with small letters and underscores"
        for name in contents
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name)
    ]
    # A file that can't be read was told of already.
    contents = {name: content for name, content in contents.items() if content is not None}
    for name, content in contents.items():
        found = find_mistakes(content, contents, documents)
        mistakes += [f"data/faq/{name}.yml: {mistake}" for mistake in found]
    if not contents and not mistakes:
        mistakes.append(f"{data / 'faq'} holds no entries")
    if mistakes:
        raise FaqError("\n".join(mistakes))
    return {name: _entry(name, content, documents) for name, content in contents.items()}


def _read(path: Path, mistakes: list[str]) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        place = path.relative_to(path.parents[1] if path.parent.name == "data" else path.parents[2])
        reason = " ".join(str(error).replace('in "<unicode string>", ', "").split())
        mistakes.append(f"{place}: {reason}")
        return None


def find_mistakes(
    content: Any, entries: Collection[str], documents: Mapping[str, str]
) -> list[str]:
    """Return one line for each thing that an entry's file lacks or misspells.

    Args:
        content: What the file holds, as YAML reads it.
        entries: The ids of all entries.
        documents: The names of the documents by their short ones.
    """
    if not isinstance(content, dict) or set(content) != _KEYS:
        return [f"an entry has exactly these parts: {', '.join(sorted(_KEYS))}"]
    found = [
        f"{part} → {language} is missing or empty"
        for part in ("title", "answer", "questions")
        for language in LANGUAGES
        if not isinstance(content[part], dict)
        or not isinstance(content[part].get(language), str)
        or not content[part][language].strip()
    ]
    related = content["related"] or []
    if not isinstance(related, list):
        return [*found, "related: write the entries in brackets, like [three_types, third_party]"]
    found += [
        f"related: there is no entry {other!r}" for other in related if str(other) not in entries
    ]
    if not 2 <= len(related) <= 3:
        found.append("related: name two or three other entries")
    sources = content["source"]
    if not isinstance(sources, list) or not all(isinstance(one, dict) for one in sources):
        return [*found, "source: write a list, each with its document and section"]
    for source in sources or [{}]:
        if str(source.get("document")) not in documents:
            found.append(f"source: the document must be one of {', '.join(documents)}")
        if not source.get("section"):
            found.append("source: the section is missing")
    return found


def _entry(name: str, content: dict[str, Any], documents: dict[str, str]) -> Entry:
    return Entry(
        id=name,
        title={language: content["title"][language].strip() for language in LANGUAGES},
        source="; ".join(f"{documents[s['document']]}, {s['section']}" for s in content["source"]),
        related=tuple(content["related"]),
        answer={language: content["answer"][language].strip() for language in LANGUAGES},
        questions={
            language: tuple(
                line.strip() for line in content["questions"][language].splitlines() if line.strip()
            )
            for language in LANGUAGES
        },
    )
