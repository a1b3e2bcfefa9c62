"""What looks like a date and is none: addresses, names, law and invoice numbers, telephones."""

from __future__ import annotations

import re

from actions.logic.deadlines.vocabulary import LONG_MONTH

_STREET = (
    r"(?:via|viale|v\.le|piazza|p\.zza|piazzale|(?<!nel )(?<!in )corso|c\.so|largo|vicolo|strada|"
    r"contrada|lungarno|lungotevere|borgo|street|square|road)"
)
_ACT = (
    r"(?:legge|l\.|d\. ?lgs\.?|dlgs|d\. ?l\.|dl|d\. ?p\. ?r\.?|dpr|dpcm|d\. ?m\.|dm|"
    r"decreto(?: legislativo| legge| ministeriale)?(?: n\.?)?|"
    r"regolamento|direttiva|sentenza(?: n\.?)?|ordinanza(?: n\.?)?|"
    r"r\. ?g\.?(?: ?n\. ?r\.?)?|rg|rgnr|ruolo generale|circolare|delibera|determina|"
    r"law|act|decree|regulation|directive|ruling|case|docket|procedimento|causa)"
)
_PAPER = (
    r"(?:fattur[ae]|fatt\.?|invoices?|inv\.?|preventivo|quotation|quote|ordine|order|"
    r"pratica|file|fascicolo|"
    r"protocollo|prot\.?|polizza|policy|ticket|bolletta|ricevuta|receipt|ddt|bolla|"
    r"cartella|verbale|contratto|contract|rif\.?|ref\.?|"
    r"numero|number|no\.|nr\.?|n\.|n°|#|repertorio|rep\.?|foglio|particella|sub\.?|"
    r"interno|int\.?|scala|modello|mod\.?|form|f)"
)
_NAMED = (
    r"(?:mi chiamo|il mio nome e|sono|io sono|sig\.?(?:ra|na)?|signor[ae]?|"
    r"dott\.?(?:ssa)?|avv\.?(?:to)?|ing\.?|geom\.?|rag\.?|prof\.?(?:ssa)?|notaio|"
    r"avvocato|cliente|famiglia|ditta|studio|bar|hotel|albergo|trattoria|my name is|"
    r"i'm|i am|this is|mr\.?|mrs\.?|ms\.?|miss|dr\.?|firma(?:to)?:?)"
)

