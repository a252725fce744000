"""SendGrid v3 mail/send, with its answers sorted once."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from python_http_client import Client
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from leadworkflows.activities.base import (
    Found,
    OutcomeUnknown,
    Receipt,
    Undetermined,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)
from leadworkflows.activities.mail import Allowed, OutgoingEmail
from leadworkflows.activities.pace import Pace
from leadworkflows.content.enclosed import Enclosed
from leadworkflows.tracing.spans import SpanKind, span
from leadworkflows.vendor_transport import LOST, sort_lost, to_the_vendor_alone

logging.getLogger("python_http_client").setLevel(logging.WARNING)  # at DEBUG it logs whole mails

_NOT_THERE = "check LEADWORKFLOWS_SENDGRID_BASE_URL: the address is not that of SendGrid's API"
_REMEDIES = {
    400: "correct what SendGrid names",
    404: _NOT_THERE,
    401: "check LEADWORKFLOWS_SENDGRID_API_KEY",
    403: "give the key the Mail Send permission and verify the sender address in SendGrid",
    413: "the mail is over 30 MB: shorten the content",
}
_MENDED_BY_PEOPLE = (401, 403, 404)
_AT_ONCE = 100
"""As many as Temporal's worker performs: a mail must not wait for a thread once it is allowed to leave."""
_ACCEPTED, _REQUEST_TIMEOUT, _TOO_MANY, _GATEWAY_TIMEOUT = 202, 408, 429, 504
_SHORTEST, _UNSTATED, _LONGEST = timedelta(seconds=1), timedelta(seconds=30), timedelta(hours=1)


class _Direct(Client):  # type: ignore[misc] # it ships no types
    """The SDK's client without redirects; the SDK makes an opener of its own for each request."""

    def _build_client(self, name: str | None = None) -> _Direct:
        path = [*self._url_path, name] if name else self._url_path
        headers, version = self.request_headers, self._version
        return _Direct(self.host, headers, version=version, url_path=path, timeout=self.timeout)

    def _make_request(self, _opener: Any, request: Any, timeout: float | None = None) -> Any:
        return super()._make_request(to_the_vendor_alone(), request, timeout)


class SendGridSender:
    """Sends through SendGrid.

    `rate` is how many mails may leave from this process in a time, such as 20/second. `timeout_s` bounds
    every wait on the network. `left` answers whether the event webhook has told of a mail with a key;
    SendGrid has no other way to ask, so without it a lost answer stays open.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str = "https://api.sendgrid.com",
        from_email: str = "",
        from_name: str = "",
        timeout_s: float = 10.0,
        *,
        rate: str | None = None,
        left: Callable[[str], Awaitable[bool]] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        api = SendGridAPIClient(api_key=api_key, host=base_url.rstrip("/")).client
        self._client = _Direct(
            host=api.host, request_headers=api.request_headers, version=3, timeout=timeout_s
        )
        self._from = {"email": from_email, "name": from_name} if from_name else {"email": from_email}
        self._left = left
        self._clock = clock
        self._pace = Pace(rate)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sendgrid")
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def turn(self, key: str) -> None:
        """Wait for a place in the row."""
        await self._pace.turn(key)

    async def send(self, mail: OutgoingEmail, allowed: Allowed) -> Receipt:
        """One request, never repeated here: whether to repeat is the runner's question."""
        payload = self._payload(mail)
        async with self._free:
            await allowed()  # nothing may come between this and the request
            sending = asyncio.get_running_loop().run_in_executor(self._threads, self._post, payload)
            try:
                with span("SendGrid mail/send", SpanKind.CLIENT):
                    return await sending
            except VendorThrottled as error:
                self._pace.hold(error.retry_after, mail.key)
                raise

    async def find(self, key: str) -> Found:
        """Ask what the event webhook told us; silence proves nothing."""
        if self._left is not None and await self._left(key):
            return Receipt(detail="SendGrid reported the mail by its event webhook")
        return Undetermined("SendGrid cannot be asked whether it took a mail")

    def _post(self, payload: dict[str, Any]) -> Receipt:
        try:
            response = self._client.mail.send.post(request_body=payload)
        except HTTPError as error:
            raise self._sorted(error) from None
        except LOST as error:
            raise sort_lost("SendGrid", error) from None
        if response.status_code != _ACCEPTED:  # a page where the API should be answers 200
            raise VendorRefused(f"SendGrid did not accept the mail: {response.status_code}; {_NOT_THERE}")
        return Receipt(response.headers.get("X-Message-Id"), f"SendGrid accepted it ({_ACCEPTED})")

    def _sorted(self, error: HTTPError) -> Exception:
        status = int(error.status_code)
        if status == _TOO_MANY:
            return VendorThrottled("SendGrid: 429, too many requests", self._wait(error.headers))
        if status == _GATEWAY_TIMEOUT:
            return OutcomeUnknown("SendGrid: 504, its gateway did not wait for the answer")
        if status >= 500 or status == _REQUEST_TIMEOUT:
            return VendorUnavailable(f"SendGrid: {status}")
        unlisted = _NOT_THERE if status < 400 else "see SendGrid's documentation of this status"
        remedy = _REMEDIES.get(status, unlisted)
        if status < 400 or status in _MENDED_BY_PEOPLE:
            return VendorBlocked(f"SendGrid did not take the mail: {status}; {remedy}")
        return VendorRefused(f"SendGrid refused the mail: {status}{_fields(error.body)}; {remedy}")

    def _wait(self, headers: Any) -> timedelta:
        """X-RateLimit-Reset is the Unix second at which the window opens again."""
        try:
            opens = datetime.fromtimestamp(int(headers["X-RateLimit-Reset"]), UTC)
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            return _UNSTATED
        return min(max(opens - self._clock(), _SHORTEST), _LONGEST)

    def _payload(self, mail: OutgoingEmail) -> dict[str, Any]:
        return {
            "personalizations": [_personalization(mail)],
            "from": self._from,
            **_body(mail),
            "categories": _categories(mail),
            "tracking_settings": {
                "click_tracking": {"enable": mail.is_tracked, "enable_text": False},
                "open_tracking": {"enable": mail.is_tracked},
                # Ours is the one-click link; SendGrid's own would unsubscribe behind our back.
                "subscription_tracking": {"enable": False},
            },
            **({"attachments": [_attachment(each) for each in mail.enclosed]} if mail.enclosed else {}),
        }


