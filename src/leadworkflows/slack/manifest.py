"""The Slack app that leadworkflows is: what it is called, where Slack reaches it, what it may do.

Slack makes an app from this in one step (https://docs.slack.dev/reference/app-manifest).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

COMMANDS_PATH, INTERACTIONS_PATH = "/slack/commands", "/slack/interactions"
"""Where Slack posts slash commands, and presses of buttons and modals."""


@dataclass(frozen=True)
class Scope:
    """A permission that the app asks for, and what does not work without it.

    `always`: everybody needs it. The others are for private channels and direct messages alone.
    """

    name: str
    without: str
    always: bool = True


SCOPES = (
    Scope("chat:write", "no alert is posted and no card is kept up to date"),
    Scope("commands", "/lead does not work"),
    Scope("channels:read", "a channel cannot be found by its name"),
    Scope("channels:history", "an alert whose answer got lost cannot be looked up, and is posted twice"),
    Scope("im:write", "no direct message can be opened, to remind an owner or to look a reminder up"),
    Scope(
        "im:history", "a reminder whose answer got lost cannot be looked up, and is sent twice", always=False
    ),
    Scope("files:write", "regular reports come without their charts and their table", always=False),
    Scope("groups:read", "private channels cannot be found by their name", always=False),
    Scope("groups:history", "alerts in private channels cannot be looked up", always=False),
)
"""What each call needs, by Slack's reference of methods; nothing that no call of ours needs.

`chat:write.public` is left out on purpose: it would let the app post where nobody invited it, where
it could then neither read back an alert nor answer somebody who pressed a button.
"""


def manifest(url: str) -> dict[str, Any]:
    """The app's manifest for an installation at this public address, which Slack wants to be https."""
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Lead Workflows",
            "description": "Hot leads with the reasons, and the buttons to act on them.",
            "long_description": _LONG,
            "background_color": "#1f2a44",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                # Direct messages to the owner of a lead arrive here; nobody reads what is written back.
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "leadworkflows", "always_online": True},
            "slash_commands": [
                {
                    "command": "/lead",
                    "url": f"{url}{COMMANDS_PATH}",
                    "description": "Show a lead: where it stands, and why",
                    "usage_hint": "ada@example.com",
                    "should_escape": False,  # an address comes as it was typed
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": [scope.name for scope in SCOPES]}},
        "settings": {
            "interactivity": {"is_enabled": True, "request_url": f"{url}{INTERACTIONS_PATH}"},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }


_LONG = (
    "Tells sales about leads that are ready to talk: who they are, why now, and by when somebody should"
    " call. Claim, accept, return or disqualify a lead from its card; the card stays true as the lead"
    " moves, whoever moves it. Reminds the owner before time runs out, and tells the manager after."
    " `/lead` with an e-mail address shows where a lead stands."
)
