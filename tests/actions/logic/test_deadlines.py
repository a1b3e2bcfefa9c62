"""The deadline reader against its table of examples, and what the table can't say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.logic.deadlines import Deadline, in_words, read_deadline
from actions.logic.deadlines.spelling import repair_word
from actions.logic.duckling import DucklingUnavailableError, TimeSpan

TABLE: dict[str, Any] = yaml.load(
    Path(__file__).with_name("deadlines.yml").read_text(encoding="utf-8"), yaml.BaseLoader
)
NOWS = {name: dt.datetime.fromisoformat(text) for name, text in TABLE.pop("now").items()}
MONDAY = NOWS["monday"]
ROWS = [
    pytest.param(*row, id=f"{group}: {row[2]}") for group, rows in TABLE.items() for row in rows
]


def answer(found: Deadline | None) -> str:
    """Write an answer as the table does."""
    if found is None:
        return "nothing"
    if found.kind != "date":
        return found.kind
    days = "|".join(map(str, found.alternatives or [found.date]))
    return days + (f" {found.time:%H:%M}" if found.time else "")


@pytest.mark.parametrize(("language", "now", "text", "expected"), ROWS)
def test_reads_the_table(language: str, now: str, text: str, expected: str) -> None:
    assert answer(read_deadline(text, language=language, now=NOWS[now])) == expected


def test_the_table_covers_both_languages() -> None:
    languages = [row[0] for rows in TABLE.values() for row in rows]
    assert min(languages.count("it"), languages.count("en")) >= 125


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Serve entro il 15 gennaio 2027, grazie", "it", "15 gennaio 2027"),
        ("È per venerdì alle nove e mezza!", "it", "venerdì alle nove e mezza"),
        ("👍 entro fne mese", "it", "fne mese"),
        ("We'd say by\u00a0Febuary 28th", "en", "Febuary 28th"),
        ("  Nessuna scadenza  ", "it", "Nessuna scadenza"),
        ("quando potete", "it", "quando potete"),
        ("entro il 31 febbraio", "it", "31 febbraio"),
        ("tra il 10 e il 15 gennaio", "it", "tra il 10 e il 15 gennaio"),
        ("As soon as possible, please", "en", "As soon as possible"),
        ("as soon as you possibly can, the bank waits", "en", "as soon as you possibly can"),
        ("as soon as the contract is signed", "en", "as soon as the contract is signed"),
        ("Do it whenever you can!", "en", "whenever you can"),
        ("at your earliest convenience", "en", "at your earliest convenience"),
        ("within a few days if possible", "en", "within a few days"),
        ("the sooner the better", "en", "the sooner the better"),
        ("con la massima urgenza", "it", "con la massima urgenza"),
        ("prima è meglio è", "it", "prima è meglio è"),
        ("tra un mesetto", "it", "un mesetto"),
        ("direi in primavera", "it", "in primavera"),
        ("il weekend del 12 dicembre", "it", "il weekend del 12 dicembre"),
    ],
)
def test_says_the_clients_own_words(text: str, language: str, said: str) -> None:
    found = read_deadline(text, language=language, now=MONDAY)
    assert found is not None
    assert found.said == said
    assert found.said in text


def test_the_date_is_one_of_its_alternatives() -> None:
    found = read_deadline("venerdì prossimo", language="it", now=MONDAY)
    assert found is not None
    assert found.alternatives == (dt.date(2026, 11, 27), dt.date(2026, 12, 4))
    assert found.date in found.alternatives


def test_days_are_those_of_the_zone_of_now() -> None:
    now = dt.datetime.fromisoformat("2027-03-01T00:15+01:00")
    found = read_deadline("oggi", language="it", now=now)
    assert found is not None
    assert found.date == dt.date(2027, 3, 1)


@pytest.mark.parametrize(
    ("text", "language"), [("by next Friday", "it"), ("entro venerdì prossimo", "en")]
)
def test_reads_the_other_language_too(text: str, language: str) -> None:
    found = read_deadline(text, language=language, now=MONDAY)
    assert found is not None
    assert found.date == dt.date(2026, 11, 27)


ODD_TEXTS = [
    "",
    " \n\t ",
    "a" * 20_000,
    "entro " * 4_000,
    "1/" * 10_000,
    "il " * 7_000,
    "9" * 20_000,
    "😀" * 20_000,
    "\ud800",
    "\x00\x1b[31m",
    "\u202e\u200f",
    "entro " + "9" * 5_000 + " giorni",
    "entro 999999999 settimane",
    "5 giorni prima del 1/1/0001",
    "la settimana del 31/12/9999",
    "99/99/9999",
]


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
@pytest.mark.parametrize("language", ["it", "en", "xx"])
def test_odd_texts_never_raise_nor_name_a_day(text: str, language: str) -> None:
    found = read_deadline(text, language=language, now=MONDAY)
    assert found is None or found.kind != "date"


@pytest.mark.parametrize("text", ["domani\x00", "\u202edomani", "\ud800 domani", "DOMANI\u00a0"])
def test_reads_a_day_among_odd_characters(text: str) -> None:
    found = read_deadline(text, language="it", now=MONDAY)
    assert found is not None
    assert found.date == dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("genaio", "gennaio"),
        ("setembre", "settembre"),
        ("tommorow", "tomorrow"),
        ("mercoldi", "mercoledi"),
        ("domanda", "domanda"),
        ("viaggio", "viaggio"),
        ("marco", "marco"),
        ("aprire", "aprire"),
        ("match", "match"),
        ("domenico", "domenico"),
        ("mouth", "mouth"),
        ("giornale", "giornale"),
    ],
)
def test_repairs_date_words_and_leaves_others(typed: str, meant: str) -> None:
    assert repair_word(typed) == meant


def test_in_words() -> None:
    day = dt.date(2027, 1, 15)
    assert in_words(day, dt.time(18), "it") == "venerdì 15 gennaio 2027, ore 18:00"
    assert in_words(day, dt.time(18), "en") == "Friday 15 January 2027, 18:00"
    assert in_words(day, None, "it") == "venerdì 15 gennaio 2027"


class FakeDuckling:
    """Finds one given span, or is out of order."""

    def __init__(self, span: TimeSpan | None) -> None:
        self.span = span

    def spans(self, text: str, *, language: str, now: dt.datetime) -> list[TimeSpan]:
        if self.span is None:
            raise DucklingUnavailableError("out of order")
        return [self.span]


def test_duckling_reads_what_no_rule_knows() -> None:
    day = dt.datetime(2026, 11, 26)
    duckling = FakeDuckling(TimeSpan(3, 15, "day", day, day))
    found = read_deadline("by Thanksgiving", language="en", now=MONDAY, duckling=duckling)
    assert found == Deadline("date", day.date(), None, "Thanksgiving")


def test_rules_come_before_duckling() -> None:
    wrong = dt.datetime(2027, 2, 1)
    duckling = FakeDuckling(TimeSpan(0, 20, "day", wrong, wrong))
    found = read_deadline("entro il 31 febbraio", language="it", now=MONDAY, duckling=duckling)
    assert found is not None
    assert found.kind == "invalid"


def test_duckling_out_of_order_is_no_error() -> None:
    duckling = FakeDuckling(None)
    assert read_deadline("by Thanksgiving", language="en", now=MONDAY, duckling=duckling) is None
