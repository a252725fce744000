"""Names of erased people: what comes late about them is left outside, and brings nobody back.

A name is kept as a keyed hash, so that it can be recognised when it is said again and cannot be read or
guessed from a copy of the table alone. Whoever does something themselves after they were erased (fills
in a form, books a meeting) is a new lead, with nothing of the old one.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store.database import Database, Transaction, insert_all
from leadworkflows.store.models import ErasedRow, EventRow, VisitorRow
from leadworkflows.store.naming import (
    email_key,
    event_ids,
    every_key,
    merged_keys,
    vendor_keys,
    visitor_keys,
)
from leadworkflows.store.refusals import Refusals
from leadworkflows.store.secrets import Secrets

_SECRET = "erased"  # noqa: S105 - the name of a secret
_AT_ONCE = 10_000
_ANYBODY = select(ErasedRow.digest).limit(1)
_FOUND = select(ErasedRow.digest, ErasedRow.at, ErasedRow.back_at).where(
    ErasedRow.digest.in_(bindparam("digests", expanding=True))
)
OWN_DEEDS = frozenset({
    EventType.FORM_SUBMITTED, EventType.CONTENT_DOWNLOADED, EventType.NEWSLETTER_SUBSCRIBED,
    EventType.WEBINAR_REGISTERED, EventType.DEMO_REQUESTED, EventType.QUOTE_REQUESTED,
    EventType.MEETING_BOOKED, EventType.TRIAL_STARTED, EventType.CONSENT_GIVEN,
})  # fmt: skip
"""What a person does to be known: with it an erased person comes back. A tracker, a mail that was opened,
a list that is imported or a CRM that still has them does not bring them back."""


@dataclass(frozen=True, repr=False)
class Digester:
    """Hashes names under the secret of one database."""

    secret: bytes

    def of(self, name: str) -> str:
        """The keyed hash of a name."""
        return hmac.digest(self.secret, name.encode("utf-8", "backslashreplace"), "sha256").hex()

    def of_email(self, email: str) -> str:
        """The same of an address, whatever its case."""
        return self.of(email_key(email.strip().lower()))

    def of_delivery(self, source: str, name: str) -> str:
        """The same of an event's id or content within its source."""
        return self.of(_delivery(source, name))

    def stand_in(self, email: str) -> str:
        """What stands for an erased address where it must not be written to."""
        return f"erased:{self.of_email(email)}"


async def digester_of(secrets: Secrets) -> Digester:
    """What hashes names here; to be asked for outside a transaction. Raises StoreUnavailable."""
    return Digester(await secrets.get(_SECRET))


@dataclass(frozen=True)
class _Mark:
    at: datetime
    back_at: datetime | None


