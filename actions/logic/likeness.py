"""Whether two names of people or companies are likely the same one, written twice."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from actions.logic.wording import clean, fold

# What is said beside a name and tells nobody apart, on folded text.
_LEGAL_FORMS = (
    r"s\.? ?r\.? ?l\.? ?s?|s\.? ?p\.? ?a|s\.? ?n\.? ?c|s\.? ?a\.? ?s|s\.? ?a\.? ?p\.? ?a"
    r"|s\.? ?c\.? ?a\.? ?r\.? ?l|s\.? ?t\.? ?p|soc\. ?coop|soc"
    r"|ltd|limited|llc|llp|inc|incorporated|corp|plc|gmbh|onlus|aps|ets|odv"
)
_TITLES = (
    r"dott\.? ?ssa|dottoressa|dottore?|dott|dr\.? ?ssa|dr|avvocat[oa]|avv|sig\.? ?(?:ra|na|rina)"
    r"|signor[ae]?|sig|ing|arch|geom|rag|prof\.? ?ssa|professor(?:e|essa)?|prof"
    r"|spett\.? ?le|egr|gent\.? ?m[oa]|mrs|mr|ms|miss|mx|the"
)
_BESIDE_THE_NAME = re.compile(rf"(?<!\w)(?:{_LEGAL_FORMS}|{_TITLES})(?!\w|['’])\.?")
_AND = re.compile(r"&|\+|\b(?:and|ed|et)\b")
_WORD = re.compile(r"[^\W_]+")
_DOUBLED = re.compile(r"(\w)\1+")

# A shorter word with one letter changed is often another name: Marina and Martina.
LONG_WORD = 7
LONG_ENOUGH_FOR_A_DOUBLE = 6


def names_alike(a: str, b: str) -> bool:
    """Tell whether two names are nearly equal: a hint for a person, no proof.

    Case, accents, the order of the words, hyphens, legal forms, titles and one typing slip in one
    long word do not count. It is symmetric, and every name is like itself.
    """
    left, right = _words(a), _words(b)
    if Counter(left) == Counter(right) or "".join(left) == "".join(right):
        return True
    alone, other = Counter(left) - Counter(right), Counter(right) - Counter(left)
    return (
        sum(alone.values()) == sum(other.values()) == 1
        and len(left) == len(right)
        and _slipped(next(iter(alone)), next(iter(other)))
    )


@lru_cache(maxsize=512)
def _words(name: str) -> tuple[str, ...]:
    """Return the words that make up a name; what has no such word is compared as it stands."""
    folded = _AND.sub(" e ", fold(clean(name)))
    telling = _WORD.findall(_BESIDE_THE_NAME.sub(" ", folded))
    # A company may be called "SAS", and an odd name have no letter at all.
    return tuple(telling or _WORD.findall(folded) or [folded])


def _slipped(a: str, b: str) -> bool:
    """Tell whether a long word is another with one letter too many, too few, wrong, or swapped.

    The first and the last letter must be right (Francesco and Francesca are two people), and
    digits are never a slip.
    """
    if not (a.isalpha() and b.isalpha()) or (a[0], a[-1]) != (b[0], b[-1]):
        return False
    short, long = sorted((a, b), key=len)
    doubled = _DOUBLED.sub(r"\1", short) == _DOUBLED.sub(r"\1", long)
    if doubled and len(long) - len(short) == 1 and len(long) >= LONG_ENOUGH_FOR_A_DOUBLE:
        return True
    if len(short) < LONG_WORD or len(long) - len(short) > 1:
        return False
    at = next(i for i in range(len(long)) if short[i : i + 1] != long[i])
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at : at + 2][::-1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long
