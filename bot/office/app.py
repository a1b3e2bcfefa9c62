"""The application of the back office: SQLAdmin with our views, behind the guard."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
from sqladmin import Admin
from sqladmin.authentication import AuthenticationBackend
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.office.desk import OfficeDesk
from bot.office.guard import Guard, trouble
from bot.office.pages import View
from bot.office.phrases import add_phrases
from bot.office.views import every_view
from bot.office.views.audit import Audit
from bot.office.words import Words

HERE = Path(__file__).parent
# SQLAdmin's own routes that we use; its forms would write without an audit, its export could run
# formulas in a spreadsheet, and its way out works with a mere link.
KEPT = ("index", "list")


class _Guarded(AuthenticationBackend):
    """Tells SQLAdmin that whoever comes so far has been let through by the guard."""

    def __init__(self) -> None:
        self.middlewares: list[Middleware] = []

    async def authenticate(self, request: Request) -> bool:
        return True


class _Built(StaticFiles):
    """The files that `make widget` builds; before that there are none, which is no fault."""

    async def check_config(self) -> None:
        """Do without the folder."""


class Office(Admin):
    """SQLAdmin with the pages of the back office."""

    def __init__(self, app: Starlette, office: OfficeDesk) -> None:
        """Add every view and nothing else."""
        super().__init__(
            app,
            session_maker=office.sessions,
            base_url="/",
            title=office.firm.name,
            templates_dir=str(HERE / "templates"),
            authentication_backend=_Guarded(),
        )
        self.admin.router.routes = [
            route for route in self.admin.routes if getattr(route, "name", None) in KEPT
        ]
        self.admin.exception_handlers = {
            HTTPException: self._told,
            Exception: self._failed,
        }
        environment = self.templates.env
        environment.undefined = jinja2.StrictUndefined
        environment.trim_blocks = environment.lstrip_blocks = True
        add_phrases(environment, office, self)
        View.office = office
        for view in every_view():
            self.add_view(view)

    async def index(self, request: Request) -> Response:
        """Begin with the inbox."""
        return Response(status_code=303, headers={"Location": "/inbox"})

    async def _told(self, request: Request, error: Exception) -> Response:
        """Say in a sentence what can't be done; the page has a way back."""
        assert isinstance(error, HTTPException)
        words: Words = request.state.words
        code = f"error_{error.status_code}"
        values = {"message": words(code if code in words else "error_ours")}
        answer: Response = await self.templates.TemplateResponse(
            request, "office/error.html", values, error.status_code
        )
        answer.headers.update(error.headers or {})
        return answer

    async def _failed(self, request: Request, error: Exception) -> Response:
        """Say that something failed, with the name under which the log tells of it."""
        name = request.state.error_id = secrets.token_hex(4)
        message, status = trouble(error, request.state.words, name)
        answer: Response = await self.templates.TemplateResponse(
            request, "office/error.html", {"message": message}, status
        )
        return answer


def create_app(office: OfficeDesk) -> Starlette:
    """Return the application: the pages, their files, and whether the process lives."""
    app = Starlette(
        routes=[
            Route("/health", _health),
            Mount("/static/charts", _Built(directory=office.settings.widget, check_dir=False)),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(Guard, office=office)],
    )
    Office(app, office)
    return app


def routes_of(app: Starlette) -> Iterable[tuple[str, str, str | None]]:
    """Yield the method, path and least role of every route; None where no account is needed."""
    for route in app.routes:
        if isinstance(route, Route):
            yield from ((method, route.path, None) for method in sorted(route.methods or ()))
        elif isinstance(route, Mount) and route.name != "admin":
            yield from ((method, f"{route.path}/{{file}}", None) for method in ("GET", "HEAD"))
    admin: Any = next(route for route in app.routes if getattr(route, "name", "") == "admin")
    for route in admin.routes:
        for method in sorted(route.methods):
            if route.name == "list":
                # SQLAdmin's own: it asks the view of a table for the role.
                yield from ((method, t.path, t.needs) for t in every_view() if issubclass(t, Audit))
            else:
                yield method, route.path, getattr(route.endpoint, "needs", "reader")


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})
