"""The moments of a message: what the rules find, joined with hours, spans and ranges."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

from actions.logic.deadlines import days, hours, periods, spans
from actions.logic.deadlines.calendars import (
    ONE_DAY,
    Day,
    add_months,
    coming_weekday,
    friday_of,
    last_weekday,
    monday_of,
    month_end,
)
from actions.logic.deadlines.meanings import (
    INVALID,
    VAGUE,
    Frame,
    Meaning,
    Moment,
    on,
    one_of,
    weekend_of,
    within,
)
from actions.logic.deadlines.roles import RECEIVED, clause_bounds
from actions.logic.deadlines.vocabulary import either, words


def find_moments(plain: str, frame: Frame) -> list[Moment]:
    """Return the moments in the order of the text, none overlapping."""
    taken: list[Moment] = []
    rest = plain
    for rule in _RULES:
        for match in rule.pattern.finditer(rest):
            if not match.group().strip() or "\x01" in match.group():
                continue
            try:
                meaning = rule.read(match, frame)
            except (OverflowError, ValueError):
                meaning = INVALID
            if meaning is None:
                continue
            start, end = _trimmed(match)
            if rule.name == "day of month":
                start = max(match.start("day"), match.start("bare"))
            taken.append(Moment(start, end, meaning, rule.name))
            rest = rest[: match.start()] + "\x01" * len(match.group()) + rest[match.end() :]
    taken.sort(key=lambda moment: moment.start)
    taken = _week_of(plain, _weekend_of(plain, taken))
    taken = _with_then(plain, taken, frame)
    taken = _with_spans(plain, taken, frame)
    taken = _with_before(plain, taken, frame)
    taken = _with_hours(plain, taken, frame)
    return _with_ranges(plain, taken)


def _trimmed(match: re.Match[str]) -> tuple[int, int]:
    text = match.group()
    return match.start() + len(text) - len(text.lstrip()), match.end() - len(text) + len(
        text.rstrip()
    )


# The order in which phrases are read; each takes its words away from those after it.
_RULES = (
    *days.FULL_DATES,
    *periods.NUMBERED_PERIODS,
    *days.DATES,
    *periods.PERIODS,
    *days.LONE_DAYS,
)
_WEEK_OF = re.compile(
    r"\b(?:(?:la|nella|the|in) )*(?:settimana|week) (?:del|di|dell'|of|che inizia "
    r"(?:il|con)|starting|beginning|commencing)(?: the| il| on)? ?$"
)


_WEEK_BESIDE = re.compile(
    r"\b(?:(?:la|nella|the|in the) )?"
    r"(?:(?P<before>settimana prima (?:di|del|dell')|week before)"
    r"|settimana (?:dopo|successiva a(?:l|ll')?)|week after)(?: the| il| l')? ?$"
)


def _week_of(plain: str, moments: list[Moment]) -> list[Moment]:
    """La settimana del 7 dicembre: its Friday; the week before or after Christmas, the same."""
    result = []
    for moment in moments:
        day = moment.meaning.best
        if moment.meaning.kind == "day" and day:
            found, weeks = _WEEK_OF.search(plain[: moment.start]), 0
            if beside := None if found else _WEEK_BESIDE.search(plain[: moment.start]):
                found, weeks = beside, -1 if beside["before"] else 1
            if found:
                monday = monday_of(day) + dt.timedelta(weeks=weeks)
                meaning = within(monday, monday + dt.timedelta(days=4))
                moment = replace(moment, start=found.start(), meaning=meaning)
        result.append(moment)
    return result


_WEEKEND_OF = re.compile(
    rf"{days.WEEKEND}(?: (?:del|dell'|di|of|on)| (?P<back>prima|before|precedente)"
    r"(?: (?:di|del|dell'|al?))?| (?P<on>dopo|after|successivo)(?: al?)?|(?P<apart>, \(?| \()|)"
    r"(?: ?(?:the|il|l'))? ?(?:\d\d? ?(?:e|ed|-|/|and|al|to) ?)?$"
)


def _weekend_of(plain: str, moments: list[Moment]) -> list[Moment]:
    """Il weekend del 12 gennaio, the weekend before Christmas: the Friday to Sunday meant."""
    result: list[Moment] = []
    for moment in moments:
        weekend = result[-1] if result and result[-1].rule == "weekend" else None
        found = weekend and _WEEKEND_OF.search(plain, weekend.start, moment.start)
        day = moment.meaning.best
        if weekend and found and moment.meaning.kind == "invalid":
            result[-1] = replace(moment, start=weekend.start)
        elif weekend and found and day and moment.meaning.kind == "day":
            if found["back"]:
                day = last_weekday(day, 6)
            elif found["on"]:
                day = coming_weekday(day, 5)
            meaning = moment.meaning if found["apart"] else weekend_of(day)
            result[-1] = replace(weekend, end=moment.end, meaning=meaning)
        else:
            result.append(moment)
    return result


# "Prima di quella data", "the week after": counted from the day named before.
_THEN = re.compile(
    r"\b"
    + either(
        r"(?P<before>prima di (?:quella data|quel giorno|allora)"
        r"|before (?:that(?: date| day)?|then))",
        r"(?P<week>(?:la |nella |the )?(?:settimana dopo|week after)"
        r"(?! (?:il|la|l'|lo|le|i|the|this|next|that|my|our|your|\d)))",
    )
    + r"\b(?! \d)"
)


def _with_then(plain: str, moments: list[Moment], frame: Frame) -> list[Moment]:
    """Add what is told by the day named before; in the past such a day tells nothing."""
    result = list(moments)
    for match in _THEN.finditer(plain):
        named = next((m for m in reversed(moments) if m.end <= match.start()), None)
        day = named.meaning.best if named else None
        if not day or day <= frame.today or any(m.start < match.end() <= m.end for m in moments):
            continue
        friday = friday_of(day) + dt.timedelta(weeks=1)
        meaning = on(day - ONE_DAY if match["before"] else friday)
        result.append(Moment(match.start(), match.end(), meaning, "then"))
    return sorted(result, key=lambda moment: moment.start)


_BEFORE = re.compile(
    r"(?:\b"
    + either(
        either(
            r"prima (?:di|del|dello|della|dell'|dei|delle)",
            r"prima che (?:sia|arrivi|venga|inizi|cominci)|in anticipo su",
            r"(?<!or )before|ahead of|prior to|earlier than",
        )
        + r"(?: ?"
        + either(
            r"il|lo|la|l'|le|i|questo|giorno|sia|the|next|this",
            r"\w+ (?:del|di|of|on|fissat[oa] per il)",
            r"(?:\w+ ){0,3}(?:del|dell'|di|of|on|in data|scheduled for|fissat[oa] (?:per il|al|il))"
            r"(?: the| il)?",
        )
        + r")?",
        # "before they shut on the 23rd", "prima che parta il 10"
        r"before (?:they|you|we|he|she|it|i|(?:the|my|our|your) \w+) (?:[a-z']+ ){1,5}on(?: the)?",
        r"prima che (?:[a-z']+ ){1,4}il",
    )
    + r"[ ']*)$"
)
_NOT_BEFORE = re.compile(r"\b(?:non|not|no earlier|mai|never)(?: \w+)? $")


def _with_before(plain: str, moments: list[Moment], frame: Frame) -> list[Moment]:
    """Prima di Natale: the day before; before March: the last day of February."""
    result = []
    for moment in moments:
        found = _BEFORE.search(plain[: moment.start])
        applies = found and moment.rule != "span" and "#" not in found.group()
        if found and applies and not _NOT_BEFORE.search(plain[: found.start()]):
            if moment.rule == "day of month" and moment.meaning.best == frame.today:
                # "Before the 23rd", said on the 23rd, is before the next one.
                moment = replace(moment, meaning=on(days.next_numbered(frame.today)))
            moment = replace(moment, meaning=moment.meaning.before())
        result.append(moment)
    return result


def _with_spans(plain: str, moments: list[Moment], frame: Frame) -> list[Moment]:
    """Add the spans, each counted from today or from the day it names."""
    rest = plain
    result = list(moments)
    for moment in moments:
        rest = rest[: moment.start] + "\x01" * (moment.end - moment.start) + rest[moment.end :]
    for match in spans.SPAN.finditer(plain):
        span = spans.read_span(match)
        if span is None or "\x01" in rest[match.start() : match.end()]:
            continue
        found = _place(plain, match, span, result, frame)
        if found is None:
            continue
        moment, used = found
        result = [
            other
            for other in result
            if other is not used and not (moment.start <= other.start < moment.end)
        ]
        result.append(moment)
    for match in _DAY_BEFORE.finditer(plain):
        following = next((m for m in result if m.start == match.end()), None)
        if following and following.meaning.best and following.meaning.kind != "time":
            shift = -1 if match["back"] else 1
            day = following.meaning.best + shift * ONE_DAY
            result = [
                m
                for m in result
                if m is not following and not match.start() <= m.start < match.end()
            ]
            result.append(Moment(match.start(), following.end, on(day), "span"))
    return sorted(result, key=lambda moment: moment.start)


_DAY_BEFORE = re.compile(
    r"\b(?:il|the|entro il|by the) (?:giorno|day) (?:(?P<back>prima|before|precedente)"
    r"|dopo|after|successivo)(?: (?:a|al|di|del|dell'|della|alla|all'|of))?(?: ?(?:l'|"
    r"la |il |the )?(?:[a-z']+ ){0,3}?(?:del|dell'|di|of|on)(?: the)?)? ?"
)


def _place(
    plain: str, match: re.Match[str], span: spans.Span, moments: list[Moment], frame: Frame
) -> tuple[Moment, Moment | None] | None:
    """Return the moment of a span and the day it is counted from, or None where it is no date."""
    left, right = plain[: match.start()], plain[match.end() :]
    if to_end := spans.TO_MONTH_END.match(right):
        return _to_month_end(plain, match, span, moments, frame, match.end() + to_end.end())
    ago = spans.AGO.match(right)
    following = next((m for m in moments if m.start >= match.end()), None)
    anchor = following.meaning.best if following else None
    if following and anchor and following.meaning.kind != "time":
        between = plain[match.end() : following.start]
        if following.rule == "near day" and not between.strip():
            return _counted(match, following, lambda: span.after(anchor)), following
        if spans.BACKWARD_LINK.match(between):
            return _counted(match, following, lambda: span.before(anchor)), following
        if spans.FORWARD_LINK.match(between):
            begun = _begun(following, anchor, plain, span, frame.today)
            return _counted(match, following, lambda: span.after(begun)), following
    if spans.FROM_NOW.match(right):
        return (
            _counted(match, None, lambda: span.after(frame.today)),
            following
            if following and following.start - match.end() < 25 and following.rule == "near day"
            else None,
        )
    if then := spans.SINCE_THEN.match(right):
        event = next((m for m in reversed(moments) if m.end <= match.start()), None)
        since = _behind(event, plain, frame.today) if event else None
        if since:
            end = match.end() + then.end()
            return _counted(match, None, lambda: span.after(since), end=end), None
    if ahead := spans.BACKWARD_ALONE.match(right):
        event = next((m for m in reversed(moments) if m.end <= match.start()), None)
        if event and event.meaning.best:
            day = event.meaning.best
            end = match.end() + ahead.end()
            return _counted(match, None, lambda: span.before(day), end=end), event
    if ago:
        end = match.end() + ago.end()
        return _counted(match, None, lambda: span.before(frame.today), "ago", end), None
    if spans.OVERDUE.search(left):
        return _counted(match, None, lambda: span.before(frame.today), "ago"), None
    forward = spans.FORWARD.search(left)
    alone = not left.strip(" ,.:-\n") and len(right.strip(" ,.!?\n")) < 25
    if (
        not forward
        and not alone
        and not re.match(r"^,? (?:al massimo|at most|di tempo|max|massimo|per |to |time)", right)
    ):
        return None
    if spans.FROM_UNKNOWN.match(right):
        return Moment(match.start(), match.end(), Meaning("vague"), "span"), None
    start = _receipt(plain, match, moments, frame) or frame.today
    if span.hours:
        hours_on = dt.timedelta(hours=min(span.hours, 10**6))
        return _counted(match, None, lambda: (frame.now + hours_on).date()), None
    return _counted(match, None, lambda: span.after(start)), None


def _to_month_end(
    plain: str,
    match: re.Match[str],
    span: spans.Span,
    moments: list[Moment],
    frame: Frame,
    end: int,
) -> tuple[Moment, Moment | None]:
    """30 giorni fine mese dalla fattura del 20 novembre; with no such day it is no date."""
    dated = next((m for m in moments if m.start >= end), None)
    day = dated.meaning.best if dated else None
    if dated and day and spans.FORWARD_LINK.match(plain[end : dated.start]):
        last = span.after(_begun(dated, day, plain, span, frame.today))
        return _counted(match, dated, lambda: month_end(last.year, last.month)), dated
    return Moment(match.start(), end, VAGUE, "span"), None


def _counted(
    match: re.Match[str],
    anchor: Moment | None,
    count: Callable[[], Day],
    rule: str = "span",
    end: int | None = None,
) -> Moment:
    try:
        meaning = on(count())
    except (OverflowError, ValueError):
        meaning = INVALID
    return Moment(match.start(), end or (anchor.end if anchor else match.end()), meaning, rule)


_OWN_WISH = re.compile(
    r"\b(?:mi serv\w*|ci serv\w*|vorre\w*|ho bisogno|abbiamo bisogno|avrei bisogno|i "
    r"need|we need|i'd like|we'd like|i would like|mi bast\w*|ci bast\w*|potete|"
    r"riuscite|can you|could you|voglio|vogliamo|i want|desider\w*)\b"
)


# Whoever wants to appeal has the days of the law, not days of their own.
_REMEDY = re.compile(
    r"\b(?:oppo(?:rre|rmi|rci|sizione)|ricors\w*|ricorrere|impugn\w*|appell\w*|contest\w*|"
    r"object\w*|appeal\w*|oppose|challenge|dispute)\b"
)


# "Vale 90 giorni", "decorrono 30 giorni": from the day of what is valid.
_RUNS = words(r"decorr\w+|val(?:e|gono|id[oaie])", r"valid|stands|runs for|good for")


def _receipt(plain: str, match: re.Match[str], moments: list[Moment], frame: Frame) -> Day | None:
    """Notifica ricevuta il 5 novembre, ho 40 giorni: the day from which the span counts."""
    before = [m for m in moments if m.end <= match.start() and m.meaning.best]
    if not before:
        return None
    between = plain[before[-1].end : match.start()]
    if _OWN_WISH.search(between) and not _REMEDY.search(plain):
        return None
    anchor = before[-1]
    start, _ = clause_bounds(plain, anchor.start)
    around = plain[start : anchor.start] + " " + plain[anchor.end : match.start()]
    if not RECEIVED.search(around) and not _RUNS.search(around):
        return None
    if not anchor.meaning.best:
        return None
    return _behind(anchor, plain, frame.today)


# With no year the rules look ahead; what was received so many days ahead of today lies behind.
_TOO_FAR_AHEAD = 60


def _begun(moment: Moment, day: Day, plain: str, span: spans.Span, today: Day) -> Day:
    """Return the last such day where a span counted from it hasn't run out, else the next one."""
    behind = _behind(moment, plain, today)
    try:
        return behind if behind and span.after(behind) >= today else day
    except (OverflowError, ValueError):
        return day


