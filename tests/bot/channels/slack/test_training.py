"""The quiz in Slack, with the real bot behind: from the first button to the last row."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from actions.firm import load_firm
from actions.logic.choices import load_choices
from actions.logic.quiz import Choice, FreeText, Item, Matching, TrueFalse, load_quiz
from tests import slack_api
from tests.conftest import HOME
from tests.slack_events import (
    action,
    command,
    direct,
    elements,
    home_opened,
    in_channel,
    mention,
    message,
    new_ts,
    titled,
)
from tests.slack_firm import Firm
from tests.webhook_receiver import wait_until

QUIZ = load_quiz(HOME / "data")
CHOICES = load_choices(HOME / "data" / "choices.yml", load_firm(HOME / "firm.yml"))
SURE, UNSURE = (CHOICES["practice_certainty"][name].name.it for name in ("yes", "no"))
CONTEST = CHOICES["practice_wish"]["contest"].name.it


def words(post: dict[str, Any]) -> str:
    return "\n".join(text["text"] for text in slack_api.texts_of(post["blocks"]))


def rows(office: Firm, table: str, user: str) -> list[Any]:
    return office.rows(
        f"SELECT t.* FROM {table} t JOIN learners l ON l.id = t.learner_id"
        " WHERE l.key = :key ORDER BY t.id",
        key=f"slack:{slack_api.TEAM}:{user}",
    )


def notices(office: Firm, user: str) -> list[str]:
    calls = office.slack.called("chat.postEphemeral")
    return [c.arguments["text"] for c in calls if c.arguments["user"] == user]


def pressed(post: dict[str, Any], user: str, title: str | None = None) -> dict[str, Any]:
    """Return what pressing a button sends: the one with a title, or the last."""
    element, block = titled(post, title) if title else elements(post)[-1]
    return action(post, element, block, user=user)


def press(office: Firm, user: str, post: dict[str, Any], title: str | None = None) -> Any:
    body = pressed(post, user, title)
    return office.answer(user, lambda: office.sender.interaction(body))


def begin(office: Firm, user: str, text: str = "quiz") -> dict[str, Any]:
    body = command(text, office.slack.response_url("quiz"), user)
    return office.answer(user, lambda: office.sender.command(body))


def item_of(post: dict[str, Any]) -> Item | None:
    """Return the question that a post asks."""
    found = (i for i in QUIZ.items.values() if i.question.it in post["text"])
    return next(found, None)


def is_over(post: dict[str, Any]) -> bool:
    return "Finito:" in post["text"] or "nessuna risposta" in post["text"]


def open_item(office: Firm, user: str, kind: type) -> dict[str, Any]:
    """Go on until a question of a kind is open; return its post."""
    post = begin(office, user)
    for _ in range(100):
        if isinstance(item_of(post), kind):
            return post
        post = press(office, user, post, "Altre domande") if is_over(post) else skip(office, user)
    raise AssertionError(post)


def skip(office: Firm, user: str) -> dict[str, Any]:
    return office.ask("salta", user)


def test_a_whole_session_by_buttons(office: Firm) -> None:
    user = office.person("session")
    # What is to be written is skipped; what has buttons is answered with the last.
    post, first = begin(office, user), None
    while not is_over(post):
        if post["blocks"][-1]["type"] != "actions":
            post = skip(office, user)
            continue
        first = first or deepcopy(post)
        post = press(office, user, post)
    answers = rows(office, "learning_reviews", user)
    assert f"su {len(answers)}" in post["text"]
    assert 1 <= len(answers) <= 5
    assert {(row.channel, row.language, row.sure) for row in answers} == {("slack", "it", 0)}
    cards = rows(office, "learning_cards", user)
    assert {card.item for card in cards} == {row.item for row in answers}
    assert len({row.delivery for row in answers}) == len(answers)

    # The used buttons are replaced by what was chosen, and do nothing any more.
    assert first is not None
    office.settle()
    (now,) = [p for p in office.slack.posts(direct(user)) if p["ts"] == first["ts"]]
    assert not elements(now)
    assert f"→ {elements(first)[-1][0]['text']['text']}" in words(now)
    before = len(office.slack.posts(direct(user)))
    office.sender.interaction(pressed(first, user))
    wait_until(lambda: any("non vale più" in text for text in notices(office, user)))
    assert rows(office, "learning_reviews", user) == answers
    assert len(office.slack.posts(direct(user))) == before


def test_what_is_delivered_four_times_counts_once(office: Firm) -> None:
    user = office.person("repeats")
    post = open_item(office, user, TrueFalse)
    for title in ("Vero", SURE):
        body = pressed(post, user, title)
        for _ in range(4):
            assert office.sender.interaction(body).status_code == 200
        office.settle()
        post = office.slack.posts(direct(user))[-1]
    (first,) = rows(office, "learning_reviews", user)
    assert (first.answer, first.sure) == ("Vero", 1)

    post = open_item(office, user, TrueFalse)
    body = message("falso, ne sono sicuro", user)
    for retry in (None, (1, "http_timeout"), (2, "http_error"), (3, "connection_failed")):
        assert office.sender.event(body, retry).status_code == 200
    office.settle()
    _, second = rows(office, "learning_reviews", user)
    assert (second.answer, second.sure) == ("Falso", 1)
    assert len(rows(office, "learning_cards", user)) == 2


def test_a_question_is_for_whoever_was_asked(office: Firm) -> None:
    user, other = office.person("learner"), office.person("curious")
    post = open_item(office, user, TrueFalse)
    office.sender.interaction(pressed(post, other, "Vero"))
    wait_until(lambda: bool(notices(office, other)))
    office.settle()
    assert notices(office, other) == ["Questo pulsante è per la persona che ha fatto la domanda."]
    assert not office.slack.posts(direct(other))
    assert office.slack.posts(direct(user))[-1]["ts"] == post["ts"]
    press(office, user, press(office, user, post, "Vero"))
    assert len(rows(office, "learning_reviews", user)) == 1

    # Nor is anybody's progress anybody else's, in the messages and in the home.
    for person, seen in ((user, 1), (other, 0)):
        post = begin(office, person, "quiz progressi")
        assert f"Domande già viste: {seen} su {len(QUIZ.items)}" in post["text"]
        office.slack.homes.pop(person, None)
        office.sender.event(home_opened(person))
        wait_until(lambda name=person: name in office.slack.homes)
        home = words(office.slack.homes[person])
        assert (f"Domande già viste: {seen} su" in home) == bool(seen)
        assert ("Non ha ancora fatto il quiz" in home) == (not seen)
    office.settle()
    kept = office.rows("SELECT DISTINCT arguments FROM slack_posts WHERE method = 'views.publish'")
    assert [row.arguments for row in kept] == ["{}"]


def test_the_home_begins_the_quiz_once(office: Firm) -> None:
    for user, title, opening in (
        (office.person("starter"), "Inizia il quiz", "Cominciamo"),
        ("U0ELLEN", "Start the quiz", "Here we go"),
    ):
        office.sender.event(home_opened(user))
        wait_until(lambda name=user: name in office.slack.homes)
        element, _ = titled(office.slack.homes[user], title)
        body = action({}, element, {"block_id": "home#1"}, user=user)
        body["container"] = {"type": "view", "view_id": "V1"}
        del body["channel"], body["message"]
        for _ in range(4):
            assert office.sender.interaction(body).status_code == 200
        wait_until(lambda name=user: bool(office.slack.posts(direct(name))))
        office.settle()
        (post,) = office.slack.posts(direct(user))
        assert opening in post["text"]


def test_the_words_behind_the_command_go_along(office: Firm) -> None:
    user = office.person("topics")
    url = office.slack.response_url("topics")
    reply = office.sender.command(command("quiz riservatezza", url, user))
    assert reply.text == "Continuiamo in privato, nei messaggi diretti con me."
    wait_until(lambda: bool(office.slack.posts(direct(user))))
    (post,) = office.slack.posts(direct(user))
    assert "Domanda 1 di 5 · La riservatezza" in words(post)
    office.ask("pausa", user)

    # Ten topics are a menu; the answer to it begins one.
    post = begin(office, user, "ripasso argomenti")
    menu, block = elements(post)[0]
    assert (menu["type"], len(menu["options"])) == ("static_select", len(QUIZ.topics))
    option = next(o for o in menu["options"] if o["text"]["text"] == "I clienti terzi")
    chosen = action(post, menu, block, user=user, selected_option=option)
    post = office.answer(user, lambda: office.sender.interaction(chosen))
    assert "· I clienti terzi" in words(post)
    office.ask("pausa", user)
    assert "nulla da ripassare" in begin(office, user, "quiz due")["text"]
    assert not [c for c in office.slack.called("response_url") if c.arguments["name"] == "topics"]


def test_the_reminder_is_set_and_stopped_by_the_command(office: Firm) -> None:
    user = office.person("hours")

    def say(text: str) -> str:
        url = office.slack.response_url("hours")
        return office.sender.command(command(text, url, user)).text

    def hour() -> Any:
        return office.rows("SELECT * FROM learners WHERE key LIKE :key", key=f"%:{user}")[0]

    assert "alle 8" in say("promemoria 8")
    assert hour().reminder_hour == 8
    assert "nessun promemoria" in say("reminders off")
    assert hour().reminder_hour is None
    assert "ora intera" in say("promemoria")
    assert hour().reminder_hour is None
    assert "alle 17" in say("promemoria alle 17")
    assert hour().reminder_hour == 17
    # Nobody else reads it, and no conversation was begun.
    assert not office.slack.posts(direct(user))
    assert not office.rows("SELECT id FROM inbox WHERE conversation_id LIKE :id", id=f"%:{user}%")


def test_in_a_channel_nobody_reads_how_others_learn(office: Firm) -> None:
    user, ts = office.person("public"), new_ts()
    for body in (
        mention("quiz", user, ts=ts),
        in_channel(f"<@{slack_api.BOT}> quiz", user, ts=ts),
    ):
        assert office.sender.event(body).status_code == 200
    wait_until(lambda: bool(office.slack.posts(direct(user))))
    office.settle()
    (post,) = office.slack.posts(direct(user))
    assert "Cominciamo" in post["text"]
    assert notices(office, user) == ["Continuiamo in privato, nei messaggi diretti con me."]

    # Where only its meaning tells what is wanted, the thread says where to go.
    other = new_ts()
    office.sender.event(mention("Voglio fare un quiz", user, ts=other))
    wait_until(lambda: any(p["thread_ts"] == other for p in office.slack.posts(slack_api.CHANNEL)))
    threads = [p for p in office.slack.posts(slack_api.CHANNEL) if p["thread_ts"] in (ts, other)]
    assert ["messaggi diretti" in p["text"] for p in threads] == [True]


def test_terms_are_matched_with_buttons(office: Firm) -> None:
    user = office.person("matches")
    post = open_item(office, user, Matching)
    item = item_of(post)
    assert isinstance(item, Matching)
    titles = [e["text"]["text"] for e, _ in elements(post)]
    assert titles == [f"1 → {letter}" for letter in "ABCDE"[: len(item.pairs)]]
    for _ in item.pairs[1:]:
        post = press(office, user, post)
    post = press(office, user, post, UNSURE)
    (row,) = rows(office, "learning_reviews", user)
    assert (row.item, row.sure) == (item.id, 0)
    assert item.source in words(post)


def test_options_are_numbered_and_so_are_their_buttons(office: Firm) -> None:
    user = office.person("options")
    post = open_item(office, user, Choice)
    item = item_of(post)
    assert isinstance(item, Choice)
    titles = [e["text"]["text"] for e, _ in elements(post)]
    assert titles == [str(n) for n in range(1, len(item.options) + 1)]
    for option in item.options:
        assert f". {option.it}" in words(post)
    right = next(
        n for n in titles for o in item.options if o.right and f"{n}. {o.it}" in words(post)
    )
    post = press(office, user, press(office, user, post, right), SURE)
    (row,) = rows(office, "learning_reviews", user)
    assert (row.item, row.result) == (item.id, "right")
    # What was said of the answer has its source below it, small.
    sources = [b["elements"][0]["text"] for b in post["blocks"] if b["type"] == "context"]
    assert sources[0].startswith("Fonte:")


def test_a_written_answer_is_graded_and_the_grade_contested(office: Firm) -> None:
    user = office.person("writer")
    post = open_item(office, user, FreeText)
    item = item_of(post)
    assert isinstance(item, FreeText)
    post = office.ask("Dipende dal colore delle pareti dello studio", user)
    (row,) = rows(office, "learning_reviews", user)
    assert (row.item, row.result, row.sure) == (item.id, "wrong", None)
    assert item.source in words(post)
    body = pressed(post, user, CONTEST)
    for _ in range(4):
        assert office.sender.interaction(body).status_code == 200
    office.settle()
    assert "il giudizio era una proposta" in words(office.slack.posts(direct(user))[-1])
    (row,) = rows(office, "learning_reviews", user)
    assert row.contested_at
    (card,) = rows(office, "learning_cards", user)
    assert card.wrong == 0
