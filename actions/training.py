"""The actions of the training: who practises, which questions, what is said of an answer."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import DeskAction, Events
from actions.desk import Desk
from actions.logic.deadlines import in_words
from actions.logic.memory import LEECH
from actions.logic.practice import (
    ANSWER,
    CERTAINTY,
    Graded,
    Step,
    answer,
    take_back,
)
from actions.logic.practice_reading import Wish, read_request
from actions.logic.practice_session import (
    CASES,
    TRUTHS,
    Session,
    find_topic,
    open_next,
    pick,
    right_answer,
    show,
)
from actions.logic.practice_session import in_words as answer_in_words
from actions.logic.quiz import Choice, FreeText, Matching
from actions.logic.references import find_learner_code
from actions.slots import active_form, message_of, open_before, slot_before, was_handled
from actions.store import learning, slack_routes
from actions.store.learning import Progress
from actions.store.lookups import TooManyTries

FORM = "practice_form"
# Channels on which a person's own id is verified; elsewhere they sign in with a code.
SLACK, REST = "slack", "rest"
MOST_TO_READ = 3
DRAW = random.SystemRandom()


def learner_key(channel: str | None, conversation_id: str) -> str | None:
    """Return whom a channel has verified to be speaking; None where it knows nobody."""
    if channel == SLACK:
        # Whatever the thread, it is one person: slack:<team>:<user>[:<thread>].
        return ":".join(conversation_id.split(":")[:3])
    if channel == REST:
        # Only in development: rest:<sender>; the terminal calls itself terminal:<user>:<random>.
        parts = conversation_id.split(":")
        terminal = len(parts) == 4 and parts[1] == "terminal"
        return ":".join(parts[1:3]) if terminal else conversation_id
    return None


class SignIn(DeskAction):
    """Let whoever has a learner's code practise in this conversation."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_sign_in"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Check the code, once; where the channel knows who speaks, it stays good."""
        if learner_key(tracker.get_latest_input_channel(), tracker.sender_id) is not None:
            dispatcher.utter_message(response="utter_sign_in_not_needed")
            return []
        code = find_learner_code(message_of(tracker).text) or ""

        def check() -> Any:
            with desk.sessions() as session:
                return learning.sign_in(session, code, tracker.sender_id, desk.now())

        try:
            learner = await asyncio.to_thread(check)
        except TooManyTries:
            dispatcher.utter_message(response="utter_too_many_tries")
            return []
        dispatcher.utter_message(response="utter_signed_in" if learner else "utter_not_signed_in")
        return []


