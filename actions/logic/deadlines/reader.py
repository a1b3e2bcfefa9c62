"""From a message to its deadline: find the moments, weigh their roles, choose one."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from babel.dates import format_date

from actions.logic.deadlines.calendars import ONE_DAY, add_months
from actions.logic.deadlines.distractors import blot, names_in
from actions.logic.deadlines.meanings import INVALID, Frame, Moment, on
from actions.logic.deadlines.moments import find_moments
from actions.logic.deadlines.roles import Role, around, clause_bounds, corrects, is_past, role_of
from actions.logic.deadlines.spelling import Script, read_script
from actions.logic.deadlines.tones import ADJOURNED, BARE_NO, NONE, SEASON, UNDECIDED, VAGUE
from actions.logic.duckling import Duckling, DucklingUnavailableError

Kind = Literal["date", "none", "vague", "invalid", "past"]


@dataclass(frozen=True)
class Deadline:
    """The answer to "by when?".

    ``date`` and ``time`` are wall-clock in the zone of ``now``; ``said`` is the client's own words
    for it; ``alternatives`` are all honest readings, sorted, when there are two or more.
    """

    kind: Kind
    date: dt.date | None = None
    time: dt.time | None = None
    said: str = ""
    alternatives: tuple[dt.date, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A moment with the role it plays."""

    moment: Moment
    role: Role


def read_deadline(
    text: str, *, language: str, now: dt.datetime, duckling: Duckling | None = None
) -> Deadline | None:
    """Read a message as the answer to "by when?"; None where it says nothing about time.

    ``language`` is "it" or "en"; ``now`` is time-zone-aware and days are those of its zone.
    """
    script = read_script(text)
    plain = blot(_without_names(script), text)
    frame = Frame(now, language, lambda position: is_past(*around(plain, position)), plain)
    moments = find_moments(plain, frame)
    candidates = weigh(plain, moments, frame)
    chosen = choose(plain, candidates)
    later = next((c for c in candidates if c.role is Role.FROM), None)
    answer = _answer(script, plain, chosen, later, frame)
    if answer or moments or duckling is None:
        return answer
    return _ask_duckling(script, plain, frame, duckling)


def in_words(date: dt.date, time: dt.time | None, language: str) -> str:
    """Return the absolute date in words: "venerdì 15 gennaio 2027, ore 18:00"."""
    day = str(format_date(date, "EEEE d MMMM y", locale=language))
    if time is None:
        return day
    return f"{day}, {'ore ' if language == 'it' else ''}{time:%H:%M}"


def _without_names(script: Script) -> str:
    plain = script.plain
    for start, end in names_in(script.original[: len(script.plain) + 200]):
        plain = "".join(
            "#" if start <= script.starts[i] < end else character
            for i, character in enumerate(plain)
        )
    return plain


# "Fino alle 12 del 30 novembre" is one moment; its first word tells its role.
_LIMIT_OF_HOUR = re.compile(r"(?:entro|fino|non oltre|by|until) (?=al|le |l'|\d)")


def weigh(plain: str, moments: list[Moment], frame: Frame) -> list[Candidate]:
    """Return the moments that may be the deadline, with their roles."""
    candidates: list[Candidate] = []
    taken_back: list[Candidate] = []
    for index, moment in enumerate(moments):
        start, end = clause_bounds(plain, moment.start)
        if index:
            start = max(start, moments[index - 1].end)
        if index + 1 < len(moments):
            end = min(end, max(moments[index + 1].start, moment.end))
        left, right = plain[start : moment.start], plain[moment.end : max(end, moment.end)]
        if opening := _LIMIT_OF_HOUR.match(plain, moment.start):
            left += opening.group()
        if moment.rule == "ago":
            role: Role | None = Role.BACKGROUND
            if is_past(left, right) or not (left + right).strip(" .,!?"):
                role = Role.BARE
        else:
            best = moment.meaning.best
            role = role_of(left, right, days_ahead=(best - frame.today).days if best else 1)
            if role is Role.BACKGROUND and moment.rule in ("range", "span") and not _closed(left):
                role = Role.BARE
        if moment.rule == "day of month":
            earlier = sorted([*candidates, *taken_back], key=lambda c: c.moment.start)
            moment = _in_named_month(moment, left, role, earlier, frame)
        if role is None:
            taken_back.append(Candidate(moment, Role.BARE))
        else:
            candidates.append(Candidate(moment, role))
    return candidates


