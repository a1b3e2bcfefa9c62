"""What stands before every page: nothing is answered that it has not let through.

Who has not signed in gets the page for that, and nothing else; a form without the session's token
is refused; every answer carries the headers that keep browsers from running or loading what is not
ours. It knows nothing of roles: see `bot.office.pages.page`.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

import anyio.to_thread
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from actions.firm import LANGUAGES
from actions.store.staff import Account, csrf_token, session_of
from bot.office.desk import OfficeDesk
from bot.office.words import Words

LARGEST_FORM = 100_000
MOST_FIELDS = 500
SAFE_METHODS = frozenset({"GET", "HEAD"})
LOGIN = "/login"
# What may be asked for without an account: signing in, what that page looks like, whether the
# process lives, and the calendar, whose address is a secret.
OPEN = (LOGIN, "/health", "/static/", "/calendar/feed/")
TOKEN_FIELD = "csrf"
# Sent by our script when it looks for news by itself: nobody is there to be kept signed in.
BACKGROUND = "x-background"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    # Nothing of a client stays in the browser's store or a proxy's.
    "Cache-Control": "no-store",
}
logger = logging.getLogger(__name__)


class _RefusedError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class Guard:
    """The middleware."""

    def __init__(self, app: ASGIApp, office: OfficeDesk) -> None:
        """Stand before an application."""
        self._app, self._office = app, office

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if self._office.secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                if fresh := scope["state"].get("fresh_cookie"):
                    headers.append("Set-Cookie", fresh)
            await send(message)

        scope.setdefault("state", {})
        try:
            answer = await self._check(scope, receive)
            if answer is not None:
                await answer(scope, receive, send_guarded)
                return
            await self._app(scope, receive, send_guarded)
        except Exception as error:
            # Only its kind is logged: what it says may hold what somebody typed.
            name = scope["state"].setdefault("error_id", secrets.token_hex(4))
            logger.error("%s: %s %s", name, type(error).__name__, _place(error))
            if not started:
                text, status = trouble(error, self._words(scope), name)
                answer = _told(self._words(scope), text, status)
                await answer(scope, receive, send_guarded)

    async def _check(self, scope: Scope, receive: Receive) -> Response | None:
        """Return the answer to what is not let through."""
        request = Request(scope, receive)
        state = scope["state"]
        # Not the path of `request.url`, into which the header Host goes: whoever asks writes that.
        path, cookie = scope["path"], request.cookies
        token = cookie.get(session_cookie(self._office.secure), "")
        account = None
        if token and not path.startswith("/static/"):
            touch = BACKGROUND not in request.headers
            account = await anyio.to_thread.run_sync(self._session, token, touch)
        state["account"], state["token"] = account, token if account else None
        state["words"] = self._office.words[self._language(request, account)]
        key = token if account else self._form_cookie(request, cookie, state)
        state["csrf"] = csrf_token(self._office.secret, key)
        if "\x00" in path or b"%00" in scope["query_string"]:
            # No file has such a name, and no database takes it for a text.
            return _told(state["words"], state["words"]("error_400"), 400)
        if request.method in SAFE_METHODS:
            return None if account or is_open(path) else self._sign_in_first(request)
        try:
            state["form"] = await read_form(request)
            check_origin(request)
            if account is None and not is_open(path):
                return _signed_out(state["words"], state["form"])
            given = state["form"].get(TOKEN_FIELD, "")
            if not hmac.compare_digest(given.encode(), state["csrf"].encode()):
                raise _RefusedError(403, "error_form_token")
        except _RefusedError as refused:
            logger.warning("a form was refused: %s", refused.text)
            return _told(state["words"], state["words"](refused.text), refused.status)
        return None

    def _session(self, token: str, touch: bool) -> Account | None:
        office = self._office
        with office.sessions() as session:
            account = session_of(session, token, office.now(), office.limits, touch=touch)
            session.commit()
            return account

    def _sign_in_first(self, request: Request) -> Response:
        if BACKGROUND in request.headers:
            return _told(request.state.words, request.state.words("error_signed_out"), 401)
        query = request.scope["query_string"].decode("latin-1")
        wanted = request.scope["path"] + (f"?{query}" if query else "")
        next_page = f"?next={quote(wanted)}" if wanted != "/" else ""
        return RedirectResponse(LOGIN + next_page, 303)

    def _form_cookie(self, request: Request, cookie: dict[str, str], state: Any) -> str:
        """Return what the form for signing in is tied to; the browser gets it with that form."""
        name = form_cookie(self._office.secure)
        key = cookie.get(name, "")
        if not key:
            key = secrets.token_urlsafe(32)
            if request.scope["path"] == LOGIN:
                state["fresh_cookie"] = cookie_header(name, key, self._office.secure)
        return key

    def _language(self, request: Request, account: Account | None) -> str:
        wished = request.query_params.get("lang")
        if account is None and wished in LANGUAGES:
            return str(wished)
        if account is not None:
            return account.language
        for part in request.headers.get("accept-language", "").split(","):
            if (language := part.strip()[:2].lower()) in LANGUAGES:
                return language
        return str(self._office.firm.languages[0])

    def _words(self, scope: Scope) -> Words:
        return scope["state"].get("words") or self._office.words[self._office.firm.languages[0]]


def trouble(error: Exception, words: Words, name: str) -> tuple[str, int]:
    """Return what is said of an error that nobody foresaw, and the answer's status."""
    away = isinstance(error, SQLAlchemyError)
    return f"{words('error_database' if away else 'error_ours')} ({name})", 503 if away else 500


