"""Starts the servers, waits until they answer, restarts one that dies, and stops them all."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests

from actions.settings import Settings

START_SECONDS = 120
STOP_SECONDS = 10
LONGEST_PAUSE = 30.0
STABLE_SECONDS = 60
PURGE_SECONDS = 24 * 3600
_PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """A server could not be started; the message says why and what would do."""


@dataclass
class Child:
    """One process: how it is started, and where it answers, if it does."""

    name: str
    module: str
    port: int | None = None
    setting: str | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 1.0
    due: float | None = None

    @property
    def health(self) -> str:
        """Address that answers once the server works."""
        return f"http://127.0.0.1:{self.port}/health"


@dataclass
class Supervisor:
    """The servers of one Sportello, as children of this process."""

    settings: Settings
    say: Callable[[str], None] = print
    # The back office is for a firm at work, not for one conversation in a terminal.
    office: bool = False
    children: list[Child] = field(default_factory=list)
    purge: subprocess.Popen[bytes] | None = None
    next_purge: float = 0.0

    def __post_init__(self) -> None:
        """Name the servers; the actions come first, because the bot calls them."""
        self.children = [
            Child(
                "action server",
                "bot.action_server",
                self.settings.action_port,
                "SPORTELLO_ACTION_PORT",
            ),
            Child("bot", "bot.server", self.settings.bot_port, "SPORTELLO_BOT_PORT"),
        ]
        if self.office:
            self.children.append(
                Child(
                    "back office",
                    "bot.office.server",
                    self.settings.office_port,
                    "SPORTELLO_OFFICE_PORT",
                )
            )
        if self.settings.webhook_url is not None:
            self.children.append(Child("notifier", "actions.notifier"))

    def start(self) -> None:
        """Start every server and return once all of them answer.

        Raises:
            StartError: a port is taken, or a server gave up; those already started are stopped.
        """
        for child in self.children:
            if child.port is not None and _is_taken(child.port):
                raise StartError(
                    f"Port {child.port} of the {child.name} is busy: stop what uses it, "
                    f"or choose another with {child.setting}."
                )
        try:
            for child in self.children:
                self._spawn(child)
            for child in self.children:
                self._wait_for(child)
        except BaseException:
            self.stop()
            raise

    def watch(self) -> None:
        """Restart servers that die, sooner at first and later if they keep dying; never returns.

        Once a day what is older than ``firm.yml`` allows is deleted, too.
        """
        while True:
            time.sleep(0.3)
            for child in self.children:
                self._look_after(child)
            self._purge_daily()

    def stop(self) -> None:
        """Ask every server to stop, and end those that do not in time."""
        for child in self.children:
            if child.process and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            child.process = None
        if self.purge:
            # One transaction: it has happened as a whole, or will tomorrow.
            self.purge.terminate()
            self.purge.wait()
            self.purge = None

    def log_of(self, child: Child) -> Path:
        """Return the file into which a server writes what it has to say."""
        return self.settings.logs / f"{child.name.replace(' ', '-')}.log"

    def _look_after(self, child: Child) -> None:
        if child.due is not None:
            if time.monotonic() >= child.due:
                child.due = None
                self._spawn(child)
            return
        if child.process is None or child.process.poll() is None:
            return
        if time.monotonic() - child.started > STABLE_SECONDS:
            child.pause = 1.0
        self.say(f"The {child.name} ended unexpectedly; it starts again in {child.pause:.0f} s.")
        child.due = time.monotonic() + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _purge_daily(self) -> None:
        if time.monotonic() >= self.next_purge and (
            not self.purge or self.purge.poll() is not None
        ):
            self.next_purge = time.monotonic() + PURGE_SECONDS
            self.purge = self._run("bot", "purge", log=self.settings.logs / "purge.log")

    def _spawn(self, child: Child) -> None:
        child.process = self._run(child.module, log=self.log_of(child))
        child.started = time.monotonic()

    def _run(self, module: str, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self.settings.home,
                env=_environment(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own, so that Ctrl-C reaches us alone and we stop it in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def _wait_for(self, child: Child) -> None:
        assert child.process is not None
        while time.monotonic() - child.started < START_SECONDS:
            if child.process.poll() is not None:
                raise StartError(
                    f"The {child.name} could not start: {_last_line(self.log_of(child))} "
                    f"(its log: {self.log_of(child)})"
                )
            # One that has no port works as soon as it runs.
            if child.port is None or answers(child.health):
                return
            time.sleep(0.1)
        raise StartError(
            f"The {child.name} did not answer within {START_SECONDS} s; "
            f"its log: {self.log_of(child)}"
        )


def answers(url: str) -> bool:
    """Tell whether an address answers with success, within a second."""
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "SPORTELLO_HOME": str(settings.home),
        "SPORTELLO_VAR": str(settings.var),
        "PYTHONPATH": os.pathsep.join(
            [str(settings.home), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
    }


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"


def _die_with_parent() -> None:
    # Even a kill -9 of this process must not leave servers behind on their ports (Linux only).
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