_NAMED_DAY_RULES = ("day and month", "month and day", "numeric", "iso", "numeric without year")
_PARTED_MONTH_RULES = ("named month", "relative month")
_BEFORE_THAT = re.compile(
    r"\b(?:prima|before|beforehand|before that)[ ,]+"
    r"(?:entro|massimo|al massimo|cioe|quindi|diciamo|by|say|so)\b[^,]*$"
)


def _in_named_month(
    moment: Moment, left: str, role: Role | None, earlier: list[Candidate], frame: Frame
) -> Moment:
    """Il 10 gennaio, al più tardi il 25: the 25th of the month just named, unless that has gone.

    "Prima, entro l'8" lies before the day just named; after "fine gennaio" the nearest such day
    counts; after a wish no day before it.
    """
    number = moment.meaning.best
    if number is None:
        return moment
    ahead = [c.moment.meaning.best for c in earlier if c.moment.meaning.best]
    if ahead and ahead[-1] > frame.today and _BEFORE_THAT.search(left):
        return _on(moment, _nearest(number, ahead[-1], frame.today, last=ahead[-1] - ONE_DAY))
    named = [c for c in earlier if c.role is not Role.BACKGROUND and c.role is not Role.FROM]
    named = [c for c in named if c.role is not Role.AVAILABILITY and _names_month(c.moment)]
    if not named:
        return moment
    latest = max(named, key=lambda c: c.moment.start)
    meaning = latest.moment.meaning
    if latest.moment.rule in _PARTED_MONTH_RULES:
        centre = meaning.best or (meaning.first or frame.today) + 4 * ONE_DAY
        return _on(moment, _nearest(number, centre, frame.today))
    month = meaning.best or frame.today
    is_event = any(c.role is Role.EVENT for c in earlier)
    try:
        day = month.replace(day=number.day)
    except ValueError:
        return replace(moment, meaning=INVALID)
    if latest.role is Role.WISH and role is not None and role > Role.WISH and day < month:
        return _on(moment, _nearest(number, add_months(day, 1), frame.today))
    if day < frame.today or (is_event and day > month):
        return moment
    return _on(moment, day)


def _names_month(moment: Moment) -> bool:
    meaning = moment.meaning
    if moment.rule in _PARTED_MONTH_RULES:
        return meaning.kind in ("end", "day") or (
            meaning.kind == "vague" and meaning.first is not None
        )
    return moment.rule in _NAMED_DAY_RULES and meaning.best is not None


def _nearest(
    number: dt.date, centre: dt.date, first: dt.date, last: dt.date = dt.date.max
) -> dt.date:
    """Return the day of that number nearest to a day, from first to last."""
    days = []
    for shift in (-1, 0, 1):
        month = add_months(centre.replace(day=1), shift)
        with suppress(ValueError):
            days.append(month.replace(day=number.day))
    days = [day for day in days if first <= day <= last]
    return min(days, key=lambda day: abs(day - centre), default=number)


def _on(moment: Moment, day: dt.date) -> Moment:
    return replace(moment, meaning=replace(on(day), time=moment.meaning.time))


def _closed(left: str) -> bool:
    return bool(re.search(r"\b(?:ferie|chius\w*|via|closed|away|holiday)\b", left))