class OpenPractice(DeskAction):
    """Begin a session, go on with one, or do what else belongs to the training."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_open_practice"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Read what is wanted from the button or the words."""
        if active_form(tracker) not in (None, FORM):
            dispatcher.utter_message(response="utter_practice_not_now")
            return []
        if await asyncio.to_thread(_is_overheard, desk, tracker):
            dispatcher.utter_message(response="utter_practice_in_private")
            return []
        message = message_of(tracker)
        wish = read_request(message)
        session = session_of(tracker)
        language = message.language
        learner_id = await asyncio.to_thread(_learner_id, desk, tracker, language)
        if learner_id is None:
            dispatcher.utter_message(response="utter_training")
            return []
        if wish.what in ("undo", "contest"):
            return await self._take_back(desk, dispatcher, tracker, learner_id, wish.what)
        if wish.what in ("progress", "topics", "goal", "reminder", "hour", "code"):
            return await self._besides(desk, dispatcher, learner_id, wish, language)
        topic = wish.topic or find_topic(desk.quiz, message.text)
        if session and session.item and wish.what in (None, "resume") and not topic:
            if active_form(tracker) is None:
                dispatcher.utter_message(response="utter_practice_resumed")
            return [ActiveLoop(FORM), SlotSet("requested_slot", _asks(session))]
        return await self._begin(desk, dispatcher, learner_id, topic, wish.what == "due", language)

    async def _begin(
        self,
        desk: Desk,
        dispatcher: CollectingDispatcher,
        learner_id: int,
        topic: str | None,
        due_only: bool,
        language: str,
    ) -> Events:
        now = desk.now()
        cards = await asyncio.to_thread(_cards, desk, learner_id)
        items = pick(
            desk.quiz,
            cards,
            now,
            count=desk.firm.training.questions,
            draw=DRAW,
            topic=topic,
            due_only=due_only,
        )
        if not items:
            following = min((card.due for card in cards.values()), default=None)
            day = in_words(_day(desk, following or now), None, language)
            nothing = "nothing_due" if due_only else "all_known"
            dispatcher.utter_message(response=f"utter_practice_{nothing}", day=day)
            return [SlotSet("practice", None)]
        session = open_next(
            Session(id=secrets.token_hex(8), items=tuple(items)), desk.quiz, DRAW, now
        )
        dispatcher.utter_message(response="utter_practice_begun", count=len(items))
        return [
            SlotSet("practice", session.to_json()),
            ActiveLoop(FORM),
            SlotSet("requested_slot", ANSWER),
        ]

    async def _take_back(
        self,
        desk: Desk,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        learner_id: int,
        wish: str,
    ) -> Events:
        """Undo or contest the last answer of a session that is over or paused."""
        session = session_of(tracker)
        if session is None:
            dispatcher.utter_message(response=f"utter_practice_nothing_to_{wish}")
            return []
        step = take_back(session, desk.quiz, wish, None)
        for reply in step.replies:
            dispatcher.utter_message(response=reply.response)
        await asyncio.to_thread(_store, desk, learner_id, step, tracker, "it")
        if step.asks is None:
            return [SlotSet("practice", step.session.to_json())]
        opened = open_next(step.session, desk.quiz, DRAW, desk.now())
        return [
            SlotSet("practice", opened.to_json()),
            ActiveLoop(FORM),
            SlotSet("requested_slot", ANSWER),
        ]

    async def _besides(
        self,
        desk: Desk,
        dispatcher: CollectingDispatcher,
        learner_id: int,
        wish: Wish,
        language: str,
    ) -> Events:
        if wish.what == "topics":
            buttons = [
                {
                    "title": topic.name.in_language(language),
                    "payload": f'/start_training{{"practice": "topic:{topic.id}"}}',
                }
                for topic in desk.quiz.topics.values()
            ]
            names = "\n".join(f"• {button['title']}" for button in buttons)
            dispatcher.utter_message(
                response="utter_practice_topics", topics=names, buttons=buttons
            )
        elif wish.what == "progress":
            progress = await asyncio.to_thread(_progress, desk, learner_id)
            dispatcher.utter_message(
                response="utter_practice_progress", **progress_words(desk, progress, language)
            )
        elif wish.what == "hour":
            dispatcher.utter_message(response="utter_practice_reminder_hour")
        elif wish.what == "code":
            code = await asyncio.to_thread(_issue_code, desk, learner_id)
            dispatcher.utter_message(response="utter_practice_code", code=code)
        else:
            await asyncio.to_thread(_set, desk, learner_id, wish)
            response = f"utter_practice_{wish.what}"
            if wish.what == "reminder" and wish.number is None:
                response += "_off"
            dispatcher.utter_message(response=response, number=wish.number)
        return []


