"""A run as tables that fit a terminal of 80 columns: details first, the summary last."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from actions.logic.wording import clean
from bot.evaluation import figures
from bot.evaluation.comparison import Comparison
from bot.evaluation.figures import Estimate, Share
from bot.evaluation.readings import INVENTED, MISTAKES, WRONG_HOUR, Reading
from bot.evaluation.run import Run
from bot.evaluation.scores import Scored

INTERVAL = "95 %"
WORST = 10
EXAMPLES = 2
CHANGES = 20


def show(run: Run, console: Console) -> None:
    """Print what a run found."""
    if run.scored:
        console.print(_labels(run.scored), "")
        console.print(_groups(run.scored), "")
        if any(not item.right for item in run.scored):
            console.print(_confusions(run.scored), "")
    if run.readings:
        console.print(_deadlines(run.readings), "")
        wrong = [item for item in run.readings if not item.right]
        if wrong:
            console.print(_wrong_deadlines(wrong), "")
    console.print(_summary(run))


def show_comparison(
    comparison: Comparison[Scored] | Comparison[Reading], what: str, console: Console
) -> None:
    """Print what changed since an earlier run."""
    table = _table(f"{what}, then and now", "", "right", "of", "share", INTERVAL)
    for share in (comparison.then, comparison.now):
        _add_share(table, share, share.name)
    mended, broken = comparison.mended, comparison.broken
    console.print("", table)
    console.print(f" {len(mended)} mended, {len(broken)} broken: {chance(comparison.p)}")
    if comparison.only_then or comparison.only_now:
        console.print(
            f" Not in both runs, left out: {comparison.only_then} of then,"
            f" {comparison.only_now} of now."
        )
    for title, pairs in (("Mended", mended), ("Broken", broken)):
        if pairs:
            console.print("", _changes(title, pairs))


def chance(p: float) -> str:
    """Say what the sign test says, in words."""
    said = "more than chance" if p < 0.05 else "may be chance"
    return f"{said} (McNemar's exact test, p = {p:.2g})."


def interval(estimate: Estimate, digits: int = 2) -> str:
    """Return the interval's ends, as in 0.91–0.95."""
    return f"{estimate.low:.{digits}f}–{estimate.high:.{digits}f}"


def _labels(scored: Sequence[Scored]) -> Table:
    _, f1 = figures.f1(scored)
    table = _table("By label", "", "right", "of", "share", INTERVAL, "F1", INTERVAL)
    for label, items in figures.groups(scored, "label").items():
        _add_share(table, figures.share(items), label, f1[label])
    return table


def _groups(scored: Sequence[Scored]) -> Table:
    title = "By style and language"
    table = _table(title, "", "right", "of", "share", INTERVAL, "macro-F1", INTERVAL)
    for attribute in ("style", "language"):
        for name, items in figures.groups(scored, attribute).items():
            _add_share(table, figures.share(items), name, figures.f1(items)[0])
        table.add_row()
    _add_share(table, figures.share(scored), "all", figures.f1(scored)[0], style="bold")
    return table


def _confusions(scored: Sequence[Scored]) -> Table:
    table = Table(
        title="Worst confusions", box=None, expand=True, title_justify="left", padding=(0, 2, 0, 0)
    )
    table.add_column(" times", justify="right")
    table.add_column("a person said → the model said", ratio=1, no_wrap=True, overflow="ellipsis")
    for confusion in figures.confusions(scored)[:WORST]:
        cell = Text(f"{confusion.label} → {confusion.given}")
        for mistake in confusion.mistakes[:EXAMPLES]:
            cell.append(f"\n{mistake.confidence:.2f} {clean(mistake.text)}", style="dim")
        table.add_row(str(len(confusion.mistakes)), cell)
    return table


def _deadlines(readings: Sequence[Reading]) -> Table:
    table = _table("Deadlines", "", "right", "of", "share", INTERVAL, *map(_short, MISTAKES))
    for language, items in figures.groups(readings, "language").items():
        for kind, some in figures.groups(items, "kind").items():
            _add_share(table, figures.share(some), f"{language} {kind}", *_mistakes(some))
        table.add_row()
    _add_share(table, figures.share(readings), "all", *_mistakes(readings), style="bold")
    return table


def _wrong_deadlines(wrong: Sequence[Reading]) -> Table:
    table = Table(
        title="Misread deadlines", box=None, expand=True, title_justify="left", padding=(0, 2, 0, 0)
    )
    table.add_column(" verdict")
    table.add_column("expected → read", ratio=1, no_wrap=True, overflow="ellipsis")
    for item in sorted(wrong, key=lambda item: MISTAKES.index(item.verdict)):
        cell = Text(f"{item.expected} → {item.given}")
        cell.append(f"\n{clean(item.text)}", style="dim")
        table.add_row(f" {item.verdict}", cell)
    return table


def _summary(run: Run) -> Table:
    table = _table(f"Summary of {run.name}", "", "right", "of", "value", INTERVAL)
    if run.scored:
        _add_share(table, figures.share(run.scored), "accuracy", digits=3)
        macro, _ = figures.f1(run.scored)
        table.add_row("macro-F1", "", "", f"{macro.value:.3f}", interval(macro, 3))
        for share in figures.parts(run.scored):
            if share.total:
                _add_share(table, share, share.name, digits=3)
        error = figures.calibration_error(run.scored)
        table.add_row("calibration error", "", "", f"{error:.3f}", "")
    if run.readings:
        _add_share(table, figures.share(run.readings), "deadlines", digits=3)
    return table


def _changes(
    title: str, pairs: Sequence[tuple[Scored, Scored]] | Sequence[tuple[Reading, Reading]]
) -> Table:
    table = Table(title=title, box=None, title_justify="left", show_header=False)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for then, now in pairs[:CHANGES]:
        cell = Text(clean(now.text))
        expected = "" if then.expected in (then.given, now.given) else f" ({now.expected})"
        cell.append(f"\n  {then.given} → {now.given}{expected}", style="dim")
        table.add_row(cell)
    if len(pairs) > CHANGES:
        table.add_row(f"… and {len(pairs) - CHANGES} more, in the report")
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, box=None, title_justify="left")
    for heading in headings:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    return table


def _add_share(
    table: Table,
    share: Share,
    name: str,
    *more: Estimate | str,
    digits: int = 2,
    style: str | None = None,
) -> None:
    cells = [name, str(share.right), str(share.total), f"{share.accuracy:.3f}"]
    cells.append(interval(share.estimate, digits))
    for cell in more:
        if isinstance(cell, Estimate):
            cells += [f"{cell.value:.3f}", interval(cell, digits)]
        else:
            cells.append(cell)
    table.add_row(*cells, style=style)


def _mistakes(readings: Sequence[Reading]) -> list[str]:
    numbers = [sum(item.verdict == mistake for item in readings) for mistake in MISTAKES]
    return [str(number) if number else "·" for number in numbers]


def _short(mistake: str) -> str:
    return {WRONG_HOUR: "hour", INVENTED: "invented"}.get(mistake, mistake)