def _personalization(mail: OutgoingEmail) -> dict[str, Any]:
    to = {"email": mail.to, "name": mail.to_name} if mail.to_name else {"email": mail.to}
    custom_args = {"message_key": mail.key, "lead_id": mail.lead_id, "content": mail.content}
    data = {"dynamic_template_data": dict(mail.data)} if mail.template_id else {}
    return {"to": [to], "custom_args": custom_args, **data, **_one_click(mail.list_unsubscribe_url)}


def _body(mail: OutgoingEmail) -> dict[str, Any]:
    """Ours, or the name of SendGrid's dynamic template, which has a subject of its own."""
    if mail.template_id:
        return {"template_id": mail.template_id}
    plain, html = (
        {"type": "text/plain", "value": mail.text},
        {"type": "text/html", "value": mail.html},
    )
    return {"subject": mail.subject, "content": [plain, html]}


def _attachment(enclosed: Enclosed) -> dict[str, str]:
    """What the HTML shows by its content id is inline, everything else a file of its own."""
    own = {"disposition": "attachment"}
    if enclosed.content_id:
        own = {"disposition": "inline", "content_id": enclosed.content_id}
    content = b64encode(enclosed.content).decode()
    return {"content": content, "type": enclosed.media_type, "filename": enclosed.name, **own}


def _one_click(url: str | None) -> dict[str, Any]:
    """RFC 8058 wants HTTPS; a plain address (development) stays in the footer alone."""
    if url is None or not url.startswith("https://"):
        return {}
    return {
        "headers": {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    }


def _categories(mail: OutgoingEmail) -> list[str]:
    wanted = [re.sub(r"[^\x21-\x7e]", "", name)[:255] for name in mail.categories]
    return list(dict.fromkeys(name for name in wanted if name))[:10]


def _fields(body: bytes) -> str:
    """The fields SendGrid complains of; its messages may quote an address and stay out."""
    try:
        errors = json.loads(body)["errors"]
        names = [str(error["field"]) for error in errors if error.get("field")]
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""
    safe = [name for name in names if re.fullmatch(r"[a-z0-9_.\[\]]{1,80}", name)]
    return f" ({', '.join(safe[:5])})" if safe else ""
