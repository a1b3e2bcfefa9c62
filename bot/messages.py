"""Messages from files: plain lines, or JSON lines with at least a ``text``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class MessagesError(Exception):
    """A file can't be read; the message names the line and what was expected."""


def read_messages(path: Path | None) -> Iterator[dict[str, Any]]:
    """Yield one dictionary per line that is not empty, with at least ``text``.

    Args:
        path: The file, or None for standard input.

    Raises:
        MessagesError: the file can't be read, or a JSON line has no text.
    """
    name = str(path) if path else "standard input"
    try:
        content = path.read_bytes() if path else sys.stdin.buffer.read()
        lines = content.decode("utf-8-sig").split("\n")
    except OSError as error:
        raise MessagesError(f"{name} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise MessagesError(f"{name} is not a text file in UTF-8.") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _message(line.rstrip("\r"), f"{name}, line {number}")


def _message(line: str, place: str) -> dict[str, Any]:
    if not line.lstrip().startswith("{"):
        return {"text": line}
    try:
        message = json.loads(line)
    except json.JSONDecodeError:
        if '"text"' in line:
            raise MessagesError(f"{place}: this JSON is broken.") from None
        # People do type braces: what is no JSON is a message like any other.
        return {"text": line}
    if not isinstance(message.get("text"), str):
        raise MessagesError(f'{place}: a JSON line needs a "text" that is a string.')
    return dict(message)
