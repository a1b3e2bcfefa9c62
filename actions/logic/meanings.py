"""What a message means while a question of the intake is open, apart from the value it may hold.

The same «no», «basta» or «2» is an answer here and a wish to stop there: the tables of this module
and of `actions.logic.intake.Interview` decide it from what was asked last.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from actions.logic.fields import looks_like_name
from actions.logic.wording import clean, fold, is_question, looks_like_command

# Questions that are no field of the client's file.
CONSENT, CONFIRM, CANCEL, CHANGE = "consent", "confirm", "cancel", "change"
YES_NO = frozenset({CONSENT, CONFIRM, CANCEL})
CHOICES = frozenset({"client_form", "relation", "service", CHANGE})
PATTERNS = frozenset({"email", "phone", "deadline"})
NAMES = frozenset({"client_name", "contact"})
FREE_TEXT = NAMES | {"service", "expectations"}

# Labels of people who want something else, whatever words they use for it.
REQUESTS = frozenset(
    "why_ask help bot_challenge human_handoff intake_status start_training switch_language".split()
)

TOO_LONG = "too_long"
SIGN_IN = "sign_in"  # a learner's code: no answer to anything

# Where free text is expected, a message is only taken for something else when the label is sure;
# a yes or a no has consequences, and needs some certainty too.
SURE = 0.6
CLEAR = 0.9
CERTAIN_ENOUGH = 0.5
# To leave a question takes less: nothing is lost by it, and the exits ask once more.
LIKELY = 0.4
SHORT = 12  # words: longer messages are answers, whatever they also say

_YES_PHRASES = frozenset(
    {"si", "yes", "y", "yep", "yeah", "ok", "okay", "va bene", "d'accordo", "certo"}
    | {"confermo", "acconsento", "accetto", "si certo", "si confermo", "volentieri"}
    | {"i agree", "i do", "agreed", "sure", "of course", "certainly", "yes i agree", "yes i do"}
)
# Said after a submission that failed.
_AGAIN = frozenset({"riprova", "riprovi", "retry", "try again"})
# «yes, but …»: no yes that one may act on.
QUALIFIED = re.compile(
    r"\b(?:ma|pero|tranne|eccetto|manca\w*|solo che|a parte|aspett\w+|cambi\w*|correg\w*|sbagliat\w"
    r"|but|except|apart from|change|correct(?! and)|wrong|missing|wait)\b"
)
# At the summary: «è tutto corretto, la ringrazio».
_ALL_RIGHT = re.compile(
    r"\b(?:(?:e |va )?(?:tutto|tutti i dati) (?:e |sono )?(?:molto )?"
    r"(?:giust[oi]|corrett[oi]|esatt[oi]|ok|bene|a posto|perfett[oi])"
    r"|perfetto|esatto|va (?:tutto )?bene|confermo|(?:that'?s |it'?s |all |everything(?:'s| is)? )"
    r"(?:all )?(?:right|correct|good|fine|ok|perfect)|perfect|looks (?:good|right|fine|correct))\b"
)
# «Ok, acconsento, mi chiamo …»: in so many words, whatever else is said.
_CONSENTS = re.compile(
    r"\W*(?:(?:si|ok|okay|va bene|certo|d'accordo|yes|sure)\W+)*"
    r"(?:acconsento|accetto|do il (?:mio )?consenso|i agree|i consent|i accept)"
    r"\s*(?:[,.;!]|\be\b|\band\b|$)"
)
_OF_COURSE = re.compile(r"^ma (?=cert|si\b|ovvi|natural|volentieri)")
# No yes and no no, whatever they are taken for: nothing may hang on them.
_UNDECIDED = re.compile(
    r"^\W*(?:(?:eh+m*|ah+|oh+|boh|mah|beh|be'|forse|chissa|dipende|puo darsi|magari"
    r"|vediamo|fate voi"
    r"|mica male|cosi cosi|insomma|piu o meno|not bad|so so|sort of"
    r"|maybe|perhaps|possibly|it depends|whatever|h+m+|uh+m*|um+)(?: |$))+$"
    r"|^\W*(?:"
    r"(?:scusi |scusa |sorry )?non (?:ho capito|capisco|saprei|so\b|sono sicur\w|mi e chiaro).*"
    r"|i (?:don'?t|didn'?t|do not|did not) (?:understand|know|get).*|(?:i'?m )?not sure.*)\W*$"
)
# «Devo scappare», «mi fermo qui per oggi»: no answer, but the wish to stop.
_LEAVING = re.compile(
    r"\b(?:devo|dovrei|ora|adesso) (?:proprio )?"
    r"(?:scappare|andare(?: via)?|uscire|chiudere|staccare)\b"
    r"|\b(?:mi fermo|ci fermiamo|fermiamoci|fermo tutto|per oggi (?:basta|mi fermo)"
    r"|basta per oggi)\b"
    r"|\bnon (?:voglio|vorrei) (?:piu )?(?:continuare|andare avanti|proseguire)\b"
    r"|\b(?:don'?t|do not) want to (?:go on|continue|carry on)\b"
    r"|[,;.!] (?:annull\w+|cancel|stop|basta)\W*$"
    r"|\b(?:riprend(?:o|iamo|erei|ero)|continu(?:o|iamo|erei|ero)|finisc(?:o|iamo)"
    r"|vorrei (?:riprendere|continuare|finire)) (?:\w+ ){0,2}"
    r"(?:domani|dopo|piu tardi|un'altra volta|stasera|lunedi)\b"
    r"|\blasciamo (?:stare|perdere)\b"
    r"|\b(?:revoc\w+|ritir\w+) (?:il (?:mio )?)?consenso\b"
    r"|\b(?:withdraw|revoke|take back) (?:my |the )?consent\b"
    r"|\bi (?:have to|must|need to|'ve got to|gotta) (?:go|leave|run|stop)\b"
    r"|\b(?:continue|finish|resume|carry on|do (?:it|this)) (?:\w+ ){0,2}"
    r"(?:tomorrow|later|another time)\b"
    r"|\bthat'?s (?:enough|all) for (?:today|now)\b|\bnever ?mind\b"
)
_BACK = re.compile(
    r"\W*(?:(?:ok|no|scusi|scusa|sorry|aspett[ai]|wait|please|posso|possiamo|vorrei|fammi|mi faccia"
    r"|can (?:i|we)|i want to|let me)\W+)*"
    r"(?:indietro|(?:torn\w+|vai|vada|andare|andiamo) (?:indietro"
    r"|(?:al)?la (?:domanda )?(?:precedente|prima)"
    r"|a quella (?:precedente|di prima|prima)|alla domanda (?:precedente|di prima|prima))"
    r"|(?:go |step |one )?back|(?:(?:go )?back )?(?:to )?(?:the )?(?:previous"
    r"|last) (?:question|one|step)"
    r"|(?:la )?(?:domanda )?precedente|undo)(?: (?:di )?(?:uno|un passo|one step"
    r"|a step|per favore|please))?\W*$"
)
_SPEAK = re.compile(
    r"\b(?:parl\w+|torn\w+|passiamo|passa|continu\w+|speak|talk|switch|back to|go on|change to)\b"
    r"|^\W*(?:in )?(?:italiano|inglese|english|italian)(?: (?:please|per favore|grazie))?\W*$"
)
_MAY_I = re.compile(r"\W*(?:can|could|may) (?:i|we)\b|\W*(?:posso|potrei|possiamo|potremmo)\b")
_KEEPS = re.compile(
    r"\b(?:keep|save) (?:it|this|that|everything|them|my \w+) for later\b"
    r"|\b(?:conserv|salv)\w+ (?:tutto )?per (?:dopo|piu tardi)\b|\bsave for later\b"
    r"|^\W*(?:(?:ok|si|per favore|please|puoi|puo|vorrei|can you)\W+)*"
    r"(?:conserv(?:a|i|are|alo|ali)|salv(?:a|i|are|alo)|save|keep)"
    r"(?: (?:tutto|i dati|le risposte|la richiesta|it|this|that|everything|my (?:answers|data)))?"
    r"(?: e (?:esci|chiudi)| and (?:exit|quit|close))?(?: grazie| per favore| please| thanks)?\W*$"
)
# Who wants a person says so: a number or an address alone is no such wish.
_ASKS_PERSON = re.compile(
    r"\b(?:person[ae]|operat\w+|uman[oa]|qualcuno|collega|addett\w+|consulente|impiegat\w+"
    r"|parl\w+|telefon(?:at\w*|are|atemi|armi)|(?:ri)?chiam\w+|ricontatt\w+|contatt(?:ate|are|atemi|armi)\w*"
    r"|a voce|segretar\w+|human|person|people|someone|somebody|operator|agent|staff|speak|talk|call"
    r"|phone me|ring|reach me|get back)\b"
)
# Somebody who needs a moment, or the question once more.
HESITATION = re.compile(
    r"^\W*(?:eh+m*|e+hm+|m+h*m+|boh|uhm*|non (?:lo )?so\b.*|non saprei\b.*|vediamo|ci penso"
    r"|(?:ci devo|devo) pensar(?:e|ci)\b.*"
    r"|fammi pensare|mi faccia pensare|(?:un|solo un) (?:momento|attimo|secondo)\b.*"
    r"|aspett[aio]\b.*|attenda\b.*"
    r"|ri?eccomi(?: qu[ai])?|(?:scusi |scusa |ok )?(?:sono|eccomi) (?:tornat\w|qu[ai])"
    r"|(?:ok|okay|sorry|right|so)?\W*(?:here i am|(?:i'?m |i am )?back(?: now| again)?)"
    r"|non ho capito\b.*|non capisco\b.*|(?:puo|puoi) ripetere\b.*|ripet[aie]\b.*|come scusi\b.*"
    r"|h+m+\b.*|hold on\b.*|wait\b.*|one (?:moment|second|sec)\b.*|let me (?:think|see|check)\b.*"
    r"|i don'?t (?:know|understand)\b.*|i'?m not sure\b.*|not sure\b.*|dunno"
    r"|(?:can|could) you repeat\b.*|what do you mean\b.*)\W*$"
)
# «il tipo di cliente è sbagliato» is no question about types of clients.
WRONG = re.compile(
    r"\b(?:sbagliat\w|errat\w|corregg\w+|correzione|cambi(?:are|amo|a)|modific\w+|wrong|incorrect"
    r"|change|correct|fix)\b"
    r"|\bnon (?:va bene|vanno bene|e (?:giust|corrett|esatt)\w|e quell[oa]|funziona)\b"
    r"|\b(?:isn'?t|is not) (?:right|correct|working)\b"
    r"|\bgiust[oae] (?:e|sarebbe|sono)\b|\bthe (?:right|correct) (?:\w+ )?is\b"
)
# Single words that the help teaches: whatever the classifier makes of them, they mean this.
COMMANDS = {
    **dict.fromkeys(("annulla", "cancel", "stop", "esci", "interrompi", "abort"), "cancel"),
    **dict.fromkeys(("salta", "skip", "passa", "avanti", "next", "pass"), "skip"),
    **dict.fromkeys(("saltiamo", "saltala", "saltalo", "passiamo oltre", "skip it"), "skip"),
    **dict.fromkeys(("saltiamo questa", "salta questa", "skip this", "skip that"), "skip"),
    **dict.fromkeys(("help", "aiuto"), "help"),
}
# «ok, salta pure», «skip please».
_AROUND = re.compile(
    r"^(?:(?:ok|okay|va bene|beh|allora|no|si)\b[ ,.]+)+|[ ,]+(?:pure|grazie"
    r"|per favore|please|thanks)\W*$"
)
# «Chiudere il bilancio», «non dimenticare nulla»: to expect something, unless it is all of this.
_TO_DO = re.compile(
    r"\W*(?:(?:che|di|e|non|anche|to) )*\w+(?:[aei]re|rre)(?:[lmcs][ioae]"
    r"|ne)?\b(?! (?:tutto|qui|qua)\W*$)"
    r"(?=.*\w.* )"
)
# «Preferisco di no», "none of your business": no answer, and no wish to stop either.
_RATHER_NOT = re.compile(
    r"\b(?:non (?:sono )?(?:affari|fatti) (?:tuo|suo|vostr)\w*|(?:preferi\w+"
    r"|meglio) (?:di no|non \w+)"
    r"|non (?:te |ve |glie)?l[oa] (?:do|dico|diamo|diciamo)|none of your (?:business|concern)"
    r"|(?:i'?d rather|(?:i )?prefer|i would rather) not)\b"
)
_GOING_ON = re.compile(
    r"\b(?:continu\w*|andiamo avanti|prosegu\w*|riprendiamo|go on|carry on|keep going)\b"
)
_FOR_LATER = re.compile(
    r"\b(?:conserv\w*|salv[aio]\w*|tien\w*|ten(?:ere|erl\w+|ga\w*)|mett\w+ da parte|sospend\w*"
    r"|piu tardi|un'altra volta|un altro momento|in seguito|riprend\w* (?:dopo|domani|poi)"
    r"|keep (?:it|them|that|this|my|what|everything)|for later|later|save|put (?:it )?aside)\b"
    r"|^keep$"
)
_NOT = re.compile(r"\b(?:non|not|don't|isn't|senza|without)\b[^,.;]*$")
_AWAY = re.compile(
    r"\b(?:elimin\w*|cancell\w*|scart\w*|butt\w*|togli\w*|dimentic\w*|delete|discard|erase"
    r"|throw|forget|drop)\b"
)
SELF_CORRECTION = re.compile(
    r"\b(?:ho sbagliato|mi sono sbagliat\w|intendevo|volevo dire|i meant|errore mio"
    r"|ho fatto un errore|i made a mistake"
    r"|my mistake|(?:voglio|vorrei|devo|posso|fammi|mi faccia) (?:correggere|cambiare|modificare)"
    r"|(?:let me|i want to|i need to|can i) (?:change|correct|fix|edit))\b"
)
# «Parlare con una persona competente» is something to expect; «vorrei parlare con …» asks for it.
_ASKS_FOR = re.compile(
    r"^(?:no |scusi |scusa |please )?(?:vorrei|voglio|posso|puo|puoi|potrei|mi |fammi|passami|devo"
    r"|i want|i'd like|i would like|can|could|let me|please|give me|put me)"
)
# What people bid a bot do, not what they are called.
_BIDS = re.compile(
    r"\W*(?:(?:dai|ok|allora|please|per favore|hey|ehi)\W+)*(?:raccont\w+|cant(?:a|ami|aci)"
    r"|dimmi|dammi|fammi|mi (?:racconti|dica|faccia|consigli|dia)|consigliami|parlami|mostrami"
    r"|cercami|trovami|traduci\w*|scrivimi|spiegami|tell me|give me|show me|sing|find me|write me"
    r"|translate|recommend|explain|che (?:bell\w|brutt\w|noia|caldo|freddo|fatica)|what an?"
    r"|(?:mi|non mi|ti) (?:piac\w+|serv\w+)|i (?:don'?t )?(?:like|love|want))\s+\w"
)
_COURTESY = re.compile(
    r"\b(?:grazie|mille|tante|di tutto|thanks|thank you|thx|much|very|a lot|prego|per favore|please"
    r"|buon\w*|giorno|sera|salve|ciao|hi|hello|hey|good|morning|afternoon|evening|arrivederci"
    r"|bye|a presto|goodbye|for now|per ora|a dopo|see you|later|giornata|serata"
    r"|there|you|so|e|and)\b|[^\w]"
)
_THANKS = re.compile(
    r"\b(?:molte |mille )?grazie(?: mille| tante| infinite)?\b|\bla ringrazio\b|\bper favore\b"
    r"|\bplease\b"
    r"|\b(?:thanks?|thank you|thx|cheers)(?: (?:a lot|so much|very much|you))?\b"
)
_NO_PHRASES = frozenset({"no", "n", "nope", "no grazie", "no thanks", "nessuno", "none", "niente"})
# «aconsento», «si confremo», «saltta»: how near a word must be, and how long, to be a slip of the
# fingers and no other word.
_SLIP, _SLIP_LETTERS = 0.85, 5


@dataclass(frozen=True)
class Message:
    """What the visitor just sent: typed text with its label, or the choice of a button."""

    text: str
    label: str
    confidence: float
    language: str
    choice: Mapping[str, str] = field(default_factory=dict)


def meaning_in_free_text(asked: str, label: str, message: Message) -> str:
    """Say what a message means where a name or the expectations are asked for."""
    text = message.text
    question = is_question(text)
    sure = message.confidence >= SURE and len(text.split()) <= SHORT
    if label in ("affirm", "deny") or (asked in NAMES and looks_like_name(text)):
        return "answer"
    if label in ("cancel", "skip"):
        expects = asked == "expectations" and _TO_DO.match(fold(text))
        return label if sure and not expects else "answer"
    if label == "change_answer":
        corrects = sure if asked in NAMES else SELF_CORRECTION.search(fold(text))
        return label if corrects else "answer"
    if label == "start_intake":
        return label if sure and asked in NAMES else "answer"
    if label in ("greet", "thank", "goodbye"):
        return "digression" if sure and courtesy_only(text) else "answer"
    if asked in NAMES and label == "out_of_scope" and _BIDS.match(fold(clean(text))):
        return "digression"  # «raccontami una barzelletta» is nobody's name
    if label == "out_of_scope":
        # «vorrei sapere se mi conviene …» is what somebody expects of us, not a question to a bot.
        return "digression" if "?" in text or (question and asked in NAMES) else "answer"
    if label.startswith("faq/"):
        # «Reparto informatica» is a name, whatever it resembles.
        named = asked in NAMES and sure and len(text.split()) > 3
        return "digression" if question or named else "answer"
    if label == "switch_language" and sure:
        # «Un contratto in inglese» is something to expect.
        return "digression" if _SPEAK.search(fold(text)) else "answer"
    if asked in NAMES:
        return "digression" if question or sure else "answer"
    asks_for = question or len(text.split()) <= 3 or _ASKS_FOR.match(fold(text))
    return "digression" if sure and asks_for else "answer"


def yes_or_no(message: Message, asked: str) -> bool | None:
    """Read a yes or a no; None where it is neither, or not certain enough to act on."""
    if looks_like_command(message.text):
        return None
    words = " ".join(re.findall(r"[\w']+", fold(clean(message.text))))
    if _UNDECIDED.match(words):
        return None
    words = _OF_COURSE.sub("", words)
    if asked == CONSENT and _CONSENTS.match(fold(clean(message.text))):
        return not QUALIFIED.search(words) or None
    if asked == CONFIRM and _ALL_RIGHT.search(words) and not is_qualified(message.text):
        return True
    bare = " ".join(_THANKS.sub(" ", words).split())
    if (
        words in _YES_PHRASES
        or bare in _YES_PHRASES
        or (not words.startswith(("no", "dis")) and _mistyped(bare, _YES_PHRASES))
        or words == "1"
        or (asked == CONFIRM and words in _AGAIN)
    ):
        return True
    if words in _NO_PHRASES or bare in _NO_PHRASES or words == "2":
        return False
    if asked == CANCEL and _GOING_ON.search(words):
        return False
    if message.confidence < CERTAIN_ENOUGH:
        return None
    if asked == CONSENT and message.label == "affirm" and QUALIFIED.search(words):
        return None
    return {"affirm": True, "deny": False}.get(message.label)


def is_qualified(text: str) -> bool:
    """Tell whether a yes has a «but» to it, or says what is wrong."""
    words = " ".join(re.findall(r"[\w'?]+", fold(clean(text))))
    rest = _ALL_RIGHT.sub(" ", _OF_COURSE.sub("", words))
    return bool(QUALIFIED.search(rest) or _NOT.search(words) or "?" in words)


def read_exit(message: Message) -> str | None:
    """Say how somebody wants to leave: ``discard``, ``keep`` for later, ``continue``, or None."""
    if looks_like_command(message.text):
        return None
    words = fold(clean(message.text))
    if is_question(message.text):
        return None  # «what happens if I delete?»
    numbered = {"1": "discard", "2": "keep", "3": "continue"}.get(words.strip(" .)"))
    if numbered:
        return numbered
    # «non eliminare, conserva» keeps, «non conservare, elimina» discards.
    away, later = _wants(_AWAY, words), _wants(_FOR_LATER, words)
    if away != later:
        return "discard" if away else "keep"
    if _FOR_LATER.search(words) and not _AWAY.search(words):
        return "discard"  # «no, non conservare nulla»
    return {True: "discard", False: "continue", None: None}[yes_or_no(message, CANCEL)]


def wants_to_leave(text: str) -> bool:
    """Tell whether somebody has to go or wants to stop, in a short message."""
    words = fold(clean(text))
    if len(words.split()) > SHORT:
        return False
    if not is_question(text) or _MAY_I.match(words):
        return bool(_LEAVING.search(words))
    # «Devo andare, posso riprendere domani?»: what comes before the question counts.
    return any(
        _LEAVING.search(part) and not is_question(part) for part in re.split(r"[,;.!]\s+", words)
    )


def goes_back(text: str) -> bool:
    """Tell whether somebody wants the question before: «indietro», "go back"."""
    return not looks_like_command(text) and bool(_BACK.match(fold(clean(text))))


def keeps_for_later(text: str) -> bool:
    """Tell whether somebody asks in so many words that the intake be kept."""
    words = fold(clean(text))
    return len(words.split()) <= SHORT and not is_question(text) and _wants(_KEEPS, words)


def label_of(message: Message) -> str:
    """Return the label that counts while a question is open.

    A telephone number is what a call back is asked with, and an answer as well: only words tell.
    """
    wish = message.label == "human_handoff" and not looks_like_command(message.text)
    if wish and not _ASKS_PERSON.search(fold(clean(message.text))):
        return "out_of_scope"
    return message.label


def read_command(text: str, *, slips: bool = True) -> str | None:
    """Return what a single word that the help teaches means.

    Args:
        text: What was typed.
        slips: Whether «saltta» means «salta»; not where it may be somebody's name.
    """
    if looks_like_command(text):
        return None
    if _RATHER_NOT.search(fold(clean(text))) and len(text.split()) <= SHORT and slips:
        return "skip"
    word = _AROUND.sub("", fold(clean(text))).strip(" .,!")
    found = word if word in COMMANDS or not slips else _mistyped(word, COMMANDS)
    return COMMANDS.get(found or "")


def _mistyped(words: str, known: Iterable[str]) -> str | None:
    """Return the known words that were meant, where only a letter or two went wrong."""
    long = [phrase for phrase in known if len(phrase) >= _SLIP_LETTERS]
    near = difflib.get_close_matches(words, long, 1, cutoff=_SLIP) if len(words) >= 4 else []
    return near[0] if near else None


def _wants(what: re.Pattern[str], words: str) -> bool:
    found = what.search(words)
    return found is not None and not _NOT.search(words[: found.start()])


def courtesy_only(text: str) -> bool:
    """Tell whether a message is a greeting, thanks or a farewell and nothing else."""
    return not _COURTESY.sub("", fold(text))
