"""Answers as Block Kit: within Slack's limits whatever was said, and never a call to anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.channels.slack.speaker import Speaker
from bot.channels.slack.texts import cut, escape, linked, split

# Slack's limits, with room for what a link adds to a text.
SECTION = 2800
BUTTON_TEXT = 75
FALLBACK = 3000
BLOCKS = 40
CHARACTERS = 9000
CHOICES = 5
OPTIONS = 100
BUTTONS = 25
EDIT_MARK = "✎"
CHOSEN_MARK = "✓"
ANSWER_MARK = "→"  # of an answer in the quiz, which may well be wrong
PICK = "pick"
DATE = "date"
SHARE = "share"
# The first button of these questions is the one to press, or to think about before.
_STYLES = {"consent": "primary", "confirm": "primary", "cancel": "danger"}

Block = dict[str, Any]


def post_key(number: int, part: int = 0) -> str:
    """Return the name of one post of an answer; its blocks carry it, so that a click finds it."""
    return f"answer:{number}:{part}"


def key_of_block(block_id: str) -> str:
    """Return the name of the post that a block stands in."""
    return block_id.rpartition("#")[0]


def number_of_key(key: str) -> int | None:
    """Return the number of the answer of which a post is a part."""
    parts = key.split(":")
    if len(parts) == 3 and parts[0] == "answer" and parts[1].isascii() and parts[1].isdecimal():
        return int(parts[1][:15])
    return None


def render(
    number: int, payload: Mapping[str, Any], speaker: Speaker, *, shareable: bool = False
) -> list[dict[str, Any]]:
    """Return the posts of an answer, each with ``text`` and ``blocks``.

    Args:
        number: The answer's number in the outbox.
        payload: What is said, as in the outbox.
        speaker: Says what stands on pickers.
        shareable: Whether an answer from the documents can be shown to everybody.
    """
    blocks: list[Block] = []
    replies = _with_sources(payload["replies"])
    for before, reply in zip([{}, *replies], replies):
        if blocks and ("quiz" in _custom(reply) or "graded" in _custom(before)):
            # What was said to the answer before ends here.
            blocks.append({"type": "divider"})
        blocks += _text_blocks(reply)
        blocks += _control_blocks(reply, speaker)
    if shareable and any("source" in _custom(reply) for reply in replies):
        share = {**_button(speaker("share"), "share"), "action_id": SHARE}
        blocks.append({"type": "actions", "elements": [share]})
    text = "\n\n".join(reply["text"] for reply in replies if reply.get("text"))
    posts = []
    for part, chosen in enumerate(_parts(blocks) or [[]]):
        for place, block in enumerate(chosen):
            block["block_id"] = f"{post_key(number, part)}#{place}"
        posts.append({"text": fallback(text), "blocks": chosen})
    return posts


def after_press(
    blocks: Iterable[Block], block_id: str, chosen: str, mark: str = CHOSEN_MARK
) -> list[Block]:
    """Return the blocks of a post in which the used buttons are replaced by what was chosen."""
    left: list[Block] = []
    for block in blocks:
        if block.get("block_id") == block_id:
            left.append(context(f"{mark} {chosen}"))
        elif block["type"] != "actions":
            left.append(block)
    return left


def without_controls(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks that nobody can press."""
    return [block for block in blocks if block["type"] != "actions"]


def section(text: str, *, links: bool = True) -> Block:
    """Return a text; too long a one is cut."""
    part = next(split(text, SECTION), "") or "–"
    return _section(part, links=links)


def sections(text: str, *, links: bool = True) -> list[Block]:
    """Return a text of any length."""
    return [_section(part, links=links) for part in split(text, SECTION) if part.strip()]


def context(text: str) -> Block:
    """Return a small grey text."""
    words = {"type": "mrkdwn", "text": escape(cut(text, 500)), "verbatim": True}
    return {"type": "context", "elements": [words]}


def header(text: str) -> Block:
    """Return a title."""
    return {"type": "header", "text": plain(text, 150)}