class ValidatePracticeForm(DeskAction):
    """Let the rules read the answer, store its grade, and say what it was worth."""

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return f"validate_{FORM}"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Store first, then say it; return the session and the question that is open afterwards."""
        session, asks = session_of(tracker), tracker.get_slot("requested_slot")
        if session is None or session.item not in desk.quiz.items:
            # The question was taken out of the files meanwhile.
            return [SlotSet("practice_outcome", "finished"), SlotSet("requested_slot", None)]
        if was_handled(tracker, FORM):
            return [SlotSet("requested_slot", _asks(session))]
        message = message_of(tracker)
        step = await asyncio.to_thread(
            answer, session, desk.quiz, message, desk.now(), asks, desk.grade
        )
        if step.digression:
            return [ActionExecutionRejected(FORM)]
        learner_id = await asyncio.to_thread(_learner_id, desk, tracker, message.language)
        if learner_id is None:  # signed out, or erased
            dispatcher.utter_message(response="utter_training")
            return [SlotSet("practice", None), ActiveLoop(None), SlotSet("requested_slot", None)]
        await asyncio.to_thread(_store, desk, learner_id, step, tracker, message.language)
        for reply in step.replies:
            dispatcher.utter_message(response=reply.response)
        if step.faq:
            dispatcher.utter_message(response=f"utter_faq/{step.faq}")
        if step.graded:
            _say_grade(desk, dispatcher, step.graded, message.language)
        after = step.session
        if after.item and (after.item != session.item or step.undone):
            after = open_next(after, desk.quiz, DRAW, desk.now())
        return [
            SlotSet("practice", after.to_json()),
            SlotSet("practice_outcome", step.outcome),
            SlotSet("requested_slot", step.asks),
        ]

    def after_failure(self, tracker: Tracker) -> Events:
        """Keep the question open; else the form takes the answer for a digression."""
        return [SlotSet("requested_slot", tracker.get_slot("requested_slot"))]


class AskPracticeAnswer(DeskAction):
    """Ask the open question, or the next term of a matching."""

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return f"action_ask_{ANSWER}"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Show it with its options."""
        session, language = session_of(tracker), tracker.get_slot("language") or "it"
        if session is None or session.item is None:
            return []
        item = desk.quiz.items[session.item]
        shown = show(session, item, language, names_of(desk, language))
        if isinstance(item, FreeText):
            desk.grade.prepare(item)
        topic = next(t for t in desk.quiz.topics.values() if item in t.items)
        number = len(session.done) + len(session.skipped) + 1
        response = "utter_ask_practice_answer"
        if isinstance(item, Matching) and session.matched:
            response = "utter_ask_practice_match"
        elif _was_asked(tracker, session):
            response = "utter_again_practice_answer"
        elif await asyncio.to_thread(_is_leech, desk, tracker, item.id):
            response = "utter_ask_practice_leech"
        dispatcher.utter_message(
            response=response,
            question=shown.text,
            number=number,
            of=len(session.items),
            topic=topic.name.in_language(language),
            term=len(session.matched) + 1,
            buttons=[
                {"title": title, "payload": f'/choose{{"{ANSWER}": "{item.id}:{value}"}}'}
                for value, title in shown.options.items()
            ],
            json_message={"quiz": {"item": item.id, "n": number, "of": len(session.items)}},
        )
        return []


