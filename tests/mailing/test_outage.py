"""SendGrid is away for two days of the Temporal server's time; then late mails follow the policy's rule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from leadworkflows import bootstrap
from leadworkflows.domain.decisions import Outcome, TimelineEntry
from leadworkflows.store import Store
from tests.mailing.away import AwaySendGrid, keep, policy_of, settings_of
from tests.workflows.conftest import LeadMaker
from tests.workflows.events import Script
from tests.workflows.server import ServerLead, soon, start_server

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.temporal]
RULES = ["send", "latest", "drop", "spread"]
LATE, SPREAD, GAP = timedelta(days=1), timedelta(hours=2), timedelta(days=1)
RETRIED = timedelta(minutes=16)
"""Retries are a quarter of an hour apart at most."""


@dataclass(frozen=True)
class Told:
    """What became of one lead: how it stood when SendGrid came back, hours later, and a day after that.

    `left` are the steps whose mails left; `tries` is how often SendGrid was asked in vain, by step.
    """

    back_at: datetime
    away: dict[str, Any]
    soon: dict[str, Any]
    later: dict[str, Any]
    timeline: list[TimelineEntry]
    left: list[str]
    tries: dict[str, int]

    def ended(self, content: str) -> TimelineEntry:
        """How the step with this mail ended; it is on the timeline once."""
        [entry] = [e for e in self.timeline if e.kind == "action" and f": {content}: " in e.what]
        return entry

    def decided(self, content: str) -> datetime:
        """When the step with this mail was decided, the only time that it was."""
        [entry] = [e for e in self.timeline if e.kind == "nurture" and e.what.endswith(f": {content}")]
        return entry.at


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Told]]:
    """One lead for each rule lives through the outage, all at once."""
    with AwaySendGrid() as sendgrid:
        settings = settings_of(sendgrid, tmp_path_factory.mktemp("outage"))
        async with await start_server() as env, await bootstrap.open_store(settings) as store:
            policies = [await keep(store, policy_of(rule)) for rule in RULES]
            bootstrap.install_policies(settings, policies[0])
            async with bootstrap.build_worker(settings, store, env.client):
                leads = [await LeadMaker(env, store, policy)() for policy in policies]
                yield dict(zip(RULES, await live(env, store, leads, sendgrid), strict=True))


async def live(
    env: WorkflowEnvironment, store: Store, leads: list[ServerLead], sendgrid: AwaySendGrid
) -> list[Told]:
    """Two days without SendGrid from the first step on, then as long as a rule puts a mail off, and a day."""
    start = soon()
    for lead in leads:
        await lead.deliver(Script(start).event("newsletter_subscribed"))
    await asyncio.gather(*(env.fast_forward(lead.handle, timedelta(days=2, hours=1)) for lead in leads))
    back_at, away = [await lead.now() for lead in leads], [await lead.view() for lead in leads]
    assert sendgrid.accepted == []
    sendgrid.is_back = True
    soon_after = await all_seen(leads, back_at, SPREAD + RETRIED)
    later = await all_seen(leads, back_at, SPREAD + RETRIED + GAP)
    told = []
    for n, lead in enumerate(leads):
        views, timeline = (away[n], soon_after[n], later[n]), await lead.timeline()
        told.append(Told(back_at[n], *views, timeline, *sent(lead, sendgrid)))
    return told


async def all_seen(leads: list[ServerLead], since: list[datetime], more: timedelta) -> list[dict[str, Any]]:
    """Each lead as it stands so long after, with nothing under way."""
    await asyncio.gather(*(lead.run_until(at + more) for lead, at in zip(leads, since, strict=True)))
    return [await lead.view() for lead in leads]


def sent(lead: ServerLead, sendgrid: AwaySendGrid) -> tuple[list[str], dict[str, int]]:
    """Steps whose mails left, and how often each was tried before."""
    mine = f"lead:{lead.lead_id}:nurture.general."
    left, away = sendgrid.keys(), sendgrid.turned_away
    return (
        [key.removeprefix(mine) for key in left if key.startswith(mine)],
        {key.removeprefix(mine): n for key, n in away.items() if key.startswith(mine)},
    )


@pytest.mark.parametrize("rule", ["send", "spread"])
async def test_the_sequence_waits_at_its_step_and_decides_no_second_mail(told: dict[str, Told], rule: str):
    one = told[rule]
    assert (one.away["nurture"]["sequence"], one.away["nurture"]["step"]) == ("general", 1)
    [pending] = one.away["pending_actions"]
    assert pending["summary"] == "Nurture 1 of 3: welcome"
    assert list(one.tries) == ["1:1"]
    assert datetime.fromisoformat(one.away["nurture"]["next_at"]) < one.back_at, "the next step was due"


@pytest.mark.parametrize("rule", RULES)
async def test_nobody_leaves_the_sequence_and_no_mail_leaves_twice(told: dict[str, Told], rule: str):
    one = told[rule]
    for view in (one.away, one.soon, one.later):
        assert view["nurture"]["sequence"] == "general"
        assert len(view["pending_actions"]) <= 1
    assert not [entry.what for entry in one.timeline if entry.what.startswith("Left ")]
    assert sorted(set(one.left)) == one.left


async def test_a_mail_is_tried_again_and_again_for_as_long_as_the_outage_lasts(told: dict[str, Told]):
    assert told["send"].tries["1:1"] >= timedelta(days=2) / RETRIED


async def test_where_the_policy_sends_it_leaves_once_and_the_next_step_keeps_its_distance(
    told: dict[str, Told],
):
    one = told["send"]
    assert one.back_at < one.ended("welcome").at < one.back_at + RETRIED
    assert one.ended("welcome").data["outcome"] == Outcome.CONFIRMED
    assert one.left == ["1:1", "2:1"]
    assert one.decided("guide") - one.ended("welcome").at == GAP


async def test_where_the_policy_sends_the_latest_the_step_that_came_due_meanwhile_leaves_instead(
    told: dict[str, Told],
):
    one = told["latest"]
    assert one.ended("welcome").data["outcome"] == Outcome.WITHHELD
    assert one.ended("welcome").why == ["overdue, and the next step's time has come"]
    assert one.back_at < one.ended("guide").at < one.back_at + RETRIED
    assert one.left == ["2:1"]


async def test_where_the_policy_drops_it_never_leaves_and_the_next_step_follows(told: dict[str, Told]):
    one = told["drop"]
    assert one.ended("welcome").data["outcome"] == Outcome.WITHHELD
    assert one.ended("welcome").why == ["overdue, dropped by the policy"]
    assert LATE < one.ended("welcome").at - one.decided("welcome") < LATE + RETRIED
    assert one.decided("guide") - one.ended("welcome").at == GAP
    assert one.left == ["2:1"]


async def test_where_the_policy_spreads_it_leaves_once_within_the_spread(told: dict[str, Told]):
    one = told["spread"]
    assert one.back_at < one.ended("welcome").at < one.back_at + SPREAD + RETRIED
    assert one.left == ["1:1", "2:1"]
    assert one.decided("guide") - one.ended("welcome").at == GAP
    assert one.tries["1:1"] < told["send"].tries["1:1"], "late mails wait for their places"
