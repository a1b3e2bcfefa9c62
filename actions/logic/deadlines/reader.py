"""From a message to its deadline: find the moments, weigh their roles, choose one."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from babel.dates import format_date

from actions.logic.deadlines.calendars import ONE_DAY, add_months, friday_of, monday_of
from actions.logic.deadlines.distractors import blot, names_in
from actions.logic.deadlines.meanings import INVALID, Frame, Moment, on
from actions.logic.deadlines.moments import find_moments
from actions.logic.deadlines.roles import (
    Role,
    also_will_do,
    clause_bounds,
    corrects,
    is_past,
    lies_behind,
    narrows,
    role_of,
)
from actions.logic.deadlines.spelling import Script, read_script
from actions.logic.deadlines.tones import ADJOURNED, BARE_NO, GONE, NONE, SEASON, UNDECIDED, VAGUE
from actions.logic.deadlines.vocabulary import WEEKDAY
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
    plain = blot(without_names(script), text)
    frame = Frame(now, language, lambda position: lies_behind(plain, position), plain)
    moments = find_moments(plain, frame)
    candidates = weigh(plain, moments, frame)
    chosen = choose(plain, candidates, frame.today)
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


def without_names(script: Script) -> str:
    """Return the plain text with names of people and places blanked out."""
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
        elif moment.rule in ("weekday", "short weekday"):
            moment = _in_named_week(moment, plain, candidates, frame)
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
    named = [c for c in earlier if c.role is not Role.BACKGROUND]
    named = [c for c in named if c.role is not Role.FROM or c.moment.rule in _PARTED_MONTH_RULES]
    named = [c for c in named if c.role is not Role.AVAILABILITY]
    named = [c for c in named if _names_month(c.moment) or _due_in_month(c, frame)]
    if not named:
        return moment
    latest = max(named, key=lambda c: c.moment.start)
    meaning = latest.moment.meaning
    if latest.moment.rule in _PARTED_MONTH_RULES and meaning.kind != "period":
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


_IN_MONTH = re.compile(r"\b(?:a|ad|in|nel mese di|during) $")


def _due_in_month(candidate: Candidate, frame: Frame) -> bool:
    """Entro giugno, a giugno, non prima di giugno; "la dichiarazione di giugno" is not due then."""
    moment = candidate.moment
    if moment.rule not in _PARTED_MONTH_RULES or moment.meaning.kind != "period":
        return False
    cued = candidate.role is Role.FROM or candidate.role >= Role.LIMIT
    return cued or bool(_IN_MONTH.search(frame.plain[: moment.start]))


def _in_named_week(moment: Moment, plain: str, earlier: list[Candidate], frame: Frame) -> Moment:
    """La settimana prossima, non più tardi di giovedì: the Thursday of the week just named."""
    weeks = [c.moment for c in earlier if c.role >= Role.WISH and _names_week(c.moment)]
    if not weeks or not _BARE_WEEKDAY.fullmatch(plain, moment.start, moment.end):
        return moment
    week, number = weeks[-1].meaning.best, moment.meaning.best
    if week is None or number is None:
        return moment
    day = monday_of(week) + number.weekday() * ONE_DAY
    return _on(moment, day) if day > frame.today else moment


_BARE_WEEKDAY = re.compile(WEEKDAY)


def _names_week(moment: Moment) -> bool:
    meaning = moment.meaning
    if moment.rule in ("week and its weekday", "weekday of week"):
        return True
    return (
        meaning.kind == "period"
        and meaning.first is not None
        and meaning.first == monday_of(meaning.first)
        and meaning.days == (friday_of(meaning.first),)
    )


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


def choose(plain: str, candidates: list[Candidate], today: dt.date) -> Candidate | None:
    """Return the candidate of the highest role; a correction lets only what follows it count."""
    usable = [c for c in candidates if c.role >= Role.WISH]
    for index in range(len(usable) - 1, 0, -1):
        if corrects(
            plain[: usable[index - 1].moment.start],
            plain[usable[index - 1].moment.end : usable[index].moment.start],
        ):
            said, again = usable[index - 1].moment.meaning, usable[index].moment.meaning
            # "Il 6/2, cioè sabato prossimo": the day, not all that the weekday may mean.
            same = len(again.days) > 1 and said.best in again.days
            usable = [usable[index - 1], *usable[index + 1 :]] if same else usable[index:]
            break
    usable = _without_the_vaguer(plain, usable)
    best: Candidate | None = None
    for candidate in usable:
        if (
            best is None
            or candidate.role > best.role
            or (
                candidate.role == best.role
                and (candidate.role is not Role.BARE or _lies_behind(best, today))
                and len(candidate.moment.meaning.days) <= len(best.moment.meaning.days)
            )
        ):
            best = candidate
    # "Parto il 3, prima di quella data": what is told by a day stands for it, if that is no limit.
    told = [c for c in usable if c.moment.rule == "then"]
    if best and told and best.role < Role.LIMIT and told[-1].moment.start > best.moment.start:
        return told[-1]
    return best


def _lies_behind(candidate: Candidate, today: dt.date) -> bool:
    return bool(candidate.moment.meaning.best and candidate.moment.meaning.best < today)


# "A gennaio, il 10".
_APPOSED = re.compile(r" ?[,(:-]? ?(?:il|the|l')? ?")


def _without_the_vaguer(plain: str, candidates: list[Candidate]) -> list[Candidate]:
    """Drop the period that a day narrows, and of two days that would both do the earlier."""
    kept = list(candidates)
    for first, second in pairwise(candidates):
        between = plain[first.moment.end : second.moment.start]
        days = first.moment.meaning.best, second.moment.meaning.best
        narrower = narrows(between) or (first.role is Role.BARE and _APPOSED.fullmatch(between))
        if first.moment.meaning.kind != "day" and second.role is not Role.WISH and narrower:
            kept.remove(first)
        elif all(days) and also_will_do(between, plain[second.moment.end :]):
            kept.remove(min(first, second, key=lambda c: c.moment.meaning.best or dt.date.max))
            break
    return kept


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
        return deadline_of(script, chosen.moment, frame)
    if undecided:
        return Deadline("vague", said=script.said(*undecided.span()) or whole)
    if none:
        return Deadline("none", said=script.said(*none.span()) or whole)
    vague = _season(plain) or VAGUE.search(plain)
    if vague:
        return Deadline("vague", said=script.said(*vague.span()) or whole)
    if gone := GONE.search(plain):
        return Deadline("past", said=script.said(*gone.span()))
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


_DENIES_THE_DAY = re.compile(r"\b(?:giorn[oi]|data|date|days?|dates)\b(?! limit| di scad)")


def _outlives(plain: str, none: re.Match[str], chosen: Candidate) -> bool:
    """A limit in another clause beats "no deadline"; a date in its own clause does not.

    "Verso metà maggio, non c'è un giorno preciso" denies the day, not the month.
    """
    wide = chosen.moment.meaning.kind in ("period", "end")
    wide = wide or chosen.moment.rule in _PARTED_MONTH_RULES
    if wide and _DENIES_THE_DAY.search(none.group()):
        return True
    start, end = clause_bounds(plain, none.start())
    inside = start <= chosen.moment.start < end
    return not inside and chosen.role >= Role.WISH


def deadline_of(script: Script, moment: Moment, frame: Frame) -> Deadline:
    """Return the deadline that a moment of a message means, with the client's words for it."""
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
