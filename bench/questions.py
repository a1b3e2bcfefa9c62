"""How questions are grouped by meaning, and which examples of a draft are refused.

For the second, each entry of the FAQ is left out of a training: some of its own examples then are a
draft that should pass, and what people ask of others, put among them, should be refused.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from actions.settings import Settings
from actions.store.questions import Question
from bot import drafts, questions
from bot.data_check import LEAST
from bot.training import current_model
from bot.training_messages import load_training_messages
from bot.understanding.encoder import Encoder
from bot.understanding.labels import train_labels
from bot.understanding.model import Understanding
from bot.understanding.rejection import OUT_OF_SCOPE

EVALUATION = Path(__file__).parents[1] / "tests" / "evaluation"
COSINES = (0.2, 0.25, 0.275, 0.3, 0.35, 0.4)
RULES = ((0.8, -2.0), (0.9, -2.0), (0.5, 0.0), (0.5, 0.1), (0.5, 0.15), (0.5, 0.2), (0.8, 0.15))
DRAWS = 5  # drafts of each entry
STOLEN = 5  # examples of others in each
Row = dict[str, str]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labelled", nargs="*", type=Path, default=[], help="text and label")
    files = parser.parse_args().labelled
    settings = Settings.read()
    understanding = Understanding.load(current_model(settings), settings, threads=2)
    grouping(understanding)
    stealing(settings, understanding, [row for file in files for row in rows_of(file)])


def grouping(understanding: Understanding) -> None:
    """Print which pairs are joined, plainly centred and with wording and language flattened."""
    topics = yaml.safe_load((EVALUATION / "questions.yml").read_text(encoding="utf-8"))
    lines = {
        text: (topic, language)
        for topic, blocks in topics.items()
        for language, block in blocks.items()
        for text in block.splitlines()
    }
    start = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    asked = [
        Question(f"q{n}", "unanswered", text, lines[text][1], start + dt.timedelta(hours=n))
        for n, text in enumerate(lines)
    ]
    alike = {pair for pair in combinations(lines, 2) if len({lines[t][0] for t in pair}) == 1}
    across = {pair for pair in alike if len({lines[t][1] for t in pair}) == 2}
    print(f"{len(lines)} questions on {len(topics)} things: pairs")
    chosen = questions.FLATTENING, questions.ALIKE
    for flattening in (0.0, chosen[0]):
        for cosine in COSINES:
            questions.FLATTENING, questions.ALIKE = flattening, cosine
            groups = questions.group_questions(asked, understanding)
            joined = {
                pair
                for group in groups
                for pair in combinations([question.text for question in group.questions], 2)
            }
            print(
                f"flattening {flattening}, cosine {cosine}: {len(groups)} groups; "
                f"{len(joined & alike) / len(joined):.2f} of the joined are alike, "
                f"{len(joined & alike) / len(alike):.2f} of the alike are joined, "
                f"{len(joined & across) / len(across):.2f} of those in two languages"
            )
    questions.FLATTENING, questions.ALIKE = chosen


def stealing(settings: Settings, understanding: Understanding, labelled: Sequence[Row]) -> None:
    """Print how many examples are refused, by what they are."""
    messages = load_training_messages(settings.home / "data")
    texts = [message.text for message in messages]
    encoder = Remembering(understanding.encoder)
    understanding = replace(understanding, encoder=encoder)
    vectors = encoder.encode(texts)
    draw = random.Random(0)
    made: list[tuple[list[str], list[str], Understanding]] = []
    for entry in sorted({m.label for m in messages if m.label.startswith("faq/")}):
        kept = [n for n, message in enumerate(messages) if message.label != entry]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = train_labels(
                [texts[n] for n in kept], [messages[n].label for n in kept], vectors[kept]
            )
        foreign = [r["text"] for r in labelled if r["label"] not in (entry, OUT_OF_SCOPE)]
        for _ in range(DRAWS):
            own = [
                text
                for language, least in LEAST.items()
                for text in draw.sample(
                    [m.text for m in messages if (m.label, m.language) == (entry, language)], least
                )
            ]
            stolen = draw.sample(foreign, min(STOLEN, len(foreign)))
            made.append((own, stolen, replace(understanding, labels=model)))
    topics = yaml.safe_load((EVALUATION / "questions.yml").read_text(encoding="utf-8"))
    new = ["".join(blocks.values()).splitlines() for blocks in topics.values()]
    others = [row for row in labelled if row["label"] != OUT_OF_SCOPE]
    chosen = drafts.LIKELY, drafts.MARGIN
    for likely, margin in RULES:
        drafts.LIKELY, drafts.MARGIN = likely, margin
        wrongly = rightly = worst = 0
        for own, stolen, model in made:
            owners = drafts.find_owners([*own, *stolen], model)
            wrong = sum(owner is not None for owner in owners[: len(own)])
            wrongly, worst = wrongly + wrong, max(worst, wrong)
            rightly += sum(owner is not None for owner in owners[len(own) :])
        small = sum(
            owner is not None
            for questions_of_one in new
            for owner in drafts.find_owners(questions_of_one, understanding)
        )
        remaining = sum(
            kept_to_the_end([row["text"] for row in others if row["label"] == label], understanding)
            for label in sorted({row["label"] for row in others})
        )
        sizes = [sum(len(draft[part]) for draft in made) for part in (0, 1)]
        print(
            f"likely {likely}, margin {margin}: refused are {rightly / max(1, sizes[1]):.3f} of "
            f"{sizes[1]} stolen examples, {wrongly / sizes[0]:.3f} of {sizes[0]} of its own "
            f"(of one draft {worst} of {len(made[0][0])}), {small} of {sum(map(len, new))} on new "
            f"things; {remaining} of {len(others)} remain of drafts that are all stolen"
        )
    drafts.LIKELY, drafts.MARGIN = chosen


def kept_to_the_end(texts: Sequence[str], understanding: Understanding) -> int:
    """Return how many remain when what is refused is taken out until nothing more is refused."""
    while texts and any(owners := drafts.find_owners(texts, understanding)):
        texts = [text for text, owner in zip(texts, owners) if owner is None]
    return len(texts)


class Remembering:
    """An encoder that encodes no text twice."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        unknown = list({text: None for text in texts if text not in self._vectors})
        self._vectors.update(zip(unknown, self._encoder.encode(unknown)))
        return np.array([self._vectors[text] for text in texts])


def rows_of(file: Path) -> list[Row]:
    """Return the rows of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
