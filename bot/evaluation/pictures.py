"""The report's pictures, as PNG: the confusion matrix and the reliability of the confidence."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from bot.evaluation.figures import BINS, Level
from bot.evaluation.scores import Scored

DARK = "#1a1a1a"
BLUE = "#2166ac"
RED = "#b00020"


def confusion_picture(scored: Sequence[Scored]) -> bytes:
    """Draw the confusion matrix: rows are people's labels, columns the model's."""
    labels = sorted({item.label for item in scored} | {item.given for item in scored})
    index = {label: position for position, label in enumerate(labels)}
    matrix = np.zeros((len(labels), len(labels)))
    for item in scored:
        matrix[index[item.label], index[item.given]] += 1
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = max(4.0, 0.3 * len(labels) + 2)
    figure = new_figure(size, size)
    axes: Any = figure.subplots()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    # Dollar signs would start a formula.
    names = [label.removeprefix("faq/").replace("$", r"\$") for label in labels]
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
            color="white" if dark else RED if row != column else DARK,
        )
    return _png(figure)


def reliability_picture(levels: Sequence[Level]) -> bytes:
    """Draw how often the model is right by how sure it is; on the diagonal it is calibrated."""
    figure = new_figure(4.2, 4.2)
    axes: Any = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#767676", linestyle="--", linewidth=1)
    middles = (np.arange(BINS) + 0.5) / BINS
    heights = [level.accuracy if level.number else 0.0 for level in levels]
    axes.bar(middles, heights, width=0.9 / BINS, color="#a6c8e4")
    seen = [level for level in levels if level.number]
    axes.plot(
        [level.confidence for level in seen],
        [level.accuracy for level in seen],
        "o-",
        color=BLUE,
        ms=4,
    )
    for middle, level in zip(middles, levels):
        if level.number:
            axes.text(middle, 0.01, str(level.number), ha="center", fontsize=7, color=DARK)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), aspect="equal")
    axes.set_xlabel("confidence (below: how many messages)")
    axes.set_ylabel("share of right ones")
    return _png(figure)


def new_figure(width: float, height: float) -> Any:
    """Return a figure to draw on, of so many inches."""
    # Drawing takes a second to import, and the tests of the figures need none of it.
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _png(figure: Any) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()
