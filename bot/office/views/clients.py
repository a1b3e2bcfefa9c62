"""The clients, and what to do with those who stand there twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from actions.store import audit, casework, inbox
from actions.store.casework import MERGED_FIELDS, ConflictError
from actions.store.models import Client
from bot.office.pages import (
    Page,
    View,
    account_of,
    as_number,
    go_to,
    number_of,
    page,
    posted,
    words_of,
)
from bot.office.views.inbox import LONGEST_SEARCH

SIZE = 25
MOST_PAIRS = 100


class Clients(View):
    """Who asked."""

    name = "clients"
    path = "/clients"

    @page("/clients")
    def clients(self, request: Request) -> Page:
        """List the clients, or those whose name, address or telephone begins as was typed."""
        words = " ".join(request.query_params.get("q", "").replace("\x00", "").split())
        asked = request.query_params.get("page", "1")
        number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 8 else 1
        with self.office.sessions() as session:
            found = inbox.read_clients(
                session, words[:LONGEST_SEARCH], number=max(1, number), size=SIZE
            )
            if found.rows:
                self.note(session, request, "read_clients", number=len(found.rows))
                session.commit()
        return Page(
            "clients.html",
            {"title": words_of(request)("menu_clients"), "page": found, "words": words},
        )

    @page("/clients/{id}")
    def client(self, request: Request) -> Page:
        """Show a client with all requests; that it was read is noted first."""
        with self.office.sessions() as session:
            client = _client(session, number_of(request, "id"))
            self.note(session, request, "read", ("client", client.id))
            session.commit()
            values = {
                "title": client.name,
                "client": client,
                "contacts": list(client.other_contacts),
                "engagements": sorted(client.engagements, key=lambda each: -each.id),
                "consents": list(client.consents),
                "duplicates": casework.duplicates_of(session, client.id),
                "history": audit.entries_about(session, "client", client.id),
            }
        return Page("client.html", values)

    @page("/clients/{id}/contacts/{contact}/remove", needs="staff", method="POST")
    def remove_contact(self, request: Request) -> Response:
        """Take away another contact of a client."""
        number = number_of(request, "id")
        with self.office.sessions() as session:
            _client(session, number)
            gone = casework.remove_contact(
                session,
                number,
                number_of(request, "contact"),
                account_of(request).staff,
                self.office.now(),
            )
            session.commit()
        return go_to(f"/clients/{number}", "contact_removed" if gone else "conflict")

    @page("/duplicates")
    def duplicates(self, request: Request) -> Page:
        """List the clients who may be the same."""
        with self.office.sessions() as session:
            pairs = casework.possible_duplicates(session, limit=MOST_PAIRS)
            if pairs:
                self.note(session, request, "read_clients", number=2 * len(pairs))
                session.commit()
        title = words_of(request)("duplicates")
        return Page("duplicates.html", {"title": title, "pairs": pairs})

    @page("/duplicates/{one}/{other}", needs="staff")
    def compare(self, request: Request) -> Page:
        """Show two clients side by side, to choose what stays of each."""
        return self._compare(request)

    @page("/duplicates/{one}/{other}/merge", needs="staff", method="POST")
    def merge(self, request: Request) -> Page | Response:
        """Make one client of two."""
        keep, drop = number_of(request, "one"), number_of(request, "other")
        form = request.state.form
        chosen = {
            name: as_number(form[name]) for name in MERGED_FIELDS if form.get(name) is not None
        }
        if not set(chosen.values()) <= {keep, drop} or keep == drop:
            raise HTTPException(400)
        versions = {number: as_number(form.get(f"version_{number}")) for number in (keep, drop)}
        try:
            with self.office.sessions() as session:
                _client(session, keep)
                casework.merge_clients(
                    session,
                    keep,
                    drop,
                    chosen,
                    account_of(request).staff,
                    self.office.now(),
                    versions=versions,
                )
                session.commit()
        except ConflictError:
            with self.office.sessions() as session:
                if session.get(Client, drop) is None:
                    # A colleague has merged the two, or one was erased.
                    return go_to(f"/clients/{keep}", "conflict")
            return self._compare(request, 409)
        return go_to(f"/clients/{keep}", "merged")

    @page("/duplicates/{one}/{other}/dismiss", needs="staff", method="POST")
    def dismiss(self, request: Request) -> Response:
        """Note that two clients are two."""
        with self.office.sessions() as session:
            casework.dismiss_duplicate(
                session,
                number_of(request, "one"),
                number_of(request, "other"),
                account_of(request).staff,
                self.office.now(),
            )
            session.commit()
        return go_to(_back(posted(request, "back")), "dismissed")

    def _compare(self, request: Request, status: int = 200) -> Page:
        with self.office.sessions() as session:
            # The elder one stays: its number stands in what was told before.
            both = sorted(
                (_client(session, number_of(request, name)) for name in ("one", "other")),
                key=lambda client: client.id,
            )
            if both[0] is both[1]:
                raise HTTPException(404)
            for client in both:
                self.note(session, request, "read", ("client", client.id))
            session.commit()
            values: dict[str, Any] = {
                "title": words_of(request)("compare"),
                "keep": both[0],
                "drop": both[1],
                "engagements": {client.id: list(client.engagements) for client in both},
                "fields": MERGED_FIELDS,
                "conflict": status == 409,
            }
        return Page("compare.html", values, status)


def _client(session: Session, number: int) -> Any:
    client = session.get(Client, number)
    if client is None:
        raise HTTPException(404)
    return client


def _back(path: str) -> str:
    """Return the page that a form came from, if it is one of those with this form."""
    known = path.startswith(("/clients/", "/intakes/")) and path.rpartition("/")[2].isdecimal()
    return path if known else "/duplicates"
