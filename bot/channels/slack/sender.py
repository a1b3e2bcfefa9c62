"""Sends what is in ``slack_posts``: in order, at Slack's pace, each once, however long it takes."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from actions.store import slack_posts
from actions.store.slack_posts import Place, Post

LOOK_SECONDS = 1.0
CALL_SECONDS = 10
STOP_SECONDS = 1.5
# Slack takes one post a second in a channel, and a few more in a burst.
BURST = 8
A_SECOND = 1.0
RESPONSE_URL = "response_url"
EVENT_TYPE = "sportello_post"
# Slack's own addresses for answers to commands; with a stand-in, those of the stand-in.
HOOKS = "hooks.slack.com"
BAD_BLOCKS = (
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "invalid_arguments",
)
# What a person can mend: the post waits for it.
MENDABLE = (
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "missing_scope",
    "not_in_channel",
    "channel_not_found",
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
)
AWAY = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
# What has arrived already, or what there is no longer anything to change of.
POINTLESS = ("message_not_found", "cant_update_message", "used_url", "expired_url")
logger = logging.getLogger(__name__)


class Sender:
    """The way out of this process; several processes may send at the same time."""

    def __init__(
        self,
        client: AsyncWebClient,
        sessions: sessionmaker[Session],
        clock: Callable[[], dt.datetime],
    ) -> None:
        """Take Slack, the database and the clock."""
        self._client = client
        self._sessions = sessions
        self._clock = clock
        self._news = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._paces: dict[str, tuple[float, float]] = {}
        self._claiming = asyncio.Lock()
        self._stopping = False
        self._hooks = {HOOKS, urlsplit(client.base_url).hostname}

    def wake(self) -> None:
        """Look at once."""
        self._news.set()

    async def run(self) -> None:
        """Send what is due until told to stop; never returns before."""
        while not self._stopping:
            self._news.clear()
            found: list[Post] = []
            async with self._claiming:
                with suppress(SQLAlchemyError):
                    found = await asyncio.to_thread(self._claim)
                for post in found:
                    task = asyncio.create_task(self._deliver(post))
                    self._sending.add(task)
                    task.add_done_callback(self._sending.discard)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_SECONDS)

    async def stop(self) -> None:
        """Let what is being sent arrive."""
        self._stopping = True
        self.wake()
        async with self._claiming:
            # What was claimed in this moment is being sent as well, or its lease would hold it up.
            pass
        if self._sending:
            await asyncio.wait(self._sending, timeout=STOP_SECONDS)

    async def _deliver(self, post: Post) -> None:
        try:
            if post.method == "chat.postMessage":
                await self._keep_pace(post.lane)
            await self._try(post)
        except SQLAlchemyError as error:
            # Not noted: the lease runs out, and it is looked for before it is sent again.
            logger.warning("a post to Slack could not be noted: %s", type(error).__name__)
        except Exception as error:
            logger.error("a post to Slack failed: %s", type(error).__name__)
            with suppress(SQLAlchemyError):
                await self._note(slack_posts.put_off, post, type(error).__name__)
        self.wake()

    async def _try(self, post: Post) -> None:
        parent = None
        if post.parent_key is not None:
            parent = await asyncio.to_thread(self._place, post.parent_key)
            if parent is None:
                await self._note(slack_posts.given_up, post, "what it belongs to is not there")
                return
        if post.unsure_since is not None and post.method == "chat.postMessage":
            try:
                there = await self._look_for(post, parent)
            except (SlackApiError, aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                wait = _retry_after(error) if isinstance(error, SlackApiError) else None
                if wait is not None or _code(error) not in _CANT_LOOK:
                    await self._note(
                        slack_posts.put_off, post, f"looking for it: {_code(error)}", wait=wait
                    )
                    return
                there = None
            if there is not None:
                await self._note(slack_posts.delivered, post, there.channel, there.ts)
                return
        try:
            answer = await self._call(post, parent)
        except SlackApiError as error:
            await self._refused(post, parent, error)
        except aiohttp.ClientConnectorError:
            await self._note(
                slack_posts.put_off,
                post,
                "no connection",
                surely_not_there=post.unsure_since is None,
            )
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            await self._note(slack_posts.put_off, post, type(error).__name__ or "no answer")
        else:
            await self._arrived(post, parent, answer)

    async def _refused(self, post: Post, parent: Place | None, error: SlackApiError) -> None:
        code, wait = _code(error), _retry_after(error)
        if wait is not None or code in ("ratelimited", "rate_limited"):
            wait = wait or dt.timedelta(seconds=1)
            logger.info("Slack asks to wait %.0f s", wait.total_seconds())
            await self._note(
                slack_posts.put_off, post, "ratelimited", wait=wait, surely_not_there=True
            )
        elif code in BAD_BLOCKS and post.arguments.get("blocks"):
            # What is said matters more than how it looks.
            logger.warning("Slack refuses blocks: %s", code)
            bare = {k: v for k, v in post.arguments.items() if k != "blocks"}
            try:
                answer = await self._call(_with(post, bare), parent)
            except SlackApiError as again:
                if _retry_after(again) is None and _code(again) not in MENDABLE:
                    await self._note(slack_posts.given_up, post, _code(again))
                    return
                await self._note(slack_posts.put_off, post, _code(again))
            else:
                await self._arrived(post, parent, answer)
        elif code in POINTLESS:
            await self._note(slack_posts.given_up, post, code)
        elif code in MENDABLE or _status(error) >= 500:
            surely = code in MENDABLE and code not in AWAY and _status(error) < 500
            logger.warning("a post to Slack waits: %s", code)
            await self._note(slack_posts.put_off, post, code, surely_not_there=surely)
        else:
            logger.error("Slack refuses a post: %s", code)
            await self._note(slack_posts.given_up, post, code)

    async def _arrived(self, post: Post, parent: Place | None, answer: dict[str, Any]) -> None:
        channel = answer.get("channel") or post.arguments.get("channel")
        ts = answer.get("ts") or (parent.ts if parent else None)
        await self._note(
            slack_posts.delivered,
            post,
            str(channel)[:40] if channel else None,
            str(ts)[:30] if ts else None,
        )

    async def _call(self, post: Post, parent: Place | None) -> dict[str, Any]:
        arguments = dict(post.arguments)
        if post.method == RESPONSE_URL:
            return await self._answer_command(arguments)
        if post.method == "chat.update" and parent is not None:
            arguments.update(channel=parent.channel, ts=parent.ts)
        elif parent is not None:
            arguments.update(channel=parent.channel, thread_ts=parent.ts)
        if post.method == "chat.postMessage":
            # By this it is found again if the answer to the call gets lost.
            arguments["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"key": post.key}}
        answer = await self._client.api_call(post.method, json=arguments)
        return answer.data if isinstance(answer.data, dict) else {}

    async def _answer_command(self, arguments: dict[str, Any]) -> dict[str, Any]:
        url = str(arguments.pop("url"))
        if urlsplit(url).hostname not in self._hooks:
            raise _refusal(404, "expired_url")
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.post(url, json=arguments) as answer,
        ):
            if answer.status == 429 or answer.status >= 500:
                raise _refusal(answer.status, "", dict(answer.headers))
            if answer.status >= 400:
                raise _refusal(answer.status, "expired_url")
            return {}

    async def _look_for(self, post: Post, parent: Place | None) -> Place | None:
        """Return where a post stands that may have arrived."""
        channel = parent.channel if parent else str(post.arguments["channel"])
        if channel.startswith(("U", "W")):
            opened = await self._client.api_call("conversations.open", json={"users": channel})
            channel = opened["channel"]["id"]
        thread = parent.ts if parent else post.arguments.get("thread_ts")
        assert post.unsure_since is not None
        asked: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{post.unsure_since.timestamp() - 60:.6f}",
            "include_all_metadata": "true",
            "limit": "200",
        }
        method = "conversations.history"
        if thread:
            method, asked["ts"] = "conversations.replies", thread
        answer = await self._client.api_call(method, data=asked)
        for message in answer.get("messages") or ():
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("key") == post.key:
                return Place(channel, message["ts"])
        return None

    async def _keep_pace(self, lane: str) -> None:
        """Wait as long as a lane has had its burst and not its second."""
        now = time.monotonic()
        left, since = self._paces.get(lane, (float(BURST), now))
        left = min(float(BURST), left + (now - since) / A_SECOND) - 1
        self._paces[lane] = (left, now)
        if left < 0:
            await asyncio.sleep(-left * A_SECOND)

    async def _note(self, how: Callable[..., None], post: Post, *args: Any, **kwargs: Any) -> None:
        await asyncio.to_thread(self._write, how, post, *args, **kwargs)

    def _write(self, how: Callable[..., None], post: Post, *args: Any, **kwargs: Any) -> None:
        with self._sessions() as session:
            how(session, post, self._clock(), *args, **kwargs)
            session.commit()

    def _claim(self) -> list[Post]:
        with self._sessions() as session:
            return slack_posts.claim_due(session, self._clock())

    def _place(self, key: str) -> Place | None:
        with self._sessions() as session:
            return slack_posts.place_of(session, key)


# With these there is no history to look into: better twice than never.
_CANT_LOOK = (
    "missing_scope",
    "not_in_channel",
    "channel_not_found",
    "thread_not_found",
    "unknown_method",
    "not_allowed_token_type",
)


class _Answer:
    """What an answer to a command looks like when it is refused."""

    def __init__(self, status: int, error: str, headers: dict[str, str] | None = None) -> None:
        self.status_code = status
        self.data = {"ok": False, "error": error or f"http_{status}"}
        self.headers = headers or {}


def _refusal(status: int, error: str, headers: dict[str, str] | None = None) -> SlackApiError:
    refusal: SlackApiError = SlackApiError("", _Answer(status, error, headers))  # type: ignore[no-untyped-call]
    return refusal


def _with(post: Post, arguments: dict[str, Any]) -> Post:
    return Post(**{**post.__dict__, "arguments": arguments})


def _code(error: Exception) -> str:
    response = getattr(error, "response", None)
    data = getattr(response, "data", None)
    if isinstance(data, dict) and data.get("error"):
        return str(data["error"])[:100]
    status = _status(error)
    return f"http_{status}" if status else type(error).__name__


def _status(error: Exception) -> int:
    """Return the status of an answer; one that could not be read has another class."""
    response = getattr(error, "response", None)
    for name in ("status_code", "status"):
        status = getattr(response, name, None)
        if isinstance(status, int):
            return status
    return 0


def _retry_after(error: Exception) -> dt.timedelta | None:
    """Return how long Slack asks to wait, if it does."""
    response = getattr(error, "response", None)
    if _status(error) != 429:
        return None
    headers = {str(k).lower(): v for k, v in dict(getattr(response, "headers", {}) or {}).items()}
    text = str(headers.get("retry-after") or "1").strip()
    seconds = float(text) if text.isascii() and text.isdecimal() else 1.0
    return dt.timedelta(seconds=min(max(seconds, 1.0), 3600.0))
