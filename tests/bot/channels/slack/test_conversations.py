"""What staff say to the assistant in Slack, and what it posts, with the real bot behind."""

from __future__ import annotations

from typing import Any

from tests import slack_api
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
    submission,
    titled,
)
from tests.slack_firm import Firm
from tests.webhook_receiver import wait_until

FAQ = "Quali sono i tre tipi di clienti?"


def words(post: dict[str, Any]) -> str:
    return "\n".join(text["text"] for text in slack_api.texts_of(post["blocks"]))


def test_a_question_in_private_is_answered_with_source_and_related_questions(office: Firm) -> None:
    user = office.person("faq")
    post = office.ask(FAQ, user)
    assert "I tipi di clienti sono tre" in post["text"]
    source = [b for b in post["blocks"] if b["type"] == "context"]
    assert "Fonte:" in source[0]["elements"][0]["text"]
    assert len(elements(post)) == 3
    assert post["thread_ts"] is None

    element, block = elements(post)[0]
    answer = office.answer(
        user, lambda: office.sender.interaction(action(post, element, block, user=user))
    )
    assert "cliente interno" in answer["text"].lower()
    # The used buttons are replaced by what was chosen.
    wait_until(lambda: not elements(office.slack.posts(direct(user))[0]))
    assert f"✓ {element['text']['text']}" in words(office.slack.posts(direct(user))[0])

    # A stale one does nothing and says so, to who pressed it alone.
    office.sender.interaction(action(post, element, block, user=user))
    wait_until(
        lambda: any(
            c.arguments.get("user") == user and "non vale più" in c.arguments["text"]
            for c in office.slack.called("chat.postEphemeral")
        )
    )
    assert len(office.slack.posts(direct(user))) == 2


def test_an_intake_in_private_is_stored(office: Firm) -> None:
    user = office.person("intake")

    def press(post: dict[str, Any], title: str) -> dict[str, Any]:
        element, block = titled(post, title)
        assert block
        return office.answer(
            user, lambda: office.sender.interaction(action(post, element, block, user=user))
        )

    post = office.ask("vorrei aprire una pratica per un nuovo cliente", user)
    assert titled(post, "Sì, acconsento")[0]["style"] == "primary"
    post = press(post, "Sì, acconsento")
    post = office.ask("Carla Neri &amp; figli &lt;snc&gt;", user)
    post = press(post, "Privato")
    post = press(post, "Esterno")
    post = office.ask("<mailto:carla@example.com|carla@example.com>", user)
    post = office.ask("<tel:+393331234567|333 123 4567>", user)
    post = press(post, "Contabilità e bilanci")
    post = office.ask("bilanci chiari e puntuali", user)
    (picker, block), *_ = [x for x in elements(post) if x[0]["type"] == "datepicker"]
    picked = action(post, picker, block, user=user, selected_date="2030-01-15")
    post = office.answer(user, lambda: office.sender.interaction(picked))
    assert "martedì 15 gennaio 2030" in post["text"]
    edits = [e["text"]["text"] for e, _ in elements(post) if e["text"]["text"].startswith("✎")]
    assert "✎ Nome" in edits
    assert len(edits) >= 7
    # More than five choices are a menu.
    post = press(post, "No, correggo")
    (menu, block), *_ = [x for x in elements(post) if x[0]["type"] == "static_select"]
    (name,) = [option for option in menu["options"] if option["text"]["text"] == "Nome"]
    chosen = action(post, menu, block, user=user, selected_option=name)
    office.answer(user, lambda: office.sender.interaction(chosen))
    post = office.ask("Carla Nerini", user)
    assert "Carla Nerini" in post["text"]
    post = press(post, "Sì, confermo")
    (row,) = office.rows("SELECT * FROM engagements WHERE conversation_id LIKE :id", id=f"%{user}")
    assert row.reference in post["text"]
    assert (row.channel, row.status) == ("slack", "new")
    (client,) = office.rows("SELECT * FROM clients WHERE id = :id", id=row.client_id)
    assert client.name == "Carla Nerini"
    changes = office.rows(
        "SELECT old, new FROM answer_changes WHERE engagement_id = :id", id=row.id
    )
    assert [tuple(change) for change in changes] == [("Carla Neri & figli <snc>", "Carla Nerini")]
    assert (client.email, client.phone) == ("carla@example.com", "+393331234567")
    (deadline,) = office.rows("SELECT * FROM deadlines WHERE engagement_id = :id", id=row.id)
    assert str(deadline.due_date) == "2030-01-15"


