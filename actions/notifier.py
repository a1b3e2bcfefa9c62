"""The notifier: a process that sends what is in the outbox to the firm's webhook, signed.

A receiver that is slow, down or wrong keeps notifications waiting and nothing else: no intake ever
waits for it. The signature is that of the Standard Webhooks specification; see docs/webhook.md.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import requests
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from actions.settings import Settings, SettingsError, encryption_keys
from actions.store.database import create_engine, session_factory
from actions.store.notifications import LONGEST_WISH, Message, Outcome, deliver_due

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
# What was just stored has no other way to be noticed than looking.
IDLE_SECONDS = 1.0
# What is being sent when the process is told to stop may still arrive and be noted.
GRACE_SECONDS = 1.5
# Time-out, too early, too many: a client's errors that time mends.
PASSING = (408, 425, 429)
SHORTEST_KEY = 24

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Webhook:
    """The receiver: its address and the key shared with it."""

    url: str
    key: bytes = field(repr=False)
    clock: Callable[[], dt.datetime]
    timeouts: tuple[float, float] = (CONNECT_SECONDS, ANSWER_SECONDS)

    def send(self, message: Message) -> Outcome:
        """Post a message; an answer that is no answer is a failure, never an exception."""
        body = body_of(message)
        now = self.clock()
        timestamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Sportello",
            "Webhook-Id": message.key,
            "Webhook-Timestamp": timestamp,
            "Webhook-Signature": sign(self.key, message.key, timestamp, body),
            "Idempotency-Key": message.key,
        }
        try:
            # Streamed, because the status says it all: a body without end must not hold us.
            with requests.post(
                self.url,
                data=body,
                headers=headers,
                timeout=self.timeouts,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _outcome(answer.status_code, answer.headers.get("Retry-After"), now)
        except requests.Timeout:
            return Outcome("failed", "no answer in time")
        except requests.exceptions.SSLError:
            return Outcome("failed", "no secure connection")
        except requests.RequestException as error:
            # Its text would show the address, and with it what may be secret there.
            return Outcome("failed", f"no connection ({type(error).__name__})")


def body_of(message: Message) -> bytes:
    """Return what is sent: the same bytes at each attempt, because they are signed."""
    content = {
        "id": message.key,
        "topic": message.topic,
        "created_at": message.created_at.isoformat(),
        "data": message.data,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def key_of(secret: str) -> bytes:
    """Return the key in a secret, which is written as the specification says.

    Raises:
        SettingsError: it is written otherwise, or so short that it could be guessed.
    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith("whsec_") or len(key) < SHORTEST_KEY:
        raise SettingsError(
            "SPORTELLO_WEBHOOK_SECRET must be whsec_ and the base64 of at least "
            f"{SHORTEST_KEY} random bytes: docs/webhook.md tells how to make one."
        )
    return key


def sign(key: bytes, id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of the Standard Webhooks specification, version 1."""
    signed = b".".join((id.encode(), timestamp.encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def run(
    sessions: sessionmaker[Session],
    send: Callable[[Message], Outcome],
    clock: Callable[[], dt.datetime],
    stop: threading.Event,
) -> None:
    """Deliver what is due until told to stop; a database that is away is waited for."""
    away = False
    while not stop.is_set():
        try:
            # One at a time, so that a stop is noticed between two.
            tried = deliver_due(sessions, send, clock, limit=1)
        except SQLAlchemyError as error:
            tried = 0
            if not away:
                # Its text would show what was to be stored.
                logger.warning("The database can't be used (%s): waiting", type(error).__name__)
            away = True
        else:
            if away:
                logger.info("The database can be used again")
            away = False
        if not tried:
            stop.wait(IDLE_SECONDS)


def main() -> None:
    """Deliver until the process is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.read()
        if settings.webhook_url is None:
            raise SettingsError(
                "SPORTELLO_WEBHOOK_URL is not set: notifications stay queued until it is."
            )
        webhook = Webhook(settings.webhook_url, key_of(settings.webhook_secret or ""), _utc_now)
        encryption_keys()
    except SettingsError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    sessions = session_factory(create_engine(settings.database_url))
    # The work is done beside, so that a receiver that hangs does not keep us from stopping.
    endings = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, endings)
    stop = threading.Event()
    worker = threading.Thread(
        target=run, args=(sessions, webhook.send, _utc_now, stop), daemon=True
    )
    worker.start()
    logger.info("The notifier is running")
    while signal.sigtimedwait(endings, 1) is None:
        if not worker.is_alive():
            raise SystemExit(1)
    stop.set()
    worker.join(GRACE_SECONDS)


def _outcome(status: int, retry_after: str | None, now: dt.datetime) -> Outcome:
    if 200 <= status < 300:
        return Outcome("delivered")
    reason = f"answered {status}"
    if status in PASSING or status >= 500:
        return Outcome("failed", reason, _wait(retry_after, now))
    return Outcome("refused", reason)


def _wait(retry_after: str | None, now: dt.datetime) -> dt.timedelta | None:
    """Read a Retry-After, seconds or a date; what is neither counts as none."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isdecimal():
        return dt.timedelta(seconds=min(float(text), LONGEST_WISH.total_seconds()))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)) - now


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


if __name__ == "__main__":
    main()
