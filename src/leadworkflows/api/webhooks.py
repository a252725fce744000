"""`POST /webhooks/{source}`: verify, translate, store, acknowledge.

The route is a plain one of Starlette, because vendors ask it more often than all others together;
what FastAPI would do for it is only in the documentation.
"""

from __future__ import annotations

from typing import Any, cast

from fastapi import APIRouter, Request, Response
from pydantic_core import to_json
from starlette.routing import Route

from leadworkflows import sources
from leadworkflows.api.adapters import Adapter
from leadworkflows.api.failsafe import log_defect
from leadworkflows.api.intake import AcceptedAnswer, take_in
from leadworkflows.api.keys import permitted
from leadworkflows.api.parts import Parts
from leadworkflows.api.problems import Problem, crashed, not_found, of_payload, unauthorised
from leadworkflows.api.requests import client_address, read_inbound, require_media
from leadworkflows.settings import PREFIX
from leadworkflows.sources.base import InboundRequest, PayloadRejected, SignatureRejected
from leadworkflows.sources.bodies import JSON
from leadworkflows.store.api_keys import Scope
from leadworkflows.store.errors import PASSING
from leadworkflows.store.records import Accepted

PATH = "/webhooks/{source}"
_FORM_EXAMPLE = {"email": "ada@example.com", "first_name": "Ada", "title": "CFO", "intent": "demo"}
_BODIES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"type": "object"}, "example": _FORM_EXAMPLE},
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}, "example": _FORM_EXAMPLE},
            "multipart/form-data": {"schema": {"type": "object"}},
        },
    }
}


async def receive(request: Request) -> Response:
    """Take one webhook. Raises what the problem documents are made of."""
    parts = cast("Parts", request.app.state.parts)
    adapter = _adapter(parts, request.path_params["source"])
    try:
        accepted = await _take(parts, adapter, request)
    except Problem as problem:
        if problem.status != 503:
            parts.metrics.refused(adapter.name, problem.status)
        raise
    repeated = accepted.duplicates and not accepted.accepted
    parts.metrics.webhook(adapter.name, "duplicate" if repeated else "accepted")
    parts.metrics.events_accepted(adapter.name, accepted.accepted)
    return _acknowledgement(accepted)


ROUTE = Route(PATH, receive, methods=["POST"])


def documented(problems: dict[int | str, dict[str, Any]]) -> APIRouter:
    """The route as FastAPI describes it."""
    router = APIRouter(tags=["webhooks"])

    @router.post(PATH, status_code=202, openapi_extra=_BODIES, responses=problems)
    async def receive_webhook(source: str) -> AcceptedAnswer:
        """Take a vendor's webhook. 202 means that it is on disk; the same delivery again is a duplicate."""
        raise NotImplementedError

    return router


def _adapter(parts: Parts, name: str) -> Adapter:
    try:
        return parts.adapters.get(name)
    except sources.UnknownSource:
        known = ", ".join(parts.adapters.known())
        raise not_found(f"There is no source of this name. Known: {known}.") from None


async def _take(parts: Parts, adapter: Adapter, request: Request) -> Accepted:
    address = client_address(request)
    inbound = await read_inbound(request, parts.deps.settings.public_url)
    try:
        await _verify(parts, adapter, inbound, address)
    except Problem as problem:
        if problem.status == 401:
            parts.limits.check(address)
            parts.limits.count_failure(address)
        raise
    parts.limits.count_source(adapter.name)
    require_media(inbound.headers, adapter.content_types)
    return await _translated(parts, adapter, inbound)


async def _verify(parts: Parts, adapter: Adapter, inbound: InboundRequest, address: str) -> None:
    """Raise 401 unless a secret or a key fits, 403 and 429 as the key is allowed.

    An address may be shared: by all customers of a vendor, or by everybody where a proxy names nobody.
    So what others got wrong there refuses nothing that is signed; it only ends the guessing of keys.
    """
    may_guess = adapter.accepts_api_keys and not parts.limits.exceeded(address)
    if may_guess and await permitted(parts, inbound.headers, Scope.INGEST):
        return
    if not adapter.secrets:
        variable = f"{PREFIX}SOURCES__{adapter.name.upper()}__SECRETS"
        raise unauthorised(f"No secret is set for this source: set {variable}.")
    reasons = [_refusal(parts, adapter, inbound, secret) for secret in adapter.secrets]
    if None not in reasons:
        raise unauthorised(f"Not accepted: {reasons[0]}.")


def _refusal(parts: Parts, adapter: Adapter, inbound: InboundRequest, secret: str) -> str | None:
    """Why this secret does not fit, or None where it does."""
    try:
        adapter.source.verify(inbound, secret, parts.deps.clock())
    except SignatureRejected as rejected:
        return str(rejected)
    return None


async def _translated(parts: Parts, adapter: Adapter, inbound: InboundRequest) -> Accepted:
    """Into the inbox, or where that cannot be into the quarantine: what is genuine is never lost."""
    try:
        events = adapter.source.translate(inbound)
        accepted = await take_in(parts.deps, adapter.name, events, raw=inbound.body)
    except PayloadRejected as rejected:
        problem = of_payload(rejected)
        return await _set_aside(parts, adapter, inbound, problem, rejected.field, rejected.problem)
    except PASSING:
        raise  # the sender comes again
    except Exception as defect:  # noqa: BLE001 - a plug-in may raise anything
        log_defect(defect)
        why = f"it failed here with {type(defect).__name__}; the server's log says where"
        return await _set_aside(parts, adapter, inbound, crashed(), "", why)
    await parts.desk.settle(adapter, inbound.body)
    return accepted


async def _set_aside(
    parts: Parts, adapter: Adapter, inbound: InboundRequest, problem: Problem, field: str, why: str
) -> Accepted:
    """Raise the problem, naming the place in the quarantine.

    A vendor that repeats a refused webhook for long switches it off. Since we hold the request, its
    repetition is acknowledged as the duplicate that it is.
    """
    row_id, first = await parts.desk.keep(adapter, inbound, field, why)
    if adapter.vendor_retries and not first:
        return Accepted(0, 1, [])
    raise problem.kept(row_id)


def _acknowledgement(accepted: Accepted) -> Response:
    """`AcceptedAnswer`, written without being validated: it is our own."""
    answer = {
        "accepted": accepted.accepted,
        "duplicates": accepted.duplicates,
        "event_ids": accepted.event_ids,
    }
    return Response(to_json(answer), 202, media_type=JSON)
