"""What looks like a date and is none: addresses, names, law and invoice numbers, telephones."""

from __future__ import annotations

import re

from actions.logic.deadlines.vocabulary import LONG_MONTH, LONG_WEEKDAY, either

_STREET = either(
    # "Sono via dal 10" is no street.
    r"(?<!sono )(?<!siamo )(?<!saro )(?<!saremo )(?<!vado )via",
    r"viale|v\.le|vicolo|strada|contrada|(?<!nel )(?<!in )corso|c\.so",
    r"piazza|p\.zza|piazzale|largo|lungarno|lungotevere|borgo",
    r"street|square|road",
)
_ACT = either(
    r"legge|l\.|d\. ?lgs\.?|dlgs|d\. ?l\.|dl|d\. ?p\. ?r\.?|dpr|dpcm|d\. ?m\.|dm",
    r"decreto(?: legislativo| legge| ministeriale)?(?: n\.?)?",
    r"regolamento|direttiva|circolare|delibera|determina",
    r"sentenza(?: n\.?)?|ordinanza(?: n\.?)?|procedimento|causa",
    r"r\. ?g\.?(?: ?n\. ?r\.?)?|rg|rgnr|ruolo generale",
    r"law|act|decree|regulation|directive|ruling|case|docket",
)
_DATED_ACT = either(
    r"legge|decreto|d\. ?lgs\.?|dpr|d\. ?p\. ?r\.?|d\. ?l\.|sentenza|ordinanza",
    r"law|decree|act",
)
_PAPER = either(
    r"fattur[ae]|fatt\.?|preventivo|ordine|ricevuta|bolletta|ddt|bolla",
    r"pratica|fascicolo|protocollo|prot\.?|polizza|cartella|verbale|contratto",
    r"rif\.?|numero|nr\.?|n\.|n°|#|repertorio|rep\.?",
    r"foglio|particella|sub\.?|interno|int\.?|scala|modello|mod\.?|f",
    r"invoices?|inv\.?|quotation|quote|order|receipt|policy|contract",
    r"file|ticket|form|number|no\.|ref\.?",
)
# What is made or paid for each month: "l'IVA di dicembre" falls due in January.
_MONTHLY = either(
    r"iva|f24|liquidazione|ritenute|contributi|corrispettivi|cedolin[oi]|bust[ae] paga",
    r"stipendi[o]?|paghe|fattur[ae]|canone|affitto|estratto conto|mensilita",
    r"vat|payroll|payslips?|salar(?:y|ies)|invoices|rent|bank statement",
)
_NUMBER = r"(?:n\.?|nr\.?|no\.?|n°|#|numero|number)"
_NAMED = either(
    r"mi chiamo|il mio nome e|sono|io sono|firma(?:to)?:?",
    r"sig\.?(?:ra|na)?|signor[ae]?|dott\.?(?:ssa)?|prof\.?(?:ssa)?",
    r"avv\.?(?:to)?|avvocato|notaio|ing\.?|geom\.?|rag\.?|cliente|famiglia",
    r"ditta|studio|bar|hotel|albergo|trattoria",
    r"my name is|i'm|i am|this is|mr\.?|mrs\.?|ms\.?|miss|dr\.?",
)
_FIRM = either(
    r"studio|ditta|societa|impresa|cooperativa|coop|officina|gruppo|edil\w*|immobiliare",
    r"bar|hotel|trattoria|condominio|residenza",
    r"(?:s\.?r\.?l\.?|spa|snc|sas)",
)
_LEGAL_FORM = either(
    r"s\.?r\.?l\.?s?|s\.?p\.?a\.?|s\.?n\.?c\.?|s\.?a\.?s\.?",
    r"ltd|inc|llc|gmbh",
)
_MONEY_BEFORE = r"(?:€|eur\b|euro|usd|\$|£|gbp)"
_MONEY_AFTER = r"(?:€|euro\b|eur\b|\$|£|usd\b|gbp\b|dollar[si]\b|pounds?\b|sterline\b|mila\b)"
_PHONE = r"tel|cell|fax|phone|mobile|telefono|cellulare|whatsapp|numero|number"
_LONG_CONTRACT = either(
    r"contratto|leasing|mutuo|prestito|locazione|affitto|abbonamento|garanzia",
    r"durata|finanziamento|piano|rateizzazione",
    r"contract|lease|loan|mortgage|warranty|guarantee|term|subscription|plan",
)
_DURATION = r"(?:giorni|settimane|mesi|anni|days|weeks|months|years)"

