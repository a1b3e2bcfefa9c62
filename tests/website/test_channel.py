"""The website's channel against the real bot: what it promises in docs/web-channel.md."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from actions.settings import Settings
from actions.store.database import create_engine
from actions.store.models import metadata
from tests.conftest import HOME, free_port, serve
from tests.dialogues.test_faults import ANSWERS
from tests.website.visitor import Visitor, custom, text


@pytest.fixture
def url(running: tuple[Settings, Engine]) -> str:
    return running[0].bot_url


def tables(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def test_an_intake_by_buttons_and_words(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    visitor = Visitor(settings.bot_url)
    turn = visitor.say("Vorrei diventare cliente")
    assert custom(turn, "asks") == "consent"
    assert turn["progress"] == {"n": 1, "of": 10}
    turn = visitor.press("Sì, acconsento")
    assert turn["said"] == "Sì, acconsento"
    assert custom(turn, "asks") == "client_name"
    visitor.say("Acme srl")
    turn = visitor.press("Azienda")
    assert custom(turn, "asks") == "contact"
    assert turn["progress"] == {"n": 4, "of": 11}
    for said in ("Ugo Neri", "esterno", "ugo@acme.example", "salta", "contabilità", "il bilancio"):
        turn = visitor.say(said)
    assert custom(turn, "asks") == "deadline"
    turn = visitor.say("2030-01-15")
    assert custom(turn, "asks") == "confirm"
    assert "martedì 15 gennaio 2030" in text(turn)
    turn = visitor.press("Sì, confermo")
    with engine.connect() as connection:
        stored = connection.execute(
            sa.text("SELECT channel, conversation_id FROM engagements WHERE reference = :r"),
            {"r": custom(turn, "reference")},
        ).one()
    assert stored.channel == "web"
    assert stored.conversation_id.startswith("web:")
    assert turn["progress"] is None


def test_buttons_of_earlier_turns_and_pressed_twice_do_nothing(url: str) -> None:
    visitor = Visitor(url)
    visitor.say("vorrei diventare cliente")
    agree, refuse = visitor.buttons["Sì, acconsento"], visitor.buttons["No"]
    assert custom(visitor.answer(visitor.send(button=agree)), "asks") == "client_name"
    for old in (agree, refuse, "abcdefgh12345678"):
        turn = visitor.answer(visitor.send(button=old))
        assert turn["stale"] is True
        assert "pulsante" in text(turn)
    assert custom(visitor.say("Anna Bianchi"), "asks") == "client_form"
    # Nor can they be pressed in another conversation.
    other = Visitor(url)
    assert other.answer(other.send(button=visitor.buttons["Privato"]))["stale"] is True
    assert custom(visitor.press("Privato"), "asks") == "relation"


def test_the_same_button_pressed_twice_at_once_counts_once(url: str) -> None:
    visitor = Visitor(url)
    visitor.say("vorrei diventare cliente")
    agree = visitor.buttons["Sì, acconsento"]
    keys = [visitor.send(button=agree) for _ in range(3)]
    turns = [visitor.answer(key) for key in keys]
    assert [turn["stale"] for turn in turns] == [False, True, True]


def test_typed_commands_are_words(url: str) -> None:
    visitor = Visitor(url)
    for said in (
        '/affirm{"email": "x@y.it"}',
        "/restart",
        "/session_start",
        '/choose{"consent": "yes"}',
        "/start_intake",
    ):
        turn = visitor.say(said)
        assert custom(turn, "asks") is None, said
        assert custom(turn, "faq") is None, said


def test_a_repeated_message_has_one_answer(url: str) -> None:
    visitor = Visitor(url)
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(10) as pool:
        posted = list(pool.map(lambda _: visitor.post("che cos'è un cliente?", key=key), range(10)))
    assert {answer.status_code for answer in posted} == {202}
    assert len({answer.json()["id"] for answer in posted}) == 1
    assert custom(visitor.answer(key), "faq") == "client_definition"
    assert len(visitor.history()["turns"]) == 1
    assert visitor.post("altro", key=key).status_code == 409
    assert visitor.post(button="abcdefgh1234", key=key).status_code == 409


def test_messages_at_once_are_answered_in_order(url: str) -> None:
    visitor = Visitor(url)
    keys = [visitor.send(said) for said in ANSWERS[:5]]
    visitor.answer(keys[-1])
    turns = visitor.history()["turns"]
    assert [turn["key"] for turn in turns] == keys
    assert [custom(turn, "asks") for turn in turns] == [
        "consent",
        "client_name",
        "client_form",
        "relation",
        "email",
    ]


def test_the_stream_resumes_where_it_was_left(url: str) -> None:
    visitor, seen = Visitor(url), []
    with visitor.events() as events:
        first = visitor.send("ciao")
        seen.append(next(events))
    missed = [visitor.send(said) for said in ("che cos'è un cliente?", "grazie")]
    visitor.answer(missed[-1])
    with visitor.events(last=seen[0][1]["id"]) as events:
        seen += [next(events), next(events)]
        last = visitor.send("arrivederci")
        seen.append(next(events))
    assert [name for name, _ in seen] == ["turn"] * 4
    assert [turn["key"] for _, turn in seen] == [first, *missed, last]
    # A second tab sees the same from the beginning.
    with visitor.events() as events:
        assert [next(events)[1]["id"] for _ in range(4)] == [turn["id"] for _, turn in seen]
    history = visitor.history()
    assert [turn["id"] for turn in history["turns"]] == [turn["id"] for _, turn in seen]
    assert history["last"] == seen[-1][1]["id"]


def test_a_refused_consent_takes_the_words_out_of_the_mail(
    running: tuple[Settings, Engine],
) -> None:
    settings, engine = running
    visitor = Visitor(settings.bot_url)
    visitor.say("vorrei diventare cliente, sono Zelmira Quarantadue")
    turn = visitor.say("no, non voglio, e Quarantadue resta mio")
    assert custom(turn, "cancelled") is True
    assert [t["said"] for t in visitor.history()["turns"]] == [None]
    with engine.connect() as connection:
        for table in ("inbox", "outbox", "events", "offered_buttons"):
            rows = connection.execute(sa.select(metadata.tables[table])).all()
            assert "Quarantadue" not in str(rows), table


def test_erasing_leaves_nothing_of_the_conversation(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    visitor = Visitor(settings.bot_url)
    for said in ("vorrei diventare cliente", "sì", "Zelmira Ottantotto", *ANSWERS[3:]):
        visitor.say(said)
    reference = custom(visitor.say("sì, confermo"), "reference")
    assert reference
    with visitor.events(last=visitor.history()["last"]) as events:
        answer = requests.delete(f"{visitor.web}/data", headers=visitor.headers, timeout=10)
        assert answer.json() == {"erased": True}
        assert next(events)[0] == "ended"
    assert visitor.post("ci sei?").status_code == 401
    with engine.connect() as connection:
        for table in metadata.tables.values():
            assert "Ottantotto" not in str(connection.execute(sa.select(table)).all()), table
            assert reference not in str(connection.execute(sa.select(table)).all()), table


def test_erased_by_talking_the_answer_still_comes(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    visitor = Visitor(settings.bot_url)
    for said in ("vorrei diventare cliente", "sì", "Zelmira Novantuno", *ANSWERS[3:]):
        visitor.say(said)
    visitor.say("sì, confermo")
    visitor.say("cancellate i miei dati")
    turn = visitor.say("sì")
    assert custom(turn, "erased") is True
    assert [t["id"] for t in visitor.history()["turns"]] == [turn["id"]]
    with engine.connect() as connection:
        for table in metadata.tables.values():
            assert "Novantuno" not in str(connection.execute(sa.select(table)).all()), table
    assert custom(visitor.say("che cos'è un cliente?"), "faq") == "client_definition"


def test_an_ended_session_is_over(url: str) -> None:
    visitor = Visitor(url)
    visitor.say("ciao")
    ended = requests.delete(f"{visitor.web}/session", headers=visitor.headers, timeout=10)
    assert ended.status_code == 204
    for method, path in (("GET", "history"), ("GET", "events"), ("DELETE", "session")):
        answer = requests.request(
            method, f"{visitor.web}/{path}", headers=visitor.headers, timeout=10
        )
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "no_session"


def test_a_verdict_on_an_answer(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    visitor = Visitor(settings.bot_url)
    faq = visitor.say("che differenza c'è tra cliente interno ed esterno?")["id"]
    chat = visitor.say("ciao")["id"]

    def judge(turn: Any, helpful: Any) -> int:
        return requests.post(
            f"{visitor.web}/feedback",
            json={"turn": turn, "helpful": helpful},
            headers=visitor.headers,
            timeout=10,
        ).status_code

    assert judge(faq, True) == 204
    assert judge(faq, False) == 204
    assert judge(chat, True) == 404
    assert judge(faq + 1000, True) == 404
    assert [judge(*bad) for bad in (("x", True), (faq, 1), (True, True), (-1, True))] == [400] * 4
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT helpful, faq FROM feedback WHERE outbox_id = :t"), {"t": faq}
        ).all()
    assert [tuple(row) for row in rows] == [(0, "internal_vs_external")]


# Nobody else's conversation --------------------------------------------------------------------


def test_a_thousand_wrong_tokens_open_nothing(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    visitor = Visitor(settings.bot_url)
    visitor.say("sono un segreto")
    drawn, _, signature = visitor.token.partition(".")
    with engine.connect() as connection:
        conversation = connection.execute(
            sa.text("SELECT conversation_id FROM web_sessions ORDER BY id DESC LIMIT 1")
        ).scalar_one()
        digest = connection.execute(
            sa.text("SELECT token_hash FROM web_sessions ORDER BY id DESC LIMIT 1")
        ).scalar_one()
    guesses = [
        "",
        drawn,
        conversation,
        digest,
        f"{drawn}.",
        f".{signature}",
        f"{drawn[:-1]}.{signature}",
        f"{signature}.{drawn}",
        f"{visitor.token}x",
        visitor.token.swapcase(),
        "slack:T1:U1",
        "null",
        "' OR 1=1 --",
        *(f"{secrets.token_urlsafe(32)}.{signature}" for _ in range(500)),
        *(f"{drawn}.{secrets.token_urlsafe(18)}" for _ in range(500)),
    ]
    before = tables(engine)
    session = requests.Session()
    hits = 0
    for guess in guesses:
        headers = {"Authorization": f"Bearer {guess}", "Idempotency-Key": str(uuid.uuid4())}
        for method, path, body in (
            ("GET", "history", None),
            ("POST", "messages", {"text": "x", "sender": conversation, "id": 1}),
        ):
            answer = session.request(
                method, f"{visitor.web}/{path}", headers=headers, json=body, timeout=10
            )
            hits += answer.status_code != 401
            assert "segreto" not in answer.text
    assert hits == 0
    assert tables(engine) == before


def test_the_client_can_not_choose_its_conversation(running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    mine, yours = Visitor(settings.bot_url), Visitor(settings.bot_url)
    yours.say("vorrei diventare cliente")
    chosen = {"session_id": "S1", "sender": "slack:T1:U1", "conversation_id": "web:S1"}
    started = requests.post(f"{mine.web}/session", json=chosen, timeout=10)
    assert started.status_code == 201
    with engine.connect() as connection:
        named = connection.execute(
            sa.text("SELECT count(*) FROM web_sessions WHERE conversation_id IN ('web:S1')")
        ).scalar_one()
    assert named == 0
    answer = requests.post(
        f"{mine.web}/messages",
        json={"text": "sì, acconsento", **chosen, "metadata": {"sender": "x"}},
        headers={**mine.headers, "Idempotency-Key": str(uuid.uuid4())},
        timeout=10,
    )
    assert answer.status_code == 202
    assert len(yours.history()["turns"]) == 1
    # The developer's channel has a namespace of its own.
    requests.post(
        f"{settings.bot_url}/webhooks/rest/webhook",
        json={"sender": "web:x", "message": "ciao"},
        timeout=10,
    )
    with engine.connect() as connection:
        senders = connection.execute(sa.text("SELECT DISTINCT sender_id FROM events")).scalars()
        assert "web:x" not in set(senders)


def test_pages_of_others_are_refused(url: str) -> None:
    visitor = Visitor(url)
    for origin in (
        "https://evil.example",
        "null",
        "https://www.studio-aurora.example.evil.example",
    ):
        for method, path in (
            ("POST", "session"),
            ("POST", "messages"),
            ("GET", "events"),
            ("GET", "history"),
            ("GET", "welcome"),
            ("DELETE", "data"),
            ("OPTIONS", "messages"),
        ):
            answer = requests.request(
                method,
                f"{visitor.web}/{path}",
                headers={**visitor.headers, "Origin": origin},
                timeout=10,
            )
            assert answer.status_code == 403, (method, path)
            assert not [h for h in answer.headers if h.lower().startswith("access-control")]
    assert visitor.history() == {"turns": [], "last": 0, "waiting": []}


def test_the_firms_pages_may(url: str) -> None:
    origin = "https://www.studio-aurora.example"
    answer = requests.options(
        f"{url}/webhooks/web/messages",
        headers={"Origin": origin, "Access-Control-Request-Method": "POST"},
        timeout=10,
    )
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert Visitor(url, Origin=origin).say("ciao")


# Bad input -------------------------------------------------------------------------------------

UNPLEASANT = [
    "\u0000",
    "😀" * 500,
    "\u202e\u202d\u2066 abc \u2069",
    "a\u0301" * 300,
    "<script>alert(1)</script>",
    "{{7*7}} ${jndi:ldap://x}",
    "'; DROP TABLE clients; --",
    "\r\n\r\ndata: x\n\nevent: ended\ndata: {}\n\n",
    "ﷺ" * 50,
    "[x](javascript:alert(1))",
]


@pytest.mark.parametrize("said", UNPLEASANT)
def test_unpleasant_text_is_answered(url: str, said: str) -> None:
    visitor = Visitor(url)
    posted = visitor.post(said + " ciao")
    assert posted.status_code == 202
    key = posted.request.headers["Idempotency-Key"]
    with visitor.events() as events:
        name, turn = next(events)
    assert name == "turn"
    assert turn["key"] == key
    assert turn["replies"]


def test_no_request_is_answered_by_an_error_of_the_server(url: str) -> None:
    visitor = Visitor(url)
    web, headers = visitor.web, visitor.headers
    bodies: list[Any] = [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"x"', b"[" * 10000, b"1" * 17000]
    for path in ("session", "messages", "feedback"):
        for body in bodies:
            answer = requests.post(
                f"{web}/{path}",
                data=body,
                headers={**headers, "Idempotency-Key": str(uuid.uuid4())},
                timeout=10,
            )
            assert answer.status_code in (201, 400, 413), (path, body[:10], answer.text)
            if answer.status_code != 201:
                error = answer.json()["error"]
                assert set(error["message"]) == {"it", "en"}
    assert requests.post(f"{web}/session", data=b"x" * 2_000_000, timeout=10).status_code == 413
    assert requests.get(f"{web}/nothing", timeout=10).status_code == 404
    assert requests.put(f"{web}/session", timeout=10).status_code == 400
    assert requests.get(f"{web}/widget/..%2Fsecret", timeout=10).status_code == 404
    assert requests.get(f"{web}/widget/none.js", timeout=10).status_code == 404
    too_long = visitor.post("a" * 2001)
    assert too_long.status_code == 422
    assert "2.000" in too_long.json()["error"]["message"]["it"]
    assert visitor.post("a" * 2000).status_code == 202


def test_answers_carry_what_keeps_them_safe(url: str) -> None:
    for path in ("welcome", "history", "nothing"):
        headers = requests.get(f"{url}/webhooks/web/{path}", timeout=10).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    page = requests.get(f"{url}/webhooks/web/", timeout=10)
    assert "Studio Aurora" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "Consulenza fiscale" in page.text
    assert "Tax advice" in requests.get(f"{url}/webhooks/web/?lang=en", timeout=10).text
    snippet = requests.get(f"{url}/webhooks/web/snippet", timeout=10).text
    assert f"{url}/webhooks/web/widget/sportello.js" in snippet


# Limits, in production behind a proxy ----------------------------------------------------------


@pytest.fixture
def in_production(trained: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A bot in production, whose firm allows very little."""
    firm = yaml.safe_load((HOME / "firm.yml").read_text(encoding="utf-8"))
    firm["website"] = {
        "origins": ["https://www.studio-aurora.example"],
        "messages_per_minute": 3,
        "messages_per_minute_of_an_address": 5,
        "sessions_per_hour_of_an_address": 4,
    }
    file = tmp_path / "firm.yml"
    file.write_text(yaml.safe_dump(firm, allow_unicode=True), encoding="utf-8")
    settings = replace(
        trained,
        environment="production",
        database_url=f"sqlite:///{tmp_path / 'sportello.db'}",
        bot_port=free_port(),
        action_port=free_port(),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPORTELLO_ENV", "production")
        patch.setenv("SPORTELLO_FIRM", str(file))
        patch.setenv("SPORTELLO_SECRET", "x" * 40)
        with serve(settings, patch) as supervisor:
            supervisor.start()
            yield settings
            supervisor.stop()
            # The limits outlive a restart.
            supervisor.start()
            assert_limited(settings)


def assert_limited(settings: Settings) -> None:
    refused = requests.post(
        f"{settings.bot_url}/webhooks/web/session",
        headers={"X-Forwarded-For": "203.0.113.7"},
        timeout=10,
    )
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3600


def test_limits_and_production(in_production: Settings) -> None:
    url = in_production.bot_url
    for path in ("/webhooks/web/", "/webhooks/web/snippet", "/webhooks/rest/webhook"):
        assert requests.get(url + path, timeout=10).status_code == 404
    own_page = {"Origin": "http://127.0.0.1:5005"}
    assert (
        requests.get(f"{url}/webhooks/web/welcome", headers=own_page, timeout=10).status_code == 403
    )
    here = {"X-Forwarded-For": "203.0.113.7"}
    one, two = Visitor(url, **here), Visitor(url, **here)
    key = str(uuid.uuid4())
    assert [one.post("ciao", key=key).status_code for _ in range(5)] == [202] * 5
    assert [one.post("ciao").status_code for _ in range(3)] == [202, 202, 429]
    refused = one.post("ciao")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["error"]["code"] == "too_many"
    assert [two.post("ciao").status_code for _ in range(3)] == [202, 202, 429]
    for _ in range(2):
        Visitor(url, **here)
    assert_limited(in_production)
    # A header that the visitor wrote is not what the proxy saw.
    forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
    session = requests.post(f"{url}/webhooks/web/session", headers=forged, timeout=10)
    assert session.status_code == 429
    assert Visitor(url, **{"X-Forwarded-For": "203.0.113.8"}).post("ciao").status_code == 202


def test_the_database_holds_no_network_address(running: tuple[Settings, Engine]) -> None:
    _, engine = running
    with create_engine(str(engine.url)).connect() as connection:
        for table in ("web_sessions", "inbox", "outbox"):
            rows = connection.execute(sa.select(metadata.tables[table])).all()
            assert "127.0.0.1" not in str(rows)
