"""Lists in the client's own words: a message taken apart, and changes to what was listed.

Nothing is taken apart that is not clearly a list: two expectations in one row do less harm than one
torn in two. Only what marks the list is taken away; lengths are checked by `actions.logic.fields`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from actions.logic.wording import clean, fold

Items = tuple[str, ...]

# Nobody lists more in one message; `actions.logic.fields` refuses what is longer.
LONGEST_READ = 2000

# Taking a message apart ----------------------------------------------------------------------

_LINE_MARK = re.compile(
    r"^\s*(?:[•·▪◦✓✔]\s*|[-*–—]\s+|[-–](?=[^\W\d])|\(?\d{1,2}[.)°](?!\d)\s*|\(?[a-zA-Z]\)\s*"
    r"|\d{1,2}\s+-\s+)(?=\S)"
)
_LONE_BULLET = re.compile(r"^\s*[-*•–]\s+")
_INLINE_BULLET = re.compile(r"(?:^|\s)[•·▪◦]\s*|(?:^|\s)\*\s+")
_INLINE_DASH = re.compile(r"(?:^|\s)[-–]\s+")
_INLINE_NUMBER = re.compile(
    r"(?:^|(?<=[\s:;,.(]))\(?(?:(?P<number>\d{1,2})[.)°]|(?P<letter>[a-j])\))\s*(?=[^\W\d])"
)
_NUMBERS = [str(number) for number in range(1, 21)]
_LETTERS = list("abcdefghij")
_CODE = re.compile(r"[<>{}=`|\\]|--|['\"]\s*\)|&#?\w+;|\bselect\b.*\bfrom\b", re.IGNORECASE)
_SEMICOLON = re.compile(r";(?=\s|\w)")
_ORDINAL_WORDS = (
    r"in prim[oa] luogo|per prima cosa|prima cosa|prim[oa]|first(?:ly)?(?: of all)?",
    r"in secondo luogo|(?:per )?seconda cosa|second[oa]|second(?:ly)?",
    r"in terzo luogo|(?:per )?terza cosa|terz[oa]|third(?:ly)?",
    r"quart[oa]|fourth(?:ly)?",
    r"quint[oa]|fifth(?:ly)?",
)
# «Secondo voi», «primo trimestre» count nothing.
_COUNTS_NOTHING = (
    r"(?:me|te|noi|voi|lei|loro|quanto|legge|anno|mese|trimestre|semestre|giorno|grado|livello"
    r"|piano|caso|year|month|quarter|day|time|class|step|instance|place)\b"
)
_ORDINAL = re.compile(
    r"(?:^|(?<=[.,;:!?\s]))(?:"
    + "|".join(f"(?P<n{n}>{words})" for n, words in enumerate(_ORDINAL_WORDS, 1))
    + rf"|(?P<last>infine|per ultimo|finally|lastly))\b(?!\s+{_COUNTS_NOTHING})\s*[,:)-]?\s*",
    re.IGNORECASE,
)
_BEFORE_ORDINAL = re.compile(r"(?:^|[.,;:!?]|\b(?:e|ed|poi|and|then))\s*$", re.IGNORECASE)

_WISH = (
    r"(?:vorre(?:i|mmo)|voglio|vogliamo|desider(?:o|iamo)|gradire(?:i|mmo)|spero|speriamo|chiedo"
    r"|chiediamo|pretend(?:o|iamo)"
    r"|(?:mi|ci) (?:aspett|serv|occorr|piacere|interess)\w+"
    r"|(?:ho|abbiamo|avrei|avremmo) bisogno"
    r"|(?:i|we)(?:'d| would| also| really)* (?:want|like|love|need|expect|hope|wish|ask)"
    r"|(?:i'm|we're|i am|we are) looking)"
)
_VERB = re.compile(
    rf"\b(?:{_WISH}"
    r"|(?!particolare|familiare|altare|mare)"
    # An infinitive that refers back, «firmarlo», belongs to what was said before.
    r"\w{2,}(?:[aei]re|arre|urre|orre|[aei]r[mcv]i|[aei]rsi)"
    r"|che \w+|non \w+|to \w+"
    r"|(?:help|explain|prepare|check|review|send|tell|keep|call|let|give|make|find|get) \w+)\b",
    re.IGNORECASE,
)
_WISHES = re.compile(rf"\b{_WISH}\b|^\W*\w+[aei]r(?:e|[mcv]i|si)\b", re.IGNORECASE)
_CONNECTIVE = re.compile(
    r"[\s,.;](?:"
    r"(?:(?:e|ed) )?(?:inoltre|in più|oltre a (?:ciò|questo)|(?P<poi>poi))\b,?\s+"
    r"|(?:e|ed) (?:anche|pure)\s+"
    r"|(?:and )?(?:in addition|moreover|furthermore|besides|(?P<then>then))\b,?\s+"
    r"|(?:and |(?<=[.,;]\s))(?:also|plus)\b,?\s+"
    rf"|(?P<wish>(?:e|ed|and) (?={_WISH}\b|(?:anche|also) {_WISH}\b))"
    r")",
    re.IGNORECASE,
)
_HEADER = re.compile(r"^(?P<header>[^:\n]{1,200}):\s+(?P<rest>\S.*)$", re.DOTALL)
_ANNOUNCES = re.compile(
    r"\b(?:vorre\w+|vogli\w+|aspett\w+|bisogno|serv\w+|occorr\w+|chied\w+|desider\w+|richiest\w+"
    r"|cose|punti|obiettiv\w+|seguent\w+"
    r"|want|need|expect\w*|like|looking|following|things|points|wish\w*|ask|goals|hope)\b",
    re.IGNORECASE,
)
# A header that says nothing but that a list follows is no part of it.
_EMPTY_HEADER = re.compile(
    r"^\W*(?:(?:buon\w+|salve|ciao|allora|ecco|dunque|e|ed|di|da|voi|lei|noi|io|mi|ci|che|cosa"
    r"|quanto|quello|le|la|i|gli|il|mie|miei|nostre|nostri|sono|quest[aeio]|seguenti|cose|punti"
    r"|aspettative|richieste|obiettivi|due|tre|quattro|cinque|\d|aspetto|aspettiamo|serv\w+"
    r"|occorr\w+|vorrei|vorremmo|voglio|vogliamo|desider\w+|chied\w+|avrei|avremmo|ho|abbiamo"
    r"|bisogno|principalmente|soprattutto"
    r"|hello|hi|we|i'd|we'd|i'm|we're|would|like|want|need|expect|am|are|is|our|my|you|the"
    r"|following|things|points|expectations|wishes|goals|from|here|here's|these|what|two|three"
    r"|four|five|mainly|looking|for|to|hope|ask)\b\W*)+$",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^\W*(?:(?:buon\w*|giorno|sera|salve|ciao|grazie|mille|tante|cordiali|distinti|saluti"
    r"|in anticipo|a presto|hello|hi|dear|good|morning|afternoon|thanks?|you|many|kind|best"
    r"|regards|cheers|a lot|in advance)\b\W*)+$",
    re.IGNORECASE,
)
_LAST_COMMA = re.compile(r"\s*,\s*(?:(?:e|ed|and)\s+)?|\s+(?:e|ed|and)\s+(?=[^,]*$)", re.IGNORECASE)
_LOOSE_END = re.compile(r"[\s,;]+(?:(?:e|ed|and)\s*)?$", re.IGNORECASE)
_LONGEST_SHORT = 8  # words between commas
_LONGEST_ITEM = 15  # words between semicolons
_LONG_LINE = 60  # characters: beyond, a program may have broken the line


def split_expectations(text: str) -> Items:
    """Return what the client expects, one item each where they clearly made a list.

    A list is made of lines, bullets, numbers, letters, semicolons, «primo … secondo …», clauses
    that are each a wish of their own («… inoltre vorrei …»), or three short items and more
    between commas after a colon. Everything else is one item; blank text is none.
    """
    ways = (_lines, _bullets, _numbers, _ordinals, _semicolons, _clauses, _enumeration)
    for split in ways if len(text) <= LONGEST_READ else ():
        items = _tidy(split(text))
        if len(items) > 1:
            return items
    # As it was typed, but for a lone bullet.
    whole = clean(_LONE_BULLET.sub("", text))
    return (whole,) if whole else ()


def _tidy(parts: Iterable[str]) -> Items:
    """Clean the items; courtesies among them are none."""
    items = (_LOOSE_END.sub("", clean(part)).lstrip(" ,;") for part in parts)
    return tuple(
        item for item in items if any(map(str.isalnum, item)) and not _COURTESY.match(item)
    )


def _headed(header: str, items: list[str]) -> list[str]:
    """Put a header that says something before the first item, and leave an empty one out."""
    said = clean(header).rstrip(" :")
    if not said or _EMPTY_HEADER.match(said) or _COURTESY.match(said) or not items:
        return items
    return [f"{said}: {items[0]}", *items[1:]]


def _lines(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    marked = [bool(_LINE_MARK.match(line)) for line in lines]
    if len(lines) < 2 or (not any(marked) and _is_broken_text(lines)):
        return []
    if not any(marked):
        if lines[0].rstrip().endswith(":"):
            return _headed(lines[0], lines[1:])
        return lines
    first = marked.index(True)
    items: list[str] = []
    for line, starts in zip(lines[first:], marked[first:]):
        if starts or _COURTESY.match(line):
            items.append(_LINE_MARK.sub("", line))
        else:
            items[-1] += " " + line
    return _headed(" ".join(lines[:first]), items)


def _is_broken_text(lines: list[str]) -> bool:
    """Tell whether a line goes on in the next one: running text that a program broke."""
    return any(
        len(line.strip()) >= _LONG_LINE
        and line.strip()[-1].isalnum()
        and following.strip()[0].islower()
        for line, following in pairwise(lines)
    )


def _cut(text: str, marks: Sequence[re.Match[str]]) -> list[str]:
    """Return what follows each mark, with what stands before the first one as its header."""
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    items = [text[mark.end() : end] for mark, end in zip(marks, ends)]
    return _headed(text[: marks[0].start()], items) if marks else []


def _bullets(text: str) -> list[str]:
    marks = list(_INLINE_BULLET.finditer(text))
    if text.lstrip().startswith(("- ", "– ")):
        marks = list(_INLINE_DASH.finditer(text))
    return _cut(text, marks) if len(marks) > 1 else []


def _numbers(text: str) -> list[str]:
    """1) … 2) …, 1. … 2. …, a) … b) …: marks that count from one."""
    for group, names in (("number", _NUMBERS), ("letter", _LETTERS)):
        marks: list[re.Match[str]] = []
        for found in _INLINE_NUMBER.finditer(text):
            if len(marks) < len(names) and found[group] == names[len(marks)]:
                marks.append(found)
        if len(marks) > 1:
            return _cut(text, marks)
    return []


def _semicolons(text: str) -> list[str]:
    items = [item for item in _SEMICOLON.split(text) if sum(map(str.isalpha, item)) > 1]
    if _CODE.search(text) or any(
        len(item.split()) > _LONGEST_ITEM or item.rstrip().endswith("?") for item in items
    ):
        return []  # code or running text
    header = _HEADER.match(items[0]) if len(items) > 1 else None
    if header and _EMPTY_HEADER.match(header["header"]):
        items[0] = header["rest"]
    return items


def _ordinals(text: str) -> list[str]:
    marks: list[re.Match[str]] = []
    for found in _ORDINAL.finditer(text):
        n = len(marks) + 1
        counts = n <= len(_ORDINAL_WORDS) and found[f"n{n}"]
        if (counts or (found["last"] and n > 1)) and _BEFORE_ORDINAL.search(text[: found.start()]):
            marks.append(found)
    return _cut(text, marks) if len(marks) > 1 else []


def _clauses(text: str) -> list[str]:
    """«Vorrei pagare meno tasse, inoltre mi serve un parere»: clauses with a verb each."""
    items, start = [], 0
    for found in _CONNECTIVE.finditer(text):
        after = text[found.end() :]
        # «Poi» and «then» may only tell what comes later; «inoltre» always adds something. A wish
        # after «e» adds to another wish: after anything else that tells why.
        in_time = found["poi"] or found["then"]
        opens = _VERB.match(after) if in_time else _VERB.search(after)
        other = _WISHES if found["wish"] else _VERB
        if opens and other.search(text, start, found.start()):
            items.append(text[start : found.start()])
            start = found.end()
    return [*items, text[start:]]


def _enumeration(text: str) -> list[str]:
    """«Vorrei: A, B e C»."""
    header = _HEADER.match(text)
    if not header or not _ANNOUNCES.search(header["header"]):
        return []
    items = _LAST_COMMA.split(header["rest"])
    if len(items) < 3 or any(not 0 < len(item.split()) <= _LONGEST_SHORT for item in items):
        return []
    return _headed(header["header"], items)


# Changing a list -----------------------------------------------------------------------------

_POLITE = (
    r"^\W*(?:(?:sì|si|no|ok|ah|eh|scus[aie]|scusate|per favore|per cortesia|please|sorry|yes|wait"
    r"|aspett[aio]|allora|e|ma|and|but|actually|anzi|poi"
    r"|(?:mi |ci )?(?:può|puo|puoi|potete|potrebbe|potresti)|vorre(?:i|mmo)|vogliamo|voglio|posso"
    r"|devo|(?:can|could|would) (?:you|i|we)|i(?:'d| would) like to|i want to|let's|let me)\b\W*)*"
)
_ADD = re.compile(
    _POLITE + r"(?:(?:aggiung\w+(?!\w)(?: (?:anche|pure|che))?"
    r"|(?:metti|metta|metteteci|scriva|scrivi|inserisci|inserisca|includ\w+) (?:anche|pure)"
    r"|add(?: also| in)?|include(?: also)?|put also)\s*:?\s+(?:(?:also|too)\s+)?"
    r"|(?:(?:c'è |ci sarebbe |c'è anche )?(?:un'altra(?: ancora)?|ancora una|un'ultima)"
    r"(?: (?:cosa|richiesta|aspettativa))?"
    r"|(?:there's )?(?:one more|another|one last)(?: (?:one|thing|point|request|expectation))?)"
    r"(?:\s*:\s*|(?<=cosa|hing),\s*|\s+-\s+)"
    # Words that begin many other messages: an addition only where they do not ask.
    r"|(?P<soft>(?:e |ed )?(?:anche|inoltre|in più|pure)|(?:and )?(?:also|in addition|plus))"
    r"[,:]?\s+)"
    r"(?P<new>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# «Anche il nome è sbagliato» adds nothing.
_ADDS_NOTHING = re.compile(
    r"^\W*(?:va|vanno|bene|ok|okay|sì|si|no|yes|fine|good|io|me|too|a (?:me|noi))\b"
    r"|\b(?:sbagliat|errat|scorrett|wrong|incorrect)",
    re.IGNORECASE,
)
# «Vorrei aggiungere una cosa»: what, comes next.
_UNSAID = re.compile(
    r"(?:(?:ancora )?(?:qualcosa|una cosa|un'altra)|something|(?:one|another) (?:more )?thing)\b"
    r"(?! (?:di|da|per|of|for|to)\b)",
    re.IGNORECASE,
)
# «Alle aspettative aggiungi …», «aggiungi alla lista …», «add … to my expectations».
_LIST_NAME = (
    r"(?:alle|dalle|nelle|tra le|fra le|alla|dalla|all'|dall'|to|from|in)\s*"
    r"(?:(?:mi[ae]|nostr[ae]|my|our|the)\s+)?(?:aspettative|lista|elenco|expectations|list)"
)
_LIST_NAMED = re.compile(
    rf"(?P<before>^\W*(?:\w+\s+)?){_LIST_NAME}\b\s*(?=[:\s]|$)|\s+{_LIST_NAME}(?=\W*$)",
    re.IGNORECASE,
)
_REMOVING = (
    r"(?:(?:togli(?:er)?|leva(?:r)?|elimina(?:r)?|cancella(?:r)?|rimuov(?:i|er)|scarta(?:r)?)l[aoei]"
    r"|togliere|togliete|togli[ae]?|tolga|(?:lev|elimin|cancell|scart)(?:a|i|are|ate)"
    r"|rimuov(?:i|a|ere|ete)|via"
    r"|remove|delete|drop|take (?:out|off|away)|cross out|strike(?: out)?|get rid of|leave out)"
)
_REMOVE = re.compile(
    rf"{_POLITE}{_REMOVING}\b(?:\s+(?:pure|anche|via)\b)?[\s:]*(?P<ref>.*)$", re.IGNORECASE
)
_NOT_NEEDED = re.compile(
    r"^\W*(?P<ref>.+?)\s+(?:non (?:mi |ci )?(?:serv|interess|occorr)\w+(?: più)?"
    r"|(?:(?:va|la|lo|si può|puoi|può) )?(?:tolt[aoie]|toglier\w+|tolga|eliminat\w)"
    r"|(?:is|are) (?:no longer|not) needed(?: anymore| any more)?|can go)\W*$",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    rf"{_POLITE}(?:cambi\w*|modific\w*|corregg\w*|sostitui\w*|riscriv\w*"
    r"|change|replace|edit|update|correct|reword|make)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_INTO = re.compile(r"\s*(?:\b(?:in|con|to|with|into|così)\b\s*:?|:|→|->|=>)\s+", re.IGNORECASE)
_BECOMES = re.compile(
    r"\s+(?:diventa|diventi|deve (?:essere|diventare)|dovrebbe (?:essere|dire)|sarebbe|becomes"
    r"|should (?:be|read|say)|must be|is now)\s*:?\s+|\s*(?:→|->|=>)\s*",
    re.IGNORECASE,
)
_COUNTED = (
    *(r"prim[aoie]|first", r"second[aoie]|second", r"terz[aoie]|third", r"quart[aoie]|fourth"),
    *(r"quint[aoie]|fifth", r"sest[aoie]|sixth", r"settim[aoie]|seventh", r"ottav[aoie]|eighth"),
    *(r"non[aoie]|ninth", r"decim[aoie]|tenth"),
)
_ITEM_NOUN = (
    r"(?:aspettativ[ae]|voc[ei]|punt[oi]|numer[oi]|n\.|nr\.?|n°|richiest[ae]|cos[ae]|righ?[ae]"
    r"|expectations?|items?|points?|numbers?|no\.|#|entry|line|one)"
)
# On folded text.
_BY_NUMBER = re.compile(
    rf"(?:(?:anche|pure|also|quell[aoe]|the|l[aoe]|il|i|gli)\b\s*|l'|{_ITEM_NOUN}\s*)*"
    r"(?:(?P<digits>\d{1,2})\s*(?:[ao°^]|st|nd|rd|th)?|"
    + "|".join(f"(?P<n{n}>{words})" for n, words in enumerate(_COUNTED))
    + rf"|(?P<last>ultim[aoe]|last))\b°?(?:\s+{_ITEM_NOUN})?"
)
# «Cancella tutto» may mean far more than the list.
_ALL = re.compile(
    r"tutte(?: quante)?|tutte le \w+|tutt[oa] (?:l'elenco|la lista)"
    r"|all (?:of them|(?:my |the )?(?:expectations|items|points))|them all|the whole list"
)
_THAT_ONE = re.compile(r"^(?:quest[aoe]|quell[aoe]|it|that(?: one)?|this(?: one)?|them|)$")
_AND = re.compile(
    rf"\s*(?:,\s*(?:(?:e|ed|and)\s+)?|\b(?:e|ed|and)\b|&)\s*(?:{_REMOVING}\b\s*)?", re.IGNORECASE
)
_THANKS = re.compile(
    r"[\s,]+(?:grazie(?: mille)?|per favore|per cortesia|thanks|thank you|please)\W*$",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W_]+")
_NOT_TELLING = frozenset(
    "la il lo le gli un una uno di del della dei delle degli dell sul sulla sui sulle sugli che con"
    " per da al alla ai alle in nel nella quella quello quelle quelli questa questo riguardo circa"
    " richiesta aspettativa cosa punto voce parte parla dice relativa relativo anche mio mia miei"
    " the one about that those this with for on of and or item point expectation thing part"
    " regarding saying says concerning my our".split()
)


def read_list_change(text: str, current: Sequence[str]) -> Items | None:
    """Return the list after an addition, a removal or a replacement, or None if a text is none.

    Items are named by their number («la 2», «the last one») or by words that only one of them
    has («quella sui tempi»). What names no item, or more than one, is None too; a removal of all
    that there is leaves an empty tuple. What is added keeps the client's words and may be a list.
    """
    if len(text) > LONGEST_READ:
        return None
    named = _LIST_NAMED.sub(lambda found: found["before"] or "", text)
    for change in (_removed, _replaced, _added):
        changed = change(named, current)
        if changed is not None:
            return changed
    return None


def number_lines(items: Sequence[str]) -> str:
    """Return the items as numbered lines: ``1. …``."""
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, start=1))


def _added(text: str, current: Sequence[str]) -> Items | None:
    found = _ADD.match(text)
    if not found or (found["soft"] and ("?" in text or _ADDS_NOTHING.search(found["new"]))):
        return None
    new = split_expectations(_THANKS.sub("", " " + found["new"]).rstrip("? "))
    known = {fold(item) for item in current}
    if not new or _UNSAID.match(new[0]):
        return None
    return (*current, *(item for item in new if fold(item) not in known))


def _removed(text: str, current: Sequence[str]) -> Items | None:
    said = clean(text).rstrip(" .!?")
    found = _REMOVE.match(said) or _NOT_NEEDED.match(said)
    places = _places(found["ref"], current) if found else None
    if places is None:
        return None
    return tuple(item for place, item in enumerate(current) if place not in places)


def _replaced(text: str, current: Sequence[str]) -> Items | None:
    said = clean(text)
    found = _CHANGE.match(said)
    words, joints = (found["rest"], _INTO) if found else (said, _BECOMES)
    for joint in joints.finditer(words):
        place = _place(words[: joint.start()], current)
        new = words[joint.end() :].strip(" \"'«»“”")
        if place is not None and new:
            return (*current[:place], new, *current[place + 1 :])
    return None


def _places(named: str, current: Sequence[str]) -> set[int] | None:
    """Return the places of the items that words name, counted from 0; None where one is unsure."""
    folded = fold(_THANKS.sub("", named)).strip(" ,:;")
    if _ALL.fullmatch(folded):
        return set(range(len(current))) or None
    if _THAT_ONE.fullmatch(folded):
        return {0} if len(current) == 1 else None
    whole = _place(folded, current)
    if whole is not None:
        return {whole}
    places = {_place(part, current) for part in _AND.split(folded)}
    return None if None in places else {place for place in places if place is not None}


def _place(named: str, current: Sequence[str]) -> int | None:
    """Return the place of the one item that words name, counted from 0."""
    folded = fold(named).strip(" ,:;\"'«»“”")
    if found := _BY_NUMBER.fullmatch(folded):
        if found["digits"]:
            place = int(found["digits"]) - 1
        elif found["last"]:
            place = len(current) - 1
        else:
            place = next(n for n in range(len(_COUNTED)) if found[f"n{n}"])
        return place if 0 <= place < len(current) else None
    telling = [word for word in _WORDS.findall(folded) if word not in _NOT_TELLING]
    if not telling:
        return None
    fitting = [
        place
        for place, item in enumerate(current)
        if all(
            any(_same_word(word, other) for other in _WORDS.findall(fold(item))) for word in telling
        )
    ]
    return fitting[0] if len(fitting) == 1 else None


def _has_word(item: str, word: str) -> bool:
    return any(_same_word(word, other) for other in _WORDS.findall(fold(item)))


def _same_word(a: str, b: str) -> bool:
    """Tell whether two words differ in their ending at most: «tempi» and «tempo»."""
    stem = max(min(len(a), len(b)) - 2, 3)
    return a == b or (a[:stem] == b[:stem] and abs(len(a) - len(b)) < 3 and len(a) > 3 < len(b))
