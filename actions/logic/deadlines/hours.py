"""Rules for clock times, in figures and in words."""

from __future__ import annotations

import datetime as dt
import re

from actions.logic.deadlines.vocabulary import NUMBERS, any_of, either

_HOUR_WORDS = any_of([word for word, n in NUMBERS.items() if n <= 24] + ["una"])
_MINUTE_WORDS = any_of([word for word, n in NUMBERS.items() if n <= 59 and n > 1])
_AT = either(
    r"alle(?: ore)?|all'|ore|h\.?|per le(?: ore)?|le ore|entro le(?: ore)?|entro l'",
    r"prima delle(?: ore)?|non oltre le(?: ore)?|dopo le(?: ore)?|delle(?: ore)?",
    r"fino alle(?: ore)?|dalle(?: ore)?(?! ?\d[\d:.]* alle)|verso le|le",
    r"at|by|until|before|@|o'clock",
)
_QUARTERS = r" e (?:mezz[ao]|un quarto|tre quarti)| meno (?:un quarto|cinque|dieci|venti)"
_HALF = (
    r"(?P<half>(?: (?:di|del|della|in the|of the) ?(?P<part>mattina|mattino|"
    r"pomeriggio|sera|notte|morning|afternoon|evening|night))"
    r"|(?: ?(?P<ampm>am|pm|a\.m\.?|p\.m\.?)(?![a-z])))"
)
_PATTERNS = (
    ("noon", r"\b(?:mezzogiorno|midday|noon)(?P<half> e mezz[oa])?\b"),
    (
        "english words",
        rf"\b(?P<shift>half past|quarter past|quarter to|(?:{_MINUTE_WORDS}|\d{{1,2}}) "
        rf"(?:minutes )?(?:past|to)) (?P<hour>{_HOUR_WORDS}|\d{{1,2}})\b{_HALF}?",
    ),
    (
        "figures",
        rf"(?:(?<!\w){_AT} ?)?(?<![\d/.,:+-])(?P<hour>[01]?\d|2[0-4])(?P<colon> ?[:h] ?)"
        rf"(?P<minute>[0-5]\d)(?!\d|[:/.,-]\d){_HALF}?",
    ),
    (
        "cued figures",
        rf"(?<!\w){_AT} ?(?<![\d/.,])(?P<hour>[01]?\d|2[0-4])(?:(?:[.,]| e )"
        rf"(?P<minute>[0-5]\d)|(?P<shift>{_QUARTERS}))?"
        rf"(?![\d/:%€°]|[.,-]\d|st\b|nd\b|rd\b|th\b){_HALF}?(?: o'clock)?",
    ),
    (
        "sharp figures",
        r"(?<![\d/.,:+-])(?P<hour>[01]?\d|2[0-4])(?:[:.](?P<minute>[0-5]\d))?"
        r" (?:sharp|in punto)\b",
    ),
    (
        "english figures",
        r"(?<![\d/.,:+-])(?P<hour>1[0-2]|0?[1-9])(?:[.:](?P<minute>[0-5]\d)"
        r")?(?: ?(?P<ampm>am|pm|a\.m\.?|p\.m\.?)(?![a-z])| o'clock(?P<part>zz)?| in the "
        r"(?P<part2>morning|afternoon|evening))",
    ),
    (
        "words",
        rf"(?<!\w)(?!le )(?:{_AT} ?)(?P<hour>{_HOUR_WORDS})\b(?P<shift> e (?:mezz[ao]|un "
        rf"quarto|tre quarti|(?:{_MINUTE_WORDS}))| meno (?:un quarto|(?:{_MINUTE_WORDS}))| "
        rf"(?:thirty|fifteen|forty-five))?(?: o'clock)?{_HALF}?",
    ),
    (
        "words with part",
        rf"\b(?P<hour>{_HOUR_WORDS}|(?<![\d/.,:])[01]?\d|2[0-4])(?P<shift>{_QUARTERS})\b{_HALF}?",
    ),
)
HOURS = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS)
# What a number after "by" or "le" must not be followed by to be an hour.
_NOT_AN_HOUR = re.compile(
    r" ?(?:%|€|euro|eur\b|giorn|gg\b|settiman|mes[ei]\b|ann[io]\b|days?\b|weeks?\b|"
    r"months?\b|years?\b|working|business|"
    r"persone|people|copie|fatture|pratiche|pagine|rate\b|quote|per ?cento|percent|"
    r"hours?\b|or[ae]\b|foto|mila|su\b|million|"
    r"gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|"
    r"novembre|dicembre|of\b|"
    r"january|february|march|april|may\b|june|july|august|september|october|november|december|"
    r"jan\b|feb\b|mar\b|apr\b|jun\b|jul\b|aug\b|sept?\b|oct\b|nov\b|dec\b|gen\b|mag\b|"
    r"giu\b|lug\b|ago\b|set\b|ott\b|dic\b)"
)