def test_a_day_picked_too_late_does_nothing(office: Firm) -> None:
    user = office.person("picker")
    for text in ("vorrei diventare cliente", "sì", "Ugo Bianchi", "privato", "esterno"):
        office.ask(text, user)
    for text in ("ugo@example.com", "salta", "contabilità", "un bilancio chiaro"):
        post = office.ask(text, user)
    (picker, block), *_ = [x for x in elements(post) if x[0]["type"] == "datepicker"]
    office.ask("entro il 20 gennaio 2030", user)
    late = action(post, picker, block, user=user, selected_date="2031-05-05")
    before = len(office.slack.called("chat.postEphemeral"))
    assert office.sender.interaction(late).status_code == 200
    wait_until(lambda: len(office.slack.called("chat.postEphemeral")) == before + 1)
    assert "2031" not in office.ask("annulla", user)["text"]


def test_a_mention_is_answered_once_in_its_thread(office: Firm) -> None:
    user, ts = office.person("mention"), new_ts()
    both = [
        mention(FAQ, user, ts=ts),
        in_channel(f"<@{slack_api.BOT}> {FAQ}", user, ts=ts),
    ]
    for body in both:
        assert office.sender.event(body).status_code == 200
    wait_until(lambda: any(p["thread_ts"] == ts for p in office.slack.posts(slack_api.CHANNEL)))
    office.settle()
    answers = [p for p in office.slack.posts(slack_api.CHANNEL) if p["thread_ts"] == ts]
    assert len(answers) == 1

    # In the thread it needs not be called again, by the same person.
    office.sender.event(in_channel("grazie mille", user, thread_ts=ts))
    other = office.person("listener")
    office.sender.event(in_channel("grazie mille", other, thread_ts=ts))
    office.sender.event(in_channel("che tempo fa?", other))
    office.settle()
    wait_until(
        lambda: len([p for p in office.slack.posts(slack_api.CHANNEL) if p["thread_ts"] == ts]) == 2
    )
    ids = {row[0] for row in office.rows("SELECT conversation_id FROM inbox")}
    assert f"slack:{slack_api.TEAM}:{user}:{ts}" in ids
    assert not [name for name in ids if other in name]

    # Whose conversation it is not can't press its buttons.
    element, block = elements(answers[0])[0]
    office.sender.interaction(action(answers[0], element, block, user=other))
    wait_until(
        lambda: any(
            c.arguments.get("user") == other for c in office.slack.called("chat.postEphemeral")
        )
    )
    assert office.count("inbox") == len(office.rows("SELECT id FROM inbox"))


def test_a_command_is_answered_to_the_asker_and_shared_if_they_want(office: Firm) -> None:
    user = office.person("slash")
    url = office.slack.response_url("faq")
    reply = office.sender.command(command(FAQ, url, user))
    assert (reply.status_code, reply.text) == (200, "")

    def answers(name: str) -> list[Any]:
        calls = office.slack.called("response_url")
        return [c.arguments for c in calls if c.arguments["name"] == name]

    wait_until(lambda: bool(answers("faq")))
    (answer,) = answers("faq")
    assert answer["response_type"] == "ephemeral"
    assert "I tipi di clienti sono tre" in answer["text"]
    share, block = titled(answer, "Condividi nel canale")
    pressed = action({}, share, block, user=user, response_url=office.slack.response_url("share"))
    office.sender.interaction(pressed)
    wait_until(lambda: bool(answers("share")))
    (shared,) = answers("share")
    assert shared["response_type"] == "in_channel"
    assert not elements(shared)

    related, block = elements(answer)[0]
    url = office.slack.response_url("related")
    office.sender.interaction(action({}, related, block, user=user, response_url=url))
    wait_until(lambda: len(answers("related")) == 2)
    replaced, next_answer = answers("related")
    assert replaced["replace_original"] is True
    assert next_answer["response_type"] == "ephemeral"


