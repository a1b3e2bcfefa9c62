"""What counts as a message to the assistant, in which conversation, under which key."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.slack.incoming import command_of, message_of, presses_of, route_of_id, team_of
from tests.slack_api import BOT, CHANNEL, TEAM
from tests.slack_events import action, command, in_channel, mention, message

OWN = f"slack:{TEAM}:U0ANNA"
TS = "1720000000.000100"


@pytest.mark.parametrize(
    ("body", "conversation", "text", "overheard"),
    [
        (message("ciao", ts=TS), OWN, "ciao", False),
        (message("ciao", ts=TS, thread_ts="1.5"), f"{OWN}:1.5", "ciao", False),
        (mention("ciao", ts=TS), f"{OWN}:{TS}", "ciao", False),
        (mention("ciao", ts=TS, thread_ts="1.5"), f"{OWN}:1.5", "ciao", False),
        (in_channel(f"ehi <@{BOT}> ciao", ts=TS), f"{OWN}:{TS}", "ehi  ciao", False),
        (in_channel("ciao", ts=TS, thread_ts="1.5"), f"{OWN}:1.5", "ciao", True),
    ],
)
def test_messages(body: dict[str, Any], conversation: str, text: str, overheard: bool) -> None:
    arrival = message_of(body, BOT)
    assert arrival is not None
    assert (arrival.conversation_id, arrival.text) == (conversation, text)
    assert arrival.overheard is overheard
    assert arrival.key.endswith(TS)


@pytest.mark.parametrize(
    "body",
    [
        in_channel("ciao"),
        message("ciao", bot_id="B1"),
        message("ciao", subtype="message_changed"),
        message("ciao", hidden=True),
        message("ciao", user=""),
        message("ciao", ts="now"),
        message("ciao", channel=None),
        {"event": "message"},
        {},
    ],
)
def test_what_is_for_nobody(body: dict[str, Any]) -> None:
    assert message_of(body, BOT) is None


def test_two_people_in_one_thread_have_two_conversations() -> None:
    bodies = [mention("ciao", user, thread_ts="1.5") for user in ("U0ANNA", "U0BRUNO")]
    found = {arrival.conversation_id for body in bodies if (arrival := message_of(body, BOT))}
    assert found == {f"slack:{TEAM}:U0ANNA:1.5", f"slack:{TEAM}:U0BRUNO:1.5"}


def test_both_events_of_a_mention_are_one_message() -> None:
    one = message_of(mention("ciao", ts=TS), BOT)
    other = message_of(in_channel(f"<@{BOT}> ciao", ts=TS), BOT)
    assert one is not None
    assert other is not None
    assert (one.conversation_id, one.key, one.text) == (
        other.conversation_id,
        other.key,
        other.text,
    )


def test_without_words_there_is_something_to_say_too() -> None:
    kinds = [
        arrival.route.kind
        for body in (mention(""), message("", files=[{"id": "F1"}], subtype="file_share"))
        if (arrival := message_of(body, BOT))
    ]
    assert kinds == ["help", "files"]


def test_a_shared_channel_names_the_workspace_of_the_author() -> None:
    assert team_of(message("ciao", user_team="T0OTHER")) == "T0OTHER"


def test_a_command_needs_a_way_back() -> None:
    body = command("ciao", "https://hooks.slack.com/commands/1")
    arrival = command_of(body, "ciao")
    assert arrival is not None
    assert (arrival.conversation_id, arrival.route.channel) == (f"{OWN}:command", CHANNEL)
    for name in ("team_id", "user_id", "channel_id", "response_url", "trigger_id"):
        assert command_of({k: v for k, v in body.items() if k != name}, "ciao") is None


def test_only_what_could_have_been_offered_is_a_button() -> None:
    def buttons(**element: Any) -> list[str | None]:
        shown = {"type": "button", "action_id": "pick:x", **element}
        body = action({}, shown, {"block_id": "answer:1:0#1"})
        return [arrival.button for arrival, _ in presses_of(body)]

    assert buttons(value="abcdefgh_-12") == ["abcdefgh_-12"]
    assert buttons(value='/affirm{"x": 1}') == ["unknown-button"]
    assert buttons(value="abcdefgh", action_id="other") == []


def test_two_presses_of_one_button_are_two_and_one_delivered_twice_is_one() -> None:
    shown = {"type": "button", "action_id": "pick:x", "value": "abcdefgh"}
    bodies = [action({}, shown, {"block_id": "answer:1:0#1"}) for _ in range(2)]
    keys = [arrival.key for body in (*bodies, bodies[0]) for arrival, _ in presses_of(body)]
    assert keys[0] == keys[2] != keys[1]


@pytest.mark.parametrize(
    ("name", "channel"), [(OWN, "U0ANNA"), (f"{OWN}:1.5", "U0ANNA"), ("web:1", None), ("x", None)]
)
def test_where_nothing_is_known_the_member_is_written_to(name: str, channel: str | None) -> None:
    route = route_of_id(name)
    assert (route and route.channel) == channel
