"""The app's manifest: everything that Slack must know of it, made from the settings."""

from __future__ import annotations

from typing import Any

import yaml

from actions.firm import Firm, Slack

PATH = "/webhooks/slack/webhook"
COMMAND = "/sportello"
SHORTCUT = "new_intake"
# Each with why: `sportello slack check` tells which is missing.
SCOPES = {
    "app_mentions:read": "answer where it is mentioned",
    "channels:history": "follow the thread in which it was mentioned",
    "channels:read": "see whether it is in the firm's channel",
    "chat:write": "answer",
    "commands": "the command /sportello and the form",
    "groups:history": "follow such a thread in a private channel",
    "groups:read": "see whether it is in the firm's channel, where that is private",
    "im:history": "read direct messages",
    "im:write": "write direct messages",
    "users:read": "know guests and strangers from staff",
}
EVENTS = ("app_home_opened", "app_mention", "message.channels", "message.groups", "message.im")
_HEADER = """\
# The Slack app of Sportello, written by `sportello slack manifest`.
# In https://api.slack.com/apps choose Create New App, From a manifest, and paste this.
"""


def manifest(firm: Firm, slack: Slack, texts: dict[str, str]) -> str:
    """Return the manifest as YAML.

    Args:
        firm: Whose app it is.
        slack: How Slack reaches it.
        texts: ``usage``, ``description`` and ``new_intake`` in the firm's language.
    """
    socket = slack.mode == "socket"
    address = {} if socket else {"url": f"{slack.address}{PATH}"}
    request = {} if socket else {"request_url": f"{slack.address}{PATH}"}
    content: dict[str, Any] = {
        "display_information": {
            "name": f"Sportello · {firm.name}"[:35],
            "description": texts["description"][:140],
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Sportello", "always_online": True},
            "shortcuts": [
                {
                    "name": texts["new_intake"][:24],
                    "type": "global",
                    "callback_id": SHORTCUT,
                    "description": texts["new_intake"][:150],
                }
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    **address,
                    "description": texts["description"][:100],
                    "usage_hint": texts["usage"][:100],
                    "should_escape": True,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**request, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }
    return _HEADER + yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
