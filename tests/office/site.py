"""The back office at work for the tests: a filled database, its own process, people in browsers."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from actions.settings import Settings
from actions.store import models
from actions.store.database import session_factory
from actions.store.encryption import search_key
from actions.store.search import index_client
from bot.office.guard import fingerprint
from tests.conftest import HOME
from tests.office_server import Browser, prepared, serve_office

NOW = dt.datetime.now(dt.timezone.utc)
TODAY = NOW.date()
_numbers = count(1)


@dataclass
class Site:
    """A running back office with its database and folders."""

    url: str
    settings: Settings
    engine: Engine
    log: Path
    _people: dict[str, Browser] = field(default_factory=dict)

    def nobody(self) -> Browser:
        """Return a browser in which nobody has signed in."""
        return Browser.new(self.url)

    def somebody(self, role: str) -> Browser:
        """Return a browser of its own in which the account of a role has just signed in."""
        browser = self.nobody()
        assert browser.sign_in(role).status_code == 303
        return browser

    def person(self, role: str) -> Browser:
        """Return the browser that tests share in which the account of a role has signed in."""
        if role not in self._people:
            self._people[role] = self.somebody(role)
        return self._people[role]

    @contextmanager
    def database(self) -> Iterator[Session]:
        """Yield a session that is committed at the end."""
        with session_factory(self.engine)() as session:
            yield session
            session.commit()

    def run(self, statement: Any) -> None:
        """Run one statement in the database."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement) if isinstance(statement, str) else statement)

    def counts(self, *without: str) -> dict[str, int]:
        """Return how many rows each table has."""
        with self.engine.connect() as connection:
            return {
                table.name: connection.execute(
                    sa.select(sa.func.count()).select_from(table)
                ).scalar_one()
                for table in models.metadata.sorted_tables
                if table.name not in without
            }

    def content(self, *without: str) -> dict[str, list[Any]]:
        """Return every row of every table."""
        with self.engine.connect() as connection:
            return {
                table.name: [
                    tuple(row) for row in connection.execute(sa.select(table).order_by("id"))
                ]
                for table in models.metadata.sorted_tables
                if table.name not in without
            }

    def last_entry(self) -> int:
        """Return the number of the newest entry of the audit."""
        with self.engine.connect() as connection:
            return int(
                connection.execute(sa.select(sa.func.max(models.AuditEntry.id))).scalar() or 0
            )

    def entries_after(self, number: int) -> list[Any]:
        """Return the entries of the audit after one."""
        with session_factory(self.engine)() as session:
            query = sa.select(models.AuditEntry).where(models.AuditEntry.id > number)
            return list(session.scalars(query.order_by(models.AuditEntry.id)))

    def get(self, model: Any, number: int) -> Any:
        """Return a row as it is now."""
        with session_factory(self.engine)() as session:
            return session.get(model, number)

    def drafts(self) -> dict[str, str]:
        """Return the files that pages may write, by name."""
        data = self.settings.home / "data"
        return {
            str(path.relative_to(data)): path.read_text(encoding="utf-8")
            for folder in ("drafts", "faq")
            for path in sorted((data / folder).glob("*"))
        }


@contextmanager
def open_site(
    settings: Settings, database_url: str, folder: Path, **environment: str
) -> Iterator[Site]:
    """Start a back office on an empty database, with a folder of its own that it may change."""
    home = folder / "home"
    home.mkdir()
    for name in ("config.yml", "domain.yml", "firm.yml"):
        shutil.copy(HOME / name, home / name)
    shutil.copytree(HOME / "data", home / "data", ignore=shutil.ignore_patterns("drafts"))
    own, engine = prepared(settings, database_url, folder)
    own = Settings(**{**vars(own), "home": home, "firm_file": home / "firm.yml"})
    log = folder / "office.log"
    with serve_office(own, log, **environment) as url:
        yield Site(url, own, engine, log)
    engine.dispose()


def add_client(session: Session, **more: Any) -> models.Client:
    """Add a client."""
    number = next(_numbers)
    client = models.Client(
        **{
            "name": f"Elena Marchetti {number}",
            "form": "company",
            "relation": "external",
            "contact_name": "Paolo Riva",
            "email": f"elena{number}@cliente.example",
            "phone": f"+39066982{number % 10000:04d}",
            "language": "it",
            "created_at": NOW,
            **more,
        }
    )
    session.add(client)
    session.flush()
    index_client(session, client)
    session.add(
        models.Consent(
            client_id=client.id,
            policy_version="2026-11",
            notice_hash="0" * 64,
            language="it",
            channel="web",
            given_by="button",
            given_at=NOW,
        )
    )
    return client


