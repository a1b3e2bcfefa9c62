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
from actions.logic.deadlines.roles import NOT_NEEDED, RECEIVED, clause_bounds
from actions.logic.deadlines.vocabulary import (
    LONG_WEEKDAY,
    count_of,
    either,
    weekday_of,
    words,
)


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
    taken = _in_order(plain, taken, frame.today)
    taken = _with_before(plain, taken, frame)
    taken = _with_hours(plain, taken, frame)
    return _with_by_then(plain, _with_ranges(plain, taken), frame)


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
# "Una settimana prima del 25" is a span of seven days.
_A_WEEK = re.compile(r"\b(?:un|una|1|a|one)(?: \w+)? $")


def _week_of(plain: str, moments: list[Moment]) -> list[Moment]:
    """La settimana del 7 dicembre: its Friday; the week before or after Christmas, the same."""
    result = []
    for moment in moments:
        day = moment.meaning.best
        if moment.meaning.kind == "day" and day:
            found, weeks = _WEEK_OF.search(plain[: moment.start]), 0
            if found and _A_WEEK.search(plain[: found.start()]):
                found = None
            if beside := None if found else _WEEK_BESIDE.search(plain[: moment.start]):
                found, weeks = beside, -1 if beside["before"] else 1
            if found and not (weeks and _A_WEEK.search(plain[: found.start()])):
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
_OR_AT_MOST = re.compile(
    r"^(?: (?:mattina|sera|pomeriggio|morning|afternoon|evening))?[ ,-]*"
    r"(?:(?:o|oppure|e|or|and|al|a|to|ma|but|comunque|(?:al )?massimo|max|al piu tardi|non oltre"
    r"|entro|per|by|at most|no later than|at the latest)[ ,]+)*$"
    # "They want it Monday but I can stall until Thursday"
    r"|^[^.;!?\n]*\b(?:ma|pero|but|though)\b[^.;!?\n]*"
    r"\b(?:fino a|entro|al massimo|al piu tardi|until|till|by|no later than)[ ]$"
)


_IN_ITS_WEEK = re.compile(r"^[ ,:(]*(?:(?:tra|fra|between|da|dal|from|on|il|entro|by) )?$")
_WEEK_RULES = ("week and its weekday", "weekday of week")


def _in_order(plain: str, moments: list[Moment], today: Day) -> list[Moment]:
    """Said on a Monday, "lunedì o al massimo martedì" is in seven days and in eight.

    After "la prossima settimana" the weekdays that follow are that week's.
    """
    result: list[Moment] = []
    for moment in moments:
        previous = result[-1] if result else None
        first, second = previous and previous.meaning.best, moment.meaning.best
        if previous and first and second and moment.rule == "weekday":
            between = plain[previous.end : moment.start]
            linked = _OR_AT_MOST.match(between)
            within_it = previous.rule == "week" and _IN_ITS_WEEK.match(between)
            day = monday_of(first) + second.weekday() * ONE_DAY
            if day > today and (within_it or (linked and previous.rule in _WEEK_RULES)):
                moment = replace(moment, meaning=on(day), rule=_WEEK_RULES[0])
            elif (
                linked
                and previous.rule == "weekday"
                and second < first
                and second.weekday() > first.weekday()
                and not _RANGE_OPEN.search(plain[: previous.start])
            ):
                moment = replace(moment, meaning=on(second + dt.timedelta(weeks=1)))
        result.append(moment)
    return result


_NAMES_MORE = (
    r"(?! (?:il|la|l'|lo|le|i|di|del|dello|della|dell'|dei|che|the|this|next|that|my|our|your"
    r"|yesterday|christmas|easter|\d))"
)
_THEN = re.compile(
    r"\b"
    + either(
        r"(?P<before>prima di (?:quella data|quel giorno|allora)"
        r"|before (?:that(?: date| day)?|then)"
        r"|(?:il giorno|la sera|the (?:day|night|evening)) (?:prima|precedente|before)"
        rf"{_NAMES_MORE})",
        r"(?P<after>il giorno (?:dopo|successivo|seguente)|the (?:next day|day after|following day)"
        rf"{_NAMES_MORE})",
        rf"(?P<week>(?:la |nella |the )?(?:settimana dopo|week after){_NAMES_MORE})",
        r"(?P<following>quell[oa] (?:dopo|successiv[oa])|the one after(?: that)?"
        r"|(?:(?<=\bma )|(?<=, ))(?:il|la) (?:prossim|successiv)[oa](?= ?(?:si ?)?(?:$|[.,;!)]))"
        r"|(?<=, )next(?: one)?(?= ?(?:$|[.,;!)]))"
        rf"|(?<=\bbut )the (?:next|following)(?: one)?(?= ?(?:$|[.,;!)]))){_NAMES_MORE}",
    )
    + r"\b(?! \d)"
)


