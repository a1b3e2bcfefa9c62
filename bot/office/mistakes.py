"""What is wrong with a draft, in the words of the back office; `bot.drafts` says it in English."""

from __future__ import annotations

import re

from bot.office.words import Words

_PATTERNS = {
    "blank": r"(?P<part>title|answer|questions) → (?P<language>it|en) is still to be completed",
    "section": r"source → section is still to be completed|source: the section is missing",
    "document": r"source: the document must be one of .*",
    "related": r"related: .*",
    "long": r"title → (?P<language>it|en) has (?P<number>\d+) characters: at most (?P<most>\d+) .*",
    "title": r"title → (?P<language>it|en) is no line of questions .*",
    "masked": r"(?P<text>«.*») holds (?P<mark>\[.*?\]), .*",
    "few": r"faq/\S+ has (?P<number>\d+) messages in (?P<name>\w+): at least (?P<least>\d+) .*",
    "repeated": r"(?P<text>«.*») under \S+ repeats (?P<other>«.*»)\.",
    "contradicts": r"(?P<text>«.*») under \S+ contradicts «.*» under (?P<label>\S+)\.",
    "same": r"The group holds examples of data/faq/(?P<label>\S+)\.yml only: .*",
    "name": r".* can't be the name of an entry: .*",
    "taken": r"data/(faq|drafts)/(?P<label>\S+)\.yml is there already: .*",
    "file": r".* can't be (read|written): .*",
    "stolen": r"(?P<text>«.*») means (?P<other>.*) already: .*",
}
_LANGUAGES = {"Italian": "it", "English": "en"}


def told(mistake: str, words: Words) -> str:
    """Return a mistake in the reader's language; one that is not known here stays as it is."""
    for name, pattern in _PATTERNS.items():
        if found := re.fullmatch(pattern, mistake, re.DOTALL):
            values = found.groupdict()
            language = values.get("language") or _LANGUAGES.get(values.get("name") or "")
            if language:
                values["language"] = words(f"language_{language}")
            if "part" in values:
                values["part"] = words(f"draft_{values['part']}")
            return words(f"mistake_{name}", **values)
    return mistake
