"""Rules for phrases that name a single day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

from actions.logic.deadlines.calendars import (
    FEASTS,
    ONE_DAY,
    Day,
    add_months,
    coming_weekday,
    last_weekday,
    monday_of,
    month_end,
    nth_weekday,
)
from actions.logic.deadlines.meanings import (
    INVALID,
    Frame,
    Meaning,
    Rule,
    on,
    one_of,
    rule,
    weekend_of,
)
from actions.logic.deadlines.vocabulary import (
    DAY,
    ITALIAN_DAY_NUMBERS,
    LONG_MONTH,
    LONG_WEEKDAY,
    MONTH,
    ORDINAL,
    ORDINALS,
    WEEKDAY,
    any_of,
    count_of,
    day_of,
    either,
    month_of,
    ordinal_of,
    weekday_of,
)
from actions.logic.workdays import last_workday

NEXT_MONTH = either(
    r"prossimo mese|mese prossimo|mese entrante|mese successivo|mese che viene",
    r"next month|the (?:following|coming) month",
)
THIS_MONTH = either(
    r"questo mese|corrente mese|mese corrente|mese in corso",
    r"mese",
    r"this month|the current month",
    r"the month",
    r"c\. ?m\.?|corr\. mese|cor\.? mese",
)
LAST_MONTH = r"last month|mese scorso|scorso mese|mese passato"
COMING = r"(?:p\. ?v\.?|pv\b|prossimo venturo)"
# 2027, '27, and 27 where it counts or tells nothing else.
_YEAR = (
    r"(?:,? ?(?:del |dell'anno |of |in )?"
    r"(?P<year>\d{4}|'\d{2}"
    r"|(?:2[4-9]|[34]\d)(?![\d:.,/°%]\d| ?(?:giorni|days|euro|ore)))(?!\d))"
)
_WEEKDAY_BEFORE = rf"(?:{WEEKDAY},? (?:the |il |giorno )?)?"


# A year outside is a slip of the pen, such as 2206.
EARLIEST_YEAR, LATEST_YEAR = 1900, 2150


def _year(words: str) -> int:
    digits = words.lstrip("'")
    return 2000 + int(digits) if len(digits) == 2 else int(digits)


def _date(year: int, month: int, day: int) -> Meaning:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return INVALID
    try:
        return on(Day(year, month, day))
    except ValueError:
        return INVALID


def _yearless(day: int, month: int, frame: Frame, *, past: bool) -> Meaning:
    """Return the next such day, today included, or the last one before today."""
    if not 1 <= month <= 12 or not 1 <= day <= (29 if month == 2 else 31):
        return INVALID
    if day > month_end(2028, month).day:
        return INVALID
    if (month, day) == (2, 29):
        return _leap_day(frame.today, past=past)
    this = Day(frame.today.year, month, day)
    if past:
        return on(this if this < frame.today else Day(this.year - 1, month, day))
    return on(this if this >= frame.today else Day(this.year + 1, month, day))


def _leap_day(today: Day, *, past: bool) -> Meaning:
    """29 February with no year exists only if the next February has one."""
    year = today.year
    ahead = today <= month_end(year, 2)
    year = year if ahead else year + 1
    if past:
        year -= 1
    return _date(year, 2, 29)


def iso(match: re.Match[str], frame: Frame) -> Meaning:
    """2027-02-10."""
    return _date(int(match["y"]), int(match["m"]), int(match["d"]))


def numeric(match: re.Match[str], frame: Frame) -> Meaning:
    """15.01.27, 5/1/2027: day first."""
    return _date(_year(match["y"]), int(match["m"]), int(match["d"]))


def numeric_yearless(match: re.Match[str], frame: Frame) -> Meaning:
    """15/1, and 15.1 or 15-1 after a cue."""
    return _yearless(int(match["d"]), int(match["m"]), frame, past=frame.past(match.start()))


def day_and_month(match: re.Match[str], frame: Frame) -> Meaning | None:
    """15 gennaio 2027, the fifteenth of January, January 15th."""
    day, month = day_of(match["day"]), month_of(match["month"])
    said, before = match.groupdict(), frame.plain[: match.start()]
    if day > 99 or (said["month"] == "sett" and not said["year"] and _SPAN_BEFORE.search(before)):
        return None
    if said["year"]:
        return _date(_year(said["year"]), month, day)
    gone = bool(said.get("gone") or _GONE_BEFORE.search(before))
    past = frame.past(match.start()) and not said.get("coming")
    return _yearless(day, month, frame, past=gone or past)


# "Entro 2 sett" are weeks, "entro il 2 sett" is a day of September.
_SPAN_BEFORE = re.compile(r"\b(?:entro|tra|fra|in|massimo|max) $")
_GONE_BEFORE = re.compile(r"\b(?:scorso|last) $")


def day_of_relative_month(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Il 16 del mese prossimo, il 30 c.m., the 10th of next month."""
    shift = 1 if match["next"] else -1 if match["gone"] else 0
    target = add_months(frame.today.replace(day=1), shift)
    return _date(target.year, target.month, day_of(match["day"]))


