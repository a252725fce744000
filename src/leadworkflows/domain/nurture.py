"""Nurture sequences (N1 to N5): who enters which, what is due when, and what ends one."""

from __future__ import annotations

from datetime import datetime

from leadworkflows.domain import contact
from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.mailing import Sequence
from leadworkflows.domain.making import made
from leadworkflows.domain.scoring import matches
from leadworkflows.domain.sending import due_time
from leadworkflows.domain.state import Due, EnrolmentState, JourneyState, ReentryState
from leadworkflows.domain.turn import Turn

ENDS_NURTURE = frozenset({Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER, Stage.DISQUALIFIED})
"""Stages in which no sequence runs, whatever the policy says (domain.md section 5)."""


def fitting_sequence(turn: Turn) -> str:
    """Offers for a hot MQL, by return reason for a recycled lead, else by persona, else the default."""
    state, plan = turn.state, turn.policy.enrolment
    if plan.hot and state.stage is Stage.MQL and state.priority and plan.hot not in state.completed:
        return plan.hot
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
    if state.stage not in turn.policy.enrolment.stages:
        return False
    name = fitting_sequence(turn)
    if not _is_better(turn, name) or not _may_enter(turn, name):
        return False
    if state.enrolment:
        state.completed.append(state.enrolment.sequence)
        stop(turn, at, "a sequence that fits better")
    _enrol(turn, name, at)
    return True


def _may_enter(turn: Turn, name: str) -> bool:
    state = turn.state
    over = name in state.completed or _ends(turn, name) or _was_left_at_its_end(turn, name)
    return not over and contact.forbids(state, turn.policy, turn.policy.nurture[name].topic) is None


def _was_left_at_its_end(turn: Turn, name: str) -> bool:
    """The policy has made it shorter since it was left."""
    step, _ = turn.state.left_at.get(name, (0, 1))
    return step >= len(turn.policy.nurture[name].steps)


def _is_better(turn: Turn, name: str) -> bool:
    current, rules = turn.state.enrolment, turn.policy.enrolment
    if current is None:
        return True
    return current.sequence != name and (current.sequence == rules.default or name == rules.hot)


def _enrol(turn: Turn, name: str, at: datetime, visit: int = 1) -> None:
    """From the beginning, or from where it was left: a step of it is done once a visit."""
    state, sequence = turn.state, turn.policy.nurture[name]
    step, visit = state.left_at.pop(name, (0, visit))
    state.enrolment = made(
        EnrolmentState,
        sequence=name, pass_=state.pass_, step=step, next_at=at, last_step_at=at, clicked=False,
        visit=visit, last_key=_waiting(state), held=False, due=None,
    )  # fmt: skip
    plan_step(turn, state.enrolment, at + sequence.steps[step].after.delta)
    why = [sequence.id or name, f"persona {state.profile.get('persona') or 'unknown'}"]
    why += [f"time {visit}"] if visit > 1 else []
    turn.note(
        EntryKind.NURTURE, f"Enrolled in {name}", at, why,
        sequence=name, steps=len(sequence.steps), next_at=state.enrolment.next_at.isoformat(),
    )  # fmt: skip


def _waiting(state: JourneyState) -> str | None:
    """A mail of another sequence that a provider keeps waiting: this one waits for it, as for its own."""
    return next((key for key, action in state.pending.items() if action.facts.get("one_off") is False), None)


def plan_step(turn: Turn, enrolment: EnrolmentState, base: datetime) -> Due:
    """When the next step is: one absolute instant, and its inputs. Only mails keep to windows and caps."""
    step = turn.policy.nurture[enrolment.sequence].steps[enrolment.step]
    due = due_of(turn, enrolment, base, mail=step.is_mail)
    enrolment.next_at, enrolment.due = due.at, due
    return due


def due_of(turn: Turn, enrolment: EnrolmentState, base: datetime, *, mail: bool) -> Due:
    """When the step that comes next may be done, if not before `base`."""
    what = f"{enrolment.sequence}.{enrolment.step}"
    return due_time(turn.state, turn.policy, base, what, mail=mail)


def stop(turn: Turn, at: datetime, why: str) -> None:
    """End the running sequence, if there is one, and no re-entry is left."""
    turn.state.reentry = None
    if turn.state.enrolment:
        name = turn.state.enrolment.sequence
        turn.state.enrolment = None
        turn.note(EntryKind.NURTURE, f"Left {name}", at, [why], sequence=name)


def stop_for_stage(turn: Turn, at: datetime) -> None:
    """A sequence stops when the lead reaches a stage that ends it."""
    enrolment = turn.state.enrolment
    if enrolment and _ends(turn, enrolment.sequence):
        stop(turn, at, f"stage {turn.state.stage}")


def stop_for_permission(turn: Turn, at: datetime) -> None:
    """A sequence stops when the lead wants no more of its topic, or no mail at all."""
    enrolment = turn.state.enrolment
    topic = turn.policy.nurture[enrolment.sequence].topic if enrolment else ""
    why = contact.forbids(turn.state, turn.policy, topic) if enrolment else None
    if enrolment and why:
        turn.state.left_at[enrolment.sequence] = enrolment.step, enrolment.visit
        stop(turn, at, why)
    if not turn.state.contact.allowed:
        turn.state.reentry = None


