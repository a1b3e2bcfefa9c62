"""Signing in and out, and what everybody sets for themselves."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from actions.firm import LANGUAGES
from actions.store import staff
from actions.store.staff import SignInRefused, StaffError
from bot.office.guard import (
    address_of,
    cookie_header,
    cookie_removal,
    form_cookie,
    session_cookie,
)
from bot.office.pages import Page, View, account_of, go_to, page, posted, words_of

HOME = "/inbox"


class SignIn(View):
    """The pages about one's own account; they have no place in the menu."""

    name = "sign_in"

    @page("/login", needs=None)
    def form(self, request: Request) -> Page | Response:
        """Show the form, unless it is not needed."""
        if request.state.account is not None:
            return go_to(_inside(request.query_params.get("next")))
        return _form(request, request.query_params.get("next"))

    @page("/login", needs=None, method="POST")
    def sign_in(self, request: Request) -> Page | Response:
        """Sign in, or say why not; which half was wrong is not told."""
        wanted = posted(request, "next")
        try:
            token, _ = staff.sign_in(
                self.office.sessions,
                email=posted(request, "email"),
                password=str(request.state.form.get("password", "")),
                address=address_of(request, self.office.settings.proxies),
                now=self.office.now(),
            )
        except SignInRefused as refused:
            return _form(request, wanted, refused, email=posted(request, "email"))
        if request.state.token:
            # The cookie of this browser's session is replaced: nobody could end it any more.
            with self.office.sessions() as session:
                staff.sign_out(session, request.state.token, self.office.now())
                session.commit()
        secure = self.office.secure
        answer = RedirectResponse(_inside(wanted), 303)
        answer.headers.append("Set-Cookie", cookie_header(session_cookie(secure), token, secure))
        answer.headers.append("Set-Cookie", cookie_removal(form_cookie(secure), secure))
        return answer

    @page("/logout", method="POST")
    def sign_out(self, request: Request) -> Response:
        """End the session on the server; the cookie alone would come back from a copy."""
        with self.office.sessions() as session:
            staff.sign_out(session, request.state.token, self.office.now())
            session.commit()
        answer = RedirectResponse("/login?done=signed_out", 303)
        secure = self.office.secure
        answer.headers.append("Set-Cookie", cookie_removal(session_cookie(secure), secure))
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    @page("/account")
    def account(self, request: Request) -> Page:
        """Show one's own account."""
        return Page("account.html", {"problem": None})

    @page("/account/password", method="POST")
    def set_password(self, request: Request) -> Page | Response:
        """Change one's own password; other browsers are signed out."""
        new = str(request.state.form.get("new", ""))
        words = words_of(request)
        if new != str(request.state.form.get("again", "")):
            return Page("account.html", {"problem": words("password_differs")}, 422)
        try:
            # Guessing the old one is slowed down as at the door.
            staff.check_password(
                self.office.sessions,
                email=account_of(request).email,
                password=str(request.state.form.get("old", "")),
                address=address_of(request, self.office.settings.proxies),
                now=self.office.now(),
            )
            with self.office.sessions() as session:
                staff.change_own_password(
                    session,
                    account_of(request).id,
                    str(request.state.form.get("old", "")),
                    new,
                    self.office.now(),
                    keep=request.state.token,
                )
                session.commit()
        except SignInRefused as refused:
            problem = words("password_locked" if refused.retry_at else "password_old")
            return Page("account.html", {"problem": problem}, 422)
        except StaffError as error:
            return Page("account.html", {"problem": words(f"password_{error.reason}")}, 422)
        return go_to("/account", "password")

    @page("/account/language", method="POST")
    def set_language(self, request: Request) -> Response:
        """Choose the language of the pages."""
        language = posted(request, "language")
        if language in LANGUAGES:
            with self.office.sessions() as session:
                staff.set_language(session, account_of(request).id, language, self.office.now())
                session.commit()
        return go_to("/account", "saved")


def _form(
    request: Request, wanted: str | None, refused: SignInRefused | None = None, email: str = ""
) -> Page:
    values = {
        "next": _inside(wanted),
        "email": email,
        "refused": refused,
        "retry_at": refused and refused.retry_at,
        "title": words_of(request)("sign_in"),
    }
    return Page("login.html", values, 200 if refused is None else 429 if refused.retry_at else 400)


def _inside(wanted: str | None) -> str:
    """Return a path of ours; one that leads elsewhere becomes the beginning."""
    path = wanted or HOME
    inside = path.startswith("/") and not path.startswith(("//", "/\\", "/login"))
    return path if inside and path.isprintable() else HOME
