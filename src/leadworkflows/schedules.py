"""Temporal schedules: of the funnel watch and the regular reports, as the active policy says; of upkeep."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from leadworkflows.domain.policy import Policy
from leadworkflows.domain.watching import day_number
from leadworkflows.store.errors import StoreError
from leadworkflows.workflows import options
from leadworkflows.workflows.funnel_watch import ReportStart, WatchStart

_log = structlog.get_logger(__name__)
WATCH, WEEKLY, MONTHLY = "funnel-watch", "funnel-report-weekly", "funnel-report-monthly"
UPKEEP = "upkeep"
_UPKEEP_EVERY = timedelta(hours=1)
_LOOK_AGAIN_S = 60.0
"""How soon a policy that was activated meanwhile counts."""
_CATCH_UP = timedelta(hours=12)
"""A look or a report that was due while Temporal was away is made up for within this time."""


class Schedules:
    """Makes, changes and removes the schedules of one task queue. Safe to run in every worker."""

    def __init__(self, client: Client, task_queue: str, policy: Callable[[], Awaitable[Policy]]) -> None:
        self._client, self._task_queue, self._policy = client, task_queue, policy

    async def run(self) -> None:
        """Keep them for ever. While Temporal or the store is away they are as they were."""
        kept: str | None = None
        while True:
            try:
                policy = await self._policy()
                if policy.id != kept:
                    await self.keep(policy)
                    kept = policy.id
            except (RPCError, StoreError, RuntimeError) as error:
                _log.warning("schedules.not_kept", error=type(error).__name__)
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def keep(self, policy: Policy) -> None:
        """Let the schedules be those of a policy. Raises RPCError."""
        wanted = self._schedules(policy)
        for name in (WATCH, WEEKLY, MONTHLY):
            schedule = wanted.get(name)
            await (self._put(self.id_of(name), schedule) if schedule else self._remove(self.id_of(name)))
        await self._put(self.id_of(UPKEEP), self._upkeep(), at_once=True)

    def id_of(self, name: str) -> str:
        """A schedule's id: several installations may share a namespace."""
        return f"{self._task_queue}-{name}"

    def _schedules(self, policy: Policy) -> dict[str, Schedule]:
        watch, zone = policy.watch, policy.calendar.zone
        found = {WATCH: self._schedule(WATCH, options.WATCH_WORKFLOW, WatchStart(), _spec(watch.at, zone))}
        if watch.weekly:
            spec = _spec(watch.weekly.at, zone, weekday=day_number(watch.weekly.on))
            found[WEEKLY] = self._schedule(WEEKLY, options.REPORT_WORKFLOW, ReportStart(kind="weekly"), spec)
        if watch.monthly:
            spec = _spec(watch.monthly.at, zone, day=watch.monthly.day)
            found[MONTHLY] = self._schedule(
                MONTHLY, options.REPORT_WORKFLOW, ReportStart(kind="monthly"), spec
            )
        return found

    def _schedule(self, name: str, workflow: str, start: WatchStart, spec: ScheduleSpec) -> Schedule:
        return Schedule(
            action=ScheduleActionStartWorkflow(
                workflow, start, id=self.id_of(name), task_queue=self._task_queue
            ),
            spec=spec,
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ONE, catchup_window=_CATCH_UP),
        )

    def _upkeep(self) -> Schedule:
        """Every hour, whatever the policy says, and one round at a time."""
        return Schedule(
            action=ScheduleActionStartWorkflow(
                options.UPKEEP_WORKFLOW, id=self.id_of(UPKEEP), task_queue=self._task_queue
            ),
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=_UPKEEP_EVERY)]),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_UPKEEP_EVERY),
        )

    async def _put(self, schedule_id: str, schedule: Schedule, *, at_once: bool = False) -> None:
        def changed(found: ScheduleUpdateInput) -> ScheduleUpdate:
            # Whoever paused it in Temporal, with a note why, finds it paused after a restart.
            return ScheduleUpdate(schedule=replace(schedule, state=found.description.schedule.state))

        try:
            await self._client.create_schedule(schedule_id, schedule, trigger_immediately=at_once)
        except ScheduleAlreadyRunningError:
            await self._client.get_schedule_handle(schedule_id).update(changed)

    async def _remove(self, schedule_id: str) -> None:
        try:
            await self._client.get_schedule_handle(schedule_id).delete()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


def _spec(at: str, zone: str, *, weekday: int | None = None, day: int | None = None) -> ScheduleSpec:
    hour, _, minute = at.partition(":")
    calendar = ScheduleCalendarSpec(
        hour=[ScheduleRange(int(hour))],
        minute=[ScheduleRange(int(minute))],
        day_of_week=[ScheduleRange(0, 6) if weekday is None else ScheduleRange(weekday)],
        day_of_month=[ScheduleRange(1, 31) if day is None else ScheduleRange(day)],
    )
    return ScheduleSpec(calendars=[calendar], time_zone_name=zone)
