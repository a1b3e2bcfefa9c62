"""An office with years of requests behind it, made up: for measuring the back office's queries.

The names are those of people and firms who do not exist; how often each occurs is as in Italy.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.logic.references import ALPHABET
from actions.store.encryption import encrypt, search_key
from actions.store.models import (
    AuditEntry,
    Callback,
    Client,
    ClientTerm,
    Consent,
    Deadline,
    Engagement,
    Expectation,
    Feedback,
    IntakeRun,
    Notification,
    PossibleDuplicate,
    UnansweredQuestion,
    UsageCount,
)
from actions.store.search import terms_of

TODAY = dt.date(2026, 11, 23)
YEARS = 2
FAQ = Path(__file__).parents[1] / "data" / "faq"
TURNS = {"answered": 300, "handed_off": 15, "unanswered": 40, "unclear": 20, "other": 400}
STOPS = {
    "consent": 35,
    "client_name": 8,
    "client_form": 5,
    "contact": 3,
    "relation": 6,
    "email": 18,
    "phone": 7,
    "service": 4,
    "expectations": 8,
    "deadline": 4,
    "confirm": 2,
}
ENDS = {"": 60, "cancelled": 20, "refused": 12, "kept": 8}
ASKED = (
    *("Fate anche visure?", "dove si parcheggia?", "c'è posto per parcheggiare l'auto?"),
    *("quanto costa la prima consulenza?", "quanto mi fate pagare?", "siete aperti il sabato?"),
    *("do you speak German?", "where can I park?", "accettate pagamenti a rate?"),
)
CHANNELS = ("web", "slack", "rest")
STATUSES = {"new": 2, "in_charge": 3, "accepted": 10, "declined": 10, "closed": 75}
SERVICES = {
    "Consulenza fiscale": 40,
    "Contabilità e bilanci": 25,
    "Assistenza legale": 20,
    "Consulenza aziendale": 12,
    "Perizia di un immobile": 2,
    "Traduzione giurata": 1,
}
# Thousands of bearers, as the surnames of Italy are spread; the tail is made of syllables.
# fmt: off
SURNAMES = {
    "Rossi": 90, "Ferrari": 52, "Russo": 62, "Bianchi": 40, "Romano": 41, "Gallo": 28,
    "Costa": 29, "Fontana": 27, "Conti": 27, "Esposito": 38, "Ricci": 32, "Bruno": 29,
    "De Luca": 26, "Moretti": 25, "Marino": 31, "Greco": 29, "Barbieri": 23, "Lombardi": 24,
    "Giordano": 24, "Rossetti": 9, "Rosa": 10, "Colombo": 33, "Mancini": 23, "Longo": 20,
    "D'Angelo": 18, "D'Amico": 17, "Rinaldi": 20, "Martini": 16, "Leone": 18, "Serra": 15,
    "Villa": 14, "Conte": 15, "Ferraro": 15, "Ferri": 14, "Fabbri": 14, "Caputo": 14,
    "Dell'Orto": 2, "Nicolò": 2, "Müller": 2, "Rosselli": 3, "Roselli": 2, "Rosati": 4,
}
FIRST_NAMES = {
    "Giuseppe": 40, "Maria": 60, "Anna": 40, "Antonio": 35, "Giovanni": 33, "Mario": 22,
    "Luigi": 20, "Francesco": 28, "Angela": 16, "Rosa": 18, "Giovanna": 14, "Marco": 22,
    "Andrea": 24, "Laura": 18, "Paola": 15, "Sara": 13, "Giulia": 16, "Chiara": 13,
    "Alessandro": 17, "Roberto": 18, "Stefano": 15, "Salvatore": 18, "Niccolò": 3, "Rosario": 4,
    "Rosanna": 5, "Federica": 9, "Elena": 12, "Luca": 15, "Matteo": 11, "José": 1,
}
# fmt: on
SYLLABLES = (
    "ba be bi ca co da di fa fe ga gi la lo ma me na ne pa pe ra ri sa se ta ti va ve".split()
)
ENDINGS = ("ni", "telli", "ro", "ssi", "nti", "lla", "schi")
FIRMS = ("Costruzioni", "Trasporti", "Studio", "Officine", "Panificio", "Immobiliare", "Edilizia")
HOSTS = {"gmail.com": 45, "libero.it": 20, "hotmail.it": 10, "pec.it": 10, "example.org": 15}
EXPECTATIONS = ("risposte chiare", "tempi certi", "un preventivo scritto", "un solo referente")
SAID = ("entro il quindici", "a metà mese", "prima di Natale", "tra due settimane")

Rows = list[tuple[Any, ...]]


def fill(engine: Engine, number: int, seed: int = 20261123, today: dt.date = TODAY) -> None:
    """Store that many requests, each with a client, and what an office has beside them. Commits.

    The same seed and day give the same office. The tables must be empty and stay unread meanwhile;
    on PostgreSQL statistics are made at the end.
    """
    now = dt.datetime.combine(today, dt.time(9, 30), dt.timezone.utc)
    drawn = random.Random(seed)
    digest = lru_cache(maxsize=None)(
        lambda word: int.from_bytes(bytes.fromhex(search_key(word))[:8], "big", signed=True)
    )
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET statement_timeout = 0")
        for start in range(0, number, 10_000):
            ids = range(start + 1, min(start + 10_000, number) + 1)
            for model, columns, rows in _requests(ids, number, drawn, digest, now):
                _store(connection, model, columns, rows)
        for model, columns, rows in _beside(number, drawn, now):
            _store(connection, model, columns, rows)
        if engine.dialect.name == "postgresql":
            _count_on(connection)
        connection.commit()
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")


def _requests(
    ids: Sequence[int], number: int, drawn: random.Random, digest: Any, now: dt.datetime
) -> Iterator[tuple[Any, str, Rows]]:
    clients, terms, consents, engagements, deadlines = [], [], [], [], []
    expectations, runs, notices, doubts = [], [], [], []
    for n in ids:
        # The newest come last: the older a request, the likelier it is closed.
        created = now - dt.timedelta(days=365 * YEARS) * ((number - n) / number)
        client = _client(drawn)
        clients.append(
            (
                n,
                encrypt(client.name),
                client.form,
                drawn.choice(("external", "external", "external", "internal", "third_party")),
                client.contact_name and encrypt(client.contact_name),
                encrypt(client.email),
                encrypt(client.phone),
                search_key(client.email),
                search_key(client.phone),
                drawn.choice(("it", "it", "it", "en")),
                created,
            )
        )
        terms += [(term, n) for term in terms_of(client, digest)]
        consents.append((n, "2026-11", "0" * 64, "it", "web", "button", created))
        run = f"{drawn.getrandbits(128):032x}"
        status, channel = _pick(drawn, STATUSES), drawn.choice(CHANNELS)
        days = sorted(
            created.date() + dt.timedelta(days=drawn.randint(5, 90))
            if status == "closed"
            else now.date() + dt.timedelta(days=drawn.randint(-10, 90))
            for _ in range(1 if drawn.random() < 0.8 else 2)
        )
        if drawn.random() < 0.1:
            days = []
        taken = drawn.randint(1, 8) if status != "new" else None
        after = int(drawn.lognormvariate(8.5, 1.5))  # mostly within hours, some after days
        engagements.append(
            (
                n,
                _reference(n),
                n,
                _pick(drawn, SERVICES),
                status,
                channel,
                f"{channel}:{drawn.getrandbits(128):032x}",
                run,
                created,
                created + dt.timedelta(days=30) if status in ("declined", "closed") else None,
                days[0] if days else None,
                taken and f"staff:{taken}",
                taken and encrypt(f"Persona {taken}"),
                created + dt.timedelta(seconds=after) if taken else None,
                after if taken else None,
            )
        )
        for position, day in enumerate(days, start=1):
            warn = day - dt.timedelta(days=7)
            said = encrypt(drawn.choice(SAID))
            deadlines.append((n, position, said, "date", day, warn))
        if not days:
            deadlines.append((n, 1, encrypt("nessuna fretta"), "none", None, None))
        for position in range(1, drawn.randint(1, 3) + 1):
            expectations.append((n, position, encrypt(drawn.choice(EXPECTATIONS))))
        runs.append((run, channel, "it", created, "deadline", created, "submitted"))
        if drawn.random() < 0.4:
            left, outcome = _pick(drawn, STOPS), _pick(drawn, ENDS) or None
            runs.append((f"left-{n}", channel, "it", created, left, created, outcome))
        parked = drawn.random() < 0.0005
        notices.append(
            (
                *(f"intake-{n}", "intake", encrypt("{}"), n, created),
                *(None if parked else created, created if parked else None),
            )
        )
        if n > 1 and drawn.random() < 0.03:
            seen = created if drawn.random() < 0.8 else None
            doubts.append((n, drawn.randint(1, n - 1), "name", seen))
    yield (
        Client,
        "id name form relation contact_name email phone email_key phone_key language created_at",
        clients,
    )
    yield ClientTerm, "term client_id", terms
    yield (
        Consent,
        "client_id policy_version notice_hash language channel given_by given_at",
        consents,
    )
    yield (
        Engagement,
        "id reference client_id service status channel conversation_id submission_key created_at "
        "closed_at due_date taken_by taken_name taken_at taken_after",
        engagements,
    )
    yield Deadline, "engagement_id position said kind due_date warn_on", deadlines
    yield Expectation, "engagement_id position text", expectations
    yield IntakeRun, "run channel language started_at last_field last_at outcome", runs
    yield (
        Notification,
        "key topic payload engagement_id created_at delivered_at parked_at",
        notices,
    )
    yield PossibleDuplicate, "engagement_id other_client_id reason dismissed_at", doubts


def _beside(number: int, drawn: random.Random, now: dt.datetime) -> Iterator[tuple[Any, str, Rows]]:
    def moment() -> dt.datetime:
        return now - dt.timedelta(days=365 * YEARS) * drawn.random()

    days = [now.date() - dt.timedelta(days=day) for day in range(365 * YEARS)]
    faqs = sorted(path.stem for path in FAQ.glob("*.yml"))
    yield (
        UsageCount,
        "day channel kind name number",
        [
            (day, channel, kind, name, drawn.randint(1, most))
            for day, channel in itertools.product(days, CHANNELS)
            for kind, name, most in (
                *(("faq", name, 30 - place) for place, name in enumerate(faqs)),
                *(("turn", name, most) for name, most in TURNS.items()),
                *(("thumb", name, most) for name, most in (("up", 25), ("down", 5))),
            )
        ],
    )
    yield (
        AuditEntry,
        "at actor name action subject subject_id detail",
        [
            (
                moment(),
                f"staff:{drawn.randint(1, 8)}",
                "Persona",
                drawn.choice(("read", "read", "read", "take", "status")),
                "engagement",
                drawn.randint(1, number),
                json.dumps({"to": "accepted"}),
            )
            for _ in range(2 * number)
        ],
    )
    yield (
        Callback,
        "contact email_key name language channel conversation_id status created_at",
        [
            (
                *(encrypt(f"c{n}@example.org"), search_key(f"c{n}@example.org")),
                *(encrypt("Anna Rossi"), "it", "web", f"web:call-{n}"),
                *("new" if drawn.random() < 0.02 else "done", moment()),
            )
            for n in range(number // 20)
        ],
    )
    yield (
        UnansweredQuestion,
        "text language channel nearest asked_at dealt_with_at",
        [
            (
                *(drawn.choice(ASKED), "it", "web", "[]", moment()),
                now if drawn.random() < 0.99 else None,
            )
            for _ in range(number // 10)
        ],
    )
    yield (
        Feedback,
        "outbox_id conversation_id helpful faq question language given_at dealt_with_at",
        [
            (
                *(n, f"web:{n}", drawn.random() < 0.85, drawn.choice(faqs), "Quanto costa?", "it"),
                *(moment(), now if drawn.random() < 0.7 else None),
            )
            for n in range(1, number // 5 + 1)
        ],
    )


def _client(drawn: random.Random) -> SimpleNamespace:
    surname = _pick(drawn, SURNAMES) if drawn.random() < 0.45 else _rare(drawn)
    person = f"{_pick(drawn, FIRST_NAMES)} {surname}"
    firm = drawn.random() < 0.3
    folded = "".join(filter(str.isalpha, person.casefold()))
    return SimpleNamespace(
        other_contacts=(),
        name=f"{drawn.choice(FIRMS)} {surname} S.r.l." if firm else person,
        form="company" if firm else drawn.choice(("individual", "individual", "organisation")),
        contact_name=person if firm else None,
        email=f"{folded}{drawn.randint(1, 99)}@{_pick(drawn, HOSTS)}",
        phone=f"+39{drawn.choice((320, 328, 333, 347, 349))}{drawn.randint(10**6, 10**7 - 1)}",
    )


def _rare(drawn: random.Random) -> str:
    middle = "".join(drawn.choice(SYLLABLES) for _ in range(2))
    return f"{middle}{drawn.choice(ENDINGS)}".capitalize()


def _pick(drawn: random.Random, weights: dict[str, int]) -> str:
    return drawn.choices(list(weights), weights=list(weights.values()))[0]


def _reference(n: int) -> str:
    """Return a code of its own for each number, spread over all that there may be."""
    letters, left = "", (n * 48_271_000_003) % len(ALPHABET) ** 8
    for _ in range(8):
        left, letter = divmod(left, len(ALPHABET))
        letters += ALPHABET[letter]
    return f"{letters[:4]}-{letters[4:]}"


def _store(connection: Any, model: Any, columns: str, rows: Rows) -> None:
    names = columns.split()
    table = model.__table__
    if connection.dialect.name != "postgresql":
        # As they are: what is private is encrypted already.
        plain = sa.table(table.name, *(sa.column(name, _plain(table.c[name])) for name in names))
        if rows:
            connection.execute(sa.insert(plain), [dict(zip(names, row)) for row in rows])
        return
    text = "\n".join("\t".join(map(_copied, row)) for row in rows)
    with connection.connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table.name} ({', '.join(names)}) FROM STDIN", io.StringIO(text))


def _plain(column: Any) -> Any:
    return sa.Text() if isinstance(column.type.impl, sa.Text) else column.type


def _copied(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value).replace("\\", r"\\")


def _count_on(connection: Any) -> None:
    """Let the next rows have the numbers after those given here."""
    for model in (Client, Engagement):
        name = model.__tablename__
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"
        )
