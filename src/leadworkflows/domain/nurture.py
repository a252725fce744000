"""Nurture sequences (N1 to N5): who enters which, what is due when, and what ends one."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.grammar import ActionSpec
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.policy import Step
from leadworkflows.domain.state import EnrolmentState
from leadworkflows.domain.turn import Turn

_ENDS = frozenset({Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER, Stage.DISQUALIFIED})
"""Stages in which no sequence runs, whatever the policy says (domain.md section 5)."""


def fitting_sequence(turn: Turn) -> str:
    """By return reason for a recycled lead, else by persona, else the default."""
    state, plan = turn.state, turn.policy.enrolment
    persona = turn.policy.personas.get(str(state.profile.get("persona")))
    own = persona.nurture if persona else plan.default
    if state.stage is Stage.RECYCLED:
        chosen = plan.recycled.get(state.reason or "", "persona")
        return own if chosen == "persona" else chosen
    return own


def plan(turn: Turn, at: datetime) -> bool:
    """Enrol a lead that should be in a sequence, or move it to a better one; returns whether it did.

    A lead in the default sequence moves to its persona's as soon as the persona is known.
    """
    state = turn.state
    if state.stage not in turn.policy.enrolment.stages or not state.contact.allowed:
        return False
    name = fitting_sequence(turn)
    current = state.enrolment
    if current and (current.sequence == name or current.sequence != turn.policy.enrolment.default):
        return False
    if name in state.completed or state.stage in _stops(turn, name):
        return False
    if current:
        state.completed.append(current.sequence)
        stop(turn, at, "a sequence that fits the persona")
    _enrol(turn, name, at)
    return True


def _enrol(turn: Turn, name: str, at: datetime) -> None:
    state, sequence = turn.state, turn.policy.nurture[name]
    due = at + sequence.steps[0].after.delta
    state.enrolment = EnrolmentState(sequence=name, pass_=state.pass_, next_at=due, last_step_at=at)
    why = [sequence.id or name, f"persona {state.profile.get('persona') or 'unknown'}"]
    turn.note(
        EntryKind.NURTURE, f"Enrolled in {name}", at, why,
        sequence=name, steps=len(sequence.steps), next_at=due.isoformat(),
    )  # fmt: skip


def stop(turn: Turn, at: datetime, why: str) -> None:
    """End the running sequence, if there is one."""
    if turn.state.enrolment:
        name = turn.state.enrolment.sequence
        turn.state.enrolment = None
        turn.note(EntryKind.NURTURE, f"Left {name}", at, [why], sequence=name)


def stop_for_stage(turn: Turn, at: datetime) -> None:
    """A sequence stops when the lead reaches a stage that ends it."""
    enrolment = turn.state.enrolment
    if enrolment and turn.state.stage in _stops(turn, enrolment.sequence):
        stop(turn, at, f"stage {turn.state.stage}")


def leave_what_is_gone(turn: Turn, at: datetime) -> None:
    """End a sequence that a policy activated since has dropped or made shorter."""
    enrolment = turn.state.enrolment
    sequence = turn.policy.nurture.get(enrolment.sequence) if enrolment else None
    if enrolment and (sequence is None or enrolment.step >= len(sequence.steps)):
        turn.state.completed.append(enrolment.sequence)
        stop(turn, at, "not in the policy any more")


def _stops(turn: Turn, name: str) -> frozenset[Stage]:
    return _ENDS | set(turn.policy.nurture[name].stop_on)


def send_step(turn: Turn, at: datetime) -> None:
    """Send the step that is due, and compute when the next one is."""
    state, enrolment = turn.state, turn.state.enrolment
    if enrolment is None:
        return
    steps = turn.policy.nurture[enrolment.sequence].steps
    step = steps[enrolment.step]
    number = f"{enrolment.step + 1} of {len(steps)}"
    spec = ActionSpec(name="email.send", params={"content": step.content, **_variant(turn, step)})
    what = f"nurture.{enrolment.sequence}.{enrolment.step + 1}"
    turn.note(EntryKind.NURTURE, f"Step {number} of {enrolment.sequence}: {spec.params['content']}", at)
    turn.act(what, spec, at, f"Nurture {number}: {step.content}", {})
    silent = not enrolment.clicked and not _heard_since(turn, enrolment.last_step_at)
    slow = enrolment.step > 0 and silent
    enrolment.step += 1
    if enrolment.step == len(steps):
        state.completed.append(enrolment.sequence)
        state.enrolment = None
        turn.note(EntryKind.NURTURE, f"Finished {enrolment.sequence}", at, sequence=enrolment.sequence)
        return
    factor = turn.policy.enrolment.silence_factor if slow else 1.0
    enrolment.next_at = at + steps[enrolment.step].after.times(factor).delta
    enrolment.last_step_at, enrolment.clicked = at, False


def _variant(turn: Turn, step: Step) -> dict[str, JsonValue]:
    """Content is chosen by persona (the sequence), then by industry (the variant)."""
    variant = step.variants.get(str(turn.state.profile.get("industry")))
    return {"variant": variant} if variant else {}


def _heard_since(turn: Turn, at: datetime) -> bool:
    heard = turn.state.score.last_interaction
    return heard is not None and heard > at


def quicken(turn: Turn, event: LeadEvent, at: datetime) -> None:
    """A click brings the next step forward, once a step."""
    enrolment, factor = turn.state.enrolment, turn.policy.enrolment.click_factor
    if event.type is not EventType.EMAIL_CLICKED or enrolment is None or enrolment.clicked or factor >= 1:
        return
    enrolment.clicked = True
    enrolment.next_at = at + (enrolment.next_at - at) * factor
    turn.note(
        EntryKind.NURTURE, "Next step brought forward", at, ["a click"], next_at=enrolment.next_at.isoformat()
    )
