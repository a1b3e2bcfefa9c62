"""The words of dates in Italian and English, folded, and the pattern pieces made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "gennaio january",
            "febbraio february",
            "marzo march",
            "aprile april",
            "maggio may",
            "giugno june",
            "luglio july",
            "agosto august",
            "settembre september",
            "ottobre october",
            "novembre november",
            "dicembre december",
        ),
        start=1,
    )
    for word in words.split()
}
# Abbreviations count only beside a day: "set" is also a noun, "ago" an English adverb.
SHORT_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "gen genn jan",
            "feb febb febr",
            "mar",
            "apr",
            "mag magg",
            "giu giug jun",
            "lug jul",
            "ago aug",
            "set sett sep sept",
            "ott oct",
            "nov",
            "dic dec",
        ),
        start=1,
    )
    for word in words.split()
}
WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "lunedi monday",
            "martedi tuesday",
            "mercoledi wednesday",
            "giovedi thursday",
            "venerdi friday",
            "sabato saturday",
            "domenica sunday",
        )
    )
    for word in words.split()
}
SHORT_WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "lun mon",
            "mar tue tues",
            "mer merc wed weds",
            "gio giov thu thur thurs",
            "ven fri",
            "sab sat",
            "dom sun",
        )
    )
    for word in words.split()
}
_ITALIAN_UNITS = (
    "uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
    "quattordici quindici sedici diciassette diciotto diciannove"
)
_ENGLISH_UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
)
_ITALIAN_TENS = "venti trenta quaranta cinquanta sessanta settanta ottanta novanta"
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh "
    "twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth "
    "nineteenth"
)
_ITALIAN_ORDINALS = "primo secondo terzo quarto quinto sesto settimo ottavo nono decimo"


def _number_words() -> dict[str, int]:
    """Return one to ninety-nine, then a hundred, in both languages."""
    italian, english = _ITALIAN_UNITS.split(), _ENGLISH_UNITS.split()
    words = {word: n for n, word in enumerate(italian, 1)}
    words.update({word: n for n, word in enumerate(english, 1)})
    for tens, (italian_ten, english_ten) in enumerate(
        zip(_ITALIAN_TENS.split(), _ENGLISH_TENS.split(), strict=True), start=2
    ):
        words[italian_ten] = words[english_ten] = tens * 10
        for n in range(1, 10):
            stem = italian_ten[:-1] if n in (1, 8) else italian_ten
            words[stem + italian[n - 1]] = tens * 10 + n
            words[f"{english_ten} {english[n - 1]}"] = tens * 10 + n
            words[f"{english_ten}-{english[n - 1]}"] = tens * 10 + n
    words.update({"ventun": 21, "trentun": 31, "cento": 100, "a hundred": 100, "centoventi": 120})
    words.update({"centottanta": 180, "hundred": 100})
    return words


def _ordinal_words() -> dict[str, int]:
    """Return first to thirty-first in English and primo to decimo, feminine too, in Italian."""
    english = _ENGLISH_ORDINALS.split()
    words = {word: n for n, word in enumerate(english, 1)}
    words.update({"twentieth": 20, "thirtieth": 30})
    for ten, base in (("twenty", 20), ("thirty", 30)):
        for n in range(1, 10):
            words[f"{ten}-{english[n - 1]}"] = words[f"{ten} {english[n - 1]}"] = base + n
    for n, word in enumerate(_ITALIAN_ORDINALS.split(), 1):
        words[word] = words[word[:-1] + "a"] = n
    return words


NUMBERS = _number_words()
ITALIAN_DAY_NUMBERS = frozenset(
    [*_ITALIAN_UNITS.split()[1:], "venti", "trenta", "trentuno"]
    + [word for word in NUMBERS if word.startswith("vent") and " " not in word]
)
ORDINALS = _ordinal_words()
# A rough number is taken at its word.
ROUGH_NUMBERS = {
    "un paio": 2,
    "un paio di": 2,
    "una coppia di": 2,
    "a couple": 2,
    "a couple of": 2,
    "couple of": 2,
    "un": 1,
    "una": 1,
    "un'": 1,
    "a": 1,
    "an": 1,
    "half a dozen": 6,
    "mezza dozzina di": 6,
    "a dozen": 12,
    "una dozzina di": 12,
    "una decina di": 10,
    "una quindicina di": 15,
    "una ventina di": 20,
    "una trentina di": 30,
    "una quarantina di": 40,
    "una cinquantina di": 50,
    "una sessantina di": 60,
    "una novantina di": 90,
}
ROMANS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def any_of(words: Iterable[str]) -> str:
    """Return a pattern that matches one of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def either(*patterns: str) -> str:
    """Return a pattern that matches what one of the patterns does, the first that fits."""
    return f"(?:{'|'.join(patterns)})"


def words(*patterns: str) -> re.Pattern[str]:
    """Return a compiled pattern of whole words, one of the patterns."""
    return re.compile(rf"\b{either(*patterns)}\b")


LONG_MONTH = f"(?:{any_of(MONTHS)})"
MONTH = rf"(?:{any_of(MONTHS)}|(?:{any_of(SHORT_MONTHS)})\b\.?)"
LONG_WEEKDAY = f"(?:{any_of(WEEKDAYS)})"
WEEKDAY = rf"(?:{any_of(WEEKDAYS)}|(?:{any_of(SHORT_WEEKDAYS)})\b\.?)"
COUNT = rf"(?:\d{{1,12}}|{any_of([*NUMBERS, *ROUGH_NUMBERS])})"
# Of the Italian ordinals only "primo" is a day: "prima di marzo" is before March.
_DAY_ORDINALS = {w: n for w, n in ORDINALS.items() if w not in _ITALIAN_ORDINALS and w[-1] != "a"}
DAY_WORDS = f"(?:{any_of(['primo', *_DAY_ORDINALS, *(w for w, n in NUMBERS.items() if n <= 31)])})"
# "1°", "15th", "quindici", "fifteenth".
DAY = rf"(?:\d{{1,3}} ?(?:°|\^|(?<! )o\b|st\b|nd\b|rd\b|th\b)|\d{{1,3}}|{DAY_WORDS}\b)"
ORDINAL = (
    rf"(?:[1-5] ?(?:°|\^|(?<! )[oa]\b|st\b|nd\b|rd\b|th\b)"
    rf"|{any_of(w for w, n in ORDINALS.items() if n <= 5)}|ultim[oa]|last|penultimo)"
)


def count_of(words: str) -> int:
    """Return the number that a match of COUNT stands for."""
    words = words.strip()
    if words.isdecimal():
        return int(words)
    return NUMBERS.get(words) or ROUGH_NUMBERS[words]


def day_of(words: str) -> int:
    """Return the number that a match of DAY stands for."""
    digits = re.match(r"\d+", words)
    if digits:
        return int(digits.group())
    return ORDINALS.get(words) or NUMBERS[words]


def month_of(word: str) -> int:
    """Return 1 to 12 for a match of MONTH."""
    word = word.rstrip(".")
    return MONTHS.get(word) or SHORT_MONTHS[word]


def weekday_of(word: str) -> int:
    """Return 0 for Monday to 6 for Sunday for a match of WEEKDAY."""
    word = word.rstrip(".")
    return WEEKDAYS[word] if word in WEEKDAYS else SHORT_WEEKDAYS[word]


def ordinal_of(word: str) -> int:
    """Return 1 to 5 for a match of ORDINAL, -1 for the last and -2 for the last but one."""
    if word in ("ultimo", "ultima", "last"):
        return -1
    if word == "penultimo":
        return -2
    return int(word[0]) if word[0].isdecimal() else ORDINALS[word]
