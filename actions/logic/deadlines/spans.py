"""Rules for spans: how many days, weeks, months, from which day, forwards or back."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from actions.logic.deadlines.calendars import Day, add_months
from actions.logic.deadlines.vocabulary import COUNT, count_of, either
from actions.logic.workdays import add_workdays

_WORKING = r"(?:lavorativ[ie]|lavorativo|lav\b\.?|di lavoro|utili)"
_UNIT = (
    rf"(?:(?P<workdays>(?:giorn[io]|g\.?g\.?|gg|g) {_WORKING}|(?:working|business|work) ?days?)|"
    r"(?P<days>(?:full |calendar |clear )?days?'?|giorn[io](?: (?:di calendario|"
    r"naturali|solari|liberi))?|gg\b\.?)|"
    r"(?P<fortnights>fortnights?)|(?P<weeks>weeks?'?|settiman[ae]|settimanell[ae]|sett\b\.?)|"
    r"(?P<months>months?'?|mes[ei]|mesett[oi])|"
    r"(?P<years>years?'?|ann[io]|annett[oi])|(?P<quarters>trimestr[ei]|quarters)|"
    r"(?P<halves>semestr[ei])|(?P<hours>hours?|or[ae]\b))"
)
_PLAIN_COUNT = rf"(?P<count>{COUNT})(?: ?\(\w+\))?"
# "10-15 giorni", "una o due settimane": the larger number counts.
_RANGE_COUNT = rf"(?:(?:{COUNT})(?: ?(?:-|/|o|or|to|a|ai) ?))?"
_OTHER = either(
    r"altri|altre|di|solo|soli|sole",
    r"more|other|full|calendar|short|further",
)
SPAN = re.compile(
    r"(?<![\w/.,])"
    + either(
        r"(?P<onehalf>(?:un|a|one) (?:mese|month) (?:e mezzo|and a half))",
        r"(?P<halfyear>mezzo anno|half a year|half year)",
        r"(?:(?<=entro )|(?<=oltre )|(?<=termine di ))(?:gg|giorni)\.? (?P<gg>\d{1,3})"
        r"(?! ?(?:e|o|ed|-|/|,) ?\d)",
        rf"{_RANGE_COUNT}{_PLAIN_COUNT} ?(?P<half0>(?:e mezz[oa]|and a half) )?"
        rf"(?:{_OTHER} )?(?<!\d\.){_UNIT}",
    )
    + r"(?!\w)(?P<half> e mezz[oa]| and a half)?"
)


@dataclass(frozen=True)
class Span:
    """A number of days, weeks, months, working days or hours."""

    days: int = 0
    months: int = 0
    workdays: int = 0
    hours: int = 0

    def after(self, start: Day) -> Day:
        """Return the day this long after a day, which is not counted.

        Raises:
            OverflowError, ValueError: the day lies outside the calendar.
        """
        return self._from(start, 1)

    def before(self, start: Day) -> Day:
        """Return the day this long before a day."""
        return self._from(start, -1)

    def _from(self, start: Day, sign: int) -> Day:
        if self.workdays:
            if self.workdays > 2600:
                raise OverflowError("more than ten years of working days")
            return add_workdays(start, sign * self.workdays)
        if max(self.days, self.months * 30, self.hours // 24) > 36600:
            raise OverflowError("more than a hundred years")
        moved = add_months(start, sign * self.months) if self.months else start
        return moved + dt.timedelta(days=sign * self.days)


# "Entro due settimane, tre al massimo": another number of the same unit.
ANOTHER_COUNT = re.compile(
    r"(?:[,;.]| -| o| or)? (?:(?:o|or|ma|io|anzi|meglio|direi|diciamo|facciamo|massimo"
    r"|al massimo|max|but|i'd say|i would say|make it|better) ?,? ?){0,3}"
    r"(?P<count>" + COUNT + r")(?<!un)(?<!una)(?<!\ba)(?<!an)"
    r"(?:,? (?:al massimo|massimo|max|at (?:the )?most|tops))?(?=\s?(?:$|[.,;!?)]))"
)


def read_span(match: re.Match[str], count: int | None = None) -> Span | None:
    """Return the span that a match of SPAN stands for, or another number of its units."""
    if match["onehalf"]:
        return Span(days=15, months=1)
    if match["halfyear"]:
        return Span(months=6)
    if match["gg"]:
        return Span(days=int(match["gg"]))
    count = count or count_of(match["count"])
    half = bool(match["half"] or match["half0"])
    if match["workdays"]:
        return Span(workdays=count)
    if match["days"]:
        return Span(days=count)
    if match["fortnights"]:
        return Span(days=14 * count)
    if match["weeks"]:
        return Span(days=7 * count + (3 if half else 0))
    if match["months"]:
        return Span(months=count, days=15 if half else 0)
    if match["quarters"]:
        return Span(months=3 * count)
    if match["halves"]:
        return Span(months=6 * count)
    if match["years"]:
        return Span(months=12 * count + (6 if half else 0))
    return Span(hours=count)


# "30 giorni fine mese": to the end of the month in which they run out.
TO_MONTH_END = re.compile(r"^ ?(?:fine mese|f\.?m\.?(?!\w)|(?:from )?end of (?:the )?month)")
# What stands before a span that counts from today.
FORWARD = re.compile(
    r"(?:\b(?:entro(?: e non oltre)?|entro (?:i|le|il|gli|la)(?: prossim[ie])?|nei|"
    r"nelle|tra|fra|in|within|inside|nel giro di|nell'arco di|"
    r"nel termine di|(?:il |un )?termine (?:di|e di)|non oltre|al massimo|massimo|"
    r"max\.?|at most|non piu di|no (?:more|longer) than|not (?:more|longer) than|under|"
    r"di qui a|da qui a|"
    r"per|next|prossim[ie]|i prossimi|le prossime|the next|the coming|ho|abbiamo|avete|ha|"
    r"hanno|have|has|have got|'ve got|got|"
    r"facciamo|diciamo|direi|datemi|dateci|mi dia|ci dia|(?:vi|le|ti) do|say|make it|"
    r"vale|valgono|valid[oaie]|(?:is|are) (?:valid|good) for|stands for|"
    r"dato|date|given|give (?:us|me|you)|concess[oi]|mi restano|ci restano|restano|"
    r"mancano|resta|manca|left|"
    r"concedono|concede|danno|(?:mi|ci|gli|le|vi|legge|banca) da|gives? (?:us|me|them)"
    r"|gave (?:us|me)|allows? (?:us|me)|"
    r"(?:deadline|time|term|period) (?:is|of)|scadenza a|(?<!non )c'e|(?<!non )ci "
    r"sono|decorrono|meno di|less than)"
    r"(?: (?:un termine di|termine di|tempo|soli|solo|sole|only|just|about|circa|max|"
    r"massimo|al massimo|non piu di|non oltre|up to|ancora|another|altri|altre|at "
    r"most|tempo al massimo|quasi|i|le|gli|the|the next|next|prossimi|prossime|more "
    r"like|roughly|exactly|esattamente|precisamente))*"
    r")\s$"
)
FROM_NOW = re.compile(
    r"^(?:'? time)?(?:,? (?:di tempo|at most|al massimo|massimo|max|tempo))?,? "
    + either(
        r"(?:(?:a (?:partire|decorrere|contare) )?(?:da|from|starting|as of|counting from)"
        r" (?:oggi|adesso|ora|domani|today|now))",
        r"(?:dalla data )?(?:dalla|della) presente(?: \w+)?",
        r"from the date of this (?:letter|message|e-?mail)",
        r"hence|time\b",
    )
)
AGO = re.compile(
    r"^,? (?:fa|ago|or sono|earlier|addietro|prima)(?!\w)(?! (?:di|del|che|dell|della|"
    r"of|than))"
)
# "Scaduto da un mese" lies behind, though "da" may also stand for "dà".
OVERDUE = re.compile(
    r"\b(?:scadut[oaie]|in ritardo|overdue|expired|late) (?:gia )?(?:da|di|by|for) "
    r"(?:circa |oltre |over |about |more than )?$"
)
# Between a span and the day it is counted from.
_NAMING = r"(?:(?:l'|la |il |le |lo |the |my |our |mia |nostra |sua |its )?(?:[a-z']+,? \(?){0,6}?)"
_NAMED_DAY = (
    rf"(?:{_NAMING}(?:"
    + either(
        r"del|dello|della|dell'|di|in data|il|giorno|avvenuta il|ricevuta il",
        r"fissat[ao] per il|fissat[ao] al|(?:che )?(?:e|era|e stata) il|e per il|ossia",
        r"(?:which is |which was |that is |that was )?(?:on|scheduled for)",
        r"which is|which was|that is|that was|of",
    )
    + r" ?)?(?:the |il |l'|giorno )?)"
)
FORWARD_LINK = re.compile(
    r"^(?: (?:di tempo|at most|al massimo|massimo|esatt[ie]|extension|di proroga))?,? "
    rf"(?:(?:(?:che )?decorr\w+|"
    rf"running) )?(?:(?:a (?:partire|decorrere|"
    rf"contare) )?(?:dopo|dal|dallo|dalla|dall'|da|dalle|after|from|of|data|following|since|"
    r"sul|sulla|rispetto a(?:l|lla)|starting from|starting|counting from|counted from"
    r"|successivi a(?:l|lla|ll')?)"
    rf"(?: il| the| l')?(?: original| originari[oa])?)[ ']?\(?{_NAMED_DAY}\(?$"
)
# "60 giorni (notifica del 23.11)".
RECEIPT_LINK = re.compile(
    r"^[ ,:(-]+(?:data )?(?:di )?(?:la )?"
    r"(?:notific\w+|ricevut\w+|ricezione|ricevimento|stipula|received|served|notified|notice)"
    r"(?: [a-z']+){0,2}? (?:del|dell'|il|in data|on|of)(?: the)? ?$"
)
BACKWARD_LINK = re.compile(
    rf"^,? (?:prima(?: di| del| dello| della| dell'| che sia)?|before|ahead of|prior "
    rf"to|in anticipo (?:su|rispetto a)l?(?:la|l')?|precedenti(?: a)?(?:l|lla|ll')?|"
    rf"antecedenti(?: a)?(?:l|lla|ll')?)[ ']?{_NAMED_DAY}$"
)
BACKWARD_ALONE = re.compile(
    r"^,? (?:prima|before(?:hand)?|earlier|in advance|ahead|prior|before (?:that|then|it)|"
    r"di anticipo|prima di (?:allora|quella data|quel giorno|cio))(?!\w)"
)
# "Within a year of that": from the day named before.
SINCE_THEN = re.compile(
    r"^,? "
    + either(
        r"(?:da|dopo) (?:allora|quella data|quel giorno)",
        r"(?:of|from|after) (?:that(?: date| day)?|then)",
    )
    + r"(?! \w+ (?:is|was|e|era)\b)(?!\w)"
)
# "30 giorni dalla notifica", where the day of the notice has been named before.
FROM_RECEIPT = re.compile(
    r"^(?: (?:di tempo))?,? (?:(?:che )?decorr\w+ )?(?:a (?:partire|decorrere|contare) )?"
    r"(?:dal|dalla|dall'|da|from|of|after|since|data|d\.?f\.?)(?: the| that| its)? ?"
    r"(?:(?:data|date|giorno|day)(?: (?:di|della|dell'|del|of))?(?: the)? ?)?"
    r"(?:notific|ricezion|ricevimento|consegna|comunicazion|pubblicazion|fattura|quel"
    r"|receipt|receiv|service|delivery|notice|invoice|letter|then)"
)
# A span from something whose day isn't said can't be put in a calendar.
FROM_UNKNOWN = re.compile(
    r"^(?: (?:di tempo))?,? (?:(?:a (?:partire|decorrere|contare) )?(?:dal|dalla|"
    r"dallo|dall'|dopo|successivi|after|from|of (?:the|receipt|receiv|notif|service|"
    r"sign)|following|since|prima del|prima della|prima dell'|before the|prima di|"
    r"before)\b)"
)
