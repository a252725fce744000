"""Slack's answers, sorted once. Most errors come as HTTP 200 with `ok: false` and a code."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta

from slack_sdk.errors import SlackApiError

from leadworkflows.vendor import (
    OutcomeUnknown,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)

_TOKEN = "check LEADWORKFLOWS_SLACK_BOT_TOKEN"  # noqa: S105 - the remedy, not the token
_TEMPLATE = "the card's template is wrong: please report it"
_POSTING = "let the app post in this channel"
TO_MEND = {
    "channel_not_found": "correct the channel's name in the policy, or invite the app to the private channel",
    "not_in_channel": "invite the app to the channel with /invite",
    "is_archived": "unarchive the channel or name another one in the policy",
    "restricted_action": _POSTING,
    "restricted_action_read_only_channel": _POSTING,
    "restricted_action_thread_only_channel": _POSTING,
    "restricted_action_non_threadable_channel": _POSTING,
    "user_not_found": "correct the rep's Slack member id",
    "users_not_found": "correct the rep's Slack member id",
    "user_disabled": "take the rep out of the roster, or correct the Slack member id",
    "messages_tab_disabled": "turn on the Messages tab under App Home, so that the app can write to people",
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "account_inactive": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "not_allowed_token_type": "use a bot token, which starts with xoxb-",
    "missing_scope": "give the app the scopes of `leadworkflows slack manifest`, and reinstall it",
    "no_permission": "give the app chat:write, and reinstall it",
    "ekm_access_denied": "ask the workspace's administrator",
    "team_access_not_granted": "install the app in this workspace",
}
"""What a person can mend, each with how. What waits for it is tried again every few minutes."""

_GONE = "the message is no longer there to be changed"
_LATE = "the press is too old for it: press the button again"
REMEDIES = {
    "invalid_blocks": _TEMPLATE,
    "invalid_blocks_format": _TEMPLATE,
    "msg_blocks_too_long": _TEMPLATE,
    "msg_too_long": _TEMPLATE,
    "no_text": _TEMPLATE,
    "invalid_arguments": _TEMPLATE,
    "invalid_metadata_format": _TEMPLATE,
    "invalid_metadata_schema": _TEMPLATE,
    "metadata_too_large": _TEMPLATE,
    "view_too_large": _TEMPLATE,
    "message_not_found": _GONE,
    "cant_update_message": _GONE,
    "cant_delete_message": "another app posted it, or the workspace forbids it: delete it in Slack",
    "compliance_exports_prevent_deletion": "the workspace keeps every message: ask its administrator",
    "edit_window_closed": "the workspace lets nobody edit messages this old",
    "expired_trigger_id": _LATE,
    "exchanged_trigger_id": _LATE,
    "invalid_trigger_id": _LATE,
    "trigger_exchanged": _LATE,
    "trigger_expired": _LATE,
    "user_not_in_channel": "the person left the channel",
    "used_url": _LATE,
    "expired_url": _LATE,
}
"""The final codes: trying again changes nothing. A code in neither table is tried again."""

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


def sort_response(status: int, body: str, headers: Mapping[str, str]) -> Exception | None:
    """The exception to raise for the answer of a response address; None where it took the message.

    It says no with 4xx and a code, in JSON or as it is.
    """
    if status == 200:
        return None
    if status == _TOO_MANY:
        return VendorThrottled("Slack: 429, rate limited", _wait(headers))
    if status >= 500:
        return VendorUnavailable(f"Slack: {status}")
    code = _response_code(body)
    return VendorRefused(f"Slack refused the answer: {code or status}; {REMEDIES.get(code, _LATE)}")


def _response_code(body: str) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        return _as_code(body.strip())
    return _as_code(str(told.get("error", ""))) if isinstance(told, dict) else ""


def _by_code(code: str) -> Exception:
    if remedy := TO_MEND.get(code):
        return VendorBlocked(f"Slack refused the message: {code}; {remedy}")
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
    return _as_code(str(error.response.get("error", "")))


def _as_code(text: str) -> str:
    return text if re.fullmatch(r"[a-z_]{1,64}", text) else ""


def _wait(headers: Mapping[str, str]) -> timedelta:
    """Retry-After, in seconds."""
    stated = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    if not stated.strip().isdigit():
        return _UNSTATED
    return min(timedelta(seconds=max(int(stated), 1)), _LONGEST)
