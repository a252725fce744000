"""The lead as the API, the snapshot and the Temporal UI show it (design.md section 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadworkflows.domain import scoring
from leadworkflows.domain.decisions import iso
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.sales_facts import MEETING
from leadworkflows.domain.state import ClockState, ContactPermission, EnrolmentState, JourneyState


def workflow_id(lead_id: str) -> str:
    """The id of a lead's workflow."""
    return f"lead-{lead_id}"


def lead_view(state: JourneyState, policy: Policy, next_wakeup: datetime | None) -> dict[str, Any]:
    """Everything that is shown of a lead, and nothing that names a person."""
    return {
        "lead_id": state.lead_id,
        "workflow_id": workflow_id(state.lead_id),
        "stage": state.stage.value,
        "sub_status": state.sub_status,
        "since": _at(state.stage_since),
        "reason": state.reason,
        "score": _score(state, policy),
        "persona": state.profile.get("persona"),
        "seniority": state.profile.get("seniority"),
        "segment": state.segment,
        "priority": state.priority,
        "channel": state.profile.get("channel"),
        "industry": state.profile.get("industry"),
        "country": state.profile.get("country"),
        "language": state.profile.get("language"),
        "owner": state.owner,
        "owner_zone": state.calendar.zone if state.calendar else None,
        "attempts": state.attempts,
        "last_outcome": state.last_outcome,
        "contacted_by": state.contacted_by,
        "meeting": state.last_outcome == MEETING,
        "pass": state.pass_,
        "moved": state.moved,
        "move": state.move,
        "moved_by": state.moved_by,
        "paused_until": _at(state.paused_until),
        "qualification": {name: fact.level.value for name, fact in state.qualification.items()},
        "sla": [_clock(clock) for clock in state.clocks],
        "nurture": _nurture(state.enrolment, policy),
        "contact": _contact(state.contact),
        "pending_actions": [
            {"key": a.key, "name": a.name, "summary": a.summary} for a in state.pending.values()
        ],
        **({"merged_into": state.merged_into} if state.merged_into else {}),
        "policy": policy.id,
        "next_wakeup": _at(next_wakeup),
        "revision": state.entries,
    }


def _score(state: JourneyState, policy: Policy) -> dict[str, Any]:
    return {
        "total": scoring.total(state.score),
        "fit": scoring.fit(state.score),
        "engagement": scoring.engagement(state.score),
        "threshold": policy.segments[state.segment].mql_at,
        "contributions": [
            {
                "rule": c.rule,
                "group": c.group.value,
                "points": c.points,
                "event_id": c.event_id,
                "at": iso(c.at),
            }
            for c in state.score.contributions
        ],
    }


def _clock(clock: ClockState) -> dict[str, Any]:
    return {
        "clock": clock.name, "id": clock.id, "started_at": iso(clock.started_at), "due_at": iso(clock.due_at),
        "state": clock.status.value, "stopped_at": _at(clock.stopped_at),
        "paused": clock.paused, "answered": clock.answered, "round": clock.round,
        "rungs": [
            {"at": share, "due_at": iso(due), "done": n < clock.climbed}
            for n, (share, due) in enumerate(zip(clock.shares, clock.rungs, strict=True))
        ],
    }  # fmt: skip


def _nurture(enrolment: EnrolmentState | None, policy: Policy) -> dict[str, Any] | None:
    if enrolment is None:
        return None
    due, sequence = enrolment.due, policy.nurture.get(enrolment.sequence)
    return {
        "sequence": enrolment.sequence, "pass": enrolment.pass_,
        "step": enrolment.step, "next_at": iso(enrolment.next_at),
        "topic": sequence.topic if sequence else None,
        "due": due and {
            "base": iso(due.base), "zone": due.zone, "zone_from": due.zone_from, "moved": due.moved,
        },
    }  # fmt: skip


def _contact(contact: ContactPermission) -> dict[str, Any]:
    agreed = contact.consent
    return {
        "allowed": contact.allowed, "reason": contact.reason, "topics_off": sorted(contact.topics_off),
        "consent": agreed and {"basis": agreed.basis, "at": iso(agreed.at), "confirmed": agreed.confirmed},
    }  # fmt: skip


def _at(at: datetime | None) -> str | None:
    return iso(at) if at else None
