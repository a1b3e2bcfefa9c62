"""Understanding without Rasa: the trained pieces, read from a model archive, parse a message.

The command line uses it because importing Rasa takes seconds; the pieces and the rules are those
that the pipeline's components run, so that both say the same of a message.
"""

from __future__ import annotations

import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from actions.settings import Settings
from bot.understanding.encoder import Encoder, load_encoder
from bot.understanding.labels import LabelModel, Ranked, rank
from bot.understanding.language import LanguageModel
from bot.understanding.rejection import OUT_OF_SCOPE, is_rejected

LABELS_FILE = "labels.npz"
LANGUAGE_FILE = "language.npz"


class ModelError(Exception):
    """There is no usable model; the message says what to do."""


@dataclass(frozen=True)
class Parse:
    """What was understood of one message; the confidence lies between 0 and 1."""

    text: str
    language: str
    label: str
    confidence: float


@dataclass(frozen=True)
class Understanding:
    """The trained pieces of the pipeline."""

    language: LanguageModel
    labels: LabelModel
    encoder: Encoder
    threshold: float

    def parse(self, text: str) -> Parse:
        """Return the message's language and label; any string has one."""
        label, confidence = self.decide(self.rank(text))
        return Parse(text, self.language.identify(text)[0], label, confidence)

    def rank(self, text: str, *, settle: bool = True) -> Ranked:
        """See `bot.understanding.labels.rank`."""
        return rank(self.labels, text, self.encoder, settle=settle)

    def decide(self, ranked: Ranked) -> tuple[str, float]:
        """Return the label to act on and how sure that is."""
        ranking = ranked.ranking
        if is_rejected(ranking, self.threshold):
            return OUT_OF_SCOPE, 1.0 - ranking[0][1] if ranking else 1.0
        return ranking[0]

    @classmethod
    def load(cls, archive: Path, settings: Settings, threads: int = 1) -> Understanding:
        """Read the pieces from a model that `sportello train` made.

        `threads` is how many messages are encoded at a time.

        Raises:
            ModelError: the archive is missing or was not made by this pipeline.
        """
        config = yaml.safe_load((settings.home / "config.yml").read_text(encoding="utf-8"))
        steps = {step["name"].rsplit(".", 1)[-1]: step for step in config["pipeline"]}
        try:
            with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as tar:
                wanted = {
                    Path(member.name).name: member
                    for member in tar.getmembers()
                    if Path(member.name).name in (LABELS_FILE, LANGUAGE_FILE)
                }
                for name, member in wanted.items():
                    content = tar.extractfile(member)
                    assert content is not None
                    (Path(folder) / name).write_bytes(content.read())
                return cls(
                    language=LanguageModel.load(Path(folder) / LANGUAGE_FILE),
                    labels=LabelModel.load(Path(folder) / LABELS_FILE),
                    encoder=load_encoder(
                        steps["LabelClassifier"].get("engine", "onnx"),
                        settings.models / "encoder",
                        threads,
                    ),
                    threshold=float(steps["OutOfScopeRejector"]["threshold"]),
                )
        except (OSError, KeyError, tarfile.TarError) as error:
            raise ModelError(
                f"the model {archive.name} can't be used ({error}): run 'sportello train'."
            ) from error
