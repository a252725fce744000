"""The nurture sequence that a lead is in: what was sent, and what is ahead with its dates.

The dates ahead are computed by the core's own rules for sending, for a lead that does nothing
meanwhile: silence slows the sequence, a click brings the next step forward.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadworkflows.domain.mailing import Sequence as NurtureSequence
from leadworkflows.domain.mailing import Step
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.sending import due_time
from leadworkflows.domain.state import JourneyState
from leadworkflows.web.deeds import deed
from leadworkflows.web.lead_score import MomentOf
from leadworkflows.web.moments import Moment
from leadworkflows.web.spoken import spoken


@dataclass(frozen=True)
class PlanStep:
    """One step: `state` is done, next or ahead; `notes` say why it leaves later than planned."""

    number: int
    what: str
    state: str
    at: Moment | None
    notes: Sequence[str] = ()
    when: str = ""


@dataclass(frozen=True)
class Plan:
    """A sequence and its steps; `topic` is what the lead can unsubscribe from."""

    sequence: str
    code: str
    topic: str
    steps: Sequence[PlanStep]
    slowed: bool
    """Whether the dates ahead count on silence."""


def plan_of(
    lead: Mapping[str, Any], policy: Policy | None, sent: Sequence[datetime], moment: MomentOf
) -> Plan | None:
    """The plan; None where the lead is in no sequence. `sent` are the instants of its mails so far."""
    held = lead.get("nurture")
    sequence = policy.nurture.get(str(held.get("sequence"))) if held and policy else None
    if not held or not policy or sequence is None:
        return None
    done = int(held.get("step") or 0)
    passed = [PlanStep(n + 1, _what(step), "done", None) for n, step in enumerate(sequence.steps[:done])]
    state = _state(lead, held, policy, sent)
    ahead = list(_ahead(held, sequence, policy, state, moment))
    name = str(held["sequence"])
    slowed = policy.enrolment.silence_factor > 1 and len(ahead) > 1
    return Plan(name, sequence.id, sequence.topic, [*passed, *ahead], slowed)


def _ahead(
    held: Mapping[str, Any], sequence: NurtureSequence, policy: Policy, state: JourneyState, moment: MomentOf
) -> Iterator[PlanStep]:
    following = moment(held.get("next_at"))
    if following is None:
        return
    at, first, name = following.at, int(held.get("step") or 0), held["sequence"]
    for number in range(first, len(sequence.steps)):
        step, notes = sequence.steps[number], list((held.get("due") or {}).get("moved") or [])
        if number > first:
            # A step that follows one on which nothing was heard; the first is followed at its own pace.
            factor = policy.enrolment.silence_factor if number > 1 else 1.0
            due = due_time(
                state,
                policy,
                at + step.after.times(factor).delta,
                f"{name}.{number}",
                mail=bool(step.content),
            )
            at, notes = due.at, due.moved
        if step.content:
            state.mails = sorted([*state.mails, at])
        shown = "next" if number == first else "ahead"
        yield PlanStep(number + 1, _what(step), shown, moment(at.isoformat()), notes, _when(step))


def _state(
    lead: Mapping[str, Any], held: Mapping[str, Any], policy: Policy, sent: Sequence[datetime]
) -> JourneyState:
    """What the rules for sending read: where the lead is, and which mails it got."""
    due = held.get("due") or {}
    stated = due.get("zone") if due.get("zone_from") == "stated" else None
    profile = {"time_zone": stated, "country": lead.get("country")}
    known = {name: value for name, value in profile.items() if value}
    return JourneyState(lead_id=str(lead["lead_id"]), policy_id=policy.id, profile=known, mails=sorted(sent))


def _what(step: Step) -> str:
    return deed(step.do) if step.do else spoken(step.content)


def _when(step: Step) -> str:
    """What must hold, in words; else it is passed over, or another mail is sent."""
    if not step.when:
        return ""
    asked = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in step.when.items())
    return f"only if {asked}" + (f", else {spoken(step.otherwise)}" if step.otherwise else "")
