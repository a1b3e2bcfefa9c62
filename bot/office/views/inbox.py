"""The inbox: every request that came in, found, filtered and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from actions.store import audit, inbox
from actions.store.inbox import DUES, SORTS, Filter
from actions.store.models import STATUSES
from bot.office.guard import fingerprint
from bot.office.pages import Page, View, account_of, page, words_of
from bot.office.spreadsheet import download, inbox_table

TABS = ("open", *STATUSES, "all")
LONGEST_SEARCH = 200
SIZE = 25


class Inbox(View):
    """What came in."""

    name = "inbox"
    path = "/inbox"

    @page("/inbox")
    def inbox(self, request: Request) -> Page | Response:
        """Show one page of the requests; nothing, where a script asks whether it is still so."""
        today = self.office.today()
        with self.office.sessions() as session:
            chosen, sort, number = read_filter(request)
            attention = inbox.attention(session, today)
            found = inbox.read_page(
                session, chosen, sort=sort, number=number, size=SIZE, today=today
            )
            print_now = fingerprint(f"{inbox.fingerprint(found)} {attention}")
            if request.headers.get("x-seen") == print_now:
                return Response(status_code=204)
            values = {
                "page": found,
                "attention": attention,
                # One that is not there is shown all the same: it is what was asked for.
                "services": _with(inbox.read_services(session), chosen.service),
                "channels": _with(inbox.read_channels(session), chosen.channel),
                "fingerprint": print_now,
            }
        return Page(
            "inbox.html",
            {
                **values,
                "title": words_of(request)("menu_inbox"),
                "filter": chosen,
                "sort": sort,
                "tabs": TABS,
                "dues": DUES,
                "sorts": SORTS,
                "mine": account_of(request).staff.id,
                "address": _address(chosen, sort),
            },
        )

    @page("/inbox.csv", needs="staff")
    def export(self, request: Request) -> Response:
        """Hand out what the filter shows, all pages, as a file for a spreadsheet."""
        account, now = account_of(request), self.office.now()
        with self.office.sessions() as session:
            chosen, sort, _ = read_filter(request)
            # What was searched for, and what a client called their service, stay out of it.
            kept = {k: v for k, v in vars(chosen).items() if v and k not in ("words", "service")}
            if chosen.channel not in inbox.read_channels(session):
                kept.pop("channel", None)
            if chosen.service:
                offered = self.office.firm.offers(chosen.service)
                kept["service"] = chosen.service if offered else True
            audit.note(
                session, account.staff, "export", now, filter=kept, searched=bool(chosen.words)
            )
            session.commit()
        table = inbox_table(self.office, words_of(request), chosen, sort)
        return download(table, f"sportello-{now:%Y-%m-%d}.csv", words_of(request).language)


def read_filter(request: Request) -> tuple[Filter, str, int]:
    """Return what was chosen: the filter, the order and the page; what is no choice is left out."""
    asked = request.query_params
    words = _text(asked.get("q")) or ""
    number = asked.get("page", "1")
    chosen = Filter(
        status=_one_of(asked.get("status"), TABS) or "open",
        service=_text(asked.get("service")),
        channel=_text(asked.get("channel")),
        due=_one_of(asked.get("due"), DUES),
        taken_by=account_of(request).staff.id if asked.get("mine") else None,
        words=words,
    )
    whole = number.isascii() and number.isdecimal() and len(number) < 8
    return (
        chosen,
        _one_of(asked.get("sort"), SORTS) or "newest",
        max(1, int(number) if whole else 1),
    )


def _text(value: str | None) -> str | None:
    """Return what was typed, on one line and no longer than a search can be; of nothing, None."""
    return " ".join((value or "").replace("\x00", "").split())[:LONGEST_SEARCH] or None


def _with(known: list[str], chosen: str | None) -> list[str]:
    return known if chosen is None or chosen in known else [*known, chosen]


def _one_of(value: str | None, known: Sequence[str]) -> str | None:
    return value if value in known else None


def _address(chosen: Filter, sort: str) -> Any:
    """Return what makes the address of this list with some things chosen otherwise."""
    now: Mapping[str, str | None] = {
        "status": chosen.status if chosen.status != "open" else None,
        "service": chosen.service,
        "channel": chosen.channel,
        "due": chosen.due,
        "mine": "1" if chosen.taken_by else None,
        "q": chosen.words or None,
        "sort": sort if sort != "newest" else None,
    }

    def address(path: str = "/inbox", **changes: Any) -> str:
        together = {**now, **changes}
        query = urlencode({name: value for name, value in together.items() if value})
        return f"{path}?{query}" if query else path

    return address
