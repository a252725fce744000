"""What people in sales do about a lead: each allowed or refused with a sentence they understand."""

from __future__ import annotations

from datetime import datetime

from leadworkflows.domain import lifecycle, qualification, sla
from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.lifecycle import OPEN_STAGES, Move, Stage
from leadworkflows.domain.moves import Mover
from leadworkflows.domain.sales_facts import AttemptFacts, ReasonFacts, SalesFacts
from leadworkflows.domain.turn import Turn
from leadworkflows.domain.wording import REFUSALS, STAGE_NAMES, use_the_other

SALES_MOVES = {
    EventType.LEAD_ACCEPTED: Move.ACCEPT,
    EventType.LEAD_RETURNED: Move.RETURN,
    EventType.OPPORTUNITY_OPENED: Move.OPEN_OPPORTUNITY,
    EventType.DEAL_WON: Move.WIN,
    EventType.DEAL_LOST: Move.LOSE,
    EventType.LEAD_DISQUALIFIED: Move.DISQUALIFY,
    EventType.LEAD_REOPENED: Move.REOPEN,
}
_WORK = frozenset(
    {
        EventType.LEAD_CLAIMED, EventType.CONTACT_ATTEMPTED, EventType.CONTACT_MADE,
        EventType.QUALIFICATION_RECORDED, EventType.MICRO_COMMITMENT,
    }
)  # fmt: skip
SALES_EVENTS = frozenset(SALES_MOVES) | _WORK


def refusal(turn: Turn, event: LeadEvent, at: datetime) -> str | None:
    """Why this cannot be done now; None where it can."""
    state, move = turn.state, SALES_MOVES.get(event.type)
    if state.merged_into:
        return use_the_other(state.merged_into)
    if move is None:
        closed = event.type in _WORK and state.stage is Stage.DISQUALIFIED
        return "The lead is disqualified; reopen it first" if closed else None
    mover = Mover(turn, at, event)
    if (
        move is Move.RETURN
        and isinstance(event.facts, ReasonFacts)
        and event.facts.reason not in turn.policy.moves.T6
    ):
        return f"Unknown reason {event.facts.reason!r}; known: {', '.join(turn.policy.moves.T6)}"
    if mover.allows(move):
        return None
    missing = mover.standing.missing_for(move) if state.stage is Stage.SQL else []
    if missing:
        return f"Still unknown for an opportunity: {', '.join(missing)}"
    return f"{REFUSALS[move]}; this one is {STAGE_NAMES[state.stage]}"


def apply_sales_event(turn: Turn, event: LeadEvent, at: datetime, mover: Mover) -> None:
    """Do what sales decided, or say on the timeline why it was not done."""
    refused = refusal(turn, event, at)
    if refused:
        turn.note(EntryKind.REFUSED, refused, at, [event.type.value], event_id=event.id)
        return
    by = event.facts.by if isinstance(event.facts, SalesFacts) else None
    qualification.record(turn, event, at)
    sla.meet(turn, event.type, at, event.occurred_at)
    _sub_status(turn, event, at)
    if event.type is EventType.LEAD_CLAIMED:
        turn.state.owner = by or turn.state.owner
        turn.note(EntryKind.OWNER, f"Owner: {turn.state.owner or 'nobody'}", at, owner=turn.state.owner)
    if event.type in SALES_MOVES:
        _decide(turn, event, mover, by)
    if turn.state.stage is Stage.SAL and mover.standing.vetted:
        mover.move(Move.VET, ["BANT complete enough"])


def _decide(turn: Turn, event: LeadEvent, mover: Mover, by: str | None) -> None:
    state = turn.state
    if isinstance(event.facts, ReasonFacts):
        state.reason = event.facts.reason
    if event.type is EventType.LEAD_REOPENED:
        state.exclusion_waived = True
    if event.type is EventType.LEAD_ACCEPTED and by and state.owner is None:
        state.owner = by
    mover.move(SALES_MOVES[event.type], [f"by {by}"] if by else [])


def _sub_status(turn: Turn, event: LeadEvent, at: datetime) -> None:
    """Attempts and contacts show in the sub-status, and an attempt starts the wait for an answer (T12)."""
    state = turn.state
    if state.stage not in OPEN_STAGES or not isinstance(event.facts, AttemptFacts):
        return
    made = event.type is EventType.CONTACT_MADE
    state.attempts = 0 if made else state.attempts + 1
    answered = made or event.facts.outcome == "bad_timing"
    state.last_attempt = None if answered else at
    if made:
        state.score.last_interaction, state.score.decays = at, 0
    connected = made and state.stage is Stage.SQL
    change = "connect" if connected else "defer" if event.facts.outcome == "bad_timing" else "attempt"
    standing = Mover(turn, at, event).standing
    if lifecycle.send(standing, change):
        state.stage, state.sub_status = lifecycle.split(standing.configuration)
        turn.note(EntryKind.STAGE, f"{STAGE_NAMES[state.stage]}: {state.sub_status}", at, [event.type.value])