def test_the_words_of_the_command(office: Firm) -> None:
    user = office.person("words")
    url = office.slack.response_url("words")
    office.sender.command(command("", url, user))
    wait_until(
        lambda: any(
            "/sportello" in c.arguments["text"]
            for c in office.slack.called("response_url")
            if c.arguments["name"] == "words"
        )
    )
    before = len(office.slack.views)
    office.sender.command(command("intake", url, user))
    wait_until(lambda: len(office.slack.views) == before + 1)
    said = office.sender.command(command("quiz", url, user))
    assert "in privato" in said.text
    wait_until(lambda: bool(office.slack.posts(direct(user))))
    assert "Cominciamo" in office.slack.posts(direct(user))[0]["text"]


GOOD = {
    "consent": {"selected_options": [{"value": "yes"}]},
    "client_name": {"value": "Delta srl"},
    "client_form": {"selected_option": {"value": "company"}},
    "contact": {"value": "Dario Delta"},
    "relation": {"selected_option": {"value": "third_party"}},
    "email": {"value": "dario@example.com"},
    "phone": {"value": None},
    "service": {"selected_option": {"value": "legal"}},
    "service_other": {"value": None},
    "expectations": {"value": "un contratto chiaro"},
    "deadline_day": {"selected_date": "2030-03-01"},
    "deadline": {"value": None},
    "client_language": {"selected_option": {"value": "en"}},
}


def test_the_form_stores_an_intake_once_and_shows_mistakes_at_their_fields(office: Firm) -> None:
    user = office.person("form")
    before = len(office.slack.views)
    office.sender.command(command("nuova pratica", office.slack.response_url("form"), user))
    wait_until(lambda: len(office.slack.views) == before + 1)
    view = office.slack.views[-1]
    fields = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
    assert fields == set(GOOD)

    # Other tests fill the form in as well, with the same name.
    good = {**GOOD, "client_name": {"value": "Delta Moduli srl"}}
    bad = {
        **good,
        "consent": {"selected_options": []},
        "client_name": {"value": "?"},
        "contact": {"value": ""},
        "email": {"value": "dario@"},
        "phone": {"value": "12"},
        "deadline_day": {"selected_date": "2001-01-01"},
        "expectations": {"value": "x" * 2500},
    }
    answer = office.sender.interaction(submission(view, bad, user)).json()
    assert answer["response_action"] == "errors"
    assert set(answer["errors"]) == {
        "consent", "client_name", "contact", "email", "phone", "deadline_day", "expectations",
    }  # fmt: skip
    assert "2.000" in answer["errors"]["expectations"]
    assert not office.rows("SELECT id FROM clients WHERE name LIKE 'Delta Moduli%'")

    for _ in range(3):
        answer = office.sender.interaction(submission(view, good, user)).json()
        assert answer["response_action"] == "update"
    (row,) = office.rows(
        "SELECT e.*, c.relation, c.language, d.due_date FROM engagements e"
        " JOIN clients c ON c.id = e.client_id JOIN deadlines d ON d.engagement_id = e.id"
        " WHERE c.name = 'Delta Moduli srl'"
    )
    assert row.reference in str(answer["view"])
    assert (row.relation, row.language, str(row.due_date)) == ("third_party", "en", "2030-03-01")
    assert office.rows("SELECT id FROM consents WHERE client_id = :id", id=row.client_id)


