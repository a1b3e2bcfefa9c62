"""Lists in the client's own words: a message taken apart, and changes to what was listed.

Nothing is taken apart that is not clearly a list: two expectations in one row do less harm than one
torn in two. Only what marks the list is taken away; lengths are checked by `actions.logic.fields`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from actions.logic.wording import clean, fold, is_question

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


_COUNTS = {"due": 2, "two": 2, "2": 2, "tre": 3, "three": 3, "3": 3}
_COUNTS |= {"quattro": 4, "four": 4, "4": 4}
_WITH_COUNT = re.compile(
    r"^\W*(?:[\w' ]{0,20}\s)?(?P<count>due|tre|quattro|two|three|four|[234])"
    r" (?:cose|punti|things|points)"
    r"\s*[:,]\s*(?P<items>[^:;\n]+)$",
    re.IGNORECASE,
)


def split_expectations(text: str) -> Items:
    """Return what the client expects, one item each where they clearly made a list.

    A list is made of lines, bullets, numbers, letters, semicolons, «primo … secondo …», clauses
    that are each a wish of their own («… inoltre vorrei …»), or three short items and more
    between commas after a colon. Everything else is one item; blank text is none.
    """
    ways = (_lines, _bullets, _numbers, _ordinals, _semicolons, _clauses, _announced, _enumeration)
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


def _announced(text: str) -> list[str]:
    """Read «due cose: … e …», where there are as many as was said."""
    found = _WITH_COUNT.match(text)
    parts = re.split(r"\s*,\s*(?:e |and )?|\s+(?:e|and)\s+", found["items"]) if found else []
    wanted = _COUNTS[found["count"].lower()] if found else 0
    return parts if len(parts) == wanted else []


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

# What may stand around a change without a meaning of its own.
_PLEASE = (
    r"(?:per (?:favore|piacere|cortesia|gentilezza)|cortesemente|gentilmente|se possibile"
    r"|(?:se|quando) (?:può|puo|puoi|riesce)|se non (?:disturbo|è un problema|(?:le|ti) dispiace)"
    r"|please|kindly|if (?:possible|you can|you don['’]t mind|that['’]s (?:ok(?:ay)?|possible))"
    r"|e+h+m*|u+h+m*|u+m+|m+h+|h+m+|m{2,})"
)
_UP_TO_COMMA = r"\b[^,.;:!]{0,80}(?=[,.;:!])"
_FORGOT = (
    r"(?:(?:quasi |mi )?dimenticavo|(?:me ne |mi )?(?:sono|ero) dimenticat\w|ho dimenticato"
    r"|i (?:almost |nearly )?forgot)"
)
_OPENING = re.compile(
    rf"^\W*(?:(?:{_PLEASE}|sì|si|no|ok|okay|yes|yeah|a+h+|o+h+|o+ps|be['’]?h?|mah|bah|oddio|dai"
    r"|buon(?:giorno|asera|a sera)|salve|ciao|hello|hi|hey|good (?:morning|afternoon|evening)"
    rf"|(?:mi |chiedo )?scus\w+(?: ancora| tanto)?(?:\s+(?:se|per|il){_UP_TO_COMMA})?"
    r"|(?:mi )?perdoni|perdonami|mi (?:di)?spiace|abbi\w* pazienza|pardon|excuse me"
    rf"|(?:i am |i['’]m )?(?:so )?sorry(?:\s+(?:for|to|about|if){_UP_TO_COMMA})?|(?:my )?apologies"
    r"|errore mio|mi correggo|mi sono sbagliat\w|ho sbagliato|ho cambiato idea|ci ho ripensato"
    r"|(?:ri)?pensandoci(?: bene| meglio)?|a pensarci bene|my (?:mistake|bad)|i made a mistake"
    r"|i(?:['’]ve)? changed my mind|on second thoughts?|come to think of it"
    r"|(?:aspett[aio]|aspettate|attenda|wait|hold on)"
    r"(?: (?:(?:solo )?un|(?:just )?a) (?:attimo|momento|secondo|minute|moment|sec(?:ond)?))?"
    r"|(?:solo )?un (?:attimo|momento|secondo)|(?:just )?(?:one|a) (?:minute|moment|sec(?:ond)?)"
    rf"|{_FORGOT}(?!\s*:)(?:\s+(?:di|to)\b)?"
    r"|allora|dunque|insomma|quindi|ecco|senta|senti|guard[ai]|bene|benissimo|perfetto|ottimo"
    r"|certo|va bene|d['’]accordo|grazie(?: mille)?|anzi|invece(?!\s+(?:di|del))|e|ed|ma|però|pero"
    r"|poi|ora|adesso|solo|and|but|then|so|now|just|well|right|alright|great|perfect|fine|actually"
    r"|instead(?! of)|thanks|thank you)\b\W*)*",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    rf"[\s,;]{{1,9}}(?:{_PLEASE}|(?:molte |tante )?grazie(?: mille| tante| ancora)?"
    r"|(?:mi )?scus(?:i|a|ate|ami)(?: (?:ancora|tanto|il disturbo|per il disturbo))?|chiedo scusa"
    r"|(?:many )?thanks(?: a lot| again)?|thank you(?: (?:very|so) much)?|cheers|too|as well"
    r"|allora|then"
    r"|(?:i['’]m )?(?:so )?sorry(?: (?:for|about) (?:that|this|the trouble))?"
    r"|(?<=,\s)(?:ok(?:ay)?|va bene|d['’]accordo|all right|alright))\W*$",
    re.IGNORECASE,
)
# «Vorrei togliere», «le chiedo di togliere», «could you please remove».
_ASKING = (
    r"(?:(?:anche|inoltre|also)[\s,]+)?"
    r"(?:(?:(?:(?:mi|ci|si|vi|le|l[aoi])\s+)?(?:può|puo|puoi|potete|potrebbe|potresti|potreste|posso"
    r"|possiamo|potrei|potremmo|vorre(?:i|mmo)|voglio|vogliamo|preferire(?:i|mmo)|devo|dovrei"
    r"|dobbiamo|bisogna|bisognerebbe|occorre|(?:è|sarebbe) possibile|c['’]è da"
    r"|chied(?:o|iamo|er(?:e|ei|le|vi)) di)"
    r"|(?:can|could|would|will|may) (?:you|i|we)(?: mind)?|is it possible to|let['’]s|let me"
    r"|(?:i|we)(?:['’]d| would) like (?:you )?to|(?:i|we) (?:want|need|wish) (?:you )?to)\b[\s,]*"
    rf"(?:(?:{_PLEASE}|anche|pure|also|just)\b[\s,]*){{0,2}}){{0,3}}"
    r"(?:(?:me|ce|mi|ci|vi|l[aoei])\s+){0,2}"
)
# «Devo togliere la 2?» asks.
_WONDERS = re.compile(
    r"(?:devo|dovrei|dobbiamo|bisogna|bisognerebbe|occorre|should i|do i have to)\b[^?]*\?",
    re.IGNORECASE,
)
_AFTER_VERB = rf"(?:[\s,]+(?:{_PLEASE}|pure|anche|via|also|just)\b[\s,]*){{0,3}}"
# «Lo aggiungo dopo» adds nothing now.
_ADDING = r"(?:(?<!\bl[aoi]\s)aggiung\w+|add(?:ing)?)"
_REMOVING = (
    r"(?:togli(?:amo|ete|ere(?:i|mmo)?|e)?|tolga(?:no)?|toglier(?=l[aoei]\b|mi\b)"
    r"|(?:lev|elimin|cancell|scart|depenn|stralci)"
    r"(?:are|ate|iamo|ere(?:i|mmo)|ar(?=l[aoei]\b|mi\b)|a|i)"
    # «Via mail» is a way to be reached.
    r"|rimuov(?:iamo|ete|ere(?:i|mmo)?|er(?=l[aoei]\b|mi\b)|i|a)|via(?=\s+(?:l[aeo'’]|quell|tutt))"
    r"|remov(?:e|ing)|delete|drop|discard|omit|scratch|take (?:out|off|away)|cross (?:out|off)"
    r"|strike(?: (?:out|off))?|get rid of|leave out"
    # «Cancel» or «forget it» means all of it.
    r"|(?:cancel|forget(?: about)?)"
    r"(?=\s+(?:the\s+)?(?:number|item|point|#|\d|first|second|third|fourth|last|one\b)))"
)
_IT = r"(?:mi)?(?P<it>l[aoei])?\b"
_CHANGING = (
    r"(?:cambi\w*|modific\w*|corregg\w*|sostitui\w*|riscriv\w*"
    r"|change|replace|edit|update|correct|amend|rewrite|reword|rephrase|make)"
)
_PUTTING = r"(?:mett\w+|scriv\w+|inseri\w+|put|write|use)"

# «Aggiungi anche …» --------------------------------------------------------------------------

_ADD = re.compile(
    rf"(?:{_ASKING}(?:{_ADDING}(?:\s+in\b)?|(?:mett\w+|scriv\w+|inseri\w+|includ\w+)\s+(?:anche|pure)"
    rf"|include|put also){_AFTER_VERB}(?:\s+(?:che|too))?\s*:?\s+"
    # Words that begin many other messages: an addition only where they do not ask.
    r"|(?P<soft>(?:(?:c['’]è |ci sarebbe |c['’]è anche )?"
    r"(?:un['’]altra(?: ancora)?|ancora una|(?:un['’])?ultima|una(?= cosa ancora))"
    r"(?: (?:cosa|richiesta|aspettativa))?(?: ancora)?"
    r"|(?:there['’]s )?(?:one (?:more|other|last)|another|last)"
    r"(?: (?:one|thing|point|request|expectation))?)"
    r"(?:\s*:\s*|(?<=cosa|hing),\s*|\s+-\s+)"
    rf"|(?:{_FORGOT}|(?:un['’])?aggiunta)\s*:\s*"
    r"|(?:anche|inoltre|in più|pure|also|in addition|plus"
    r"|(?:vorre(?:i|mmo)|voglio|vogliamo|(?:mi|ci) (?:aspett|serv|occorr|piacer|interess)\w+"
    r"|manca(?:no)?) (?:anche|pure|inoltre|ancora)"
    r"|(?:ho|abbiamo|avrei|avremmo) bisogno (?:anche|pure) di"
    r"|(?:i|we)(?:['’]d| would) also (?:like|love|want|need)|(?:i|we) also (?:want|need|expect))"
    r"[,:]?\s+))"
    r"(?P<new>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# «Anche il nome è sbagliato», «anche se non so quando» add nothing.
_ADDS_NOTHING = re.compile(
    r"^\W*(?:va|vanno|bene|ok|okay|sì|si|no|yes|fine|good|io|noi|me|i(?= am\b)|too|(?:a|per|da|con)"
    r" (?:me|noi|lei|voi)|se|perch[eéè]|quando|dove|qui|qua|lì|là|troppo|dopo|prima|subito|for me"
    r"|adesso|ora|un (?:attimo|momento)|if|because|when|here|known as|not[oa] come|dett[oa]"
    r"|salta|skip|non (?!vorr|vogli)|nessun\w*|niente|nulla|nothing|none"
    r"|(?:i|we) (?:don['’]t|do not|haven['’]t|have no|can['’]t)|quest[aoei]\W*$|quell[aoei]\W*$"
    r"|(?:this|that)(?: one)?\W*$)\b"
    r"|\b(?:sbagliat|errat|scorrett|wrong|incorrect)"
    r"|\b(?:nome|name|e-?mail|mail|telefono|phone|numero|number|indirizzo|address|scadenza|deadline)"
    r"\W+(?:\w+\W+)?(?:è|is)\b",
    re.IGNORECASE,
)
# Answers to other questions: ways to be reached, and days.
_CHANNEL = (
    r"(?:e-?mail|mail|posta(?: elettronica)?|pec|telefono|cellulare|cell|fisso|sms|whatsapp"
    r"|telegram|numero|indirizzo|recapito|chat|voce|phone|mobile|landline|post|letter|text|number|address)"
)
_WHEN = (
    r"(?:\d[\d/.:-]*|primo|fine|metà|inizio|(?:genn?|febbr|ott|novem?|dicem?|settem?)\w*|marzo|aprile"
    r"|maggio|giugno|luglio|agosto|(?:lune|marte|mercole|giove|vener)d[iì]|sabato|domenica|oggi"
    r"|domani|dopodomani|stasera|mattin[ao]|pomeriggio|sera|ore|settiman[ae]|mes[ei]|ann[oi]|giorn[oi]|prossim[oaie]|dopo|presto"
    r"|(?:jan|feb|aug|sep|oct|nov|dec)\w*|march|april|may|june|july"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|tonight|next|weeks?|months?|years?"
    r"|days?|morning|afternoon|evening|end|asap|soon|later)"
)
_LINK = (
    r"(?:il|lo|la|l['’]|le|i|un|una|mi[ao]|nostr[ao]|di|del(?:la|l['’])?|entro|per|via|tramite|con|a"
    r"|al(?:la|l['’])?|su|da|dal|in|the|my|our|by|on|at|an?|of|before|until|from|to)"
)
_ELSEWHERE = re.compile(
    rf"\W*(?:{_LINK}(?:\s+|(?<=['’])))*(?:{_CHANNEL}(?:\s+(?:di )?(?:casa|lavoro|ufficio))?\W*"
    rf"|(?:(?:{_LINK}\s+)*{_WHEN}\W+)+)",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"\S@\S|\bchiocciola\b|\d(?:[\s()./-]{0,2}\d){6}")
# «Vorrei aggiungere una cosa: …»
_ANNOUNCED = re.compile(
    r"(?:ancora )?(?:una(?: cosa)?|quest[ao]|un['’]altra(?: \w+)?|one(?: more)?(?: thing)?"
    r"|this(?: one)?|another(?: one| thing)?)"
    r"\s*:\s*",
    re.IGNORECASE,
)
# «Vorrei aggiungere una cosa»: what, comes next.
_UNSAID = re.compile(
    r"(?:(?:ancora )?(?:qualcosa|qualcos['’]altro|una cosa|un['’]altra|altr[oe]"
    r"|(?:due|tre|delle) cose)|something|(?:one|another) (?:more )?thing)\b"
    r"(?! (?:di|da|per|of|for|to)\b)|(?:dopo|più tardi|later)\b"
    r"|(?:un['’]aspettativa|una richiesta|una voce|un punto|(?:an?|one|another|one more)"
    r" (?:expectation|item|point|request|one))\W*$",
    re.IGNORECASE,
)
# «Alle aspettative aggiungi …», «aggiungi alla lista …», «add … to my expectations».
_LIST_NAME = (
    r"(?:alle|dalle|nelle|tra le|fra le|alla|dalla|nella|all['’]|dall['’]|to|from|in|off)\s*"
    r"(?:(?:mi[ae]|nostr[ae]|my|our|the)\s+)?(?:aspettative|lista|elenco|expectations|list)"
)
_LIST_NAMED = re.compile(
    rf"(?P<before>^\W*(?:\w+\s+){{0,3}}){_LIST_NAME}\b\s*(?=[:\s]|$)|\s+{_LIST_NAME}(?=\W*$)",
    re.IGNORECASE,
)

# «Togli la 2» --------------------------------------------------------------------------------

_REMOVE = re.compile(rf"{_ASKING}{_REMOVING}{_IT}{_AFTER_VERB}[\s:,]*(?P<ref>.*)$", re.IGNORECASE)
# «Take the second one out».
_REMOVE_AROUND = re.compile(
    rf"{_ASKING}(?:take|cross|strike|leave)\s+(?P<ref>.{{1,200}}?)\s+(?:out|off|away)$",
    re.IGNORECASE,
)
_NO_MORE_NEED = re.compile(
    r"(?:non (?:mi |ci )?(?:serv|interess|occorr)\w+(?: più)?|non (?:ho|abbiamo) più bisogno di"
    r"|non (?:voglio|vogliamo) più|(?:i|we) (?:no longer|don['’]t|do not) (?:need|want))"
    r"\s+(?P<ref>.+?)(?:\s+any ?more)?$",
    re.IGNORECASE,
)
_NEEDLESS = (
    r"(?:non (?:mi |ci )?(?:serv|interess|occorr)\w+|non (?:è|sono) più (?:necessari|util)\w+"
    r"|non l[aoei] (?:voglio|vogliamo)"
    r"|(?:(?:is|are) (?:no longer|not)|isn['’]t|aren['’]t) (?:needed|necessary|relevant|required))"
)
_NOT_NEEDED = re.compile(
    r"^(?P<ref>.{1,200}?)[\s,;:.?!-]{1,5}(?:no\b[\s,;:.!-]{0,5})?"
    rf"(?:{_NEEDLESS}(?: più| any ?more)?|can go"
    r"|(?:can|should|must) be (?:removed|deleted|dropped|taken out|left out)"
    rf"|(?:(?:va|vanno|è da|sono da|da)\s+)?{_ASKING}"
    rf"(?:{_REMOVING}(?:l[aoei])?(?: it)?|(?:tolt|elimin|cancell|lev)(?:at)?[aoie])"
    r"(?: (?:pure|via|it))?)$",
    re.IGNORECASE,
)
# «Togli la 2, non serve più»: why, does not matter.
_REASON = re.compile(
    r"[\s,;.:(-]{1,3}(?:perch[eéè]|poich[eéè]|siccome|tanto|visto|ormai|che non"
    r"|non (?:mi |ci )?(?:serv|interess)\w+"
    r"|(?:l['’])?(?:ho|abbiamo) (?:già|cambiato|sbagliat|risolto|scritt|mess)"
    r"|(?:è|era) (?:stat[ao]|un errore|già|sbagliat)|because|since|it['’]s|it (?:is|was)|that was"
    r"|(?:i|we) (?:no longer|don['’]t|already|made|have|changed)|my mistake|errore)\b",
    re.IGNORECASE,
)

# «Cambia la 2 in …» --------------------------------------------------------------------------

_INTO = re.compile(r"\s*(?:\b(?:in|con|to|with|into|così)\b\s*:?|:|→|->|=>)\s+", re.IGNORECASE)
_CHANGE = re.compile(rf"{_ASKING}{_CHANGING}{_AFTER_VERB}\s+(?P<rest>.+)$", re.IGNORECASE)
_CHANGE_AFTER = re.compile(
    rf"^(?P<ref>[^:]{{1,120}}?)[\s,?]{{1,4}}(?:(?:va|vanno|è da|andrebbe)\s+)?{_ASKING}{_CHANGING}"
    rf"{_AFTER_VERB}(?:{_INTO.pattern})(?P<new>.+)$",
    re.IGNORECASE,
)
_BECOMES = re.compile(
    r"\s+(?:diventa|diventi|deve (?:essere|diventare)|dovrebbe (?:essere|dire)|sarebbe|becomes"
    r"|should (?:be|read|say)|must be|is now)\s*:?\s+|\s*(?:→|->|=>)\s*",
    re.IGNORECASE,
)
_INSTEAD = r"(?:invece|al posto|instead|in place|rather than)\s*(?:del(?:l[aoe]|l['’])?|di|of)?\s*"
_INSTEAD_FIRST = re.compile(
    rf"{_INSTEAD}(?P<ref>[^:,]{{1,120}}?)(?:\s*(?:[:,]|→|->|=>)\s*(?:{_ASKING}{_PUTTING}\s+)?"
    rf"|\s+(?:{_ASKING}{_PUTTING}|vorre(?:i|mmo)|(?:i|we)(?:['’]d| would) like)\s*:?\s+)"
    r"(?P<new>\S.*)$",
    re.IGNORECASE,
)
_INSTEAD_LAST = re.compile(
    rf"{_ASKING}{_PUTTING}\s+(?P<new>\S.*?)[\s,]+{_INSTEAD}(?P<ref>.{{1,120}})$", re.IGNORECASE
)

# Which one -----------------------------------------------------------------------------------

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
    rf"(?:(?:anche|pure|also|quell[aoe]|the|my|mi[ao]|l[aoe]|il|i|gli)\b\s*|l'|{_ITEM_NOUN}\s*)*"
    r"(?:(?P<digits>\d{1,2})\s*(?:[ao°^]|st|nd|rd|th)?|"
    + "|".join(f"(?P<n{n}>{words})" for n, words in enumerate(_COUNTED))
    + rf"|(?P<last>ultim[aoe]|last))\b°?(?:\s+{_ITEM_NOUN})?"
)
# «Cancella tutto» may mean far more than the list.
_ALL = re.compile(
    r"tutte(?: quante)?|tutte le \w+|tutt[oa] (?:l'elenco|la lista)"
    r"|all (?:of them|(?:my |the )?(?:expectations|items|points))|them all|the whole list"
)
_BOTH = re.compile(r"tutte e due|entramb[ei]|both(?: of (?:them|those))?")
_THAT_ONE = re.compile(r"l[aoei]|quest[aoe]|quell[aoe]|it|that(?: one)?|this(?: one)?|them")
_AND = re.compile(
    rf"\s*(?:,\s*(?:(?:e|ed|and)\s+)?|\b(?:e|ed|and)\b|&)\s*(?:{_REMOVING}\b\s*)?", re.IGNORECASE
)
_PLEASE_WITHIN = re.compile(rf"[\s,]{{0,3}}(?<!\w){_PLEASE}(?!\w)[\s,]{{0,3}}", re.IGNORECASE)
_CARDINALS = {
    word: number
    for number, words in enumerate(
        ("uno|one", "due|two", "tre|three", "quattro|four", "cinque|five", "sei|six"), 1
    )
    for word in words.split("|")
}
_CARDINAL = re.compile(
    rf"(?<!\w)(?P<before>(?:la|il|numero|punto|voce|richiesta|aspettativa|number|item|point) )"
    rf"(?P<word>{'|'.join(_CARDINALS)})(?!\w)"
)
# What refers to the list, whether or not there is such an item.
_POINTER = re.compile(
    rf"(?:{_BY_NUMBER.pattern})(?!\w)"
    r"|(?:anche |also )?(?:(?:quell|quest)[aoei]|(?:that|this|the) one)\b"
)
# Where another change may begin: «…, e aggiungi …».
_THEN = r"(?:e|ed|ma|poi|and|but|then)\s+"
_NEXT = re.compile(
    rf"(?:[.;,!\n]\s{{0,3}}(?:{_THEN}){{0,2}}|\s(?:{_THEN}){{1,2}})"
    rf"(?=(?P<verb>{_ASKING}(?:{_ADDING}|{_REMOVING}|{_CHANGING})(?:mi|l[aoei])?)\s"
    rf"|(?:l[aoe]|il|quell[ao]|the|number)\s[^,;.]{{1,60}}\s{_NEEDLESS})",
    re.IGNORECASE,
)
_MOST_CHANGES = 10
_COMMAND = re.compile(
    rf"(?P<verb>{_ASKING}(?:{_ADDING}|{_REMOVING}|{_CHANGING})(?:mi|l[aoei])?)\b{_AFTER_VERB}"
    r"(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_INFINITIVE = re.compile(r"(?:re|r[ml][aoei])$", re.IGNORECASE)
# «Aggiungi alla 2: …» goes on with an item; how, is not sure.
_TO_ITEM = re.compile(rf"(?:all?[ae']?|to)\s*{_BY_NUMBER.pattern.replace('?P<', '?P<to_')}\s*[:,]")
_WORDS = re.compile(r"[^\W_]+")
_NOT_TELLING = frozenset(
    "la il lo le gli l un una uno di del della dei delle degli dell su sul sulla sui sulle sugli"
    " che con per da al alla ai alle in nel nella quella quello quelle quelli questa questo"
    " riguardo circa richiesta aspettativa cosa punto voce parte parla dice relativa relativo anche"
    " mio mia miei the one about that those this with for on of and or item point expectation thing"
    " part regarding saying says concerning my our".split()
)


class _Edit(NamedTuple):
    """What one change does to the list as it was shown."""

    gone: frozenset[int] = frozenset()
    replaced: tuple[tuple[int, str], ...] = ()
    new: Items = ()


def read_list_change(text: str, current: Sequence[str]) -> Items | None:
    """Return the list after additions, removals and replacements, or None if a text is none.

    Items are named by their number («la 2», «the last one») or by words that only one of them
    has («quella sui tempi»). What names no item, or more than one, is None too; a removal of all
    that there is leaves an empty tuple. What is added keeps the client's words and may be a list.
    Several changes in one message all refer to the list as it was, and are made all or none.
    """
    if len(text) > LONGEST_READ:
        return None
    said = _bare("\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip()))
    if _WONDERS.match(said):
        return None
    for parts in (_changes(said), [said]):
        edits = [_edit(part, current) for part in parts]
        if None not in edits:
            return _edited(current, [edit for edit in edits if edit])
        if any(edit is None and _points(part) for part, edit in zip(parts, edits)):
            return None
    return None


def number_lines(items: Sequence[str]) -> str:
    """Return the items as numbered lines: ``1. …``."""
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, start=1))


def _bare(text: str) -> str:
    """Take courtesies, apologies and hesitations away from both ends."""
    bare, before = _OPENING.sub("", text, count=1), ""
    while bare != before:
        before, bare = bare, _CLOSING.sub("", bare)
    return bare


def _changes(text: str) -> list[str]:
    """Cut «togli la 2 e aggiungi …» in two; an infinitive goes on only after an infinitive."""
    parts, start, infinitive = [], 0, None
    for found in _NEXT.finditer(text):
        verb = found["verb"]
        if infinitive is None:
            first = _COMMAND.match(text)
            infinitive = bool(first and _INFINITIVE.search(first["verb"]))
        if found.start() == 0 or (verb and _INFINITIVE.search(verb) and not infinitive):
            continue
        parts.append(text[start : found.start()])
        start = found.end()
    parts.append(text[start:])
    return parts if len(parts) <= _MOST_CHANGES else [text]


def _points(part: str) -> bool:
    """Tell whether a change names an item as one does in a list, by its number or «quella»."""
    found = _COMMAND.match(_bare(part))
    return bool(found and _POINTER.match(fold(found["rest"]).lstrip(" ,:")))


def _edit(part: str, current: Sequence[str]) -> _Edit | None:
    named = _LIST_NAMED.sub(lambda found: found["before"] or "", part).lstrip()
    said = clean(named).rstrip("? ")
    return (
        _removed(said.rstrip(" .!?"), current)
        or _replaced(said, current)
        or _added(named, current, is_named=named != part)
    )


def _edited(current: Sequence[str], edits: Iterable[_Edit]) -> Items | None:
    """Make the changes; None where they contradict each other."""
    gone: set[int] = set()
    kept = dict(enumerate(current))
    new: list[str] = []
    for edit in edits:
        gone |= edit.gone
        kept.update(edit.replaced)
        new.extend(edit.new)
    if any(kept[place] != current[place] for place in gone):
        return None
    items = [item for place, item in kept.items() if place not in gone]
    known = {fold(item) for item in items}
    return (*items, *(item for item in new if fold(item) not in known))


def _added(text: str, current: Sequence[str], *, is_named: bool) -> _Edit | None:
    found = _ADD.match(text)
    if not found:
        return None
    said = _ANNOUNCED.sub("", found["new"]).rstrip("? ")
    if found["soft"] and (
        "?" in text
        or _ADDS_NOTHING.search(said)
        or (is_question(said) and not _WISHES.match(said))
        or _points(said)
    ):
        return None
    elsewhere = _ELSEWHERE.fullmatch(said + " ") or (_CONTACT.search(said) and not is_named)
    if elsewhere or _BY_NUMBER.fullmatch(_folded(said)) or _TO_ITEM.match(fold(said)):
        return None
    new = split_expectations(said)
    return _Edit(new=new) if new and not _UNSAID.match(new[0]) else None


def _removed(said: str, current: Sequence[str]) -> _Edit | None:
    cuts = islice(_REASON.finditer(said), 3)
    for told in (said, *(_bare(said[: cut.start()]) for cut in cuts)):
        for way in (_REMOVE, _REMOVE_AROUND, _NO_MORE_NEED, _NOT_NEEDED):
            if found := way.match(told):
                named = found["ref"] or (way is _REMOVE and found["it"]) or ""
                places = _places(named, current)
                if places is not None:
                    return _Edit(gone=frozenset(places))
    return None


def _replaced(said: str, current: Sequence[str]) -> _Edit | None:
    for named, new in _exchanges(said):
        place = _only_place(named, current)
        new = new.strip(" \"'«»“”")
        if place is not None and new and not _BY_NUMBER.fullmatch(_folded(new)):
            return _Edit(replaced=((place, new),))
    return None


def _exchanges(said: str) -> Iterator[tuple[str, str]]:
    """Find what may name an item and what may come in its place."""
    for way in (_INSTEAD_FIRST, _INSTEAD_LAST, _CHANGE_AFTER):
        if found := way.match(said):
            yield found["ref"], found["new"]
    changes = _CHANGE.match(said)
    words, joints = (changes["rest"], _INTO) if changes else (said, _BECOMES)
    for joint in islice(joints.finditer(words), _MOST_CHANGES):
        yield words[: joint.start()], words[joint.end() :]


def _places(named: str, current: Sequence[str]) -> set[int] | None:
    """Return the places of the items that words name, counted from 0; None where one is unsure."""
    folded = _folded(named)
    if _ALL.fullmatch(folded):
        return set(range(len(current))) or None
    if _BOTH.fullmatch(folded):
        return {0, 1} if len(current) == 2 else None
    whole = _only_place(folded, current)
    if whole is not None:
        return {whole}
    places = {_place(part, current) for part in _AND.split(folded)}
    return None if None in places else {place for place in places if place is not None}


def _only_place(named: str, current: Sequence[str]) -> int | None:
    """Return the place of the item that words name; the only one is «quella», too."""
    if _THAT_ONE.fullmatch(_folded(named)):
        return 0 if len(current) == 1 else None
    return _place(named, current)


def _folded(named: str) -> str:
    """Fold what names an item: without courtesies, cardinals as digits."""
    folded = _PLEASE_WITHIN.sub(" ", fold(named)).strip(" ,:;\"'«»“”.")
    return _CARDINAL.sub(lambda found: f"{found['before']}{_CARDINALS[found['word']]}", folded)


def _place(named: str, current: Sequence[str]) -> int | None:
    """Return the place of the one item that words name, counted from 0."""
    folded = _folded(named)
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


def _same_word(a: str, b: str) -> bool:
    """Tell whether two words differ in their ending at most: «tempi» and «tempo»."""
    stem = max(min(len(a), len(b)) - 2, 3)
    return a == b or (a[:stem] == b[:stem] and abs(len(a) - len(b)) < 3 and len(a) > 3 < len(b))
