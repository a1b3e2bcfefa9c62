"""The table that is handed out: complete, read back as it was, and never run by a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.settings import Settings
from actions.store import models
from bot.office.spreadsheet import BYTE_ORDER_MARK, harmless, lines
from tests.office.site import NOW, Site, add_client, add_intake, open_site

FORMULAS = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
NASTY = [
    *(f"{sign}1+1" for sign in FORMULAS),
    *("\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\u200b=1", "\u3000=1", "\ufeff=1", "\x1f=1"),
    *(" \t =1", "=cmd|' /C calc'!A0", '=HYPERLINK("https://evil.example","x")', "+39 06 1234"),
    *("@SUM(1)", "-2+3", "%0A=1", '"=1"', "'=1", "a;b", "a,b", "a\tb", 'a"b""c', "a\nb\r\nc", ";"),
    *("Niccolò D'Angelo", "株式会社", "😀", "", "=", "''", '"'),
]


def runs(cell: str) -> bool:
    """Tell whether a spreadsheet would take a cell for more than text."""
    text = cell
    if text.startswith(("\t", "\r", "\n")):
        return True
    while text and (text[0].isspace() or unicodedata.category(text[0]) in ("Cc", "Cf", "Zs")):
        text = text[1:]
    return text.startswith(FORMULAS)


@given(
    st.text() | st.sampled_from(NASTY) | st.tuples(st.sampled_from(NASTY), st.text()).map("".join)
)
def test_no_text_is_a_formula(text: str) -> None:
    cell = harmless(text)
    assert not runs(cell)
    # Nothing is lost, and nothing is changed without need.
    assert cell in (text.replace("\x00", ""), "'" + text.replace("\x00", ""))
    if text[:1].isalnum() or not set(text) & {*FORMULAS, "\t", "\r", "\n"}:
        assert not cell.startswith("'") or text.replace("\x00", "").startswith("'")


@given(st.lists(st.lists(st.text() | st.sampled_from(NASTY), min_size=1), min_size=1))
@pytest.mark.parametrize(("language", "delimiter"), [("it", ";"), ("en", ",")])
def test_a_table_is_read_back(language: str, delimiter: str, rows: list[list[str]]) -> None:
    text = "".join(lines(rows, language))
    assert text.startswith(BYTE_ORDER_MARK)
    read = csv.reader(io.StringIO(text[1:], newline=""), delimiter=delimiter)
    assert list(read) == [[harmless(cell) for cell in row] for row in rows]


@given(st.integers() | st.floats() | st.dates() | st.times() | st.none())
def test_what_is_no_text_stays(value: Any) -> None:
    assert harmless(value) == ("" if value is None else str(value))


@pytest.fixture(scope="module")
def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A back office with texts of every kind."""
    folder = tmp_path_factory.mktemp("table")
    with open_site(settings, f"sqlite:///{folder / 'sportello.db'}", folder) as site:
        with site.database() as session:
            for text in NASTY:
                client = add_client(session, name=text, contact_name=text, email=f"{text}@x")
                row = add_intake(session, client, service=text)
                row.expectations[0].text = text
                row.deadlines[0].said = text
        yield site


def table(site: Site, query: str = "?status=all&sort=oldest") -> list[dict[str, str]]:
    """Return the lines of the table, by their headings."""
    answer = site.person("staff").get(f"/inbox.csv{query}")
    assert answer.status_code == 200
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_every_cell_is_harmless_and_complete(site: Site) -> None:
    found = table(site)
    assert [row["Cliente"] for row in found] == [harmless(text) for text in NASTY]
    for row, text in zip(found, NASTY):
        assert row["Servizio"] == row["Referente"] == row["Aspettative"] == harmless(text)
        # The day, what is due, and the client's words, in quotation marks.
        cell = r"\d{4}-\d\d-\d\d( \d\d:\d\d)? la bozza( «.+»)?"
        assert re.fullmatch(cell, row["Scadenze"], re.S)
        assert not text or f"«{text}»" in row["Scadenze"]
        assert row["E-mail"] == harmless(f"{text}@x")
        assert row["Telefono"].startswith("'+39")
        assert row["Stato"] == "Nuova"
        for cell in row.values():
            assert not runs(cell)
    with site.database() as session:
        first = session.query(models.Engagement).order_by(models.Engagement.id).first()
        assert (found[0]["Codice"], found[0]["Scadenza"]) == (
            *(first.reference, first.due_date.isoformat()),
        )


def test_how_it_is_handed_out(site: Site) -> None:
    answer = site.person("staff").get("/inbox.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = answer.headers["Content-Disposition"]
    assert name.startswith('attachment; filename="sportello-20')
    assert name.endswith('.csv"')
    assert answer.text.lstrip("\ufeff").startswith('"Codice";"Arrivata il";')


def test_in_english(site: Site) -> None:
    admin = site.person("admin")
    admin.post("/account/language", {"language": "en"})
    try:
        text = admin.get("/inbox.csv").content.decode("utf-8-sig")
    finally:
        admin.post("/account/language", {"language": "it"})
    assert text.startswith('"Reference","Received","Status"')
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["Status"] for row in rows} == {"New"}
    assert len(rows) == len(NASTY)


def test_the_filter_counts(site: Site) -> None:
    with site.database() as session:
        client = add_client(session, name="Ottavia Zerbini")
        closed = add_intake(session, client, status="closed", service="Legale", channel="slack")
        reference = closed.reference
    for query in (
        *("?status=closed", "?status=all&service=Legale", "?status=all&channel=slack"),
        *("?status=all&q=zerbini", f"?status=all&q={reference}"),
    ):
        assert [row["Codice"] for row in table(site, query)] == [reference], query
    assert table(site, "?status=declined") == []
    assert table(site, "?q=zerbini") == []


def test_readers_get_none(site: Site) -> None:
    answer = site.person("reader").get("/inbox.csv")
    assert answer.status_code == 403
    assert "Codice" not in answer.text


def test_three_thousand_rows(site: Site) -> None:
    with site.database() as session:
        client = add_client(session).id
        session.execute(
            models.Engagement.__table__.insert(),
            [
                {
                    "reference": f"Z{n}",
                    "client_id": client,
                    "service": "massa",
                    "channel": "rest",
                    "conversation_id": f"z{n}",
                    "submission_key": f"z{n}",
                    "created_at": NOW - dt.timedelta(minutes=n),
                }
                for n in range(3000)
            ],
        )
    answer = site.person("staff").get("/inbox.csv?status=all&channel=rest", stream=True)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    content = b"".join(answer.iter_content(65536)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content, newline=""), delimiter=";"))
    assert len({row["Codice"] for row in rows}) == len(rows) == 3000


def test_several_at_once_are_all_whole(site: Site) -> None:
    staff = site.person("staff")
    whole = staff.get("/inbox.csv?status=all").content

    def ask(_: int) -> bool:
        # A list in between keeps the threads changing that fetch the rows of a table.
        browser = site.nobody()
        browser.http.cookies.update(staff.http.cookies)
        browser.get("/inbox")
        return browser.get("/inbox.csv?status=all").content == whole

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(12)))
