"""After an outage many mails are due at once: they leave within the rate, measured where they arrive."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from temporalio.exceptions import ApplicationError

from leadworkflows import bootstrap
from leadworkflows.activities.inputs import ActionInput
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.domain.decisions import ActionResult, Outcome
from leadworkflows.domain.events import EventType
from leadworkflows.domain.policy import Policy
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.store import Store
from tests.mailing.away import AwaySendGrid, keep, policy_of, settings_of

MAILS, A_SECOND = 40, 20


async def test_the_queue_drains_within_the_rate_and_each_mail_leaves_once(tmp_path: Path):
    with AwaySendGrid() as sendgrid:
        settings = settings_of(sendgrid, tmp_path, mail_rate=f"{A_SECOND}/second")
        async with await bootstrap.open_store(settings) as store:
            runner = ActionRunner(store, bootstrap.make_actions(settings, store), lambda: datetime.now(UTC))
            mails = await overdue_mails(store, await keep(store, policy_of("send")))
            failed = await asyncio.gather(*map(runner.run, mails), return_exceptions=True)
            assert [type(each) for each in failed] == [ApplicationError] * MAILS
            assert len(sendgrid.turned_away) == MAILS
            sendgrid.is_back, back_at = True, monotonic()
            ended: list[ActionResult] = await asyncio.gather(*map(runner.run, mails))
    assert {each.outcome for each in ended} == {Outcome.CONFIRMED}
    assert sorted(sendgrid.keys()) == sorted(mail.key for mail in mails)
    # A busy machine bunches what it was late with; at no moment may more have left than the rate allows.
    for n, at in enumerate(sorted(sendgrid.asked_at[MAILS:])):
        assert at >= back_at + n / A_SECOND - 0.01


async def overdue_mails(store: Store, policy: Policy) -> list[ActionInput]:
    """One for each of many leads, decided two days ago."""
    people = [
        InboundEvent(
            delivery_id=f"d-{n}", type=EventType.FACTS_UPDATED, identity=Identity(email=f"{n}@example.com")
        )
        for n in range(MAILS)
    ]
    await store.inbox.accept("test", people, datetime.now(UTC), classify=lambda _: {})
    leads = [await store.leads.lead_id_of(f"{n}@example.com") for n in range(MAILS)]
    return [
        ActionInput(
            lead_id=lead,
            key=f"lead:{lead}:nurture.general.1:1",
            name="email.send",
            params={"content": "welcome"},
            policy=policy.id,
            decided_at=datetime.now(UTC) - timedelta(days=2),
            lead={"topic": "nurture", "one_off": False},
        )
        for lead in leads
        if lead is not None
    ]
