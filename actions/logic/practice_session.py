"""A session of the training: its questions, where it stands, and how the open one is shown."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from actions.logic.memory import LEECH, Result
from actions.logic.quiz import Case, Choice, FreeText, Item, Matching, Quiz, Topic, TrueFalse
from actions.logic.wording import clean, fold

CASES = ("internal", "external", "third_party", "customer")
TRUTHS = ("true", "false")
LETTERS = "ABCDE"
STEM = 4  # letters
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Done:
    """A question that was answered in this session."""

    item: str
    result: Result
    delivery: str


@dataclass(frozen=True)
class Session:
    """Where a session stands; as JSON it is what the conversation remembers.

    ``items`` are those answered, those skipped, the open one and those to come, in this order.
    ``order`` is how the options of the open question are shuffled: ``order[0]`` is shown first.
    ``matched`` holds, for each term of a matching that has one, the place of its match as shown.
    ``chosen`` is an answer that waits for how sure the learner is.
    """

    id: str
    items: tuple[str, ...]
    done: tuple[Done, ...] = ()
    skipped: tuple[str, ...] = ()
    answers: int = 0  # all that were graded, also those taken back: numbers their deliveries
    order: tuple[int, ...] = ()
    asked_at: str | None = None
    matched: tuple[int, ...] = ()
    chosen: str | None = None
    answered_at: str | None = None
    tries: int = 0

    @property
    def item(self) -> str | None:
        """The question that is open; None at the end."""
        at = len(self.done) + len(self.skipped)
        return self.items[at] if at < len(self.items) else None

    def after(
        self, *, done: tuple[Done, ...] | None = None, skipped: tuple[str, ...] | None = None
    ) -> Session:
        """Return the session with other questions behind it; what is not comes next."""
        done = self.done if done is None else done
        skipped = self.skipped if skipped is None else skipped
        behind = (*(each.item for each in done), *skipped)
        ahead = tuple(item for item in self.items if item not in behind)
        return replace(self, items=(*behind, *ahead), done=done, skipped=skipped)

    def to_json(self) -> dict[str, Any]:
        """Return it as the conversation remembers it."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Session:
        """Read what `to_json` returned, after a way through JSON."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in content.items()
        }
        values["done"] = tuple(Done(**each) for each in content["done"])
        return cls(**values)


@dataclass(frozen=True)
class Shown:
    """An open question as people see it; ``options`` are its buttons, by what they answer."""

    text: str
    options: Mapping[str, str] = field(default_factory=dict)


def pick(
    quiz: Quiz,
    cards: Mapping[str, Any],
    now: dt.datetime,
    *,
    count: int,
    draw: random.Random,
    topic: str | None = None,
    due_only: bool = False,
) -> list[str]:
    """Return the items of a session: what is due, then what is new.

    Args:
        quiz: All questions.
        cards: The learner's cards by item, with ``due`` and ``wrong``.
        now: The current moment.
        count: How many at most.
        draw: Shuffles what has no order of its own.
        topic: Only questions of this topic, then also those that are not due yet.
        due_only: Nothing but what is due.
    """
    wanted = quiz.topics[topic].items if topic else tuple(quiz.items.values())
    known = sorted(
        (item for item in wanted if item.id in cards),
        # What keeps being wrong comes first, then what has waited longest.
        key=lambda item: (cards[item.id].wrong < LEECH, cards[item.id].due),
    )
    due = [item for item in known if cards[item.id].due <= now]
    if due_only:
        return [item.id for item in due[:count]]
    new = [item for item in wanted if item.id not in cards]
    draw.shuffle(new)
    ahead = [item for item in known if item not in due] if topic else []
    return [item.id for item in [*due, *_varied(new), *ahead][:count]]


def _varied(items: Sequence[Item]) -> list[Item]:
    """Return the items so that kinds alternate where they can."""
    left = list(items)
    result: list[Item] = []
    while left:
        last = result[-1].kind if result else None
        chosen = next((item for item in left if item.kind != last), left[0])
        left.remove(chosen)
        result.append(chosen)
    return result


def find_topic(quiz: Quiz, text: str) -> str | None:
    """Return the topic that a message names in either language; None where it names several."""
    stems = {topic.id: _stems(topic) for topic in quiz.topics.values()}
    shared = {stem for own in stems.values() for stem in own}
    shared = {stem for stem in shared if sum(stem in own for own in stems.values()) > 1}
    words = _WORD.findall(fold(clean(text)))
    # What stands in several topics' names («cliente») tells none of them.
    named = {
        topic: sum(any(word.startswith(stem) for word in words) for stem in own - shared)
        for topic, own in stems.items()
    }
    most = max(named.values(), default=0)
    best = [topic for topic, number in named.items() if number == most]
    return best[0] if most and len(best) == 1 else None


def _stems(topic: Topic) -> set[str]:
    """Return the words of a topic's names without their endings: «terz» of «clienti terzi»."""
    names = fold(f"{topic.name.it} {topic.name.en} {topic.id.replace('_', ' ')}")
    return {word[: max(STEM, len(word) - 1)] for word in _WORD.findall(names) if len(word) >= STEM}


