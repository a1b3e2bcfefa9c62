"""The intake as a dialogue: from what is known and what was just said to what happens next.

Pure: it knows neither Rasa nor the database, and the time comes in. Who reads it top down finds the
order of the questions, then what a message can mean while a question is open, then each effect.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from actions.firm import Firm
from actions.logic.choices import Choices
from actions.logic.deadlines import Deadline, change_deadlines, read_deadlines
from actions.logic.duckling import Duckling
from actions.logic.facts import person_and_organisation, wanted_service, who_writes
from actions.logic.fields import (
    FieldError,
    check_expectations,
    find_email,
    find_phone,
    is_other,
    looks_like_name,
    name_option,
    read_choice,
    read_email,
    read_expectations,
    read_name,
    read_need,
    read_phone,
    with_first_name,
    with_surname,
    without_codes,
    write_out_email,
)
from actions.logic.lists import read_list_change
from actions.logic.meanings import (
    CANCEL,
    CERTAIN_ENOUGH,
    CHANGE,
    CHOICES,
    CLEAR,
    CONFIRM,
    CONSENT,
    FREE_TEXT,
    HESITATION,
    LIKELY,
    NAMES,
    REQUESTS,
    SELF_CORRECTION,
    SHORT,
    SIGN_IN,
    SURE,
    TOO_LONG,
    WRONG,
    YES_NO,
    Message,
    courtesy_only,
    goes_back,
    is_qualified,
    keeps_for_later,
    label_of,
    meaning_in_free_text,
    read_command,
    read_exit,
    wants_to_leave,
    yes_or_no,
)
from actions.logic.wording import clean, fold, is_question, looks_like_command

_REMOVES = re.compile(
    r"\b(?:togli\w*|tolga|elimin\w+|cancell\w+|lev[ai]\w*|rimuov\w+|remove|delete|drop"
    r"|take (?:out|off))\b"
)
_SIGNS_UP = re.compile(r"\b(?:client\w*|become|diventar\w*|aprire|iscriv\w*|registr\w*|sign)\b")
_ALL_OF_IT = re.compile(r"\b(?:it|tutto|everything|all|lo|\w+[ai]lo)\W*$")
_WAITS = re.compile(
    r"\W*(?:(?:ok|okay|sorry|right|so|scusi|scusa)?\W*(?:ri?eccomi|sono (?:tornat|qu[ai])|here i am"
    r"|(?:i'?m |i am )?back)|(?:un|solo un) (?:momento|attimo|secondo)|aspett|attend"
    r"|hold on|hang on|wait"
    r"|one (?:moment|sec)|let me|fammi|mi faccia|puo|puoi|can you|could you|non ho capito"
    r"|non capisco|what do you|i don'?t und)"
)
_DIGIT = re.compile(r"\d")
_ORDINAL = re.compile(r"\b(?:number|numero|n[.°])\s*\d\b", re.IGNORECASE)
# Labels that decide something where the question is how to leave.
_DECISIONS = frozenset({"cancel", "erase_data", "affirm", "deny", "out_of_scope", "skip"})
_DUE = re.compile(r"\b(?:entro|per|prima|massimo|scad\w+|by|before|until|within|due)\b")
_TALKS = re.compile(r"\b(?:parl|telefon|chiam|richiam|passa|speak|talk|call|put me)\w*")
_SELF_KIND = re.compile(
    r"\b(?:sono|siamo|i am|i'm|we are|we're|as)\s+(?:un[ao]?\s|un'|an?\s)(?P<what>[\w' -]{3,40})",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:non|not)\s+(?:(?:è|e'|is)\s+)?(?P<old>.{1,80}?)[,;]?\s+(?:ma|bensì|but|it's|its|è|e)\s+(?P<new>.+)$",
    re.I,
)
# «non siamo un'azienda, siamo un'associazione»
_RATHER = re.compile(
    r"\bnon (?:sono|siamo|e)\b.*\b(?:sono|siamo|ma)\b|\b(?:sono|siamo)\b.*\bnon un|\bmi correggo\b"
    r"|\b(?:not an?|aren't an?|isn't an?)\b"
)
# «il cognome è Russo, non Rossi»
_RATHER_THAN = re.compile(
    r"(?<!\w)(?:è|e'|is|it's)\s+(?P<new>[^,;]{1,80}?)[,;]?\s+(?:e )?(?:not|non)"
    r"\s+(?P<old>.{1,80})$",
    re.IGNORECASE,
)
_NEW_VALUE = re.compile(
    r"(?:(?<!\w)(?:è|e'|é|sarebbe|diventa|si chiama|mi chiamo|is|are|should be|it's|its)\s|:)\s*"
    r"(?P<new>\S.*)$",
    re.IGNORECASE,
)
# What is stated, and that it is something: «il nome della referente è …».
_STATES = re.compile(
    r"\W*(?:(?:no|scusi|scusa|sorry|anzi|actually|ma|but)\W+)*"
    r"(?:il|lo|la|le|l'|i|the|my|our|mi[oa])\s*(?P<what>(?:[\w'-]+ ){1,5}?)(?:è|e'|is|are|sono"
    r"|sarebbe|diventa)(?:\s|:\s*)\S",
    re.IGNORECASE,
)
_CHANGED_INTO = re.compile(
    r"\b(?:cambi\w*|modific\w*|corregg\w*|change|correct)\b.*?\b(?:in|con|to)\s+(?P<new>\S.*)$",
    re.IGNORECASE,
)
# «anzi, esterno», «no aspetta, era privato»: an option other than the one just given.
_INSTEAD = re.compile(
    r"\W*(?:(?:no|ops|oops|scus\w+|sorry|ah|oh|aspett\w+|wait|hold on|pardon|anzi|o meglio|cioe|ma"
    r"|actually|i mean|or rather|rather|mi correggo)\b\W*)+"
    r"(?:(?:era|ero|e'|e|sono|siamo|it'?s|i'?m|we'?re|it was|was|make (?:it|that)|un[ao]?|un'|an?"
    r"|the)\b\W*)*(?P<new>\D{4,60})$"
)
_SURNAME = re.compile(r"\b(?:cognome|surname|last name|family name)\b")
_FIRST_NAME = re.compile(r"\b(?:nome di battesimo|first name|given name)\b")
_EXPECTS = re.compile(
    r"(?:mi aspett(?:o|erei)|ci aspettiamo|(?:i|we) (?:would )?expect"
    r"|(?:aspettative|expectations):)"
    r"\s*(?P<what>\S.*\w.*)",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?;])\s+(?=[A-ZÀ-Ý])|\n+")
_WHICH_CLIENT = re.compile(
    r"(?:\b(?:sono|siamo|come|i am|i'm|we are|we're|as)|^|[,.;:])\s*(?:un[ao']?\s*|an?\s+)?"
    r"(?P<what>client[ei] (?:intern|estern|terz)[oaie]"
    r"|(?:internal|external|third.party) clients?)\b",
    re.IGNORECASE,
)
# What is left of «mia mail è …» once the address is gone.
_CONTACT_WORD = re.compile(
    r"(?:^|[\s,;:(–-]+)(?:(?:e|and|la|il|mia|mio|my|the)\s+)*"
    r"(?:(?:e-?mail|mail|pec|tel\w*|cell\w*|numero|phone|mobile|number)(?:\s+(?:è|e'|is))?)?[\s.,;:]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Intake:
    """What is known so far. Answers are plain values that survive JSON."""

    answers: Mapping[str, Any]
    skipped: frozenset[str] = frozenset()
    asked: str | None = None
    # The deadlines among which to choose, where two days were meant.
    readings: tuple[Mapping[str, Any], ...] = ()
    # How often the open question was answered in vain.
    tries: int = 0


@dataclass(frozen=True)
class Reply:
    """One response of ``domain.yml`` by its name, with what its text puts in."""

    response: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """What a message leads to.

    ``asks`` is the question that is open afterwards; with an ``outcome`` (``complete``,
    ``refused``, ``cancelled``, ``kept``) there is none. ``skipped`` is None where it stays as it
    was. A
    digression changes nothing: somebody else answers, and the same question is asked again.
    ``readings`` are the deadlines among which to choose.
    """

    asks: str | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    skipped: frozenset[str] | None = None
    replies: tuple[Reply, ...] = ()
    outcome: str | None = None
    digression: bool = False
    readings: tuple[Mapping[str, Any], ...] = ()
    tries: int = 0


_NO_HURRY = Reply("utter_no_hurry")


class Interview:
    """The rules of the intake for one firm."""

    def __init__(self, firm: Firm, choices: Choices, duckling: Duckling | None = None) -> None:
        """Take the firm's settings, the options of its questions, and a reader of times."""
        self._firm = firm
        self._words = {
            name: {option: entry.words for option, entry in options.items()}
            for name, options in choices.items()
        }
        self._duckling = duckling
        self._required: dict[str, bool] = {item.field: item.required for item in firm.intake}

    # The order of the questions -------------------------------------------------------------

    def next_question(self, intake: Intake) -> str:
        """Return what to ask next: the consent, the fields in the firm's order, the summary."""
        if not intake.answers.get(CONSENT):
            return CONSENT
        for name in self._required:
            if (
                self._applies(name, intake)
                and intake.answers.get(name) is None
                and name not in intake.skipped
            ):
                return name
        return CONFIRM

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the firm asks for, in its order."""
        return tuple(self._required)

    def position(self, intake: Intake) -> tuple[int, int] | None:
        """Return which of how many questions is open, counted from one; None besides them."""
        fields = [name for name in self._required if self._applies(name, intake)]
        questions = [CONSENT, *fields, CONFIRM]
        if intake.asked not in questions:
            return None
        return questions.index(intake.asked) + 1, len(questions)

    def _applies(self, name: str, intake: Intake) -> bool:
        if name == "contact":
            return intake.answers.get("client_form") not in (None, "individual")
        if name == "relation":
            return self._firm.serves_internal_clients
        return True

    def fill_in(
        self, said: Mapping[str, str], language: str, now: dt.datetime
    ) -> tuple[dict[str, Any], dict[str, Reply]]:
        """Read answers that were all given at once, each as the dialogue reads it.

        Args:
            said: By field, what was typed, or the id of the option that was chosen.
            language: In which it was typed.
            now: The current moment, in the firm's time zone.

        Returns:
            The values by field, and by field the reply that says why one was refused.
        """
        answers: dict[str, Any] = {}
        refused: dict[str, Reply] = {}
        for name, required in self._required.items():
            text = said.get(name, "").strip()
            if not self._applies(name, Intake(answers)):
                continue
            if not text:
                if required:
                    refused[name] = Reply("utter_error_required", {"field": name})
                continue
            try:
                answers[name] = self._filled_in(name, text, language, now)
            except FieldError as error:
                reason = f"_{error.reason}" if error.reason else ""
                refused[name] = Reply(f"utter_error_{name}{reason}")
        if not {"email", "phone"} & (set(answers) | set(refused)):
            first = next(name for name in self._required if name in ("email", "phone"))
            refused[first] = Reply("utter_error_required", {"field": first})
        return answers, refused

    def _filled_in(self, name: str, text: str, language: str, now: dt.datetime) -> Any:
        if name in self._words and text in self._words[name]:
            return text
        if name != "deadline":
            return self._value(name, write_out_email(text) if name == "email" else text)
        pairs = self._deadlines(Message(text, "", 0.0, language), now)
        for found, _ in pairs:
            if found.kind in ("invalid", "past"):
                raise FieldError(name, found.kind)
        if not pairs or any(len(found.alternatives) > 1 for found, _ in pairs):
            raise FieldError(name)
        return deadlines_to_json(pairs)

    # What a message means ------------------------------------------------------------------

    def begin(self, intake: Intake, message: Message, now: dt.datetime) -> Turn:
        """Open the intake; what the opening message already says is not asked again."""
        said = self._facts(message, now)
        service = wanted_service(message.text, self._words["service"])
        if service and "service" in self._required:
            said["service"] = service
        said = {**said, **self._labelled(message.text)}
        facts = {name: value for name, value in said.items() if intake.answers.get(name) is None}
        # What was said before the consent is held, not yet taken note of.
        return replace(self._ask_next(intake, facts), replies=())

    def answer(self, intake: Intake, message: Message, now: dt.datetime) -> Turn:
        """Say what a message does to the intake while ``intake.asked`` is open.

        What is refused a second time is explained in other words; the third time there is a way
        out: skip the question, or talk to a person.
        """
        turn = self._answer(intake, message, now)
        refused = any(reply.response.startswith("utter_error_") for reply in turn.replies)
        # «maria@x.example» is no question of the FAQ, whatever it resembles.
        aside = turn.digression and message.label.startswith(("faq/", "out_of_scope"))
        if (refused or aside) and turn.asks == intake.asked and not turn.changes:
            turn = self._said_besides(intake, message, now) or turn
        if not any(reply.response.startswith("utter_error_") for reply in turn.replies):
            return replace(turn, tries=intake.tries if turn.digression else 0)
        tries = intake.tries + 1 if turn.asks == intake.asked else 1
        # «Questa data non esiste» is worth saying again; that nothing was understood is not.
        told = tuple(r for r in turn.replies if r.response != f"utter_error_{turn.asks}")
        if tries == 2 and not told:
            return replace(turn, tries=tries, replies=(Reply(f"utter_hint_{turn.asks}"),))
        if tries > 2:
            optional = not self._required.get(turn.asks or "", True)
            way_out = "utter_stuck_optional" if optional else "utter_stuck"
            return replace(
                turn, tries=tries, replies=(*told, Reply(way_out, {"field": turn.asks or ""}))
            )
        return replace(turn, tries=tries)

    def _answer(self, intake: Intake, message: Message, now: dt.datetime) -> Turn:
        asked = intake.asked or self.next_question(intake)
        intake = replace(intake, asked=asked)
        if message.choice:
            return self._chosen(intake, message, now)
        if asked == CANCEL and is_question(message.text) and message.label in _DECISIONS:
            return _refuse(CANCEL)
        if asked == "email":
            message = replace(message, text=write_out_email(message.text))
        message = replace(message, label=label_of(message))
        if message.label == TOO_LONG:
            # The text itself was left at the channel.
            return (
                _refuse(asked, "long") if asked in FREE_TEXT else Turn(asks=asked, digression=True)
            )
        if message.label == SIGN_IN:
            return Turn(asks=asked, digression=True)
        other = self._other_choice(intake, message.text)
        if other is not None:
            return other
        listed = self._list_change(intake, message, now)
        if listed is not None:
            return listed
        moved = self._deadline_change(intake, message, now)
        if moved is not None:
            return moved
        if asked != CONSENT and self._exchange(intake, message.text):
            return self._correct(intake, message, now)
        if asked != CONSENT and goes_back(message.text):
            return self._back(intake)
        if asked != CANCEL and keeps_for_later(message.text):
            # Without a consent there is nothing to keep.
            return _refuse(CONSENT) if asked == CONSENT else self._leave(intake, "keep")
        if asked == CONSENT and (held := self._held(message, now)):
            return replace(_refuse(CONSENT), changes=held)
        if asked != CANCEL and wants_to_leave(message.text):
            return self._cancel(intake)
        if asked not in NAMES and asked != "expectations" and self._complains(message):
            return self._correct(intake, message, now)
        if asked not in (CONSENT, CANCEL) and self._takes_back(intake, message, now):
            corrected = self._correction(intake, message, now)
            if corrected and corrected.changes:
                return corrected
        removed = self._removal(intake, message.text)
        if removed is not None:
            return removed
        if self._hesitates(asked, message, now):
            skips = not self._required.get(asked, True) and not _WAITS.match(fold(message.text))
            return self._skip(intake) if skips else Turn(asks=asked, replies=(_NO_HURRY,))
        meaning = self._meaning(asked, message, now)
        if meaning == "cancel":
            return self._cancel(intake)
        if meaning == "change_answer":
            return self._correct(intake, message, now)
        if meaning == "skip":
            return self._skip(intake)
        if meaning == "answer" and asked == "expectations" and message.label == "change_answer":
            # «la mail è …» corrects; «correggere un errore nell'atto» is something to expect.
            short = len(message.text.split()) <= SHORT and ":" not in message.text
            correction = self._correction(intake, message, now) if short else None
            if correction and correction.changes:
                return correction
        if (
            meaning == "answer"
            and (asked in NAMES or asked in ("service", "expectations"))
            and (due := self._only_due(message, now))
        ):
            turn = self._ask_next(intake, {"deadline": due})
            return replace(turn, asks=asked)
        if meaning == "answer":
            return self._take(intake, asked, message, now)
        if meaning == "start_intake":
            return Turn(asks=asked, replies=(Reply("utter_going_on"),))
        return Turn(asks=asked, digression=True)

    def _only_due(self, message: Message, now: dt.datetime) -> Any:
        """Read «entro due mesi» where nothing else is said: no expectation, but a deadline."""
        pairs = self._deadlines(message, now)
        if len(pairs) != 1 or pairs[0][0].kind != "date" or len(pairs[0][0].alternatives) > 1:
            return None
        rest = fold(clean(message.text)).replace(fold(pairs[0][0].said), " ")
        bare = re.fullmatch(
            r"\W*(?:entro|prima|by|before|until|within)(?: (?:il|la|le|the|del|della|di))?\W*", rest
        )
        return deadlines_to_json(pairs) if bare else None

    def _held(self, message: Message, now: dt.datetime) -> dict[str, Any]:
        """Return what «Mario Rossi, mario@x.it» says, where a yes or no was asked for."""
        text = clean(message.text)
        facts = self._facts(message, now)
        if (
            not {"email", "phone"} & set(facts)
            or is_question(text)
            or yes_or_no(message, CONSENT) is not None
            or message.label in REQUESTS
        ):
            return {}
        name = _without_contacts(text, self._firm.country)
        if "client_name" not in facts and looks_like_name(name) and len(name.split()) <= 4:
            with suppress(FieldError):
                facts["client_name"] = read_name(name)
        return facts

    def _said_besides(self, intake: Intake, message: Message, now: dt.datetime) -> Turn | None:
        """Take down an address, a number or a date that was given to another question."""
        asked, text = intake.asked or "", message.text
        if asked in YES_NO | {CHANGE} or message.choice or is_question(text):
            return None
        wanted = ["email", "phone", *(["deadline"] if _DUE.search(fold(text)) else [])]
        facts = self._facts(message, now)
        new = {
            name: facts[name]
            for name in wanted
            if name in facts and name != asked and facts[name] != intake.answers.get(name)
        }
        if not new:
            return None
        turn = self._ask_next(intake, new)
        given = any(intake.answers.get(name) is not None for name in new)
        noted = Reply("utter_changed" if given else "utter_understood")
        return replace(turn, asks=asked, replies=(noted,))

    def _other_choice(self, intake: Intake, text: str) -> Turn | None:
        """Take an option of another question: «anzi, esterno», or simply «esterno» for a name."""
        asked = intake.asked or ""
        if asked in (CONSENT, CANCEL, CHANGE) or is_question(text) or looks_like_command(text):
            return None
        if asked in CHOICES and read_choice(text, self._words[asked], whole=True):
            return None
        instead = _INSTEAD.match(fold(clean(text)))
        if instead:
            for name in ("service", "relation", "client_form"):
                given = intake.answers.get(name)
                # «anzi, consulenza legale»
                brief = name == "service" and len(instead["new"].split()) <= 2
                option = read_choice(instead["new"], self._words[name], whole=not brief)
                if name != asked and given is not None and option not in (None, given):
                    return self._changed(intake, {name: option})
        if asked in ("service", "expectations") or _DIGIT.search(text):
            return None
        for name in ("relation", "client_form"):
            if name == asked or name not in self._required or not self._applies(name, intake):
                continue
            option = read_choice(text, self._words[name], whole=True)
            if asked in NAMES and not self._is_title(text, name, option):
                continue
            given = intake.answers.get(name)
            if option is None or option == given:
                continue
            if given is not None:
                return self._changed(intake, {name: option})
            turn = self._ask_next(intake, {name: option})
            return replace(turn, asks=asked, replies=(Reply("utter_understood"),))
        return None

    def _is_title(self, text: str, name: str, option: str | None) -> bool:
        """Tell whether a text is what stands on a button, give or take its gender."""
        typed = fold(clean(text)).strip(" .,!")
        titles = [] if option is None else [fold(word) for word in self._words[name][option][:2]]
        # «Esterna» for «Esterno»; but «Terzi» is a surname.
        return any(typed in (title, title[:-1] + "a") for title in titles)

    def _labelled(self, text: str) -> dict[str, Any]:
        """Read «Servizio: …», «cliente esterna», «mi aspetto che …» in a first message."""
        found: dict[str, Any] = {}
        if looks_like_command(text):
            return found
        for name in ("client_form", "relation", "service"):
            label = "|".join(re.escape(word) for word in self._words[CHANGE][name])
            said = re.search(rf"(?:^|[\s,;.(])(?:{label})\s*:\s*([^.;,\n]+)", text, re.IGNORECASE)
            option = read_choice(said[1], self._words[name], whole=False) if said else None
            if option:
                found[name] = option
        kinds = {
            read_choice(said["what"], self._words["relation"], whole=False)
            for said in _WHICH_CLIENT.finditer(text)
        } - {None}
        if len(kinds) == 1 and not is_question(text):
            found.setdefault("relation", kinds.pop())
        for sentence in _SENTENCES.split(text):
            said = _EXPECTS.match(sentence.strip())
            if said and not find_email(sentence):
                with suppress(FieldError):
                    found["expectations"] = read_expectations(
                        said["what"] if ":" in sentence[: said.start("what")] else sentence.strip()
                    )
        return {name: value for name, value in found.items() if name in self._required}

    def _complains(self, message: Message) -> bool:
        """Tell whether a message says of a named answer that it is wrong."""
        text = message.text
        named = name_option(text, self._words[CHANGE])
        return bool(named and WRONG.search(fold(text)) and not is_question(text))

    def _takes_back(self, intake: Intake, message: Message, now: dt.datetime) -> bool:
        """Tell whether a message gives another value for what was answered before.

        «I meant external», «scusi, la mail è …»: a value that is named, or excused, replaces the
        one given, whatever else is being asked.
        """
        text = message.text
        if is_question(text) or looks_like_command(text):
            return False
        if intake.asked != "expectations" and SELF_CORRECTION.search(fold(text)):
            return True
        # «La persona di contatto è Lucia Bini»
        free = intake.asked in NAMES or intake.asked == "expectations"
        stated = None if free else _STATES.match(clean(text))
        asked_words = {"asked": self._words[CHANGE].get(intake.asked or "", ())}
        if stated and not name_option(stated["what"], asked_words):
            named_one = name_option(stated["what"], self._words[CHANGE])
            if named_one and intake.answers.get(named_one) is not None:
                return True
        facts = self._facts(message, now)
        named = {
            name
            for name in ("email", "phone")
            if name != intake.asked
            and intake.answers.get(name) not in (None, facts.get(name))
            and name in facts
            and name_option(text, {name: self._words[CHANGE][name]})
        }
        return bool(named) and intake.asked not in named

    def _hesitates(self, asked: str, message: Message, now: dt.datetime) -> bool:
        """Tell whether somebody only needs a moment: «boh», «un attimo», «non ho capito»."""
        brief = asked == "expectations" and not _WAITS.match(fold(clean(message.text)))
        if len(message.text.split()) > (4 if brief else 6):
            return False
        if looks_like_command(message.text):
            return False
        hesitates = HESITATION.match(fold(clean(message.text)))
        return (
            bool(hesitates)
            and not self._holds(asked, message, now)
            and not self._facts(message, now)
        )

    def _removal(self, intake: Intake, text: str) -> Turn | None:
        """Take back an answer that need not be given: «tolga il numero di telefono»."""
        named = name_option(_ORDINAL.sub(" ", text), self._words[CHANGE])
        if (
            named is None
            or named == "deadline"
            or self._required.get(named, True)
            or intake.answers.get(named) is None
            or self._last_way_to_reach(named, intake)
            or not _REMOVES.search(fold(text))
            or is_question(text)
        ):
            return None
        return self._ask_next(intake, {named: None}, skipped=named)

    def _meaning(self, asked: str, message: Message, now: dt.datetime) -> str:
        """Return ``answer``, a command (``cancel``, ``change_answer``, ``skip``, ``start_intake``)
        or ``digression``.

        A value of the kind that is asked for wins over any label; where free text is asked for,
        a label must be sure, and a question must look like one.
        """
        if command := read_command(message.text, slips=asked not in FREE_TEXT | YES_NO):
            message = replace(message, label=command, confidence=1.0)
        label = message.label
        if label == "erase_data" and not is_question(message.text):
            label = "cancel"
        if asked == CONFIRM and SELF_CORRECTION.search(fold(message.text)):
            return "change_answer"
        if self._holds(asked, message, now):
            # «no, l'email è …» while the e-mail is asked for is simply the answer, too.
            return "answer"
        if asked in NAMES or asked == "expectations":
            return meaning_in_free_text(asked, label, message)
        if asked == CONFIRM and read_choice(message.text, self._words[CHANGE], whole=True):
            # «Aspettative»: the name of a field is not a question about it.
            return "answer"
        if asked == "service" and is_other(message.text):
            return "answer"
        if asked == "phone" and label in ("skip", "deny") and _DIGIT.search(message.text):
            return "answer"  # «0039» is a number, if none that can be
        if (
            asked == "service"
            and label == "start_intake"
            and not _SIGNS_UP.search(fold(message.text))
        ):
            return "answer"  # «una pratica di mediazione» is what is wanted
        if label in ("cancel", "skip", "start_intake") and message.confidence >= LIKELY:
            return label
        if label == "change_answer":
            return "answer" if asked in (CONSENT, CANCEL, CHANGE) else label
        if label == "deny":
            return "skip" if not self._required.get(asked, True) else "answer"
        if label in ("greet", "thank", "goodbye") and not courtesy_only(message.text):
            return "answer"  # «domenico.lupo» says goodbye to nobody
        # «Una pratica di mediazione» is a service, whatever entry of the FAQ it resembles.
        resembles = asked == "service" and label.startswith("faq/") and message.confidence < CLEAR
        if label in ("affirm", "out_of_scope") or resembles or message.confidence < CERTAIN_ENOUGH:
            return "digression" if is_question(message.text) else "answer"
        return "digression"

    def _holds(self, asked: str, message: Message, now: dt.datetime) -> bool:
        """Tell whether a message has the kind of value that the open question asks for."""
        text = message.text
        if looks_like_command(text):
            return False
        elsewhere = message.confidence >= SURE and message.label in REQUESTS
        if asked == "client_form" and message.label == "human_handoff":
            elsewhere = bool(_TALKS.search(fold(text)))  # «una persona» is an answer here
        if asked == CANCEL:
            return read_exit(message) is not None
        if asked in YES_NO:
            return yes_or_no(message, asked) is not None
        if asked in CHOICES:
            words = self._words[asked]
            return read_choice(text, words, whole=True) is not None or (
                not is_question(text)
                and not elsewhere
                and read_choice(text, words, whole=False) is not None
            )
        if asked == "client_name":
            return bool(self._names(text))
        if asked == "email":
            return find_email(text) is not None
        if asked == "phone":
            return find_phone(text) is not None
        if asked == "deadline":
            # «che tempo fa domani?» names a day too, but not one by which something is due.
            aside = "?" in text and not _DUE.search(fold(text))
            return not aside and bool(self._deadlines(message, now))
        return False

    # What an answer does ---------------------------------------------------------------------

    def _take(self, intake: Intake, asked: str, message: Message, now: dt.datetime) -> Turn:
        if looks_like_command(message.text) and asked not in FREE_TEXT:
            # Typed, not pressed: words like any other, and none that a closed question asks for.
            return _refuse(asked)
        if asked == CANCEL:
            return self._leave(intake, read_exit(message))
        if asked in YES_NO:
            yes = yes_or_no(message, asked)
            if asked == CONFIRM and yes and is_qualified(message.text):
                return self._correct(intake, message, now)
            if asked == CONFIRM and yes is None:
                # «la scadenza», or simply another date: at the summary that is a correction.
                return self._correction(intake, message, now) or _refuse(CONFIRM)
            if asked == CONFIRM and not yes and len(message.text.split()) > 1:
                # «no, il nome»: what is wrong is said already.
                correction = self._correction(intake, message, now)
                return correction or self._take_yes_or_no(intake, asked, yes)
            if asked == CONSENT and yes is None:
                # Held, like what the opening message said, until there is a yes or a no.
                return replace(_refuse(CONSENT), changes=self._facts(message, now))
            new = {
                name: fact
                for name, fact in self._facts(message, now).items()
                if asked == CONSENT and intake.answers.get(name) is None
            }
            return self._take_yes_or_no(intake, asked, yes, new)
        if asked == CHANGE:
            named = read_choice(message.text, self._words[CHANGE], whole=False)
            if named is None:
                return _refuse(CHANGE)
            return self._change(intake, named)
        if asked == "deadline":
            return self._take_deadline(intake, message, now)
        if (
            (asked in NAMES or (asked == "service" and len(message.text.split()) <= 3))
            and yes_or_no(message, CONFIRM) is not None
            and not looks_like_name(message.text)
            and not self._holds(asked, message, now)
        ):
            return _refuse(asked)
        if asked == "client_name" and (who := self._names(message.text)):
            return self._ask_next(intake, {**self._besides(intake, asked, message, now), **who})
        try:
            value = self._value(asked, message.text)
        except FieldError as error:
            return _refuse(asked, error.reason)
        besides = self._besides(intake, asked, message, now)
        turn = self._ask_next(intake, {**besides, asked: value})
        noted = (Reply("utter_understood"),) if besides else ()
        return replace(turn, replies=noted + turn.replies)

    def _names(self, text: str) -> dict[str, str]:
        """Read who the client is where a message names it in so many words, and what kind."""
        text = clean(text)
        both = person_and_organisation(text)
        kind = self._kind_of_client(text)
        if both or kind is None:
            return both  # a name alone is read as it stands
        return {**who_writes(text), "client_form": kind} if who_writes(text) else {}

    def _kind_of_client(self, text: str) -> str | None:
        """Read «sono un privato», "we are a charity"; None where that is not beyond doubt."""
        words = {
            option: [word for word in listed if len(word) > 3]
            for option, listed in self._words["client_form"].items()
        }
        kinds = {
            read_choice(found["what"], words, whole=False) for found in _SELF_KIND.finditer(text)
        }
        return kinds.pop() if len(kinds) == 1 else None

    def _besides(
        self, intake: Intake, asked: str, message: Message, now: dt.datetime
    ) -> dict[str, Any]:
        """Return what an answer says of questions to come: «esterno, e la mia mail è …»."""
        if asked == "expectations":
            return {}
        facts = self._facts(message, now)
        due = asked == "service" and _DUE.search(fold(message.text))
        wanted = {"email", "phone", "deadline"} if due else {"email", "phone"}
        return {
            name: facts[name]
            for name in wanted & set(facts)
            if name != asked and intake.answers.get(name) is None
        }

    def _take_yes_or_no(
        self,
        intake: Intake,
        asked: str,
        yes: bool | None,
        said: Mapping[str, Any] | None = None,
    ) -> Turn:
        """Do what a yes or no means; `said` are facts that came with it."""
        said = said or {}
        if yes is None:
            return _refuse(asked)
        if asked == CONSENT:
            if not yes:
                return Turn(asks=None, outcome="refused")
            held = said or any(intake.answers.get(name) is not None for name in self._required)
            agreed = self._ask_next(intake, {**said, CONSENT: True})
            return replace(agreed, replies=(Reply("utter_understood"),)) if held else agreed
        return Turn(asks=None, outcome="complete") if yes else Turn(asks=CHANGE)

    def _leave(self, intake: Intake, how: str | None) -> Turn:
        """Do what was chosen at the exit: ``discard``, ``keep`` for later, or ``continue``."""
        if how in ("discard", "keep"):
            return Turn(asks=None, outcome="cancelled" if how == "discard" else "kept")
        if how is None:
            return _refuse(CANCEL)
        resumed = self._ask_next(intake, {})
        return replace(resumed, replies=(Reply("utter_going_on"),))

    def _take_deadline(self, intake: Intake, message: Message, now: dt.datetime) -> Turn:
        pairs = self._deadlines(message, now)
        if not pairs:
            return _refuse("deadline")
        if len(pairs) > 1:
            return self._ask_next(intake, {"deadline": deadlines_to_json(pairs)})
        ((found, _),) = pairs
        if found.kind in ("invalid", "past"):
            return _refuse("deadline", found.kind)
        if len(found.alternatives) > 1:
            return Turn(asks="deadline", readings=_readings(found))
        return self._ask_next(intake, {"deadline": deadlines_to_json(pairs)})

    def _value(self, name: str, text: str) -> Any:
        """Return the value of a field other than the deadline.

        Raises:
            FieldError: the text has none.
        """
        if name in self._words:
            typed = looks_like_command(text)
            option = None if typed else read_choice(text, self._words[name], whole=False)
            if option is None and name == "service":
                # Somebody whose need is not on the list is a client all the same.
                return read_name(text, "service") if typed else read_need(text)
            if option is None:
                raise FieldError(name)
            return option
        if name == "email":
            return read_email(text)
        if name == "phone":
            return read_phone(text, self._firm.country)
        if name == "expectations":
            return read_expectations(text)
        return read_name(_without_contacts(clean(text), self._firm.country), name)

    def _chosen(self, intake: Intake, message: Message, now: dt.datetime) -> Turn:
        """Do what a button says; one that belongs to no open question changes nothing."""
        name, value = next(iter(message.choice.items()))
        asked = intake.asked or ""
        if name == CANCEL:
            known = {"yes": "discard", "no": "continue"}
            return (
                self._leave(intake, known.get(value, value))
                if asked == CANCEL
                else Turn(asks=asked)
            )
        if name in YES_NO:
            return (
                self._take_yes_or_no(intake, name, value == "yes")
                if name == asked or (name == CONFIRM and asked == CHANGE)
                else Turn(asks=asked)
            )
        if name == CHANGE and asked in (CHANGE, CONFIRM):
            return self._change(intake, value)
        if name == "skip":
            return self._skip(intake) if value == asked else Turn(asks=asked)
        meant = [reading for reading in intake.readings if reading["date"] == value]
        if name == "deadline" and asked == "deadline" and meant:
            return self._ask_next(intake, {"deadline": [dict(meant[0])]})
        if name == asked and value in self._words.get(name, {}):
            return self._ask_next(intake, {name: value})
        return Turn(asks=asked)

    def _list_change(self, intake: Intake, message: Message, now: dt.datetime) -> Turn | None:
        """Add to the expectations, or take one away: «aggiungi anche …», «togli la 2»."""
        current = intake.answers.get("expectations")
        # «number 2» is no telephone number.
        named = name_option(_ORDINAL.sub(" ", message.text), self._words[CHANGE])
        meant = (
            named == "expectations"
            or message.label == "change_answer"
            or intake.asked in (CONFIRM, CHANGE, "expectations", "deadline")
        )
        if not current or not meant or named not in (None, "expectations"):
            return None
        facts = set(self._facts(message, now)) if named is None else set()
        if _REMOVES.search(fold(message.text)):
            facts.discard("deadline")  # "remove the first and the third" names no days
        if facts:
            return None  # «aggiungi il 3331234567» adds no expectation
        items = read_list_change(message.text, current)
        if items is None:
            return None
        if not items and _ALL_OF_IT.search(fold(message.text)) and named is None:
            return None  # "delete it" means the whole, not the one expectation
        if not items and len(current) == 1 and not _DIGIT.search(message.text):
            part = [word for word in fold(message.text).split() if len(word) > 3]
            if any(word in fold(current[0]).split() for word in part) and len(part) + 1 < len(
                current[0].split()
            ):
                # «togli le buste paga» out of one sentence: the rest stays until it is said anew.
                return Turn(asks="expectations")
        if not items:
            return Turn(asks="expectations", changes={"expectations": None})
        try:
            return self._changed(intake, {"expectations": check_expectations(items)})
        except FieldError as error:
            return _refuse("expectations", error.reason)

    def _deadline_change(self, intake: Intake, message: Message, now: dt.datetime) -> Turn | None:
        """Move, add or take away a deadline: «il 20, non il 15», «anche la firma entro il 31»."""
        current = intake.answers.get("deadline")
        named = name_option(message.text, self._words[CHANGE])
        meant = named == "deadline" or (
            named is None and intake.asked in (CONFIRM, CHANGE, "deadline")
        )
        if not current or not meant or is_question(message.text):
            return None
        if yes_or_no(message, CONFIRM) is not None and not _DIGIT.search(message.text):
            return None
        pairs = change_deadlines(
            message.text,
            deadlines_from_json(current),
            language=message.language,
            now=now,
            duckling=self._duckling,
        )
        if pairs is None:
            return None
        if not pairs:
            return Turn(asks="deadline", changes={"deadline": None})
        for found, _ in pairs:
            if found.kind in ("invalid", "past"):
                return _refuse("deadline", found.kind)
            if len(found.alternatives) > 1:
                return Turn(asks="deadline", readings=_readings(found) if len(current) == 1 else ())
        changed = deadlines_to_json(pairs)
        return self._changed(intake, {"deadline": changed}) if changed != current else None

    # Commands --------------------------------------------------------------------------------

    def _cancel(self, intake: Intake) -> Turn:
        # Nothing was agreed to yet, or it is said a second time: no need to ask again.
        if intake.asked in (CONSENT, CANCEL):
            return Turn(asks=None, outcome="cancelled")
        return Turn(asks=CANCEL)

    def _back(self, intake: Intake) -> Turn:
        """Ask once more what was asked before the open question."""
        asked = intake.asked or ""
        if asked in (CANCEL, CHANGE):
            return self._leave(intake, "continue")
        order = list(self._required)
        before = order[: order.index(asked)] if asked in order else order
        given = [
            name
            for name in before
            if intake.answers.get(name) is not None or name in intake.skipped
        ]
        return Turn(asks=given[-1] if given else asked)

    def _skip(self, intake: Intake) -> Turn:
        asked = intake.asked or ""
        if asked == CHANGE:
            return self._ask_next(intake, {})
        if asked in YES_NO:
            return _refuse(asked)
        if self._required.get(asked, True) or self._last_way_to_reach(asked, intake):
            return Turn(asks=asked, replies=(Reply("utter_error_required", {"field": asked}),))
        # Skipping a question that is asked anew takes the answer back.
        given = {asked: None} if intake.answers.get(asked) is not None else {}
        return self._ask_next(intake, given, skipped=asked)

    def _last_way_to_reach(self, asked: str, intake: Intake) -> bool:
        other = {"email": "phone", "phone": "email"}.get(asked)
        if other is None or intake.answers.get(other) is not None:
            return False
        # The other one is still to come.
        return other not in self._required or other in intake.skipped or intake.asked != asked

    def _change(self, intake: Intake, name: str) -> Turn:
        """Ask again for an answer; one that is not due yet comes up by itself, in its turn."""
        if intake.answers.get(name) is not None or name in intake.skipped:
            return Turn(asks=name)
        return self._ask_next(intake, {})

    def _correct(self, intake: Intake, message: Message, now: dt.datetime) -> Turn:
        """Change an answer already given; ask which where that is not clear."""
        given = any(intake.answers.get(name) is not None for name in self._required)
        asked = CHANGE if given else intake.asked
        return self._correction(intake, message, now) or Turn(asks=asked)

    def _correction(self, intake: Intake, message: Message, now: dt.datetime) -> Turn | None:
        """Change the answer that a message names or replaces; None where it does neither."""
        given = {name for name in self._required if intake.answers.get(name) is not None}
        exchanged = self._exchange(intake, message.text)
        named = name_option(message.text, self._words[CHANGE])
        if (
            named == "client_name"
            and intake.answers.get("contact")
            and (_SURNAME.search(fold(message.text)) or _FIRST_NAME.search(fold(message.text)))
        ):
            named = "contact"  # a company has no surname
        if exchanged and named in (None, *exchanged):
            return self._changed(intake, exchanged)
        if named is None:
            facts = self._facts(message, now)
            if SELF_CORRECTION.search(fold(message.text)) or _RATHER.search(fold(message.text)):
                facts.update(self._other_options(intake, message.text))
            found = {name: value for name, value in facts.items() if name in given}
            return self._changed(intake, found) if found else None
        try:
            value = self._new_value(intake, named, message, now)
        except FieldError as error:
            return replace(_refuse(named, error.reason), asks=named)
        also = self._also(intake, named, message, now)
        if value is None and also:
            return replace(self._changed(intake, also), asks=named)
        if value is None:
            # «il mio solito numero» while the number is asked for: no value, and no correction.
            return _refuse(named) if named == intake.asked else Turn(asks=named)
        return self._changed(intake, {named: value, **also})

    def _also(
        self, intake: Intake, named: str, message: Message, now: dt.datetime
    ) -> dict[str, Any]:
        """Return what else a correction says: «la mail è … e il telefono …»."""
        facts = self._facts(message, now)
        return {
            name: facts[name]
            for name in ("email", "phone", "deadline")
            if name != named
            and name in facts
            and (name != "deadline" or name_option(message.text, {name: self._words[CHANGE][name]}))
        }

    def _changed(self, intake: Intake, changes: Mapping[str, Any]) -> Turn:
        turn = self._ask_next(intake, changes)
        noted = () if turn.replies else (Reply("utter_changed"),)
        return replace(turn, replies=turn.replies + noted)

    def _exchange(self, intake: Intake, text: str) -> dict[str, str]:
        """Read «non Rossi ma Russo»: the answer in which the first stands, with the second."""
        found = _BUT.search(clean(text)) or _RATHER_THAN.search(clean(text))
        if not found:
            return {}
        old, new = found["old"].strip(" ,."), found["new"].strip(" ,.")
        for name in ("client_name", "contact", "email"):
            answer = intake.answers.get(name)
            if not isinstance(answer, str):
                continue
            if place := re.search(re.escape(old), answer, re.IGNORECASE):
                return {name: answer[: place.start()] + new + answer[place.end() :]}
        return {}

    def _other_options(self, intake: Intake, text: str) -> dict[str, str]:
        """Read «mi sono sbagliato, siamo un'associazione»: an option other than the one given."""
        found = {}
        for name in ("client_form", "relation"):
            words = {
                option: [word for word in listed if len(word) > 4]
                for option, listed in self._words[name].items()
            }
            option = read_choice(text, words, whole=False)
            if option is not None and option != intake.answers.get(name):
                found[name] = option
        return found

    def _new_value(self, intake: Intake, name: str, message: Message, now: dt.datetime) -> Any:
        """Return the new value that a correction of `name` gives, or None where it gives none."""
        text = clean(message.text)
        if name == "deadline":
            pairs = self._deadlines(message, now)
            if any(len(found.alternatives) > 1 for found, _ in pairs):
                return None
            for found, _ in pairs:
                if found.kind in ("invalid", "past"):
                    raise FieldError(name, found.kind)
            if len(pairs) == 1 and len(intake.answers.get(name) or ()) > 1:
                return None  # which of them?
            return deadlines_to_json(pairs) or None
        stated = _NEW_VALUE.search(text)
        if name in ("email", "phone"):
            text = self._without_given(text, name, intake.answers.get(name))
        if name == "email":
            meant = find_email(text) is not None or (stated is not None and "@" in stated["new"])
            return read_email(text) if meant else None
        if name == "phone":
            digits = stated is not None and _DIGIT.search(stated["new"]) is not None
            meant = find_phone(text) is not None or digits
            return read_phone(text, self._firm.country) if meant else None
        exchanged = _BUT.search(text)
        value = exchanged or _CHANGED_INTO.search(text) or _NEW_VALUE.search(text)
        if value is None:
            return None
        if re.match(
            r"(?:sbagliat|errat|wrong|incorrect|not right|da (?:cambi|corregg))", value["new"], re.I
        ):
            # «Il nome è sbagliato, è Norma Galanti»
            value = _NEW_VALUE.search(value["new"])
        if value is None:
            return None
        new, given = self._value(name, value["new"]), intake.answers.get(name)
        if name in NAMES and given and not exchanged:
            if _SURNAME.search(fold(text)):
                return with_surname(given, new)
            if _FIRST_NAME.search(fold(text)):
                return with_first_name(given, new)
        return new

    def _without_given(self, text: str, name: str, given: str | None) -> str:
        """Take the address or number that is known out of a text that has another one as well."""
        find = find_email if name == "email" else find_phone
        first = find(text)
        rest = text.replace(first, " ", 1) if first else text
        if not first or not find(rest):
            return text
        with suppress(FieldError):
            known = read_email(first) if name == "email" else read_phone(first, self._firm.country)
            return rest if known == given else text
        return text

    # Shared ------------------------------------------------------------------------------------

    def _ask_next(self, intake: Intake, changes: Mapping[str, Any], skipped: str = "") -> Turn:
        if changes.get("client_form") == "individual" and intake.answers.get("contact"):
            # The person to talk to is the client now.
            changes = {**changes, "contact": None}
        all_skipped = (intake.skipped - set(changes)) | ({skipped} if skipped else set())
        after = Intake({**intake.answers, **changes}, all_skipped)
        replies: tuple[Reply, ...] = ()
        if due := changes.get("deadline"):
            name = "utter_deadlines" if len(due) > 1 else f"utter_deadline_{due[0]['kind']}"
            replies = (Reply(name),)
        elif len(changes.get("expectations") or ()) > 1:
            replies = (Reply("utter_expectations"),)
        return Turn(
            asks=self.next_question(after),
            changes=changes,
            skipped=all_skipped if all_skipped != intake.skipped else None,
            replies=replies,
        )

    def _deadlines(self, message: Message, now: dt.datetime) -> list[tuple[Deadline, str | None]]:
        return read_deadlines(
            message.text, language=message.language, now=now, duckling=self._duckling
        )

    def _facts(self, message: Message, now: dt.datetime) -> dict[str, Any]:
        """Return what a message says beyond doubt, whatever was asked."""
        text = without_codes(clean(message.text))
        facts: dict[str, Any] = {}
        if looks_like_command(text):
            return facts
        facts.update(who_writes(text))
        if "client_form" not in facts and (form := self._kind_of_client(text)):
            facts["client_form"] = form
        for name, read in (
            ("email", read_email),
            ("phone", lambda said: read_phone(said, self._firm.country)),
        ):
            with suppress(FieldError):
                facts[name] = read(text)
        pairs = self._deadlines(message, now)
        if pairs and all(
            found.kind == "date" and len(found.alternatives) < 2 for found, _ in pairs
        ):
            facts["deadline"] = deadlines_to_json(pairs)
        return {name: value for name, value in facts.items() if name in self._required}


