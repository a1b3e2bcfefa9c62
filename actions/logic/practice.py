"""The training as a dialogue: from a session and what was just said to what happens next.

Pure, like the intake: it knows neither Rasa nor the database, and the time comes in. `answer` says
what a message does; `practice_reading` knows the words, `practice_session` the questions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from fsrs import Rating

from actions.logic.grading import Grade, Grader
from actions.logic.intake import Reply
from actions.logic.meanings import SURE, TOO_LONG, Message
from actions.logic.memory import Result, rate
from actions.logic.practice_reading import (
    follow_up,
    is_digression,
    read_answer,
    read_certainty,
    read_wish,
    wants_to_leave,
)
from actions.logic.practice_session import LETTERS, Done, Session
from actions.logic.quiz import Case, Choice, FreeText, Item, Matching, Quiz
from actions.logic.wording import looks_like_command

# What is asked: an answer, or how sure the learner is of it.
ANSWER, CERTAINTY = "practice_answer", "practice_sure"
TRIES = 3


@dataclass(frozen=True)
class Graded:
    """An answer with its grade.

    ``chosen`` is what the learner said, as `read_answer` returns it; ``shown`` is how the options
    stood then.
    """

    item: Item
    shown: Session
    delivery: str
    chosen: str
    result: Result
    score: float
    sure: bool | None
    rating: Rating
    seconds: int | None
    grade: Grade | None = None


@dataclass(frozen=True)
class Step:
    """What a message does: the session afterwards, what is said, what is asked next.

    ``undone`` and ``contested`` name the delivery of an earlier answer, ``faq`` an entry to tell.
    The outcome is ``paused`` or ``finished``.
    """

    session: Session
    asks: str | None
    replies: tuple[Reply, ...] = ()
    graded: Graded | None = None
    outcome: str | None = None
    digression: bool = False
    undone: str | None = None
    contested: str | None = None
    faq: str | None = None


def answer(
    session: Session,
    quiz: Quiz,
    message: Message,
    now: dt.datetime,
    asks: str | None,
    grader: Grader,
) -> Step:
    """Say what a message does while a question of the session is open.

    Args:
        session: Where it stands; it has an open question.
        quiz: All questions.
        message: What was said, or the choice of a button.
        now: The current moment.
        asks: What was asked: `ANSWER` or `CERTAINTY`.
        grader: Grades what is written.
    """
    assert session.item is not None
    item = quiz.items[session.item]
    if message.choice:
        return _pressed(session, quiz, item, message.choice, now, asks)
    if message.label == TOO_LONG or (
        looks_like_command(message.text) and isinstance(item, FreeText)
    ):
        return Step(session, asks, digression=True)
    if not looks_like_command(message.text):
        if wish := read_wish(message):
            return _wish(session, quiz, wish, asks)
        if entry := follow_up(message, quiz, session):
            return Step(session, asks, faq=entry)
    if asks == CERTAINTY:
        sure = read_certainty(message.text)
        if sure is None and message.label in ("affirm", "deny") and message.confidence >= SURE:
            sure = message.label == "affirm"
        if sure is not None:
            return _graded(session, item, sure)
    # Where it was asked how sure they are, another answer takes the place of the first.
    value, sure = read_answer(session, item, message)
    if wants_to_leave(message, item) and (value is None or isinstance(item, FreeText)):
        return _wish(session, quiz, "pause", asks)
    if value is not None and isinstance(item, FreeText):
        session = replace(session, chosen=value, answered_at=now.isoformat())
        return _graded(session, item, None, grader(item, value))
    if value is not None:
        return _chosen(session, item, value, sure, now)
    if is_digression(message, item):
        return Step(session, asks, digression=True)
    return _not_understood(session, item, asks)


def take_back(session: Session, quiz: Quiz, wish: str, asks: str | None) -> Step:
    """Undo or contest the latest answer of a session, which may have come to its end."""
    last = session.done[-1] if session.done else None
    if wish == "contest":
        if last is None or not isinstance(quiz.items.get(last.item), FreeText):
            return Step(session, asks, (Reply("utter_practice_nothing_to_contest"),))
        done = (*session.done[:-1], replace(last, result="right"))
        contested = replace(session, done=done)
        reply = Reply("utter_practice_contested")
        return Step(contested, asks, (reply,), contested=last.delivery)
    if last is None:
        return Step(session, asks, (Reply("utter_practice_nothing_to_undo"),))
    # What was skipped since then comes again after it.
    items = (*(each.item for each in session.done), *session.skipped)
    items += tuple(item for item in session.items if item not in items)
    back = replace(session, items=items, done=session.done[:-1], skipped=())
    return Step(back, ANSWER, (Reply("utter_practice_undone"),), undone=last.delivery)


def _pressed(
    session: Session,
    quiz: Quiz,
    item: Item,
    choice: Mapping[str, str],
    now: dt.datetime,
    asks: str | None,
) -> Step:
    """Do what a button says, if it belongs to what is open."""
    if (wish := choice.get("practice")) in ("undo", "contest", "pause", "skip"):
        return _wish(session, quiz, wish, asks)
    about, _, value = choice.get(asks or "", "").partition(":")
    stale = Step(session, asks, (Reply("utter_practice_stale"),))
    if about != item.id:
        return stale
    if asks == CERTAINTY:
        return _graded(session, item, value == "yes")
    if isinstance(item, Matching):
        term, letter = value[:1], value[1:]
        if term != str(len(session.matched) + 1):
            return stale
        value = "".join(LETTERS[place] for place in session.matched) + letter
    return _chosen(session, item, value, None, now)


def _wish(session: Session, quiz: Quiz, wish: str, asks: str | None) -> Step:
    if wish == "pause":
        return Step(session, None, outcome="paused")
    if wish == "skip":
        return _skip(session, Reply("utter_practice_skipped"))
    return take_back(session, quiz, wish, asks)


def _not_understood(session: Session, item: Item, asks: str | None) -> Step:
    if session.tries + 1 < TRIES:
        response = "sure" if asks == CERTAINTY else item.kind
        again = replace(session, tries=session.tries + 1)
        return Step(again, asks, (Reply(f"utter_error_practice_{response}"),))
    if asks == CERTAINTY:
        return _graded(session, item, None)
    return _skip(session, Reply("utter_practice_not_read"))


def _skip(session: Session, reply: Reply) -> Step:
    assert session.item is not None
    skipped = session.after(skipped=(*session.skipped, session.item))
    return _next(Step(skipped, ANSWER, (reply,)))


def _next(step: Step) -> Step:
    return step if step.session.item else replace(step, asks=None, outcome="finished")


def _chosen(session: Session, item: Item, value: str, sure: bool | None, now: dt.datetime) -> Step:
    """Take an answer: go on to the next term, ask how sure the learner is, or grade it."""
    if isinstance(item, Matching):
        if len(value) == len(item.pairs) - 1:
            value += next(letter for letter in LETTERS if letter not in value)
        session = replace(session, matched=tuple(map(LETTERS.index, value)), tries=0)
        if len(value) < len(item.pairs):
            return Step(session, ANSWER)
    session = replace(session, chosen=value, answered_at=now.isoformat(), tries=0)
    return Step(session, CERTAINTY) if sure is None else _graded(session, item, sure)


def _graded(session: Session, item: Item, sure: bool | None, grade: Grade | None = None) -> Step:
    chosen = session.chosen or ""
    score = grade.score if grade else _score(session, item, chosen)
    result: Result = "right" if score == 1 else "partly" if score >= 0.5 else "wrong"
    if grade:
        result = grade.result
    seconds = _seconds(session.asked_at, session.answered_at)
    delivery = f"{session.id}:{session.answers}"
    graded = Graded(
        item=item,
        shown=session,
        delivery=delivery,
        chosen=chosen,
        result=result,
        score=score,
        sure=sure,
        rating=rate(result, sure, seconds),
        seconds=seconds,
        grade=grade,
    )
    done = (*session.done, Done(item.id, result, delivery))
    after = replace(session.after(done=done), answers=session.answers + 1)
    return _next(Step(after, ANSWER, graded=graded))


def _score(session: Session, item: Item, chosen: str) -> float:
    """Return the share that is right, 0 to 1."""
    if isinstance(item, Choice):
        return float(item.options[session.order[int(chosen) - 1]].right)
    if isinstance(item, Matching):
        fits = [session.order[LETTERS.index(letter)] == n for n, letter in enumerate(chosen)]
        return sum(fits) / len(fits)
    if isinstance(item, Case):
        return float(chosen == item.answer)
    assert not isinstance(item, FreeText)
    return float((chosen == "true") == item.answer)


def _seconds(start: str | None, end: str | None) -> int | None:
    if start is None or end is None:
        return None
    passed = dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)
    return max(0, round(passed.total_seconds()))
