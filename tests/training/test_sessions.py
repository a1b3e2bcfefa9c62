"""Plays every session beside this file over HTTP, against the real bot and action server.

A session is a list of turns of one learner, to whom the questions under ``due`` are due today, in
this order. What the learner does: ``user`` (types), ``click`` (a button of the last replies, by its
title), ``answer: right`` or ``wrong`` (types the number, the letters or the word), ``press: right``
or ``wrong`` (presses that button; of a matching, of its next term), ``again`` (repeats the last
thing sent, word for word). What must come back: ``quiz`` (the question that is asked), ``n`` and
``of``, ``graded`` (right, partly or wrong), ``faq``, ``passage``, ``asks`` (an open field of an
intake), ``says`` and ``not_says`` (parts of the text), ``buttons`` (titles). At the end ``reviews``
are all answers that were stored: item, result, and where they count sure, rating, answer, language,
contested and undone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from fsrs import Rating
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session as Database

from actions.logic.practice_session import LETTERS
from actions.logic.quiz import Case, Choice, FreeText, Matching, TrueFalse, load_quiz
from actions.settings import Settings
from actions.store import learning
from actions.store.models import LearningCard, LearningReview
from bot.chat import Conversation
from tests.conftest import HOME
from tests.dialogues.test_dialogues import custom, payload

QUIZ = load_quiz(HOME / "data")
SESSIONS = sorted(Path(__file__).parent.glob("*.yml"))
Replies = list[dict[str, Any]]


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_session(path: Path, running: tuple[Settings, Engine]) -> None:
    settings, engine = running
    script = yaml.safe_load(path.read_text(encoding="utf-8"))
    learner = Learner(settings, engine, script.get("due", ()))
    for number, turn in enumerate(script["turns"], start=1):
        learner.play(turn, f"turn {number}: {turn}")
    check_reviews(script.get("reviews", []), learner.reviews())
    learner.check_cards()


class Learner:
    """Somebody who practises over REST, and what the database knows of them."""

    def __init__(self, settings: Settings, engine: Engine, due: Any = ()) -> None:
        sender = uuid.uuid4().hex
        self._key = f"rest:{sender}"
        self._talk = Conversation(settings.bot_url, sender)
        self._engine = engine
        self._said = ""
        self.last: Replies = []
        self.question: dict[str, Any] = {}
        self._seed(list(due))

    def _seed(self, due: list[str]) -> None:
        """Let questions be due today: they were answered right some days ago."""
        now = dt.datetime.now(dt.timezone.utc)
        with Database(self._engine) as session:
            learner = learning.enrol(
                session, self._key, language="it", goal=5, reminder_hour=None, now=now
            )
            for place, item in enumerate(due):
                moment = now - dt.timedelta(days=10) + dt.timedelta(minutes=place)
                graded = learning.Graded(
                    item, f"{self._key}:{item}", "", "right", 1.0, None, Rating.Good, None
                )
                learning.note_review(
                    session, learner.id, graded, channel="rest", language="it", now=moment
                )
            session.commit()
            self._id = learner.id

    def play(self, turn: dict[str, Any], where: str) -> None:
        """Play a turn and check what comes back."""
        if "click" in turn:
            said = payload(self.last, turn["click"])
        elif "answer" in turn:
            said = self.typed(turn["answer"])
        elif "press" in turn:
            said = self.pressed(turn["press"])
        else:
            said = self._said if turn.get("again") else turn["user"]
        self.say(said)
        self._check(turn, where)

    def say(self, text: str) -> Replies:
        """Send a text and remember which question is open."""
        self._said = text
        self.last = self._talk.send(text)
        for reply in self.last:
            if reply.get("buttons") or "Domanda " in reply.get("text", ""):
                self._shown = reply.get("text", "")
        self.question = custom(self.last, "quiz") or self.question
        return self.last

    def typed(self, wish: str) -> str:
        """Return what one types to answer the open question right or wrong."""
        item = QUIZ.items[self.question["item"]]
        if isinstance(item, Choice):
            right = next(o for o in item.options if o.right)
            wrong = next(o for o in item.options if not o.right)
            return self._number_of(right if wish == "right" else wrong)
        if isinstance(item, TrueFalse):
            return "vero" if item.answer == (wish == "right") else "falso"
        if isinstance(item, Case):
            return {
                "internal": "interno",
                "external": "esterno",
                "third_party": "terzo",
                "customer": "acquirente",
            }[item.answer if wish == "right" else _another(item.answer)]
        assert isinstance(item, Matching)
        letters = [self._letter_of(pair.match) for pair in item.pairs]
        if wish == "wrong":
            letters = letters[1:] + letters[:1]
        return " ".join(f"{n}{letter}" for n, letter in enumerate(letters, 1))

    def pressed(self, wish: str) -> str:
        """Return what the button sends that answers the open question right or wrong."""
        item = QUIZ.items[self.question["item"]]
        buttons = [b for reply in self.last for b in reply.get("buttons", ())]
        if isinstance(item, Choice):
            title = self.typed(wish)
        elif isinstance(item, (TrueFalse, Case)):
            value = item.answer if isinstance(item, Case) else str(item.answer).lower()
            if wish == "wrong":
                value = _another(value) if isinstance(item, Case) else str(not item.answer).lower()
            return next(b["payload"] for b in buttons if b["payload"].endswith(f':{value}"}}'))
        else:
            assert isinstance(item, Matching)
            # Beside those that contest the grade of the question before.
            title = next(b["title"] for b in buttons if b["title"][0].isdigit())
            term = int(title[0])
            right = self._letter_of(item.pairs[term - 1].match)
            left = [b["title"] for b in buttons if b["title"].startswith(f"{term} ")]
            chosen = [t for t in left if (t[-1] == right) == (wish == "right")]
            title = chosen[0]
        return next(b["payload"] for b in buttons if b["title"] == title)

    def _number_of(self, option: Any) -> str:
        lines = self._shown.splitlines()
        return next(
            line.split(".")[0]
            for line in lines
            if line.partition(". ")[2] in (option.it, option.en) and line[0].isdecimal()
        )

    def _letter_of(self, match: Any) -> str:
        lines = self._shown.splitlines()
        return next(
            line[0]
            for line in lines
            if line.partition(". ")[2] in (match.it, match.en) and line[0] in LETTERS
        )

    def _check(self, turn: dict[str, Any], where: str) -> None:
        text = "\n".join(reply.get("text", "") for reply in self.last)
        quiz = custom(self.last, "quiz") or {}
        for key, found in (
            ("quiz", quiz.get("item")),
            ("n", quiz.get("n")),
            ("of", quiz.get("of")),
            ("graded", (custom(self.last, "graded") or {}).get("result")),
            ("faq", custom(self.last, "faq")),
            ("passage", custom(self.last, "passage")),
            ("asks", custom(self.last, "asks")),
        ):
            if key in turn:
                assert found == turn[key], f"{where}: {key} is {found!r} in {self.last}"
        if "graded" not in turn:
            assert custom(self.last, "graded") is None, f"{where}: graded in {self.last}"
        for part in _list(turn.get("says")):
            assert part in text, f"{where}: {part!r} not in {text!r}"
        for part in _list(turn.get("not_says")):
            assert part not in text, f"{where}: {part!r} in {text!r}"
        titles = [b["title"] for reply in self.last for b in reply.get("buttons", ())]
        for title in turn.get("buttons", ()):
            assert title in titles, f"{where}: no button {title!r} among {titles}"

    def reviews(self) -> list[Any]:
        """Return what was stored while the session was played."""
        with Database(self._engine) as session:
            query = sa.select(LearningReview).where(LearningReview.learner_id == self._id)
            rows = session.execute(query.order_by(LearningReview.id)).scalars()
            return [row for row in rows if not row.delivery.startswith("rest:")]

    def check_cards(self) -> None:
        """Compute the cards anew from the log: they must be what they are."""
        with Database(self._engine) as session:
            query = sa.select(LearningCard).where(LearningCard.learner_id == self._id)
            cards = {card.item: card for card in session.execute(query).scalars()}
            before = {name: (c.state, c.stability, c.due, c.wrong) for name, c in cards.items()}
            items = session.execute(
                sa.select(LearningReview.item)
                .where(LearningReview.learner_id == self._id, LearningReview.undone_at.is_(None))
                .distinct()
            ).scalars()
            assert set(items) == set(cards)
            for item in cards:
                learning.recompute(session, self._id, item)
            after = {name: (c.state, c.stability, c.due, c.wrong) for name, c in cards.items()}
            assert after == before


def check_reviews(expected: list[dict[str, Any]], found: list[Any]) -> None:
    """Compare the stored answers with what a session says of them."""
    shown = [(row.item, row.result) for row in found]
    assert shown == [(row["item"], row["result"]) for row in expected]
    for row, wanted in zip(found, expected):
        for name in ("sure", "rating", "answer", "language"):
            if name in wanted:
                assert getattr(row, name) == wanted[name], (row.item, name)
        assert (row.contested_at is not None) == wanted.get("contested", False), row.item
        assert (row.undone_at is not None) == wanted.get("undone", False), row.item


def _another(case: str) -> str:
    return "external" if case != "external" else "internal"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


@pytest.mark.parametrize(("language", "questions"), [("it", len(QUIZ.items)), ("en", 20)])
def test_every_question_can_be_answered_right(
    language: str, questions: int, running: tuple[Settings, Engine]
) -> None:
    """One learner goes through the questions; each answer is typed, and each counts as right."""
    learner = Learner(*running)
    learner.say("quiz" if language == "it" else "could you quiz me please?")
    if language == "en":
        learner.say("english please")
    seen: set[str] = set()
    while len(seen) < questions:
        item = QUIZ.items[learner.question["item"]]
        assert item.id not in seen
        seen.add(item.id)
        last = learner.question["n"] == learner.question["of"]
        if isinstance(item, FreeText):
            essential = [p.in_language(language) for p in item.points if p.essential]
            replies = learner.say(". ".join(essential))
        else:
            learner.say(learner.typed("right"))
            replies = learner.say("sì" if language == "it" else "I am sure")
        graded = custom(replies, "graded")
        assert graded == {"item": item.id, "correct": True, "result": "right"}, replies
        assert item.source in next(r["text"] for r in replies if item.source in r.get("text", ""))
        if last and len(seen) < questions:
            learner.say(
                payload(learner.last, "Altre domande" if language == "it" else "More questions")
            )
    rows = learner.reviews()
    assert {row.item for row in rows} == seen
    assert all(row.result == "right" for row in rows)
    learner.check_cards()


def test_every_question_can_be_answered_wrong(running: tuple[Settings, Engine]) -> None:
    """By buttons; what was wrong comes back before anything new."""
    learner = Learner(*running)
    learner.say("quiz")
    for _ in range(20):
        item = QUIZ.items[learner.question["item"]]
        last = learner.question["n"] == learner.question["of"]
        if isinstance(item, FreeText):
            replies = learner.say("mah, cose così")
        else:
            for _ in range(5):
                replies = learner.say(learner.pressed("wrong"))
                if custom(replies, "quiz") is None:
                    break
            replies = learner.say(payload(replies, "Ho qualche dubbio"))
        assert custom(replies, "graded")["result"] != "right", replies
        if last:
            assert "Da rileggere" in replies[-1]["text"] or "Da rileggere" in replies[-2]["text"]
            learner.say(payload(learner.last, "Altre domande"))
    assert len(learner.reviews()) == 20
    learner.check_cards()


def test_nobody_sees_what_another_has_answered(running: tuple[Settings, Engine]) -> None:
    first, second = Learner(*running), Learner(*running)
    first.say("quiz")
    for _ in range(3):
        first.say("salta")
    first.say("i miei progressi")
    second.say("i miei progressi")
    text = "\n".join(reply.get("text", "") for reply in second.last)
    assert "Domande già viste: 0 su" in text
    assert "—" in text
    second.say("annulla l'ultima risposta")
    assert second.reviews() == []
    assert first.reviews() == []
