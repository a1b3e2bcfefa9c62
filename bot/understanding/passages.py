"""The passage of the documents that is nearest to a question that no FAQ entry answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from actions.firm import LANGUAGES
from bot.understanding.encoder import Encoder

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Passage:
    """A sentence or two of a document, in each language, with where they stand."""

    source: str
    text: dict[str, str]


@dataclass(frozen=True)
class PassageIndex:
    """All passages with their vectors, shape (passages, languages, dimensions)."""

    passages: tuple[Passage, ...]
    vectors: Floats

    def nearest(self, vector: Floats) -> tuple[Passage, float]:
        """Return the passage nearest to a message's vector, and its cosine from -1 to 1."""
        # A question in one language may be nearer to the passage in the other.
        scores = (self.vectors @ vector).max(axis=1)
        best = int(scores.argmax())
        return self.passages[best], float(scores[best])


def load_passages(data: Path) -> tuple[Passage, ...]:
    """Return the passages of ``data/passages.yml`` in their order."""
    documents = yaml.safe_load((data / "documents.yml").read_text(encoding="utf-8"))
    sections = yaml.safe_load((data / "passages.yml").read_text(encoding="utf-8"))
    return tuple(
        Passage(
            source=f"{documents[section['document']]}, {section['section']}",
            text={language: passage[language].strip() for language in LANGUAGES},
        )
        for section in sections
        for passage in section["passages"]
    )


def index_passages(passages: tuple[Passage, ...], encoder: Encoder) -> PassageIndex:
    """Encode the passages: about a third of a second, once at the start."""
    texts = [passage.text[language] for passage in passages for language in LANGUAGES]
    vectors = encoder.encode(texts).reshape(len(passages), len(LANGUAGES), -1)
    return PassageIndex(passages, vectors)
