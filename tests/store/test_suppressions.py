"""Who must not be written to, in whatever order it was said."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count, permutations
from random import Random

import pytest
from alembic import command
from sqlalchemy import text

from leadworkflows.sources.base import InboundEvent
from leadworkflows.store import Store, migrate
from tests.store.given import ADA, BOB, LATER, MINUTE, NOON, accept, event, form, lead_of, page

CRM = {"crm": "62515-1"}
OLD = "ada@old.example"
NAMES = count()


def said(kind: str, minute: int, email: str = ADA, **facts: str) -> InboundEvent:
    """Something said at a minute after noon, as a delivery of its own."""
    return event(kind, f"said-{next(NAMES)}", email=email, at=NOON + minute * MINUTE, facts=facts)


def again(minute: int, **facts: str) -> InboundEvent:
    return said("consent_given", minute, basis="preferences", **facts)


async def allowed(store: Store, topic: str | None = None, email: str = ADA) -> bool:
    return await store.suppressions.reason(email, topic) is None


async def test_a_suppressed_address_keeps_every_reason_in_any_spelling(store):
    await store.suppressions.add("Ada@Example.com ", "unsubscribed", NOON)
    await store.suppressions.add(ADA, "email_bounced", NOON + MINUTE)
    assert await store.suppressions.reason("ADA@example.com") == "unsubscribed"
    assert [each.reason for each in await store.suppressions.of(ADA)] == ["unsubscribed", "email_bounced"]


async def test_an_address_nobody_suppressed_may_be_written_to(store):
    assert await allowed(store)
    assert await allowed(store, "case_studies")


async def test_who_unsubscribes_from_a_topic_gets_the_others(store):
    await accept(store, said("unsubscribed", 0, topic="case_studies"), at=LATER)
    assert await store.suppressions.reason(ADA, "case_studies") == "unsubscribed"
    assert await allowed(store, "events")
    assert await allowed(store)


async def test_what_holds_for_all_mail_is_named_before_what_holds_for_a_topic(store):
    await store.suppressions.add(ADA, "unsubscribed", NOON, "events")
    await store.suppressions.add(ADA, "email_bounced", NOON + MINUTE)
    assert await store.suppressions.reason(ADA, "events") == "email_bounced"


@pytest.mark.parametrize("basis", ["preferences", "double_opt_in"])
async def test_consent_given_from_a_mail_of_ours_takes_back_what_it_is_about(store, basis):
    off = [said("unsubscribed", 0), said("unsubscribed", 1, topic="events")]
    await accept(store, *off, said("consent_given", 2, basis=basis), at=LATER)
    assert await allowed(store)
    assert not await allowed(store, "events")
    await accept(store, said("consent_given", 3, basis=basis, topic="events"), at=LATER)
    assert await allowed(store, "events")


@pytest.mark.parametrize("basis", ["form", "import", "contract", "preferences_page"])
async def test_no_other_consent_takes_anything_back(store, basis):
    await accept(store, said("unsubscribed", 0), said("consent_given", 5, basis=basis), at=LATER)
    assert await store.suppressions.reason(ADA) == "unsubscribed"


@pytest.mark.parametrize("lasting", ["email_bounced", "email_spam_reported"])
async def test_no_consent_takes_back_a_bounce_or_a_spam_report_however_they_come(store, lasting):
    for order, events in enumerate(permutations(range(3))):
        email = f"ada{order}@example.com"
        told = [
            said("unsubscribed", 0, email),
            said(lasting, 1, email),
            said("consent_given", 2, email, basis="preferences"),
        ]
        for n in events:
            await accept(store, told[n], at=LATER)
        assert [each.reason for each in await store.suppressions.of(email)] == [lasting]


async def test_every_order_of_what_was_said_ends_in_the_same_permission(store):
    """One and the same history, told in each of its 120 orders, alone or in one delivery."""
    for order, events in enumerate(permutations(range(5))):
        email = f"ada{order}@example.com"
        told = [
            said("unsubscribed", 0, email),
            said("consent_given", 1, email, basis="double_opt_in"),
            said("unsubscribed", 2, email, topic="events"),
            said("consent_given", 3, email, basis="preferences", topic="events"),
            said("unsubscribed", 4, email, topic="tips"),
        ]
        if order % 2:
            await accept(store, *(told[n] for n in events), at=LATER)
        else:
            for n in events:
                await accept(store, told[n], at=LATER)
        permitted = [await allowed(store, topic, email) for topic in (None, "events", "tips")]
        assert permitted == [True, True, False], events


def expected(history: list[InboundEvent], topic: str | None) -> bool:
    """Whether mail about a topic may leave after all that was said, read in the order of its times."""
    off: dict[str | None, bool] = {}
    # At the same instant the unsubscription counts: it is read last.
    for each in sorted(history, key=lambda each: (each.occurred_at, each.type == "unsubscribed")):
        about = vars(each.facts).get("topic")
        if each.type == "unsubscribed":
            off[about] = True
        elif each.type != "consent_given":
            return False
        elif vars(each.facts)["basis"] in ("preferences", "double_opt_in"):
            off[about] = False
    return not off.get(None) and not off.get(topic)


@pytest.mark.parametrize("seed", range(40))
async def test_any_history_in_any_order_and_any_deliveries_ends_as_if_it_was_told_in_order(store, seed):
    chance = Random(seed)  # noqa: S311 - which history, and nothing secret
    kinds = ["unsubscribed"] * 4 + ["consent_given"] * 5 + ["email_bounced"] * (seed % 4 == 0)
    history = []
    for _ in range(chance.randint(1, 9)):
        kind, topic = chance.choice(kinds), chance.choice([None, None, "events", "tips"])
        facts = {"topic": topic} if topic and kind != "email_bounced" else {}
        if kind == "consent_given":
            facts["basis"] = chance.choice(["preferences", "double_opt_in", "form", "import"])
        history.append(said(kind, chance.randint(0, 5), **facts))
    left = chance.sample(history, len(history))
    while left:
        size = chance.randint(1, len(left))
        await accept(store, *left[:size], at=LATER)
        left = left[size:]
    topics = [None, "events", "tips", "offers"]
    assert [await allowed(store, topic) for topic in topics] == [expected(history, topic) for topic in topics]


async def test_an_older_consent_that_arrives_late_does_not_win(store):
    await accept(store, said("unsubscribed", 5), at=LATER)
    await accept(store, again(4), at=LATER + MINUTE)
    assert await store.suppressions.reason(ADA) == "unsubscribed"


async def test_at_the_same_instant_the_unsubscription_counts(store):
    await accept(store, again(1), said("unsubscribed", 1), again(1), at=LATER)
    assert await store.suppressions.reason(ADA) == "unsubscribed"


async def test_a_clock_that_is_ahead_does_not_outlast_an_unsubscription(store):
    await accept(store, again(600), at=NOON)
    await accept(store, said("unsubscribed", 1), at=NOON + MINUTE)
    assert await store.suppressions.reason(ADA) == "unsubscribed"


async def test_an_address_is_suppressed_in_any_spelling_that_an_event_brings(store):
    await accept(store, said("unsubscribed", 0, "Ada@EXAMPLE.com"), at=LATER)
    assert await store.suppressions.reason(ADA) == "unsubscribed"


async def test_an_unsubscription_of_a_topic_by_a_visitor_holds_once_they_are_named(store):
    ids = {"mailer": "9"}
    await accept(store, event("unsubscribed", "d-1", facts={"topic": "events"}, vendor_ids=ids))
    await accept(store, form("d-2", vendor_ids=ids))
    assert await store.suppressions.reason(ADA, "events") == "unsubscribed"
    assert await allowed(store)
    (only,) = await store.consents.of(await lead_of(store))
    assert (only.topic, only.given, only.source, only.event_id) == ("events", False, "standard", "d-1")


async def test_who_unsubscribed_is_not_written_to_under_a_new_address(store):
    await accept(store, form("d-1", email=OLD, vendor_ids=CRM))
    await accept(store, said("unsubscribed", 0, OLD), said("unsubscribed", 0, OLD, topic="tips"), at=LATER)
    await accept(store, page("moved", email=ADA, vendor_ids=CRM), at=LATER + MINUTE)
    assert await store.suppressions.reason(ADA) == "unsubscribed"
    assert await store.suppressions.reason(ADA, "tips") == "unsubscribed"


async def test_what_a_merged_person_said_last_counts_under_both_addresses(store):
    await accept(store, form("old-1", email=OLD, vendor_ids=CRM), form("ada-1"), at=NOON)
    await accept(store, said("unsubscribed", 1, OLD), said("unsubscribed", 1, topic="tips"), at=LATER)
    await accept(store, again(2), at=LATER)
    loser = await lead_of(store, ADA)
    await accept(store, page("says-so", email=ADA, vendor_ids=CRM), at=LATER)
    for email in (OLD, ADA):
        assert await allowed(store, email=email)
        assert not await allowed(store, "tips", email)
    assert len(await store.consents.of(loser)) == len(await store.consents.of(await lead_of(store, OLD))) == 3


async def test_fifty_unsubscriptions_at_once_in_four_processes_are_one(four_stores):
    told = event("unsubscribed", "one-click", email=ADA)
    answers = await asyncio.gather(*(accept(four_stores[n % 4], told, at=LATER) for n in range(50)))
    assert sum(each.accepted for each in answers) == 1
    assert len(await four_stores[0].suppressions.of(ADA)) == 1
    assert len(await four_stores[0].consents.of(await lead_of(four_stores[0]))) == 1


async def test_consent_is_on_record_with_how_it_was_given(store):
    await accept(store, said("consent_given", 0, basis="import"), again(1, topic="tips"), at=LATER)
    await accept(store, said("unsubscribed", 2), said("email_bounced", 3), at=LATER)
    record = await store.consents.of(await lead_of(store))
    assert [(each.topic, each.given, each.basis) for each in record] == [
        (None, True, "import"),
        ("tips", True, "preferences"),
        (None, False, None),
    ]
    assert record[1].at == NOON + MINUTE
    assert await store.consents.of("nobody") == []


async def test_only_an_unsubscription_is_taken_back_unless_more_is_named(store):
    for reason in ("unsubscribed", "email_bounced", "manual"):
        await store.suppressions.add(ADA, reason, NOON)
    left = await store.suppressions.remove(ADA, at=NOON + MINUTE)
    assert {each.reason for each in left} == {"email_bounced", "manual"}
    assert await store.suppressions.remove(ADA, at=NOON + MINUTE, reasons=["manual", "email_bounced"]) == []
    await accept(store, said("unsubscribed", 2), at=LATER)
    assert await store.suppressions.reason(ADA) == "unsubscribed"


async def test_what_was_taken_back_is_no_longer_listed(store):
    await store.suppressions.add(BOB, "unsubscribed", NOON, "tips")
    await store.suppressions.add(ADA, "unsubscribed", NOON)
    await store.suppressions.add(ADA, "unsubscribed", NOON, "tips")
    await store.suppressions.remove(ADA, "tips", at=NOON + MINUTE)
    listed = await store.suppressions.all()
    assert [(each.email, each.topic) for each in listed] == [(ADA, None), (BOB, "tips")]
    assert [each.email for each in await store.suppressions.all(after=ADA)] == [BOB]
    assert ADA not in repr(listed)


async def test_suppressions_from_before_topics_hold_for_all_mail(empty_url):
    with migrate._transaction(empty_url) as connection:
        command.upgrade(migrate._config(connection), "0007")
        at = "2026-03-02 12:00:00+00"[: None if connection.dialect.name == "postgresql" else 19]
        row = {"email": ADA, "reason": "email_bounced", "at": at}
        connection.execute(text("INSERT INTO suppressions VALUES (:email, :reason, :at)"), row)
    migrate.upgrade(empty_url)
    async with Store.open(empty_url) as store:
        (only,) = await store.suppressions.of(ADA)
        assert (only.topic, only.reason, only.at) == (None, "email_bounced", NOON)
        await store.suppressions.add(ADA, "unsubscribed", NOON + timedelta(days=1), "tips")
    with migrate._transaction(empty_url) as connection:
        command.downgrade(migrate._config(connection), "0007")
        assert connection.execute(text("SELECT email, reason FROM suppressions")).all() == [
            (ADA, "email_bounced")
        ]
