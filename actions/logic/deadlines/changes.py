"""Changes to deadlines already given: «il 20, non il 15», «tolga la firma», "also the contract …".

Every word of a message must be understood: what it does, which deadline it means, its days, and
courtesies beside. Where a word is left over, or the day denied is not the one held, it is no change
that could be made without guessing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches

from actions.logic.deadlines.calendars import ONE_DAY, Day, monday_of, month_end
from actions.logic.deadlines.distractors import blot
from actions.logic.deadlines.meanings import Frame, Moment
from actions.logic.deadlines.moments import find_moments
from actions.logic.deadlines.reader import (
    Deadline,
    deadline_of,
    read_deadline,
    without_names,
)
from actions.logic.deadlines.roles import lies_behind
from actions.logic.deadlines.several import read_deadlines
from actions.logic.deadlines.spelling import REPAIRED, read_script
from actions.logic.deadlines.vocabulary import DAY, LONG_MONTH, either, words
from actions.logic.duckling import Duckling
from actions.logic.wording import fold

Pair = tuple[Deadline, str | None]
Span = tuple[int, int]

# Nobody needs more words for a change; what is longer is no change of one thing.
LONGEST_CHANGE = 400
LONGEST_PURPOSE = 10  # words

# The words ---------------------------------------------------------------------------------------

# Each pattern has Italian before English, on the plain text of `read_script`.
_REQUEST = either(
    r"(?:(?:mi|ci|la|lo|le) )?(?:puo|puoi|potete|possiamo|posso|potre(?:bbe|sti|ste|mmo))",
    r"(?:can|could|would|may|might) (?:you|we|i)(?: mind)?",
)
_POLITE = either(
    r"per (?:favore|cortesia|piacere)|grazie(?: mille| tante)?|scus\w+|mi (?:dispiace|perdoni)",
    r"buon ?(?:giorno|pomeriggio)|buona ?(?:sera|giornata)|salve|ciao|gentilmente|cortesemente",
    r"si|no|ok|okay|va bene|bene|ah|eh|ops|allora|ecco|guardi|senta|attenda|aspett\w+|un attimo",
    r"e|ed|ma|pero|anzi|invece|poi|quindi|in realta|veramente|ripensandoci|comunque",
    r"(?:mi sono|ho|abbiamo|ci siamo) sbagliat\w+(?: (?:la )?data)?|(?:mi )?correggo|cioe",
    r"(?:vorre|volev|vogli|preferi|dovre)\w+|d(?:evo|obbiamo)|bisogna|se (?:possibile|si puo|puo)",
    r"(?:avre\w+|ho|abbiamo) bisogno (?:di|che)|chied\w+ di|preferibilmente|magari|ancora",
    r"please|thanks|thank you(?: very much)?|sorry|hello|hi|good (?:morning|afternoon|evening)",
    r"yes|well|right|oh|oops|wait|and|but|so|actually|instead|in fact|rather|if possible",
    r"(?:i|we)(?:'d| would| will|'ll)? (?:like|want|need|prefer|have)(?: you)?(?: to)?",
    r"(?:i|we) (?:am|are|was|were) (?:wrong|mistaken)|i'm (?:sorry|afraid)|my (?:mistake|bad)",
    r"i made a mistake|let's|let (?:me|us)|after all|correction",
    _REQUEST,
)
_DEADLINE_WORD = either(
    r"scadenz[ae]|scade|scadono|scadra|termin[ei]|limite|dat[ae]|giorn[oi]|or[ae]|orario|mese",
    r"deadlines?|due(?: dates?)?|dates?|days?|time|hour|month|limit|expires",
)
# Phrases come before the words they begin with.
_FILLER = words(
    # Before a day, which is blank here; and a last day is no last one of several.
    r"(?:prima (?:di|del|dell'|della)|before)(?=(?: (?:il|la|the))?  )",
    r"(?:data|termine) ultim[oa]|ultimo (?:giorno|termine)|last day",
    r"(?:come|che)? ?(?:(?:le|vi) )?(?:ho|avevo|abbiamo) (?:scritto|detto|messo|indicato)"
    r"(?: prima)?",
    r"(?:va|vanno|dev|deve|devono|dovrebbe|sara|sia|sarebbe|diventa|diventi|essere|e|sono|fosse)"
    r"(?: (?:stat|consegnat|depositat|firmat|pagat|versat|fissat|previst|pront)[oaie])?",
    r"(?:as )?(?:i|we) (?:said|wrote|put|meant|mean)",
    r"vol(?:evo|evamo|iamo) dire|o meglio|meglio dire",
    _POLITE,
    _DEADLINE_WORD,
    r"il|lo|la|l|i|gli|le|un|uno|una|al|allo|alla|alle|all|ai|a|ad|di|del|dello|della|delle|dell|dei",
    r"da|dal|dalle|dall|in|nel|nella|nell|entro|per|su|sul|tra|fra|verso|circa|con|cui|quell[aeo]",
    r"mi[aeo]|nostr[aeo]|ci|mi|vi|lei|che|fino|oltre|massimo|max|meglio|piuttosto|solo|gia|giust[aeo]",
    r"corrett[aeo]|nuov[aeo]|ora|adesso|precis\w+|esatt\w+|tardi|piu|anno|come (?:limite|termine)",
    r"facci\w+|intend\w+|dic(?:o|iamo)|direi|scriv\w+|(?:mi|ci)? ?serv(?:e|ono)|gia",
    r"the|an?|to|of|by|on|at|in|for|from|until|till|within|with|our|my|is|are|it's|it|be|will",
    r"must|should|would|needs?|has|new|correct|better|latest|no later than|this|that|one",
    r"make|made|set|say|do|does|ready|s|d|ll",
)
_LATER = (
    r"posticip(?:a|i|o|are|ate|iamo|arl[oa]|ala|at[oa])|rinvi(?:a|i|are|ate|amo|arl[oa]|at[oa])"
    r"|rimand(?:a|i|are|ate|iamo|arl[oa]|at[oa])|prorog(?:a|hi|are|ate|hiamo|arl[oa]|at[oa])"
    r"|slitt(?:a|i|are|at[oa])|postpon\w+|push(?:ed)?|extend\w*"
)
_EARLIER = r"anticip(?:a|i|o|are|ate|iamo|arl[oa]|ala|at[oa])|bring|brought"
_MOVE = either(
    r"spost(?:a|i|o|are|ate|iamo|erei|eremmo|arl[oaie]|al[oa]|iamol[oa]|atel[oa]|at[oa])",
    r"(?:cambi|modific|aggiorn)(?:a|i|hi|are|ate|iamo|arl[oaie]|al[oa]|at[oa])|cambi(?:amo)?",
    r"corregg(?:i|a|ere|ete|iamo|erl[oa])|sostitui(?:sc[ai]|re|amo|rl[oa])",
    r"port(?:i|are|ate|iamo|arl[oa]|at[oa])|mett(?:i|a|ere|ete|iamo|iamol[oa])|fiss(?:i|are|iamo)",
    r"move[ds]?|chang(?:e|ed|ing)|shift(?:ed)?|resched\w+|correct|updated?|replaced?",
    r"put|forward|back|off",
    _LATER,
    _EARLIER,
)
_MOVES, _MOVES_LATER, _MOVES_EARLIER = words(_MOVE), words(_LATER), words(_EARLIER)
_REMOVE = (
    r"(?:to(?:lga|lgano|gli|gliere|gliete|gliamo|glierl[aeo]|glil[aeo]|glietel[aeo]|gliamol[aeo])|via"
    r"|(?:elimin|lev|cancell|scart|annull)(?:a|i|are|ate|iamo|al[aeo]|arl[aeo])"
    r"|rimuov(?:i|a|ere|ete|iamo|il[aeo]|erl[aeo])"
    r"|remov(?:e|ing)|delet(?:e|ing)|drop|cancel|take (?:out|off|away)"
    r"|get rid of|cross out|leave out)"
)
_LEAD = rf"^\W*(?:(?:{_POLITE}|(?:il|la|lo|le) (?={_REMOVE}))\b\W*)*"
_REMOVES = re.compile(rf"{_LEAD}{_REMOVE}\b(?P<which>.*)$", re.DOTALL)
_END = rf"(?:\W+(?:{_POLITE}))*\W*$"
_NOT_NEEDED = re.compile(
    r"^(?P<which>.+?),? (?:non (?:mi |ci )?(?:serv\w+|occorr\w+)(?: piu)?|non c'e piu"
    r"|(?:va |vanno |(?:la |lo |le |si )?(?:puo|puoi|potete) )(?:tolt[aoie]|toglier\w*|elimina\w+)"
    r"|(?:is|are) (?:no longer|not) (?:needed|necessary)(?: any ?more)?|can (?:go|be removed))"
    + _END
)
# "We don't need the draft", but not "… before 3 May".
_NEEDLESS = re.compile(
    rf"{_LEAD}(?:non (?:mi |ci )?(?:serv\w+|occorr\w+) piu"
    r"|(?:i|we) (?:(?:don't|do not) need|no longer need))"
    r"(?P<which>(?:(?!\b(?:before|until|till|by|prima|fino|entro)\b).)+?)(?: any ?more)?\W*$"
)
# A deadline is named, or told by «la»: «annulla» alone may mean the whole request.
_TELLS_WHICH = re.compile(
    r"\b(?:scadenz[ae]|termin[ei]|dat[ae]|deadlines?|dates?|quell[ao]|quest[ao]|it|that|this)\b"
    rf"|\bl[ao] {_REMOVE}\b|\w(?:a|i|r|te|mo)l[ao]\b"
)
# «Tolga l'ora» leaves the day.
_OF_HOURS = words(r"or[ae]|orari[oi]", r"hours?|time")
_REMOVALS = (_REMOVES, _NOT_NEEDED, _NEEDLESS)
_ALL = re.compile(r"\b(?:(?P<two>entramb[ei]|tutt[ei] e due|both)|tutt[ei]|all(?!'))\b")
_ADDS = re.compile(
    _LEAD
    + either(
        r"(?:(?:anche|also) )?(?:aggiung(?:i|a|ere|ete|iamo|erei)|inseri(?:sc[ai]|re|te)"
        r"|add|include)\b(?: (?:anche|pure|also|in))?"
        r"(?: (?:una|a) (?:second[ao]|terza|quarta|new|third|fourth) (?:scadenza|deadline)\b)?",
        r"(?:(?:c'e|ci sarebbe|metta|metti|mettete|there is|there's|put|set) )?(?:anche |also )?"
        r"(?:un'altra|un altro|un'ulteriore|another|one more|an additional)"
        r" (?:scadenza|termine|data|deadline|date)\b",
        # Words that begin many other messages: an addition only of a thing with its day.
        r"(?P<soft>(?:(?:c'e|ci sono|ci sarebbe|ho|abbiamo|(?:mi |ci )?serv(?:e|ono)"
        r"|metta|metti|there is|there's|we have|i have) )?(?:anche|pure|inoltre|in piu|also|plus"
        r"|in addition)\b)",
    )
    + r",? ?:? ?(?P<what>.+?)(?:,? (?:anche|pure|as well|too|also))?\W*$",
    re.DOTALL,
)
_ADDS_TOO = re.compile(r"^(?P<what>.+?),? (?P<soft>anche|pure|as well|too|also)\W*$", re.DOTALL)
_DENIES = either(
    r"non|not|isn't|anziche|invece (?:di|del|dell'|che)|al posto (?:di|del|dell')",
    r"piuttosto che|instead of|rather than|in place of",
)
_EXCHANGES = (
    # «Non il 15 ma il 20», "I said the 15th but it's the 20th".
    re.compile(
        rf"^(?P<head>.*?)(?:\b(?:{_DENIES}|era|was"
        r"|(?:(?:vi|le) )?(?:ho|avevo|abbiamo|avevamo) (?:scritto|detto|messo|indicato)"
        r"|(?:i|we)(?: had)? (?:said|wrote|written|put))\b)(?P<old>.+?)"
        r"(?:[,;:.]? (?:ma|bensi|invece|anzi|pero|e|ora|adesso|facci\w+|mett\w+"
        r"|but|it's|is|now|make it)\b|[,;:])(?P<new>.+)$"
    ),
    # «Il 20, non il 15».
    re.compile(
        rf"^(?P<head>)(?P<new>.+?)[ ,;:(-]+(?:(?:e|ed|ma|and|but) )?(?:{_DENIES})\b(?P<old>.+)$"
    ),
)
# «Sposti la firma dal 15 al 20», «sposti quella del 15 al 20».
_FROM_TO = re.compile(
    r"^(?P<head>.*?)(?P<old>\b(?:da|dal|dalle|dall'|del|dell'|delle|from|of)\b.+?)"
    r" (?P<new>(?:a|al|alle|all'|alla|to)\b.+)$"
)
_REQUESTS = words(_REQUEST)
_ASKS = re.compile(r"\?|^\W*(?:is|are|was|does|when|what|quando|qual|quale)\b")
# «Il 20 no».
_ENDS_IN_NO = re.compile(r"\w\W+no\W*$")
_DATED_NAME = re.compile(rf"\d|\b{LONG_MONTH}\b")
# What a subject must not have: it would be another thing that is said.
_NO_SUBJECT = words(
    r"non|no|ne|se|o|oppure|ovvero|quando|perche|ma|dopo|prima di|almeno|forse|credo",
    r"not|or|if|when|because|after|maybe|perhaps|whether|don't|doesn't|isn't|never",
    _MOVE,
    _REMOVE,
    r"(?:aggiung|inser|elimin|tolt)\w+|add\w*",
)
_ARTICLE = re.compile(r"^(?:(?:il|lo|la|i|gli|le|un|uno|una|the|an?|our|my) |(?:l|un)')")
_DETERMINER = re.compile(
    r"\b(?:(?:il|lo|la|i|gli|le|un|uno|una|the|an?|our|my)\s|(?:l|un)')$",
)
_ORDINALS = (
    *(r"prim[ao]|first|1st", r"second[ao]|second|2nd", r"terz[ao]|third|3rd"),
    *(r"quart[ao]|fourth|4th", r"quint[ao]|fifth|5th"),
)
_BEFORE_NUMBER = re.compile(r"(?:\b(?:la|the|scadenza|numero|nr?\.?|deadline|number|no\.?) |#) ?$")
_LAST = re.compile(r"ultim[ao]|last")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]{5,}")
# Forms that are typed often, for repairing their spelling.
_SPELT = """
    aggiungi aggiunga aggiungere aggiungete inserisca sposti sposta spostare spostate posticipi
    posticipare anticipi anticipare rinviare prorogare tolga togli togliere tolgano elimini elimina
    eliminare rimuova rimuovere cancelli cancella cancellare cambi cambia cambiare modifichi
    modificare corregga correggere vorrei vorremmo volevo potete potrebbe possiamo bisogna favore
    cortesia grazie anche invece anzi meglio buongiorno buonasera
    remove delete change move postpone please thanks would could instead another
