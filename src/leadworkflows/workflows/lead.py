"""A lead is one durable workflow: wait, advance the core, perform, record, continue as new."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    # By their whole names: "from leadworkflows.workflows import options" would load them anew for every run.
    import leadworkflows.workflows.display as display  # noqa: PLR0402
    import leadworkflows.workflows.options as options  # noqa: PLR0402
    from leadworkflows.activities.inputs import ActionInput, PerformedAction, RecordInput
    from leadworkflows.domain.decisions import (
        Action,
        ActionResult,
        EntryKind,
        Outcome,
        TimelineEntry,
    )
    from leadworkflows.domain.events import EventType, LeadEvent
    from leadworkflows.domain.facts import PolicyFacts
    from leadworkflows.domain.journey import Journey
    from leadworkflows.domain.state import JourneyState
    from leadworkflows.workflows.inputs import EventBatch, LeadInput, LeadOutcome
    from leadworkflows.workflows.policies import policy_of
    from leadworkflows.workflows.timer import LazyTimer
    from leadworkflows.workflows.unrecorded import Unrecorded

_RECENT = 10


@workflow.defn(name=options.LEAD_WORKFLOW)
class LeadWorkflow:
    """One lead, from its first named event on. Business behaviour is `Journey`'s alone."""

    @workflow.init
    def __init__(self, start: LeadInput) -> None:
        state = start.state or JourneyState(lead_id=start.lead_id, policy_id=start.policy_id)
        self._journey = Journey(state, policy_of)
        self._recent: list[TimelineEntry] = list(start.recent)
        self._events: list[LeadEvent] = list(start.events)
        self._results: list[ActionResult] = []
        self._commands: dict[str, str | None] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._unrecorded = Unrecorded()
        self._spares = start.spares
        self._timer = LazyTimer()
        self._nudged = False
        self._shown = display.already_shown(workflow.info().typed_search_attributes)

    @workflow.run
    async def run(self, start: LeadInput) -> LeadOutcome:  # noqa: ARG002 - taken in by __init__
        """Live as long as the lead does; returns when it turned out to be the same person as another."""
        self._perform(list(self._journey.state.pending.values()))
        while not self._is_over:
            self._arm()
            await workflow.wait_condition(lambda: self._has_work)
            await self._wake_up()
            if self._is_long or self._is_outdated:
                if self._unrecorded:
                    await self._record(self._journey.view())
                # A command under way waits for the next wake-up: to wait for it alone is to wait for ever.
                await workflow.wait_condition(lambda: self._has_work or workflow.all_handlers_finished())
                if not self._has_work:
                    self._continue_as_new()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return LeadOutcome(merged_into=self._journey.state.merged_into)

    @workflow.signal(name=options.EVENTS_SIGNAL)
    def take_events(self, batch: EventBatch) -> None:
        """Events from the inbox; those already taken in are ignored by their `seq`."""
        if batch.policy_id != self._journey.state.policy_id:
            self._events.append(self._policy_change(batch.policy_id))
        self._events.extend(batch.events)

    @workflow.signal(name=options.NUDGE_SIGNAL)
    def look_up(self) -> None:
        """After a release: whoever sleeps learns of it only by waking up."""
        self._nudged = True

    @workflow.update(name=options.COMMAND_UPDATE)
    async def command(self, event: LeadEvent) -> dict[str, Any]:
        """A person's command; answers with the lead as it then stands, or refuses with the reason."""
        self._commands[event.id] = None
        self._events.append(event)
        await workflow.wait_condition(lambda: all(e.id != event.id for e in self._events))
        refused = self._commands.pop(event.id)
        if refused:
            raise ApplicationError(refused, type="CommandRefused", non_retryable=True)
        return self._journey.view()

    @command.validator
    def validate_command(self, event: LeadEvent) -> None:
        """Refuse what is not possible now, before it leaves a trace in the history."""
        refusal = self._journey.refusal(event, workflow.now())
        if refusal:
            raise ApplicationError(refusal, type="CommandRefused", non_retryable=True)

    @workflow.query
    def view(self) -> dict[str, Any]:
        """The lead as the API shows it."""
        return self._journey.view()

    # Waiting

    @property
    def _has_work(self) -> bool:
        return bool(self._events or self._results or self._timer.fired or self._nudged)

    @property
    def _is_over(self) -> bool:
        """Merged, with nothing left to take in or to wait for: what was decided before is still done."""
        return bool(self._journey.state.merged_into) and not self._has_work and not self._under_way

    def _arm(self) -> None:
        due = self._journey.next_wakeup
        if due is not None:
            self._timer.arm(due, display.next_step(self._journey))

    async def _wake_up(self) -> None:
        """Everything that one wake-up does: one advance, at most one record, at most one upsert."""
        events, self._events = self._events, []
        results, self._results = self._results, []
        self._timer.disarm()
        self._nudged = False
        now = workflow.now()
        decided = self._journey.settle(results, now)
        advanced = self._journey.advance(events, now)
        entries, actions = decided.entries + advanced.entries, decided.actions + advanced.actions
        view = self._journey.view() if entries else {}
        self._unrecorded.add(entries)
        taken_along = self._to_take_along(entries, actions, view)
        self._perform(actions, taken_along)
        self._remember(entries)
        if entries:
            self._show(view)
        if taken_along is None and self._unrecorded:
            await self._record(view or self._journey.view())

    def _remember(self, entries: list[TimelineEntry]) -> None:
        self._recent = [*self._recent, *entries][-_RECENT:]
        for entry in entries:
            if entry.kind is EntryKind.REFUSED and entry.data.get("event_id") in self._commands:
                self._commands[str(entry.data["event_id"])] = entry.what

    # Acting

    def _perform(self, actions: list[Action], record: RecordInput | None = None) -> None:
        for action in actions:
            if action.key not in self._under_way:
                self._under_way[action.key] = asyncio.create_task(self._perform_one(action, record))

    async def _perform_one(self, action: Action, record: RecordInput | None) -> None:
        """An action runs beside everything else, with its own retries, and never fails the lead."""
        try:
            result = await workflow.execute_activity(
                action.name,
                self._input(action, record),
                result_type=PerformedAction,
                summary=action.summary,
                start_to_close_timeout=options.ACTION_TIMEOUT,
                heartbeat_timeout=options.ACTION_HEARTBEAT,
                retry_policy=options.ACTION_RETRY,
            )
            self._unrecorded.recorded(result.recorded)
        except ActivityError as error:
            cause = (
                error.cause.type if isinstance(error.cause, ApplicationError) else type(error.cause).__name__
            )
            broken = f"the action broke: {cause}"
            result = PerformedAction(key=action.key, outcome=Outcome.FAILED, detail=broken)
        self._under_way.pop(action.key, None)
        self._results.append(result)

    def _input(self, action: Action, record: RecordInput | None) -> ActionInput:
        return ActionInput(
            lead_id=self._journey.state.lead_id,
            key=action.key,
            name=action.name,
            params=action.params,
            policy=action.policy,
            decided_at=action.decided_at,
            lead=action.facts,
            record=record,
        )

    # Recording

    def _to_take_along(
        self, entries: list[TimelineEntry], actions: list[Action], view: dict[str, Any]
    ) -> RecordInput | None:
        """What the actions record themselves, unless somebody waits who will read what became of it."""
        is_new = any(action.key not in self._under_way for action in actions)
        if not (self._spares and entries and is_new) or self._commands:
            return None
        return self._recorded(view)

    def _recorded(self, view: dict[str, Any]) -> RecordInput:
        return RecordInput(
            lead_id=self._journey.state.lead_id,
            entries=self._unrecorded.entries,
            snapshot=view,
            revision=self._journey.state.entries,
            attempt=_attempt(),
        )

    async def _record(self, view: dict[str, Any]) -> None:
        recorded = self._recorded(view)
        await workflow.execute_local_activity(
            "record",
            recorded,
            summary=f"Record {len(recorded.entries)} entries",
            start_to_close_timeout=options.RECORD_TIMEOUT,
            retry_policy=options.RECORD_RETRY,
        )
        self._unrecorded.recorded(recorded.revision)

    def _show(self, view: dict[str, Any]) -> None:
        shown = display.shown_attributes(self._journey.state, view)
        if self._spares and display.is_score_alone(self._shown, shown):
            shown = self._shown
        if updates := display.changes(self._shown, shown):
            workflow.upsert_search_attributes(updates)
            self._shown = shown
        workflow.set_current_details(display.details(self._journey, view, self._recent))

    # Going on

    @property
    def _is_long(self) -> bool:
        info = workflow.info()
        length = info.get_current_history_length()
        if length >= options.CONTINUE_AT_THE_LATEST or info.is_continue_as_new_suggested():
            return True
        enough = options.CONTINUE_AFTER_EVENTS if self._spares else options.CONTINUED_AFTER_EVENTS
        return length >= enough and not self._under_way

    @property
    def _is_outdated(self) -> bool:
        """A newer release is current, and nothing is under way that its first moment would interrupt."""
        return workflow.info().is_target_worker_deployment_version_changed() and not self._under_way

    def _continue_as_new(self) -> None:
        """On the current release; a run itself stays on the one that began it."""
        state = self._journey.state
        workflow.continue_as_new(
            LeadInput(
                lead_id=state.lead_id,
                policy_id=state.policy_id,
                state=state,
                recent=self._recent,
            ),
            initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
        )

    def _policy_change(self, policy_id: str) -> LeadEvent:
        return LeadEvent(
            id=f"policy-{policy_id}",
            type=EventType.POLICY_CHANGED,
            occurred_at=workflow.now(),
            facts=PolicyFacts(policy=policy_id),
        )


def _attempt() -> str:
    """Which attempt at which workflow task this is: a later one compares as greater.

    Two attempts may decide differently: more events have come until the second, and it is later. The
    history of the second is longer where the first is in it; else it began later.
    """
    info = workflow.info()
    run, now = (at.isoformat(timespec="microseconds") for at in (info.workflow_start_time, workflow.now()))
    return f"{run} {info.get_current_history_length():07} {now}"
