"""`POST /webhooks/{source}`: verify, translate, store, acknowledge."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import SecretStr

from leadworkflows import sources
from leadworkflows.api.deps import ApiDeps, Deps
from leadworkflows.api.intake import AcceptedAnswer, take_in
from leadworkflows.api.keys import key_accepted
from leadworkflows.api.problems import not_found, unauthorised
from leadworkflows.api.requests import read_inbound, require_media
from leadworkflows.settings import PREFIX, SourceSettings
from leadworkflows.sources.base import InboundRequest, SignatureRejected, Source
from leadworkflows.sources.bodies import JSON

router = APIRouter(tags=["webhooks"])
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


@router.post("/webhooks/{source}", status_code=202, openapi_extra=_BODIES)
async def receive_webhook(source: str, request: Request, deps: Deps) -> AcceptedAnswer:
    """Take a vendor's webhook. 202 means that it is on disk; the same delivery again is a duplicate."""
    source = source.lower()  # as its settings are found: another spelling is no other source
    options = deps.settings.source(source)
    adapter = _source(source, options)
    inbound = await read_inbound(request, deps.settings.public_url)
    _verify(adapter, inbound, source, options, deps)
    require_media(request, getattr(adapter, "content_types", (JSON,)))
    accepted = await take_in(deps, source, adapter.translate(inbound), raw=inbound.body)
    return AcceptedAnswer(
        accepted=accepted.accepted, duplicates=accepted.duplicates, event_ids=accepted.event_ids
    )


def _source(name: str, options: SourceSettings) -> Source:
    try:
        return sources.get(name, options)
    except sources.UnknownSource:
        known = ", ".join(sources.names())
        raise not_found(f"There is no source of this name. Known: {known}.") from None


def _verify(
    adapter: Source, inbound: InboundRequest, name: str, options: SourceSettings, deps: ApiDeps
) -> None:
    if getattr(adapter, "accepts_api_keys", False) and key_accepted(inbound.headers, deps.settings):
        return
    if not options.secrets:
        variable = f"{PREFIX}SOURCES__{name.upper()}__SECRETS"
        raise unauthorised(f"No secret is set for this source: set {variable}.")
    reasons = [_refusal(adapter, inbound, secret, deps) for secret in options.secrets]
    if None not in reasons:
        raise unauthorised(f"Not accepted: {reasons[0]}.")


def _refusal(adapter: Source, inbound: InboundRequest, secret: SecretStr, deps: ApiDeps) -> str | None:
    """Why this secret does not fit, or None where it does."""
    try:
        adapter.verify(inbound, secret.get_secret_value(), deps.clock())
    except SignatureRejected as rejected:
        return str(rejected)
    return None
