"""A mail that waited while the lead moved on, or became somebody under another address."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leadworkflows.activities.mail import OutboxEmailSender
from leadworkflows.domain.decisions import Outcome
from leadworkflows.domain.events import EventType
from leadworkflows.domain.facts import Facts, TopicFacts
from leadworkflows.sources.base import Identity, InboundEvent

KEY = "lead:1:nurture.finance.1:1"
NEW = "ada@new.example.com"


async def send(performer, **facts):
    performer.facts = {"one_off": False, "sequence": "finance", "topic": "finance", **facts}
    return await performer.perform("email.send", content="roi-study", key=KEY)


@pytest.mark.parametrize("stage", ["sql", "opportunity", "customer", "disqualified"])
async def test_a_sequences_mail_that_waited_until_the_lead_was_beyond_it_never_leaves(
    performer, sendgrid, store, ada, stage
):
    await store.timeline.record(ada, [], {"stage": stage, "pass": 1}, 1)
    result = await send(performer)
    assert (result.outcome, sendgrid.keys()) == (Outcome.WITHHELD, [])
    assert result.detail == f"the sequence is over: the lead is {stage} by now"


async def test_a_sequences_mail_of_an_earlier_pass_never_leaves(performer, sendgrid, store, ada):
    await store.timeline.record(ada, [], {"stage": "recycled", "pass": 2}, 1)
    assert (await send(performer)).outcome is Outcome.WITHHELD
    assert sendgrid.keys() == []


@pytest.mark.parametrize("snapshot", [{"stage": "mql", "pass": 1}, {"stage": "sql", "pass": 0}, {}])
async def test_it_leaves_where_the_sequence_goes_on_or_the_record_is_older_than_it(
    performer, sendgrid, store, ada, snapshot
):
    await store.timeline.record(ada, [], snapshot, 1)
    assert (await send(performer)).outcome is Outcome.CONFIRMED
    assert sendgrid.keys() == [KEY]


async def test_what_was_asked_for_leaves_however_far_the_lead_has_come(performer, sendgrid, store, ada):
    await store.timeline.record(ada, [], {"stage": "sql", "pass": 1}, 1)
    assert (await send(performer, one_off=True)).outcome is Outcome.CONFIRMED


class Meanwhile(OutboxEmailSender):
    """While the mail waits for its turn the person gets a new address, and unsubscribes under that one."""

    def __init__(self, store) -> None:
        super().__init__(store)
        self._accept = store.inbox.accept

    async def turn(self, key: str) -> None:
        await self._tell("known", EventType.FACTS_UPDATED, Facts(), "ada@example.com", {"crm": "1"})
        await self._tell("moved", EventType.FACTS_UPDATED, Facts(), NEW, {"crm": "1"})
        await self._tell("no-more", EventType.UNSUBSCRIBED, TopicFacts(), NEW, {})

    async def _tell(self, name, kind, facts, email, vendor_ids) -> None:
        who = Identity(email=email, vendor_ids=vendor_ids)
        event = InboundEvent(delivery_id=name, type=kind, identity=who, facts=facts)
        await self._accept("standard", [event], datetime.now(UTC), classify=lambda _title: {})


async def test_who_unsubscribes_under_a_new_address_gets_nothing_at_the_old_one(performer, store):
    performer.email = Meanwhile(store)
    result = await send(performer)
    assert (result.outcome, await store.outbox.all()) == (Outcome.WITHHELD, [])
    assert result.detail == "contact is not allowed: unsubscribed"
