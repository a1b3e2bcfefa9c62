"""Messages from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.messages import MessagesError, read_messages


def test_plain_lines_and_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "messages.txt"
    path.write_text(
        'ciao\r\n\n{"text": "entro domani", "lang": "it"}\n{non è json}\n  spazi  \n',
        encoding="utf-8",
    )
    assert list(read_messages(path)) == [
        {"text": "ciao"},
        {"text": "entro domani", "lang": "it"},
        {"text": "{non è json}"},
        {"text": "  spazi  "},
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"text": 5}', 'line 1: a JSON line needs a "text"'),
        (b'ok\n{"text": "x"', "line 2: this JSON is broken"),
        (b"\xff\xfe", "not a text file in UTF-8"),
    ],
)
def test_what_can_not_be_read_is_told(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "messages.txt"
    path.write_bytes(content)
    with pytest.raises(MessagesError, match=message):
        list(read_messages(path))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MessagesError, match="can't be read"):
        list(read_messages(tmp_path / "nothing"))
