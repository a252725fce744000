"""`http.post`: a signed Standard Webhook to any address, for what no built-in action speaks to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field
from standardwebhooks.webhooks import Webhook

from leadworkflows.activities.base import (
    ActionContext,
    Found,
    Params,
    Receipt,
    Recipient,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)
from leadworkflows.activities.services import ActionServices
from leadworkflows.domain.decisions import EffectClass, iso
from leadworkflows.outgoing.addresses import checked_url
from leadworkflows.outgoing.client import AddressRefused, Answered

_RESERVED = {
    "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
    "cookie", "expect", "host", "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade",
}  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?", re.ASCII)
_AGAIN = {408, 409, 425}
_UNSTATED, _LONGEST = timedelta(minutes=1), timedelta(hours=1)


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"expected names and values as HTTP has them, not {name!r}")
        if name.lower() in _RESERVED or name.lower().startswith("webhook-"):
            raise ValueError(f"the header {name} is set by the sender or keeps a secret: leave it out")
    return headers


class HttpParams(Params):
    """`secret` names the secret to sign with, and `type` says what happened; unset: `lead.<stage>`.

    `include_person` adds name, address, title, company and phone.
    """

    url: Annotated[str, AfterValidator(checked_url)]
    secret: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,63}$")] = "default"  # noqa: S105 - its name
    type: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", max_length=200)] | None = None
    include_person: bool = False
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(default={}, max_length=20)


class HttpPost:
    """Posts what is known of the lead. Rather twice than not at all: a repetition has the same id."""

    name: ClassVar[str] = "http.post"
    params_model: type[HttpParams] = HttpParams
    effect_class: ClassVar[EffectClass] = EffectClass.RATHER_TWICE
    reaches_lead: ClassVar[bool] = False

    def __init__(self, services: ActionServices) -> None:
        self._services = services

    async def perform(self, context: ActionContext, params: HttpParams) -> Receipt:
        """Sign with the time of this attempt, and post once."""
        secret = self._services.http_secrets.get(params.secret)
        if secret is None:
            raise VendorBlocked(_no_secret(params.secret))
        body = json.dumps(_body(context, params), separators=(",", ":"), ensure_ascii=False)
        headers = {**params.headers, **_signed(context, body, secret)}
        try:
            answer = await self._services.outgoing.post(params.url, body.encode(), headers)
        except AddressRefused as refused:
            raise VendorBlocked(str(refused)) from None
        _judge(answer, context.now)
        return Receipt(message_id(context.key), f"the receiver answered {answer.status}")

    async def reconcile(self, context: ActionContext, params: HttpParams) -> Found:  # noqa: ARG002
        """Do it again: the receiver knows a repetition by its id."""
        return None


def _no_secret(name: str) -> str:
    return (
        f"no secret is called {name}: set LEADWORKFLOWS_HTTP_SECRETS__{name.upper()} to whsec_ and base64,"
        " and restart the workers"
    )


def _body(context: ActionContext, params: HttpParams) -> dict[str, Any]:
    data = _facts(context)
    if params.include_person:
        data["person"] = _person(context.person)
    kind = params.type or f"lead.{context.lead.get('stage') or 'lead'}"
    return {"type": kind, "timestamp": iso(context.decided_at), "data": data}


def _facts(context: ActionContext) -> dict[str, Any]:
    """The lead as the API shows it, at the moment of the decision."""
    lead = {"lead_id": context.lead_id, **context.lead}
    recorded, score = context.snapshot.get("score"), lead.get("score")
    if isinstance(score, int):  # an action's facts have the total alone
        lead["score"] = {**(recorded if isinstance(recorded, dict) else {}), "total": score}
    return lead


def _person(person: Recipient) -> dict[str, str | None]:
    return {
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "title": person.title,
        "company": person.company,
        "phone": person.phone,
    }


def message_id(key: str) -> str:
    """The id of an action's message: the same for every attempt, and without a full stop.

    Standard Webhooks signs `id.timestamp.body`, so an id that may hold a stop, as keys do, could be
    read as another id with another time.
    """
    return f"msg_{sha256(key.encode()).hexdigest()[:40]}"


def _signed(context: ActionContext, body: str, secret: str) -> Mapping[str, str]:
    sent_at, message = context.now.replace(microsecond=0), message_id(context.key)
    return {
        "Content-Type": "application/json",
        "User-Agent": "leadworkflows",
        "webhook-id": message,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, sent_at, body),
    }


def _judge(answer: Answered, now: datetime) -> None:
    status, wait = answer.status, answer.retry_after(now)
    if 200 <= status < 300:
        return
    if status == 429 or (status == 503 and wait is not None):
        asked = _UNSTATED if wait is None else max(wait, timedelta(seconds=1))
        raise VendorThrottled(f"the receiver answered {status}", min(asked, _LONGEST))
    if status >= 500 or status in _AGAIN:
        raise VendorUnavailable(f"the receiver answered {status}")
    raise VendorRefused(f"the receiver refused it: {status}; {_remedy(status)}")


def _remedy(status: int) -> str:
    match status:
        case 410:
            return "it is gone for good: take the action out of the policy"
        case 401 | 403:
            return "check that it has the secret that signs here"
        case _ if 300 <= status < 400:
            return "redirects are not followed: write the final address in the policy"
        case _:
            return "correct the address in the policy, or look into the receiver's log"
