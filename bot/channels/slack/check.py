"""Whether Slack is set up as it must be: each scope, secret and place, with what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from actions.firm import Slack
from actions.settings import Settings
from bot.channels.slack.manifest import SCOPES


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``advice`` where it is wrong."""

    what: str
    advice: str | None = None


def findings(settings: Settings, slack: Slack) -> Iterator[Finding]:
    """Yield what is right and wrong, the most basic first."""
    yield from _secrets(settings, slack)
    if settings.slack_bot_token is None:
        return
    client = WebClient(
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url,
        timeout=10,
        retry_handlers=[],
    )
    try:
        who = client.api_call("auth.test")
    except (SlackApiError, SlackClientError, OSError) as error:
        yield Finding("Slack knows the token", _advice_for_token(error, settings))
        return
    yield Finding(f"Slack knows the token: {who.get('user')} in {who.get('team')}")
    yield from _scopes(who.headers)
    if slack.workspaces and who.get("team_id") not in slack.workspaces:
        listed = ", ".join(slack.workspaces)
        yield Finding(
            "The workspace is listed",
            f"the token belongs to {who.get('team_id')}, but firm.yml lists {listed}",
        )
    if slack.mode == "socket":
        yield _socket(settings)
    if slack.notify:
        yield _channel(client, slack.notify)
    else:
        yield Finding("No channel for new requests: firm.yml has no slack: notify")


def _secrets(settings: Settings, slack: Slack) -> Iterator[Finding]:
    token = settings.slack_bot_token or ""
    if not token.startswith("xoxb-"):
        yield Finding(
            "SLACK_BOT_TOKEN",
            "is not a bot token: copy the one that begins with xoxb- from OAuth & Permissions",
        )
    else:
        yield Finding("SLACK_BOT_TOKEN is a bot token")
    if slack.mode == "socket":
        if not (settings.slack_app_token or "").startswith("xapp-"):
            yield Finding(
                "SLACK_APP_TOKEN",
                "is not an app token: make one with the scope connections:write "
                "under Basic Information, App-Level Tokens",
            )
        else:
            yield Finding("SLACK_APP_TOKEN is an app token")
        return
    if not re.fullmatch(r"[0-9a-f]{32}", settings.slack_signing_secret or ""):
        yield Finding(
            "SLACK_SIGNING_SECRET",
            "is not 32 letters and digits: copy the Signing Secret from Basic Information, "
            "App Credentials",
        )
    else:
        yield Finding("SLACK_SIGNING_SECRET looks like one")
    if slack.address is None:
        yield Finding("The public address", "firm.yml has no slack: address, or mode: socket")


def _scopes(headers: Any) -> Iterator[Finding]:
    lowered = {str(name).lower(): value for name, value in dict(headers or {}).items()}
    listed = lowered.get("x-oauth-scopes")
    if not listed:
        yield Finding("Slack did not say which scopes the token has")
        return
    granted = {scope.strip() for scope in str(listed).split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    for scope in missing:
        yield Finding(
            f"Scope {scope}",
            f"is missing ({SCOPES[scope]}): add it under OAuth & Permissions, then reinstall",
        )
    if not missing:
        yield Finding(f"All {len(SCOPES)} scopes are granted")


def _socket(settings: Settings) -> Finding:
    client = WebClient(base_url=settings.slack_api_url, timeout=10, retry_handlers=[])
    try:
        client.apps_connections_open(app_token=settings.slack_app_token or "")
    except (SlackApiError, SlackClientError, OSError) as error:
        return Finding("Socket Mode", f"does not open ({_code(error)}): check SLACK_APP_TOKEN")
    return Finding("Socket Mode opens")


def _channel(client: WebClient, channel: str) -> Finding:
    try:
        found = client.api_call("conversations.info", data={"channel": channel})
    except (SlackApiError, SlackClientError, OSError) as error:
        advice = f"can't be seen ({_code(error)}): check its id, and invite the app with /invite"
        return Finding(f"The channel {channel}", advice)
    if not (found.get("channel") or {}).get("is_member"):
        return Finding(f"The channel {channel}", "has not invited the app: type /invite there")
    return Finding(f"The app is in the channel {channel}")


def _advice_for_token(error: Exception, settings: Settings) -> str:
    code = _code(error)
    if code in ("invalid_auth", "not_authed", "token_revoked", "account_inactive"):
        return f"{code}: copy SLACK_BOT_TOKEN anew from OAuth & Permissions, after installing"
    return f"{settings.slack_api_url} does not answer as Slack does ({code})"


def _code(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        data = error.response.data if hasattr(error.response, "data") else None
        if isinstance(data, dict):
            return str(data.get("error"))
    return type(error).__name__