def add_intake(session: Session, client: Any = None, due: int | None = 5, **more: Any) -> Any:
    """Add a request with everything that hangs on one, and return it."""
    number = next(_numbers)
    conversation = f"rest:{number}"
    day = None if due is None else TODAY + dt.timedelta(days=due)
    intake = models.Engagement(
        **{
            "reference": f"T{number:03d}-AAAA",
            "client_id": (client or add_client(session)).id,
            "service": "Consulenza fiscale",
            "channel": "web",
            "conversation_id": conversation,
            "submission_key": conversation,
            "created_at": NOW,
            "due_date": day,
            **more,
        }
    )
    session.add(intake)
    session.flush()
    session.add_all(
        [
            models.Expectation(engagement_id=intake.id, position=1, text="una dichiarazione"),
            models.Deadline(
                engagement_id=intake.id,
                position=1,
                said="entro allora",
                purpose="la bozza",
                kind="date" if day else "vague",
                due_date=day,
                warn_on=day and day - dt.timedelta(days=4),
            ),
            models.AnswerChange(
                engagement_id=intake.id, field="email", old="a@x.example", changed_at=NOW
            ),
            models.Note(
                engagement_id=intake.id,
                text="ha chiamato",
                written_by="staff:2",
                written_name="Bruno Neri",
                written_at=NOW,
            ),
        ]
    )
    for kind, text in (("user", "buongiorno"), ("bot", "Come posso aiutarLa?")):
        say(session, conversation, kind, text)
    session.flush()
    return intake


def say(session: Session, conversation: str, kind: str, text: str) -> None:
    """Add a message to a conversation."""
    session.execute(
        models.events.insert().values(
            sender_id=conversation,
            type_name=kind,
            timestamp=NOW.timestamp(),
            data=json.dumps({"event": kind, "text": text}),
        )
    )


def add_contact(session: Session, client_id: int, contact: str | None = None) -> int:
    """Add another contact of a client, and return its number."""
    contact = contact or f"altro{next(_numbers)}@cliente.example"
    row = models.OtherContact(client_id=client_id, contact=contact, contact_key=search_key(contact))
    session.add(row)
    session.flush()
    return int(row.id)


def add_twins(session: Session) -> tuple[int, int]:
    """Add two clients who may be the same, each with a request; return their numbers."""
    one, other = add_client(session), add_client(session)
    first, _ = add_intake(session, one), add_intake(session, other)
    session.add(
        models.PossibleDuplicate(engagement_id=first.id, other_client_id=other.id, reason="email")
    )
    session.flush()
    return one.id, other.id


def add_callback(session: Session, **more: Any) -> int:
    """Add somebody who wants to be called, and return its number."""
    number = next(_numbers)
    callback = models.Callback(
        **{
            "contact": f"+39066982{number % 10000:04d}",
            "name": "Marta Galli",
            "known": json.dumps({"client_form": "company", "service": "tax"}),
            "language": "it",
            "channel": "web",
            "conversation_id": f"call:{number}",
            "created_at": NOW,
            **more,
        }
    )
    session.add(callback)
    session.flush()
    return int(callback.id)


def add_question(session: Session, text: str = "avete un parcheggio?", **more: Any) -> str:
    """Add a question without an answer, and return the name of its group."""
    question = models.UnansweredQuestion(
        **{
            "text": text,
            "language": "it",
            "channel": "web",
            "nearest": "[]",
            "asked_at": NOW,
            **more,
        }
    )
    session.add(question)
    session.flush()
    return f"q{question.id}"


def add_notification(session: Session, **more: Any) -> int:
    """Add a notification that was given up, and return its number."""
    number = next(_numbers)
    row = models.Notification(
        **{
            "key": f"key-{number}",
            "topic": "intake",
            "payload": "{}",
            "created_at": NOW,
            "attempts": 3,
            "parked_at": NOW,
            "last_error": "500 Internal Server Error",
            **more,
        }
    )
    session.add(row)
    session.flush()
    return int(row.id)


def add_post(session: Session, **more: Any) -> int:
    """Add a post of Slack's that was given up, and return its number."""
    number = next(_numbers)
    row = models.SlackPost(
        **{
            "key": f"post-{number}",
            "lane": "C1",
            "method": "chat.postMessage",
            "arguments": "{}",
            "created_at": NOW,
            "due_at": NOW,
            "done_at": NOW,
            "last_error": "channel_not_found",
            **more,
        }
    )
    session.add(row)
    session.flush()
    return int(row.id)


def add_draft(site: Site, text: str | None = None) -> str:
    """Add a draft of an answer, and return its name."""
    name = f"bozza_{next(_numbers)}"
    folder = site.settings.home / "data" / "drafts"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yml").write_text(
        text or "title: {it: DA COMPLETARE, en: TO COMPLETE}\n", encoding="utf-8"
    )
    return name


def seen_of(site: Site, name: str) -> str:
    """Return what the form of a draft sends, by which somebody else's change is noticed."""
    path = site.settings.home / "data" / "drafts" / f"{name}.yml"
    return fingerprint(path.read_text(encoding="utf-8"))


def form_of(intake: Any, **changed: Any) -> dict[str, Any]:
    """Return what the form that corrects a request sends; the request's session is still open."""
    client = intake.client
    return {
        "version": intake.version,
        "client_version": client.version,
        "name": client.name,
        "form": client.form,
        "relation": client.relation,
        "contact_name": client.contact_name or "",
        "email": client.email or "",
        "phone": client.phone or "",
        "service": intake.service,
        "expectations": "\n".join(each.text for each in intake.expectations),
        "deadline_id": [each.id for each in intake.deadlines],
        "deadline_said": [each.said for each in intake.deadlines],
        "deadline_purpose": [each.purpose or "" for each in intake.deadlines],
        "deadline_due_date": [
            each.due_date.isoformat() if each.due_date else "" for each in intake.deadlines
        ],
        "deadline_due_time": [
            each.due_time.isoformat("minutes") if each.due_time else "" for each in intake.deadlines
        ],
        **changed,
    }
