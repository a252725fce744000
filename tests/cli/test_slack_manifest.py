"""What Slack's reference of manifests says (https://docs.slack.dev/reference/app-manifest), walked."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from tests.cli.conftest import Cli

URL = "https://leads.example.com"
# The bot scopes of Slack's reference that a posting app may ask for.
KNOWN_SCOPES = {
    *("app_mentions:read", "chat:write", "chat:write.customize", "chat:write.public", "commands"),
    *("channels:history", "channels:join", "channels:manage", "channels:read"),
    *("files:read", "files:write"),
    *("groups:history", "groups:read", "groups:write", "im:history", "im:read", "im:write"),
    *("mpim:history", "mpim:read", "mpim:write", "team:read", "users:read", "users:read.email"),
}
# Group → field → how long its text may be.
LONGEST = {
    "display_information": {"name": 35, "description": 140, "long_description": 4000},
    "bot_user": {"display_name": 80},
    "slash_command": {"command": 32, "description": 2000, "usage_hint": 1000},
}
FIELDS = {
    "": {"_metadata", "display_information", "features", "oauth_config", "settings"},
    "display_information": {"name", "description", "long_description", "background_color"},
    "features": {"app_home", "bot_user", "slash_commands", "shortcuts", "unfurl_domains"},
    "app_home": {"home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"},
    "bot_user": {"display_name", "always_online"},
    "slash_command": {"command", "url", "description", "usage_hint", "should_escape"},
    "settings": {
        *("interactivity", "org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled"),
        *("event_subscriptions", "allowed_ip_address_ranges"),
    },
    "interactivity": {"is_enabled", "request_url", "message_menu_options_url"},
}


def walk(manifest: dict[str, Any]) -> list[str]:
    """Everything that Slack would refuse."""
    features, settings = manifest["features"], manifest["settings"]
    groups = {
        "": manifest,
        "display_information": manifest["display_information"],
        "features": features,
        "app_home": features["app_home"],
        "bot_user": features["bot_user"],
        "settings": settings,
        "interactivity": settings["interactivity"],
    }
    pairs = [*groups.items(), *(("slash_command", each) for each in features["slash_commands"])]
    found = [
        f"{name}: {field} is not known" for name, group in pairs for field in group.keys() - FIELDS[name]
    ]
    for name, group in pairs:
        limits = LONGEST.get(name, {})
        found += [f"{name}.{field} is too long" for field, most in limits.items() if len(group[field]) > most]
    return found + _words(manifest) + _addresses(manifest) + _scopes(manifest)


def _words(manifest: dict[str, Any]) -> list[str]:
    shown, bot = manifest["display_information"], manifest["features"]["bot_user"]
    checks = {
        "long_description is too short": len(shown["long_description"]) >= 175,
        "background_color is no colour": re.fullmatch(r"#([0-9a-f]{3}){1,2}", shown["background_color"]),
        "display_name has other than a-z 0-9 - _ .": re.fullmatch(r"[a-z0-9._-]+", bot["display_name"]),
        "a command does not begin with /": all(
            re.fullmatch(r"/[a-z0-9_-]+", each["command"]) for each in manifest["features"]["slash_commands"]
        ),
    }
    return [problem for problem, fine in checks.items() if not fine]


def _addresses(manifest: dict[str, Any]) -> list[str]:
    named = [each["url"] for each in manifest["features"]["slash_commands"]]
    named.append(manifest["settings"]["interactivity"]["request_url"])
    return [f"{url} is not https" for url in named if urlsplit(url).scheme != "https"]


def _scopes(manifest: dict[str, Any]) -> list[str]:
    asked = manifest["oauth_config"]["scopes"]["bot"]
    twice = ["a scope stands twice"] if len(asked) != len(set(asked)) else []
    return [*twice, *(f"{scope} is no scope" for scope in asked if scope not in KNOWN_SCOPES)]


def printed(cli: Cli, *arguments: str, **settings: str) -> dict[str, Any]:
    done = cli("slack", "manifest", *arguments, **settings)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_slack_accepts_the_manifest(cli: Cli):
    assert walk(printed(cli, "--url", URL)) == []


def test_a_manifest_that_slack_would_refuse_is_noticed(cli: Cli):
    broken = printed(cli, "--url", URL)
    broken["display_information"]["name"] = "x" * 36
    broken["features"]["slash_commands"][0]["url"] = "http://leads.example.com"
    broken["oauth_config"]["scopes"]["bot"].append("chat:shout")
    broken["settings"]["interactivity"]["url"] = "https://leads.example.com"
    assert len(walk(broken)) == 4


def test_slash_commands_and_presses_come_to_the_public_address(cli: Cli):
    made = printed(cli, PUBLIC_URL="https://sales.example.org/")
    assert made["features"]["slash_commands"][0]["url"] == "https://sales.example.org/slack/commands"
    where = made["settings"]["interactivity"]
    assert where == {"is_enabled": True, "request_url": "https://sales.example.org/slack/interactions"}


def test_a_token_that_changes_by_itself_is_not_asked_for(cli: Cli):
    settings = printed(cli, "--url", URL)["settings"]
    assert (settings["token_rotation_enabled"], settings["socket_mode_enabled"]) == (False, False)


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1", "http://leads.example.com"])
def test_an_address_that_slack_cannot_reach_is_noted_beside_the_manifest(cli: Cli, url: str):
    done = cli("slack", "manifest", "--url", url)
    assert json.loads(done.stdout)["settings"]["interactivity"]["request_url"].startswith(url)
    assert "--url" in done.stderr
    assert cli("slack", "manifest", "--url", URL).stderr == ""


@pytest.mark.parametrize("url", ["leads.example.com", "ftp://leads.example.com", "https://", "https://a:x"])
def test_what_is_no_address_is_wrong_use(cli: Cli, url: str):
    done = cli("slack", "manifest", "--url", url)
    assert done.exit_code == 2
    assert "https://leads.example.com" in done.stderr


def test_yaml_says_the_same_as_json(cli: Cli):
    shown = cli("slack", "manifest", "--yaml", "--url", URL).stdout
    assert YAML(typ="safe").load(shown) == printed(cli, "--url", URL)