def recall(turn: Turn, event: LeadEvent, at: datetime) -> None:
    """What was agreed to and refused before somebody was known as this lead holds for it too."""
    if event.type in contact.OF_THE_PERSON and contact.update(turn, event, at):
        stop_for_permission(turn, at)


def stop_at_goal(turn: Turn, event: LeadEvent, at: datetime) -> None:
    """What a sequence was for has happened."""
    enrolment = turn.state.enrolment
    if enrolment and matches(event, turn.policy.nurture[enrolment.sequence].goal):
        turn.state.completed.append(enrolment.sequence)
        stop(turn, at, f"reached its goal: {event.type.value.replace('_', ' ')}")


def follow_policy(turn: Turn, at: datetime) -> None:
    """What a policy activated since has dropped, closed to the lead's stage, or made a matter of consent."""
    _leave_what_is_gone(turn, at)
    stop_for_permission(turn, at)
    stop_for_stage(turn, at)


def _leave_what_is_gone(turn: Turn, at: datetime) -> None:
    """End a sequence that a policy activated since has dropped or made shorter."""
    state = turn.state
    again = turn.policy.nurture.get(state.reentry.sequence) if state.reentry else None
    if again is None or again.reenter is None:
        state.reentry = None
    enrolment = state.enrolment
    sequence = turn.policy.nurture.get(enrolment.sequence) if enrolment else None
    if enrolment and (sequence is None or enrolment.step >= len(sequence.steps)):
        state.completed.append(enrolment.sequence)
        stop(turn, at, "not in the policy any more")


def _ends(turn: Turn, name: str) -> bool:
    """Whether the lead is in a stage in which this sequence does not run."""
    stage = turn.state.stage
    return stage in ENDS_NURTURE or stage in turn.policy.nurture[name].stop_on


def step_due(turn: Turn) -> datetime | None:
    """When the next step is due; None while it waits for the last one to end."""
    enrolment = turn.state.enrolment
    return enrolment.next_at if enrolment and not enrolment.held else None


def finish(turn: Turn, enrolment: EnrolmentState, sequence: Sequence, at: datetime) -> None:
    """The sequence is over; it may begin again after a while."""
    state, again = turn.state, sequence.reenter
    state.completed.append(enrolment.sequence)
    state.enrolment = None
    turn.note(EntryKind.NURTURE, f"Finished {enrolment.sequence}", at, sequence=enrolment.sequence)
    if again and enrolment.visit <= again.times:
        due = at + again.after.delta
        state.reentry = ReentryState(sequence=enrolment.sequence, visit=enrolment.visit + 1, at=due)


def reenter(turn: Turn, at: datetime) -> None:
    """Begin a sequence again, where the lead still belongs in it."""
    state, again = turn.state, turn.state.reentry
    state.reentry = None
    if again is None or state.enrolment or state.stage not in turn.policy.enrolment.stages:
        return
    if fitting_sequence(turn) != again.sequence:
        return
    completed = state.completed
    state.completed = [name for name in completed if name != again.sequence]
    if _may_enter(turn, again.sequence):
        _enrol(turn, again.sequence, at, again.visit)
    else:
        state.completed = completed


def replan(turn: Turn, enrolment: EnrolmentState, base: datetime, at: datetime, why: str) -> None:
    """The next step at another time than was said before, and why."""
    before = enrolment.next_at
    due = plan_step(turn, enrolment, base)
    if due.at != before:
        _say_when(turn, due, at, why)


def put_off(turn: Turn, enrolment: EnrolmentState, at: datetime) -> bool:
    """A mail that is due must wait all the same; returns whether it does.

    A mail sent since may have used up the cap, and one that stands in for another action was planned
    without its hours.
    """
    due = due_of(turn, enrolment, at, mail=True)
    if due.at <= at:
        return False
    enrolment.next_at, enrolment.due = due.at, due
    _say_when(turn, due, at, "put off")
    return True


def _say_when(turn: Turn, due: Due, at: datetime, why: str) -> None:
    turn.note(
        EntryKind.NURTURE, f"Next step at {due.at:%Y-%m-%d %H:%M} UTC", at, [why, *due.moved],
        next_at=due.at.isoformat(),
    )  # fmt: skip


def quicken(turn: Turn, event: LeadEvent, at: datetime) -> None:
    """A click brings the next step forward, once a step."""
    enrolment, factor = turn.state.enrolment, turn.policy.enrolment.click_factor
    if event.type is not EventType.EMAIL_CLICKED or enrolment is None or enrolment.clicked:
        return
    enrolment.clicked = True
    if factor >= 1 or enrolment.next_at <= at:
        return
    before, due = enrolment.next_at, enrolment.due
    if plan_step(turn, enrolment, at + (before - at) * factor).at >= before:
        enrolment.next_at, enrolment.due = before, due  # a place in an earlier window may be a later one
        return
    turn.note(
        EntryKind.NURTURE, "Next step brought forward", at, ["a click"], next_at=enrolment.next_at.isoformat()
    )
