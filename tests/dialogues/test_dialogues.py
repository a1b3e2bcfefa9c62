"""Plays every transcript beside this file over HTTP, against the real bot and action server.

A transcript is a list of turns. What the user does: ``user`` (types), ``click`` (a button of the
last replies, by its title), ``as`` (from here on in another conversation, by any name). In what is
typed, ``{reference}`` and ``{kept}`` stand for the last code of that kind that was given. What must
come back: ``asks``, ``error``, ``faq``, ``cancelled``, ``callback``, ``erased``, ``reference`` and
``kept`` (the custom objects), ``says`` and ``not_says`` (parts of the text), ``buttons`` (titles).
At the end ``rows`` says what the database must hold for the conversation that sent the intake, or
the only one; ``callbacks`` and ``kept_intakes`` hold all rows of the transcript's conversations;
``erased`` lists words that no event of theirs may hold any more. ``known`` says what the assistant
does not understand yet.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from actions.settings import Settings
from actions.store.models import metadata
from bot.chat import Conversation

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*.yml"))
Replies = list[dict[str, Any]]


CODES = ("reference", "kept")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_dialogue(
    path: Path, running: tuple[Settings, Engine], request: pytest.FixtureRequest
) -> None:
    settings, engine = running
    script = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "known" in script:
        # A wish that is not fulfilled yet: once it is, the line must go.
        request.applymarker(pytest.mark.xfail(strict=True, reason=script["known"]))
    played = play(script["turns"], settings.bot_url)
    check_rows(script.get("rows"), engine, played)
    for table in ("callbacks", "kept_intakes"):
        if table in script:
            found = belonging(engine, table, played.conversations)
            check_table(table, found, script[table])
    for word in script.get("erased", ()):
        for conversation in played.conversations:
            assert not traces(engine, conversation, word), f"{word!r} is still in the dialogue"


@dataclass
class Played:
    """What came of a transcript: its conversations, and in which the intake was stored."""

    conversations: list[str]
    sent_by: str
    codes: dict[str, str]


def play(turns: list[dict[str, Any]], url: str) -> Played:
    """Play the turns and check what comes back."""
    talks: dict[str, Conversation] = {}
    last: dict[str, Replies] = {}
    who = "visitor"
    played = Played([], "", {})
    for number, turn in enumerate(turns, start=1):
        who = turn.get("as", who)
        if who not in talks:
            sender = uuid.uuid4().hex
            talks[who] = Conversation(url, sender)
            played.conversations.append(f"rest:{sender}")
        if "click" in turn:
            said = payload(last[who], turn["click"])
        else:
            said = turn["user"]
            for code in CODES:
                said = said.replace(f"{{{code}}}", played.codes.get(code, ""))
        replies = last[who] = talks[who].send(said)
        check_turn(turn, replies, f"turn {number} ({turn.get('user') or turn.get('click')!r})")
        for code in CODES:
            if found := custom(replies, code):
                played.codes[code] = found
        if custom(replies, "reference"):
            played.sent_by = played.conversations[[*talks].index(who)]
    return played


def check_turn(turn: dict[str, Any], replies: Replies, where: str) -> None:
    for key in ("asks", "error", "faq", "cancelled", "callback", "erased"):
        if key in turn:
            assert custom(replies, key) == turn[key], f"{where}: {key} in {replies}"
    for key in CODES:
        if turn.get(key):
            assert custom(replies, key), f"{where}: no {key} in {replies}"
        else:
            assert not custom(replies, key), f"{where}: an unexpected {key} in {replies}"
    if "faq" in turn:
        assert custom(replies, "source"), f"{where}: no source"
    text = "\n".join(reply.get("text", "") for reply in replies)
    for part in _list(turn.get("says")):
        assert part in text, f"{where}: {part!r} not in {text!r}"
    for part in _list(turn.get("not_says")):
        assert part not in text, f"{where}: {part!r} in {text!r}"
    titles = [b["title"] for reply in replies for b in reply.get("buttons", ())]
    for title in turn.get("buttons", ()):
        assert title in titles, f"{where}: no button {title!r} among {titles}"


def custom(replies: Replies, key: str) -> Any:
    """Return the value of the last custom object with this key."""
    values = [reply["custom"][key] for reply in replies if key in reply.get("custom", {})]
    return values[-1] if values else None


def payload(replies: Replies, title: str) -> str:
    """Return what the button with this title sends."""
    buttons = {b["title"]: b["payload"] for reply in replies for b in reply.get("buttons", ())}
    assert title in buttons, f"no button {title!r} among {list(buttons)}"
    return str(buttons[title])


def check_rows(expected: dict[str, Any] | None, engine: Engine, played: Played) -> None:
    with engine.connect() as connection:
        found = stored(connection, played.sent_by or played.conversations[0])
    if not expected:
        assert found == {}, "something was stored"
        return
    assert found["engagements"][0]["reference"] == played.codes["reference"]
    for table, rows in expected.items():
        check_table(table, found[table], rows)


def check_table(table: str, found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected), f"{table}: {found}"
    for row, wanted in zip(found, expected):
        assert {name: row[name] for name in wanted} == wanted, table


def belonging(engine: Engine, table: str, conversations: list[str]) -> list[dict[str, Any]]:
    """Return a table's rows of these conversations."""
    rows = metadata.tables[table]
    query = sa.select(rows).where(rows.c.conversation_id.in_(conversations)).order_by(rows.c.id)
    with engine.connect() as connection:
        return [
            {k: _plain(v) for k, v in row._mapping.items()} for row in connection.execute(query)
        ]


def stored(connection: Any, conversation: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table that belong to a conversation; nothing if there are none."""

    def rows(sql: str, **values: Any) -> list[dict[str, Any]]:
        result = connection.execute(sa.text(sql), values)
        return [{k: _plain(v) for k, v in row._mapping.items()} for row in result]

    engagements = rows(
        "SELECT * FROM engagements WHERE conversation_id = :c ORDER BY id DESC", c=conversation
    )
    if not engagements:
        return {}
    ids = {"e": engagements[0]["id"], "c": engagements[0]["client_id"]}
    return {
        "engagements": engagements,
        "clients": rows("SELECT * FROM clients WHERE id = :c", c=ids["c"]),
        "consents": rows("SELECT * FROM consents WHERE client_id = :c", c=ids["c"]),
        "expectations": rows(
            "SELECT * FROM expectations WHERE engagement_id = :e ORDER BY position", e=ids["e"]
        ),
        "deadlines": rows(
            "SELECT * FROM deadlines WHERE engagement_id = :e ORDER BY position", e=ids["e"]
        ),
        "answer_changes": rows(
            "SELECT * FROM answer_changes WHERE engagement_id = :e ORDER BY id", e=ids["e"]
        ),
    }


def traces(engine: Engine, conversation: str, word: str) -> int:
    """Count the dialogue's events in which a word still stands."""
    with engine.connect() as connection:
        return int(
            connection.execute(
                sa.text("SELECT count(*) FROM events WHERE sender_id = :c AND data LIKE :w"),
                {"c": conversation, "w": f"%{word}%"},
            ).scalar_one()
        )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else value
