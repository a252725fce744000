"""Calls to Slack's Web API and to response addresses: one request each, its answer sorted."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import install_opener

from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient
from slack_sdk.webhook import WebhookClient

from leadworkflows.slack.errors import sort_answer, sort_response
from leadworkflows.vendor import OutcomeUnknown, VendorRefused
from leadworkflows.vendor_transport import LOST, sort_lost, to_the_vendor_alone

T = TypeVar("T")

HOOKS = ("https", "hooks.slack.com")
"""Where Slack's response addresses point."""

_logger = logging.getLogger("leadworkflows.slack_sdk")
_logger.setLevel(logging.CRITICAL)  # the SDK logs whole messages at DEBUG and bodies at ERROR
install_opener(to_the_vendor_alone())  # the SDK asks through urllib's own, and cannot be given another


def make_client(token: str, base_url: str, timeout_s: float) -> WebClient:
    """slack_sdk would repeat a call by itself after a lost connection, and so act twice: not here."""
    return WebClient(
        token=token,
        base_url=f"{base_url.rstrip('/')}/",
        timeout=timeout_s,  # type: ignore[arg-type] # urllib takes fractions of a second
        retry_handlers=[],
        logger=_logger,
    )


def sorted_call(call: Callable[[], T]) -> T:
    """What the call gives, or the exception that says what its failure means."""
    try:
        return call()
    except SlackApiError as error:
        raise sort_answer(error) from None
    except LOST as error:
        raise sort_lost("Slack", error) from None
    except UnicodeDecodeError:
        raise OutcomeUnknown("Slack: an answer that is not Slack's") from None


def delete_message(client: WebClient, channel: str, ts: str) -> None:
    """Delete a message that the app posted; one that is gone already is no error.

    Raises what slack_sdk raises, and VendorRefused where the app is not in the channel any more.
    """
    try:
        client.chat_delete(channel=channel, ts=ts)
    except SlackApiError as error:
        code = error.response.get("error")
        if code == "channel_not_found":
            raise VendorRefused("Slack refused it: the app is not in this channel any more") from None
        if code != "message_not_found":
            raise


def answer_press(url: str, base_url: str, timeout_s: float, text: str, *, replace: bool) -> None:
    """Post to the response address of a press, which works five times within half an hour.

    Only Slack's own host is called (and that of `base_url`): the address came in with a request, and a
    forged one must not make us call anybody else. Raises what `sorted_call` raises.
    """
    if not _is_slacks(url, base_url):
        raise VendorRefused("the response address is not Slack's; nothing was sent to it")
    client = WebhookClient(url, timeout=timeout_s, retry_handlers=[], logger=_logger)  # type: ignore[arg-type]
    answer = sorted_call(lambda: client.send(text=text, response_type="ephemeral", replace_original=replace))
    if (problem := sort_response(answer.status_code, answer.body, answer.headers)) is not None:
        raise problem


def _is_slacks(url: str, base_url: str) -> bool:
    if not re.fullmatch(r"[!-\[\]-~]+", url):  # printable ASCII without a backslash: read alike by everybody
        return False
    parts, base = urlsplit(url), urlsplit(base_url)
    own = ((base.scheme, base.netloc), (base.scheme, f"hooks.{base.netloc}"))
    return (parts.scheme, parts.netloc) in (HOOKS, *own)
