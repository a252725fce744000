"""The names that events and visitors go by in the inbox."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from leadworkflows.sources.base import Identity

_PLAIN = re.compile(r"(?=.*\d)[A-Za-z0-9._:\-]{1,200}")
"""What is certainly an id and no name: it has a digit, and neither an @ nor a space."""
_PLAIN_BEFORE = re.compile(r"[A-Za-z0-9._:\-]{1,200}")
_KEY_LIMIT = 300
_RUNNING = count(secrets.randbelow(1 << 20))
"""Begins anywhere, so that two processes hardly ever give two requests one number."""


def event_id(delivery_id: str, hashed: Callable[[str], str]) -> str:
    """The delivery's own id where it is plain, else what hashes it under a secret.

    Ids go to Temporal and to logs, and senders choose them: one may be a name or an address, which a hash
    that everybody can make would give away to whoever guesses it.
    """
    return delivery_id if _PLAIN.fullmatch(delivery_id) else _hashed_id(f"id\n{delivery_id}", hashed)


def event_ids(delivery_id: str, hashed: Callable[[str], str]) -> list[str]:
    """That id, and the one under which earlier versions accepted the same delivery."""
    before = delivery_id if _PLAIN_BEFORE.fullmatch(delivery_id) else _digest(delivery_id)
    return list(dict.fromkeys((event_id(delivery_id, hashed), before)))


def content_event_id(content_hash: str, previous: str | None, hashed: Callable[[str], str]) -> str:
    """The id of content that has no delivery id. What was filled in may be an address and no more.

    It follows from the event that last had this content, so two deliveries that race for it want
    the same id and the database lets one of them in.
    """
    return _hashed_id(f"content\n{content_hash}\n{previous or ''}", hashed)


def new_event_id() -> str:
    """An id for an event that nothing can tell apart from another."""
    return f"evt-{uuid4().hex}"


def new_lead_id(at: datetime) -> str:
    """An opaque id for a lead, as UUID version 7 has it (RFC 9562): the milliseconds, then 74 bits of chance.

    Ids grow with time, so that new leads go to the end of the indexes, however long the record is.
    """
    chance = uuid4().hex
    return f"{int(at.timestamp() * 1000):012x}7{chance[13:]}"


def request_id(received_at: datetime) -> int:
    """A number for a raw request, unique among all processes but for a chance in a million.

    Milliseconds before a running number: numbers grow with time, so that new requests go to the end
    of the table and the oldest are at its beginning.
    """
    return int(received_at.timestamp() * 1000) << 20 | next(_RUNNING) & 0xFFFFF


def request_ids_in(time: timedelta) -> int:
    """By how much the numbers of requests grow in that time."""
    return int(time.total_seconds() * 1000) << 20


def visitor_keys(identity: Identity) -> list[str]:
    """Every name of a visitor apart from the e-mail address, the anonymous id first."""
    anonymous = [_visitor_key("anonymous", identity.anonymous_id)] if identity.anonymous_id else []
    return [*anonymous, *vendor_keys(identity)]


def vendor_keys(identity: Identity) -> list[str]:
    """The names that vendors vouch for: one person each."""
    return [_visitor_key(kind, value) for kind, value in sorted(identity.vendor_ids.items()) if value]


def every_key(identity: Identity) -> list[str]:
    """Every name, those that the vendor merged into this person included."""
    return [*visitor_keys(identity), *merged_keys(identity)]


def merged_keys(identity: Identity) -> list[str]:
    """The names of those who, says the vendor, are this person from now on."""
    named = (key.partition(":") for key in identity.merged_vendor_ids)
    return [_visitor_key(kind, value) for kind, _, value in named if kind and value]


def email_key(email: str) -> str:
    """The name of a lead by an address that it had before."""
    return f"email:{email}"


def _visitor_key(kind: str, value: str) -> str:
    key = without_nul(f"{kind}:{value}")
    return key if len(key) <= _KEY_LIMIT else f"{kind[:100]}:{_digest(key)}"


def without_nul(text: str) -> str:
    """PostgreSQL cannot keep the NUL character."""
    return text.replace("\x00", "")


def _hashed_id(text: str, hashed: Callable[[str], str]) -> str:
    return f"id-{hashed(text)[:32]}"


def _digest(text: str) -> str:
    return "sha-" + hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]
