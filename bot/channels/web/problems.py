"""What the channel refuses: a code for programs, a sentence for people, never a traceback."""

from __future__ import annotations

import math

from rasa.shared.core.domain import Domain
from sanic.response import HTTPResponse, json

from actions.firm import LANGUAGES
from bot.channels.sentences import sentence

STATUS = {
    "bad_request": 400,
    "no_session": 401,
    "origin": 403,
    "not_found": 404,
    "key_reused": 409,
    "too_large": 413,
    "too_long": 422,
    "too_many": 429,
    "unavailable": 503,
}
UNAVAILABLE_SECONDS = 2


class Problem(Exception):
    """A request that is refused; its sentences stand in ``domain.yml`` as ``utter_refused_…``."""

    def __init__(self, code: str, wait: float | None = None) -> None:
        """Take the code, and after how many seconds it is worth trying again."""
        super().__init__(code)
        self.code = code
        self.wait = wait

    def response(self, domain: Domain) -> HTTPResponse:
        """Return the answer."""
        message = {
            language: sentence(domain, f"utter_refused_{self.code}", language)
            for language in LANGUAGES
        }
        headers = {} if self.wait is None else {"Retry-After": str(max(1, math.ceil(self.wait)))}
        return json(
            {"error": {"code": self.code, "message": message}},
            status=STATUS[self.code],
            headers=headers,
        )