# "By three trustees" is no hour: an English number word must end the phrase.
_MORE_OF_IT = re.compile(
    r"(?<=one|two|ree|our|ive|six|ven|ght|ine|ten|lve) (?!on\b|tomorrow|tonight|today|this|"
    r"if\b|or\b|and\b|but\b|so\b|sharp|at\b|please|o'clock)[a-z]"
)


def read_hour(match: re.Match[str], name: str) -> dt.time | None:
    """Return the clock time of a match of HOURS; None for midnight and for what is no hour."""
    said = match.groupdict()
    if name == "noon":
        return dt.time(12, 30 if said["half"] else 0)
    if _NOT_AN_HOUR.match(match.string, match.end()):
        return None
    if (
        name == "words"
        and not (said["shift"] or said["half"])
        and _MORE_OF_IT.match(match.string, match.end())
    ):
        return None
    hour = _number(said["hour"] or "")
    minute = int(said.get("minute") or 0)
    shift = (said.get("shift") or "").strip()
    if shift:
        hour, minute = _shifted(hour, shift)
    hour = _afternoon(hour, said, name)
    return dt.time(hour, minute) if 0 < hour < 24 or (hour == 0 and minute) else None


def may_be_evening(match: re.Match[str], time: dt.time) -> bool:
    """Tell whether a bare "alle 9" could be 21:00: no am or pm, no part of the day, no 09."""
    said = match.groupdict()
    marked = said.get("half") or said.get("ampm") or said.get("part2")
    return time.hour < 12 and not marked and not (said.get("hour") or "0").startswith("0")


def _number(word: str) -> int:
    return 1 if word == "una" else int(word) if word.isdecimal() else NUMBERS[word]


def _shifted(hour: int, words: str) -> tuple[int, int]:
    minutes = _minutes(words)
    if words.startswith("meno") or words.endswith(" to"):
        return (hour - 1 or 12) if hour == 1 else hour - 1, 60 - minutes
    return hour, minutes


def _minutes(words: str) -> int:
    if "mezz" in words or "half" in words:
        return 30
    if "tre quarti" in words:
        return 45
    if "quart" in words:
        return 15
    word = re.sub(r"^(?:e|meno) | (?:minutes )?(?:past|to)$", "", words)
    return _number(word)


def _afternoon(hour: int, said: dict[str, str | None], name: str) -> int:
    ampm = (said.get("ampm") or "").replace(".", "")
    part = said.get("part") or said.get("part2") or ""
    if ampm == "pm" or part in ("pomeriggio", "sera", "afternoon", "evening", "night"):
        return hour + 12 if hour < 12 else hour
    if ampm == "am" or part in ("mattina", "mattino", "morning"):
        return 0 if hour == 12 else hour
    # Nobody's deadline is at three in the night: a bare "alle 3" is the afternoon.
    padded = (said["hour"] or "").startswith("0")
    return hour + 12 if 1 <= hour <= 6 and not padded else hour
