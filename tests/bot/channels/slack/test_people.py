"""Who may use the assistant: what firm.yml lists, as far as Slack vouches for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from actions.firm import Slack as SlackSettings
from bot.channels.slack.people import People, UnknownError
from tests.slack_api import CHANNEL, NOTIFY, OTHER, TEAM, TOKEN, Fault, Slack

ANNA = "U0ANNA"
ELSEWHERE = "utter_slack_not_this_workspace"
GUEST = "utter_slack_no_guests"
UNLISTED = "utter_slack_not_listed"
NOT_HERE = "utter_slack_not_this_channel"


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as server:
        yield server


def people(slack: Slack, **settings: Any) -> People:
    client = AsyncWebClient(token=TOKEN, base_url=slack.url, retry_handlers=[])
    return People(client, SlackSettings(**settings), ("it", "en"))


@pytest.mark.parametrize(
    ("who", "team", "channel", "settings", "refusal"),
    [
        (ANNA, TEAM, CHANNEL, {}, None),
        (ANNA, "T0ELSEWHERE", CHANNEL, {}, ELSEWHERE),
        (ANNA, TEAM, CHANNEL, {"workspaces": ["T0ELSEWHERE"]}, ELSEWHERE),
        ("U0STRANGER", TEAM, CHANNEL, {}, ELSEWHERE),
        ("U0NOBODY", TEAM, CHANNEL, {}, ELSEWHERE),
        ("U0GUEST", TEAM, "D0GUEST", {}, GUEST),
        ("U0GUEST", TEAM, "D0GUEST", {"users": ["U0GUEST"]}, GUEST),
        (ANNA, TEAM, CHANNEL, {"users": ["U0BRUNO"]}, UNLISTED),
        (ANNA, TEAM, CHANNEL, {"users": [ANNA]}, None),
        (ANNA, TEAM, OTHER, {"channels": [CHANNEL]}, NOT_HERE),
        (ANNA, TEAM, "D0ANNA", {"channels": [CHANNEL]}, None),
        (ANNA, TEAM, NOTIFY, {"channels": [CHANNEL], "notify": NOTIFY}, None),
    ],
)
def test_who_may_where(
    who: str,
    team: str,
    channel: str,
    settings: dict[str, Any],
    refusal: str | None,
    slack: Slack,
) -> None:
    assert asyncio.run(people(slack, **settings).refusal(team, who, channel)) == refusal


def test_slack_is_asked_once_and_in_their_language(slack: Slack) -> None:
    async def ask() -> list[str]:
        office = people(slack)
        found = await asyncio.gather(*(office.find(TEAM, "U0ELLEN") for _ in range(5)))
        return [member.language for member in found]

    assert asyncio.run(ask()) == ["en"] * 5
    assert len(slack.called("users.info")) == 1


def test_an_answer_that_comes_late_counts_for_the_next_question(slack: Slack) -> None:
    slack.latency = 1.5

    async def ask() -> str:
        office = people(slack)
        with pytest.raises(UnknownError):
            await office.find(TEAM, ANNA)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                return (await office.find(TEAM, ANNA)).name
            except UnknownError:
                pass
        raise AssertionError

    assert asyncio.run(ask()) == "Anna"


def test_while_slack_is_away_nobody_is_let_in_who_was_not_known(slack: Slack) -> None:
    slack.fail("users.info", *[Fault(500)] * 3, Fault(error="missing_scope"))

    async def ask() -> None:
        office = people(slack)
        for _ in range(4):
            with pytest.raises(UnknownError):
                await office.find(TEAM, ANNA)
        assert (await office.find(TEAM, ANNA)).refusal is None

    asyncio.run(ask())
