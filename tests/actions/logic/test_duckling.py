"""Duckling in process, and the client of its server against a server of the test's own."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from actions.logic.duckling import (
    DucklingUnavailableError,
    HttpDuckling,
    NativeDuckling,
    TimeSpan,
)

NOW = dt.datetime.fromisoformat("2026-11-23T10:00+01:00")
TOMORROW = dt.datetime(2026, 11, 24)


@pytest.fixture(scope="module")
def native() -> NativeDuckling:
    return NativeDuckling()


@pytest.mark.parametrize(
    "text", ["sì, domani", "😀 è già domani", "l'età: domani", "\x00\ud800 domani"]
)
def test_offsets_count_characters(native: NativeDuckling, text: str) -> None:
    [span] = native.spans(text, language="it", now=NOW)
    assert text[span.start : span.end] == "domani"
    assert (span.first, span.last, span.grain) == (TOMORROW, TOMORROW, "day")


def test_the_last_day_of_a_range_is_included(native: NativeDuckling) -> None:
    [span] = native.spans("dal 10 al 15 gennaio", language="it", now=NOW)
    assert span.first == dt.datetime(2027, 1, 10)
    assert span.last == dt.datetime(2027, 1, 15)


def test_the_wall_clock_of_now_counts(native: NativeDuckling) -> None:
    midnight = dt.datetime.fromisoformat("2027-03-01T00:15+01:00")
    [span] = native.spans("today", language="en", now=midnight)
    assert span.first == dt.datetime(2027, 3, 1)


@pytest.mark.parametrize("text", ["", "a" * 20_000, "entro 99999999999 giorni", "\u202e"])
def test_odd_texts_have_no_spans(native: NativeDuckling, text: str) -> None:
    assert native.spans(text, language="it", now=NOW) == []


class Server(HTTPServer):
    """Answers what it is told and keeps the last form."""

    answer: bytes = b"[]"
    status = 200
    form: dict[str, list[str]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.form = parse_qs(self.rfile.read(length).decode())
        self.server.form["path"] = [self.path]
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def client(server: Server) -> HttpDuckling:
    return HttpDuckling(f"http://127.0.0.1:{server.server_port}/", timeout=1)


def test_http_asks_and_reads_the_documented_way(server: Server) -> None:
    value = {"type": "value", "grain": "day", "value": "2026-11-24T00:00:00.000+00:00"}
    number = {"dim": "number", "start": 0, "end": 1, "value": {"type": "value", "value": 1}}
    server.answer = json.dumps(
        [number, {"dim": "time", "start": 4, "end": 10, "value": value}]
    ).encode()
    spans = client(server).spans("sì, domani", language="it", now=NOW)
    assert spans == [TimeSpan(4, 10, "day", TOMORROW, TOMORROW)]
    assert server.form["path"] == ["/parse"]
    assert server.form["text"] == ["sì, domani"]
    assert server.form["locale"] == ["it_IT"]
    assert server.form["tz"] == ["UTC"]
    moment = dt.datetime.fromtimestamp(int(server.form["reftime"][0]) / 1000, dt.timezone.utc)
    assert moment.replace(tzinfo=None) == NOW.replace(tzinfo=None)


@pytest.mark.parametrize("answer", [b"oops", b'{"error": 1}', b"[1]", b'[{"dim": "time"}]'])
def test_http_refuses_other_answers(server: Server, answer: bytes) -> None:
    server.answer = answer
    with pytest.raises(DucklingUnavailableError):
        client(server).spans("domani", language="it", now=NOW)


def test_http_refuses_an_error_status(server: Server) -> None:
    server.status = 500
    with pytest.raises(DucklingUnavailableError):
        client(server).spans("domani", language="it", now=NOW)


def test_http_says_that_no_server_is_there() -> None:
    with pytest.raises(DucklingUnavailableError, match="/parse"):
        HttpDuckling("http://127.0.0.1:9", timeout=0.2).spans("domani", language="it", now=NOW)
