"""The calendar of deadlines, and the address under which other calendars follow it."""

from __future__ import annotations

import calendar as months
import datetime as dt

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from actions.store import inbox, staff
from bot.office.feed import as_calendar
from bot.office.pages import Page, View, account_of, can_be_meant, go_to, page, words_of

PAST_DAYS = 31
AHEAD_DAYS = 731


class Calendar(View):
    """What is due when."""

    name = "calendar"
    path = "/calendar"

    @page("/calendar")
    def month(self, request: Request) -> Page:
        """Show a month, whole weeks of it."""
        return self._month(request, None)

    @page("/calendar/address", method="POST")
    def new_address(self, request: Request) -> Page:
        """Make a new secret address and show it, this once; the old one no longer works."""
        account = account_of(request)
        with self.office.sessions() as session:
            secret = staff.new_calendar(session, account.id, self.office.now())
            session.commit()
        base = self.office.firm.back_office.address or str(request.base_url).rstrip("/")
        return self._month(request, f"{base}/calendar/feed/{secret}.ics")

    @page("/calendar/address/remove", method="POST")
    def remove_address(self, request: Request) -> Response:
        """Make the secret address no longer work."""
        account = account_of(request)
        with self.office.sessions() as session:
            staff.remove_calendar(session, account.id, self.office.now())
            session.commit()
        return go_to("/calendar", "address_removed")

    @page("/calendar/feed/{secret}.ics", needs=None)
    def feed(self, request: Request) -> Response:
        """Answer whoever knows a secret address with the deadlines; nobody is named in them."""
        with self.office.sessions() as session:
            account = staff.account_of_calendar(session, request.path_params["secret"])
            if account is None:
                raise HTTPException(404)
            today = self.office.today()
            due = inbox.due_between(
                session, today - dt.timedelta(PAST_DAYS), today + dt.timedelta(AHEAD_DAYS)
            )
        base = self.office.firm.back_office.address or str(request.base_url).rstrip("/")
        content = as_calendar(
            due, self.office.firm, self.office.words[account.language], base, self.office.now()
        )
        return Response(content, media_type="text/calendar; charset=utf-8")

    def _month(self, request: Request, address: str | None) -> Page:
        first = _month_of(request.query_params.get("month"), self.office.today())
        days = list(months.Calendar().itermonthdates(first.year, first.month))
        with self.office.sessions() as session:
            due = inbox.due_between(session, days[0], days[-1])
            has_address = staff.has_calendar(session, account_of(request).id)
        by_day: dict[dt.date, list[object]] = {day: [] for day in days}
        for each in due:
            by_day[each.due_date].append(each)
        return Page(
            "calendar.html",
            {
                "title": words_of(request)("menu_calendar"),
                "first": first,
                "weeks": [days[start : start + 7] for start in range(0, len(days), 7)],
                "due": by_day,
                "today": self.office.today(),
                "before": first - dt.timedelta(days=1),
                "after": _next(first),
                "address": address,
                "has_address": has_address,
            },
        )


def _month_of(asked: str | None, today: dt.date) -> dt.date:
    """Return the first day of the month that was asked for, or of this one."""
    try:
        day = dt.date.fromisoformat(f"{asked}-01")
    except ValueError:
        return today.replace(day=1)
    return day if can_be_meant(day) else today.replace(day=1)


def _next(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=32)).replace(day=1)