# In this order; each match is blotted out before the date rules run.
_PATTERNS = (
    (
        "address",
        rf"\b{_STREET} (?:[a-z'.]+ ){{0,3}}"
        r"(?:[ivxl]+|\d{1,2}°?|primo|due|quattro|venticinque|venti|martiri del \d+)"
        rf"(?: (?:{LONG_MONTH}))?(?:,? ?(?:n\.? ?)?\d+(?:/\w+)?(?! ?(?:{LONG_MONTH}))[a-z]?)?\b",
    ),
    (
        "address number",
        rf"\b{_STREET} (?:[a-z'.]+ ?){{1,4}}?,? "
        rf"(?:n\.? ?)?\d+(?:/\w+)?(?! ?(?:{LONG_MONTH}|/))\b",
    ),
    ("street named after a month", rf"\b{_STREET} (?:[a-z'.]+ ){{0,2}}(?:{LONG_MONTH}|natale)\b"),
    (
        "law",
        rf"(?<!\w){_ACT} ?(?:n\.? ?|nr\.? ?|no\.? ?)?"
        r"\d+ ?(?:/|del(?:l'anno)? ?|of ) ?\d{2,4}\b",
    ),
    (
        "law of a date",
        rf"(?<!\w){_DATED_ACT} (?:n\.? ?\d+ )?(?:del |dell'|of )?"
        rf"\d{{1,2}}° ?(?:{LONG_MONTH}) \d{{4}}",
    ),
    ("law by its number", r"\blegge (?:n\.? ?)?\d+\b(?!/)"),
    (
        "article",
        r"\b(?:art(?:t|icol[oi]|icles?)?\.?|comma|commi|lett\.|co\.|section|paragraph|clause|§) ?"
        r"(?:n\.? ?)?\d+(?:[-/ ]?(?:bis|ter|quater))?(?:[,.] ?(?:comma|co\.) ?\d+)?",
    ),
    ("number and year", r"\b(?:n\.?|nr\.?|no\.?|n°|#) ?\d+(?:[/-]\w+)*"),
    ("paper", rf"(?<!\w){_PAPER} ?(?:n\.?|nr\.?|no\.?|n°|#|numero|number|:)* ?\d+(?:[/-]\w+)+"),
    ("paper number", rf"(?<!\w)(?:{_PAPER}) {_NUMBER} ?\d+\b"),
    (
        "paper of month",
        rf"\b{_MONTHLY} (?:(?:relativ[aieo] )?(?:a|di|del mese di|for|of) )?"
        rf"(?:{LONG_MONTH})\b(?! ?\d)",
    ),
    ("paper of year", rf"(?<!\w){_PAPER} ?(?:del|dell'anno|of|from|per il|for) ?(?:19|20)\d\d\b"),
    (
        "tax form",
        r"\b(?:modello |mod\.? |form )?"
        + either(
            r"f ?24|f ?23|730|770|unico \d{4}|cu \d{4}|redditi \d{4}|isee \d{4}",
            r"superbonus \d+|bonus \d+|ecobonus \d+|104",
        )
        + r"\b(?! (?:giorni|days))",
    ),
    (
        "vat number",
        r"\b"
        + either(
            r"p\. ?iva|partita iva|piva|p\.i\.?|vat(?: (?:no\.?|number|n\.))?",
            r"c\.f\.?|codice fiscale|iban|cf",
        )
        + r"[ :.]*(?:it ?)?[a-z]{0,2}\d[\da-z ]{5,30}\d",
    ),
    (
        "telephone",
        either(
            # +39 055 123456, cell. 0039...
            rf"(?:\b(?:{_PHONE})\.?:? ?)?(?:\+|\b00)\d{{1,3}}[\d ().-]{{5,}}\d",
            # tel. 055 123456, call me at 055-123456
            rf"\b(?:{_PHONE}|al|allo|on|at|ring|call)"
            r"\.?:? ?0?\d{2,4}[ /.-]\d{3,}(?:[ .-]?\d{2,})*",
            # 333 1234567
            r"\b3\d\d[ ./-]?\d{3}[ .-]?\d{3,4}\b",
            # 055 123456
            r"(?<![\d/.-])0\d{1,3}[ /.-]\d{5,8}\b",
            # 333 12 34 567
            r"\b3\d\d(?:[ .-]\d{2}){3,4}\b",
            # any long number that counts no days
            rf"\b\d{{7,}}\b(?! ?{_DURATION})",
        ),
    ),
    ("e-mail or address of a page", r"\S+@\S+|\bhttps?://\S+|\bwww\.\S+"),
    (
        "amount",
        either(
            rf"{_MONEY_BEFORE} ?\d[\d.,']*(?: ?(?:mila|k\b|million[ei]?))?",
            rf"\b\d[\d.,']* ?(?:mila |k |million[ei]? )?{_MONEY_AFTER}",
        ),
    ),
    ("per cent", r"\b\d+(?:[.,]\d+)? ?(?:%|per ?cento\b|percent\b)"),
    (
        "measure",
        r"\b\d+(?:[.,]\d+)? ?"
        + either(
            r"mq|m2|metri|km|kg|ettari|square met\w+|sqm|vani|stanze|camere|rooms?",
            r"dipendenti|soci|figli|furgoni|copie",
            r"employees|partners|children|copies|pages|pagine",
        )
        + r"\b",
    ),
    (
        "age",
        either(
            r"\b\d+ ?(?:-year-old|-year old|years? old)\b",
            r"\b(?:ha|ho|hanno|aveva|eta di|di|aged?) \d{1,3} anni\b(?! (?:di tempo|per|da oggi))",
            r"\b(?:ha|ho) compiuto \d+ anni",
            r"\b\d+ anni (?:di|fa|compiuti)\b",
            r"\bage \d+\b",
        ),
    ),
    (
        "term of a contract",
        either(
            rf"\b{_LONG_CONTRACT}(?: \w+)? (?:da|di|a|per|of|for) "
            rf"(?:\d+|[a-z]+(?:-[a-z]+)?)(?: ?\+ ?\d+)? ?{_DURATION}\b",
            r"\b(?:a |an )?"
            r"(?:\d+|two|three|four|five|six|nine|ten|twelve|eighteen|twenty-four)"
            r"[- ](?:day|week|month|year)[- ]?"
            r"(?:old|long|lease|contract|loan|plan|warranty|rental|tenancy|agreement|mortgage|term)\b",
            r"\b\d+ ?(?:mesi|anni|months|years)(?: of|'| di)? "
            + either(
                r"esperienza|lavoro|affitto|arretrati|garanzia|attivita",
                r"experience|work|rent|warranty",
            )
            + r"\b",
        ),
    ),
    (
        "all day every day",
        r"\b(?:24 ?/ ?7|24h su 24|24 ore su 24|24 hours a day|7 giorni su 7|h ?24)\b",
    ),
    (
        "filler",
        r"\b"
        + either(
            # to have somebody called, to be called somehow
            r"(?:mi|si|ci) chiam[aio]\w*(?! (?:alle|dopo|entro|pure|domani|oggi|il|per|su|al))",
            # a moment, a day, a time that is none
            r"un (?:momento|attimo|secondo|minuto)|da un momento all'altro|una volta|ogni tanto",
            r"un giorno (?:qualsiasi|qualunque|di questi|o l'altro)|nel frattempo|una tantum",
            r"(?:just )?(?:a|one|give me a) (?:second|moment|minute|sec)",
            r"at the moment|in the meantime|one day|some day|these days|day[- ]to[- ]day",
            # in the first place
            r"tra l'altro|fra l'altro|tra le altre cose|per primo|primo contatto|prima casa",
            r"in un primo momento|in primo luogo|in secondo luogo|seconda casa",
            r"secondo (?:me|noi|voi|lui|lei|il|la|l'|i|le|quanto|alcuni)|second(?:a|o) me",
            r"first of all|in the first place|second thoughts?|at first",
            r"first (?:time|home|house|name|offer|come)|second (?:home|house|opinion|time)",
            # good wishes
            r"buona (?:giornata|settimana|domenica|pasqua|serata)",
            r"buon (?:fine settimana|weekend|natale|anno|lavoro)",
            r"have a (?:nice|good|great|lovely) (?:day|weekend|week|evening)",
            r"a nice (?:day|weekend|week|evening)|good (?:morning|afternoon|evening)",
            r"merry christmas|happy (?:new year|easter|christmas)",
            # again and again
            r"ogni (?:giorno|mese|settimana|anno)|tutti i giorni|di ogni mese|mensil[ei]",
            r"al giorno|al mese|alla settimana|all'anno|a settimana|ora legale",
            r"all day|every (?:day|week|month|year)|of each month|of every month",
            r"per (?:day|week|month|year)",
            r"(?:a|each|every|per) (?:month|year|week) (?:rent|fee)",
        )
        + r"\b",
    ),
    (
        "fraction",
        r"\b\d/\d (?:del|della|dell'|di|of)\b"
        r"|\b(?:rata|rate|pagina|page|parte|part|instal?lment) \d+ ?(?:/|di|su|of) ?\d+\b",
    ),
    (
        "every weekday",
        either(
            rf"\b(?:ogni|tutti i|tutte le|every|each) {LONG_WEEKDAY}\b",
            r"\b(?:on )?(?:mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays)\b",
            r"\b(?:on )?(?:weekends|weekdays)\b",
            r"\bdal? (?:lun|lunedi) al? (?:ven|venerdi|sab|sabato)\b",
            r"\b(?:mon|monday)(?: to |-| through )(?:fri|friday|sat|saturday)\b",
        ),
    ),
    (
        "name",
        rf"(?<!\w){_NAMED} (?:[a-z']+ )?"
        rf"(?:{LONG_MONTH}|natale|domenica|sabato|pasqua|ferragosto|befana)\b(?! ?\d)",
    ),
    (
        "company",
        rf"\b{_FIRM} (?:[a-z]+ )?"
        rf"(?:2[01]\d\d|\d{{2,4}}|(?:primo|\d{{1,2}}°?) (?:{LONG_MONTH})|{LONG_MONTH})"
        rf"\b(?! ?(?:{LONG_MONTH}))",
    ),
    ("company year", rf"\b[a-z]+ (?:19|20)\d\d {_LEGAL_FORM}\b"),
)
DISTRACTORS = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS)

