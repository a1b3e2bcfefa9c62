"""Rules for weeks, months, quarters and years: their last day, middle or end."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from actions.logic.deadlines.calendars import ONE_DAY, Day, add_months, monday_of, month_end
from actions.logic.deadlines.days import NEXT_MONTH, NEXT_WEEK, THIS_MONTH, WEEKEND
from actions.logic.deadlines.meanings import VAGUE, Frame, Meaning, Rule, on, one_of, rule, within
from actions.logic.deadlines.vocabulary import LONG_MONTH, MONTH, count_of, either, month_of

_END = either(
    r"(?:(?:la |il |the |very |a ){0,4}(?:fine|finire|end|close)"
    r"(?: (?:di |del(?:la|l'|lo)?|of|d'))?(?: (?:the|il|la|l'))?)",
    r"last day of",
)
_MIDDLE = (
    r"(?:(?:la |the )?"
    + either(
        r"meta(?: (?:di|del(?:la|l'|lo)?|d'))?|prima meta (?:di|del(?:la|l')?)",
        r"middle of|mid|halfway through|first half of",
    )
    + r"(?: (?:the|il|la|l'))?)"
)
_START = (
    r"(?:(?:l'|the )?"
    + either(
        r"inizi(?:o|are)(?: (?:di|del(?:la|l'|lo)?|d'))?|primi di|i primi di|primissimi di",
        r"beginning of|start of|early",
    )
    + r"(?: (?:the|il|la|l'))?)"
)
# The part of a period that is meant: its end, its middle or its first days.
PART = rf"(?:(?:(?P<end>{_END})|(?P<middle>{_MIDDLE})|(?P<start>{_START}))[ -]?)?"
# The same where the groups have been named before.
_SAME_PART = re.sub(r"\?P<\w+>", "", PART)
_YEAR = r"(?:,? ?(?:del |dell'|of |of the year )?(?P<year>\d{4}|'\d{2})(?!\d))"
# A bare month is a deadline only after one of these, or as the whole answer.
_MONTH_CUE = re.compile(
    either(
        either(
            r"\b"
            + either(
                r"entro|oltre|per|a|ad|in|nel|nello|di|del|su|verso|massimo|max|dopo|tardi",
                r"scade|era|anche|o|e|inizi|cominci|arrivi|finisca|termini",
                r"by|before|until|till|during|of|within|for|around|through|after",
                r"was|is|to|than|over|at the latest|mid|late|and",
            ),
            r"prima di|fino a",
        )
        + r"(?: "
        + either(
            r"il mese di|mese di|il|tutto|prossimo|questo",
            r"the|next|this|the month of|the coming|coming",
        )
        + r")?\s",
        r"d'",
    )
    + r"$"
)
_MONTH_NEXT = (
    r"(?: (?P<coming>prossimo|p\. ?v\.?|next|che viene|dell'anno prossimo|dell'anno venturo))"
)


def _part(match: re.Match[str], first: Day, last: Day, middle: Day) -> Meaning:
    said = match.groupdict()
    if said["start"]:
        return replace(VAGUE, first=first)
    if said["middle"] or said.get("middle2"):
        return on(middle)
    return within(first, last, kind="end" if said["end"] or said.get("end2") else "period")


def _months(match: re.Match[str], year: int, month: int, count: int) -> Meaning:
    """Return the part of count months from a month on; the middle of one month is its 15th."""
    first = Day(year, month, 1)
    end = add_months(first, count - 1)
    middle = first.replace(day=15) if count == 1 else add_months(first, count // 2) - ONE_DAY
    if count == 3:
        middle = add_months(first, 1).replace(day=15)
    return _part(match, first, month_end(end.year, end.month), middle)


def _last_of(meaning: Meaning) -> Day:
    """Return the day meant, or where only the first days are, the first."""
    return meaning.best or meaning.first or Day.max


def _coming(match: re.Match[str], frame: Frame, month: int, count: int) -> Meaning:
    """Return the next such months to end, or the last ones that ended where the tense is past."""
    year = frame.today.year
    if frame.past(match.start()):
        meaning = _months(match, year, month, count)
        return (
            meaning if _last_of(meaning) < frame.today else _months(match, year - 1, month, count)
        )
    meaning = _months(match, year, month, count)
    if _last_of(meaning) >= frame.today:
        return meaning
    return _months(match, year + 1, month, count)


def _full_year(words: str) -> int:
    digits = words.lstrip("'")
    return 2000 + int(digits) if len(digits) == 2 else int(digits)


_LIMIT_AFTER = re.compile(r",? (?:al massimo|al piu tardi|massimo|max|at the (?:very )?latest)\b")
# "A giugno, prima metà": the part after its month.
_MONTH_PART = (
    r"(?:,? (?:(?:diciamo|tipo|verso|intorno alla|around|towards?|say) ){0,2}(?:la |the )?"
    r"(?:(?P<end2>fine|end)|(?P<middle2>(?:prima )?meta|middle|first half))"
    r"(?=\s?(?:$|[.,;:!?)]| mese| of it| of the month)))"
)


def named_month(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Entro marzo, fine gennaio 2027, mid-January; English "by March" is read three ways."""
    before = frame.plain[: match.start()]
    parted = any(match[part] for part in ("end", "middle", "start", "end2", "middle2"))
    limit = _LIMIT_AFTER.match(frame.plain, match.end())
    if not (parted or match["year"] or limit or _MONTH_CUE.search(before)):
        alone = not before.strip(" .,:;-!\n") and len(frame.plain) - match.end() < 12
        if not alone:
            return None
    month = month_of(match["month"])
    if match["year"]:
        meaning = _months(match, _full_year(match["year"]), month, 1)
    elif match["coming"] and "anno" in match["coming"]:
        meaning = _months(match, frame.today.year + 1, month, 1)
    else:
        meaning = _coming(match, frame, month, 1)
    english = month_of(match["month"]) and re.search(r"\bby (?:the month of |next )?$", before)
    if english and not parted and meaning.first and meaning.best:
        eve = meaning.first - ONE_DAY
        return one_of(
            eve, meaning.first, meaning.best, best=meaning.best, kind="period", first=meaning.first
        )
    return meaning