""".split()


@dataclass(frozen=True)
class _Piece:
    """A part of the message with its one day, and where the other words that tell stand."""

    moment: Moment
    subject: Span | None


def change_deadlines(
    text: str,
    current: Iterable[Pair],
    *,
    language: str,
    now: dt.datetime,
    duckling: Duckling | None = None,
) -> list[Pair] | None:
    """Return the deadlines after a change that a message makes to those held, or None.

    It corrects a day, a month or an hour, adds a deadline, changes or removes one of several, or
    replaces the only one; «nessuna scadenza» replaces all. None is a message that makes no change
    that it fully understands. Where the new day can't be, lies behind or has several readings, that
    one alone is returned, as `read_deadlines` does, so that the client is asked again.
    """
    if len(text) > LONGEST_CHANGE:
        return None
    held = [pair for pair in current if pair[0].kind != "none"]
    return _Change(_spelt(text, held), held, language, now, duckling).read()


def _spelt(text: str, held: list[Pair]) -> str:
    """Repair the words that say what to do; those of dates and of the things held stay."""
    kept = {word for _, purpose in held for word in _WORD.findall(fold(purpose or ""))} | REPAIRED

    def repaired(match: re.Match[str]) -> str:
        word = fold(match.group())
        if word in kept or _FILLER.fullmatch(word) or _MOVES.fullmatch(word):
            return match.group()
        near = get_close_matches(word, _SPELT, 1, 0.84)
        return near[0] if near else match.group()

    return _LETTERS.sub(repaired, text)


class _Change:
    """One message, read against the deadlines held."""

    def __init__(
        self,
        text: str,
        held: list[Pair],
        language: str,
        now: dt.datetime,
        duckling: Duckling | None,
    ) -> None:
        self._held = held
        self._language, self._now, self._duckling = language, now, duckling
        self._said, self._script = text, read_script(text)
        self._plain = blot(without_names(self._script), text)
        self._plain = self._without_dated_purposes(self._plain)
        self._moves = bool(_MOVES.search(self._plain))

    def _without_dated_purposes(self, plain: str) -> str:
        """Blot out the things held that have a date in their name: «la rata di marzo»."""
        for _, purpose in self._held:
            name = _ARTICLE.sub("", read_script(purpose or "").plain)
            if _DATED_NAME.search(name):
                plain = plain.replace(name, "#" * len(name))
        return plain

    def read(self) -> list[Pair] | None:
        """Return what `change_deadlines` does."""
        plain = self._plain
        if (_ASKS.search(plain) and not _REQUESTS.search(plain)) or _ENDS_IN_NO.search(plain):
            return None
        if removes := next(filter(None, (way.match(plain) for way in _REMOVALS)), None):
            return self._removed(removes.span("which"))
        if adds := _ADDS.match(plain) or _ADDS_TOO.match(plain):
            return self._added(adds.span("what"), soft=adds["soft"] is not None)
        for pattern in (*_EXCHANGES, *((_FROM_TO,) if self._moves else ())):
            if (found := pattern.match(plain)) and (pieces := self._exchange(found)):
                return self._corrected(*pieces)
        return self._none() or self._renewed()

    # What a message does -------------------------------------------------------------------------

    def _removed(self, which: Span) -> list[Pair] | None:
        if _OF_HOURS.search(self._plain):
            return None
        places: set[int] = set()
        starts = [which[0], *(found.end() for found in self._conjunctions(which))]
        ends = [*(found.start() for found in self._conjunctions(which)), which[1]]
        for start, end in zip(starts, ends):
            found = self._removed_places(start, end)
            if not found:
                return None
            places |= found
        return [pair for place, pair in enumerate(self._held) if place not in places]

    def _conjunctions(self, span: Span) -> Iterator[re.Match[str]]:
        """Yield what parts «la firma e la bozza», unless a single purpose is meant by it all."""
        if self._place(span) is None:
            between = rf" (?:e|ed|and) (?:{_REMOVE} )?(?=la|lo|il|l'|i\b|le\b|del|the|quell|that)"
            yield from re.compile(between).finditer(self._plain, *span)

    def _removed_places(self, start: int, end: int) -> set[int]:
        """Return the places of the deadlines that a part of a message tells to remove."""
        if all_of := _ALL.search(self._plain, start, end):
            rest = self._subjects((start, end), [all_of.span()])
            wrong = rest or (all_of["two"] and len(self._held) != 2)
            return set() if wrong else set(range(len(self._held)))
        if not self._subjects((start, end), []):
            the_only_one = len(self._held) == 1 and _TELLS_WHICH.search(self._plain)
            return {0} if the_only_one else set()
        # «La 2» may be a number or a day.
        piece, place = self._piece(start, end), self._place((start, end))
        places = {*(self._denied(piece, piece.subject) if piece else ())}
        places |= set() if place is None else {place}
        return places if len(places) == 1 else set()

    def _added(self, what: Span, *, soft: bool) -> list[Pair] | None:
        said = self._script.said(*what)
        new = self._read(said)
        if len(new) == 1:
            ((deadline, _),) = new
            if _is_problem(deadline):
                return new
            piece = self._piece(*what, moves=False)
            if deadline.kind != "date" or piece is None or piece.moment.rule == "hour":
                return None
            if soft and not (piece.subject and self._is_thing(piece.subject)):
                return None
            new = [(deadline, self._purpose(piece.subject) if piece.subject else None)]
            if piece.subject and new[0][1] is None:
                return None
        known = {_telling(purpose) for _, purpose in self._held}
        if not new or any(purpose and _telling(purpose) in known for _, purpose in new):
            return None
        if any((deadline.date, deadline.time) in self._days() for deadline, p in new if not p):
            return None
        return self._held + new

    def _days(self) -> set[tuple[Day | None, dt.time | None]]:
        return {(deadline.date, deadline.time) for deadline, _ in self._held}

    def _exchange(self, found: re.Match[str]) -> tuple[_Piece, _Piece, Span | None] | None:
        """Return the new day and the one denied, with the words that tell which is meant."""
        old, new = self._piece(*found.span("old")), self._piece(*found.span("new"))
        if not old or not new or self._moments(*found.span("head")):
            return None
        subjects = [span for span in (old.subject, new.subject) if span]
        subjects += self._subjects(found.span("head"), [])
        return (old, new, subjects[0] if subjects else None) if len(subjects) < 2 else None

    def _corrected(self, old: _Piece, new: _Piece, subject: Span | None) -> list[Pair] | None:
        places = self._denied(old, subject)
        return self._changed(places[0], new.moment, old.moment) if len(places) == 1 else None

    def _none(self) -> list[Pair] | None:
        """«Nessuna scadenza», but not «nessuna scadenza per la firma»."""
        single = read_deadline(self._said, language=self._language, now=self._now)
        if single is None or single.kind != "none":
            return None
        said = set(_WORD.findall(self._plain))
        named = any(_telling(purpose) & said for _, purpose in self._held if purpose)
        return None if named and len(self._held) > 1 else [(single, None)]

    def _renewed(self) -> list[Pair] | None:
        """«La firma è il 28 gennaio», «la sposti al 20», «meglio entro il 3 maggio»."""
        piece = self._piece(0, len(self._plain))
        if piece is None:
            return None
        place = self._place(piece.subject) if piece.subject else None
        if place is not None:
            return self._changed(place, piece.moment)
        if len(self._held) > 1:
            return None
        purpose = self._held[0][1] if self._held else None
        if piece.subject:
            if purpose or self._moves or not self._is_thing(piece.subject):
                return None
            purpose = self._purpose(piece.subject)
        elif self._held and (self._moves or piece.moment.rule == "hour"):
            return self._changed(0, piece.moment)
        return self._replaced(piece.moment, purpose)

    def _replaced(self, moment: Moment, purpose: str | None) -> list[Pair] | None:
        """Put a new day in the place of the only one; «il 20» may be of the month of the old."""
        new = self._read(self._said)
        if len(new) != 1:
            return None
        ((deadline, _),) = new
        if _is_problem(deadline):
            return new
        if deadline.kind != "date":
            return None
        old = self._held[0][0].date if self._held else None
        day = deadline.date
        if moment.rule == "day of month" and old and day:
            if day.day == old.day:
                return self._changed(0, moment)  # «il 15 va bene»
            days = {day, *_existing(_dated(old.year, old.month, day.day))}
            days = {day for day in days if day >= self._now.date()}
            if len(days) > 1:
                return [(replace(deadline, alternatives=tuple(sorted(days))), None)]
        return [(deadline, purpose)]

    # Which deadline is meant ---------------------------------------------------------------------

    def _denied(self, old: _Piece, subject: Span | None) -> list[int]:
        """Return the places of the deadlines that have the day denied."""
        places: Iterable[int] = range(len(self._held))
        if subject:
            place = self._place(subject)
            places = () if place is None else (place,)
            if place is None and self._is_the_unnamed(subject):
                places = (0,)
        return [place for place in places if self._is_on(self._held[place][0], old.moment)]

    def _is_on(self, deadline: Deadline, moment: Moment) -> bool:
        """Tell whether a deadline is on the day that a moment names, as far as it names it."""
        meaning, day = moment.meaning, deadline.date
        if moment.rule == "hour":
            return deadline.time == meaning.time
        best = meaning.best
        if day is None or best is None or (meaning.time and meaning.time != deadline.time):
            return False
        if moment.rule == "day of month":
            return day.day == best.day
        if moment.rule in _WEEKDAYS:
            return day.weekday() == best.weekday()
        if moment.rule == "year":
            return day.year == best.year
        if _is_month(moment):
            return day.month == best.month and (
                day.year == best.year or not self._names_year(moment)
            )
        if moment.rule in _YEARLESS and not self._names_year(moment):
            return (day.month, day.day) == (best.month, best.day)
        return day == best

    def _place(self, subject: Span) -> int | None:
        """Return the place of the one deadline that words name: its purpose or its number."""
        telling = self._telling_words(subject)
        if not telling:
            return None
        purposes = [_telling(purpose) for _, purpose in self._held]
        same: Callable[[str, str], bool]
        fitting: list[int] = []
        for same in (str.__eq__, _alike):
            fitting = [
                place
                for place, known in enumerate(purposes)
                if all(any(same(word, other) for other in known) for word in telling)
            ]
            if fitting:
                break
        numbered = None
        if self._counts(subject):
            numbered = _numbered(telling, len(self._held))
        places = {*fitting, *([] if numbered is None else [numbered])}
        return places.pop() if len(places) == 1 else None

    def _counts(self, subject: Span) -> bool:
        """Tell whether a figure is a number: «la 2», «scadenza 2», but not «dal 2»."""
        figure = re.compile(r"\d").search(self._plain, *subject)
        return not figure or bool(_BEFORE_NUMBER.search(self._plain[: figure.start()]))

    def _is_the_unnamed(self, subject: Span) -> bool:
        """Tell whether «la firma è il 20, non il 15» can only mean the one held, with no name."""
        unnamed = len(self._held) == 1 and self._held[0][1] is None and self._is_thing(subject)
        return unnamed and any(found.kind == "date" for found, _ in self._read(self._said))

    def _telling_words(self, span: Span) -> list[str]:
        blanked = self._blanked(span, [])
        return [
            word
            for found in _WORD_OR_BLOT.finditer(blanked, *span)
            for word in _WORD.findall(self._script.plain[slice(*found.span())])
            if not _FILLER.fullmatch(word)
        ]

    # What day is meant ---------------------------------------------------------------------------

    def _changed(self, place: int, new: Moment, old: Moment | None = None) -> list[Pair] | None:
        deadline, purpose = self._held[place]
        changed = self._moved(deadline, new, old)
        if changed is None:
            return None
        if _is_problem(changed):
            return [(changed, None)]
        return [*self._held[:place], (changed, purpose), *self._held[place + 1 :]]

    def _moved(self, deadline: Deadline, new: Moment, old: Moment | None) -> Deadline | None:
        """Return a deadline on its new day; what this does not name stays as it was."""
        said = self._script.said(new.start, new.end)
        day, meaning = deadline.date, new.meaning
        if meaning.kind == "invalid":
            return Deadline("invalid", said=said)
        if meaning.best is None:
            return None
        if new.rule == "hour":
            fits = day and (old is None or old.rule == "hour")
            return replace(deadline, time=meaning.time, said=said) if fits else None
        if day is None:
            return deadline_of(self._script, new, self._frame(0, len(self._plain)))
        days = self._days_of(day, new, old)
        if days is None:
            return None
        if not days:
            return Deadline("invalid", said=said)
        if _MOVES_LATER.search(self._plain):
            days = {other for other in days if other > day}
        elif _MOVES_EARLIER.search(self._plain):
            days = {other for other in days if other < day}
        if not days:
            return None
        ahead = tuple(sorted(other for other in days if other >= self._now.date()))
        if not ahead:
            return Deadline("past", said=said)
        best = meaning.best if meaning.best in ahead else ahead[0]
        time = meaning.time or deadline.time
        return Deadline("date", best, time, said, ahead if len(ahead) > 1 else ())

    def _days_of(self, day: Day, new: Moment, old: Moment | None) -> set[Day] | None:
        """Return the days that a moment may mean where it changes a day; None: nobody knows."""
        best = new.meaning.best
        if best is None:
            return None
        if new.rule == "day of month":
            return _existing(lambda: day.replace(day=best.day))
        if new.rule == "year":
            return _existing(lambda: day.replace(year=best.year)) if old else None
        if _is_month(new):
            years = [best.year] if self._names_year(new) else self._years(day, best.month)
            days = _existing(*(_dated(year, best.month, day.day) for year in years))
            if old is None:
                # «Sposti a febbraio»: the same day of February, or its last.
                return days | {month_end(year, best.month) for year in years}
            return days if _is_month(old) else None
        if new.rule in _YEARLESS or new.rule == "named month":
            if self._names_year(new):
                return {best}
            years = self._years(day, best.month)
            if new.meaning.kind == "end":
                return {month_end(year, best.month) for year in years}
            return _existing(*(_dated(year, best.month, best.day) for year in years))
        if new.rule == "feast" and best.year != day.year and not self._names_year(new):
            return None  # «Natale», but which one?
        if new.rule in _WEEKDAYS:
            return self._weekdays(day, new, old)
        return set(new.meaning.days) if new.rule in _SAY_ALL else None

    def _years(self, day: Day, month: int) -> list[int]:
        """Return the year held, and the one beside it where the month is nearer there.

        From 15 December to «gennaio»: the next year's, as soon as that of the same has gone.
        """
        shift = (month - day.month < -6) - (month - day.month > 6)
        years = [day.year, *([day.year + shift] if shift else [])]
        today = self._now.date()
        return [y for y in years if (y, month) >= (today.year, today.month)] or [day.year]

    def _weekdays(self, day: Day, new: Moment, old: Moment | None) -> set[Day]:
        """«Venerdì, non giovedì»: the Friday to come, of the same week, or of either."""
        coming = set(new.meaning.days)
        best = new.meaning.best or day
        same_week = {monday_of(day) + best.weekday() * ONE_DAY}
        near = old is None or old.rule not in _WEEKDAYS or old.meaning.best == day
        return same_week | coming if near else same_week

    def _names_year(self, moment: Moment) -> bool:
        """Tell whether words name a year: a day of any year is another one three years on."""
        later = self._now.replace(year=self._now.year + 3, day=1)
        return any(
            other.start == moment.start and other.meaning.best == moment.meaning.best
            for other in self._moments(moment.start, moment.end, later)
        )

    # Reading -------------------------------------------------------------------------------------

    def _read(self, text: str) -> list[Pair]:
        return read_deadlines(text, language=self._language, now=self._now, duckling=self._duckling)

    def _frame(self, start: int, end: int, now: dt.datetime | None = None) -> Frame:
        plain = self._plain[start:end]
        return Frame(now or self._now, self._language, lambda at: lies_behind(plain, at), plain)

    def _moments(self, start: int, end: int, now: dt.datetime | None = None) -> list[Moment]:
        """Return the moments of a part of the message; a day may be told by its number alone."""
        frame = self._frame(start, end, now)
        cued, shift = _TO_NUMBER.sub(lambda to: _AS_CUE[to.group()], frame.plain), 0
        moments = find_moments(cued, replace(frame, plain=cued))
        if not moments and (number := _NUMBER.search(frame.plain)):
            shift = number.start() - len(_CUE)
            cued = _CUE + number.group()
            moments = find_moments(cued, replace(frame, plain=cued))
        return [
            replace(m, start=m.start + start + shift, end=m.end + start + shift) for m in moments
        ]

    def _piece(self, start: int, end: int, *, moves: bool = True) -> _Piece | None:
        """Return the one day of a part of the message with one subject, or None."""
        moments = self._moments(start, end)
        if len(moments) != 1:
            return None
        span = moments[0].start, moments[0].end
        subjects = self._subjects((start, end), [span], moves=moves)
        return _Piece(moments[0], subjects[0] if subjects else None) if len(subjects) < 2 else None

    def _subjects(self, part: Span, holes: list[Span], *, moves: bool = True) -> list[Span]:
        """Return where words stand that are neither a day nor said beside, on each side of it."""
        blanked = self._blanked(part, holes, moves=moves)
        edges = [part[0], *(edge for hole in holes for edge in hole), part[1]]
        subjects = []
        for start, end in zip(edges[::2], edges[1::2]):
            found = list(_WORD_OR_BLOT.finditer(blanked, start, end))
            if found:
                subjects.append((found[0].start(), found[-1].end()))
        return subjects

    def _blanked(self, part: Span, holes: list[Span], *, moves: bool = True) -> str:
        """Return the message with only those words left in a part that tell something."""
        text = " " * part[0] + self._plain[slice(*part)]
        for start, end in holes:
            text = text[:start] + " " * (end - start) + text[end:]
        for pattern in (_MOVES, _FILLER) if moves else (_FILLER,):
            text = pattern.sub(lambda found: " " * len(found.group()), text)
        return text

    def _is_thing(self, subject: Span) -> bool:
        """Tell whether words name a thing beyond doubt: with its article."""
        return bool(self._purpose(subject) and _DETERMINER.search(self._plain[: subject[0]]))

    def _purpose(self, subject: Span) -> str | None:
        """Return a thing in the client's words, with its article; None where it is no thing."""
        start, end = subject
        plain = self._plain[start:end]
        if _NO_SUBJECT.search(plain) or len(plain.split()) > LONGEST_PURPOSE:
            return None
        if article := _DETERMINER.search(self._plain[:start]):
            start = article.start()
        return self._script.said(start, end)