def is_open(path: str) -> bool:
    """Tell whether a path is answered without an account."""
    return any(path.startswith(known) if known[-1] == "/" else path == known for known in OPEN)


def session_cookie(secure: bool) -> str:
    """Return the name of the session's cookie; over HTTPS one that no other host can set."""
    return "__Host-sportello_office" if secure else "sportello_office"


def form_cookie(secure: bool) -> str:
    """Return the name of the cookie to which the form for signing in is tied."""
    return "__Host-sportello_form" if secure else "sportello_form"


def cookie_header(name: str, value: str, secure: bool) -> str:
    """Return the header that sets a cookie for this browser's session, unreadable for scripts."""
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{'; Secure' if secure else ''}"


def cookie_removal(name: str, secure: bool) -> str:
    """Return the header that removes a cookie."""
    return f"{cookie_header(name, '', secure)}; Max-Age=0"


async def read_form(request: Request) -> dict[str, Any]:
    """Return the fields that were posted; of a repeated one ``<name>[]`` is the list.

    Raises:
        _RefusedError: it is no form, or larger than one of ours can be.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _RefusedError(415, "error_form_kind")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise _RefusedError(413, "error_form_size")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise _RefusedError(400, "error_form_kind") from None
    form: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):  # none of ours is called so, and it would pass for a list
            continue
        # What can't be stored or sent on as text, NUL and halves of characters, is left out.
        text = value.replace("\x00", "").encode("utf-8", "ignore").decode()
        form[name] = text
        form.setdefault(f"{name}[]", []).append(text)
    return form


def check_origin(request: Request) -> None:
    """Refuse what another site's page sends.

    Raises:
        _RefusedError: the browser says so.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise _RefusedError(403, "error_form_origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise _RefusedError(403, "error_form_origin")


def address_of(request: Request, proxies: int) -> str:
    """Return the network address of who asks, as the nearest trusted proxy has seen it."""
    # A proxy may add to the header or put another one below.
    seen = [
        part.strip() for part in ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    ]
    if proxies and len(seen) >= proxies and seen[-proxies]:
        return seen[-proxies]
    return request.client.host if request.client else ""


def fingerprint(text: str) -> str:
    """Return a short digest by which a page notices that something has changed."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _signed_out(words: Words, form: Mapping[str, Any]) -> Response:
    """Return the page after a form that came too late, with what was typed: it is not saved."""
    typed = [
        value
        for name, value in form.items()
        if isinstance(value, str)
        and name != "base"
        and "password" not in name
        # A word by itself, a number or a choice is quickly typed again.
        and len(value.split()) > 1
    ]
    field = Markup('<p><textarea readonly rows="6" aria-label="{label}">{value}</textarea></p>')
    more = Markup("<p>{text}</p>{fields}").format(
        text=words("not_saved_typed"),
        fields=Markup("").join(
            field.format(label=words("typed_here"), value=value) for value in typed
        ),
    )
    way = (LOGIN, words("sign_in"))
    return _told(words, words("error_signed_out"), 401, more if typed else None, way)


def _told(
    words: Words,
    text: str,
    status: int,
    more: Markup | None = None,
    way: tuple[str, str] | None = None,
) -> Response:
    """Return a page that says one thing, with a way on; no template is asked for it."""
    page = Markup(
        '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{text}</title>'
        '<link rel="stylesheet" href="/static/office.css"></head><body><main class="alone">'
        '<div class="card"><h1>{text}</h1>{more}<p><a href="{path}">{name}</a></p></div>'
        "</main></body></html>"
    )
    path, name = way or ("/inbox", words("to_inbox"))
    content = page.format(language=words.language, text=text, more=more or "", path=path, name=name)
    return HTMLResponse(content, status)


def _place(error: Exception) -> str:
    """Return the line of ours at which an error came up."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "/office/" in file or "/store/" in file:
            place = f"{file.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
