"""Whoever wants to talk to a person."""

from __future__ import annotations

import json

import sqlalchemy as sa
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from actions.store import casework
from actions.store.casework import ConflictError
from actions.store.models import CALLBACK_STATUSES, Callback
from bot.office.guard import BACKGROUND, fingerprint
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

MOST = 200


class Callbacks(View):
    """The requests to be called or written to."""

    name = "callbacks"
    path = "/callbacks"

    @page("/callbacks")
    def callbacks(self, request: Request) -> Page | Response:
        """List those that are open, the oldest first, or those that are done, the newest first."""
        status = "done" if request.query_params.get("status") == "done" else "new"
        order = Callback.id if status == "new" else Callback.id.desc()
        with self.office.sessions() as session:
            query = sa.select(Callback).where(Callback.status == status)
            found = list(session.execute(query.order_by(order).limit(MOST)).scalars())
            counts = dict(
                session.execute(
                    sa.select(Callback.status, sa.func.count()).group_by(Callback.status)
                ).all()
            )
            print_now = fingerprint(f"{status} {counts} {[(c.id, c.version) for c in found]}")
            if request.headers.get("x-seen") == print_now:
                return Response(status_code=204)
            if found:
                # A page that stands open renews itself, whether or not anybody looks at it.
                alone = BACKGROUND in request.headers
                action = "refresh_callbacks" if alone else "read_callbacks"
                self.note(session, request, action, number=len(found))
                session.commit()
            values = {
                "callbacks": [(c, json.loads(c.known) if c.known else {}) for c in found],
                "left_out": counts.get(status, 0) - len(found),
                "counts": {each: counts.get(each, 0) for each in CALLBACK_STATUSES},
            }
        return Page(
            "callbacks.html",
            {
                **values,
                "title": words_of(request)("menu_callbacks"),
                "status": status,
                "fingerprint": print_now,
            },
        )

    @page("/callbacks/{id}/status", needs="staff", method="POST")
    def set_status(self, request: Request) -> Response:
        """Note that somebody was called, or is to be called after all."""
        number, status = number_of(request, "id"), posted(request, "status")
        if status not in CALLBACK_STATUSES:
            raise HTTPException(400)
        try:
            with self.office.sessions() as session:
                if session.get(Callback, number) is None:
                    raise HTTPException(404)
                casework.set_callback(
                    session,
                    number,
                    status,
                    account_of(request).staff,
                    self.office.now(),
                    version=as_number(request.state.form.get("version")),
                )
                session.commit()
        except ConflictError:
            return go_to("/callbacks", "conflict")
        return go_to("/callbacks", f"callback_{status}")
