"""What people say about the mail they get, from the pages that our mails link to.

It is on disk when a method returns: suppression, event and record in one commit. Saying the same
again is a repetition; saying it after having said the opposite is new. Temporal may be away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import ConsentFacts, Facts, TopicFacts
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store.records import Classify, LeadRecord
from leadworkflows.store.refusals import LASTING
from leadworkflows.store.store import Store
from leadworkflows.store.suppressions import Standing

SOURCE = "preferences"
"""The source of the events that the pages write."""
_AFTER = timedelta(milliseconds=1)


@dataclass(frozen=True, repr=False)
class Reader:
    """Who holds a link, and what they do not want: topics, and `None` for all mail. Personal data."""

    record: LeadRecord
    unwanted: frozenset[str | None]
    standing: Mapping[str | None, Standing]
    undeliverable: bool
    """Mails to the address came back or were reported as spam, which no consent takes back."""
    held: bool
    """Somebody of ours put the address on the list, for all mail or a topic."""

    @property
    def lead_id(self) -> str:
        """Whose workflow is told."""
        return self.record.merged_into or self.record.lead_id

    @property
    def email(self) -> str:
        """Where mails go."""
        return self.record.person.email


class PreferenceDesk:
    """Takes down what people say about their mail. `on_accepted` wakes the relay."""

    def __init__(
        self,
        store: Store,
        classify: Classify,
        on_accepted: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._classify, self._on_accepted, self._clock = store, classify, on_accepted, clock

    async def reader(self, token: str) -> Reader | None:
        """Who a token was made for; None where nobody is behind it."""
        lead_id = await self._store.links.lead_of(token)
        record = await self._store.leads.get(lead_id) if lead_id else None
        if record is None:
            return None
        email = record.person.email
        found = await self._store.suppressions.of(email)
        unwanted = frozenset(each.topic for each in found if each.reason == EventType.UNSUBSCRIBED)
        reasons = {each.reason for each in found}
        lasting, held = bool(reasons & {*LASTING}), bool(reasons - {*LASTING, EventType.UNSUBSCRIBED})
        return Reader(record, unwanted, await self._store.suppressions.standing(email), lasting, held)

    async def unsubscribe(self, reader: Reader, topic: str | None) -> None:
        """No more mail, about a topic or at all."""
        await self._write([self._off(reader, topic)])
        if (
            await self._store.suppressions.reason(reader.email, topic) is None
        ):  # the last word is the reader's
            await self._store.suppressions.add(
                reader.email, EventType.UNSUBSCRIBED.value, self._clock(), topic
            )

    async def choose(self, reader: Reader, wanted: Mapping[str, bool], *, no_mail: bool) -> None:
        """Save what was ticked: by topic whether it is wanted, and whether there is to be no mail at all."""
        if no_mail:
            await self.unsubscribe(reader, None)
            return
        again = [self._on(reader, None, "preferences")] if None in reader.unwanted else []
        ticked = [self._on(reader, topic, "preferences") for topic, want in wanted.items() if want]
        left = [
            self._off(reader, topic, after=[*again, *ticked]) for topic, want in wanted.items() if not want
        ]
        await self._write([*again, *ticked, *left])

    async def confirm(self, reader: Reader) -> None:
        """The person who asked for mail is the one who reads this address (double opt-in)."""
        await self._write([self._on(reader, None, "double_opt_in")])

    def _off(self, reader: Reader, topic: str | None, after: Iterable[InboundEvent] = ()) -> InboundEvent:
        """Never dated before what took the last one back, even where two clocks differ.

        What is left off on a page comes `after` what is ticked there, so that it counts.
        """
        back = reader.standing.get(topic, Standing()).taken_back_at
        times = [self._clock(), *([back] if back else [])]
        times += [each.occurred_at + _AFTER for each in after if each.occurred_at]
        since = [back, reader.standing.get(None, Standing()).unsubscribed_at if topic else None]
        return _event(reader, EventType.UNSUBSCRIBED, TopicFacts(topic=topic), max(times), since)

    def _on(self, reader: Reader, topic: str | None, basis: str) -> InboundEvent:
        off = reader.standing.get(topic, Standing()).unsubscribed_at
        at = max(self._clock(), off + _AFTER) if off else self._clock()
        return _event(reader, EventType.CONSENT_GIVEN, ConsentFacts(topic=topic, basis=basis), at, [off])

    async def _write(self, events: list[InboundEvent]) -> None:
        at = max((each.occurred_at for each in events if each.occurred_at), default=self._clock())
        accepted = await self._store.inbox.accept(SOURCE, events, at, classify=self._classify)
        if accepted.accepted:
            self._on_accepted()


def links_of(public_url: str, token: str, topic: str | None = None) -> dict[str, str]:
    """The addresses of the pages: unsubscribe (about a topic where one is named), preferences, confirm."""
    about = f"?topic={quote(topic, safe='')}" if topic else ""
    return {
        "unsubscribe": f"{public_url}/unsubscribe/{token}{about}",
        "preferences": f"{public_url}/preferences/{token}",
        "confirm": f"{public_url}/confirm/{token}",
    }


def _event(
    reader: Reader, kind: EventType, facts: Facts, at: datetime, since: list[datetime | None]
) -> InboundEvent:
    """The same until the opposite is said: then the time of that makes it another delivery."""
    basis = facts.basis if isinstance(facts, ConsentFacts) else "off"
    topic = facts.topic if isinstance(facts, TopicFacts) else None
    marks = ".".join(str(int(each.timestamp() * 1_000_000)) if each else "0" for each in since)
    return InboundEvent(
        delivery_id=f"{basis}:{reader.lead_id}:{topic or ''}:{marks}",
        type=kind,
        occurred_at=at,
        identity=Identity(email=reader.email),
        facts=facts,
    )
