"""A message made plain for reading: folded, misspelt date words repaired, offsets kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from actions.logic.deadlines.vocabulary import MONTHS, WEEKDAYS

# What is beyond is not read; a deadline stands near the beginning.
LONGEST_TEXT = 6000

_SAME = {"’": "'", "‘": "'", "`": "'", "´": "'", "–": "-", "—": "-", "−": "-", "º": "°", "ª": "a"}
_KEY_WORDS = """
    settimana settimane giorno giorni lavorativi lavorativo lavorative prossimo prossima prossimi prossime
    domani dopodomani stasera oggi entro trimestre semestre quadrimestre natale pasqua
    pasquetta ferragosto immacolata epifania capodanno vigilia scadenza scadenze scade
    mezzogiorno weekend possibile urgente prima
    tomorrow yesterday today tonight weeks months fortnight quarter christmas easter
    business working before within deadline next
"""
REPAIRED = frozenset([*MONTHS, *WEEKDAYS, *_KEY_WORDS.split()]) - {"may"}
# Real words and names that lie near a date word; they stay as they are.
_REAL = frozenset(
    ["aprire", "aprite", "aprirle", "aprile", "maggior", "raggio", "maggiore", "faggio", "paggio", "viaggio", "villaggio", "foglio", "meglio", "taglio", "luglia", "giugni", "marco", "mario", "marza", "marta", "marzi", "marzio", "match", "marsh", "starch", "larch", "mach", "marche", "marches", "marched", "jane", "tune", "jury", "juan", "jule", "jude", "juno", "dune", "rune", "julie", "julia", "tuesdays", "mondays", "fridays", "sundays", "saturdays", "wednesdays", "thursdays", "domenico", "domenici", "domeniche", "sabati", "sabata", "domenicale", "agosta", "augusto", "augusta", "angusto", "disgusto", "ricevere", "settimino", "settembrini", "settembrina", "ottobrini", "novembrini", "prossimamente", "prossimita", "domanda", "domande", "domando", "domini", "demani", "domane", "romani", "dopodomani", "giornale", "giornali", "giornata", "giornate", "giorgi", "giorgio", "giorgia", "giorgina", "forni", "torni", "storni", "contro", "entra", "entri", "entrato", "entrata", "entrare", "entrano", "centro", "dentro", "vigile", "vigilie", "vigilanza", "scaduto", "scaduta", "scaduti", "scadute", "scade", "scadere", "scadra", "scadono", "scadeva", "scadevano", "scadenzario", "scala", "scale", "spade", "scadente", "possibili", "possibilita", "impossibile", "urgenti", "urgenza", "prime", "primo", "primi", "prisma", "pria", "priva", "premia", "primaria", "next", "text", "nest", "neat", "nexi", "exit", "working", "walking", "working", "worming", "busines", "businesses", "today", "toddy", "days", "month", "monthly", "months", "mouth", "mouths", "montes", "tenth", "eighth", "months'", "weekly", "weeks'", "weekday", "weekdays", "weekends", "wicks", "seeks", "geeks", "quarters", "quarterly", "quartet", "quarto", "easterly", "eastern", "eastern", "faster", "eater", "taster", "christian", "christina", "christ", "christmastime", "natali", "natal", "natalia", "natalino", "fatale", "totale", "capitale", "legale", "regale", "postale", "pasquale", "pasqui", "pasquino", "pasqualino", "trimestri", "trimestrale", "semestri", "semestrale", "semestrali", "trimestrali", "quadrimestri", "novembri", "decembre", "bimestre", "augur", "august's", "may's", "septembre", "octobre", "novembre", "decembrer", "febbre", "febbri", "gennaro", "lavorativa", "lavorativamente", "lavorati", "lavorato", "lavorare", "lavoriamo", "lavoratori", "lavoratore", "lavoratrice", "prossimi", "prossime", "settimanale", "settimanali", "settima", "settimo", "settime", "oggi", "ogni", "oggetto", "oggetti", "eggs", "domain", "domains", "tomorrows", "tonight", "tonnage", "without", "withing", "wishing", "widen", "wither", "without", "deadlines", "headline", "headlines", "beforehand", "therefore", "befall", "behove", "morte", "mesi", "mese", "frida", "fredda", "freddo", "fridge", "manday", "sunny", "sundry", "monsey", "money", "sabatini", "sabatino", "sabatelli", "venerdi", "vendere", "vendiamo", "venerato", "giovani", "giovane", "giovanni", "giovedi", "lunetta", "lunedi", "lunedie", "martini", "martina", "martino", "martedi", "mercole", "mercoledi", "mercati", "salato", "sanato", "marca", "marci", "aprir", "apria", "easier", "nasale", "bimestre", "sorgente", "passibile", "cadenza", "cadenze", "domestica", "domestico", "dominica", "business", "headline", "deadlift", "stamane", "junes", "aprili", "april's", "apriamo", "apriamo", "aprirei"]
)
_SHORT_FORMS = {
    "fne": "fine",
    "fien": "fine",
    "ifne": "fine",
    "finr": "fine",
    "mees": "mese",
    "emse": "mese",
    "mse": "mese",
    "mesee": "mese",
    "messe": "mese",
    "wek": "week",
    "weeek": "week",
    "wekk": "week",
    "ewek": "week",
    "monht": "month",
    "mnth": "month",
    "motnh": "month",
    "omnth": "month",
    "tmrw": "tomorrow",
    "tmr": "tomorrow",
    "tomo": "tomorrow",
    "2moro": "tomorrow",
    "2morrow": "tomorrow",
    "nxt": "next",
    "gg": "giorni",
    "ggl": "giorni lavorativi",
    "dmn": "domani",
    "dmni": "domani",
    "dopodmn": "dopodomani",
    "sett.na": "settimana",
    "pross": "prossimo",
    "prox": "prossimo",
    "xmas": "christmas",
    "x-mas": "christmas",
    "eow": "end of week",
    "eom": "end of month",
    "eoy": "end of year",
    "wknd": "weekend",
    "wkend": "weekend",
    "wk": "week",
    "wks": "weeks",
    "yr": "year",
    "bday": "birthday",
    "entr": "entro",
    "enrto": "entro",
    "etro": "entro",
    "netro": "entro",
    "marso": "marzo",
    "mrzo": "marzo",
    "mazro": "marzo",
    "jun": "jun",
    "jly": "july",
    "juy": "july",
    "jne": "june",
    "giov": "giov",
    "cmq": "comunque",
    "xke": "perche",
    "nn": "non",
    "pls": "please",
    "asp": "asap",
    "teh": "the",
    "hte": "the",
}
_WORD = re.compile(r"[a-z]+(?:\.na)?")


@dataclass(frozen=True)
class Script:
    """A message and its plain form; character i of ``plain`` stands for original[starts[i]:ends[i]]."""

    original: str
    plain: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def said(self, start: int, end: int) -> str:
        """Return the client's own words for a span of ``plain``."""
        if start >= end:
            return ""
        return self.original[self.starts[start] : self.ends[end - 1]].strip()