def deadline_to_json(deadline: Deadline, purpose: str | None = None) -> dict[str, str | None]:
    """Return a deadline, and what is due, as a value that survives JSON."""
    return {
        "kind": deadline.kind,
        "date": deadline.date.isoformat() if deadline.date else None,
        "time": deadline.time.isoformat("minutes") if deadline.time else None,
        "said": deadline.said,
        "purpose": purpose,
    }


def deadlines_to_json(
    pairs: Iterable[tuple[Deadline, str | None]],
) -> list[dict[str, str | None]]:
    """Return deadlines, each with what is due, as a value that survives JSON."""
    return [deadline_to_json(deadline, purpose) for deadline, purpose in pairs]


def deadlines_from_json(
    values: Iterable[Mapping[str, Any]] | None,
) -> list[tuple[Deadline, str | None]]:
    """Return what `deadlines_to_json` wrote; one of kind ``none`` where nothing was said."""
    if not values:
        return [(Deadline(kind="none", said=""), None)]
    return [(deadline_from_json(value), value.get("purpose")) for value in values]


def deadline_from_json(value: Mapping[str, Any]) -> Deadline:
    """Return the deadline that `deadline_to_json` wrote."""
    return Deadline(
        kind=value["kind"],
        date=dt.date.fromisoformat(value["date"]) if value["date"] else None,
        time=dt.time.fromisoformat(value["time"]) if value["time"] else None,
        said=value["said"],
    )


def _without_contacts(text: str, country: str) -> str:
    """Take an e-mail address and a telephone number out of a name: «Mario Rossi, m@x.it»."""
    if looks_like_command(text):
        return text
    rest = text
    if found := find_email(rest):
        rest = _CONTACT_WORD.sub("", rest.replace(found, " ").rstrip() + " ")
    with suppress(FieldError):
        read_phone(rest, country)
        rest = _CONTACT_WORD.sub("", rest.replace(find_phone(rest) or "", " ").rstrip() + " ")
    return re.sub(r"[\s,;:(]+$", "", rest)


def _readings(deadline: Deadline) -> tuple[Mapping[str, Any], ...]:
    """Return the days among which to choose."""
    return tuple(
        deadline_to_json(replace(deadline, date=day, alternatives=()))
        for day in deadline.alternatives
    )


def _refuse(asked: str, reason: str = "") -> Turn:
    name = f"utter_error_{asked}_{reason}" if reason else f"utter_error_{asked}"
    return Turn(asks=asked, replies=(Reply(name),))
