"""The funnel watch on the real server: scheduled, told once, closed when it is over; and the reports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import insert
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from leadworkflows import bootstrap
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import CalendarSpec
from leadworkflows.policies.loader import load_policy
from leadworkflows.schedules import MONTHLY, WATCH, WEEKLY, Schedules
from leadworkflows.settings import Settings
from leadworkflows.store.models import ClockRow, PassRow
from leadworkflows.store.store import Store
from leadworkflows.workflows import options
from leadworkflows.workflows.funnel_watch import ReportStart, WatchStart
from tests.vendors.sendgrid import SendGridStandIn
from tests.vendors.server import Answer, ResetAfterAccepting
from tests.vendors.slack import SlackStandIn

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.temporal]

BERLIN = "Europe/Berlin"
MONDAY = date(2026, 9, 7)
TO = "head.of.sales@example.com"


def at(day: date, hour: int = 8) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(BERLIN)).astimezone(UTC)


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandIn]:
    with SendGridStandIn("SG.key") as stand_in:
        yield stand_in


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn("xoxb-token") as stand_in:
        yield stand_in


class Watched:
    """An installation of its own with a policy whose company is in Berlin."""

    def __init__(self, client: Client, settings: Settings, store: Store, policy: Policy) -> None:
        self.client, self.settings, self.store, self.policy = client, settings, store, policy

    async def look(self, when: datetime) -> list[str]:
        """Run a look as of a time; how each telling ended."""
        ended: list[str] = await self._run(options.WATCH_WORKFLOW, WatchStart(at=when), list[str])
        return ended

    async def report(self, kind: str, when: datetime) -> dict[str, str]:
        start = ReportStart(kind=kind, at=when)
        ended: dict[str, str] = await self._run(options.REPORT_WORKFLOW, start, dict[str, str])
        return ended

    async def _run(self, workflow: str, start: WatchStart, result: Any) -> Any:
        queue = self.settings.task_queue
        return await self.client.execute_workflow(
            workflow, start, id=f"{queue}-{uuid4().hex}", task_queue=queue, result_type=result
        )

    def schedules(self) -> Schedules:
        return bootstrap.build_schedules(self.settings, self.store, self.client)

    async def enter(self, since: date, days: int, a_day: int, converted: int, channel: str) -> None:
        """MQLs of a channel, so many a day, of which the first `converted` become SQLs two days later."""
        rows = []
        for day in range(days):
            for n in range(a_day):
                mql = at(since + timedelta(days=day), 12)
                sql = mql + timedelta(days=2) if n < converted else None
                life = {"began_at": mql, "began_as": "lead", "mql_at": mql, "sql_at": sql}
                rows.append({"lead_id": uuid4().hex, "pass": 1, "channel": channel, **life})
        async with self.store.database.writing() as connection:
            await connection.execute(insert(PassRow), rows)

    async def miss(self, lead_id: str, missed_at: datetime, stopped_at: datetime | None = None) -> None:
        row = {
            "lead_id": lead_id, "pass": 1, "clock": "first_contact", "code": "L3", "state": "missed",
            "started_at": missed_at - timedelta(hours=1), "due_at": missed_at, "missed_at": missed_at,
            "stopped_at": stopped_at, "paused": False,
        }  # fmt: skip
        async with self.store.database.writing() as connection:
            await connection.execute(insert(ClockRow), [row])


@pytest_asyncio.fixture(loop_scope="session")
async def watched(
    env: WorkflowEnvironment, sendgrid: SendGridStandIn, slack: SlackStandIn, tmp_path: Path
) -> AsyncIterator[Watched]:
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        task_queue=f"watch-{uuid4().hex}",
        public_url="https://leads.example.com",
        sendgrid_api_key=SecretStr("SG.key"),
        sendgrid_base_url=sendgrid.url,
        from_email="leads@example.com",
        slack_bot_token=SecretStr("xoxb-token"),
        slack_base_url=f"{slack.url}/api",
        report_to=[TO],
    )
    policy = load_policy().model_copy(update={"calendar": CalendarSpec(zone=BERLIN)})
    async with await bootstrap.open_store(settings) as store:
        now = datetime.now(UTC)
        await store.policies.save(policy.id, policy.name, policy.model_dump_json(by_alias=True), now)
        await store.policies.activate(policy.id, now, "test")
        async with bootstrap.build_worker(settings, store, env.client):
            yield Watched(env.client, settings, store, policy)


async def drop(watched: Watched) -> None:
    """One channel of three falls from a half to an eighth; by MONDAY its cohorts had their 30 days."""
    begin = MONDAY - timedelta(days=30 + 28 + 182)
    for channel in ("linkedin", "search", "webinar"):
        await watched.enter(begin, 182, 8, 4, channel)
        await watched.enter(MONDAY - timedelta(days=58), 28, 8, 1 if channel == "linkedin" else 4, channel)


def said(slack: SlackStandIn) -> list[str]:
    return [message["text"] for message in slack.accepted]


async def test_a_drop_is_told_once_with_a_link_to_the_leads_however_often_it_is_looked_for(watched, slack):
    await drop(watched)
    assert await watched.look(at(MONDAY)) == ["confirmed"]
    assert await watched.look(at(MONDAY)) == []
    assert await watched.look(at(MONDAY + timedelta(days=7))) == []
    [told] = said(slack)
    assert told.startswith("A1: A conversion dropped. MQL → SQL of channel linkedin dropped to 12.5%")
    link = "https://leads.example.com/leads?entered=mql&amp;not_converted=sql&amp;channel=linkedin"
    assert link.replace("&amp;", "&") in str(slack.accepted[0]["blocks"])


async def test_drops_are_looked_for_on_their_day_alone(watched, slack):
    await drop(watched)
    assert await watched.look(at(MONDAY - timedelta(days=1))) == []
    assert not slack.accepted


async def test_a_drop_that_recovered_is_closed_and_that_is_told_too(watched, slack):
    await drop(watched)
    await watched.look(at(MONDAY))
    await watched.enter(MONDAY - timedelta(days=30), 28, 8, 4, "linkedin")
    assert await watched.look(at(MONDAY + timedelta(days=29))) == ["confirmed"]
    assert said(slack)[1].startswith("A1: A conversion recovered. It is 5")
    assert not await watched.store.findings.opened()
    assert await watched.look(at(MONDAY + timedelta(days=30))) == []


async def test_leads_that_wait_beyond_their_clock_are_one_finding_until_nobody_waits(watched, slack):
    await watched.miss("one", at(MONDAY, 6))
    await watched.miss("two", at(MONDAY, 7))
    await watched.miss("reached", at(MONDAY, 5), stopped_at=at(MONDAY, 6))
    await watched.look(at(MONDAY))
    await watched.look(at(MONDAY + timedelta(days=1)))
    [told] = said(slack)
    assert told.startswith("A2: Leads wait beyond their clock. 2 leads wait beyond L3 (first contact)")
    assert told.endswith("the first since 2026-09-07 04:00 UTC.")


async def test_an_alert_whose_answer_was_lost_is_found_and_not_told_twice(watched, slack):
    await watched.miss("one", at(MONDAY, 6))
    slack.fail(ResetAfterAccepting())
    assert await watched.look(datetime.now(UTC)) == ["confirmed"]
    assert len(slack.accepted) == 1


async def test_while_slack_is_away_the_alert_waits_and_then_comes(watched, slack):
    await watched.miss("one", at(MONDAY, 6))
    slack.fail(Answer(503), Answer(503))
    assert await watched.look(at(MONDAY)) == ["confirmed"]
    assert len(slack.accepted) == 1


async def test_what_closed_before_it_could_be_told_is_not_told(watched, slack):
    await watched.store.findings.open("A2", "A2 review", "1 lead waits.", {}, at(MONDAY))
    await watched.store.findings.close("A2 review", at(MONDAY))
    assert await watched.look(at(MONDAY + timedelta(days=1))) == []
    assert not slack.accepted


async def test_the_weekly_report_goes_to_slack_with_its_charts_and_to_the_mailbox_once(
    watched, slack, sendgrid
):
    await watched.enter(MONDAY - timedelta(days=14), 14, 3, 1, "linkedin")
    ended = await watched.report("weekly", at(MONDAY))
    assert list(ended.values()) == ["confirmed", "confirmed", "confirmed"]
    await watched.report("weekly", at(MONDAY, 9))
    [told] = said(slack)
    assert told == "The funnel in the week of 31 August 2026"
    assert [each["name"] for each in slack.files.shown] == [
        "funnel.png", "trend.png", "channels.png", "funnel-2026-W36.csv",
    ]  # fmt: skip
    assert {each["thread"] for each in slack.files.shown} == {slack.accepted[0]["ts"]}
    assert slack.files.shown[0]["content"].startswith(b"\x89PNG")
    assert b"2026-08-31,2026-09-06,linkedin,21,21,0,7,0,0" in slack.files.shown[3]["content"]
    [mail] = sendgrid.accepted
    assert mail["personalizations"][0]["to"] == [{"email": TO}]
    assert [each["disposition"] for each in mail["attachments"]] == ["inline"] * 3 + ["attachment"]
    assert not mail["tracking_settings"]["open_tracking"]["enable"]


async def test_a_week_is_cut_in_the_companys_zone(watched, slack):
    """23:30 UTC on Sunday is Monday in Berlin."""
    late = datetime(2026, 8, 30, 23, 30, tzinfo=UTC)
    row = {"lead_id": "late", "pass": 1, "channel": "search", "began_at": late, "began_as": "lead"}
    async with watched.store.database.writing() as connection:
        await connection.execute(insert(PassRow), [row])
    await watched.report("weekly", at(MONDAY))
    assert b"2026-08-31,2026-09-06,search,1,0,0,0,0,0" in slack.files.shown[3]["content"]


async def test_a_month_is_reported_too(watched, slack):
    await watched.enter(date(2026, 8, 1), 31, 2, 1, "search")
    await watched.report("monthly", at(date(2026, 9, 1), 9))
    assert said(slack) == ["The funnel in August 2026"]


async def test_no_address_is_in_a_key_or_in_what_temporal_keeps(watched, sendgrid):
    handle = await watched.client.start_workflow(
        options.REPORT_WORKFLOW,
        ReportStart(kind="weekly", at=at(MONDAY)),
        id=f"{watched.settings.task_queue}-report",
        task_queue=watched.settings.task_queue,
    )
    await handle.result()
    history = await handle.fetch_history()
    assert TO not in history.to_json()
    assert sendgrid.accepted
    assert not any(TO in each.key for each in await watched.store.effects.list(50))


async def test_schedules_are_made_once_in_the_companys_zone_and_follow_the_policy(watched):
    schedules = watched.schedules()
    await schedules.keep(watched.policy)
    await schedules.keep(watched.policy)
    for name, hours in ((WATCH, (8, 0)), (WEEKLY, (8, 30)), (MONTHLY, (9, 0))):
        told = await watched.client.get_schedule_handle(schedules.id_of(name)).describe()
        [calendar] = told.schedule.spec.calendars
        assert (calendar.hour[0].start, calendar.minute[0].start) == hours
        assert told.schedule.spec.time_zone_name == BERLIN
    quiet = watched.policy.watch.model_copy(update={"weekly": None, "at": "07:15"})
    await schedules.keep(watched.policy.model_copy(update={"watch": quiet}))
    told = await watched.client.get_schedule_handle(schedules.id_of(WATCH)).describe()
    assert told.schedule.spec.calendars[0].minute[0].start == 15
    listed = [each.id async for each in await watched.client.list_schedules()]
    assert schedules.id_of(WEEKLY) not in listed


async def test_a_schedule_that_somebody_paused_stays_paused_when_a_worker_starts(watched):
    schedules = watched.schedules()
    await schedules.keep(watched.policy)
    handle = watched.client.get_schedule_handle(schedules.id_of(WATCH))
    await handle.pause(note="we move house")
    await watched.schedules().keep(watched.policy)
    state = (await handle.describe()).schedule.state
    assert (state.paused, state.note) == (True, "we move house")


async def test_the_schedule_starts_a_look(watched, slack):
    await watched.miss("one", at(MONDAY, 6))
    schedules = watched.schedules()
    await schedules.keep(watched.policy)
    handle = watched.client.get_schedule_handle(schedules.id_of(WATCH))
    await handle.trigger()
    async with asyncio.timeout(20):
        while not slack.accepted:
            await asyncio.sleep(0.05)
    assert said(slack)[0].startswith("A2:")
