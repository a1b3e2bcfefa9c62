"""How the assistant and the desk are doing: figures of a period, as pictures and tables."""

from __future__ import annotations

import datetime as dt

from starlette.requests import Request

from actions.store import inbox
from actions.store.figures import DAY, LONGEST, figures
from bot.office.charts import charts_of, tiles_of
from bot.office.pages import Page, View, can_be_meant, page, words_of

PERIODS = (30, 90, 365)
DEFAULT = 90


class Dashboard(View):
    """The figures."""

    name = "dashboard"
    path = "/dashboard"

    @page("/dashboard")
    def dashboard(self, request: Request) -> Page:
        """Show the figures of a period and a channel."""
        today = self.office.today()
        since, until, days = _period(request, today)
        channel = request.query_params.get("channel") or None
        with self.office.sessions() as session:
            channels = inbox.read_channels(session)
            found = figures(
                session,
                since=since,
                until=until,
                channel=channel,
                now=self.office.now(),
                zone=self.office.firm.zone,
            )
        words = words_of(request)
        titles = {entry.id: entry.title[words.language] for entry in self.office.faq().values()}
        values = {
            "title": words("menu_dashboard"),
            "tiles": tiles_of(found, words),
            "charts": charts_of(found, words, titles),
            "since": since,
            "until": until,
            "days": days,
            "periods": PERIODS,
            "channel_chosen": channel,
            "channels": channels,
        }
        return Page("dashboard.html", values)


def _period(request: Request, today: dt.date) -> tuple[dt.date, dt.date, int | None]:
    """Return the first and the last day, and how many up to today where these were chosen."""
    asked = request.query_params
    try:
        since = dt.date.fromisoformat(asked["since"])
        until = dt.date.fromisoformat(asked["until"])
        if not all(map(can_be_meant, (since, until))):
            raise ValueError
    except (KeyError, ValueError):
        days = asked.get("days", "")
        chosen = int(days) if days in {str(period) for period in PERIODS} else DEFAULT
        return today - dt.timedelta(days=chosen - 1), today, chosen
    since, until = min(since, until), max(since, until)
    return max(since, until - LONGEST + DAY), until, None