def plain(text: str, size: int = BUTTON_TEXT) -> dict[str, Any]:
    """Return a text for a button, an option or a title."""
    return {"type": "plain_text", "text": cut(text, size) or "–", "emoji": False}


def option(text: str, value: str) -> dict[str, Any]:
    """Return an option of a select menu."""
    return {"text": plain(text), "value": value}


def fallback(text: str) -> str:
    """Return the text that stands for blocks where these can't be shown, and in notifications."""
    return escape(next(split(text, FALLBACK), "")) or "–"


def _section(text: str, *, links: bool) -> Block:
    words = linked(text) if links else escape(text)
    return {"type": "section", "text": {"type": "mrkdwn", "text": words, "verbatim": True}}


def _custom(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    custom = reply.get("custom")
    return custom if isinstance(custom, Mapping) else {}


def _with_sources(replies: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the replies, those that are nothing but a custom object joined to the one before."""
    joined: list[dict[str, Any]] = []
    for reply in replies:
        if joined and not reply.get("text") and not reply.get("buttons") and not reply.get("image"):
            joined[-1]["custom"] = {**_custom(joined[-1]), **_custom(reply)}
        else:
            joined.append(dict(reply))
    return joined


def _text_blocks(reply: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    text, source = reply.get("text") or "", _custom(reply).get("source")
    if "quiz" in _custom(reply):
        # Which question of how many stands small above it.
        place, _, question = text.partition("\n\n")
        if question:
            blocks.append(context(place))
            text = question
    last = text.rstrip().rpartition("\n")[2]
    named = source and last.endswith(source) and last != text
    # What is said of an answer in the quiz ends with the source, as a paragraph of its own.
    if named or ("graded" in _custom(reply) and text.rstrip().endswith(f"\n\n{last}")):
        # The last line names the source: smaller, below.
        blocks += sections(text.rstrip()[: -len(last)].rstrip())
        blocks.append(context(last))
    else:
        blocks += sections(text)
    if isinstance(reply.get("image"), str) and reply["image"].startswith("https://"):
        blocks.append({"type": "image", "image_url": reply["image"], "alt_text": "–"})
    return blocks


def _control_blocks(reply: Mapping[str, Any], speaker: Speaker) -> list[Block]:
    buttons = list(reply.get("buttons") or ())
    asks = _custom(reply).get("asks")
    edits = [button for button in buttons if button["title"].startswith(EDIT_MARK)]
    others = [button for button in buttons if button not in edits]
    blocks: list[Block] = []
    elements: list[Block] = []
    if asks == "deadline":
        picker = {"type": "datepicker", "action_id": DATE}
        elements.append({**picker, "placeholder": plain(speaker("pick_day"), 150)})
    if len(others) > CHOICES:
        elements.append(_select(others, speaker))
    else:
        for place, button in enumerate(others):
            pressable = _button(button["title"], button["id"])
            if place == 0 and asks in _STYLES:
                pressable["style"] = _STYLES[asks]
            elements.append(pressable)
    if elements:
        blocks.append({"type": "actions", "elements": elements})
    if edits:
        shown = [_button(button["title"], button["id"]) for button in edits[:BUTTONS]]
        blocks.append({"type": "actions", "elements": shown})
    return blocks


def _button(title: str, value: str) -> Block:
    return {
        "type": "button",
        "action_id": f"{PICK}:{value}",
        "text": plain(title),
        "value": value,
    }


def _select(buttons: list[Mapping[str, str]], speaker: Speaker) -> Block:
    return {
        "type": "static_select",
        "action_id": PICK,
        "placeholder": plain(speaker("choose"), 150),
        "options": [option(button["title"], button["id"]) for button in buttons[:OPTIONS]],
    }


def _parts(blocks: list[Block]) -> list[list[Block]]:
    parts: list[list[Block]] = []
    room = 0
    for block in blocks:
        size = len(str(block.get("text", "")))
        if not parts or len(parts[-1]) == BLOCKS or size > room:
            parts.append([])
            room = CHARACTERS
        parts[-1].append(block)
        room -= size
    return parts
