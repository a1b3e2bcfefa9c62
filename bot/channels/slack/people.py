"""Who may use the assistant in Slack: what ``firm.yml`` lists, and no guests or strangers.

What counts is who Slack says that somebody is, never what a message says of itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from actions.firm import Slack

KNOWN_SECONDS = 600
# While Slack does not answer, what it said within a day still counts.
STALE_SECONDS = 24 * 3600
ASK_SECONDS = 2.0
NOBODY = ("user_not_found", "user_not_visible", "users_not_found")
# Only a stand-in for Slack has no such method.
NO_SUCH_METHOD = "unknown_method"
logger = logging.getLogger(__name__)


class UnknownError(Exception):
    """Slack does not say now who somebody is."""


@dataclass(frozen=True)
class Member:
    """Somebody in Slack; ``refusal`` names the response that declines them."""

    team: str
    id: str
    name: str
    language: str
    refusal: str | None = None

    @property
    def full_id(self) -> str:
        """The id that no other workspace has."""
        return f"{self.team}:{self.id}"


class People:
    """Asks Slack who somebody is, and remembers it for a while."""

    def __init__(self, client: AsyncWebClient, slack: Slack, languages: tuple[str, ...]) -> None:
        """Take what the firm allows, and its languages, the first of which strangers get."""
        self._client = client
        self._slack = slack
        self._languages = languages
        self._known: dict[tuple[str, str], tuple[float, Member]] = {}
        self._asking: dict[tuple[str, str], asyncio.Future[Member]] = {}
        self._home: str | None = None
        self._bot: str | None = None
        self._asked = False

    @property
    def language(self) -> str:
        """The language of whom nothing is known, and of the firm's channel."""
        return self._languages[0]

    @property
    def bot(self) -> str | None:
        """The bot's own id, once Slack has told it."""
        return self._bot

    def language_of(self, team: str, user: str) -> str:
        """Return somebody's language as far as Slack told it already."""
        known = self._known.get((team, user))
        return known[1].language if known else self.language

    async def find(self, team: str, user: str) -> Member:
        """Return who somebody is, with the reason if they may not use the assistant anywhere.

        Raises:
            UnknownError: Slack does not answer, or not so that it can be told.
        """
        now = time.monotonic()
        known = self._known.get((team, user))
        if known and now - known[0] < KNOWN_SECONDS:
            return known[1]
        asking = self._asking.get((team, user))
        if asking is None:
            asking = asyncio.ensure_future(self._learn(team, user))
            self._asking[(team, user)] = asking
            asking.add_done_callback(lambda done: self._asked_for(team, user, done))
        try:
            # Who comes too late for this question answers the next one.
            return await asyncio.wait_for(asyncio.shield(asking), ASK_SECONDS)
        except Exception as error:
            if known and now - known[0] < STALE_SECONDS:
                return known[1]
            raise UnknownError(type(error).__name__) from None

    async def refusal(self, team: str, user: str, channel: str) -> str | None:
        """Return the response that declines somebody here, or None if they may.

        Raises:
            UnknownError: that can't be told now.
        """
        member = await self.find(team, user)
        if member.refusal:
            return member.refusal
        allowed = self._slack.channels
        public = not channel.startswith(("D", "U", "W"))
        if public and allowed and channel not in (*allowed, self._slack.notify):
            return "utter_slack_not_this_channel"
        return None

    async def _learn(self, team: str, user: str) -> Member:
        member = await self._ask(team, user)
        self._known[(team, user)] = (time.monotonic(), member)
        return member

    def _asked_for(self, team: str, user: str, done: asyncio.Future[Member]) -> None:
        del self._asking[(team, user)]
        if not done.cancelled():
            done.exception()  # whoever waited was told

    async def _ask(self, team: str, user: str) -> Member:
        if not self._asked:
            who = await self._call("auth.test", {})
            self._home, self._bot = who.get("team_id"), who.get("user_id")
            self._asked = True
        allowed = self._slack.workspaces or ((self._home,) if self._home else ())
        if allowed and team not in allowed:
            return self._member(team, user, {}, "utter_slack_not_this_workspace")
        try:
            answer = await self._call("users.info", {"user": user, "include_locale": "true"})
        except SlackApiError as error:
            if _code(error) in NOBODY:
                return self._member(team, user, {}, "utter_slack_not_this_workspace")
            logger.warning("Slack does not say who somebody is: %s", _code(error))
            raise UnknownError(_code(error)) from None
        found = answer.get("user")
        found = found if isinstance(found, dict) else {}
        return self._member(team, user, found, self._why_not(team, user, found, allowed))

    def _why_not(
        self, team: str, user: str, found: dict[str, Any], allowed: tuple[str, ...]
    ) -> str | None:
        foreign = found.get("team_id") not in (None, team, *allowed)
        if found.get("is_stranger") or found.get("deleted") or foreign:
            return "utter_slack_not_this_workspace"
        if found.get("is_restricted") or found.get("is_ultra_restricted"):
            return "utter_slack_no_guests"
        if self._slack.users and user not in self._slack.users:
            return "utter_slack_not_listed"
        return None

    def _member(self, team: str, user: str, found: dict[str, Any], refusal: str | None) -> Member:
        profile = found.get("profile")
        profile = profile if isinstance(profile, dict) else {}
        name = profile.get("display_name") or found.get("real_name") or found.get("name") or user
        locale = str(found.get("locale") or "")[:2]
        language = locale if locale in self._languages else self.language
        return Member(team, user, str(name)[:80], language, refusal)

    async def _call(self, method: str, arguments: dict[str, str]) -> Any:
        try:
            answer = await self._client.api_call(method, data=arguments)
        except SlackApiError as error:
            if _code(error) == NO_SUCH_METHOD:
                return {}
            raise
        return answer.data if isinstance(answer.data, dict) else {}


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    if isinstance(data, dict):
        return str(data.get("error"))
    missing = getattr(error.response, "status", None) == 404
    return NO_SUCH_METHOD if missing else "no answer"
