"""The figures as pictures: what each shows, ready for the script that draws and for a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from actions.store.figures import Figures
from bot.office.words import Words


@dataclass(frozen=True)
class Series:
    """Numbers of one kind, one for each category."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True)
class Chart:
    """A picture: columns stand, one for each moment; bars lie, the first on top."""

    id: str
    title: str
    kind: Literal["columns", "bars"]
    heading: str
    categories: Sequence[str]
    series: Sequence[Series]
    text: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for series in self.series for value in series.values)

    def as_json(self) -> str:
        """Return what ``widget/src/office/charts.ts`` draws."""
        content = {
            "kind": self.kind,
            "stacked": len(self.series) > 1,
            "categories": list(self.categories),
            "series": [{"name": s.name, "values": list(s.values)} for s in self.series],
            "unit": "",
            "label": self.title,
        }
        return json.dumps(content, ensure_ascii=False)


@dataclass(frozen=True)
class Tile:
    """One number that is read first."""

    name: str
    value: str


def tiles_of(figures: Figures, words: Words) -> list[Tile]:
    """Return the numbers that stand above the pictures."""
    runs, questions, verdicts = figures.runs, figures.questions, figures.verdicts
    requests = sum(week.number for week in figures.weeks)
    waiting = figures.waits.waiting
    judged = verdicts.up + verdicts.down
    sent = runs.submitted / runs.started if runs.started else None
    return [
        Tile(
            _one_or_many("figure_requests", requests, words),
            words.number(requests),
        ),
        Tile(words("figure_sent"), words.share(sent)),
        Tile(words("figure_answered"), words.share(questions.share(questions.answered))),
        Tile(words("figure_taken_median"), words.duration(figures.waits.median)),
        Tile(words("figure_taken_high"), words.duration(figures.waits.ninetieth)),
        Tile(
            _one_or_many("figure_waiting", waiting, words),
            words.number(waiting),
        ),
        Tile(words("figure_thumbs"), words.share(verdicts.up / judged if judged else None)),
    ]


def _one_or_many(name: str, number: int, words: Words) -> str:
    return words(f"{name}_{'one' if number == 1 else 'many'}")


def charts_of(figures: Figures, words: Words, titles: Mapping[str, str]) -> list[Chart]:
    """Return the pictures in the order of the page.

    Args:
        figures: What was counted.
        words: Of whoever looks.
        titles: What the entries of the FAQ ask, by id.
    """
    return [
        _weeks(figures, words),
        _deadlines(figures, words),
        _outcomes(
            "runs",
            {
                "run_submitted": figures.runs.submitted,
                "run_kept": figures.runs.kept,
                "run_open": figures.runs.open,
                "run_left": figures.runs.abandoned,
                "run_cancelled": figures.runs.cancelled,
                "run_refused": figures.runs.refused,
            },
            words,
        ),
        _drop_outs(figures, words),
        _questions(figures, words),
        _faq(figures, words, titles),
        _outcomes(
            "thumbs",
            {"thumb_up": figures.verdicts.up, "thumb_down": figures.verdicts.down},
            words,
        ),
    ]


def _weeks(figures: Figures, words: Words) -> Chart:
    channels = sorted({channel for week in figures.weeks for channel in week.channels})
    return Chart(
        "weeks",
        words("chart_weeks"),
        "columns",
        words("heading_week"),
        [words.short_day(week.monday) for week in figures.weeks],
        [
            Series(
                words.channel(channel), [week.channels.get(channel, 0) for week in figures.weeks]
            )
            for channel in channels
        ],
    )


def _deadlines(figures: Figures, words: Words) -> Chart:
    weeks = figures.due.weeks
    return Chart(
        "deadlines",
        words("chart_deadlines"),
        "columns",
        words("heading_week"),
        [words("overdue_many"), *(words.short_day(week.monday) for week in weeks)],
        [
            Series(
                words("column_deadlines"), [figures.due.overdue, *(week.number for week in weeks)]
            )
        ],
        words("chart_deadlines_text"),
    )


def _drop_outs(figures: Figures, words: Words) -> Chart:
    stops = figures.runs.stops
    return Chart(
        "drop_outs",
        words("chart_drop_outs"),
        "bars",
        words("heading_field"),
        [words(f"asked_{stop.field}") for stop in stops],
        [Series(words("series_requests"), [stop.left for stop in stops])],
        words("chart_drop_outs_text"),
    )


def _questions(figures: Figures, words: Words) -> Chart:
    asked = figures.questions
    numbers = {
        "turn_answered": asked.answered,
        "turn_handed_off": asked.handed_off,
        "turn_unanswered": asked.unanswered,
        "turn_unclear": asked.unclear,
    }
    shares = (f"{words(name)}: {words.share(asked.share(n))}" for name, n in numbers.items())
    return _outcomes("turns", numbers, words, " · ".join(shares) if asked.number else None)


def _faq(figures: Figures, words: Words, titles: Mapping[str, str]) -> Chart:
    asked = figures.most_asked
    return Chart(
        "faq",
        words("chart_faq"),
        "bars",
        words("heading_answer"),
        # An entry that is gone goes by its id.
        [titles.get(each.entry, each.entry) for each in asked],
        [Series(words("series_number"), [each.number for each in asked])],
    )


def _outcomes(
    name: str, numbers: Mapping[str, int], words: Words, text: str | None = None
) -> Chart:
    return Chart(
        name,
        words(f"chart_{name}"),
        "bars",
        words("heading_outcome"),
        [words(each) for each in numbers],
        [Series(words("series_number"), list(numbers.values()))],
        text,
    )