# Rules of `find_moments` by what they leave open.
_WEEKDAYS = ("weekday", "short weekday")
_YEARLESS = ("day and month", "month and day", "numeric without year", "numeric without year, dots")
_SAY_ALL = (
    *("iso", "numeric", "near day", "day of relative month", "week and its weekday"),
    *("weekday of week", "weekdays ahead", "weekday and number", "feast", "span", "day to come"),
)
_CUE = "il "
_NUMBER = re.compile(rf"(?<![\w:/.,'-])(?:{DAY})(?![\w:/-]|[.,]\d)")
# «Al 20» and "to the 20th" as «il 20» and "on the 20th", of the same length.
_AS_CUE = {"al": "il", "to": "on"}
_TO_NUMBER = re.compile(rf"\b(?:al|to)(?= (?:the )?{DAY})")
_WORD_OR_BLOT = re.compile(r"[^\W_]+|#+")


def _is_problem(deadline: Deadline) -> bool:
    return deadline.kind in ("invalid", "past") or len(deadline.alternatives) > 1


def _is_month(moment: Moment) -> bool:
    return moment.rule in ("named month", "numeric month") and moment.meaning.kind == "period"


def _dated(year: int, month: int, day: int) -> Callable[[], Day]:
    return lambda: Day(year, month, day)


def _existing(*days: Callable[[], Day]) -> set[Day]:
    """Return those of the days that exist."""
    found = set()
    for day in days:
        with suppress(ValueError):
            found.add(day())
    return found


def _telling(purpose: str | None) -> frozenset[str]:
    """Return the words of a purpose that tell it from others."""
    return frozenset(_WORD.findall(_FILLER.sub(" ", read_script(purpose or "").plain)))


def _alike(word: str, other: str) -> bool:
    """Tell whether two words differ in their ending or in a slip at most."""
    return min(len(word), len(other)) > 4 and SequenceMatcher(None, word, other).ratio() >= 0.8


def _numbered(telling: list[str], count: int) -> int | None:
    """Return the place that «la seconda», "number 2" or «l'ultima» names."""
    named = [word for word in telling if not re.fullmatch(r"numero|n|number|no", word)]
    if len(named) != 1:
        return None
    (word,) = named
    place = next((n for n, known in enumerate(_ORDINALS) if re.fullmatch(known, word)), None)
    if word.isdecimal():
        place = int(word) - 1
    elif _LAST.fullmatch(word):
        place = count - 1
    return place if place is not None and 0 <= place < count else None
