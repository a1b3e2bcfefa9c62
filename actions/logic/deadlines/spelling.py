"""A message made plain for reading: folded, misspelt date words repaired, offsets kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from actions.logic.deadlines.vocabulary import MONTHS, WEEKDAYS

# What is beyond is not read; a deadline stands near the beginning.
LONGEST_TEXT = 4000

_SAME = {"’": "'", "‘": "'", "`": "'", "´": "'", "–": "-", "—": "-", "−": "-", "º": "°", "ª": "a"}
_KEY_WORDS = """
    settimana settimane giorno giorni lavorativi lavorativo lavorative prossimo prossima
    prossimi prossime
    domani dopodomani stasera oggi entro trimestre semestre quadrimestre natale pasqua
    pasquetta ferragosto immacolata epifania capodanno vigilia scadenza scadenze scade
    mezzogiorno weekend possibile urgente prima
    quattordici diciassette diciannove ventidue ventitre ventiquattro venticinque ventisei
    ventisette ventotto ventinove
    tomorrow yesterday today tonight weeks months fortnight quarter christmas easter
    nessuna nessuno urgent possible
    business working before within deadline next
"""
REPAIRED = frozenset([*MONTHS, *WEEKDAYS, *_KEY_WORDS.split()]) - {"may"}
# Real words and names that lie near a date word; they stay as they are.
_REAL_WORDS = """
    agosta angusto apria apriamo april's aprili aprir aprire aprirei aprirle aprite augur
    august's augusta augusto befall beforehand behove bimestre busines businesses cadenza
    cadenze capitale centro christ christian christina christmastime contro days deadlift
    deadlines decembre decembrer demani dentro disgusto domain domains domanda domandai
    domandano domandare domandato domande domandi domando domane domenicale domeniche domenici
    domenico domestica domestico domini dominica dune easier easterly eastern eater eggs eighth
    entra entrano entrare entrata entrato entri exit faggio faster fatale febbre febbri foglio
    forni fredda freddo frida fridays fridge geeks gennaro giorgi giorgia giorgina giorgio
    giornale giornali giornata giornate giovane giovani giovanni giugni headline headlines
    impossibile jane juan jude jule julia julie junes juno jury larch lavorare lavorati
    lavorativa lavorativamente lavorato lavoratore lavoratori lavoratrice lavoriamo legale
    luglia lunedie lunetta mach maggior maggiore manday marca marche marched marches marci marco
    mario marsh marta martina martini martino marza marzi marzio match may's meglio mercati
    mercole mese mesi mondays money monsey montes month monthly months' morte mouth mouths
    nasale natal natali natalia natalino neat nest nexi novembri novembrini octobre oggetti
    oggetto ogni ottobrini paggio pasquale pasqualino pasqui pasquino passibile possibili
    possibilita possibly postale premia pria primaria prime primi primo prisma priva prossimamente
    prossimita quadrimestri quarterly quarters quartet quarto raggio regale ricevere romani rune
    sabata sabatelli sabati sabatini sabatino salato sanato saturdays scadente scadenzario
    scadere scadeva scadevano scadono scadra scaduta scadute scaduti scaduto scala scale seeks
    semestrale semestrali semestri septembre settembrina settembrini settima settimanale
    settimanali settime settimino settimo sorgente spade stamane starch storni sundays sundry
    sunny taglio taster tenth text therefore thursdays toddy tomorrows tonnage torni totale
    trimestrale trimestrali trimestri tuesdays tune urgenti urgenza vendere vendiamo venerato
    viaggio vigilanza vigile vigilie villaggio walking wednesdays weekday weekdays weekends
    weekly weeks' wicks widen wishing wither withing without worming
"""
_REAL = frozenset(_REAL_WORDS.split())
# Shorthand, and slips in words too short for the rule.
_SLIPS = {
    "fine": "fne fien ifne finr",
    "mese": "mees emse mse mesee messe",
    "week": "wek weeek wekk ewek wk",
    "month": "monht mnth motnh omnth moth",
    "tomorrow": "tmrw tmr tomo 2moro 2morrow",
    "next": "nxt",
    "giorni": "gg giorn gioni",
    "giorni lavorativi": "ggl",
    "domani": "dmn dmni",
    "dopodomani": "dopodmn",
    "settimana": "sett.na",
    "prossimo": "pross prox",
    "christmas": "xmas x-mas",
    "end of week": "eow",
    "end of month": "eom",
    "end of year": "eoy",
    "weekend": "wknd wkend",
    "weeks": "wks",
    "year": "yr yaer yera",
    "birthday": "bday",
    "entro": "entr enrto etro netro",
    "marzo": "marso mrzo mazro",
    "july": "jly juy",
    "june": "jne",
    "comunque": "cmq",
    "perche": "xke",
    "non": "nn",
    "please": "pls",
    "asap": "asp",
    "the": "teh hte",
    "days": "dyas dasy",
    "before": "b4 bfore",
    "today": "2day",
    "tonight": "2nite",
    "urgent": "urgnt",
    "nessun": "nesun",
}
_SHORT_FORMS = {slip: word for word, slips in _SLIPS.items() for slip in slips.split()}
_SHORT_FORMS["c e"] = "c'e"
# Shorthand with a figure in it, and words typed with an apostrophe for their accent, are words too.
_WORD = re.compile(
    r"\b(?:b4|2moro|2morrow|2day|2nite)\b"
    r"|(?:(?:lune|marte|mercole|giove|vener)di|meta|piu|puo|sara|gia|perche|(?<![a-z])e)'(?![a-z])"
    r"|(?<![a-z'])c e(?![a-z])"
    r"|[a-z]+(?:\.na)?"
)


@dataclass(frozen=True)
class Script:
    """A message and its plain form.

    Character i of ``plain`` stands for ``original[starts[i]:ends[i]]``.
    """

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
    """Fold case, accents and white space (to one blank or newline) and repair the spelling."""
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
        repaired = repair_word(match.group().rstrip("'"))
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
