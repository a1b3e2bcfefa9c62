"""Several deadlines in one message, each with what it is for: «la bozza entro il 10, la firma …».

Only a message in which each of two clauses or more has its own day and its own thing is taken
apart; about every other one `read_deadline` has the word, with its rules for corrections, wishes,
ranges and what is no deadline at all.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from itertools import pairwise

from actions.logic.deadlines.distractors import blot
from actions.logic.deadlines.meanings import VAGUE, Frame, Moment
from actions.logic.deadlines.moments import find_moments
from actions.logic.deadlines.reader import (
    Candidate,
    Deadline,
    deadline_of,
    read_deadline,
    weigh,
    without_names,
)
from actions.logic.deadlines.roles import Role, corrects, lies_behind
from actions.logic.deadlines.spelling import Script, read_script
from actions.logic.deadlines.vocabulary import either, words
from actions.logic.duckling import Duckling

Span = tuple[int, int]

_FULL_STOP = re.compile(r"[;\n!?]|(?<!\bdott)(?<!\bavv)(?<!\bsig)(?<!\bart)\.(?=\s|$)")
_CLAUSE_END = re.compile(
    rf"{_FULL_STOP.pattern}|,(?=\s|$)|\s-\s|"
    + words(
        r"e poi|e|ed|poi|mentre|invece|ma|and then|and|then|while|whereas|but|plus",
    ).pattern
)
_ALTERNATIVE = words(r"o|oppure|ovvero|altrimenti", r"or|otherwise|either")
_DETERMINER = re.compile(
    r"(?:(?:il|lo|la|i|gli|le|un|uno|una|the|an?|our|my|your|this|that)\b"
    r"|(?:l|un|quest|quell)'|(?:quest|quell|tutt)[aoie]\b)"
)
# What stands before a thing and says only that it is wanted.
_LEAD = re.compile(
    r"(?:[^\w#]+|_+|\d{1,2}[.)] "
    r"|"
    + words(
        r"e|ed|poi|mentre|invece|ma|inoltre|anche|allora|ecco|direi|per|si|ok|buongiorno|buonasera",
        r"(?:mi|ci|vi|le) (?:serv|occorr)\w+|(?:ho|abbiamo|avrei|avremmo) bisogno (?:di|d'|de\w+)",
        r"serv(?:e|ono)|occorr(?:e|ono)|vorre(?:i|mmo)|vogli(?:o|amo)|d(?:evo|obbiamo)|bisogna",
        r"aspett(?:o|iamo)|attend(?:o|iamo)|avere|ricevere",
        r"and|then|while|whereas|but|also|plus|hello|hi|yes|for|please",
        r"(?:i|we)(?:'d| would| will)? (?:need|want|like|expect|have to|must|should)",
        r"to (?:have|get|receive|see)|(?:send|give|get) (?:me|us)|can (?:i|we) have",
        r"(?:prima|dopo|primo|secondo|terzo|infine|first|second|third|finally|lastly)"
        r"(?=,? (?:il|lo|la|i|gli|le|l'|un|the|an?)\b)",
    ).pattern
    + r")+"
)
# What stands between a thing and its day: verbs that say that it is due, and prepositions.
_TAIL = re.compile(
    r"(?:[^\w#]|_|"
    + either(
        r"\b(?:(?:che )?(?:va|vanno|(?:dev|dovr)\w+(?: essere)?|dev'essere|sia|siano|sar\w+|e|sono)"
        r"|essere)(?: \w+[ts][oaie])?",
        r"\b(?:(?:mi|ci) )?(?:serv|occorr)\w+|\b(?:puo|possono) (?:aspettare|attendere)|\bcan wait",
        r"\b(?:is|are|must|should|ha(?:s|ve) to|needs? to|will)(?: be)?"
        r"(?: (?:due|ready|done|in|\w+(?:ed|nt|id|ten)))?",
        words(
            r"entro|per|il|lo|la|le|al|alla|alle|a|ad|di|del|dal|in|nel|non|oltre|piu|tardi",
            r"tra|fra|verso|massimo|max|prima|fino|giorno|data|circa|quindi|invece|pero|poi|solo|gia|pront[oaie]",
            r"by|on|the|at|before|no|later|than|until|till|within|due|latest|around|for|from|ready",
        ).pattern,
    )
    + r")$"
)
# Words that name the deadline itself, or tell that the clause is no thing with its day.
_NO_THING = words(
    r"limite|scad\w+|termin[ei]|data|giorn[oi]|ideal\w*|massimo|minimo|meglio|tutto|resto",
    r"sono|siamo|siete|ho|ha|hanno|abbiamo|vien[ei]|vengono|arriva\w*|part[eo]|torno|che|se|quando|perche|cosa|non|no|senza|scus\w+|anzi",
    r"forse|magari|preferi\w+|altrimenti",
    r"limit|deadline|date|day|ideal\w*|best|everything|rest|expires?|lapses|ends|runs|closes",
    r"i|we|you|they|he|she|it|am|have|has|will|if|when|because|what|not|without|sorry|rather",
    r"maybe|perhaps|prefer\w*",
)
# When something is due that has no day, beside something that has one.
_WITHOUT_DAY = words(
    r"(?:il |al |nel )?(?:piu )?(?:quanto prima|prima possibile)|il piu presto possibile",
    r"(?:non )?appena (?:possibile|potete|puo|si puo|riuscite)",
    r"quando (?:potete|avete tempo|riuscite)|prossimamente|piu avanti",
    r"con (?:tutta )?(?:calma|comodo)",
    r"(?:senza|non c'e) (?:alcuna |nessuna )?(?:fretta|urgenza)",
    r"as soon as (?:possible|you can)|asap|when(?:ever)? you (?:can|have time)",
    r"(?:in )?no (?:rush|hurry)|at your (?:earliest )?convenience",
)
# Of what has no day, everything else may be the thing.
_REST = words(r"(?:tutto )?il resto|tutto|resto", r"(?:all )?the rest|everything(?: else)?|rest")
# What is blotted out for looking like a date, such as «F24», is a word here.
_WORD = re.compile(r"[^\W\d_]\w+|#")
WITHOUT_DAY = "without day"  # the rule's name
LONGEST_THING = 10  # words
LONGEST_CLAUSE = 300  # characters


def read_deadlines(
    text: str, *, language: str, now: dt.datetime, duckling: Duckling | None = None
) -> list[tuple[Deadline, str | None]]:
    """Read a message as the answer to "by when?", where it may name several things and their days.

    Each deadline comes with what it is for in the client's words, in the order of the message. A
    message that is not clearly several is one pair of what `read_deadline` says and None, and
    empty where that finds nothing. Where one of several days can't be, lies behind or has two
    readings, that one alone is returned, with None, so that the client is asked again.
    """
    single = read_deadline(text, language=language, now=now, duckling=duckling)
    if single is None:
        return []
    if single.kind not in ("date", "invalid", "past"):
        return [(single, None)]
    return _several(text, language, now) or [(single, None)]


def _several(text: str, language: str, now: dt.datetime) -> list[tuple[Deadline, str | None]]:
    """Return the deadlines of a message that clearly has two and more, or nothing."""
    script = read_script(text)
    plain = blot(without_names(script), text)
    frame = Frame(now, language, lambda position: lies_behind(plain, position), plain)
    due = [c for c in weigh(plain, find_moments(plain, frame), frame) if c.role >= Role.WISH]
    with_others = _with_those_without_day(plain, due)
    return _taken_apart(script, plain, frame, with_others) or _taken_apart(
        script, plain, frame, due
    )


def _taken_apart(
    script: Script, plain: str, frame: Frame, due: list[Candidate]
) -> list[tuple[Deadline, str | None]]:
    """Return what is due when, if each has its own thing; otherwise nothing."""
    if len(due) < 2 or not _apart(plain, due):
        return []
    # «Comunque entro venerdì» names nothing: beside what has no day, only what has an article does.
    strict = any(candidate.moment.rule == WITHOUT_DAY for candidate in due)
    things = [
        _thing(plain, clause, candidate, strict)
        for clause, candidate in zip(_clauses(plain, [c.moment for c in due]), due)
    ]
    said = [script.said(*thing) for thing in things if thing]
    if len(said) < len(due) or len({words.casefold() for words in said}) < len(said):
        return []
    found = _in_later_month(due, [deadline_of(script, c.moment, frame) for c in due])
    problem = next((d for d in found if d.kind in ("invalid", "past") or d.alternatives), None)
    if problem:
        return [(problem, None)]
    if not any(deadline.kind == "date" for deadline in found):
        return []
    return list(zip(found, said))


def _with_those_without_day(plain: str, due: list[Candidate]) -> list[Candidate]:
    """Add what is due «il prima possibile» and the like; nothing where nothing has a day."""
    taken = [range(c.moment.start, c.moment.end) for c in due]
    found = [
        Candidate(Moment(match.start(), match.end(), VAGUE, WITHOUT_DAY), Role.LIMIT)
        for match in _WITHOUT_DAY.finditer(plain)
        if due and not any(match.start() in span for span in taken)
    ]
    return sorted([*due, *found], key=lambda candidate: candidate.moment.start)


def _apart(plain: str, due: list[Candidate]) -> bool:
    """Tell whether no day corrects another, stands for it, or is only the day of an event."""
    if any(c.role in (Role.EVENT, Role.NEW_DATE) or c.moment.rule == "then" for c in due):
        return False
    return not any(
        corrects(plain[: first.moment.start], between) or _ALTERNATIVE.search(between)
        for first, second in pairwise(due)
        for between in [plain[first.moment.end : second.moment.start]]
    )


def _clauses(plain: str, moments: list[Moment]) -> list[Span]:
    """Return the clause of each moment; they follow each other and do not overlap."""
    clauses = []
    start = 0
    for moment, following in pairwise([*moments, None]):
        if moment is None:
            break
        end = _clause_end(plain, start, moment, following) if following else len(plain)
        clauses.append((start, end))
        start = end
    return clauses


def _clause_end(plain: str, start: int, moment: Moment, following: Moment) -> int:
    """Return where the clause of a moment ends: at a comma, or at «e» where there is none.

    «La bozza entro il 10, il parere e la relazione entro il 31»: what follows the day belongs to
    the next one; after «entro il 10 la bozza» it belongs to this one, up to the last such place.
    """
    place = 0 if _before(plain, start, moment.start) else -1
    ends = [found.start() for found in _CLAUSE_END.finditer(plain, moment.end, following.start)]
    return ends[place] if ends else following.start


def _thing(plain: str, clause: Span, candidate: Candidate, strict: bool) -> Span | None:
    """Return where in its clause the thing stands that is due, before its day or after it."""
    moment = candidate.moment
    thing = _before(plain, clause[0], moment.start) or _after(plain, moment.end, clause[1])
    if thing is None:
        return None
    words = plain[slice(*thing)]
    if moment.rule == WITHOUT_DAY:
        words = _REST.sub("", words)
    if _NO_THING.search(words) or len(words.split()) > LONGEST_THING:
        return None
    # «Bozza 10/12» may be anything, «bozza entro il 10/12» and «bozza: 10/12» may not.
    between = plain[thing[1] : moment.start] or plain[moment.end : thing[0]]
    if _DETERMINER.match(plain, thing[0]):
        return thing
    if strict:
        return None
    named = candidate.role >= Role.LIMIT
    return thing if named or re.match(r" ?[:-]", between) else None


def _before(plain: str, start: int, end: int) -> Span | None:
    """Return the thing that leads to a day: the last part, and those that it goes on listing."""
    for stop in _FULL_STOP.finditer(plain, start, end):
        start = stop.end()
    parts = [start, *(comma.end() + start for comma in re.finditer(", ", plain[start:end]))]
    listing = (part for part in parts if _DETERMINER.match(plain, _led(plain, part, end)))
    start = next(listing, parts[-1])
    return _trimmed(plain, start, end)


def _after(plain: str, start: int, end: int) -> Span | None:
    """Return the thing that follows its day, up to a remark that lists nothing more."""
    start = _led(plain, start, end)
    if stop := _FULL_STOP.search(plain, start, end):
        end = stop.start()
    for comma in re.finditer(",", plain[start:end]):
        if not _DETERMINER.match(plain, _led(plain, start + comma.end(), end)):
            end = start + comma.start()
            break
    return _trimmed(plain, start, end)


def _trimmed(plain: str, start: int, end: int) -> Span | None:
    """Take away what introduces a thing and what leads on to its day; None where nothing stays."""
    start = _led(plain, start, end)
    if end - start > LONGEST_CLAUSE:
        return None
    while tail := _TAIL.search(plain, start, end):
        end = tail.start()
    return (start, end) if _WORD.search(plain, start, end) else None


def _led(plain: str, start: int, end: int) -> int:
    lead = _LEAD.match(plain, start, end)
    return lead.end() if lead else start


_NAMES_MONTH = ("day and month", "month and day")


def _in_later_month(due: list[Candidate], found: list[Deadline]) -> list[Deadline]:
    """«La bozza entro il 10 e la firma entro il 31 gennaio»: both in January."""
    rules = [candidate.moment.rule for candidate in due]
    first = next((i for i, rule in enumerate(rules) if rule in _NAMES_MONTH), 0)
    month = found[first].date
    return [
        replace(deadline, date=month.replace(day=deadline.date.day))
        if rule == "day of month"
        and month
        and deadline.date
        and index < first
        and deadline.date < month
        and deadline.date.day < month.day
        else deadline
        for index, (deadline, rule) in enumerate(zip(found, rules))
    ]