def _with_then(plain: str, moments: list[Moment], frame: Frame) -> list[Moment]:
    """Add what is told by the day named before; in the past such a day tells nothing."""
    result = list(moments)
    for match in _THEN.finditer(plain):
        named = next((m for m in reversed(moments) if m.end <= match.start()), None)
        day = named.meaning.best if named else None
        if not named or not day or day <= frame.today:
            continue
        if any(m.start < match.end() <= m.end for m in moments):
            continue
        if match["before"]:
            meaning = on(day - ONE_DAY)
        elif match["after"]:
            meaning = on(day + ONE_DAY)
        elif match["week"]:
            meaning = on(friday_of(day) + dt.timedelta(weeks=1))
        elif "month" in named.rule:
            month = add_months(day.replace(day=1), 1)
            meaning = on(month_end(month.year, month.month))
        elif "week" in named.rule:
            meaning = on(day + dt.timedelta(weeks=1))
        else:
            continue
        result.append(Moment(match.start(), match.end(), meaning, "then"))
    return sorted(result, key=lambda moment: moment.start)


# "By then" is the day named before, with its hour.
_BY_THEN = re.compile(
    r"\b(?:by|per|entro) (?P<then>then|that (?:date|day|time)|allora|quell[ao] (?:data|giorno)"
    r"|quel giorno)\b"
)


def _with_by_then(plain: str, moments: list[Moment], frame: Frame) -> list[Moment]:
    """Add "by then" with the meaning of the day to come that was named before it."""
    result = list(moments)
    for match in _BY_THEN.finditer(plain):
        named = next((m for m in reversed(moments) if m.end <= match.start()), None)
        if named and named.meaning.best and named.meaning.best >= frame.today:
            result.append(Moment(*match.span("then"), named.meaning, "then"))
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
            r"(?:[\w']+ ){0,3}"
            r"(?:del|dell'|di|of|on|in data|scheduled for|fissat[oa] (?:per il|al|il))"
            r"(?: the| il)?",
        )
        + r")?",
        # "before they shut on the 23rd", "prima che parta il 10"
        r"before (?:they|you|we|he|she|it|i|(?:the|my|our|your) \w+) (?:[a-z']+ ){1,5}on(?: the)?",
        r"prima che (?:[a-z']+ ){1,4}il",
    )
    + r"[ ']*)$"
)
_NOT_BEFORE = re.compile(rf"(?:\b(?:non|not|no earlier|mai|never)(?: \w+)?|{NOT_NEEDED}) $")


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
        another = spans.ANOTHER_COUNT.match(plain, match.end()) if used is None else None
        if another and (span := spans.read_span(match, count_of(another["count"]))):
            found = _place(plain, match, span, result, frame)
            moment = replace(found[0] if found else moment, end=another.end("count"))
        result = [
            other
            for other in result
            if other is not used and not (moment.start <= other.start < moment.end)
        ]
        result.append(moment)
    return sorted(_with_beside(plain, result, frame), key=lambda moment: moment.start)


# "Il giorno prima del 15", "the Monday after Easter"; alone, beside the day named before.
_BESIDE = re.compile(
    rf"\b(?:(?:entro il|by the|il|lo|la|the) )?(?:giorno|day|(?P<weekday>{LONG_WEEKDAY}))"
    r" (?:(?P<back>prima|before|precedente)|dopo|after|successiv[oa]|seguente|following)\b"
)
_TO_THE_DAY = re.compile(
    r"(?: (?:a|al|allo|alla|all'|di|del|dello|della|dell'|of))?"
    r"(?: ?(?:l'|la |il |the )?(?:[a-z']+ ){0,3}?(?:del|dell'|di|of|on))?(?: ?(?:il|la|l'|the))? ?"
)
_TO_NO_DAY = re.compile(r" ?(?:$|[.,;:!?)]| (?:va|andrebbe|sarebbe|se|al|if|would|is|at|please)\b)")


