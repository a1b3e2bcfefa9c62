"""A webhook receiver on the loopback address: answers as told and keeps what it was sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.conftest import free_port

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@dataclass(frozen=True)
class Answer:
    """What the receiver answers, after how long; ``endless`` never ends its body."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    endless: bool = False


@dataclass(frozen=True)
class Request:
    """What it was sent."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]

    def is_genuine(self, secret: str = SECRET) -> bool:
        """Check the signature as docs/webhook.md tells receivers to."""
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return any(
            hmac.compare_digest(given, f"v1,{expected}")
            for given in self.headers["webhook-signature"].split()
        )


class Receiver:
    """Listens between ``with`` and its end; its port is known, and free, before and after.

    Answers the first requests with ``answers``, in turn, and all further ones with 200.
    """

    def __init__(self, *answers: Answer) -> None:
        self.port = free_port()
        self.answers = list(answers)
        self.received: list[Request] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its address; the query stands for what is secret in an address."""
        return f"http://127.0.0.1:{self.port}/hook?token=hidden"

    def __enter__(self) -> Receiver:
        self.over = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def take(self, request: Request) -> Answer:
        """Keep a request and say how to answer it."""
        with self.lock:
            self.received.append(request)
            return self.answers.pop(0) if self.answers else Answer()


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Return once something holds.

    Raises:
        AssertionError: it did not within that time.
    """
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"still not so after {seconds} s"
        time.sleep(0.02)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.take(Request(self.path, headers, body))
            receiver.over.wait(answer.after)
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "1000" if answer.endless else "0")
                self.end_headers()
                if answer.endless:
                    receiver.over.wait(30)
            except OSError:
                pass  # who asked did not wait for the answer

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler
