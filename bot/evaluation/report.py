"""A run as one HTML file that needs nothing else, to be read on a phone too."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from bot.evaluation import figures
from bot.evaluation.comparison import Comparison
from bot.evaluation.figures import Estimate
from bot.evaluation.pictures import confusion_picture, reliability_picture
from bot.evaluation.readings import MISTAKES, Reading
from bot.evaluation.run import Run
from bot.evaluation.scores import Scored
from bot.evaluation.terminal import chance, interval

INTERVAL = "95 %"
# Nothing may be fetched, whatever a message says.
_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Evaluation</title>
<style>
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 70rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
td, th { border-bottom: 1px solid #ddd; padding: .3rem .75rem .3rem 0; text-align: left;
  vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
img { max-width: 100%; height: auto; }
img.matrix { max-width: none; width: max(100%, 52rem); }
.mistakes td { overflow-wrap: anywhere; }
@media (max-width: 45rem) {
  .mistakes tr:first-child { display: none; }
  .mistakes tr { display: block; border-bottom: 1px solid #ccc; padding: .6rem 0; }
  .mistakes td { display: block; border: 0; padding: 0; text-align: left; }
  .mistakes td:first-child { font-weight: 600; }
  .mistakes td + td::before { content: attr(data-name) ": "; color: #555; }
}
</style>
"""

AnyComparison = Comparison[Scored] | Comparison[Reading]


def write_report(
    run: Run, path: Path, comparisons: Sequence[tuple[str, AnyComparison]] = ()
) -> None:
    """Write the figures, the pictures and every mistake; ``comparisons`` are with their titles."""
    parts = [
        _HEAD,
        f"<h1>Evaluation</h1><p>Of {escape(run.name)}, on {run.made:%Y-%m-%d at %H:%M}.</p>",
        _summary(run),
        *(_comparison(title, comparison) for title, comparison in comparisons),
    ]
    if run.scored:
        parts += _labels(run.scored)
    if run.readings:
        parts += _deadlines(run.readings)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Half a character, which JSON lines may hold, has no UTF-8.
    path.write_bytes(("\n".join(parts) + "\n</html>\n").encode("utf-8", "replace"))


def _summary(run: Run) -> str:
    rows = []
    if run.scored:
        macro, _ = figures.f1(run.scored)
        shares = [share for share in figures.parts(run.scored) if share.total]
        rows += [
            ["accuracy", *_share(run.scored)],
            ["macro-F1", "", "", *_estimate(macro)],
            *([s.name, str(s.right), str(s.total), *_estimate(s.estimate)] for s in shares),
            ["calibration error", "", "", f"{figures.calibration_error(run.scored):.3f}", ""],
        ]
    if run.readings:
        rows.append(["deadlines", *_share(run.readings)])
    return _table(["", "right", "of", "value", INTERVAL], rows)


def _labels(scored: Sequence[Scored]) -> list[str]:
    headings = ["", "right", "of", "share", INTERVAL, "F1", INTERVAL]
    _, f1 = figures.f1(scored)
    parts = [
        "<h2>Which label was given for which</h2>",
        _picture(confusion_picture(scored), "Confusion matrix", "matrix"),
        "<h2>Is it as often right as it is sure?</h2>",
        _picture(reliability_picture(figures.calibration(scored)), "Accuracy by confidence"),
    ]
    for attribute in ("language", "style"):
        rows = [
            [name, *_share(items), *_estimate(figures.f1(items)[0])]
            for name, items in figures.groups(scored, attribute).items()
        ]
        parts.append(
            f"<h2>By {attribute}</h2>" + _table([*headings[:5], "macro-F1", INTERVAL], rows)
        )
    rows = [
        [label, *_share(items), *_estimate(f1[label])]
        for label, items in figures.groups(scored, "label").items()
    ]
    parts.append("<h2>By label</h2>" + _table(headings, rows))
    mistakes = [
        [item.text, item.label, item.given, f"{item.confidence:.2f}", _second(item)]
        for confusion in figures.confusions(scored)
        for item in confusion.mistakes
    ]
    names = ["Message", "A person said", "The model said", "Confidence", "Second guess"]
    return [*parts, f"<h2>Every mistake ({len(mistakes)})</h2>", _mistakes(names, mistakes)]


def _deadlines(readings: Sequence[Reading]) -> list[str]:
    rows = [
        [f"{language}, {kind}", *_share(some), *_numbers(some)]
        for language, items in figures.groups(readings, "language").items()
        for kind, some in figures.groups(items, "kind").items()
    ]
    rows.append(["all", *_share(readings), *_numbers(readings)])
    wrong = [item for item in readings if not item.right]
    names = ["Message", "A person reads", "The rules read", "Verdict"]
    mistakes = [
        [item.text, item.expected, item.given, item.verdict]
        for item in sorted(wrong, key=lambda item: MISTAKES.index(item.verdict))
    ]
    return [
        "<h2>Deadlines</h2>",
        _table(["", "right", "of", "share", INTERVAL, *MISTAKES], rows),
        f"<h2>Every misread deadline ({len(wrong)})</h2>",
        _mistakes(names, mistakes),
    ]


def _comparison(title: str, comparison: AnyComparison) -> str:
    rows = [
        [share.name, str(share.right), str(share.total), *_estimate(share.estimate)]
        for share in (comparison.then, comparison.now)
    ]
    pairs = [("mended", pair) for pair in comparison.mended]
    pairs += [("broken", pair) for pair in comparison.broken]
    changes = [[now.text, what, now.expected, then.given, now.given] for what, (then, now) in pairs]
    names = ["Message", "Change", "A person said", "Then", "Now"]
    return (
        f"<h2>{escape(title)}, then and now</h2>"
        + _table(["", "right", "of", "share", INTERVAL], rows)
        + f"<p>{len(comparison.mended)} mended, {len(comparison.broken)} broken: "
        + f"{escape(chance(comparison.p))}</p>"
        + _mistakes(names, changes)
    )


def _share(items: Sequence[Scored] | Sequence[Reading]) -> list[str]:
    share = figures.share(items)
    return [str(share.right), str(share.total), *_estimate(share.estimate)]


def _estimate(estimate: Estimate) -> list[str]:
    return [f"{estimate.value:.3f}", interval(estimate)]


def _second(item: Scored) -> str:
    return f"{item.second} ({item.second_confidence:.2f})" if item.second else "none"


def _numbers(readings: Sequence[Reading]) -> list[str]:
    return [str(sum(item.verdict == mistake for item in readings)) for mistake in MISTAKES]


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th{' class=n' if heading else ''}>{heading}</th>" for heading in headings)
    body = "".join(
        f"<tr><td>{escape(row[0])}</td>"
        + "".join(f"<td class=n>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>\n"
        for row in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>\n{body}</table></div>'


def _mistakes(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(
        "<tr>"
        + "".join(f'<td data-name="{n}">{escape(cell)}</td>' for n, cell in zip(names, row))
        + "</tr>\n"
        for row in rows
    )
    return f'<table class="mistakes"><tr>{head}</tr>\n{body}</table>'


def _picture(png: bytes, what: str, style: str = "") -> str:
    data = base64.b64encode(png).decode()
    image = f'<img class="{style}" alt="{what}" src="data:image/png;base64,{data}">'
    return f'<div class="wide">{image}</div>'
