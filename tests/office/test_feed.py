"""The deadlines as other calendars read them: the right moments, and of the client nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import requests

from actions.firm import Firm
from actions.settings import Settings
from actions.store import models
from bot.office.feed import as_calendar
from bot.office.words import Words
from tests.conftest import HOME
from tests.office.site import TODAY, Site, add_client, add_intake, open_site
from tests.office_server import PASSWORD, email_of

ROME = ZoneInfo("Europe/Rome")
SECRET = {
    "name": "Ottavia Zerbini",
    "contact_name": "Tullio Brandi",
    "email": "ottavia@zerbini.example",
    "phone": "+390669820099",
}


@pytest.fixture(scope="module")
def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A back office with deadlines of every kind."""
    folder = tmp_path_factory.mktemp("feed")
    with open_site(settings, f"sqlite:///{folder / 'sportello.db'}", folder) as site:
        with site.database() as session:
            client = add_client(session, **SECRET)
            add_intake(session, client, due=10, reference="OPEN-DAY0")
            timed = add_intake(session, client, due=20, reference="OPEN-TIME")
            timed.deadlines[0].due_time = dt.time(14, 30)
            for status in ("declined", "closed"):
                add_intake(session, client, due=10, reference=f"SHUT-{status[:4]}", status=status)
            past = add_intake(session, client, due=-20, reference="OPEN-PAST", status="accepted")
            past.service = "la causa contro la signora Verdi"
            add_intake(session, client, due=-60, reference="LONG-PAST")
            add_intake(session, client, due=None, reference="OPEN-NONE")
        yield site


def make(site: Site, role: str = "reader") -> str:
    """Let somebody make an address, and return its path."""
    page = site.person(role).post("/calendar/address").text
    found = re.search(r'id="address">(\S+?)</p>', page)
    assert found
    assert found[1].startswith(f"{site.url}/calendar/feed/")
    return found[1].removeprefix(site.url)


def events(answer: requests.Response) -> dict[str, Any]:
    """Return the events by the reference in their title."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert calendar["version"] == "2.0"
    found = {re.search(r"\w{4}-\w{4}", str(e["summary"]))[0]: e for e in calendar.walk("VEVENT")}  # type: ignore[index]
    assert len(found) == len(calendar.walk("VEVENT"))
    return found


def test_what_is_in_it(site: Site) -> None:
    answer = site.nobody().get(make(site))
    found = events(answer)
    assert set(found) == {"OPEN-DAY0", "OPEN-TIME", "OPEN-PAST"}
    day = TODAY + dt.timedelta(days=10)
    event = found["OPEN-DAY0"]
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (day, day + dt.timedelta(days=1))
    assert str(event["summary"]) == "Scadenza OPEN-DAY0: Consulenza fiscale"
    # What a client called their service may tell who they are.
    assert str(found["OPEN-PAST"]["summary"]) == "Scadenza OPEN-PAST: altro servizio"
    moment = dt.datetime.combine(TODAY + dt.timedelta(days=20), dt.time(14, 30), ROME)
    assert found["OPEN-TIME"].decoded("dtstart") == moment
    with site.database() as session:
        row = session.query(models.Engagement).filter_by(reference="OPEN-DAY0").one()
        assert str(event["url"]) == f"{site.url}/intakes/{row.id}"
        (alarm,) = event.walk("VALARM")
        assert day + alarm.decoded("trigger") == row.deadlines[0].warn_on
        words = {
            *SECRET.values(),
            *SECRET["name"].split(),
            *(deadline.said for deadline in row.deadlines),
            *(deadline.purpose for deadline in row.deadlines),
            *(item.text for item in row.expectations),
            *(note.text for note in row.notes),
        }
    text = answer.content.decode().replace("\r\n ", "")
    for word in words:
        assert word not in text
    for name in ("ORGANIZER", "ATTENDEE", "CONTACT", "LOCATION"):
        assert name not in text


@pytest.mark.parametrize(
    ("day", "hour", "offset"), [(dt.date(2027, 3, 27), 9, 1), (dt.date(2027, 3, 29), 9, 2)]
)
def test_summer_time(firm: Firm, day: dt.date, hour: int, offset: int) -> None:
    due = [
        type(
            "Due",
            (),
            {
                "deadline_id": 1,
                "engagement_id": 2,
                "reference": "A",
                "service": "B",
                "due_date": day,
                "due_time": dt.time(hour),
                "warn_on": None,
            },
        )
    ]
    words = Words.load(HOME / "data", "en")
    now = dt.datetime.now(dt.timezone.utc)
    content = as_calendar(due, firm, words, "https://x", now)
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    start = event.decoded("dtstart").astimezone(dt.timezone.utc)
    assert start == dt.datetime(day.year, day.month, day.day, hour - offset, tzinfo=dt.timezone.utc)
    assert not event.walk("VALARM")


def test_the_address_is_shown_once(site: Site) -> None:
    path = make(site)
    secret = path.removeprefix("/calendar/feed/").removesuffix(".ics")
    assert len(secret) >= 43
    reader = site.person("reader")
    for page in ("/calendar", "/account", "/inbox"):
        assert secret not in reader.get(page).text
    assert secret not in str(site.content())
    assert secret not in site.log.read_text()
    assert "Crea un nuovo indirizzo" in reader.get("/calendar").text


def test_only_the_newest_address_works(site: Site) -> None:
    nobody = site.nobody()
    old, new = make(site), make(site)
    assert nobody.get(old).status_code == 404
    assert nobody.get(new).status_code == 200
    other = make(site, "staff")
    assert nobody.get(new).status_code == 200
    assert site.person("reader").post("/calendar/address/remove").status_code == 303
    assert nobody.get(new).status_code == 404
    assert nobody.get(other).status_code == 200


def test_a_wrong_secret(site: Site) -> None:
    path = make(site)
    good = path.removesuffix(".ics")
    nobody = site.nobody()
    for wrong in (
        *(f"{good[:-1]}.ics", f"{good}A.ics", good, f"{good}.ICS", "/calendar/feed/.ics"),
        *("/calendar/feed/x.ics", "/calendar/feed/%25.ics", "/calendar/feed/é.ics"),
        f"{good.swapcase().replace('/CALENDAR/FEED/', '/calendar/feed/')}.ics",
    ):
        answer = nobody.get(wrong)
        assert answer.status_code == 404, wrong
        assert "BEGIN" not in answer.text


def test_it_opens_nothing_else(site: Site) -> None:
    """Neither does it need a cookie, nor does it give one."""
    browser = site.nobody()
    answer = browser.get(make(site))
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert browser.get("/inbox").status_code == 303


def test_whoever_is_shut_out_follows_no_more(site: Site) -> None:
    path = make(site, "staff")
    with site.database() as session:
        number = session.query(models.StaffAccount).filter_by(email=email_of("staff")).one().id
    admin = site.person("admin")
    admin.post(f"/accounts/{number}/disable")
    assert site.nobody().get(path).status_code == 404
    admin.post(f"/accounts/{number}/enable")
    assert site.nobody().get(path).status_code == 404
    assert site.somebody("staff").get("/calendar").status_code == 200
    assert PASSWORD not in site.log.read_text()


def test_in_english(site: Site) -> None:
    reader = site.person("admin")
    reader.post("/account/language", {"language": "en"})
    try:
        found = events(site.nobody().get(make(site, "admin")))
    finally:
        reader.post("/account/language", {"language": "it"})
    assert str(found["OPEN-DAY0"]["summary"]) == "Due: OPEN-DAY0, Consulenza fiscale"
