"""What people in sales do about a lead: each allowed or refused with a sentence they understand."""

from __future__ import annotations

from datetime import datetime

from leadworkflows.domain import ladder, qualification, sla
from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.lifecycle import OPEN_STAGES, Move, Stage
from leadworkflows.domain.moves import Mover
from leadworkflows.domain.ownership import give
from leadworkflows.domain.sales_facts import (
    MEETING,
    AssignFacts,
    AttemptFacts,
    PauseFacts,
    ReasonFacts,
    SalesFacts,
)
from leadworkflows.domain.state import JourneyState
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
        EventType.LEAD_CLAIMED, EventType.LEAD_ASSIGNED, EventType.CONTACT_ATTEMPTED, EventType.CONTACT_MADE,
        EventType.QUALIFICATION_RECORDED, EventType.MICRO_COMMITMENT,
        EventType.CLOCKS_PAUSED, EventType.CLOCKS_RESUMED,
    }
)  # fmt: skip
SALES_EVENTS = frozenset(SALES_MOVES) | _WORK
COMMANDS_KEPT = 20
"""How many of a lead's last commands are known again, in whichever run of its workflow they come."""


def refusal(turn: Turn, event: LeadEvent, at: datetime) -> str | None:
    """Why this cannot be done now, in a sentence for a salesperson; None where it can."""
    state, move = turn.state, SALES_MOVES.get(event.type)
    if was_carried_out(state, event):
        return None
    if state.merged_into:
        return use_the_other(state.merged_into)
    if late := _overtaken(turn, event, move):
        return late
    if move is None:
        return _work_refusal(turn, event, at)
    return _wrong_reason(turn, event, move) or _move_refusal(turn, event, move, at)


def was_carried_out(state: JourneyState, event: LeadEvent) -> bool:
    """A command has no number: one that comes again is known by its id, and is done already."""
    return not event.seq and event.id in state.heard


def _move_refusal(turn: Turn, event: LeadEvent, move: Move, at: datetime) -> str | None:
    """Why the chart does not allow a move."""
    state, mover = turn.state, Mover(turn, at, event)
    if mover.allows(move):
        return None
    missing = mover.standing.missing_for(move) if state.stage is Stage.SQL else []
    if missing:
        return f"Still unknown for an opportunity: {', '.join(missing)}"
    return f"{REFUSALS[move]}; this one is {STAGE_NAMES[state.stage]}"


def _overtaken(turn: Turn, event: LeadEvent, move: Move | None) -> str | None:
    """Somebody was quicker than who looked at the lead at revision `seen`."""
    state, said = turn.state, event.facts
    if not isinstance(said, SalesFacts) or said.seen is None:
        return None
    takes = event.type in (EventType.LEAD_CLAIMED, EventType.LEAD_ASSIGNED)
    if takes and state.owner not in (None, said.by, event.where("to")) and state.handed > said.seen:
        return f"{state.owner} was quicker and owns the lead now"
    if state.moved <= said.seen or not (move or takes or _is_meeting(event)):
        return None
    owner = f", owned by {state.owner}" if state.owner else ""
    return f"The lead has moved on since: it is {STAGE_NAMES[state.stage]} now{owner}"


def _work_refusal(turn: Turn, event: LeadEvent, at: datetime) -> str | None:
    """Why work on a lead that moves nothing is not possible."""
    state = turn.state
    if state.stage is Stage.DISQUALIFIED:
        return "The lead is disqualified; reopen it first"
    if event.type is EventType.CLOCKS_PAUSED:
        until = event.where("until")
        if until is not None and until <= at:
            return "The clocks can only be paused until a time that is still to come"
        running = any(clock.ticking for clock in state.clocks)
        return None if running else "No clock is running for this lead"
    if event.type is EventType.CLOCKS_RESUMED and not any(clock.paused for clock in state.clocks):
        return "No clock of this lead is paused"
    return None