def open_next(session: Session, quiz: Quiz, draw: random.Random, now: dt.datetime) -> Session:
    """Shuffle the options of the question that is open now, and start its time."""
    item = quiz.items[session.item] if session.item else None
    count = 0
    if isinstance(item, Choice):
        count = len(item.options)
    elif isinstance(item, Matching):
        count = len(item.pairs)
    order = list(range(count))
    draw.shuffle(order)
    return replace(
        session,
        order=tuple(order),
        asked_at=now.isoformat(),
        matched=(),
        chosen=None,
        answered_at=None,
        tries=0,
    )


def show(session: Session, item: Item, language: str, names: Mapping[str, str]) -> Shown:
    """Return the open question with its options.

    Args:
        session: Where it stands.
        item: The open one.
        language: ``it`` or ``en``.
        names: What `CASES` and `TRUTHS` are called in that language.
    """
    question = item.question.in_language(language)
    if isinstance(item, Choice):
        texts = [item.options[i].in_language(language) for i in session.order]
        lines = [f"{n}. {text}" for n, text in enumerate(texts, 1)]
        return Shown(
            "\n".join([question, "", *lines]), {str(n): str(n) for n in range(1, len(texts) + 1)}
        )
    if isinstance(item, (TrueFalse, Case)):
        return Shown(
            question, {name: names[name] for name in (CASES if item.kind == "case" else TRUTHS)}
        )
    if isinstance(item, Matching):
        return _show_matching(session, item, language, question)
    return Shown(question)


def _show_matching(session: Session, item: Matching, language: str, question: str) -> Shown:
    terms = [
        f"{n}. {pair.term.in_language(language)}"
        + (f" → {LETTERS[session.matched[n - 1]]}" if n <= len(session.matched) else "")
        for n, pair in enumerate(item.pairs, 1)
    ]
    matches = [
        f"{LETTERS[place]}. {item.pairs[i].match.in_language(language)}"
        for place, i in enumerate(session.order)
    ]
    term = len(session.matched) + 1
    options = {
        f"{term}{LETTERS[place]}": f"{term} → {LETTERS[place]}"
        for place in range(len(item.pairs))
        if place not in session.matched
    }
    return Shown("\n".join([question, "", *terms, "", *matches]), options)


def right_answer(item: Item, language: str, names: Mapping[str, str]) -> str:
    """Return the right answer in words."""
    if isinstance(item, Choice):
        return next(option for option in item.options if option.right).in_language(language)
    if isinstance(item, TrueFalse):
        return names["true" if item.answer else "false"]
    if isinstance(item, Case):
        return names[item.answer]
    if isinstance(item, Matching):
        return _joined(item, range(len(item.pairs)), language)
    return "; ".join(point.in_language(language) for point in item.points if point.essential)


def in_words(
    session: Session, item: Item, chosen: str, language: str, names: Mapping[str, str]
) -> str:
    """Return an answer as the learner would read it again."""
    if isinstance(item, Choice):
        return item.options[session.order[int(chosen) - 1]].in_language(language)
    if isinstance(item, Matching):
        matched = [session.order[LETTERS.index(letter)] for letter in chosen]
        return _joined(item, matched, language)
    return chosen if isinstance(item, FreeText) else names[chosen]


def _joined(item: Matching, matched: Sequence[int], language: str) -> str:
    return "; ".join(
        f"{pair.term.in_language(language)} → {item.pairs[i].match.in_language(language)}"
        for pair, i in zip(item.pairs, matched)
    )
