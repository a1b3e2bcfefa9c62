"""The reports' pictures, as SVG that stands in the page itself and takes the page's colours."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from bot.evaluation.pictures import BLUE, DARK, RED, new_figure

WIDTH = 4.2  # inches: on a phone its letters are as large as the text
SMALL = 8
_COLOURS = {DARK: "currentColor", BLUE: "var(--bar)", RED: "var(--line)"}


def bars(shares: Mapping[str, float], alternative: str) -> str:
    """Draw a bar for each share, the first on top.

    Args:
        shares: What each bar is called, and how long it is, 0 to 1.
        alternative: What the picture shows, for whoever can't see it.
    """
    picture = new_figure(WIDTH, 0.6 + 0.36 * len(shares))
    axes: Any = picture.subplots()
    names = ["\n".join(textwrap.wrap(_plain(name), 22)) for name in shares]
    places = range(len(names))
    axes.barh(places, [100 * share for share in shares.values()], color=BLUE, height=0.6)
    for place, share in zip(places, shares.values()):
        axes.text(100 * share + 1, place, f"{share * 100:.0f} %", va="center", **_text())
    axes.set_yticks(places, names, **_text())
    axes.set(xlim=(0, 118), xticks=[])
    axes.tick_params(length=0)
    axes.spines["bottom"].set_alpha(0)
    axes.invert_yaxis()
    return _svg(picture, alternative)


def columns(
    weeks: Sequence[tuple[str, int, int]], labels: tuple[str, str], alternative: str
) -> str:
    """Draw a column of answers for each week, and the number of people as a line.

    Args:
        weeks: What each is called, answers, people.
        labels: What answers and people are called.
        alternative: What the picture shows, for whoever can't see it.
    """
    picture = new_figure(WIDTH, 2.6)
    axes: Any = picture.subplots()
    places = range(len(weeks))
    axes.bar(places, [answers for _, answers, _ in weeks], color=BLUE, width=0.7)
    axes.set_ylabel(labels[0], **_text())
    people: Any = axes.twinx()
    people.plot(places, [number for _, _, number in weeks], "o-", color=RED, ms=4)
    people.set_ylabel(labels[1], **_text())
    # A handful of dates is legible, whatever the number of weeks.
    every = max(1, -(-len(weeks) // 4))
    shown = list(places)[::every]
    axes.set_xticks(shown, [weeks[place][0] for place in shown], **_text())
    for scale, numbers in ((axes, [week[1] for week in weeks]), (people, [w[2] for w in weeks])):
        scale.set_ylim(0, max([1, *numbers]) * 1.15)
        scale.yaxis.get_major_locator().set_params(integer=True)
        scale.tick_params(colors=DARK, labelsize=SMALL)
    return _svg(picture, alternative)


def _text() -> dict[str, Any]:
    return {"fontsize": SMALL, "color": DARK}


def _plain(text: str) -> str:
    # Dollar signs would start a formula.
    return text.replace("$", r"\$")


def _svg(picture: Any, alternative: str) -> str:
    """Return the picture as an element of HTML5, without what fetches or names anything foreign."""
    import matplotlib

    for axes in picture.axes:
        for side, line in axes.spines.items():
            line.set_visible(side in ("left", "bottom"))
            line.set_color(DARK)
    file = io.StringIO()
    # Text as text, the same names in each run, and others than those of the page's other pictures.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": alternative}):
        picture.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(?::xlink)?="[^"]*"', "", svg)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r"font: (\d+)px [^;\"]*", r"font: \1px system-ui, sans-serif", svg)
    for colour, name in _COLOURS.items():
        svg = svg.replace(colour, name)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(alternative)}"', 1).strip()