def day_to_come(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Il 15 p.v.: the next 15th to come."""
    return day_of_month(match, frame)


# "By 8 tonight", "by 5 on Friday" tell the hour of a day.
_DAY_OF_HOUR = re.compile(
    either(
        r" (?:on |this )?(?:tonight|today|tomorrow|morning|afternoon|evening|in the|sharp)\b",
        rf" (?:on |this |next )?{LONG_WEEKDAY}\b",
        r" (?:stasera|domattina|di (?:sera|mattina)|del (?:mattino|pomeriggio)|in punto)\b",
    )
)


def day_of_month(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Entro il 15, by the 20th: the next such day, months too short skipped."""
    bare = match.groupdict().get("bare") or ""
    if bare.isdecimal() and int(bare) <= 24 and _DAY_OF_HOUR.match(frame.plain, match.end()):
        return None
    number = day_of(match.groupdict().get("day") or bare)
    if not 1 <= number <= 31:
        return INVALID
    return on(next(_days_numbered(number, frame.today, back=frame.past(match.start()))))


def next_numbered(today: Day) -> Day:
    """Return the next day after today that has its number."""
    return next(_days_numbered(today.day, today + ONE_DAY, back=False))


def _days_numbered(number: int, today: Day, *, back: bool) -> Iterator[Day]:
    month = today.replace(day=1)
    while True:
        if number <= month_end(month.year, month.month).day:
            day = month.replace(day=number)
            if (day < today) if back else (day >= today):
                yield day
        month = add_months(month, -1 if back else 1)


# "They shut for Christmas on the 23rd": no deadline, and not the 25th.
_SHUT_FOR = re.compile(
    r"\b(?:chiud(?:iamo|ete|ono)|(?:siamo|siete|sono|sar\w+|rest\w+) chius[oie]) per $"
    r"|\b(?:shuts?|close[sd]?|breaks?)(?: up| down)? for $"
)


def feast(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Entro Pasqua, before Christmas 2027."""
    name = match["feast"]
    if _SHUT_FOR.search(frame.plain[: match.start()]):
        return None
    day_in = next(day for pattern, day in FEASTS if re.fullmatch(pattern, name))
    if match["year"]:
        return on(day_in(_year(match["year"])))
    this, year = day_in(frame.today.year), frame.today.year
    if frame.past(match.start()) or match["gone"]:
        return on(this if this < frame.today else day_in(year - 1))
    return on(this if this >= frame.today else day_in(year + 1))


# "The new year sales", "early in the new year" name no day.
_NEW_YEAR_CUE = re.compile(
    r"\b(?:by|before|until|till|after|for|around|per|entro|dopo|prima del|fino al)\W*(?:il |l')?$"
)


def new_year(match: re.Match[str], frame: Frame) -> Meaning | None:
    """By New Year: its eve or its day."""
    alone = not match.start() and len(frame.plain) - match.end() < 10
    if not alone and not _NEW_YEAR_CUE.search(frame.plain[: match.start()]):
        return None
    first = Day(frame.today.year + 1, 1, 1)
    return one_of(first - ONE_DAY, first, best=first - ONE_DAY)


# How many days from today; the first that matches counts.
_NEAR_DAYS = (
    (r"(?:l')?altro ieri|avantieri|l'altroieri|altroieri|the day before yesterday", -2),
    (r"ieri(?: sera| mattina| pomeriggio)?|yesterday", -1),
    (r"dopo ?domani|the day after tomorrow|day after tomorrow|overmorrow", 2),
    (r"domani l'altro|doman l'altro", 2),
    (r"domani|domattina|tomorrow", 1),
    (
        either(
            r"oggi(?: stesso)?|(?:per )?la data odierna|data odierna",
            r"stasera|stamattina|stamani|stamane|stanotte",
            r"questa (?:sera|mattina)|questo pomeriggio",
            r"in giornata|(?:entro )?(?:la )?giornata(?: di oggi| odierna)",
            r"(?:entro|della|in) (?:la )?giornata|(?:entro )?(?:la )?fine (?:della )?giornata",
            r"entro sera|entro la (?:mattinata|serata|mattina|sera)|entro il pomeriggio",
            r"in (?:mattinata|serata)",
            r"today|tonight|this (?:morning|afternoon|evening)",
        ),
        0,
    ),
)
_CLOSE_OF_DAY = either(
    r"eod|e\.o\.d\.?|cob|c\.o\.b\.?|eob|close of business",
    r"(?:the )?(?:end|close) of (?:the )?(?:business(?: day)?|(?:working )?day|play|today)",
    r"fine giornata|(?:la )?fine della giornata(?: lavorativa)?|chiusura (?:degli )?uffici",
)
# A day beside "EOD" that says which.
_DAY_BESIDE = either(
    r"oggi|domani|dopodomani|today|tomorrow|this|next",
    rf"{WEEKDAY}(?!\w)",
    rf"\d|(?:the )?{DAY}",
    LONG_MONTH,
)


_PART_OF_DAY = re.compile(r"(?:in|entro|della|nella|fine)\b.*(?:mattin|serat|sera|giornat|pomerig)")


def near_day(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Oggi, domani, dopodomani, yesterday; "entro la mattinata di lunedì" is Monday's."""
    after = frame.plain[match.end() : match.end() + 30]
    if _PART_OF_DAY.match(match.group()) and re.match(rf" (?:di|del) {_DAY_BESIDE}", after):
        return None
    shift = next(shift for pattern, shift in _NEAR_DAYS if re.fullmatch(pattern, match.group()))
    return on(frame.today + dt.timedelta(days=shift))


def close_of_day(match: re.Match[str], frame: Frame) -> Meaning | None:
    """EOD, by close of business: today, unless a day beside it says which."""
    # Where longer phrases have been read the text is blotted with \x01.
    after = match.string[match.end() : match.end() + 30]
    before = match.string[max(0, match.start() - 30) : match.start()]
    if re.match(rf"[ ,]*(?:on |of |di |del |the |il )*(?:\x01|{_DAY_BESIDE})", after):
        return None
    if re.search(rf"(?:\x01|{_DAY_BESIDE})[ ,]*(?:by |at |entro |a |per )*(?:the )?$", before):
        return None
    return on(frame.today)


def weekday(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Giovedì, venerdì prossimo, this Friday, next Friday, lunedì scorso."""
    number, today = weekday_of(match["weekday"]), frame.today
    coming = coming_weekday(today, number)
    week = monday_of(today) + dt.timedelta(days=number)
    said = match.groupdict()
    mark = (said.get("mark") or "") + (said.get("mark2") or "")
    gone = said.get("gone") or said.get("gone2")
    if gone or (frame.past(match.start()) and not mark):
        return on(last_weekday(today, number))
    if re.search(r"quest|this\b", mark) and "coming" not in mark:
        return on(week if week >= today else coming)
    if re.search(r"prossim|next\b", mark):
        if today < week:
            return one_of(week, week + dt.timedelta(days=7), best=week)
        return on(coming)
    return on(coming)


def weekday_of_next_week(match: re.Match[str], frame: Frame) -> Meaning:
    """Martedì della prossima settimana, next week on Tuesday, Tuesday of this week."""
    if match.groupdict().get("after"):
        first = coming_weekday(frame.today, weekday_of(match["weekday"])) + dt.timedelta(weeks=1)
        disputed = frame.today.weekday() < weekday_of(match["weekday"])
        later = first + dt.timedelta(weeks=1)
        return one_of(first, later, best=later) if disputed else on(first)
    shift = 7 if match["next"] else 14 if match["second"] else 0
    day = monday_of(frame.today) + dt.timedelta(days=weekday_of(match["weekday"]) + shift)
    return on(day)


def week_from_weekday(match: re.Match[str], frame: Frame) -> Meaning:
    """A week from Thursday, two weeks on Friday, Thursday week."""
    said = match.groupdict()
    count = said.get("count") or said.get("settimane") or "una"
    weeks = 2 if said.get("two") else count_of(count)
    day = coming_weekday(frame.today, weekday_of(match["weekday"]))
    return on(day + dt.timedelta(weeks=weeks))


def weekdays_ahead(match: re.Match[str], frame: Frame) -> Meaning:
    """Fra due venerdì: the second Friday to come."""
    day = coming_weekday(frame.today, weekday_of(match["weekday"]))
    return on(day + dt.timedelta(weeks=count_of(match["count"]) - 1))


def nth_weekday_of_month(match: re.Match[str], frame: Frame) -> Meaning:
    """L'ultimo venerdì di gennaio, the first Monday of next month."""
    nth, number = ordinal_of(match["nth"]), weekday_of(match["weekday"])
    return _in_month(match, frame, lambda y, m: nth_weekday(y, m, number, nth))


def nth_weekend_of_month(match: re.Match[str], frame: Frame) -> Meaning:
    """L'ultimo weekend di gennaio, the first weekend of next month."""
    nth = ordinal_of(match["nth"])
    saturday = _in_month(match, frame, lambda y, m: nth_weekday(y, m, 5, nth)).best
    return weekend_of(saturday) if saturday else INVALID


def weekend_of_day(match: re.Match[str], frame: Frame) -> Meaning | None:
    """The weekend of the 12th."""
    day = day_of_month(match, frame)
    return weekend_of(day.best) if day and day.best else INVALID


def last_day_of_month(match: re.Match[str], frame: Frame) -> Meaning:
    """L'ultimo giorno del mese, the last working day of January."""

    def last(year: int, month: int) -> Day | None:
        end = month_end(year, month)
        return last_workday(end.replace(day=1), end) if match["working"] else end

    return _in_month(match, frame, last)


def last_day_of_year(match: re.Match[str], frame: Frame) -> Meaning:
    """The last working day of the year, l'ultimo giorno utile dell'anno prossimo."""
    year = _year(match["year"]) if match["year"] else frame.today.year + bool(match["next"])
    end = Day(year, 12, 31)
    return on(last_workday(end.replace(day=1), end) or end) if match["working"] else on(end)


def _in_month(
    match: re.Match[str], frame: Frame, find: Callable[[int, int], Day | None]
) -> Meaning:
    today = frame.today
    if not match["month"]:
        start = add_months(today.replace(day=1), 1 if match["next"] else 0)
        day = find(start.year, start.month)
        if day is not None and day < today and not frame.past(match.start()):
            start = add_months(start, 1)
            day = find(start.year, start.month)
        return on(day) if day else INVALID
    month = month_of(match["month"])
    if match["year"]:
        day = find(_year(match["year"]), month)
        return on(day) if day else INVALID
    day = find(today.year, month)
    if day is None or day < today:
        day = find(today.year + 1, month)
    return on(day) if day else INVALID


# Alone, an English day is a figure or an ordinal that ends the phrase: "the first", not "the one".
_ITALIAN_DAYS = any_of(ITALIAN_DAY_NUMBERS)
_ENGLISH_DAYS = any_of(word for word in ORDINALS if not re.search("[oa]$", word))
_LONE_DAY = (
    rf"(?:\d{{1,3}} ?(?:°|\^|st\b|nd\b|rd\b|th\b)|\d{{1,3}}|(?:{_ITALIAN_DAYS})\b|"
    # "Il primo bilancio" is no day.
    r"primo(?=\W*$| ?[,.;:!?)(/-]| (?:d[aei]l?|dell|d|e|o|oppure|per|alle|al|entro|se"
    r"|va|massimo|grazie|cosi"
    r"|giorno|mattina|pomeriggio|sera)\b)|"
    rf"(?:{_ENGLISH_DAYS})(?=$| ?[,.;!?)]| (?:of|if|please|at|for|latest)\b))"
)
_MOVED = r"(?:rinviat|spostat|prorogat|slittat|posticipat|anticipat|differit|rimandat)[oaie]"
_MOVES = r"(?:(?:slitt|spost|rinvi|prorog|rimand|posticip|anticip|arriv)\w+|facciamo)"
# "L'udienza del 20", "entro le 12 del 20"; "la fattura del 20" is background.
_OF_THE_DAY = either(
    r"udienza|assemblea|riunione|rogito|stipula|consiglio|cda|consegna|appuntamento|incontro",
    r"ispezione|verifica|perizia|sopralluogo|mediazione|seduta|visita|gara|asta|esame|deposito",
    r"scadenza|termine|mattin(?:a|ata)|sera(?:ta)?|pomeriggio|giornata|mezzogiorno",
    r"(?:ore|alle|le) \d[\d:.]*",
)
_LONE_CUE = either(
    r"entro(?: e non oltre)?|non oltre|massimo|max|scad\.?|prima del",
    rf"(?:fino|sino|{_MOVED}|{_MOVES}(?: \w+)?|dal \d{{1,2}}) al",
    rf"(?:{_OF_THE_DAY})(?: [a-z]+)? del(?: giorno)?|(?:in|at)torno al|verso il",
    r"by|before|until|till",
)


_OF_MONTH = rf"(?:(?P<next>{NEXT_MONTH})|{THIS_MONTH}|(?P<month>{MONTH})\b{_YEAR}?)"
_OF = r"(?:di |del mese di |del |d'|nel mese di |in |of |of the month of )"
# After "the week after" no day may stand: \x01 is where one has been read.
NEXT_WEEK = either(
    r"prossim[oa] (?:settimana|sett\b\.?)",
    r"(?:settimana|sett\b\.?) (?:prossim[oa]|che viene|entrante|successiva|seguente)",
    r"next week|the (?:following|coming) week|the week after(?: this)?(?! (?:the )?\x01)",
)
_THIS_WEEK = r"questa settimana|this week"
WEEKEND = r"(?:fine ?settimana|week[- ]?end)(?: lungo)?"
# What follows a number that is no day: it counts, measures or tells the hour.
_NUMBER_GUARD = (
    r"(?!"
    + either(
        r"[\d/:°%€$]|[.,]\d",
        r" ?"
        + either(
            r"giorn|gg|or[ae]\b(?! ?\d)|minut|settiman|sett\b|mes[ei]\b|ann[io]\b",
            r"day|week|month|year|hour|working|business|o'clock|am\b|pm\b|a\.m|p\.m",
            r"%|€|euro|eur|per ?cento|percent|mila|rate\b|quote",
            r"mq|metri|km|kg|pezzi|copie|foto|pagine|volte|rooms?",
            r"persone|people|soci",
        ),
    )
    + r")"
)
# "Il primo trimestre", "the second draft": a number of something else.
_NTH_OF = either(
    r"rat[ae]|volt[ae]|punto|piano|grado|trimestre|semestre|bozza",
    r"part|half|quarter|time|one|draft",
    LONG_WEEKDAY,
    LONG_MONTH,
)

# Read first: nothing shorter may take a part of these.
FULL_DATES: tuple[Rule, ...] = (
    rule(
        "iso", r"(?<![\d/.-])(?P<y>(?:19|20)\d\d)([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?!\d)", iso
    ),
    rule(
        "numeric",
        rf"{_WEEKDAY_BEFORE}(?<![\d/.-])(?P<d>\d{{1,2}}) ?([/.-]) ?(?P<m>\d{{1,2}}) ?\2 ?"
        r"(?P<y>\d{4}|'?\d\d)(?![\d/]|[.,-]\d)",
        numeric,
    ),
    rule(
        "week from weekday",
        r"(?:(?:(?P<count>a|one|two|three|four|five|six|[1-6]) weeks?|(?P<two>a fortnight)"
        r"|(?P<settimane>una|due|tre|quattro) settiman[ae]) (?:from|on|after|da|dopo) "
        rf"(?:this |next |coming )?(?P<weekday>{LONG_WEEKDAY}))",
        week_from_weekday,
    ),
    rule(
        "weekdays ahead",
        rf"\b(?:tra|fra|in) (?P<count>due|tre|quattro|[2-4]) (?P<weekday>{LONG_WEEKDAY})\b",
        weekdays_ahead,
    ),
    rule("weekday week", rf"\b(?P<weekday>{LONG_WEEKDAY}) week\b", week_from_weekday),
    rule(
        "nth weekday of month",
        rf"\b(?P<nth>{ORDINAL}) (?P<weekday>{LONG_WEEKDAY}) {_OF}{_OF_MONTH}",
        nth_weekday_of_month,
    ),
    rule(
        "nth weekend of month",
        rf"\b(?P<nth>{ORDINAL}) {WEEKEND} {_OF}{_OF_MONTH}",
        nth_weekend_of_month,
    ),
    rule(
        "weekend of day",
        rf"\b(?:il |the )?{WEEKEND} (?:del|of the|of) (?:\d\d? ?(?:e|ed|-|/|and) ?)?"
        rf"(?P<day>\d\d?)(?:st|nd|rd|th|°)?(?![\w/.]| ?(?:di |of )?{MONTH}| ?(?:e|ed|and|-) ?\d)",
        weekend_of_day,
    ),
    rule(
        "last day of month",
        r"\b(?:ultimo giorno|ultimo|last)"
        r"(?: (?P<working>lavorativo|working day|business day)| utile| day)?"
        rf" {_OF}(?:the )?{_OF_MONTH}",
        last_day_of_month,
    ),
    rule(
        "last day of year",
        r"\b(?:ultimo giorno|last)"
        r"(?: (?P<working>lavorativo|working day|business day)| utile| day) "
        r"(?:dell'anno\b|del(?= 20| prossimo anno)|of (?:the|this) year\b|of(?= 20| next year))"
        r"(?: (?P<year>20\d\d)| (?P<next>prossimo(?: anno)?|next year))?",
        last_day_of_year,
    ),
)
# Read after the numbered periods, before months and weeks.
DATES: tuple[Rule, ...] = (
    rule(
        "day of relative month",
        rf"{_WEEKDAY_BEFORE}\b(?P<day>{DAY}) (?:di |del |of )?(?:the )?"
        + either(
            rf"(?P<next>{NEXT_MONTH})",
            rf"(?P<gone>{LAST_MONTH})",
            THIS_MONTH.replace("|mese|", "|"),
            r"(?<=del )mese\b|corrente\b|corr\.",
        )
        + r"(?! di )",
        day_of_relative_month,
    ),
    rule("day to come", rf"{_WEEKDAY_BEFORE}\b(?P<day>{DAY}) {COMING}", day_to_come),
    rule(
        "days and month",
        r"(?<![\d/.,-])\d{1,2} ?/ ?(?P<day>\d{1,2}) "
        rf"(?:di |of )?(?P<month>{MONTH})(?![a-z])(?:{_YEAR})?",
        day_and_month,
    ),
    rule(
        "day and month",
        rf"{_WEEKDAY_BEFORE}(?<![\d/.,])(?<!\w)(?P<day>{DAY}) ?(?:di |del mese di |of |-|/)?"
        rf"(?P<month>{MONTH})(?![a-z])(?:(?:[-/] ?)?{_YEAR})?"
        rf"(?P<coming> (?:prossimo|{COMING}|next))?"
        r"(?P<gone> (?:scorso|u\. ?s\.?|ultimo scorso))?",
        day_and_month,
    ),
    rule(
        "month and day",
        rf"{_WEEKDAY_BEFORE}\b(?P<month>{MONTH}),? (?:the )?(?P<day>{DAY}){_NUMBER_GUARD}{_YEAR}?",
        day_and_month,
    ),
    rule(
        "feast",
        rf"(?<!\w)(?:l'|la |il giorno di )?(?P<feast>{'|'.join(p for p, _ in FEASTS)})\b"
        r"(?P<gone> scors[oa])?(?: (?:of |del |di )?(?P<year>(?:19|20)\d\d))?",
        feast,
    ),
    rule("new year", r"\b(?:(?:the )?new year|anno nuovo|nuovo anno)\b(?!')", new_year),
    rule(
        "numeric without year",
        rf"{_WEEKDAY_BEFORE}(?<![\d/.,-])(?P<d>\d{{1,2}}) ?/ ?(?P<m>\d{{1,2}})"
        r"(?![\d/]|[.,-]\d| ?(?:ore|h|hours)\b(?! ?\d))"
        r"(?! ?(?:giorni|gg|g\.g|settimane|sett|mesi|days|weeks|months)\b)",
        numeric_yearless,
    ),
    rule(
        "numeric without year, dots",
        r"(?:(?<=il )|(?<=al )|(?<=by )|(?<=on )|(?<=entro )|(?<=max )|(?<=per )|^)"
        r"(?P<d>\d{1,2})[.-](?P<m>0\d|1[0-2])(?![\d/]|[.,-]\d)",
        numeric_yearless,
    ),
    rule(
        "weekday of week",
        rf"\b(?P<weekday>{WEEKDAY})(?: mattina| sera| pomeriggio)?,? "
        r"(?:(?:of|in|di|del|della|nella|la|on|the) ){0,4}"
        + either(
            rf"(?P<next>{NEXT_WEEK}|(?:dell'|nell'|l')altra settimana)",
            r"(?P<second>week after next)",
            rf"(?:{_THIS_WEEK}|settimana in corso|corrente settimana)",
        ),
        weekday_of_next_week,
    ),
    rule(
        "weekday after next",
        rf"\b(?:the )?(?P<weekday>{LONG_WEEKDAY}) (?P<after>after next)\b",
        weekday_of_next_week,
    ),
    rule(
        "week and its weekday",
        rf"\b(?:(?P<next>{NEXT_WEEK})|(?P<second>week after next)|{_THIS_WEEK}),? "
        r"(?:(?:di|on|il|entro|by|per|diciamo|direi|tipo|facciamo|say|let's say) ){0,4}"
        rf"(?P<weekday>{LONG_WEEKDAY})",
        weekday_of_next_week,
    ),
)
# Read last: a weekday or number that no longer phrase has taken.
LONE_DAYS: tuple[Rule, ...] = (
    rule("near day", rf"\b(?:{'|'.join(p for p, _ in _NEAR_DAYS)})\b", near_day),
    rule("close of day", rf"\b(?:{_CLOSE_OF_DAY})\b", close_of_day),
    rule(
        "weekday and number",
        rf"\b{WEEKDAY},? (?:the |il )?(?P<day>\d{{1,2}}(?: ?(?:°|st|nd|rd|th))?)\b"
        rf"(?![:.h]\d){_NUMBER_GUARD}",
        day_of_month,
    ),
    rule(
        "weekday",
        r"\b(?P<mark>"
        + either(
            r"quest[oa] |(?:il |la )?prossim[oa] ",
            r"this (?:coming )?|(?:the )?coming |next ",
        )
        + r")?"
        r"(?P<gone>(?:lo |la )?scors[oa] |last |past )?"
        rf"(?P<weekday>{LONG_WEEKDAY})\b(?! dopo l[ea] (?:feste|ferie|vacanze|festivita))"
        r"(?P<mark2> (?:prossim[oa]|p\. ?v\.?|che viene|next|quest[oa]))?"
        r"(?P<gone2> (?:scors[oa]|passat[oa]|u\. ?s\.?|last))?",
        weekday,
    ),
    rule(
        "short weekday",
        r"(?:(?<=entro )|(?<=per )|(?<=by )|(?<=on )|(?<=before )|(?<=next )"
        r"|(?<=eod )|(?<=cob )|(?<=eob )|(?<=of business )|(?<=of play )|^)"
        rf"(?P<weekday>{WEEKDAY})(?!\w)(?! {LONG_MONTH})(?P<mark2> (?:prossim[oa]|next))?",
        weekday,
    ),
    rule(
        "day of month",
        either(
            rf"(?:\b(?:il|the|giorno)|\bl')(?: giorno)? ?(?<!\w)(?P<day>{_LONE_DAY})",
            rf"\b{_LONE_CUE} (?:il |the |giorno )?(?P<bare>\d{{1,3}}(?:°|st|nd|rd|th)?)",
        )
        + rf"(?![\w'-]){_NUMBER_GUARD}(?! {_NTH_OF})",
        day_of_month,
    ),
)