_CAPITAL_NAME = re.compile(
    r"(?<![\w.])(?P<first>[A-ZÀ-Ý][\w'’]+) (?P<second>[A-ZÀ-Ý][\w'’]+)\b(?! ?\d)", re.UNICODE
)
_DATE_NAMES = re.compile(rf"(?:{LONG_MONTH}|natale|domenica|sabato|pasqua|easter|sunday)")
# Capitalised beside a month or a feast, these make no name of it: "Entro Marzo", "Buona Pasqua".
_CUES = frozenset(
    """
    entro per fine meta inizio dopo prima il la a di del nel tra fra massimo max scadenza termine
    prossimo prossima buon buona
    by before end mid early late in until next this last of from on the due within deadline
    between during good happy
    lunedi martedi mercoledi giovedi venerdi sabato domenica
    monday tuesday wednesday thursday friday saturday sunday
    january february easter christmas
    """.split()
)


def blot(plain: str, original: str) -> str:
    """Return the plain text with everything that only looks like a date replaced by "#"."""
    text = plain
    for _, pattern in DISTRACTORS:
        text = pattern.sub(lambda match: "#" * len(match.group()), text)
    return text


def is_name(first: str, second: str) -> bool:
    """Tell whether two capitalised words, such as Luisa Marzo or May Rossi, are a person's name."""
    first, second = first.lower(), second.lower()
    if _DATE_NAMES.fullmatch(second):
        return first not in _CUES and not _DATE_NAMES.fullmatch(first)
    return bool(_DATE_NAMES.fullmatch(first)) and second not in _CUES


def names_in(original: str) -> list[tuple[int, int]]:
    """Return where in the message a month is part of a person's name, by the capitals."""
    letters = [character for character in original if character.isalpha()]
    if sum(map(str.isupper, letters)) > len(letters) / 2:
        return []
    return [
        match.span()
        for match in _CAPITAL_NAME.finditer(original)
        if is_name(match["first"], match["second"])
    ]
