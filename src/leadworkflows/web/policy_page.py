"""`/policy`: what is active, since when and by whom; its rules as tables, its sequences as timelines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from leadworkflows.api.deps import Deps
from leadworkflows.domain import spelling
from leadworkflows.domain.conditions import Condition
from leadworkflows.domain.mailing import Sequence as Nurture
from leadworkflows.domain.mailing import Step
from leadworkflows.domain.policy import Clock, Policy
from leadworkflows.domain.rules import Group
from leadworkflows.domain.watching import spelt
from leadworkflows.store.policies import Activation
from leadworkflows.web.access import reader_required
from leadworkflows.web.deeds import deed
from leadworkflows.web.moments import Moment, zone_named
from leadworkflows.web.rendering import PageRoute, page
from leadworkflows.web.spoken import clock_name, reason, spoken
from leadworkflows.web.stored import active_policy

router = APIRouter(route_class=PageRoute, dependencies=[reader_required], include_in_schema=False)
_ACTIVATIONS = 12
_DAY_S = 86_400
_EDGE, _GAP, _LINE = 24, 128, 560
"""Of a timeline, in its own units: where it begins, the least between two steps, its usual length."""


@dataclass(frozen=True)
class Dot:
    """One step on a timeline."""

    x: float
    day: str
    what: str
    notes: Sequence[str]


@dataclass(frozen=True)
class Timeline:
    """A sequence drawn: `width` and the dots' places in the units of the drawing."""

    name: str
    id: str
    whom: Sequence[str]
    ends: str
    width: float
    dots: Sequence[Dot]

    @property
    def height(self) -> int:
        """Enough for the step with most to say."""
        return 50 + 14 * min(3, max(len(dot.notes) for dot in self.dots))


@dataclass(frozen=True)
class RungLine:
    """A step of a clock's ladder, at a place on a line of 100."""

    at: int
    x: float
    what: str


@dataclass(frozen=True)
class ClockLine:
    """A service level. `share` is where its time is over, on a line of 100 as long as its ladder."""

    name: str
    id: str
    start: str
    within: str
    met_by: str
    rounds: int
    rungs: Sequence[RungLine]
    over: float
    at_last: str
    """What is done when every owner had the whole ladder; empty for nothing."""


@dataclass(frozen=True)
class RuleGroup:
    """The scoring rules of one group: id, title, when, points, cap."""

    name: str
    rules: Sequence[tuple[str, str, str, int, str]]


@router.get("/policy")
async def shown(request: Request, deps: Deps) -> HTMLResponse:
    """The active policy."""
    policy = await active_policy(deps.store)
    zone = zone_named(policy.calendar.zone if policy else None)
    history = await deps.store.policies.activations(_ACTIVATIONS)
    now = deps.clock()
    return page(
        request,
        "policy.html",
        policy=policy,
        history=[(each, Moment(each.at, zone, now)) for each in _changes(history)],
        groups=list(_groups(policy)) if policy else [],
        clocks=[_clock(name, each) for name, each in policy.sla.items()] if policy else [],
        timelines=[_timeline(name, each, policy) for name, each in policy.nurture.items()] if policy else [],
        actions=list(_actions(policy)) if policy else [],
        condition=spelling.condition,
        clock_name=clock_name,
        reason=reason,
        spoken=spoken,
        watched=spelt(policy.watch.drops.conversions) if policy and policy.watch.drops else "",
    )


def _changes(history: Sequence[Activation]) -> list[Activation]:
    """A process that starts activates what it was given: that changes something where it was another one."""
    older = [each.policy_id for each in history[1:]]
    return [each for n, each in enumerate(history) if each.policy_id not in older[n : n + 1]]


def _groups(policy: Policy) -> Iterator[RuleGroup]:
    for group in Group:
        behaviour = [
            (rule.id, rule.title, spelling.when_it_scores(rule), rule.points, str(rule.cap or ""))
            for rule in policy.scoring if rule.group is group
        ]  # fmt: skip
        fit = [
            (rule.id, rule.title, spelling.condition(rule.when), rule.points, "")
            for rule in policy.fit if rule.group is group
        ]  # fmt: skip
        if behaviour or fit:
            yield RuleGroup(group.value.capitalize(), [*behaviour, *fit])


def _clock(name: str, clock: Clock) -> ClockLine:
    scale = 96 / max([100, *(rung.at for rung in clock.rungs)])
    start = f"as {spoken(clock.on.value)}" + (f", {_so(clock.when)}" if clock.when else "")
    met_by = ", ".join(spoken(each).lower() for each in clock.met_by)
    return ClockLine(
        name=clock_name(name),
        id=clock.id,
        start=start,
        within=str(clock.within) if clock.within.seconds else "at once",
        met_by=met_by,
        rounds=clock.rounds,
        rungs=[RungLine(each.at, round(scale * each.at, 1), deed(each.do)) for each in clock.rungs],
        over=round(scale * 100, 1),
        at_last=deed(clock.at_last) if clock.at_last else "",
    )


def _so(when: Condition) -> str:
    """`priority: yes` for what is true or false."""
    said = spelling.condition(when)
    return re.sub(r" (true|false)\b", lambda found: ": yes" if found[1] == "true" else ": no", said)


def _timeline(name: str, sequence: Nurture, policy: Policy) -> Timeline:
    spans = [step.after.seconds for step in sequence.steps]
    scale = (_LINE - _EDGE) / (sum(spans) or 1)
    x, passed, dots = float(_EDGE), 0, []
    for step, seconds in zip(sequence.steps, spans, strict=True):
        x += max(seconds * scale, _GAP)
        passed += seconds
        dots.append(Dot(round(x, 1), _day(passed), _what(step), list(_notes(step))))
    ends = ", ".join(spoken(stage.value) for stage in sequence.stop_on)
    return Timeline(name, sequence.id, list(_whom(name, policy)), ends, round(x + _GAP, 1), dots)


def _day(seconds: int) -> str:
    """How long after the enrolment."""
    if seconds >= _DAY_S:
        return f"day {round(seconds / _DAY_S)}"
    return f"after {round(seconds / 3600)} h" if seconds >= 3600 else f"after {seconds // 60} min"


def _what(step: Step) -> str:
    if step.do is not None:
        return deed(step.do)
    return spoken(step.content)


def _notes(step: Step) -> Iterator[str]:
    if step.variants:
        yield "by industry:"
        yield ", ".join(step.variants)
    if step.when:
        yield f"if {spelling.condition(step.when)}"
    if step.otherwise:
        yield f"else {step.otherwise.replace('-', ' ')}"


def _whom(name: str, policy: Policy) -> Iterator[str]:
    yield from (spoken(persona) for persona, each in policy.personas.items() if each.nurture == name)
    if policy.enrolment.default == name:
        yield "everyone else"
    if policy.enrolment.hot == name:
        yield "priority MQLs"
    yield from (f"recycled: {reason(why)}" for why, each in policy.enrolment.recycled.items() if each == name)


def _actions(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """When, what is done in words, and what the policy calls it."""
    for stage, hooks in policy.on.items():
        for spec in hooks:
            when = f", if {spelling.condition(spec.when)}" if spec.when else ""
            yield f"Becomes {spoken(stage.value)}{when}", deed(spec), spec.name
    yield from (("Asks again", deed(spec), spec.name) for spec in policy.repeated_request)
    yield from (("Gets an owner", deed(spec), spec.name) for spec in policy.assigned)
