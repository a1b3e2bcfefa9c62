"""Which pages may talk to the bot from a visitor's browser."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from sanic.request import Request

from bot.channels.web.problems import Problem

METHODS = "GET, POST, DELETE"
HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


class Origins:
    """The pages of ``firm.yml``, and in development those of this machine."""

    def __init__(self, listed: Collection[str], development: bool) -> None:
        """Take the origins as ``scheme://host[:port]``."""
        self._listed = frozenset(listed)
        self._development = development

    def check(self, request: Request) -> None:
        """Refuse a page that is not listed.

        Programs send no origin: they have no visitor's browser to abuse, and still need a token.

        Raises:
            Problem: the page may not talk to the bot.
        """
        if not self._may(request):
            raise Problem("origin")

    def headers(self, request: Request) -> dict[str, str]:
        """Return what lets the browser hand the answer to the page."""
        origin = request.headers.get("origin")
        if not origin or not self._may(request):
            return {"Vary": "Origin"}
        return {
            "Vary": "Origin",
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": HEADERS,
            "Access-Control-Expose-Headers": "Retry-After",
            "Access-Control-Max-Age": "600",
        }

    def _may(self, request: Request) -> bool:
        origin = request.headers.get("origin")
        if origin is None or origin in self._listed:
            return True
        if not self._development:
            return False
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.hostname in THIS_MACHINE