def part_of_month(match: re.Match[str], frame: Frame) -> Meaning:
    """The first week of February, i primi giorni di marzo: no day that all would agree on."""
    return VAGUE


def decade(match: re.Match[str], frame: Frame) -> Meaning:
    """La prima decade di marzo, la seconda quindicina: the 10th, 15th, 20th or the month's end."""
    month, nth = month_of(match["month"]), match["nth"]
    today = frame.today
    days = {"prima": 15} if match["unit"] == "quindicina" else {"prima": 10, "seconda": 20}

    def last(year: int) -> Day:
        end = month_end(year, month)
        return end.replace(day=days.get(nth, end.day))

    if match["year"]:
        return on(last(_full_year(match["year"])))
    return on(last(today.year) if last(today.year) >= today else last(today.year + 1))


def numeric_month(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Entro 03/2027."""
    month = int(match["m"])
    return _months(match, int(match["y"]), month, 1) if 1 <= month <= 12 else None


def relative_month(match: re.Match[str], frame: Frame) -> Meaning:
    """Fine mese, entro il mese prossimo, by the end of this month, metà mese."""
    today = frame.today
    shift = 1 if match["next"] else -1 if match["gone"] else 2 if match["second"] else 0
    start = add_months(today.replace(day=1), shift)
    meaning = _months(match, start.year, start.month, 1)
    if frame.past(match.start()) and not shift and meaning.best and meaning.best >= today:
        start = add_months(start, -1)
        return _months(match, start.year, start.month, 1)
    if match["middle"] and not shift and meaning.best and meaning.best < today:
        start = add_months(start, 1)
        meaning = _months(match, start.year, start.month, 1)
    return meaning


_NTH = {
    word: n
    for n, words in enumerate(
        (
            "primo first i 1",
            "secondo second ii 2",
            "terzo third iii 3",
            "quarto fourth iv 4",
            "ultimo last",
        ),
        1,
    )
    for word in words.split()
}


def division(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Primo trimestre 2027, Q1, secondo semestre, the first half of the year."""
    name = match["unit"]
    count = {"q": 3, "t": 3, "tri": 3, "qua": 3, "quad": 4, "s": 6, "sem": 6, "h": 6, "hal": 6}.get(
        "quad" if name.startswith("quad") else name[:3] if len(name) > 1 else name
    )
    if count is None:
        return None
    number = _NTH[
        re.sub(r"[°^]|st|nd|rd|th|o\b", "", match["nth"]).strip()
        if match["nth"][0].isdecimal()
        else match["nth"]
    ]
    if number > 12 // count:
        number = 12 // count
    month = (number - 1) * count + 1
    if match["year"]:
        return _months(match, _full_year(match["year"]), month, count)
    if match["nextyear"]:
        return _months(match, frame.today.year + 1, month, count)
    return _coming(match, frame, month, count)


def first_months(match: re.Match[str], frame: Frame) -> Meaning:
    """Entro i primi sei mesi del 2027, in the first three months of the year."""
    count = count_of(match["count"])
    if not 1 <= count <= 12:
        return VAGUE
    if match["year"]:
        return _months(match, int(match["year"]), 1, count)
    if match["nextyear"]:
        return _months(match, frame.today.year + 1, 1, count)
    return _coming(match, frame, 1, count)


def half_of_year(match: re.Match[str], frame: Frame) -> Meaning:
    """The first half of 2027, la seconda metà dell'anno."""
    month = 1 if match["nth"] in ("first", "prima") else 7
    if match["year"]:
        return _months(match, int(match["year"]), month, 6)
    if match["nextyear"]:
        return _months(match, frame.today.year + 1, month, 6)
    return _coming(match, frame, month, 6)


def running_division(match: re.Match[str], frame: Frame) -> Meaning:
    """By the end of the quarter, entro il prossimo semestre: the running one, or the next."""
    name = match["unit"]
    count = 3 if name in ("quarter", "trimestre") else 4 if name == "quadrimestre" else 6
    month = (frame.today.month - 1) // count * count + 1
    start = Day(frame.today.year, month, 1)
    if match["next"]:
        start = add_months(start, count)
    elif match["gone"] or frame.past(match.start()):
        start = add_months(start, -count)
    return _months(match, start.year, start.month, count)


def year(match: re.Match[str], frame: Frame) -> Meaning | None:
    """Fine anno, entro l'anno prossimo, by the end of 2027, mid-2027."""
    if match["year"]:
        number = _full_year(match["year"])
        cue = (
            r"\b(?:entro(?: il| tutto il)?|nel(?: corso del)?|within|in|during|by|before|"
            r"prima del)\s$"
        )
        if not (match["end"] or match["middle"] or match["start"]):
            found = re.search(cue, frame.plain[: match.start()])
            if not found or (number < frame.today.year and "entro" not in found.group()):
                return None
            if found.group().startswith("by"):
                first, last = Day(number, 1, 1), Day(number, 12, 31)
                return one_of(first - ONE_DAY, first, last, best=last, kind="period", first=first)
    else:
        number = frame.today.year + (1 if match["next"] else 0)
        if match["gone"] or (frame.past(match.start()) and not match["next"]):
            number -= 1
    return _part(match, Day(number, 1, 1), Day(number, 12, 31), Day(number, 6, 30))


def running_out(match: re.Match[str], frame: Frame) -> Meaning:
    """Before the year is out, prima che finisca il mese: the last day of the running one."""
    today = frame.today
    unit = match["unit"] or match["unit2"]
    if unit in ("week", "settimana"):
        monday = monday_of(today)
        friday, sunday = monday + dt.timedelta(days=4), monday + dt.timedelta(days=6)
        return on(friday if today <= friday else sunday)
    if unit in ("year", "anno"):
        return on(Day(today.year, 12, 31))
    month = today.month if unit in ("month", "mese") else (today.month + 2) // 3 * 3
    return on(month_end(today.year, month))


def week(match: re.Match[str], frame: Frame) -> Meaning:
    """This week, next week, two weeks on: the Friday; on a weekend the running week is gone."""
    today = frame.today
    monday = monday_of(today)
    if match["gone"] or (frame.past(match.start()) and not match["next"]):
        monday -= dt.timedelta(weeks=1)
        return within(monday, monday + dt.timedelta(days=4), kind="end")
    if match["second"]:
        monday += dt.timedelta(weeks=2)
    elif match["next"]:
        monday += dt.timedelta(weeks=1)
    elif today.weekday() > 4:
        return within(monday, max(today, monday + dt.timedelta(days=6)), kind="end")
    return _part(match, monday, monday + dt.timedelta(days=4), monday + dt.timedelta(days=2))


def weekend(match: re.Match[str], frame: Frame) -> Meaning:
    """Il fine settimana, next weekend: its Friday, Saturday and Sunday."""
    saturday = monday_of(frame.today) + dt.timedelta(days=5)
    if match["gone"]:
        saturday -= dt.timedelta(weeks=1)
    if match["after"] or (match["next"] and frame.today.weekday() > 4):
        saturday += dt.timedelta(weeks=1)
    days = [saturday - ONE_DAY, saturday, saturday + ONE_DAY]
    ahead = [day for day in days if day >= frame.today] or days
    if match["next"] and frame.today.weekday() < 5 and frame.language == "en":
        ahead += [day + dt.timedelta(weeks=1) for day in days]
    return one_of(*ahead, best=ahead[0], kind="period", first=saturday)


_GONE = r"(?:scors[oa]|passat[oa]|precedente|last|previous)"
_THE_NEXT_YEAR = r"prossimo anno|anno prossimo|next year"
_NEXT_YEAR = (
    r"(?: (?P<nextyear>"
    r"del prossimo anno|dell'anno prossimo|dell'anno venturo|of next year|next year))"
)
_THIS_YEAR = r"(?: (?:di quest'anno|dell'anno(?: in corso)?|of (?:this|the) year))"
_RUNNING = r"quest[oa]|il|lo|corrente|il corrente|this|the|current"


def _after(before: str, word: str) -> str:
    """Return a pattern of a word that counts only right after one of the phrases before it.

    The phrases stand between bars, each with the blank or hyphen that ends it.
    """
    return either(*(f"(?<={phrase})" for phrase in before.split("|"))) + word


_UNITS = r"year|quarter|month|week|anno|trimestre|mese|settimana"

# Read before the dates: a weekend isn't a week, Q1 isn't a day.
NUMBERED_PERIODS: tuple[Rule, ...] = (
    rule(
        "part of month",
        r"\b"
        + either(
            r"(?:prima|seconda|terza|quarta|ultima|first|second|third|last) (?:settimana|week)",
            WEEKEND,
            r"(?:primi|ultimi|primissimi) giorni|(?:first|last) (?:few )?days",
        )
        + rf" (?:di|del|a|ad|of|in) (?:the )?(?:{LONG_MONTH}|{NEXT_MONTH}|{THIS_MONTH})\b",
        part_of_month,
    ),
    rule(
        "decade",
        r"\b(?:la |nella )?(?P<nth>prima|seconda|terza|ultima) (?P<unit>decade|quindicina) "
        rf"(?:di |del mese di |d')(?P<month>{LONG_MONTH})(?:{_YEAR})?(?!\w)",
        decade,
    ),
    rule(
        "weekend",
        r"\b(?:il |the |this )?(?:(?P<next>prossimo |next )|(?P<gone>last |scorso ))?"
        r"(?:fine ?settimana|week[- ]?end)"
        r"(?P<after> (?:dopo(?! (?:il|la|l'|the)\b| ?\d)|dopo il prossimo|after next"
        r"|prossim[oa]|della prossima settimana))?\b",
        weekend,
    ),
    rule(
        "running out",
        either(
            rf"\b(?:before|by the time) (?:the |this )(?P<unit>{_UNITS}) "
            r"(?:is (?:out|over|up|through)|ends|finishes|runs out)\b",
            rf"\bprima che (?:(?:finisca|termini|si chiuda|passi) )?(?:l'|il |la |quest[oa'] ?)"
            rf"(?P<unit2>{_UNITS})\b(?: (?:finisca|termini|si chiuda|passi))?"
            r"(?! (?:prossim|entrant|succ|in cui|di\b))",
        ),
        running_out,
    ),
    rule(
        "division",
        rf"\b{PART}(?:il |la |the )?"
        r"(?:(?P<nth>primo|secondo|terzo|quarto|ultimo|first|second|third|fourth|last"
        r"|iii|ii|iv|i|[1-4](?: ?(?:°|\^|o|st|nd|rd|th))?) ?"
        r"(?P<unit>trimestre|semestre|quadrimestre|quarter|trim\b\.?|sem\b\.?|half-?year))"
        rf"(?:{_NEXT_YEAR}|{_THIS_YEAR}|{_YEAR})?",
        division,
    ),
    rule(
        "division letter",
        rf"\b{PART}(?:the )?(?P<unit>[qths]) ?(?P<nth>[1-4])\b(?!/)"
        rf"(?:{_NEXT_YEAR}|{_THIS_YEAR}|(?:[ -/]*{_YEAR}))?",
        division,
    ),
    rule(
        "first months",
        rf"\b{PART}(?:i |the )?(?:primi|first) "
        r"(?P<count>\d\d?|due|tre|quattro|sei|two|three|four|six) (?:mesi|months) "
        r"(?:del(?:l')?|of) ?"
        rf"(?:(?P<year>\d{{4}})|(?P<nextyear>(?:{_THE_NEXT_YEAR}))|(?:anno|the year))",
        first_months,
    ),
    rule(
        "half of year",
        rf"\b{PART}(?:la |the )?(?P<nth>prima|seconda|first|second) (?:meta|half) "
        r"(?:del(?:l')?|di|of) ?"
        rf"(?:(?P<year>\d{{4}})|(?P<nextyear>(?:{_THE_NEXT_YEAR}))"
        r"|(?:quest'anno|anno|(?:the|this) year))",
        half_of_year,
    ),
    rule(
        "numeric month",
        _after("entro |entro il |by |fine |end of ", r"(?<![\d/])")
        + r"(?P<start>zz)?(?P<end>zz)?(?P<middle>zz)?"
        r"(?P<m>\d{1,2}) ?[/.-] ?(?P<y>20\d\d)(?!\d)",
        numeric_month,
    ),
)
PERIODS: tuple[Rule, ...] = (
    rule(
        "running division",
        rf"\b(?=(?:{_SAME_PART}(?:{_RUNNING}|prossimo|next|{_GONE}) |{_END} ))"
        rf"{PART}(?:(?:{_RUNNING}) )?(?:(?P<next>prossimo |next )|(?P<gone>{_GONE} ))?"
        r"(?P<unit>trimestre|semestre|quadrimestre|quarter|half-year)\b(?! (?:to|past|del|di|of)\b)"
        r"(?: (?:(?P<next2>prossimo)|in corso|corrente))?",
        running_division,
    ),
    rule(
        "relative month",
        rf"\b{PART}(?:(?:il|lo|the|l'|nel|in|entro) )?"
        + either(
            rf"(?P<gone>{_GONE} (?:mese|month)|mese {_GONE})",
            rf"(?P<next>{NEXT_MONTH})",
            r"(?P<second>month after next|mese dopo il prossimo)",
            THIS_MONTH.replace("|mese|", "|").replace("|the month|", "|"),
            _after(
                "fine |fine del |meta |meta del |inizio |inizio del |entro |entro il |nel ",
                r"mese\b",
            ),
            _after(
                "end of the |end of |close of the |within the |by the |middle of the |mid-|mid ",
                "month",
            ),
        )
        + r"\b(?! di| of)",
        relative_month,
    ),
    rule(
        "month end",
        r"\b(?P<end>month'?s?[ -]end)\b"
        r"(?P<middle>zz)?(?P<start>zz)?(?P<gone>zz)?(?P<next>zz)?(?P<second>zz)?",
        relative_month,
    ),
    rule(
        "named month",
        rf"\b{PART}(?:(?:mese di|month of|the month of) )?(?<![\w'])"
        rf"(?P<month>{LONG_MONTH}|"
        + _after("entro |fine |meta |by |mid-|mid |end of ", rf"(?!mar\b){MONTH}")
        + rf")(?!\w)(?:{_YEAR}|{_MONTH_NEXT})?(?! ?\d){_MONTH_PART}?",
        named_month,
    ),
    rule(
        "week",
        rf"\b{PART}"
        r"(?:(?:la|questa|corrente|nella|the|this|in|current|working|in the|within the) ){0,4}"
        + either(
            rf"(?P<gone>{_GONE} (?:settimana|week)|(?:settimana|week) {_GONE})",
            r"(?P<second>week after next|settimana dopo la prossima"
            r"|settimana successiva alla prossima)",
            rf"(?P<next>{NEXT_WEEK})",
            _after(
                "this |end of the |end of |within the |mid|mid-|by the |in the |during the "
                "|middle of the ",
                r"week\b",
            ),
            _after(
                "questa |corrente |in |in corso di |nella |entro la |fine della |fine |meta "
                "|inizio ",
                "settimana(?: in corso| corrente)?",
            ),
        )
        + r"\b(?! (?:di|del|of|prima|before|from)\b)(?! (?:dell'|dopo))",
        week,
    ),
    rule(
        "year",
        rf"\b{PART}(?:(?:l'|il|tutto il|the|per tutto|in) ?)?"
        + either(
            rf"(?P<gone>{_GONE} (?:anno|year)|anno {_GONE})",
            rf"(?P<next>(?:{_THE_NEXT_YEAR}|anno venturo|the coming year))",
            r"quest'anno|anno corrente|anno in corso|(?:corrente|current) (?:anno|year)",
            r"this year|year[ -]end|year'?s end",
            _after(
                "fine |fine dell'|entro l'|meta |meta dell'|nell'|entro |inizio ",
                "anno(?: in corso)?",
            ),
            _after("end of the |end of |within the |mid-|mid |middle of the ", "year"),
            r"(?<![\d/.,-])(?P<year>20\d\d)(?![\d/.,-]\d)",
        )
        + r"(?!\w)",
        year,
    ),
)
