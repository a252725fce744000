"""The steps of a sequence: passed over, put off, or done; and what follows when one has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain import nurture
from leadworkflows.domain.conditions import holds
from leadworkflows.domain.decisions import Action, ActionResult, EntryKind, Outcome
from leadworkflows.domain.grammar import ActionSpec
from leadworkflows.domain.mailing import Sequence, Step
from leadworkflows.domain.making import made
from leadworkflows.domain.sending import count, language_of, zone_of
from leadworkflows.domain.state import EnrolmentState
from leadworkflows.domain.turn import Turn


def run(turn: Turn, at: datetime, moment_of: Callable[[], dict[str, Any]]) -> None:
    """Do the step that is due, and compute when the next one is.

    `moment_of` tells the facts of this moment, which most steps do not ask for.
    """
    nurture.stop_for_permission(turn, at)
    enrolment = turn.state.enrolment
    if enrolment is None:
        return
    if enrolment.last_key in turn.state.pending:
        enrolment.held = True  # a provider is away: the sequence waits for it, and sends no two at once
        return
    sequence = turn.policy.nurture[enrolment.sequence]
    step = sequence.steps[enrolment.step]
    moment = moment_of() if step.when or step.do else {}
    if not holds(step.when, lambda name: _fact(turn, enrolment, moment, name)):
        if not step.otherwise:
            _pass_over(turn, enrolment, sequence, step, at)
            return
        step = step.model_copy(update={"content": step.otherwise, "do": None, "variants": {}})
    if step.is_mail and nurture.put_off(turn, enrolment, at):
        return
    _do(turn, enrolment, sequence, step, at, moment)
    _go_on(turn, enrolment, sequence, at)


def _fact(turn: Turn, enrolment: EnrolmentState, moment: dict[str, Any], name: str) -> Any:
    if name == "engagement":
        heard = _heard_since(turn, enrolment.last_step_at)
        return "clicked" if enrolment.clicked else "engaged" if heard else "silent"
    return moment.get(name, turn.state.profile.get(name))


def _pass_over(turn: Turn, enrolment: EnrolmentState, sequence: Sequence, step: Step, at: datetime) -> None:
    asked = ", ".join(step.when)
    turn.note(EntryKind.NURTURE, f"Step {_number(enrolment, sequence)} passed over", at, [f"when {asked}"])
    enrolment.step += 1
    if enrolment.step == len(sequence.steps):
        nurture.finish(turn, enrolment, sequence, at)
        return
    nurture.replan(turn, enrolment, at + sequence.steps[enrolment.step].after.delta, at, "passed over")


def _do(
    turn: Turn,
    enrolment: EnrolmentState,
    sequence: Sequence,
    step: Step,
    at: datetime,
    moment: dict[str, Any],
) -> None:
    spec = step.do or made(ActionSpec, name="email.send", params=_mail(turn, step), when={})
    label = step.content or spec.name
    number, again = _number(enrolment, sequence), f"e{enrolment.visit}." if enrolment.visit > 1 else ""
    turn.note(EntryKind.NURTURE, f"Step {number} of {enrolment.sequence}: {label}", at)
    what = f"nurture.{enrolment.sequence}.{again}{enrolment.step + 1}"
    facts = {
        "topic": sequence.topic, "sequence": enrolment.sequence, "step": enrolment.step + 1,
        "language": language_of(turn.state, turn.policy), "one_off": False,
        "zone": zone_of(turn.state, turn.policy)[0],
    }  # fmt: skip
    key = turn.act(what, spec, at, f"Nurture {number}: {label}", {**(moment if step.do else {}), **facts})
    enrolment.last_key = key
    if step.is_mail:
        count(turn.state, at, asked=False)


def _mail(turn: Turn, step: Step) -> dict[str, Any]:
    """Content is chosen by persona (the sequence), then by industry (the variant)."""
    variant = step.variants.get(str(turn.state.profile.get("industry")))
    return {"content": step.content, **({"variant": variant} if variant else {})}


def _go_on(turn: Turn, enrolment: EnrolmentState, sequence: Sequence, at: datetime) -> None:
    silent = not enrolment.clicked and not _heard_since(turn, enrolment.last_step_at)
    slow = enrolment.step > 0 and silent
    enrolment.step += 1
    if enrolment.step == len(sequence.steps):
        nurture.finish(turn, enrolment, sequence, at)
        return
    factor = turn.policy.enrolment.silence_factor if slow else 1.0
    enrolment.last_step_at, enrolment.clicked = at, False
    nurture.plan_step(turn, enrolment, at + sequence.steps[enrolment.step].after.times(factor).delta)


def ended(turn: Turn, action: Action, result: ActionResult, now: datetime) -> None:
    """The last step has ended, however it did: one that left late gives the next one its whole time.

    Where the policy sends the latest of what is overdue, the next one takes the place of one withheld.
    """
    enrolment = turn.state.enrolment
    if enrolment is None or enrolment.last_key != action.key:
        return
    enrolment.last_key = None
    late = now - action.decided_at > turn.policy.late_after.delta
    if not late and not enrolment.held:
        return
    enrolment.held = False
    if result.outcome is Outcome.WITHHELD and turn.policy.sending.overdue == "latest":
        nurture.replan(turn, enrolment, max(enrolment.next_at, now), now, "in place of the step before")
        return
    gap = max(enrolment.next_at - action.decided_at, timedelta(0))
    nurture.replan(turn, enrolment, now + gap, now, "the step before left late")


def _number(enrolment: EnrolmentState, sequence: Sequence) -> str:
    return f"{enrolment.step + 1} of {len(sequence.steps)}"


def _heard_since(turn: Turn, at: datetime) -> bool:
    heard = turn.state.score.last_interaction
    return heard is not None and heard > at