def _behind(moment: Moment, plain: str, today: Day) -> Day | None:
    day = moment.meaning.best
    if day is None or day <= today:
        return day
    if moment.rule == "day of month":
        return add_months(day, -1)
    dated = re.search(r"\d{4}|[/.-]\d\d$", plain[moment.start : moment.end])
    yearless = not dated or moment.rule.startswith("numeric without year")
    far = (day - today).days > _TOO_FAR_AHEAD
    return add_months(day, -12) if yearless and far else day


_LATE_PART = re.compile(r"\b(?:sera|stasera|serata|pomeriggio|evening|tonight|afternoon)\b")
_HOUR_GAP = re.compile(
    r"^[ ,]*(?:(?:di|del|della|dell'|dello|il|on|the|of|a|ad|entro|e non oltre|alle|"
    r"by|at|mattina|sera|pomeriggio|morning|afternoon|evening|per|giorno|non oltre|le|"
    r"ore|prima|prima delle|before|around|verso|circa|massimo|al massimo|no later "
    r"than|in the)[ ,]*)*$"
)


def _with_hours(plain: str, moments: list[Moment], frame: Frame) -> list[Moment]:
    """Give each hour to the day beside it; an hour alone is a moment of its own."""
    rest = plain
    for moment in moments:
        rest = rest[: moment.start] + "\x01" * (moment.end - moment.start) + rest[moment.end :]
    found: list[tuple[int, int, dt.time, bool]] = []
    for name, pattern in hours.HOURS:
        for match in pattern.finditer(rest):
            if "\x01" in match.group():
                continue
            time = hours.read_hour(match, name)
            if time is None:
                continue
            found.append((match.start(), match.end(), time, hours.may_be_evening(match, time)))
            rest = rest[: match.start()] + "\x01" * len(match.group()) + rest[match.end() :]
    result = list(moments)
    for start, end, time, ambiguous in sorted(found):
        index = _beside(plain, result, start, end)
        if index is not None:
            day = result[index]
            joined = plain[min(start, day.start) : max(end, day.end) + 12]
            if time.hour < 12 and _LATE_PART.search(joined):
                time = time.replace(hour=time.hour + 12)
            if day.meaning.kind in ("day", "end", "period") and day.rule != "ago":
                result[index] = replace(
                    day,
                    start=min(start, day.start),
                    end=max(end, day.end),
                    meaning=replace(day.meaning, time=time),
                )
        else:
            result.append(Moment(start, end, _hour_alone(start, time, frame, ambiguous), "hour"))
    return sorted(result, key=lambda moment: moment.start)


