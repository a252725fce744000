"""The brain: what a lead's journey makes of its events and of time passing.

`Journey.advance(events, now)` takes events in, runs what has come due, and returns what was decided;
`Journey.next_wakeup` says when to call again if nothing happens. The workflow, the simulation and
the back-test are three drivers of these two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from leadworkflows.domain import contact, ladder, machines, nurture, qualification, scoring, sla, steps
from leadworkflows.domain.conditions import folded
from leadworkflows.domain.decisions import Action, ActionResult, Decisions, EntryKind
from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.facts import FIRMOGRAPHIC, MergeFacts, PolicyFacts
from leadworkflows.domain.lifecycle import OPEN_STAGES, Move, Stage
from leadworkflows.domain.moves import Mover
from leadworkflows.domain.ownership import settle_assignment
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.priority import prioritise
from leadworkflows.domain.reading import Reading, is_meant
from leadworkflows.domain.sales import (
    SALES_EVENTS,
    SALES_MOVES,
    apply_sales_event,
    refusal,
    was_carried_out,
)
from leadworkflows.domain.standing import unanswered_at
from leadworkflows.domain.state import JourneyState
from leadworkflows.domain.turn import Turn
from leadworkflows.domain.view import lead_view
from leadworkflows.domain.wording import OUTCOMES, event_sentence, said

PolicyOf = Callable[[str], Policy]
_firmographic = itemgetter(*FIRMOGRAPHIC)
_NOTHING = (None,) * len(FIRMOGRAPHIC)
"""What most events state about who the lead is."""


class Journey:
    """One lead's journey under its policy. It owns its state and moves it on in place."""

    def __init__(self, state: JourneyState, policy_of: PolicyOf) -> None:
        self.state = state
        self.policy = policy_of(state.policy_id)
        """The policy that this lead follows now."""
        self._policy_of = policy_of
        self._turn = Turn(self.policy, state)
        self._looked_ahead = False
        self._soonest: datetime | None = None
        if not state.segment:
            self._find_segment()

    @classmethod
    def begin(cls, lead_id: str, policy: Policy) -> Journey:
        """A journey before anything happened, for drivers that know one policy."""
        state = JourneyState(lead_id=lead_id, policy_id=policy.id)
        return cls(state, {policy.id: policy}.__getitem__)

    def advance(self, events: Sequence[LeadEvent], now: datetime) -> Decisions:
        """Take events in, in their order, and run everything that is due up to now."""
        self._turn = Turn(self.policy, self.state)
        for event in events:
            self._take(event, now)
        if self.state.opened_at:
            self._soonest = self._run_due(now, now, inclusive=True)
            self._looked_ahead = True
        return self._turn.decisions

    def settle(self, results: Sequence[ActionResult], now: datetime) -> Decisions:
        """Note how actions ended."""
        self._turn, self._looked_ahead = Turn(self.policy, self.state), False
        for result in results:
            action = self.state.pending.pop(result.key, None)
            if action is not None:
                self._note_result(action.summary, result, now)
                self._take_assignment(action, result, now)
                steps.ended(self._turn, action, result, now)
        return self._turn.decisions

    @property
    def next_wakeup(self) -> datetime | None:
        """When something is next due if nothing happens before; None when nothing is."""
        if not self._looked_ahead:
            due = self._next_due()
            self._soonest, self._looked_ahead = (due[0] if due else None), True
        return self._soonest if self.state.opened_at else None

    def refusal(self, event: LeadEvent, now: datetime) -> str | None:
        """Why a person's command is not possible now, in a sentence; None where it is."""
        return refusal(self._turn, event, now)

    def view(self) -> dict[str, Any]:
        """The lead as the API shows it, without personal data."""
        return lead_view(self.state, self.policy, self.next_wakeup)

    def _take_assignment(self, action: Action, result: ActionResult, now: datetime) -> None:
        """What routing found: an owner, or nobody; and what that means for the ladder that asked for it."""
        if result.assignment is None and action.name != ladder.REASSIGN:
            return
        at = self.state.now = max(now, self.state.now or now)
        mover = self._mover(at, None)
        if result.assignment and settle_assignment(self._turn, action, result.assignment, at):
            mover.assigned()
        if action.name == ladder.REASSIGN:
            ladder.go_on_after(self._turn, action, result, at, mover.moment(None))

    def _note_result(self, summary: str, result: ActionResult, now: datetime) -> None:
        why = [result.detail] if result.detail else []
        what, outcome = f"{summary}: {OUTCOMES[result.outcome]}", str(result.outcome)
        self._turn.note(EntryKind.ACTION, what, now, why, key=result.key, outcome=outcome)

    # Time

    def _next_due(
        self, now: datetime | None = None, heard_until: datetime | None = None
    ) -> tuple[datetime, Callable[[datetime], None]] | None:
        """What is due next, and what does it; at one instant what is named first goes first.

        Of the time after `heard_until` nobody can say yet that it was silent. Nothing is due for a lead
        that was merged.
        """
        state, policy = self.state, self.policy
        if state.merged_into:
            return None
        due: list[tuple[datetime, Callable[[datetime], None]]] = []
        if state.clocks and (rung := ladder.next_due(state.clocks)):
            due.append((rung, self._climb))
        if state.paused_until:
            due.append((state.paused_until, self._resume))
        if state.last_attempt and (unanswered := unanswered_at(state, policy)):
            due.append((unanswered, self._give_up))
        if state.enrolment and (step := self._step_due(now)):
            due.append((step, self._nurture))
        if state.reentry:
            due.append((state.reentry.at, self._reenter))
        silence = scoring.decay_due(state, policy)
        if silence and (heard_until is None or silence <= heard_until):
            due.append((silence, self._decay))
        return min(due, key=itemgetter(0)) if due else None

    def _step_due(self, now: datetime | None) -> datetime | None:
        """When the next step is sent: one that is overdue goes out now, after what happened meanwhile."""
        due = nurture.step_due(self._turn)
        overdue = due is not None and now is not None and now - due > self.policy.late_after.delta
        return now if overdue else due

    def _run_due(
        self, until: datetime, now: datetime, heard_until: datetime | None = None, *, inclusive: bool = False
    ) -> datetime | None:
        """Run what is due, earliest first, and say when something is due again.

        An event of the same instant goes before what is due. Silence takes its points on its own date,
        also in a past that was heard of late.
        """
        while found := self._next_due(now, heard_until):
            due, run = found
            if due > until or (due == until and not inclusive):
                return due
            at = self.state.now = max(due, self.state.now or due)
            run(due if run == self._decay else at)
        return None

    def _is_quiet(self, until: datetime) -> bool:
        """Whether it is known from the last turn that nothing falls due before an instant.

        What is overdue, and silence of which nobody can say yet, is due later than was said then, never
        earlier.
        """
        return self._looked_ahead and (self._soonest is None or self._soonest >= until)

    def _climb(self, at: datetime) -> None:
        ladder.climb(self._turn, at, self._mover(at, None).moment(None))

    def _resume(self, at: datetime) -> None:
        sla.resume(self._turn, at, "the pause is over")

    def _give_up(self, at: datetime) -> None:
        self.state.reason = "no_answer"
        if not self._mover(at, None).move(Move.GIVE_UP, ["no answer since the last attempt"]):
            self.state.last_attempt = None
        self._plan(at)

    def _nurture(self, at: datetime) -> None:
        steps.run(self._turn, at, lambda: self._mover(at, None).moment(None))

    def _reenter(self, at: datetime) -> None:
        nurture.reenter(self._turn, at)

    def _decay(self, at: datetime) -> None:
        scoring.decay(self._turn, at)

    def _mover(self, at: datetime, event: LeadEvent | None) -> Mover:
        return Mover(self._turn, at, event)

    # Events

    def _take(self, event: LeadEvent, now: datetime) -> None:
        state = self.state
        if (event.seq and event.seq <= state.seq) or state.merged_into or was_carried_out(state, event):
            return
        state.seq = max(state.seq, event.seq)
        if event.occurred_at > now:  # somebody's clock is fast
            event = event.model_copy(update={"occurred_at": now})
        at = event.occurred_at if event.anonymous else self._acted_on_at(event, now)
        if not self._is_quiet(at):
            self._run_due(at, now, event.occurred_at)
        self._looked_ahead = False
        state.now = max(at, state.now or at)
        what, facts = event_sentence(event), {"event_id": event.id, "type": str(event.type), **said(event)}
        self._turn.write(EntryKind.EVENT, what, event.occurred_at, [], facts)
        self._learn(event)
        if isinstance(event.facts, MergeFacts) and event.facts.into:
            self._end(event.facts.into, at)
        elif event.anonymous:
            self._score(event, self.policy.reading[event.type], folded(vars(event.facts)))
            nurture.recall(self._turn, event, at)
        else:
            self._open(event, at)
            self._follow(event, at)

    def _end(self, into: str, at: datetime) -> None:
        """The person goes on as another lead: nothing is due here any more."""
        self.state.merged_into = into
        nurture.stop(self._turn, at, "merged")
        sla.stop_all(self._turn, at, "merged")
        self._turn.note(EntryKind.STAGE, f"Goes on as lead {into}", at, ["merged"], into=into)

    def _acted_on_at(self, event: LeadEvent, now: datetime) -> datetime:
        """An event's own time, or now when it is too late to act in its past; never backwards."""
        late = now - event.occurred_at > self.policy.late_after.delta
        at = now if late else event.occurred_at
        return max(at, self.state.now or at)

    def _learn(self, event: LeadEvent) -> None:
        """Remember firmographic and demographic facts; the first channel stays the lead's channel."""
        profile, stated, news = self.state.profile, _firmographic(vars(event.facts)), False
        if stated == _NOTHING:
            return
        for name, value in zip(FIRMOGRAPHIC, stated, strict=True):
            kept = name == "channel" and name in profile
            if value is not None and value != profile.get(name) and not kept:
                profile[name], news = value, True
        if news:
            self._find_segment()
            scoring.update_fit(self._turn, event)

    def _find_segment(self) -> None:
        self.state.segment, _ = scoring.segment_of(self.state.profile, self.policy)

    def _open(self, event: LeadEvent, at: datetime) -> None:
        if self.state.opened_at is None:
            self.state.opened_at = self.state.stage_since = at
            why, to = ["S1", "out of anonymity"], Stage.LEAD.value
            self._turn.note(EntryKind.STAGE, "Lead", at, why, to=to, event_id=event.id)
            self._mover(at, event).hooks()

    def _follow(self, event: LeadEvent, at: datetime) -> None:
        """What an event of a named lead leads to, in the order of domain.md: out, in, on, after."""
        if contact.update(self._turn, event, at):
            nurture.stop_for_permission(self._turn, at)
            self._mover(at, event).ask_to_confirm()
        if event.type is EventType.POLICY_CHANGED:
            self._change_policy(event, at)
        mover, by_machine = self._mover(at, event), machines.made(self.state, event)
        if event.type in SALES_EVENTS:
            apply_sales_event(self._turn, event, at, mover)
            self._look_again(event, mover)
        elif not by_machine and not self._eliminate(mover):
            self._qualify(event, at, mover)
            nurture.quicken(self._turn, event, at)
        if not by_machine:
            nurture.stop_at_goal(self._turn, event, at)
        self._plan(at)

    def _plan(self, at: datetime) -> None:
        """Clocks and sequence that fit where the lead now stands (L4: re-enrolled at once)."""
        sla.start_for_stage(self._turn, at)
        if nurture.plan(self._turn, at):
            sla.meet(self._turn, "enrolled", at)

    def _look_again(self, event: LeadEvent, mover: Mover) -> None:
        """What sales learned may put the lead outside the market (P7), or complete what T1 asks for."""
        if event.type in SALES_MOVES or self._eliminate(mover):
            return
        if self.state.stage in (Stage.LEAD, Stage.RECYCLED):
            mover.qualify()

    def _eliminate(self, mover: Mover) -> bool:
        """P7: an industry outside the market is out, unless a person reopened the lead."""
        state = self.state
        industry = state.profile.get("industry")
        if (
            industry is None
            or self.policy.market.takes(industry)
            or state.exclusion_waived
            or state.stage not in OPEN_STAGES
        ):
            return False
        if state.stage is Stage.OPPORTUNITY:
            return False  # a running deal is closed by a person, not by a rule
        state.reason = "excluded_industry"
        return mover.move(Move.DISQUALIFY, ["P7", f"industry {industry} is not a target"])

    def _qualify(self, event: LeadEvent, at: datetime, mover: Mover) -> None:
        reading, said = self.policy.reading[event.type], folded(vars(event.facts))
        fired, pricing = self._score(event, reading, said)
        qualification.infer(self._turn, event, at, reading, said)
        if pricing:
            fired.append(Move.REVISIT_PRICING.value)
        prioritise(mover, fired, reading.contact, said)
        was = self.state.stage
        tried = self.state.last_attempt
        if tried and event.occurred_at > tried and reading.interaction:
            self.state.attempts, self.state.last_attempt = 0, None
        if is_meant(reading.asks, said):
            mover.request_sales()
        elif was in (Stage.LEAD, Stage.RECYCLED):
            mover.qualify()
        elif pricing and was in (Stage.MQL, Stage.SAL):
            mover.move(Move.REVISIT_PRICING, ["pricing visited again as " + was.value.upper()])
        sla.meet(self._turn, event.type, at)

    def _score(self, event: LeadEvent, reading: Reading, said: Mapping[str, Any]) -> tuple[list[str], bool]:
        """Give points; returns the rules that fired and whether the pricing pattern of T4 completed."""
        fired = scoring.score_event(self._turn, event, reading, said)
        return fired, scoring.completes_pricing(self._turn, event, reading.pricing, said)

    def _change_policy(self, event: LeadEvent, at: datetime) -> None:
        if not isinstance(event.facts, PolicyFacts) or event.facts.policy == self.state.policy_id:
            return
        before, self.policy = self.policy, self._policy_of(event.facts.policy)
        other_hours = self.state.calendar is None and before.working_time != self.policy.working_time
        running = sla.hold_running(self._turn, at) if other_hours else []
        self.state.policy_id = event.facts.policy
        self._turn = Turn(self.policy, self.state, self._turn.decisions)
        self._find_segment()
        self._turn.note(EntryKind.POLICY, f"Follows {self.policy.name} from now on", at, [self.policy.id])
        scoring.update_fit(self._turn, event)
        sla.follow_policy(self._turn)
        sla.go_on_with(self._turn, running, at, "another calendar")
        nurture.follow_policy(self._turn, at)
