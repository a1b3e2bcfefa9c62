"""What the views of the back office are made of: a page, who may see it, and how it is answered."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import anyio.to_thread
from sqladmin import BaseView, expose
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from actions.store import audit
from actions.store.casework import ConflictError
from actions.store.staff import Account
from bot.office.desk import OfficeDesk
from bot.office.words import Words


@dataclass(frozen=True)
class Page:
    """A template with its values; it is rendered once the database has been let go."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)
    status: int = 200


class View(BaseView):
    """A view with its place in the menu; who may not see it does not see it there either."""

    needs: ClassVar[str] = "reader"
    path: ClassVar[str] = ""
    office: ClassVar[OfficeDesk]

    def is_accessible(self, request: Request) -> bool:
        """Tell whether the role of whoever asks is enough."""
        return may(request, self.needs)

    def note(
        self,
        session: Session,
        request: Request,
        action: str,
        about: tuple[str, int | None] | None = None,
        **detail: Any,
    ) -> None:
        """Tell the audit what whoever asks does, in the caller's transaction: `audit.note`."""
        staff = account_of(request).staff
        audit.note(session, staff, action, self.office.now(), about=about, **detail)


def page(path: str, *, needs: str | None = "reader", method: str = "GET") -> Callable[..., Any]:
    """Answer a path with a function that is run in a thread, for those whose role is enough.

    What needs no role is what the guard lets through without an account.

    The function gets its view and the request, and returns a `Page` or a response. What was posted
    is in ``request.state.form``; the guard has read it and checked its token.
    """

    def wrap(function: Callable[..., Any]) -> Any:
        @functools.wraps(function)
        async def endpoint(view: Any, request: Request) -> Response:
            if needs and not may(request, needs):
                raise HTTPException(403)
            try:
                answer = await anyio.to_thread.run_sync(function, view, request)
            except ConflictError:
                # Whoever knows versions tells of a conflict; without one it can only be gone.
                raise HTTPException(404) from None
            if isinstance(answer, Page):
                rendered: Response = await view.templates.TemplateResponse(
                    request, f"office/{answer.template}", dict(answer.values), answer.status
                )
                return rendered
            return answer  # type: ignore[no-any-return]

        endpoint.needs = needs  # type: ignore[attr-defined]
        name = f"{function.__module__.rpartition('.')[2]}-{function.__name__}"
        return expose(path, methods=[method], identity=name)(endpoint)

    return wrap


def may(request: Request, role: str) -> bool:
    """Tell whether whoever asks has a role, or a higher one."""
    account: Account | None = getattr(request.state, "account", None)
    return account is not None and account.may(role)


def account_of(request: Request) -> Account:
    """Return who asks; the guard lets nobody else through."""
    account: Account = request.state.account
    return account


def words_of(request: Request) -> Words:
    """Return the words in the language of whoever asks."""
    words: Words = request.state.words
    return words


def can_be_meant(day: dt.date) -> bool:
    """Tell whether a day is one of this century; a slip such as the year 202 is none."""
    return 2000 <= day.year < 2100


def number_of(request: Request, name: str) -> int:
    """Return a number of the path.

    Raises:
        HTTPException: it is none, or more than a row's number can be: there is no such page.
    """
    return as_number(request.path_params[name])


def as_number(text: Any) -> int:
    """Return the number of a row as it was sent.

    Raises:
        HTTPException: it is none, or more than a row's number can be.
    """
    text = str(text)
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise HTTPException(404)
    return int(text)


def posted(request: Request, name: str) -> str:
    """Return a field of the form that was posted, without the spaces around it."""
    return str(request.state.form.get(name, "")).strip()


def go_to(path: str, done: str | None = None) -> Response:
    """Send the browser to a page of ours, on which it says what was done."""
    mark = f"{'&' if '?' in path else '?'}done={done}" if done else ""
    return RedirectResponse(path + mark, status_code=303)