# In this order; each match is blotted out before the date rules run.
_PATTERNS = (
    (
        "address",
        rf"\b{_STREET} (?:[a-z'.]+ ){{0,3}}(?:[ivxl]+|\d{{1,2}}°?|primo|due|quattro|"
        rf"venticinque|venti|martiri del \d+)(?: (?:{LONG_MONTH})"
        rf")?(?:,? ?(?:n\.? ?)?\d+(?:/\w+)?(?! ?(?:{LONG_MONTH}))[a-z]?)?\b",
    ),
    (
        "address number",
        rf"\b{_STREET} (?:[a-z'.]+ ?){{1,4}}?,? "
        rf"(?:n\.? ?)?\d+(?:/\w+)?(?! ?(?:{LONG_MONTH}|/))\b",
    ),
    ("street named after a month", rf"\b{_STREET} (?:[a-z'.]+ ){{0,2}}(?:{LONG_MONTH}|natale)\b"),
    (
        "law",
        rf"(?<!\w){_ACT} ?(?:n\.? ?|nr\.? ?|no\.? ?)?\d+ ?(?:/|del(?:l'anno)? ?|of )"
        rf" ?\d{{2,4}}\b",
    ),
    (
        "law of a date",
        rf"(?<!\w)(?:legge|decreto|d\. ?lgs\.?|dpr|d\. ?p\. ?r\.?|d\. ?l\.|law|decree|act|"
        rf"sentenza|ordinanza) (?:n\.? ?\d+ )?(?:del |dell'|of "
        rf")?\d{{1,2}}° ?(?:{LONG_MONTH}) \d{{4}}",
    ),
    ("law by its number", r"\blegge (?:n\.? ?)?\d+\b(?!/)"),
    (
        "article",
        r"\b(?:art(?:t|icol[oi]|icles?)?\.?|comma|commi|lett\.|co\.|section|paragraph|"
        r"clause|§) ?(?:n\.? ?)?\d+(?:[-/ ]?(?:bis|ter|quater))?(?:[,.] ?(?:comma|co\.)"
        r" ?\d+)?",
    ),
    ("number and year", r"\b(?:n\.?|nr\.?|no\.?|n°|#) ?\d+(?:[/-]\w+)*"),
    ("paper", rf"(?<!\w){_PAPER} ?(?:n\.?|nr\.?|no\.?|n°|#|numero|number|:)* ?\d+(?:[/-]\w+)+"),
    ("paper number", rf"(?<!\w)(?:{_PAPER}) (?:n\.?|nr\.?|no\.?|n°|#|numero|number) ?\d+\b"),
    ("paper of year", rf"(?<!\w){_PAPER} ?(?:del|dell'anno|of|from|per il|for) ?(?:19|20)\d\d\b"),
    (
        "tax form",
        r"\b(?:modello |mod\.? |form )?(?:f ?24|f ?23|730|770|unico \d{4}|cu \d{4}|"
        r"redditi \d{4}|isee \d{4}|superbonus \d+|bonus \d+|ecobonus \d+|104)\b(?! "
        r"(?:giorni|days))",
    ),
    (
        "vat number",
        r"\b(?:p\. ?iva|partita iva|piva|p\.i\.?|vat(?: (?:no\.?|number|n\.))?|c\.f\.?|"
        r"codice fiscale|iban|cf)[ :.]*(?:it ?)?[a-z]{0,2}\d[\da-z ]{5,30}\d",
    ),
    (
        "telephone",
        r"(?:\b(?:tel|cell|fax|phone|mobile|telefono|cellulare|whatsapp|numero|number)"
        r"\.?:? ?)?(?:\+|\b00)\d{1,3}[\d ().-]{5,}\d|\b(?:tel|cell|fax|phone|mobile|"
        r"telefono|cellulare|whatsapp|al|allo|numero|number|on|at|ring|call)"
        r"\.?:? ?0?\d{2,4}[ /.-]\d{3,}(?:[ .-]?\d{2,})*|\b3\d\d[ ./-]?\d{3}[ "
        r".-]?\d{3,4}\b|(?<![\d/.-])0\d{1,3}[ /.-]\d{5,8}\b|\b3\d\d(?:[ .-]\d{2}){3,4}\b|"
        r"\b\d{7,}\b(?! ?(?:giorni|days|mesi|months|anni|years|settimane|weeks))",
    ),
    ("e-mail or address of a page", r"\S+@\S+|\bhttps?://\S+|\bwww\.\S+"),
    (
        "amount",
        r"(?:€|eur\b|euro|usd|\$|£|gbp) ?\d[\d.,']*(?: ?(?:mila|k\b|million[ei]?))?|"
        r"\b\d[\d.,']* ?(?:mila |k |million[ei]? )?(?:€|euro\b|eur\b|\$|£|usd\b|gbp\b|"
        r"dollar[si]\b|pounds?\b|sterline\b|mila\b)",
    ),
    ("per cent", r"\b\d+(?:[.,]\d+)? ?(?:%|per ?cento\b|percent\b)"),
    (
        "measure",
        r"\b\d+(?:[.,]\d+)? ?(?:mq|m2|metri|km|kg|ettari|square met\w+|sqm|vani|stanze|"
        r"camere|rooms?|dipendenti|employees|soci|partners|figli|children|furgoni|copie|"
        r"copies|pages|pagine)\b",
    ),
    (
        "age",
        r"\b\d+ ?(?:-year-old|year-old|years? old)\b|\b(?:ha|ho|hanno|aveva|eta di|di|"
        r"aged?) \d{1,3} anni\b(?! (?:di tempo|per|da oggi))|\b(?:ha|ho) compiuto \d+ "
        r"anni|\b\d+ anni (?:di|fa|compiuti)\b|\bage \d+\b",
    ),
    (
        "term of a contract",
        r"\b(?:contratto|leasing|mutuo|prestito|locazione|affitto|abbonamento|garanzia|"
        r"durata|finanziamento|piano|rateizzazione|contract|lease|loan|mortgage|warranty|"
        r"guarantee|term|subscription|plan)(?: \w+)? (?:da|di|a|per|of|for) (?:\d+|"
        r"[a-z]+(?:-[a-z]+)?)(?: ?\+ ?\d+)? ?(?:giorni|settimane|mesi|anni|days|weeks|"
        r"months|years)\b|\b(?:a |an )?(?:\d+|two|three|four|five|six|nine|ten|twelve|"
        r"eighteen|twenty-four)[- ](?:day|week|month|year)[- ]?(?:old|long|lease|contract|"
        r"loan|plan|warranty|rental|tenancy|agreement|mortgage|term)\b|\b\d+ ?(?:mesi|"
        r"anni|months|years)(?: of|'| di)? (?:experience|esperienza|work|lavoro|affitto|"
        r"rent|arretrati|garanzia|warranty|attivita)\b",
    ),
    (
        "all day every day",
        r"\b24 ?/ ?7\b|\b24h su 24\b|\b24 ore su 24\b|\b24 hours a day\b|\b7 giorni su "
        r"7\b|\bh ?24\b",
    ),
    (
        "filler",
        r"\b(?:(?:mi|si|ci) chiam[aio]\w*(?! (?:alle|dopo|entro|pure|domani|oggi|il|per|"
        r"su|al))|un giorno (?:qualsiasi|qualunque|di questi|o l'altro)|"
        r"un (?:momento|attimo|secondo|minuto)|tra l'altro|fra l'altro|tra le "
        r"altre cose|da un momento all'altro|(?:just )?(?:a|one|give me a) (?:second|"
        r"moment|minute|sec)|at the moment|in the meantime|nel frattempo|una volta|ogni "
        r"tanto|in un primo momento|in secondo luogo|in primo luogo|per primo|first of "
        r"all|in the first place|second thoughts?|second(?:a|o) me|secondo (?:me|noi|voi|"
        r"lui|lei|il|la|l'|i|le|quanto|alcuni)|at first|first (?:time|home|house|name|"
        r"offer|come)|second (?:home|house|opinion|time)|prima casa|seconda casa|primo "
        r"contatto|una tantum|day[- ]to[- ]day|one day|some day|these days|all day|every "
        r"day|ogni giorno|tutti i giorni|buona giornata|a nice (?:day|weekend|week|"
        r"evening)|buon (?:fine settimana|weekend|natale|anno|lavoro)|buona (?:settimana|"
        r"domenica|pasqua|serata)|have a (?:nice|good|great|lovely) (?:day|weekend|week|"
        r"evening)|merry christmas|happy (?:new year|easter|christmas)|good (?:morning|"
        r"afternoon|evening)|ora legale|al giorno|al mese|alla settimana|all'anno|a "
        r"settimana|per (?:day|week|month|year)|(?:a|each|every|per) (?:month|year|week) "
        r"(?:rent|fee)|mensil[ei]|ogni (?:mese|settimana|anno)|every (?:week|month|year)|"
        r"di ogni mese|of each month|of every month)\b",
    ),
    (
        "fraction",
        r"\b\d/\d (?:del|della|dell'|di|of)\b|\b(?:rata|rate|pagina|page|parte|part|"
        r"instal?lment) \d+ ?(?:/|di|su|of) ?\d+\b",
    ),
    (
        "every weekday",
        r"\b(?:ogni|tutti i|tutte le|every|each) (?:lunedi|martedi|mercoledi|giovedi|"
        r"venerdi|sabato|domenica|monday|tuesday|wednesday|thursday|friday|saturday|"
        r"sunday)\b|\b(?:on )?(?:mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|"
        r"sundays|weekends|weekdays)\b|\bdal? (?:lun|lunedi) al? (?:ven|venerdi|sab|"
        r"sabato)\b|\b(?:mon|monday)(?: to |-| through )(?:fri|friday|sat|saturday)\b",
    ),
    (
        "name",
        rf"(?<!\w){_NAMED} (?:[a-z']+ )?(?:{LONG_MONTH}|natale|domenica|sabato|pasqua|"
        rf"ferragosto|befana)\b(?! ?\d)",
    ),
    (
        "company",
        rf"\b(?:studio|bar|hotel|ditta|societa|impresa|cooperativa|coop|officina|gruppo|"
        rf"condominio|residenza|trattoria|immobiliare|edil\w*|(?:s\.?r\.?l\.?|spa|snc|sas))"
        rf" (?:[a-z]+ )?(?:2[01]\d\d|\d{{2,4}}|(?:primo|\d{{1,2}}°?) (?:{LONG_MONTH})"
        rf"|{LONG_MONTH})\b(?! ?(?:{LONG_MONTH}))",
    ),
    (
        "company year",
        r"\b[a-z]+ (?:19|20)\d\d (?:s\.?r\.?l\.?s?|s\.?p\.?a\.?|s\.?n\.?c\.?|s\.?a\.?s\.?|"
        r"ltd|inc|llc|gmbh)\b",
    ),
)
DISTRACTORS = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS)

_CAPITAL_NAME = re.compile(
    r"(?<![\w.])(?P<first>[A-ZÀ-Ý][\w'’]+) (?P<second>[A-ZÀ-Ý][\w'’]+)\b(?! ?\d)", re.UNICODE
)
_DATE_NAMES = re.compile(rf"(?:{LONG_MONTH}|natale|domenica|sabato|pasqua|easter|sunday)")
_CUES = frozenset(
    [
        "entro",
        "per",
        "fine",
        "meta",
        "inizio",
        "dopo",
        "prima",
        "by",
        "before",
        "end",
        "mid",
        "early",
        "late",
        "in",
        "until",
        "next",
        "this",
        "last",
        "of",
        "from",
        "on",
        "the",
        "il",
        "la",
        "a",
        "di",
        "del",
        "nel",
        "january",
        "february",
        "good",
        "easter",
        "christmas",
        "happy",
        "buon",
        "buona",
        "venerdi",
        "sabato",
        "domenica",
        "lunedi",
        "martedi",
        "mercoledi",
        "giovedi",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "due",
        "within",
        "deadline",
        "scadenza",
        "termine",
        "prossimo",
        "prossima",
        "between",
        "tra",
        "fra",
        "during",
        "massimo",
        "max",
    ]
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