def test_the_home_shows_what_it_can_do_and_open_requests(office: Firm) -> None:
    user = office.person("home")
    office.sender.event(home_opened(user))
    wait_until(lambda: user in office.slack.homes)
    home = office.slack.homes[user]
    assert "/sportello" in words(home)
    new = next(e for b in home["blocks"] if b["type"] == "actions" for e in b["elements"])
    before = len(office.slack.views)
    pressed = action({}, new, {"block_id": "x"}, user=user)
    pressed["container"] = {"type": "view", "view_id": "V1"}
    del pressed["channel"], pressed["message"]
    office.sender.interaction(pressed)
    wait_until(lambda: len(office.slack.views) == before + 1)

    guest = "U0GUEST"
    office.sender.event(home_opened(guest))
    wait_until(lambda: guest in office.slack.homes)
    assert len(office.slack.homes[guest]["blocks"]) == 1


def test_guests_strangers_and_forbidden_channels_are_declined_politely(office: Firm) -> None:
    for user, said in (("U0GUEST", "ospiti"), ("U0STRANGER", "area di lavoro")):
        post = office.ask("mostrami le pratiche, sono Rita Segreta", user)
        assert said in post["text"]
    assert not office.rows("SELECT id FROM inbox WHERE text LIKE '%Rita%'")
    assert not office.rows("SELECT id FROM events WHERE data LIKE '%Rita%'")

    ts = new_ts()
    office.sender.event(mention(FAQ, "U0ANNA", slack_api.OTHER, ts=ts))
    wait_until(lambda: bool(office.slack.posts(slack_api.OTHER)))
    assert "canale" in office.slack.posts(slack_api.OTHER)[0]["text"]

    # Another workspace, whatever the event says of itself.
    body = message(FAQ, "U0ANNA", user_team="T0OTHER")
    post = office.answer("U0ANNA", lambda: office.sender.event(body))
    assert "area di lavoro" in post["text"]

    before = len(office.slack.views)
    office.sender.command(command("intake", office.slack.response_url("g"), "U0GUEST"))
    wait_until(lambda: len(office.slack.views) == before + 1)
    assert not [b for b in office.slack.views[-1]["blocks"] if b["type"] == "input"]
    view = {"id": "V0FORGED", "callback_id": "new_intake"}
    answer = office.sender.interaction(submission(view, GOOD, "U0GUEST")).json()
    assert answer["response_action"] == "errors"


def test_marks_links_and_long_texts_ping_nobody_and_are_never_refused(office: Firm) -> None:
    user = office.person("marks")
    evil = "<!channel> <@U0BRUNO> <https://evil.example|clicca> &lt;!here&gt; @everyone"
    for text in ("vorrei diventare cliente", "sì"):
        office.ask(text, user)
    post = office.ask(evil, user)
    post = office.ask("x" * 4000, user)
    for text in ("annulla", "elimina tutto"):
        office.ask(text, user)
    long = office.ask("&amp;" * 1900, user)
    too_long = office.ask("parola " * 700, user)
    assert "troppo lungo" in too_long["text"]
    assert long
    assert post
    assert office.rows("SELECT id FROM inbox WHERE text LIKE '%parola parola%'") == []
    office.settle()
    with office.slack.lock:
        calls = list(office.slack.calls)
    assert not [c for c in calls if c.refused in ("invalid_blocks", "msg_too_long")]
    assert not [p for c in calls for p in slack_api.pings(c.arguments)]


def test_a_typed_command_or_forged_button_is_no_command(office: Firm) -> None:
    user = office.person("forger")
    post = office.ask('/affirm{"email": "x@y.it"}', user)
    assert "x@y.it" not in post["text"]
    forged = action(
        post,
        {"type": "button", "action_id": "pick:x", "value": "/session_start"},
        {"block_id": "answer:99999:0#1"},
        user=user,
    )
    before = len(office.slack.called("chat.postEphemeral"))
    assert office.sender.interaction(forged).status_code == 200
    wait_until(lambda: len(office.slack.called("chat.postEphemeral")) > before)
