"""The accounts of the staff, for whoever administers them; `sportello staff add` makes one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from actions.store import staff
from actions.store.models import ROLES, StaffAccount
from actions.store.staff import StaffError
from bot.office.pages import Page, View, account_of, go_to, number_of, page, posted, words_of


class Accounts(View):
    """Who may sign in, and what they may do."""

    name = "accounts"
    path = "/accounts"
    needs = "admin"

    @page("/accounts", needs="admin")
    def accounts(self, request: Request) -> Page:
        """List the accounts."""
        return self._list(request)

    @page("/accounts/{id}/role", needs="admin", method="POST")
    def set_role(self, request: Request) -> Page | Response:
        """Give an account another role."""
        role = posted(request, "role")
        if role not in ROLES:
            raise HTTPException(400)
        return self._change(
            request,
            lambda session, number: staff.set_role(
                session, number, role, self.office.now(), by=account_of(request).staff
            ),
        )

    @page("/accounts/{id}/disable", needs="admin", method="POST")
    def disable(self, request: Request) -> Page | Response:
        """Shut an account out, at once."""
        return self._change(
            request,
            lambda session, number: staff.disable(
                session, number, self.office.now(), by=account_of(request).staff
            ),
        )

    @page("/accounts/{id}/enable", needs="admin", method="POST")
    def enable(self, request: Request) -> Page | Response:
        """Let an account in again."""
        return self._change(
            request,
            lambda session, number: staff.enable(
                session, number, self.office.now(), by=account_of(request).staff
            ),
        )

    @page("/accounts/{id}/unlock", needs="admin", method="POST")
    def unlock(self, request: Request) -> Page | Response:
        """Forget the wrong passwords that were tried."""

        def change(session: Session, number: int) -> None:
            staff.unlock(
                session,
                session.get(StaffAccount, number).email,
                self.office.now(),
                by=account_of(request).staff,
            )

        return self._change(request, change)

    def _list(self, request: Request, problem: str | None = None) -> Page:
        with self.office.sessions() as session:
            found = staff.list_accounts(session, self.office.now())
        values = {
            "title": words_of(request)("menu_accounts"),
            "accounts": found,
            "roles": ROLES,
            "me": account_of(request).id,
            "problem": problem,
        }
        return Page("accounts.html", values, 422 if problem else 200)

    def _change(self, request: Request, change: Callable[[Session, int], None]) -> Page | Response:
        number = number_of(request, "id")
        try:
            with self.office.sessions() as session:
                if session.get(StaffAccount, number) is None:
                    raise HTTPException(404)
                change(session, number)
                session.commit()
        except StaffError:
            return self._list(request, words_of(request)("last_admin"))
        return go_to("/accounts", "saved")
