"""Slack's answers, sorted once. Most errors come as HTTP 200 with `ok: false` and a code."""

from __future__ import annotations

import re
from datetime import timedelta

from slack_sdk.errors import SlackApiError

from leadworkflows.vendor import (
    OutcomeUnknown,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)

_TOKEN = "check LEADWORKFLOWS_SLACK_BOT_TOKEN"  # noqa: S105 - the remedy, not the token
_TEMPLATE = "the card's template is wrong: please report it"
REMEDIES = {
    "channel_not_found": "correct the channel's name in the policy, or invite the app to the private channel",
    "not_in_channel": "invite the app to the channel with /invite",
    "is_archived": "unarchive the channel or name another one in the policy",
    "restricted_action": "let the app post in this channel",
    "restricted_action_read_only_channel": "let the app post in this channel",
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "account_inactive": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "not_allowed_token_type": "use a bot token, which starts with xoxb-",
    "missing_scope": "give the app chat:write, channels:read and channels:history, and reinstall it",
    "no_permission": "give the app chat:write, and reinstall it",
    "ekm_access_denied": "ask the workspace's administrator",
    "team_access_not_granted": "install the app in this workspace",
    "invalid_blocks": _TEMPLATE,
    "invalid_blocks_format": _TEMPLATE,
    "msg_blocks_too_long": _TEMPLATE,
    "msg_too_long": _TEMPLATE,
    "no_text": _TEMPLATE,
    "invalid_arguments": _TEMPLATE,
    "invalid_metadata_format": _TEMPLATE,
    "invalid_metadata_schema": _TEMPLATE,
    "metadata_too_large": _TEMPLATE,
}
"""The final codes, each with what a person can do. A code that is not here is tried again."""

_MAYBE_DONE = frozenset({"internal_error", "fatal_error"})
"""Slack's documents: some aspect of the operation may have succeeded before the error."""

_TOO_MANY, _GATEWAY_TIMEOUT = 429, 504
_UNSTATED, _LONGEST = timedelta(seconds=30), timedelta(hours=1)


def sort_answer(error: SlackApiError) -> Exception:
    """The exception to raise for an answer of Slack's that says no."""
    status = int(error.response.status_code)
    if status == _TOO_MANY:
        return VendorThrottled("Slack: 429, rate limited", _wait(error.response.headers))
    if status == _GATEWAY_TIMEOUT:
        return OutcomeUnknown("Slack: 504, its gateway did not wait for the answer")
    if status != 200:
        return VendorUnavailable(f"Slack: {status}")
    return _by_code(_code(error))


def _by_code(code: str) -> Exception:
    if remedy := REMEDIES.get(code):
        return VendorRefused(f"Slack refused the message: {code}; {remedy}")
    if code in _MAYBE_DONE:
        return OutcomeUnknown(f"Slack: {code}, part of it may have been done")
    if code in ("ratelimited", "rate_limited"):
        return VendorThrottled(f"Slack: {code}", _UNSTATED)
    if not code:
        return OutcomeUnknown("Slack: an answer that is not Slack's")
    return VendorUnavailable(f"Slack: {code}")


def _code(error: SlackApiError) -> str:
    """The code alone; where Slack sent no JSON, slack_sdk puts the whole body in its place."""
    code = str(error.response.get("error", ""))
    return code if re.fullmatch(r"[a-z_]{1,64}", code) else ""


def _wait(headers: dict[str, str]) -> timedelta:
    """Retry-After, in seconds."""
    stated = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    if not stated.strip().isdigit():
        return _UNSTATED
    return min(timedelta(seconds=max(int(stated), 1)), _LONGEST)