@dataclass
class Erased:
    """Those names among the deliveries at hand that belonged to erased people."""

    digester: Digester
    marks: dict[str, _Mark] = field(default_factory=dict)
    """By digest."""
    back: dict[str, datetime] = field(default_factory=dict)
    """Digests of the names of people who came back, to be written down."""
    returned: set[str] = field(default_factory=set)
    """Their addresses."""
    refused: set[str] = field(default_factory=set)
    """Visitor keys that were left outside."""
    objections: Refusals = field(default_factory=Refusals)
    """That an erased address must not be written to, said late, under what stands for it."""

    def admitted(self, event: InboundEvent, source: str, now: datetime) -> InboundEvent | None:
        """The event as it may be kept; None for one that is left outside.

        The browser of somebody erased may be a colleague's too: what the colleague does there is kept
        without the browser's name.
        """
        if not self.marks:
            return event
        identity = event.identity
        certain = [*vendor_keys(identity), *merged_keys(identity), *_address(identity)]
        marks = self._marks(certain)
        if not marks and not (marks := self._marks(visitor_keys(identity))):
            return event
        if certain and not self._marks(certain):
            return _without_browser(event)
        if self._stays_outside(event, marks, source, now, by_name=bool(certain)):
            self.refused.update(every_key(identity))
            self._hear(event, now)
            return None
        return event

    def _hear(self, event: InboundEvent, now: datetime) -> None:
        """An unsubscription, a bounce or a spam report is about the address, whoever had it."""
        if event.identity.email and event.type is not EventType.CONSENT_GIVEN:
            known = [self.digester.stand_in(event.identity.email)]
            facts = event.facts.model_dump()
            self.objections.hear(event.type, facts, known, min(event.occurred_at or now, now))

    def _stays_outside(
        self, event: InboundEvent, marks: list[_Mark], source: str, now: datetime, *, by_name: bool
    ) -> bool:
        at = min(event.occurred_at or now, now)
        if at <= max(mark.at for mark in marks) or self._is_repeat(event, source, now):
            return True
        if any(mark.back_at is not None for mark in marks):
            return False
        if not by_name or event.type not in OWN_DEEDS:
            return True
        self._let_in(event.identity, now)
        return False

    def _let_in(self, identity: Identity, now: datetime) -> None:
        known = [digest for digest in map(self.digester.of, names_of(identity)) if digest in self.marks]
        self.back.update(dict.fromkeys(known, now))
        self.marks.update({digest: _Mark(self.marks[digest].at, now) for digest in known})
        if identity.email:
            self.returned.add(identity.email.lower())

    def _is_repeat(self, event: InboundEvent, source: str, now: datetime) -> bool:
        """Whether this delivery was kept before the person was erased, whatever time it states."""
        if self._marks(_by_id(event, source, self.digester)):
            return True
        same = self._marks([_delivery(source, event.content_hash)]) if event.content_hash else []
        window = event.dedupe_window
        return any(window is None or now - mark.at < window for mark in same)

    def _marks(self, names: Iterable[str]) -> list[_Mark]:
        digests = map(self.digester.of, names)
        return [self.marks[digest] for digest in digests if digest in self.marks]

    async def write(self, database: Database, connection: Transaction) -> None:
        """Write down who came back and who objects, and drop the names under which nothing was kept."""
        await self.objections.write(database, connection)
        for digest, at in sorted(self.back.items()):
            this = update(ErasedRow).where(ErasedRow.digest == digest)
            await connection.execute(this.values(back_at=at))
        if self.refused:
            waits = select(EventRow.id).where(EventRow.visitor == VisitorRow.key, EventRow.lead_id.is_(None))
            these = VisitorRow.key.in_(sorted(self.refused))
            nobody = delete(VisitorRow).where(these, VisitorRow.lead_id.is_(None), ~waits.exists())
            await connection.execute(nobody)


def names_of(identity: Identity) -> list[str]:
    """Every name of an identity, the address included."""
    return [*_address(identity), *every_key(identity)]


def _address(identity: Identity) -> list[str]:
    return [email_key(identity.email.lower())] if identity.email else []


def _delivery(source: str, name: str) -> str:
    return f"delivery:{source}:{name}"


def _by_id(event: InboundEvent, source: str, digester: Digester) -> list[str]:
    if not event.delivery_id:
        return []
    return [_delivery(source, each) for each in event_ids(event.delivery_id, digester.of)]


def _deliveries(event: InboundEvent, source: str, digester: Digester) -> list[str]:
    by_content = [_delivery(source, event.content_hash)] if event.content_hash else []
    return [*_by_id(event, source, digester), *by_content]


def _without_browser(event: InboundEvent) -> InboundEvent:
    return event.model_copy(update={"identity": event.identity.model_copy(update={"anonymous_id": None})})


async def load_erased(
    connection: Transaction, digester: Digester, came: Collection[tuple[str, InboundEvent]]
) -> Erased:
    """What is known of the names of these events, each with its source, as erased people's.

    Asked for after the leads are locked: whoever erases a lead holds that lock, and has left the mark by
    then.
    """
    erased = Erased(digester)
    if (await connection.execute(_ANYBODY)).first() is None:
        return erased
    names = {name for _, event in came for name in names_of(event.identity)}
    names |= {each for source, event in came for each in _deliveries(event, source, digester)}
    digests = [digester.of(name) for name in names]
    for begin in range(0, len(digests), _AT_ONCE):
        asked = {"digests": digests[begin : begin + _AT_ONCE]}
        rows = (await connection.execute(_FOUND, asked)).all()
        erased.marks.update({row.digest: _Mark(row.at, row.back_at) for row in rows})
    return erased


async def write_erased(
    database: Database, connection: Transaction, digests: Collection[str], at: datetime
) -> None:
    """Remember these names as erased from now on."""
    new = database.insert(ErasedRow)
    again = new.on_conflict_do_update(index_elements=["digest"], set_={"at": at, "back_at": None})
    rows = [{"digest": digest, "at": at, "back_at": None} for digest in sorted(digests)]
    await insert_all(connection, again, rows)
