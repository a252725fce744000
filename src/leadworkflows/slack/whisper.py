"""Saying something to one person, and opening a form for them: nothing waits for either."""

from __future__ import annotations

from typing import Any

import structlog

from leadworkflows.slack.message import SlackPoster
from leadworkflows.vendor import (
    OutcomeUnknown,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)

_log = structlog.get_logger(__name__)
_FAILED = (VendorRefused, VendorThrottled, VendorBlocked, VendorUnavailable, OutcomeUnknown)


async def whisper(poster: SlackPoster, channel: str, user: str, response_url: str, text: str) -> bool:
    """Tell the presser alone; False where Slack takes it on neither way, which the log says.

    The response address comes first: it works where the app is no member. It is used up after five
    answers or half an hour, and then the channel is left.
    """
    if response_url:
        try:
            await poster.respond(response_url, text)
        except _FAILED as error:
            _log.info("slack.response_address_failed", error=type(error).__name__)
        else:
            return True
    if channel:
        try:
            await poster.tell(channel, user, text)
        except _FAILED as error:
            _log.warning("slack.presser_not_told", error=type(error).__name__, remedy=str(error))
        else:
            return True
    return False


async def open_form(poster: SlackPoster, trigger_id: str, view: dict[str, Any]) -> bool:
    """Open a modal; False where Slack does not, which the log says."""
    try:
        await poster.open_view(trigger_id, view)
    except _FAILED as error:
        _log.warning("slack.form_not_opened", error=type(error).__name__, remedy=str(error))
        return False
    return True