def _wrong_reason(turn: Turn, event: LeadEvent, move: Move) -> str | None:
    rules, said = turn.policy.moves, event.facts
    if move is not Move.RETURN or not isinstance(said, ReasonFacts):
        return None
    if said.reason not in rules.T6:
        return f"Unknown reason {said.reason!r}; known: {', '.join(rules.T6)}"
    if said.reason in rules.T6_needs_note and not said.noted:
        return f"Add a note: {said.reason.replace('_', ' ')} alone does not tell marketing what to do better"
    return None


def apply_sales_event(turn: Turn, event: LeadEvent, at: datetime, mover: Mover) -> None:
    """Do what sales decided, or say on the timeline why it was not done."""
    refused = refusal(turn, event, at)
    if refused:
        turn.note(EntryKind.REFUSED, refused, at, [event.type.value], event_id=event.id)
        return
    if not event.seq:
        turn.state.heard = [*turn.state.heard, event.id][-COMMANDS_KEPT:]
    said = event.facts if isinstance(event.facts, SalesFacts) else SalesFacts()
    qualification.record(turn, event, at)
    sla.meet(turn, event.type, at, event.occurred_at)
    _hand_over(turn, said, event, at, mover)
    if event.type in SALES_MOVES:
        _decide(turn, event, mover, said.by)
    elif _is_meeting(event) and mover.move(Move.REQUEST_SALES, ["meeting booked by sales"]):
        sla.meet(turn, event.type, at, event.occurred_at)  # the contact that its new clock asks for was made
    _sub_status(turn, event, at, mover)
    if turn.state.stage is Stage.SAL and mover.standing.vetted:
        mover.move(Move.VET, ["BANT complete enough"])


def _is_meeting(event: LeadEvent) -> bool:
    return event.type is EventType.CONTACT_MADE and event.where("outcome") == MEETING


def _hand_over(turn: Turn, said: SalesFacts, event: LeadEvent, at: datetime, mover: Mover) -> None:
    """Owner and clocks, where that is what was said."""
    by = f"by {said.by}" if said.by else "by sales"
    if event.type is EventType.LEAD_CLAIMED and said.by:
        give(turn, said.by, at, "claim", ["claimed"], said.calendar)
    elif isinstance(said, AssignFacts):
        if give(turn, said.to, at, "assigned", [by], said.calendar):
            ladder.wake(turn, at)
            mover.assigned()
    elif event.type is EventType.LEAD_ACCEPTED and said.by and turn.state.owner is None:
        give(turn, said.by, at, "accept", ["accepted"], said.calendar)
    elif isinstance(said, PauseFacts):
        sla.pause(turn, said.until, at, by)
    elif event.type is EventType.CLOCKS_RESUMED:
        sla.resume(turn, at, by)


def _decide(turn: Turn, event: LeadEvent, mover: Mover, by: str | None) -> None:
    state = turn.state
    if isinstance(event.facts, ReasonFacts):
        state.reason = event.facts.reason
    if event.type is EventType.LEAD_REOPENED:
        state.exclusion_waived = True
    mover.move(SALES_MOVES[event.type], [f"by {by}"] if by else [])


def _sub_status(turn: Turn, event: LeadEvent, at: datetime, mover: Mover) -> None:
    """Attempts and contacts show in the sub-status, and an attempt starts the wait for an answer (T12)."""
    state = turn.state
    if state.stage not in OPEN_STAGES or not isinstance(event.facts, AttemptFacts):
        return
    made = event.type is EventType.CONTACT_MADE
    state.last_outcome = event.facts.outcome
    state.contacted_by = event.facts.by if made else state.contacted_by
    state.attempts = 0 if made else state.attempts + 1
    answered = made or event.facts.outcome == "bad_timing"
    state.last_attempt = None if answered else at
    if made:
        state.score.last_interaction, state.score.decays = at, 0
    connected = made and state.stage is Stage.SQL
    change = "connect" if connected else "defer" if event.facts.outcome == "bad_timing" else "attempt"
    if reached := mover.after(change):
        state.stage, state.sub_status = reached
        turn.note(EntryKind.STAGE, f"{STAGE_NAMES[state.stage]}: {state.sub_status}", at, [event.type.value])
