"""Deadlines as an iCalendar (RFC 5545): other calendars fetch it, so nobody is named in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from icalendar import Alarm, Calendar, Event

from actions.firm import Firm
from bot.office.words import Words

REFRESH = dt.timedelta(hours=1)
MORNING = dt.timedelta(hours=9)
APPOINTMENT = dt.timedelta(minutes=30)


def as_calendar(due: Iterable[Any], firm: Firm, words: Words, base: str, now: dt.datetime) -> bytes:
    """Return the deadlines with reference and service; of the client nothing.

    Args:
        due: As `actions.store.inbox.due_between` returns them.
        firm: Whose they are.
        words: In the language of whoever follows them.
        base: Address of the back office, to which each deadline leads.
        now: The current moment.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Sportello//IT")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", words("feed_name", firm=firm.name))
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for deadline in due:
        calendar.add_component(_event(deadline, firm, words, base, now))
    return bytes(calendar.to_ical())


def _event(deadline: Any, firm: Firm, words: Words, base: str, now: dt.datetime) -> Event:
    event = Event()
    # The same deadline is the same event, also once its day has changed.
    event.add("uid", f"deadline-{deadline.deadline_id}@sportello")
    event.add("dtstamp", now.astimezone(dt.timezone.utc))
    event.add(
        "summary",
        words(
            "feed_title",
            reference=deadline.reference,
            # What a client called theirs may tell who they are.
            service=deadline.service if firm.offers(deadline.service) else words("feed_other"),
        ),
    )
    if deadline.due_time is None:
        event.add("dtstart", deadline.due_date)
        event.add("dtend", deadline.due_date + dt.timedelta(days=1))
    else:
        moment = dt.datetime.combine(deadline.due_date, deadline.due_time, firm.zone)
        event.add("dtstart", moment.astimezone(dt.timezone.utc))
        event.add("dtend", (moment + APPOINTMENT).astimezone(dt.timezone.utc))
    event.add("transp", "TRANSPARENT")
    event.add("url", f"{base}/intakes/{deadline.engagement_id}")
    if deadline.warn_on is not None and deadline.warn_on < deadline.due_date:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", words("feed_warning", reference=deadline.reference))
        # A day begins at midnight, when nobody wants to be warned.
        morning = MORNING if deadline.due_time is None else dt.timedelta()
        alarm.add("trigger", deadline.warn_on - deadline.due_date + morning)
        event.add_component(alarm)
    return event
