"""Making a move of the lifecycle, and everything that follows from it at once."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Any

from leadworkflows.domain import lifecycle, nurture, scoring, sla
from leadworkflows.domain.decisions import EntryKind, iso
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.grammar import ActionSpec
from leadworkflows.domain.lifecycle import Move, Place, Stage
from leadworkflows.domain.ownership import release
from leadworkflows.domain.sending import count, language_of
from leadworkflows.domain.standing import JourneyStanding
from leadworkflows.domain.turn import Turn
from leadworkflows.domain.wording import STAGE_NAMES

_TOLD_AGAIN = frozenset({Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER})


class Mover:
    """Moves one lead at one instant, for one event or for a timer."""

    def __init__(self, turn: Turn, at: datetime, event: LeadEvent | None) -> None:
        self.turn, self.at, self.event = turn, at, event

    @property
    def standing(self) -> JourneyStanding:
        """What the chart reads now."""
        return JourneyStanding(self.turn.policy, self.turn.state, self.at, self.event)

    @property
    def would_qualify(self) -> bool:
        """Whether T1 is open."""
        return self.standing.qualifies

    @property
    def is_or_becomes_mql(self) -> bool:
        """Whether the lead is an MQL, or its score makes it one now."""
        stage = self.turn.state.stage
        return stage is Stage.MQL or (stage in (Stage.LEAD, Stage.RECYCLED) and self.would_qualify)

    def qualify(self) -> bool:
        """Make T1 where the score allows it, which most events leave too low: the chart is not asked then."""
        return scoring.qualifies(self.turn.state, self.turn.policy) and self.move(Move.QUALIFY, [])

    def allows(self, move: Move) -> bool:
        """Whether the chart allows a move; nothing changes."""
        return self.after(move) is not None

    def after(self, event: str) -> Place | None:
        """Where a move, or a change of the sub-status, would lead now; None where the chart forbids it."""
        state = self.turn.state
        return lifecycle.after((state.stage, state.sub_status), event, self.standing)

    def move(self, move: Move, why: list[str]) -> bool:
        """Make a move if the chart allows it, with its clocks, sequence and actions."""
        state, reached = self.turn.state, self.after(move)
        if reached is None:
            return False
        before = state.stage
        state.stage, state.sub_status = reached
        state.stage_since, state.attempts, state.last_attempt = self.at, 0, None
        state.last_outcome = state.contacted_by = None
        if state.stage not in (Stage.RECYCLED, Stage.DISQUALIFIED):
            state.reason = None
        self._note(before, move, why)
        state.moved, state.move = state.entries, str(move)
        state.paused, state.paused_until = False, None
        state.moved_by = self.event.where("by") if self.event else None
        self._enter(move)
        return True

    def _note(self, before: Stage, move: Move, why: list[str]) -> None:
        state = self.turn.state
        threshold = self.turn.policy.segments[state.segment].mql_at
        score = scoring.total(state.score)
        reasons = [str(move), *why, *([f"reason {state.reason}"] if state.reason else [])]
        reasons.append(f"score {score}, threshold {threshold} ({state.segment})")
        data = {"from": str(before), "to": str(state.stage), "move": str(move), "score": score,
                "reason": state.reason, "event_id": self.event.id if self.event else None,
                "by": self.event.where("by") if self.event else None, "owner": state.owner}  # fmt: skip
        what = f"{STAGE_NAMES[before]} → {STAGE_NAMES[state.stage]}"
        self.turn.note(EntryKind.STAGE, what, self.at, reasons, **data)

    def _enter(self, move: Move) -> None:
        state = self.turn.state
        if state.stage is Stage.RECYCLED or move is Move.REOPEN:
            nurture.stop(self.turn, self.at, f"stage {state.stage}")
            release(self.turn, self.at, "back to marketing")
            state.pass_ += 1
            state.completed, state.left_at, state.priority = [], {}, False
            scoring.start_new_pass(self.turn)
        nurture.stop_for_stage(self.turn, self.at)
        sla.start_for_stage(self.turn, self.at)
        self.hooks(move)

    def hooks(self, move: Move | None = None) -> None:
        """Decide the actions that the policy names for the stage just reached."""
        specs = self.turn.policy.on.get(self.turn.state.stage)
        facts = self.moment(move) if specs else {}
        for number, spec in enumerate(specs or (), 1):
            if self.turn.applies(spec, facts):
                self._act(f"{self.turn.state.stage}.{number}.{spec.name}", spec, facts)

    def assigned(self) -> None:
        """Decide what the policy does whenever a lead is given to somebody."""
        facts, number_of = self.moment(None), self.turn.state.assignments
        for number, spec in enumerate(self.turn.policy.assigned, 1):
            if self.turn.applies(spec, facts):
                self._act(f"assigned.{number_of}.{number}.{spec.name}", spec, facts)

    def request_sales(self) -> None:
        """T3, or, where sales already has the lead, word that it asked again."""
        event, state = self.event, self.turn.state
        asked = event.type.replace("_", " ") if event else "asked"
        if self.move(Move.REQUEST_SALES, [asked]):
            return
        if state.stage not in _TOLD_AGAIN:
            self.turn.note(
                EntryKind.REFUSED, f"{asked.capitalize()}, but the lead is {state.stage}", self.at,
                ["T11: a person reopens it"],
            )  # fmt: skip
            return
        facts = self.moment(None)
        for number, spec in enumerate(self.turn.policy.repeated_request, 1):
            if event and self.turn.applies(spec, facts):
                self._act(f"again.{event.seq or event.id}.{number}.{spec.name}", spec, facts)

    def ask_to_confirm(self) -> None:
        """Double opt-in: who agreed gets one mail to confirm it from."""
        rule, contact = self.turn.policy.consent, self.turn.state.contact
        agreed = contact.consent if contact.allowed else None
        if rule.double_opt_in and agreed and not agreed.confirmed and not agreed.asked:
            agreed.asked = True
            spec = ActionSpec(name="email.send", params={"content": rule.confirmation})
            self._act("consent", spec, self.moment(None))

    def _act(self, what: str, spec: ActionSpec, facts: dict[str, Any]) -> None:
        if spec.name == "email.send" and not self.turn.state.contact.allowed:
            reason = self.turn.state.contact.reason
            self.turn.note(
                EntryKind.CONTACT, f"Not sent: {spec.params.get('content')}", self.at, [str(reason)]
            )
            return
        if spec.name == "email.send":
            count(self.turn.state, self.at, asked=True)
            facts = {**facts, "one_off": True, "language": language_of(self.turn.state, self.turn.policy)}
        self.turn.act(what, spec, self.at, _summary(spec), facts)

    def moment(self, move: Move | None) -> dict[str, Any]:
        """The facts of this moment, for an action's `when` and for its template."""
        state = self.turn.state
        clock = min((c for c in state.clocks if c.ticking), key=attrgetter("due_at"), default=None)
        titles = self.turn.policy.titles
        given = [c for c in state.score.contributions if c.points > 0]
        best = sorted(given, key=attrgetter("points"), reverse=True)[:5]
        return {
            "move": str(move) if move else None,
            "event": str(self.event.type) if self.event else None,
            "stage": str(state.stage),
            "sub_status": state.sub_status,
            "priority": state.priority,
            "reason": state.reason,
            "score": scoring.total(state.score),
            "threshold": self.turn.policy.segments[state.segment].mql_at,
            "segment": state.segment,
            "country": state.profile.get("country"),
            "language": state.profile.get("language"),
            "why": [f"{c.points:+d} {titles.get(c.rule, c.rule)} ({c.rule})" for c in best],
            "clock": clock.name if clock else None,
            "due_at": iso(clock.due_at) if clock else None,
            "owner": state.owner,
            "attempts": state.attempts,
            "revision": state.entries,
        }


_KINDS = {"email": "Mail", "slack": "Slack", "route": "Routing"}


def _summary(spec: ActionSpec) -> str:
    """What an action is, for the timeline and the Temporal UI: "Slack #sales: hot-lead"."""
    kind = _KINDS.get(spec.name.partition(".")[0], spec.name)
    label = spec.params.get("content") or spec.params.get("template")
    where = f" {spec.params['channel']}" if "channel" in spec.params else ""
    return f"{kind}{where}: {label}" if label else kind
