"""Slack's way of writing: what arrives is read as plain words, what leaves can call nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(r"<((?:[@#!]|[A-Za-z][A-Za-z0-9+.-]*:)[^<>]{1,2000})>")
_LINK = re.compile(r"https?://[^\s<>\"'()\[\]«»“”]+[^\s<>\"'()\[\]«»“”.,;:!?…]")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def unescape(text: str, bot: str | None = None) -> str:
    """Return a text as its author saw it: without the mention of the bot, links as they read.

    Args:
        text: As Slack delivers it: ``<mailto:a@b.it|a@b.it>``, ``<@U…>``, ``&amp;``.
        bot: The bot's own id, whose mention says nothing.
    """
    words = _TOKEN.sub(lambda found: _read(found.group(1), bot), text)
    for entity, character in _ENTITIES:
        words = words.replace(entity, character)
    # Half a character, or none that a database can hold, is no word anybody typed.
    return words.encode("utf-8", "replace").decode().replace("\0", "").strip()


def escape(text: str) -> str:
    """Return a text in which nothing is a mention, a link or a channel to Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def linked(text: str) -> str:
    """Return a text escaped, its addresses of web pages as links."""
    done, parts = 0, []
    for found in _LINK.finditer(text):
        parts += [escape(text[done : found.start()]), f"<{_address(found.group())}>"]
        done = found.end()
    return "".join([*parts, escape(text[done:])])


def cut(text: str, size: int) -> str:
    """Return a text of at most so many characters, the last of which tells if there was more."""
    return text if len(text) <= size else text[: size - 1].rstrip() + "…"


def split(text: str, size: int) -> Iterator[str]:
    """Yield a text in parts, each of at most so many characters once it is escaped.

    At a line's end where there is one, else between words, else anywhere.
    """
    while text:
        end = _longest(text, size)
        if end < len(text):
            for mark in ("\n", " "):
                place = text.rfind(mark, end // 2, end)
                if place > 0:
                    end = place
                    break
        yield text[:end]
        text = text[end:].lstrip("\n") if text[end:].strip() else ""


def _longest(text: str, size: int) -> int:
    length = 0
    for position, character in enumerate(text):
        # A link takes two characters more: there is always room for a few.
        length += len(escape(character))
        if length > size:
            return position
    return len(text)


def _address(url: str) -> str:
    # What would end the link, or its address, early.
    return escape(url).replace("|", "%7C")


def _read(token: str, bot: str | None) -> str:
    target, _, label = token.partition("|")
    if target.startswith("@"):
        if bot is not None and target[1:] == bot:
            return ""
        return f"@{label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or "@" + target[1:].partition("^")[0]
    scheme, _, rest = target.partition(":")
    if scheme in ("mailto", "tel"):
        return label or rest
    if not label or target.endswith(label) or target.rstrip("/").endswith(label):
        return label or target
    return f"{label} ({target})"