def _with_beside(plain: str, moments: list[Moment], frame: Frame) -> list[Moment]:
    """Join the day or weekday before or after another day with that day."""
    result = list(moments)
    for match in _BESIDE.finditer(plain):
        named = next((m for m in result if m.start >= match.end()), None)
        if not named or not _TO_THE_DAY.fullmatch(plain, match.end(), named.start):
            named = next((m for m in reversed(result) if m.end <= match.start()), None)
            if not match["weekday"] or not _TO_NO_DAY.match(plain, match.end()):
                continue
        day = named.meaning.best if named else None
        if not named or not day or named.meaning.kind in ("time", "end"):
            continue
        if not match["weekday"]:
            day += -ONE_DAY if match["back"] else ONE_DAY
        elif match["back"]:
            day = last_weekday(day, weekday_of(match["weekday"]))
        else:
            day = coming_weekday(day, weekday_of(match["weekday"]))
        ahead = named.start >= match.end()
        result = [
            m
            for m in result
            if not (ahead and m is named) and not match.start() <= m.start < match.end()
        ]
        end = named.end if ahead else match.end()
        result.append(Moment(match.start(), end, on(day), "span" if ahead else "then"))
    return result


# "120 giorni dalla chiusura, quindi 30 aprile": the result, not the day to count from.
_SO = words(r"quindi|percio|dunque|anzi|oppure", r"so|therefore|meaning")


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
        linked = spans.FORWARD_LINK.match(between) and not _SO.search(between)
        if linked or spans.RECEIPT_LINK.match(between):
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
    received = _receipt(plain, match, moments, frame) or (
        _last_behind(plain, match, moments, frame) if spans.FROM_RECEIPT.match(right) else None
    )
    forward = spans.FORWARD.search(left) or (received and _AFTER_RECEIPT.search(left))
    previous = next((m for m in reversed(moments) if m.end <= match.start()), None)
    if previous and previous.rule == "span":
        forward = forward or _RANGE_LINK.match(plain[previous.end : match.start()])
    alone = not left.strip(" ,.:-\n") and len(right.strip(" ,.!?\n")) < 25
    if (
        not forward
        and not alone
        and not re.match(r"^,? (?:al massimo|at most|di tempo|max|massimo|per |to |time)", right)
    ):
        return None
    if spans.FROM_UNKNOWN.match(right) and not (received and spans.FROM_RECEIPT.match(right)):
        return Moment(match.start(), match.end(), Meaning("vague"), "span"), None
    start = received or frame.today
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


# "Letter received on 28 December, 30 days".
_AFTER_RECEIPT = re.compile(r"(?:[,:;.(-]|\b(?:e|and|quindi|so))\s$")
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


def _last_behind(
    plain: str, match: re.Match[str], moments: list[Moment], frame: Frame
) -> Day | None:
    """Fattura del 12 maggio, 60 giorni data fattura: the day named last, if it is not ahead."""
    before = [m for m in moments if m.end <= match.start()]
    day = _behind(before[-1], plain, frame.today) if before else None
    return day if day and day <= frame.today else None


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
    r"by|at|mattina|mattinata|in mattinata|nella mattinata|al mattino|in serata|nel pomeriggio|"
    r"sera|pomeriggio|morning|afternoon|evening|per|giorno|non oltre|le|"
    r"dell'udienza|della riunione|dell'assemblea|del rogito|the hearing|the meeting|"
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
            bare = previous.rule in ("day of month", "span") and _TO.match(link)
            if _RANGE_LINK.match(link) and (opened or alternatives or bare):
                start = opened.start() if opened else previous.start
                result[-1] = replace(moment, start=start, rule="range")
                continue
        result.append(moment)
    return result
