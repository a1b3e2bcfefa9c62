"""A small server on the loopback address that behaves like Slack's Web API, limits included.

It knows the documented methods that Sportello uses, refuses what Slack refuses, keeps what was
posted, and fails as told. ``Slack.url`` is what ``SLACK_API_URL`` takes.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.conftest import free_port

TOKEN = "xoxb-1-test"
APP_TOKEN = "xapp-1-test"
SECRET = "0123456789abcdef0123456789abcdef"
TEAM = "T0AURORA"
BOT = "U0SPORTELLO"
# The firm's channel, one in which the assistant may be called, and one in which it may not.
NOTIFY, CHANNEL, OTHER = "C0NOTIFY", "C0GENERAL", "C0OTHER"
SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,groups:history,"
    "groups:read,im:history,im:write,users:read"
)


@dataclass(frozen=True)
class Fault:
    """How the next call of a method fails.

    ``does_it`` makes it do what was asked all the same: only the answer gets lost.
    """

    status: int = 200
    error: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    does_it: bool = False
    hang_up: bool = False
    channel: str | None = None  # the next call about this channel; otherwise whatever comes next


@dataclass(frozen=True)
class Call:
    """What was called, with what, when."""

    method: str
    arguments: dict[str, Any]
    at: float
    refused: str | None = None


class Refused(Exception):
    """A call that Slack refuses."""


class Slack:
    """Listens between ``with`` and its end; its port is known, and free, before and after."""

    def __init__(self) -> None:
        self.port = free_port()
        self.calls: list[Call] = []
        self.faults: dict[str, list[Fault]] = {}
        self.users: dict[str, dict[str, Any]] = {
            "U0ANNA": {"team_id": TEAM, "locale": "it-IT", "profile": {"display_name": "Anna"}},
            "U0BRUNO": {"team_id": TEAM, "locale": "it-IT", "profile": {"display_name": "Bruno"}},
            "U0ELLEN": {"team_id": TEAM, "locale": "en-GB", "real_name": "Ellen"},
            "U0GUEST": {"team_id": TEAM, "is_restricted": True},
            "U0STRANGER": {"team_id": "T0ELSEWHERE", "is_stranger": True},
        }
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.views: list[dict[str, Any]] = []
        self.homes: dict[str, dict[str, Any]] = {}
        self.latency = 0.0
        self.lock = threading.Lock()
        self.sockets: list[web.WebSocketResponse] = []
        self.socket_replies: list[dict[str, Any]] = []
        self._ts = 1_700_000_000_000_000

    @property
    def url(self) -> str:
        """What ``SLACK_API_URL`` takes."""
        return f"http://127.0.0.1:{self.port}/api/"

    def response_url(self, name: str) -> str:
        """The address to which a command is answered."""
        return f"http://127.0.0.1:{self.port}/hooks/{name}"

    def __enter__(self) -> Slack:
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method fail, in turn."""
        with self.lock:
            self.faults.setdefault(method, []).extend(faults)

    def called(self, *methods: str) -> list[Call]:
        """Return what was called with success, in order."""
        with self.lock:
            return [c for c in self.calls if c.method in methods and c.refused is None]

    def posts(self, channel: str | None = None) -> list[dict[str, Any]]:
        """Return every message that stands in a channel, or anywhere, as it is now."""
        with self.lock:
            return [
                message
                for name, messages in self.messages.items()
                for message in messages
                if channel in (None, name)
            ]

    def send_through_socket(self, envelope: dict[str, Any]) -> None:
        """Deliver something to whoever opened a socket."""
        socket = self.sockets[-1]
        asyncio.run_coroutine_threadsafe(socket.send_str(json.dumps(envelope)), self._loop).result(
            10
        )

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=2**22)
        app.router.add_post("/api/{method}", self._api)
        app.router.add_post("/hooks/{name}", self._hook)
        app.router.add_get("/socket", self._socket)
        self._runner = web.AppRunner(app, access_log=None)
        self._loop.run_until_complete(self._runner.setup())
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        self._loop.run_until_complete(site.start())
        started.set()
        self._loop.run_forever()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        return await self._answer(request, method, arguments)

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        arguments = {**await request.json(), "name": request.match_info["name"]}
        return await self._answer(request, "response_url", arguments)

    async def _answer(
        self, request: web.Request, method: str, arguments: dict[str, Any]
    ) -> web.StreamResponse:
        with self.lock:
            queue = self.faults.get(method, [])
            meant = (f for f in queue if f.channel in (None, arguments.get("channel")))
            fault = next(meant, None)
            if fault is not None:
                queue.remove(fault)
        await asyncio.sleep(fault.after if fault else self.latency)
        if fault is not None:
            if fault.does_it:
                self._do(request, method, arguments)
            else:
                self._keep(method, arguments, fault.error or f"http_{fault.status}")
            if fault.hang_up:
                assert request.transport is not None
                request.transport.close()
            if fault.status != 200 or fault.error:
                body = {"ok": False, "error": fault.error or "fatal_error"}
                return web.json_response(body, status=fault.status, headers=fault.headers)
        else:
            answer = self._do(request, method, arguments)
        if fault is not None:
            answer = {"ok": True}
        return web.json_response(answer, headers={"X-OAuth-Scopes": SCOPES})

    def _do(self, request: web.Request, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        name = "_" + method.replace(".", "_")
        try:
            if method != "response_url":
                wanted = APP_TOKEN if method.startswith("apps.") else TOKEN
                given = request.headers.get("Authorization", "").removeprefix("Bearer ")
                if given != wanted and arguments.get("token") != wanted:
                    raise Refused("invalid_auth")
            if not hasattr(self, name):
                raise Refused("unknown_method")
            with self.lock:
                answer = getattr(self, name)(arguments)
        except Refused as refusal:
            self._keep(method, arguments, str(refusal))
            return {"ok": False, "error": str(refusal)}
        self._keep(method, arguments)
        return {"ok": True, **answer}

    def _keep(self, method: str, arguments: dict[str, Any], refused: str | None = None) -> None:
        with self.lock:
            self.calls.append(Call(method, arguments, time.monotonic(), refused))

    # The methods -------------------------------------------------------------------------------

    def _auth_test(self, _arguments: dict[str, Any]) -> dict[str, Any]:
        return {"team_id": TEAM, "team": "Studio Aurora", "user_id": BOT, "user": "sportello"}

    def _users_info(self, arguments: dict[str, Any]) -> dict[str, Any]:
        user = self.users.get(arguments.get("user", ""))
        if user is None:
            raise Refused("user_not_found")
        return {"user": {"id": arguments["user"], **user}}

    def _conversations_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": "D" + arguments["users"][1:]}}

    def _conversations_info(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["channel"] not in (NOTIFY, CHANNEL, OTHER):
            raise Refused("channel_not_found")
        return {"channel": {"id": arguments["channel"], "is_member": arguments["channel"] != OTHER}}

    def _conversations_history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found = self.messages.get(arguments["channel"], [])
        return {"messages": [m for m in found if not m.get("thread_ts")]}

    def _conversations_replies(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found = self.messages.get(arguments["channel"], [])
        thread = arguments["ts"]
        return {"messages": [m for m in found if thread in (m.get("thread_ts"), m["ts"])]}

    def _chat_postMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        check_message(arguments)
        channel = _real(arguments["channel"])
        self._ts += 1_000_000
        ts = f"{self._ts / 1e6:.6f}"
        kept = {name: arguments.get(name) for name in ("text", "blocks", "metadata", "thread_ts")}
        self.messages.setdefault(channel, []).append({"ts": ts, "channel": channel, **kept})
        return {"channel": channel, "ts": ts, "message": {"ts": ts}}

    def _chat_postEphemeral(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        check_message(arguments)
        if arguments.get("user") not in self.users:
            raise Refused("user_not_in_channel")
        return {"message_ts": "1.1"}

    def _chat_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        check_message(arguments)
        for message in self.messages.get(arguments["channel"], []):
            if message["ts"] == arguments.get("ts"):
                message.update(text=arguments.get("text"), blocks=arguments.get("blocks"))
                return {"channel": arguments["channel"], "ts": message["ts"]}
        raise Refused("message_not_found")

    def _views_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if not arguments.get("trigger_id"):
            raise Refused("invalid_trigger_id")
        check_view(arguments["view"], "modal")
        view = {**arguments["view"], "id": f"V0{len(self.views):06}", "hash": "1.a"}
        self.views.append(view)
        return {"view": view}

    def _views_publish(self, arguments: dict[str, Any]) -> dict[str, Any]:
        check_view(arguments["view"], "home")
        self.homes[arguments["user_id"]] = arguments["view"]
        return {"view": arguments["view"]}

    def _response_url(self, arguments: dict[str, Any]) -> dict[str, Any]:
        check_message({**arguments, "channel": CHANNEL})
        return {}

    def _apps_connections_open(self, _arguments: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"ws://127.0.0.1:{self.port}/socket"}

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_str(json.dumps({"type": "hello", "num_connections": 1}))
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.socket_replies.append(json.loads(message.data))
        return socket


def check_message(arguments: dict[str, Any]) -> None:
    """Refuse what Slack refuses of a message."""
    if not str(arguments.get("channel") or "").startswith(("C", "D", "G", "U")):
        raise Refused("channel_not_found")
    if not arguments.get("text") and not arguments.get("blocks"):
        raise Refused("no_text")
    if len(arguments.get("text") or "") > 40_000:
        raise Refused("msg_too_long")
    blocks = arguments.get("blocks")
    if blocks is not None:
        check_blocks(blocks, 50)
        if sum(len(text["text"]) for text in texts_of(blocks)) > 13_000:
            raise Refused("msg_blocks_too_long")


def check_view(view: dict[str, Any], kind: str) -> None:
    """Refuse what Slack refuses of a modal or home."""
    if view.get("type") != kind:
        raise Refused("invalid_arguments")
    if kind == "modal":
        for name in ("title", "submit", "close"):
            if name in view and not 0 < len(view[name]["text"]) <= 24:
                raise Refused("invalid_arguments")
        if any(b["type"] == "input" for b in view["blocks"]) and "submit" not in view:
            raise Refused("missing_submit")
    check_blocks(view["blocks"], 100)


def check_blocks(blocks: Any, most: int) -> None:
    """Refuse blocks that break one of Slack's documented limits."""
    ids = [block.get("block_id") for block in blocks if block.get("block_id")]
    ok = isinstance(blocks, list) and len(blocks) <= most and len(ids) == len(set(ids))
    for block in blocks:
        ok = ok and len(block.get("block_id", "")) <= 255 and _fits(block)
    if not ok:
        raise Refused("invalid_blocks")


def texts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every text object."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def pings(arguments: dict[str, Any]) -> list[str]:
    """Return every text of a message by which Slack would call somebody."""
    texts = [arguments.get("text") or ""]
    texts += [t["text"] for t in texts_of(arguments.get("blocks")) if t["type"] == "mrkdwn"]
    if arguments.get("link_names"):
        return texts
    return [text for text in texts if any(mark in text for mark in ("<!", "<@", "<#"))]


def _fits(block: dict[str, Any]) -> bool:
    kind = block["type"]
    if kind == "section":
        return 0 < len(block["text"]["text"]) <= 3000
    if kind == "header":
        return block["text"]["type"] == "plain_text" and 0 < len(block["text"]["text"]) <= 150
    if kind == "context":
        return 0 < len(block["elements"]) <= 10
    if kind == "actions":
        elements = block["elements"]
        names = [element["action_id"] for element in elements]
        return (
            0 < len(elements) <= 25
            and len(names) == len(set(names))
            and all(map(_element_fits, elements))
        )
    if kind == "input":
        return 0 < len(block["label"]["text"]) <= 2000 and _element_fits(block["element"])
    return kind in ("divider", "image")


def _element_fits(element: dict[str, Any]) -> bool:
    kind = element["type"]
    if not 0 < len(element["action_id"]) <= 255:
        return False
    if kind == "button":
        return 0 < len(element["text"]["text"]) <= 75 and len(element.get("value", "")) <= 2000
    if kind in ("static_select", "checkboxes", "radio_buttons"):
        most = 100 if kind == "static_select" else 10
        return 0 < len(element["options"]) <= most and all(
            0 < len(option["text"]["text"]) <= 75 and 0 < len(option["value"]) <= 150
            for option in element["options"]
        )
    if kind == "plain_text_input":
        return element.get("max_length", 1) <= 3000
    return kind == "datepicker"


def _real(channel: str) -> str:
    """A person's id leads to the direct messages with them."""
    return "D" + channel[1:] if channel.startswith("U") else channel


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        arguments = json.loads(await request.read() or b"{}")
        return arguments if isinstance(arguments, dict) else {}
    return {name: str(value) for name, value in (await request.post()).items()}
