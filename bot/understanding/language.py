"""Whether a message is Italian or English, by a naive Bayes model on its character n-grams.

Two languages and our own training messages need no package: a log-odds per n-gram is enough, and
it says "can't tell" for names, numbers and words that both languages share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actions.logic.references import mask_codes
from actions.logic.wording import clean, fold
from bot.understanding import ngrams

DEFAULT = "it"
OTHER = "en"
SMOOTHING = 0.3
# n-grams overlap, so that their votes are far from independent: count them for less.
DAMPING = 0.5
# Words that people type in both languages, and what is no word: they tell nothing.
_SHARED = frozenset(
    "ok okay okey no stop quiz test menu client server software browser email e-mail mail password"
    " computer privacy internet web chat bot robot chatbot start partner manager feedback"
    " training".split()
)
# Greetings of one word are too short for n-grams to tell, and the first that many people type.
_GREETINGS = {
    **dict.fromkeys(("hello", "hi", "hiya", "hi there", "hello there"), OTHER),
    **dict.fromkeys(("ciao", "salve", "buongiorno", "buonasera"), DEFAULT),
}


@dataclass(frozen=True)
class LanguageModel:
    """Log-odds of English against Italian for each bucket, shape (BUCKETS,)."""

    log_odds: NDArray[np.float32]

    def english(self, text: str) -> float:
        """Return the probability that a message is English; 0.5 where nothing tells."""
        counts = ngrams.buckets_of(_telling(text))
        score = DAMPING * sum(float(self.log_odds[bucket]) for bucket in counts)
        return float(1 / (1 + np.exp(-np.clip(score, -50, 50))))

    def identify(self, text: str) -> tuple[str, float]:
        """Return the likelier language, ``it`` or ``en``, and its probability."""
        if greeting := _GREETINGS.get(fold(clean(text)[: ngrams.LONGEST]).strip(" .,;:!?")):
            return greeting, 1.0
        english = self.english(text)
        return (OTHER, english) if english > 0.5 else (DEFAULT, 1 - english)

    def save(self, path: Path) -> None:
        """Write the log-odds as a plain array, without pickle."""
        np.savez(path, log_odds=self.log_odds)

    @classmethod
    def load(cls, path: Path) -> LanguageModel:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["log_odds"])


def _telling(text: str) -> str:
    """Return the words of a message that may tell its language."""
    # Codes such as K7PM-3XQD are no words of any language.
    words = fold(mask_codes(clean(text)[: ngrams.LONGEST])).split()
    return " ".join(
        word
        for word in words
        if word.strip(".,;:!?\"'()") not in _SHARED
        and not any(character.isdigit() or character in '@{}"<>=/\\' for character in word)
    )


def train_language(texts: Sequence[str], languages: Sequence[str]) -> LanguageModel:
    """Count in how many messages of each language an n-gram stands."""
    seen = {
        language: np.full(ngrams.BUCKETS, SMOOTHING, np.float64) for language in (DEFAULT, OTHER)
    }
    for text, language in zip(texts, languages):
        seen[language][list(ngrams.buckets_of(text))] += 1
    odds = np.log(seen[OTHER] / seen[OTHER].sum()) - np.log(seen[DEFAULT] / seen[DEFAULT].sum())
    # A bucket that was never seen says nothing.
    never = (seen[OTHER] + seen[DEFAULT]) <= 2 * SMOOTHING
    odds[never] = 0
    return LanguageModel(odds.astype(np.float32))
