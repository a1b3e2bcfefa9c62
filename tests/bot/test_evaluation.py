"""The evaluation: figures against numbers worked out by hand, comparisons, folds, the report."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from actions.logic.deadlines import Deadline
from bot.evaluation import figures, run, terminal
from bot.evaluation.comparison import compare, compare_runs, sign_test
from bot.evaluation.figures import Share
from bot.evaluation.folds import cross_validate
from bot.evaluation.readings import Reading, read_all, verdict
from bot.evaluation.report import write_report
from bot.evaluation.rows import LabelledDeadline, LabelledMessage, read_labelled
from bot.evaluation.scores import Scored, score
from bot.messages import MessagesError
from bot.training_messages import TrainingMessage
from bot.understanding.labels import train_labels
from bot.understanding.language import LanguageModel
from bot.understanding.model import Understanding
from bot.understanding.ngrams import BUCKETS

ROME = dt.timezone(dt.timedelta(hours=1))
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=ROME)


def scored(label: str, given: str, confidence: float = 0.9, text: str = "x") -> Scored:
    return Scored(text, "it", "plain", label, given, confidence)


SOME = [
    *[scored("greet", "greet")] * 3,
    scored("greet", "thank", 0.3, "«ehi» [red]<b>"),
    *[scored("thank", "thank")] * 2,
    scored("out_of_scope", "out_of_scope"),
    scored("out_of_scope", "greet", 0.8, "piove?"),
    scored("out_of_scope", "greet", 0.6, "nevica?"),
]


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson(right: int, total: int, low: float, high: float) -> None:
    estimate = Share("x", right, total).estimate
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=0.001)


def test_f1_is_that_of_the_textbook() -> None:
    macro, by_label = figures.f1(SOME)
    # greet: 3 right, given 5 times, meant 4 times.
    assert {label: estimate.value for label, estimate in by_label.items()} == pytest.approx(
        {"greet": 6 / 9, "thank": 4 / 5, "out_of_scope": 2 / 4}
    )
    assert macro.value == pytest.approx((6 / 9 + 4 / 5 + 2 / 4) / 3)
    assert 0 < macro.low < macro.value < macro.high <= 1
    assert figures.f1(SOME)[0] == macro


def test_the_bootstrap_narrows_with_more_messages() -> None:
    few, _ = figures.f1(SOME)
    many, _ = figures.f1(SOME * 100)
    assert many.value == pytest.approx(few.value)
    assert many.high - many.low < (few.high - few.low) / 5


def test_out_of_scope() -> None:
    assert figures.precision(SOME).estimate.value == 1
    recall = figures.recall(SOME)
    assert (recall.right, recall.total) == (1, 3)


def test_calibration_error() -> None:
    sure = [scored("a", "a", 1.0), scored("a", "a", 0.95), scored("a", "b", 0.95)]
    doubtful = [scored("a", "b", 0.15)]
    levels = figures.calibration([*sure, *doubtful])
    assert [level.number for level in levels] == [0, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    expected = (3 * abs(2.9 / 3 - 2 / 3) + 0.15) / 4
    assert figures.calibration_error([*sure, *doubtful]) == pytest.approx(expected)


def test_the_worst_confusions_come_first() -> None:
    first, second = figures.confusions(SOME)
    assert (first.label, first.given, len(first.mistakes)) == ("out_of_scope", "greet", 2)
    assert [mistake.text for mistake in first.mistakes] == ["piove?", "nevica?"]
    assert second.label == "greet"


def test_sign_test() -> None:
    assert sign_test(0, 0) == 1
    assert sign_test(5, 5) == 1
    assert sign_test(1, 9) == sign_test(9, 1) == pytest.approx(22 / 1024)
    assert sign_test(0, 3000) < 1e-300


def test_a_comparison_names_what_was_mended_and_what_broke() -> None:
    then = [scored("a", "b", text="1"), scored("a", "a", text="2"), scored("a", "a", text="2")]
    now = [scored("a", "a", text="1"), scored("a", "a", text="2"), scored("a", "b", text="2")]
    found = compare([*then, scored("a", "a", text="old")], [*now, scored("c", "c", text="1")])
    assert [pair[1].text for pair in found.mended] == ["1"]
    assert [pair[1].text for pair in found.broken] == ["2"]
    assert (found.then.right, found.now.right, found.now.total) == (2, 2, 3)
    assert (found.only_then, found.only_now) == (1, 1)
    assert found.p == 1


def deadline(kind: str, *dates: str, time: dt.time | None = None) -> LabelledDeadline:
    days = tuple(map(dt.date.fromisoformat, dates))
    return LabelledDeadline("entro il 30 alle 18", "it", NOW, kind, days, time)


@pytest.mark.parametrize(
    ("row", "found", "said"),
    [
        (deadline("date", "2026-11-30"), Deadline("date", dt.date(2026, 11, 30)), "right"),
        (
            deadline("date", "2026-11-29", "2026-11-30"),
            Deadline("date", dt.date(2026, 11, 30)),
            "right",
        ),
        (deadline("date", "2026-11-29"), Deadline("date", dt.date(2026, 11, 30)), "wrong day"),
        (
            deadline("date", "2026-11-30"),
            Deadline("date", dt.date(2026, 11, 30), dt.time(18)),
            "wrong hour",
        ),
        (deadline("date", "2026-11-30"), Deadline("vague"), "missed"),
        (deadline("date", "2026-11-30"), None, "missed"),
        (deadline("vague"), Deadline("date", dt.date(2026, 11, 30)), "invented date"),
        (deadline("vague"), Deadline("vague"), "right"),
        (deadline("past"), None, "missed"),
    ],
)
def test_verdicts(row: LabelledDeadline, found: Deadline | None, said: str) -> None:
    assert verdict(row, found) == said


def test_deadlines_are_read_as_the_bot_reads_them() -> None:
    rows = [deadline("date", "2026-11-30", time=dt.time(18)), deadline("none")]
    right, invented = read_all(rows, None)
    assert (right.right, right.given) == (True, "2026-11-30 18:00")
    assert (invented.verdict, invented.expected) == ("invented date", "none")


def test_files_may_mix_labels_and_deadlines(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    rows = [
        {"text": "ciao", "label": "greet", "lang": "it", "style": "short"},
        {
            "text": "entro il 30",
            "lang": "it",
            "now": "2026-11-23T10:00",
            "expect": {"kind": "date", "date": ["2026-11-30"], "time": "18:00"},
        },
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    messages, deadlines = read_labelled([path], ROME)
    assert messages == [LabelledMessage("ciao", "it", "short", "greet")]
    assert deadlines == [
        replace(deadline("date", "2026-11-30", time=dt.time(18)), text="entro il 30")
    ]


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        ({}, 'message 1: a "label" is missing'),
        ({"label": 7}, "must be a string"),
        ({"expect": {"kind": "soon"}}, '"kind" out of date, none'),
        ({"expect": {"kind": "vague"}}, '"now" is missing'),
        ({"expect": {"kind": "date"}, "now": "2026-11-23T10:00"}, 'belongs to the kind "date"'),
        (
            {"expect": {"kind": "date", "date": "30/11"}, "now": "2026-11-23T10:00"},
            "dates are written like",
        ),
    ],
)
def test_a_row_that_is_labelled_otherwise_is_told(
    row: dict[str, object], remedy: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps({"text": "x", **row}), encoding="utf-8")
    with pytest.raises(MessagesError, match=re.escape(remedy)):
        read_labelled([path], ROME)


class CountingEncoder:
    """A vector says how often each letter stands in a message; texts asked for are kept."""

    name = "counting"
    dimensions = 26

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        rows = [[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts]
        array = np.array(rows, np.float32).reshape(len(texts), 26) + 0.01
        unit: NDArray[np.float32] = array / np.linalg.norm(array, axis=1, keepdims=True)
        return unit


def training_messages() -> list[TrainingMessage]:
    words = {"greet": "ciao salve buongiorno", "thank": "grazie mille", "goodbye": "addio"}
    return [
        TrainingMessage(f"{word} {number} SP-2026-0042\u200b", language, label, "data/nlu.yml")
        for label, text in words.items()
        for language in ("it", "en")
        for number in range(5)
        for word in (text,)
    ]


def test_cross_validation_scores_every_message_once(tmp_path: Path) -> None:
    messages, encoder = training_messages(), CountingEncoder()
    # The same text in both languages makes no two rows of the figures one.
    messages = [replace(m, text=f"{m.text} {m.language}") for m in messages]
    cache = tmp_path / "vectors.npz"
    found = cross_validate(messages, encoder, cache=cache, threshold=0.0)
    assert [(item.text, item.label, item.language) for item in found] == [
        (message.text, message.label, message.language) for message in messages
    ]
    assert all(item.style == "?" for item in found)
    assert all(item.right for item in found)
    with np.load(cache) as kept:
        assert len(kept["keys"]) == len(messages)
    again = CountingEncoder()
    assert cross_validate(messages, again, cache=cache, threshold=0.0) == found
    shared = cross_validate(messages, encoder, cache=cache, threshold=0.0, processes=2)
    assert shared == found
    # From the cache; what is asked about without the invisible sign is not in it.
    assert not any("\u200b" in text for text in again.asked)


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_a_held_back_message_was_not_learned(tmp_path: Path) -> None:
    messages = training_messages()
    odd = [replace(m, text=f"zzz{n} qqq", label="help") for n, m in enumerate(messages[:5])]
    lone = replace(messages[0], text="wwwww kkkkk", label="odd")
    found = cross_validate(
        [*messages, *odd, lone], CountingEncoder(), cache=tmp_path / "v.npz", threshold=0.0
    )
    assert found[-1].given != "odd"


def test_the_second_guess_is_the_likeliest_other_label() -> None:
    messages, encoder = training_messages(), CountingEncoder()
    texts = [message.text for message in messages]
    labels = [message.label for message in messages]
    model = train_labels(texts, labels, encoder.encode(texts))
    nobody = LanguageModel(np.zeros(BUCKETS, np.float32))
    row = LabelledMessage("grazie mille 9", "it", "plain", "goodbye")
    (acted,) = score(Understanding(nobody, model, encoder, 0.0), [row])
    (rejected,) = score(Understanding(nobody, model, encoder, 1.1), [row])
    (right,) = score(Understanding(nobody, model, encoder, 0.0), [replace(row, label="thank")])
    assert acted.given == "thank"
    assert acted.second in ("greet", "goodbye")
    assert 0 < (acted.second_confidence or 0) < acted.confidence
    assert (rejected.given, rejected.second) == ("out_of_scope", "thank")
    assert (right.right, right.second) == (True, None)


def a_run() -> run.Run:
    wrong = Reading("presto", "it", "vague", "vague", "2026-11-30", "invented date")
    odd = replace(SOME[3], text="\ud800 <script>alert(1)</script>", second="help")
    odd = replace(odd, second_confidence=0.25)
    return run.Run("some.jsonl", NOW, [*SOME, odd], [wrong])


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.json"
    run.save(a_run(), path)
    assert run.load(path) == a_run()
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["figures"]["accuracy"]["value"] == pytest.approx(0.6)
    assert content["figures"]["deadlines"]["value"] == 0


@pytest.mark.parametrize("content", ["", "[]", '{"format": 0}', '{"format": 1}', "<html>"])
def test_another_file_is_no_earlier_run(content: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(MessagesError, match="not an earlier run"):
        run.load(path)


def test_the_report_lists_every_mistake_and_fetches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    then = replace(a_run(), scored=[replace(item, given=item.label) for item in a_run().scored])
    write_report(a_run(), path, compare_runs(then, a_run()))
    page = path.read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 2
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    for said in ("piove?", "nevica?", "presto", "help (0.25)", "invented date", "4 broken"):
        assert said in page
    assert not re.search(r"(src|href)=(?!\"data:)", page)
    assert "url(" not in page
    assert "@import" not in page
    assert 'name="viewport"' in page


def test_the_tables_fit_80_columns() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    long = "faq/roles_responsibilities"
    many = [scored(long, long)] * 1500 + [scored(long, "faq/client_vs_customer", text="w " * 90)]
    readings = [*a_run().readings, Reading("x", "en", "invalid", "invalid", "invalid", "right")]
    shown = replace(a_run(), scored=[*a_run().scored, *many], readings=readings)
    terminal.show(shown, console)
    then = replace(shown, scored=[replace(item, given=item.label) for item in shown.scored])
    for title, comparison in compare_runs(then, shown):
        terminal.show_comparison(comparison, title, console)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    # Cut are messages only, and not what a person typed for markup.
    assert [line for line in text.splitlines() if "…" in line and "w w" not in line] == []
    assert re.search(r"all +1506 +1511 +0\.997", text)
    assert re.search(r"2  out_of_scope → greet", text)
    assert "«ehi» [red]<b>" in text
    assert re.search(r"it vague +0 +1 +0\.000 +\S+ +· +· +1 +·", text)
