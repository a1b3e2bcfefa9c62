"""How often the model is right on labelled messages: figures, and a report with a picture."""

from __future__ import annotations

import base64
import html
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.understanding.model import Parse


@dataclass(frozen=True)
class Scored:
    """One labelled message and what the model made of it."""

    text: str
    language: str
    style: str
    label: str
    parse: Parse

    @property
    def right(self) -> bool:
        """Whether the model gave the label that a person gave."""
        return self.parse.label == self.label


@dataclass(frozen=True)
class Share:
    """How many of a group are right."""

    name: str
    right: int
    total: int

    @property
    def accuracy(self) -> float:
        """Return the share of right ones, from 0 to 1."""
        return self.right / self.total if self.total else 0.0


def shares(scored: Iterable[Scored], attribute: str) -> list[Share]:
    """Return the accuracy by an attribute of the messages, the groups in alphabetical order."""
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for item in scored:
        name = getattr(item, attribute)
        total[name] += 1
        right[name] += item.right
    return [Share(name, right[name], total[name]) for name in sorted(total)]


def overall(scored: Sequence[Scored]) -> Share:
    """Return the accuracy over all messages."""
    return Share("all", sum(item.right for item in scored), len(scored))


def confusions(scored: Iterable[Scored]) -> list[tuple[str, str, int, str]]:
    """Return (label, given label, how often, an example), the most frequent first."""
    wrong = [item for item in scored if not item.right]
    counts = Counter((item.label, item.parse.label) for item in wrong)
    example = {(item.label, item.parse.label): item.text for item in reversed(wrong)}
    return [(*pair, number, example[pair]) for pair, number in counts.most_common()]


def confusion_picture(scored: Sequence[Scored]) -> bytes:
    """Return a PNG of the confusion matrix: rows are people's labels, columns the model's."""
    import matplotlib

    matplotlib.use("Agg")
    import numpy as np
    from matplotlib.figure import Figure

    labels = sorted({item.label for item in scored} | {item.parse.label for item in scored})
    index = {label: position for position, label in enumerate(labels)}
    matrix = np.zeros((len(labels), len(labels)))
    for item in scored:
        matrix[index[item.label], index[item.parse.label]] += 1
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = max(4.0, 0.3 * len(labels) + 2)
    figure = Figure(figsize=(size, size), layout="constrained")
    axes: Any = figure.subplots()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    names = [label.removeprefix("faq/") for label in labels]
    axes.set_xticks(range(len(labels)), names, rotation=90, fontsize=8)
    axes.set_yticks(range(len(labels)), names, fontsize=8)
    axes.set_xlabel("what the model said")
    axes.set_ylabel("what a person said")
    for row, column in zip(*np.nonzero(matrix)):
        dark = share[row, column] > 0.5
        axes.text(
            column,
            row,
            f"{matrix[row, column]:.0f}",
            ha="center",
            va="center",
            fontsize=7,
            color="white" if dark else "#b00020" if row != column else "#333333",
        )
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()


def write_report(scored: Sequence[Scored], path: Path) -> None:
    """Write one HTML file that needs nothing else: figures, the matrix, every mistake."""
    picture = base64.b64encode(confusion_picture(scored)).decode()
    whole = overall(scored)
    tables = "".join(
        f"<h2>By {attribute}</h2>{_table(shares(scored, attribute))}"
        for attribute in ("language", "style", "label")
    )
    mistakes = "".join(
        f"<tr><td>{html.escape(item.text)}</td><td>{html.escape(item.label)}</td>"
        f"<td>{html.escape(item.parse.label)}</td><td>{item.parse.confidence:.2f}</td></tr>"
        for item in scored
        if not item.right
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Evaluation</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto;
  padding: 0 1rem; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
td, th {{ border-bottom: 1px solid #ddd; padding: .25rem .75rem; text-align: left; }}
td.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
img {{ max-width: 100%; }}
</style>
<h1>Evaluation</h1>
<p><strong>{whole.accuracy:.1%}</strong> right: {whole.right} of {whole.total} messages.</p>
<h2>Confusion matrix</h2>
<img alt="Confusion matrix" src="data:image/png;base64,{picture}">
{tables}
<h2>Every mistake</h2>
<table><tr><th>Message</th><th>A person said</th><th>The model said</th><th>Confidence</th></tr>
{mistakes}</table>
""",
        encoding="utf-8",
    )


def _table(rows: Sequence[Share]) -> str:
    cells = "".join(
        f'<tr><td>{html.escape(row.name)}</td><td class="n">{row.accuracy:.1%}</td>'
        f'<td class="n">{row.right}</td><td class="n">{row.total}</td></tr>'
        for row in rows
    )
    return (
        f"<table><tr><th></th><th>Accuracy</th><th>Right</th><th>Messages</th></tr>{cells}</table>"
    )
