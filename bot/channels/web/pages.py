"""The widget's files, and in development a page of the firm to try it on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sanic.request import Request
from sanic.response import HTTPResponse, file, html

from actions.firm import Firm
from actions.settings import Settings
from bot.channels.web.problems import Problem

TEMPLATES = Path(__file__).parent / "templates"
_NAME = re.compile(r"[A-Za-z0-9_-]+\.(js|css|svg|txt)")
_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
# What a strict page allows; the widget must work under it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Pages:
    """The routes that answer with files and pages."""

    def __init__(self, settings: Settings, firm: Firm) -> None:
        """Take where the widget was built, and the firm that the pages show."""
        self._widget = settings.widget
        self._firm = firm
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
        )

    async def widget_file(self, _request: Request, name: str) -> HTTPResponse:
        """Return a file of the widget.

        Raises:
            Problem: there is none of this name, or the widget was not built.
        """
        return await _file(self._widget, name, {"Cross-Origin-Resource-Policy": "cross-origin"})

    async def page_file(self, _request: Request, name: str) -> HTTPResponse:
        """Return a file of the pages."""
        return await _file(TEMPLATES, name, {})

    async def demo(self, request: Request) -> HTTPResponse:
        """Return a page of the firm with the chat on it."""
        return self._page(request, "demo.html")

    async def snippet(self, request: Request) -> HTTPResponse:
        """Return a page with the line that a firm adds to its own."""
        return self._page(request, "snippet.html")

    def _page(self, request: Request, template: str) -> HTTPResponse:
        language = "en" if request.args.get("lang") == "en" else "it"
        values: dict[str, Any] = {
            "firm": self._firm,
            "language": language,
            "built": (self._widget / "sportello.js").exists(),
            "address": f"{request.scheme}://{request.host}/webhooks/web/widget/sportello.js",
        }
        text = self._templates.get_template(template).render(values)
        return html(text, headers={"Content-Security-Policy": POLICY})


async def _file(folder: Path, name: str, headers: dict[str, str]) -> HTTPResponse:
    path = folder / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Problem("not_found")
    # Always asked for anew: a new version is there at once, and the browser is told if it is not.
    return await file(
        path,
        mime_type=_TYPES[name.rpartition(".")[2]],
        headers={"Cache-Control": "no-cache", **headers},
    )