def _beside(plain: str, moments: list[Moment], start: int, end: int) -> int | None:
    for index, moment in enumerate(moments):
        if moment.rule == "hour":
            continue
        gap = plain[moment.end : start] if moment.end <= start else plain[end : moment.start]
        if len(gap) < 40 and _HOUR_GAP.match(gap):
            return index
    return None


def _hour_alone(start: int, time: dt.time, frame: Frame, ambiguous: bool) -> Meaning:
    """An hour still ahead is today's; one gone is tomorrow's, or this evening's where it may be."""
    now, tomorrow = frame.now.time().replace(tzinfo=None), frame.today + ONE_DAY
    if time > now or frame.past(start):
        return replace(on(frame.today), time=time)
    if ambiguous and time.replace(hour=time.hour + 12) > now:
        return replace(one_of(frame.today, tomorrow, best=tomorrow), time=time)
    return replace(on(tomorrow), time=time)


_RANGE_OPEN = re.compile(
    r"\b(?:tra|fra|between|dal|dalla|dall'|da|from|dalle|either|o|sia)(?: (?:il|la|le|"
    r"l'|the|lo|fine|meta|late|mid))?[ ']?$"
)
_RANGE_LINK = re.compile(
    r"^[ ,]*(?:e|ed|and|al|all'|alla|alle|a|sia|che|to|till|until|through|fino a[l]?|-|/|o|or|"
    r"oppure|o al massimo|se non)(?: (?:il|la|le|l'|the|lo|gli))?[ ']*$"
)
_TO = re.compile(r"^ ?(?:to|through|al|all'|-)(?: the)? ?$")


def _with_ranges(plain: str, moments: list[Moment]) -> list[Moment]:
    """Tra il 10 e il 15 gennaio: only the last day of a range stays."""
    result: list[Moment] = []
    for moment in moments:
        if result:
            previous = result[-1]
            link = plain[previous.end : moment.start]
            opened = _RANGE_OPEN.search(plain[: previous.start])
            alternatives = re.match(
                r"^[ ,]*(?:-|/|o|or|oppure)(?: (?:il|la|le|l'|the|lo))?[ ']*$", link
            )
            bare = previous.rule == "day of month" and _TO.match(link)
            if _RANGE_LINK.match(link) and (opened or alternatives or bare):
                start = opened.start() if opened else previous.start
                result[-1] = replace(moment, start=start, rule="range")
                continue
        result.append(moment)
    return result