class AskPracticeSure(DeskAction):
    """Ask how sure the learner is of the answer."""

    def name(self) -> str:
        """Return the name by which Rasa's form looks for it."""
        return f"action_ask_{CERTAINTY}"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Offer sure and unsure."""
        session, language = session_of(tracker), tracker.get_slot("language") or "it"
        if session is None or session.item is None:
            return []
        item = desk.quiz.items[session.item]
        names = names_of(desk, language)
        chosen = answer_in_words(session, item, session.chosen or "", language, names)
        titles = desk.choices["practice_certainty"]
        dispatcher.utter_message(
            response="utter_ask_practice_sure",
            chosen=chosen,
            buttons=[
                {
                    "title": titles[name].name.in_language(language),
                    "payload": f'/choose{{"{CERTAINTY}": "{item.id}:{name}"}}',
                }
                for name in ("yes", "no")
            ],
        )
        return []


class FinishPractice(DeskAction):
    """Sum up a session that is over, or say how to go on with one that is paused."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_finish_practice"

    async def act(self, desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say how it went and what to read; a session without an answer is only closed."""
        session, language = session_of(tracker), tracker.get_slot("language") or "it"
        outcome = tracker.get_slot("practice_outcome")
        cleared = [SlotSet("practice_outcome", None)]
        learner_id = await asyncio.to_thread(_learner_id, desk, tracker, language)
        if session is None or learner_id is None:
            return cleared
        if outcome == "paused":
            left = len(session.items) - len(session.done) - len(session.skipped)
            dispatcher.utter_message(
                response="utter_practice_paused", done=len(session.done), left=left
            )
            return cleared
        if not session.done:
            dispatcher.utter_message(response="utter_practice_without_answers")
            return cleared
        progress = await asyncio.to_thread(_progress, desk, learner_id)
        right = sum(done.result == "right" for done in session.done)
        buttons = _to_read(desk, session, language)
        dispatcher.utter_message(
            response="utter_practice_finished" if buttons else "utter_practice_finished_all_right",
            right=right,
            of=len(session.done),
            to_read="\n".join(f"• {button['title']}" for button in buttons),
            buttons=buttons,
            **progress_words(desk, progress, language),
        )
        return cleared


def session_of(tracker: Tracker) -> Session | None:
    """Read the session from its slot."""
    content = tracker.get_slot("practice")
    return Session.from_json(content) if content else None


def names_of(desk: Desk, language: str) -> dict[str, str]:
    """Return what the answers to cases and statements are called in a language."""
    return {
        name: desk.choices[field][name].name.in_language(language)
        for field, known in (("practice_case", CASES), ("practice_truth", TRUTHS))
        for name in known
    }


def progress_words(desk: Desk, progress: Progress, language: str) -> dict[str, Any]:
    """Return what the responses about a learner's progress put in."""
    lines = [
        f"• {desk.quiz.topics[topic].name.in_language(language)}: {right} / {answered}"
        for topic, (right, answered) in progress.topics.items()
    ]
    following = progress.following or desk.now()
    return {
        "seen": progress.seen,
        "total": len(desk.quiz.items),
        "due": progress.due,
        "today": progress.today,
        "goal": progress.goal,
        "streak": progress.streak,
        "day": in_words(_day(desk, following), None, language),
        "topics": "\n".join(lines) or "—",
    }


def _say_grade(desk: Desk, dispatcher: CollectingDispatcher, graded: Graded, language: str) -> None:
    item, grade = graded.item, graded.grade
    names = names_of(desk, language)
    values = {
        "answer": right_answer(item, language, names),
        "explanation": item.explanation.in_language(language),
        "source": item.source,
        "share": f"{round(graded.score * 100)} %",
    }
    response = f"utter_graded_{graded.result}"
    buttons = []
    if isinstance(item, Choice):
        option = item.options[graded.shown.order[int(graded.chosen) - 1]]
        response += "_option"
        values["feedback"] = option.feedback.in_language(language)
    elif isinstance(item, Matching):
        response += "_matching"
    elif grade:
        response += "_text"
        points = {point.id: point.in_language(language) for point in item.points}
        values["found"] = "\n".join(f"• {points[name]}" for name in grade.found)
        values["missing"] = "\n".join(f"• {points[name]}" for name in grade.missing)
        if graded.result != "right":
            title = desk.choices["practice_wish"]["contest"].name.in_language(language)
            payload = '/start_training{"practice": "contest"}'
            buttons = [{"title": title, "payload": payload}]
    dispatcher.utter_message(
        response=response,
        buttons=buttons,
        json_message={
            "graded": {
                "item": item.id,
                "correct": graded.result == "right",
                "result": graded.result,
            }
        },
        **values,
    )


def _to_read(desk: Desk, session: Session, language: str) -> list[dict[str, str]]:
    """Return a button for each entry of the FAQ that a wrong answer was about."""
    entries = {
        desk.quiz.items[done.item].faq: None for done in session.done if done.result != "right"
    }
    titles = [desk.quiz.titles[entry].in_language(language) for entry in entries]
    return [{"title": title, "payload": title} for title in titles[:MOST_TO_READ]]


def _asks(session: Session) -> str:
    return CERTAINTY if session.chosen is not None else ANSWER


def _was_asked(tracker: Tracker, session: Session) -> bool:
    """Tell whether the open question was open already when the latest message came."""
    before = slot_before(tracker, "practice")
    asked = open_before(tracker) in (ANSWER, CERTAINTY)
    return asked and before is not None and before["asked_at"] == session.asked_at


def _day(desk: Desk, moment: dt.datetime) -> dt.date:
    return moment.astimezone(desk.firm.zone).date()


# In the database ----------------------------------------------------------------------------------


def _learner_id(desk: Desk, tracker: Tracker, language: str) -> int | None:
    """Return who speaks, enrolled if a channel knows them; None on the website without a code."""
    key = learner_key(tracker.get_latest_input_channel(), tracker.sender_id)
    with desk.sessions() as session:
        if key is None:
            learner = learning.signed_in(session, tracker.sender_id)
            return learner and int(learner.id)
        learner = learning.find_learner(session, key)
        if learner is None:
            learner = learning.enrol(
                session,
                key,
                language=language,
                goal=desk.firm.training.questions,
                reminder_hour=desk.firm.training.reminder_hour,
                now=desk.now(),
            )
            session.commit()
        return int(learner.id)


def _is_overheard(desk: Desk, tracker: Tracker) -> bool:
    """Tell whether others read along in Slack, or an answer can't be typed: behind a command."""
    conversation = tracker.sender_id
    if tracker.get_latest_input_channel() != SLACK or len(conversation.split(":")) == 3:
        return False
    with desk.sessions() as session:
        route = slack_routes.route_of_conversation(session, conversation)
    return route is None or not route.is_private or route.response_url is not None


def _cards(desk: Desk, learner_id: int) -> Mapping[str, Any]:
    with desk.sessions() as session:
        return learning.cards_of(session, learner_id)


def _is_leech(desk: Desk, tracker: Tracker, item: str) -> bool:
    learner_id = _learner_id(desk, tracker, tracker.get_slot("language") or "it")
    if learner_id is None:
        return False
    card = _cards(desk, learner_id).get(item)
    return card is not None and card.wrong >= LEECH


def _store(desk: Desk, learner_id: int, step: Step, tracker: Tracker, language: str) -> None:
    """Store what a step means, and nothing where a repeated message has stored it already."""
    graded, now = step.graded, desk.now()
    if not (graded or step.undone or step.contested):
        return
    with desk.sessions() as session:
        if step.undone:
            learning.undo(session, learner_id, step.undone, now)
        if step.contested:
            learning.contest(session, learner_id, step.contested, now)
        if graded:
            names = names_of(desk, language)
            learning.note_review(
                session,
                learner_id,
                learning.Graded(
                    item=graded.item.id,
                    delivery=graded.delivery,
                    answer=answer_in_words(
                        graded.shown, graded.item, graded.chosen, language, names
                    ),
                    result=graded.result,
                    score=graded.score,
                    sure=graded.sure,
                    rating=graded.rating,
                    seconds=graded.seconds,
                ),
                channel=tracker.get_latest_input_channel() or "unknown",
                language=language,
                now=now,
            )
        session.commit()


def _progress(desk: Desk, learner_id: int) -> Progress:
    with desk.sessions() as session:
        return learning.progress(session, learner_id, desk.quiz, desk.now())


def _issue_code(desk: Desk, learner_id: int) -> str:
    with desk.sessions() as session:
        code = learning.issue_code(session, learner_id, desk.now())
        session.commit()
        return code


def _set(desk: Desk, learner_id: int, wish: Wish) -> None:
    with desk.sessions() as session:
        learner = learning.learner(session, learner_id)
        if wish.what == "goal":
            learner.daily_goal = wish.number
        else:
            learning.set_reminder(learner, wish.number, desk.now())
        session.commit()


def practice_actions(desk: Callable[[], Desk]) -> list[DeskAction]:
    """Return every action of the training."""
    return [
        SignIn(desk),
        OpenPractice(desk),
        ValidatePracticeForm(desk),
        AskPracticeAnswer(desk),
        AskPracticeSure(desk),
        FinishPractice(desk),
    ]
