"""What an action of a policy does, in a sentence that anybody in sales understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leadworkflows.domain import spelling
from leadworkflows.domain.grammar import ActionSpec
from leadworkflows.web.spoken import spoken

_WHOM = {"owner": "the owner", "manager": "the owner's manager", "team": "the team"}
_NEWS = {
    "new-mql": "a new MQL", "hot-lead": "a hot lead", "assigned": "the lead is theirs",
    "repeat-request": "it asked again", "unanswered": "nobody answered",
}  # fmt: skip
"""What the packaged cards say."""
_DEFAULT_CHANNEL = "#sales"


def deed(spec: ActionSpec) -> str:
    """Such as "Tells #sales in Slack: new MQL"; what a plug-in adds is called by its name and parameters."""
    say = _DEEDS.get(spec.name)
    return say(spec.params) if say else f"Runs {spelling.action(spec)}"


def called(action: str) -> str:
    """An action by itself, such as "Alert in Slack"; what a plug-in adds is called as it calls itself."""
    return _NAMES.get(action, action)


def _mail(given: Mapping[str, Any]) -> str:
    return f"Sends the mail {spoken(str(given.get('content', '')))}"


def _alert(given: Mapping[str, Any]) -> str:
    template = str(given.get("template", "hot-lead"))
    return f"Tells {_whom(given, 'channel')} in Slack: {_NEWS.get(template) or spoken(template)}"


def _whom(given: Mapping[str, Any], usual: str) -> str:
    """A person, or the channel."""
    channel = str(given.get("channel", _DEFAULT_CHANNEL))
    return _WHOM.get(str(given.get("to", usual)), channel)


def _gives(to: str) -> Callable[[Mapping[str, Any]], str]:
    def say(given: Mapping[str, Any]) -> str:
        team = f" of the team {given['team']}" if given.get("team") else ""
        return f"Gives it to {to}{team}"

    return say


_DEEDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "email.send": _mail,
    "slack.alert": _alert,
    "slack.remind": lambda given: f"Reminds {_whom(given, 'owner')} in Slack",
    "slack.escalate": lambda given: f"Tells {_whom(given, 'manager')} in Slack that the time is over",
    "route.assign": _gives("an owner"),
    "route.reassign": _gives("somebody else"),
    "crm.hubspot": lambda _: "Keeps its contact in HubSpot true",
    "crm.salesforce": lambda _: "Keeps its lead in Salesforce true",
    "http.post": lambda _: "Posts a signed webhook",
}
_NAMES: Mapping[str, str] = {
    "email.send": "Mail",
    "slack.alert": "Alert in Slack",
    "slack.remind": "Reminder in Slack",
    "slack.escalate": "Escalation in Slack",
    "route.assign": "Finding an owner",
    "route.reassign": "Finding another owner",
    "crm.hubspot": "HubSpot",
    "crm.salesforce": "Salesforce",
    "http.post": "Webhook",
}