def choose(plain: str, candidates: list[Candidate]) -> Candidate | None:
    """Return the candidate of the highest role; a correction lets only what follows it count."""
    usable = [c for c in candidates if c.role >= Role.WISH]
    for index in range(len(usable) - 1, 0, -1):
        if corrects(
            plain[: usable[index - 1].moment.start],
            plain[usable[index - 1].moment.end : usable[index].moment.start],
        ):
            usable = usable[index:]
            break
    best: Candidate | None = None
    for candidate in usable:
        if (
            best is None
            or candidate.role > best.role
            or (
                candidate.role == best.role
                and candidate.role is not Role.BARE
                and len(candidate.moment.meaning.days) <= len(best.moment.meaning.days)
            )
        ):
            best = candidate
    return best


def _answer(
    script: Script, plain: str, chosen: Candidate | None, later: Candidate | None, frame: Frame
) -> Deadline | None:
    whole = script.original.strip()
    adjourned = ADJOURNED.search(plain)
    if adjourned and not (chosen and chosen.moment.start > adjourned.start()):
        return Deadline("vague", said=script.said(*adjourned.span()))
    none = NONE.search(plain) or BARE_NO.match(plain)
    undecided = UNDECIDED.search(plain)
    if chosen and none and not _outlives(plain, none, chosen):
        chosen = None
    if chosen:
        return _deadline(script, chosen.moment, frame)
    if undecided:
        return Deadline("vague", said=script.said(*undecided.span()) or whole)
    if none:
        return Deadline("none", said=script.said(*none.span()) or whole)
    vague = _season(plain) or VAGUE.search(plain)
    if vague:
        return Deadline("vague", said=script.said(*vague.span()) or whole)
    if later:
        return Deadline("vague", said=script.said(later.moment.start, later.moment.end))
    return None


def _season(plain: str) -> re.Match[str] | None:
    """Return the first season that tells when the work is due, not when something happened."""
    for season in SEASON.finditer(plain):
        start, end = clause_bounds(plain, season.start())
        role = role_of(plain[start : season.start()], plain[season.end() : end], days_ahead=1)
        if role is not None and role > Role.BACKGROUND:
            return season
    return None


def _outlives(plain: str, none: re.Match[str], chosen: Candidate) -> bool:
    """A limit in another clause beats "no deadline"; a date in its own clause does not."""
    start, end = clause_bounds(plain, none.start())
    inside = start <= chosen.moment.start < end
    return not inside and chosen.role >= Role.LIMIT


def _deadline(script: Script, moment: Moment, frame: Frame) -> Deadline:
    meaning = moment.meaning
    said = script.said(moment.start, moment.end)
    if meaning.kind == "invalid":
        return Deadline("invalid", said=said)
    if meaning.kind == "vague" or meaning.best is None:
        return Deadline("vague", said=said)
    ahead = tuple(day for day in meaning.days if day >= frame.today)
    if not ahead:
        return Deadline("past", said=said)
    best = meaning.best if meaning.best in ahead else ahead[0]
    alternatives = ahead if len(ahead) > 1 else ()
    return Deadline("date", best, meaning.time, said, alternatives)


_DUCKLING_CUE = re.compile(r"^\s*$|\b(?:entro|per|by|until|fino a)(?: (?:il|lo|la|l'|the))? ?$")


def _ask_duckling(script: Script, plain: str, frame: Frame, duckling: Duckling) -> Deadline | None:
    """Let Duckling read what no rule knows, such as "by Thanksgiving": one day after a cue.

    Everything else that it finds beyond the rules was wrong more often than right.
    """
    try:
        found = duckling.spans(plain, language=frame.language, now=frame.now)
    except DucklingUnavailableError:
        return None
    if len(found) != 1 or found[0].grain != "day" or not found[0].last:
        return None
    span, day = found[0], found[0].last.date()
    words = plain[span.start : span.end]
    cue = _DUCKLING_CUE.search(plain[: span.start]) or re.match(r"(?:entro|by)\b", words)
    if not cue or day < frame.today or SEASON.search(plain) or re.search(r"[#\d]", words):
        return None
    return Deadline("date", day, None, script.said(span.start, span.end))
