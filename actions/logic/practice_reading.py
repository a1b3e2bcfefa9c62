"""What a message means while a question of the training is open."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actions.logic.fields import read_choice
from actions.logic.meanings import CLEAR, REQUESTS, SHORT, SURE, Message, read_command
from actions.logic.practice_session import CASES, LETTERS, Session
from actions.logic.quiz import Case, Choice, FreeText, Item, Matching, Quiz, TrueFalse
from actions.logic.wording import clean, fold, is_question, looks_like_command

# All patterns are matched against folded text: small letters without accents.
_BEFORE = r"\W*(?:(?:ok|ma|e|no|ops|oops|scusi|scusa|sorry|but|and|aspett[ai]|wait|grazie)\W+)*"
_PAUSE = re.compile(
    _BEFORE + r"(?:(?:per oggi|metti(?:amo)? in|facciamo(?: una)?|take a|let'?s)\W+)?"
    r"(?:pausa|stop|basta(?: cosi)?|fermiamoci|mi fermo|smetto|esci|continuo dopo"
    r"|pause|break|quit|exit|enough|that'?s enough)"
    r"(?:\W+(?:qui|per oggi|per ora|grazie|here|for (?:now|today)|please|thanks))*\W*"
)
_UNDO = re.compile(
    _BEFORE + r"(?:(?:posso|vorrei|can i)\W+)?"
    r"(?:annull(?:a|i|are)(?: l'ultima(?: risposta)?| la(?: mia)? risposta)?|indietro"
    r"|torn(?:a|i|are) indietro|ho sbagliato(?: tasto| pulsante| a premere)|wrong button"
    r"|undo(?: (?:that|it|my|the|last|answer)){0,3}|go back|misclick(?:ed)?)\W*"
)
_CONTEST = re.compile(
    _BEFORE + r"(?:contesto(?: il (?:giudizio|voto))?"
    r"|non sono d'?accordo(?: con? il giudizio| col giudizio)?"
    r"|la mia risposta (?:e|era) giusta|i disagree|my answer (?:is|was) (?:right|correct)"
    r"|i (?:contest|dispute)(?: (?:that|it|this|the grade))?)\W*"
)
MOST_A_DAY = 50
_SKIP = re.compile(
    _BEFORE + r"(?:passo|passa|avanti|prossima|non (?:lo so|saprei)|boh|next|pass"
    r"|i (?:don'?t|do not) know|no idea)\W*"
)
_TRUE = re.compile(
    r"(?:e |it'?s |direi |i'?d say )?"
    r"(?:vero|v|true|t|giusto|corrett[oa]|esatt[oa]|si|yes|right|correct)"
)
_FALSE = re.compile(
    r"(?:e |it'?s |direi |i'?d say )?"
    r"(?:fals[oa]|f|false|sbagliat[oa]|errat[oa]|non e vero|no|wrong|incorrect|not true)"
)
_CASES = {
    "internal": re.compile(r"\bintern\w*"),
    "external": re.compile(r"\b(?:estern|external)\w*"),
    "third_party": re.compile(r"\b(?:terz[oaie]?|third)\b"),
    "customer": re.compile(r"\b(?:acquirent|consumator|comprator|customer|buyer)\w*"),
}
_NOT_SURE = re.compile(
    r"\b(?:non (?:\w+ ){0,3}(?:sicur|cert)\w+|insicur\w+|incert\w+|dubb\w+|a caso|tirat\w a"
    r"|indovinat\w|forse|boh|mah|credo|penso|mi pare|poco|cosi cosi|insomma|per niente"
    r"|not (?:\w+ ){0,2}sure|unsure|guess\w*|maybe|perhaps|i think|no idea|so so)\b"
    r"|^\W*(?:no|nope|2)\W*$"
)
_SURE = re.compile(
    r"\b(?:sicur\w+|cert\w+|convint\w|al 100|cento per cento|molto|abbastanza"
    r"|sure|certain\w*|positive|confident|definitely|absolutely|very|quite|totally)\b"
    r"|^\W*(?:si|yes|yep|ok|1)\W*$"
)
# «la 2, ma non sono sicura», «2 (credo)»
_ASIDE = re.compile(r"[,;.(]\s*(?P<rest>[^,;.()]{2,40})\)?\W*$")
_PAIR = re.compile(r"(?<!\w)([1-5])\s*[-=:>→.)]*\s*([a-e])(?!\w)")
_NUMBERED = re.compile(
    r"^(?:la |il |l')?(?:(?:risposta|opzione|option|answer|numero|number) )*(?=\w$)"
)
# Somebody who says these wants something else than to answer.
_UNMISTAKABLE = REQUESTS | {"erase_data", "resume_intake", "sign_in"}
_ELSEWHERE = _UNMISTAKABLE | {"start_intake", "greet", "thank"}


@dataclass(frozen=True)
class Wish:
    """What somebody wants of the training while no question is open; None: questions.

    One of resume, more, due, topic, topics, progress, goal, reminder, hour, code, undo, contest.
    The number is a goal, or the hour of the reminder: without one a reminder is not wanted, while
    ``hour`` is a wish for one at no hour of the day.
    """

    what: str | None = None
    topic: str | None = None
    number: int | None = None


_OFF = re.compile(
    r"\b(?:niente|basta|no|non|stop|togl\w+|tolg\w+|disattiv\w+|senza|off|don'?t|disable|cancel)\b"
)
_REQUESTS = {
    "reminder": re.compile(r"\b(?:promemoria|reminders?|remind)\b"),
    "goal": re.compile(r"\b(?:obiettivo|goal)\b.*?(?P<number>\d{1,3})"),
    "progress": re.compile(
        r"\b(?:progress\w*|andamento|statistic\w*|(?:miei|my) (?:risultati|results))\b"
    ),
    "topics": re.compile(r"\b(?:argomenti|topics?|temi)\b"),
    "code": re.compile(r"\b(?:codice|code)\b"),
    "undo": re.compile(r"\b(?:annull\w+|undo)\b"),
    "resume": re.compile(r"\b(?:riprend\w+|resume|continu\w+|carry on|go on)\b"),
    "due": re.compile(
        r"\b(?:da (?:ripassare|rivedere)|in scadenza|scadut\w|due|ripass\w+ (?:di )?oggi)\b"
    ),
}
# What the training itself teaches people to type: nothing else is meant by these words.
_TAUGHT = re.compile(
    r"\W*(?:(?:i |il )?(?:miei |mio )?(?:progressi|andamento)|(?:my )?progress|argomenti|topics"
    r"|quiz(?: .{1,60})?|(?:riprend(?:i|iamo|o)|resume)(?: il| the)? (?:quiz|formazione|training)"
    r"|(?:niente|basta|stop|no|senza) promemoria|(?:no|stop) reminders?"
    r"|(?:promemoria (?:alle|ore|dalle)|reminders? at|remind me at) \d{1,2}(?:[:.]00)?"
    r"|(?:obiettivo|daily goal|goal)(?: di| of)? \d{1,3}|contesto|i disagree"
    r"|codice per il sito|code for the website|cosa devo ripassare(?: oggi)?"
    r"|what is due(?: today)?)\W*"
)


def is_taught(text: str) -> bool:
    """Tell whether a message is one of the commands that the training teaches."""
    return not looks_like_command(text) and bool(_TAUGHT.fullmatch(fold(clean(text))))


def read_request(message: Message) -> Wish:
    """Return what somebody wants who asks for the training."""
    if pressed := message.choice.get("practice"):
        what, _, topic = pressed.partition(":")
        return Wish(what, topic or None)
    words = fold(clean(message.text))
    if _CONTEST.fullmatch(words):
        return Wish("contest")
    for what, pattern in _REQUESTS.items():
        found = pattern.search(words)
        if found is None:
            continue
        if what == "reminder":
            hour = re.search(r"\b(?:[01]?\d|2[0-3])\b", words)
            if _OFF.search(words):
                return Wish(what)
            return Wish(what, number=int(hour.group())) if hour else Wish("hour")
        if what == "goal":
            return Wish(what, number=min(max(int(found.group("number")), 1), MOST_A_DAY))
        return Wish(what)
    return Wish()


def read_wish(message: Message) -> str | None:
    """Return what somebody wants instead of answering: pause, undo, contest or skip."""
    words = fold(clean(message.text))
    for wish, pattern in (
        ("pause", _PAUSE),
        ("undo", _UNDO),
        ("contest", _CONTEST),
        ("skip", _SKIP),
    ):
        if pattern.fullmatch(words):
            return wish
    skips = read_command(message.text) == "skip" and len(words.split()) <= 3
    return "skip" if skips else None


def wants_to_leave(message: Message, item: Item) -> bool:
    """Tell whether somebody takes their leave in words of their own: «devo scappare»."""
    # In a text of their own somebody may well write of ending something.
    needed = CLEAR if isinstance(item, FreeText) else SURE
    leaves = message.label in ("cancel", "goodbye") and message.confidence >= needed
    return leaves and _is_short(message.text) and not looks_like_command(message.text)


def read_answer(session: Session, item: Item, message: Message) -> tuple[str | None, bool | None]:
    """Return the answer that was meant, and how sure the learner says to be besides.

    A matching's answer are the letters of all terms that have one now, the first term's first.
    """
    text = message.text
    if looks_like_command(text):
        return None, None
    if isinstance(item, FreeText):
        return (None if _asks(message, item) else clean(text) or None), None
    value = _option(session, item, text)
    if value is not None:
        return value, None
    aside = _ASIDE.search(clean(text))
    sure = read_certainty(aside.group("rest")) if aside else None
    if aside is None or sure is None:
        return None, None
    value = _option(session, item, clean(text)[: aside.start()])
    return value, None if value is None else sure


def _asks(message: Message, item: FreeText) -> bool:
    """Tell whether somebody who is to write an answer asks something instead.

    Without a question mark «chi riceve servizi» and «quando non serve più» are answers.
    """
    if "?" in message.text:
        return True
    other = message.label.startswith("faq/") and message.label != f"faq/{item.faq}"
    elsewhere = message.label in _UNMISTAKABLE or (other and is_question(message.text))
    return elsewhere and message.confidence >= CLEAR and _is_short(message.text)


def read_certainty(text: str) -> bool | None:
    """Return whether somebody says to be sure; None where they say neither."""
    words = fold(clean(text))
    if not _is_short(words):
        return None
    if _NOT_SURE.search(words):
        return False
    return True if _SURE.search(words) else None


def is_digression(message: Message, item: Item) -> bool:
    """Tell whether a message that is no answer is about something else."""
    elsewhere = message.label.startswith("faq/") or message.label in _ELSEWHERE
    # To a written answer nothing can be said to be wrong: what was no answer is something else.
    return (
        isinstance(item, FreeText)
        or (elsewhere and message.confidence >= SURE)
        or is_question(message.text)
    )


def _option(session: Session, item: Item, text: str) -> str | None:
    words = fold(clean(text)).strip(" .!?")
    if isinstance(item, TrueFalse):
        if _FALSE.fullmatch(words):
            return "false"
        return "true" if _TRUE.fullmatch(words) else None
    if isinstance(item, Case):
        position = re.fullmatch(r"(?:la |il |number |numero )?([1-4])", words)
        if position:
            return CASES[int(position.group(1)) - 1]
        named = [name for name, pattern in _CASES.items() if pattern.search(words)]
        clear = _is_short(words) and not re.search(r"\b(?:non|not|n't)\b", words)
        return named[0] if len(named) == 1 and clear and not is_question(text) else None
    if isinstance(item, Choice):
        options = {
            str(n): (item.options[i].it, item.options[i].en, LETTERS[n - 1])
            for n, i in enumerate(session.order, 1)
        }
        return read_choice(_NUMBERED.sub("", words), options, whole=is_question(text))
    assert isinstance(item, Matching)
    return _letters(session, item, words)


def _letters(session: Session, item: Matching, words: str) -> str | None:
    count = len(item.pairs)
    matched = [LETTERS[place] for place in session.matched]
    pairs = {int(term): letter.upper() for term, letter in _PAIR.findall(words)}
    if pairs:
        known = [
            pairs.get(n, matched[n - 1] if n <= len(matched) else "") for n in range(1, count + 1)
        ]
    else:
        known = [*matched, *_bare_letters(session, item, words)]
    while known and not known[-1]:
        known.pop()
    fits = (
        len(matched) < len(known) <= count
        and len(set(known)) == len(known)
        and all(letter and letter in LETTERS[:count] for letter in known)
    )
    return "".join(known) if fits else None


def _bare_letters(session: Session, item: Matching, words: str) -> list[str]:
    """Return the letters of a message that is nothing else, or the letter of a match in words."""
    letters = re.findall(r"\b[a-e]\b", words)
    if letters and len(re.findall(r"\w+", words)) == len(letters):
        return [letter.upper() for letter in letters]
    options = {
        LETTERS[place]: (item.pairs[i].match.it, item.pairs[i].match.en)
        for place, i in enumerate(session.order)
    }
    named = None if words.isdecimal() else read_choice(words, options, whole=True)
    return [named] if named else []


def _is_short(text: str) -> bool:
    return len(text.split()) <= SHORT


# Questions about what was just explained --------------------------------------------------------

_WHY = re.compile(
    _BEFORE + r"(?:perche|xke|come mai|in che senso|non ho capito(?: perche)?"
    r"|mi spiegh?i(?: meglio| perche)?|spiegami(?: meglio)?|spieghi(?: meglio)?|why|how come"
    r"|how so|explain(?: (?:more|that|it|why))?"
    r"|i (?:don'?t|do not) (?:get|understand)(?: (?:it|why|that))?)"
    r"(?:\W+(?:no|mai|not|is that|e cosi|e sbagliato|e giusto))*\W*"
)
_GIVE_ME = re.compile(_BEFORE + r"(?:(?:mi|me ne) )?(?:fa|fai|faccia|fammi|dammi|dia|give|show)\b")
_EXAMPLE = re.compile(r"\b(?:esempi\w*|example\w*|for instance)\b")
_DIFFERENCE = re.compile(r"\b(?:differen\w+|divers\w+|rispetto a|compared (?:to|with)|versus|vs)\b")
# What the entries of the FAQ are about, as far as they can be contrasted or exemplified.
_SUBJECT_OF = {
    "internal_client": "internal",
    "internal_example": "internal",
    "external_client": "external",
    "external_example": "external",
    "third_party": "third_party",
    "client_vs_customer": "customer",
}
_EXAMPLE_OF = {
    "internal": "internal_example",
    "external": "external_example",
    "third_party": "third_party",
    "customer": "client_vs_customer",
    None: "client_example",
}


def follow_up(message: Message, quiz: Quiz, session: Session) -> str | None:
    """Return the FAQ entry that a short question after an explanation is about, or None.

    «Perché?», «fammi un esempio», «che differenza c'è con quelli esterni?» mean the question that
    was explained last.
    """
    last = quiz.items.get(session.done[-1].item) if session.done else None
    words = fold(clean(message.text))
    if last is None or not _is_short(words) or looks_like_command(message.text):
        return None
    if _WHY.fullmatch(words):
        return last.faq
    open_one = quiz.items.get(session.item or "")
    if isinstance(open_one, FreeText) and not ("?" in words or _GIVE_ME.match(words)):
        return None  # «un esempio è il browser» is an answer
    if message.label == "why_ask" and message.confidence >= SURE:
        return last.faq
    named = {subject for subject, pattern in _CASES.items() if pattern.search(words)}
    own = _SUBJECT_OF.get(last.faq)
    if _EXAMPLE.search(words) and len(named) < 2:
        return _EXAMPLE_OF[next(iter(named), own)]
    if _DIFFERENCE.search(words):
        contrast = named | ({own} if own and len(named) < 2 else set())
        if "customer" in contrast:
            return "client_vs_customer"
        if contrast == {"internal", "external"}:
            return "internal_vs_external"
        return "three_types" if "third_party" in contrast else None
    return None
