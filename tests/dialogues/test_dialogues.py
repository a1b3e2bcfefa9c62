"""Plays every transcript beside this file over HTTP, against the real bot and action server.

A transcript is a list of turns. What the user does: ``user`` (types), ``click`` (a button of the
last replies, by its title). What must come back: ``asks``, ``error``, ``faq``, ``cancelled``,
``reference`` (the custom objects), ``says`` and ``not_says`` (parts of the text), ``buttons``
(titles). At the end ``rows`` says what the database must hold for this conversation.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from actions.settings import Settings
from bot.chat import Conversation

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*.yml"))
Replies = list[dict[str, Any]]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_dialogue(path: Path, running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    script = yaml.safe_load(path.read_text(encoding="utf-8"))
    sender = uuid.uuid4().hex
    reference = play(script["turns"], Conversation(settings.bot_url, sender))
    check_rows(script.get("rows"), engine, f"rest:{sender}", reference)
    for word in script.get("erased", ()):
        assert not traces(engine, f"rest:{sender}", word), f"{word!r} is still in the dialogue"


def play(turns: list[dict[str, Any]], conversation: Conversation) -> str | None:
    """Play the turns, check what comes back, and return the reference if one was given."""
    reference = None
    replies: Replies = []
    for number, turn in enumerate(turns, start=1):
        if "click" in turn:
            replies = conversation.send(payload(replies, turn["click"]))
        else:
            replies = conversation.send(turn["user"])
        check_turn(turn, replies, f"turn {number} ({turn.get('user') or turn.get('click')!r})")
        reference = custom(replies, "reference") or reference
    return reference


def check_turn(turn: dict[str, Any], replies: Replies, where: str) -> None:
    for key in ("asks", "error", "faq", "cancelled"):
        if key in turn:
            assert custom(replies, key) == turn[key], f"{where}: {key} in {replies}"
    if turn.get("reference"):
        assert custom(replies, "reference"), f"{where}: no reference in {replies}"
    else:
        assert not custom(replies, "reference"), f"{where}: an unexpected reference in {replies}"
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


def check_rows(
    expected: dict[str, Any] | None, engine: Engine, conversation: str, reference: str | None
) -> None:
    with engine.connect() as connection:
        found = stored(connection, conversation)
    if not expected:
        assert found == {}, "something was stored"
        return
    assert found["engagements"][0]["reference"] == reference
    for table, rows in expected.items():
        assert len(found[table]) == len(rows), f"{table}: {found[table]}"
        for row, wanted in zip(found[table], rows):
            assert {name: row[name] for name in wanted} == wanted, table


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
        "deadlines": rows("SELECT * FROM deadlines WHERE engagement_id = :e", e=ids["e"]),
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
