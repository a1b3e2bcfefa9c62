"""A line between a program and its server that a test can cut, restore, or make swallow answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.conftest import free_port


class Proxy:
    """Passes connections on to a port of the loopback address between ``with`` and its end."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        # What to wait for in a question, and what tells that its answer came and was not passed on.
        self._marker: bytes | None = None
        self._kept = threading.Event()

    def __enter__(self) -> Proxy:
        self.restore()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cut()

    def restore(self) -> None:
        """Let connections be made (again)."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Refuse connections from now on, and break those that there are."""
        if self._listener is not None:
            _close(self._listener)
            self._listener = None
        with self._lock:
            broken, self._open = self._open, set()
        for end in broken:
            _close(end)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Cut the line for as long as the block lasts."""
        self.cut()
        try:
            yield
        finally:
            self.restore()

    @contextmanager
    def keeping_answer_to(self, question: bytes) -> Iterator[threading.Event]:
        """Keep back the answer to the next question that holds these bytes.

        The event is set once the server has answered; who asked waits until the line is cut, which
        it is at the end of the block, for a moment.
        """
        self._kept.clear()
        self._marker = question
        try:
            yield self._kept
        finally:
            self._marker = None
            self.cut()
            self.restore()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
                except OSError:
                    _close(client)
                    continue
                server.settimeout(None)
                with self._lock:
                    self._open |= {client, server}
                silent = threading.Event()
                for pump, ends in (
                    (self._ask, (client, server)),
                    (self._answer, (server, client)),
                ):
                    threading.Thread(target=pump, args=(*ends, silent), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self._marker is not None and self._marker in data:
                    self._marker = None
                    silent.set()
                server.sendall(data)
        self._end(client, server)

    def _answer(
        self, server: socket.socket, client: socket.socket, silent: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if silent.is_set():
                    self._kept.set()
                else:
                    client.sendall(data)
        self._end(client, server)

    def _end(self, *ends: socket.socket) -> None:
        with self._lock:
            self._open -= set(ends)
        for end in ends:
            _close(end)


def _close(end: socket.socket) -> None:
    # Closing alone does not wake who reads from it in another thread.
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
