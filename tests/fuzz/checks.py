"""What is true of whatever a translator makes or refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from leadworkflows.api.problems import of_payload
from leadworkflows.domain.events import OUR_OWN, facts_model
from leadworkflows.sources.base import InboundEvent, PayloadRejected
from leadworkflows.sources.identity import normalise_email
from leadworkflows.sources.mailboxes import is_free
from leadworkflows.store.dedupe import Known
from leadworkflows.store.erased import Digester
from leadworkflows.store.intake import AS_IT_COMES, Intake, check_readable
from leadworkflows.store.naming import every_key, visitor_keys
from leadworkflows.store.records import Delivery

_OPAQUE = re.compile(r"[A-Za-z0-9._:\-]{1,200}")
_PERSONAL = re.compile(r"@|[0-9]{6}")
_ADDRESS, _ADVICE = "ada@example.com", "such as ada@example.com"
_NOT_LABELS = {"key", "starts_at", "by", "employees", "seconds"}
"""Facts that are no words: the key of an action of ours may hold digits."""


class Broken(AssertionError):
    """A translator made what must not be."""


def require(holds: object, promise: str) -> None:
    """Raise `Broken` with the promise unless it holds."""
    if not holds:
        raise Broken(promise)


def check_events(source: str, events: Sequence[InboundEvent], now: datetime) -> None:
    """The store can take every event as it is: its facts, its names, its id."""
    delivery = Delivery(source, events, now, None, lambda _: {})
    known, intake = Known(Digester(b"a secret").of), Intake(AS_IT_COMES)
    for event in events:
        _check_event(event)
        name, new = known.admit(event, delivery)
        require(_OPAQUE.fullmatch(name), "an event's id is opaque")
        if new:
            intake.take(name, event, delivery)
    intake.settle(now)


def check_rejection(rejected: PayloadRejected) -> None:
    """The sender gets an answer that can be written, and that repeats no address."""
    answer = of_payload(rejected).response()
    require(answer.status_code in {400, 422}, "a rejection is the sender's to mend")
    said = bytes(answer.body).decode().replace(_ADVICE, "").lower()
    require(_ADDRESS not in said and "gmail.com" not in said, "no answer repeats an address")


def _check_event(event: InboundEvent) -> None:
    check_readable(event)
    require(isinstance(event.facts, facts_model(event.type)), "facts are of the event's type")
    require(event.type not in OUR_OWN, "nobody reports what is ours to tell")
    require(event.delivery_id or not event.dedupe_window or event.content_hash, "a window needs a content")
    require(event.occurred_at is None or event.occurred_at.tzinfo, "times have their offset")
    _check_identity(event)
    _check_facts(event)
    kept = event.model_dump(mode="json", include={"person", "notes"})
    require("\x00" not in "".join(_texts(kept)), "no NUL, which PostgreSQL cannot keep")
    json.dumps(kept, ensure_ascii=False).encode()


def _check_identity(event: InboundEvent) -> None:
    who = event.identity
    require(who.email or visitor_keys(who), "an event names somebody")
    require(all(len(key) <= 300 for key in every_key(who)), "a visitor's key fits its column")
    if who.email:
        require(normalise_email(who.email) == who.email, "an address has one spelling")
        require(event.facts.free_email in {None, is_free(who.email)}, "free_email speaks of this address")


def _check_facts(event: InboundEvent) -> None:
    stated = event.facts.model_dump(mode="json", exclude_none=True)
    labels = [value for name, value in stated.items() if name not in _NOT_LABELS and isinstance(value, str)]
    require(not any(map(_PERSONAL.search, labels)), "no fact holds an address or a phone number")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for each in pair for text in _texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in _texts(each))