def read_script(text: str) -> Script:
    """Fold a text to lower case without accents, white space to one blank or newline, and repair."""
    characters: list[tuple[str, int]] = []
    for index, character in enumerate(text[:LONGEST_TEXT]):
        for plain in _fold_character(character):
            if plain in " \n" and characters and characters[-1][0] in " \n":
                if plain == "\n":
                    characters[-1] = ("\n", characters[-1][1])
                continue
            characters.append((plain, index))
    return _repair(text, characters)


def _fold_character(character: str) -> str:
    if character in "\n\r\u2028":
        return "\n"
    character = _SAME.get(character, character)
    if character.isascii():
        return character.lower() if character.isprintable() else " "
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category in ("Cc", "Cs"):
        return " "
    if character == "°":
        return character
    decomposed = unicodedata.normalize("NFKD", character).lower()
    kept = "".join(part for part in decomposed if not unicodedata.combining(part))
    return kept.replace("\n", " ").replace(" ", " ")


def _repair(text: str, characters: list[tuple[str, int]]) -> Script:
    folded = "".join(character for character, _ in characters)
    plain: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def keep(position: int, stop: int) -> None:
        for character, index in characters[position:stop]:
            plain.append(character)
            starts.append(index)
            ends.append(index + 1)

    position = 0
    for match in _WORD.finditer(folded):
        repaired = repair_word(match.group())
        if repaired == match.group():
            continue
        keep(position, match.start())
        position = match.end()
        first, last = characters[match.start()][1], characters[position - 1][1] + 1
        plain.extend(repaired)
        starts.extend([first] * len(repaired))
        ends.extend([last] * len(repaired))
    keep(position, len(folded))
    return Script(text, "".join(plain), tuple(starts), tuple(ends))


@lru_cache(maxsize=20_000)
def repair_word(word: str) -> str:
    """Return the date word that a misspelt word stands for, or the word itself.

    One slip (a letter too many, missing, wrong, or two swapped) in five letters or more, two in
    eight or more; the first letter must be right unless the word is long.
    """
    if word in _SHORT_FORMS:
        return _SHORT_FORMS[word]
    if word in REPAIRED or word in _REAL or not 5 <= len(word) <= 14:
        return word
    near = [
        (slips, known)
        for known in REPAIRED
        if abs(len(known) - len(word)) <= 2
        and (known[0] == word[0] or len(known) >= 8)
        and len(known) >= 5
        and (slips := _slips(word, known)) <= (2 if len(known) >= 8 else 1)
    ]
    if not near:
        return word
    near.sort()
    if len(near) > 1 and near[0][0] == near[1][0]:
        return word
    return near[0][1]


def _slips(left: str, right: str) -> int:
    """Return the number of insertions, deletions, changes and swaps between two words."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        new = [i]
        for j, b in enumerate(right, 1):
            best = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            new.append(best)
        before, row = row, new
    return row[-1]
