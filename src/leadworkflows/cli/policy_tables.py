"""A policy as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from leadworkflows.cli.policy_people import reps, working_time
from leadworkflows.domain.conditions import Test
from leadworkflows.domain.grammar import ActionSpec, Trigger
from leadworkflows.domain.mailing import Step
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.rules import ScoringRule

_SIGNS = {"gt": ">", "gte": "≥", "lt": "<", "lte": "≤"}


def tables(policy: Policy) -> Iterator[RenderableType]:
    """The policy's name and id, then one table a part."""
    yield Text.assemble((policy.name, "bold"), f"  {policy.id}\n")
    yield _table("Thresholds", ["id", "segment", "who", "MQL at"], _segments(policy))
    yield _table("Scoring", ["rule", "points", "what", "cap", "group"], map(_rule, policy.scoring))
    yield _table("Fit", ["rule", "points", "what", "group"], _fit(policy))
    yield Text(
        f"Decay {policy.decay.id}: {policy.decay.points} points for each {policy.decay.every} of silence,"
        f" as {', '.join(policy.decay.stages)}\n"
    )
    yield _table("Working time", ["whose", "zone", "hours", "off"], working_time(policy))
    if policy.reps:
        yield _table("Reps", ["rep", "team", "weight", "capacity", "takes", "away"], reps(policy))
    yield _table("Clocks", ["id", "clock", "starts", "within", "met by", "ladder"], _clocks(policy))
    yield _table("Actions", ["when", "action"], _hooks(policy))
    yield _table("Sequences", ["id", "sequence", "for", "steps"], _sequences(policy))


def condition(tests: Mapping[str, Test]) -> str:
    """`industry manufacturing, employees < 250`."""
    return ", ".join(f"{name} {_test(test)}" for name, test in tests.items())


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, header_style="dim", no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    table.add_row()
    return table


def _test(test: Test) -> str:
    parts = [] if test.equals is None else [str(test.equals).lower()]
    parts += [f"one of {_list(test.one_of)}"] if test.one_of else []
    parts += [f"none of {_list(test.none_of)}"] if test.none_of else []
    limits = ((sign, getattr(test, name)) for name, sign in _SIGNS.items())
    parts += [f"{sign} {limit:g}" for sign, limit in limits if limit is not None]
    return " and ".join(parts)


def _list(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values))


def _segments(policy: Policy) -> Iterator[tuple[str, ...]]:
    for name, segment in policy.segments.items():
        yield segment.id, name, condition(segment.when) or "everyone else", str(segment.mql_at)


def _rule(rule: ScoringRule) -> tuple[str, ...]:
    often = f"{rule.times} times" if rule.times > 1 else "once"
    how = f"{often} in {rule.within}" if rule.within else "once" if rule.per == "lead" else ""
    weight = "weighed by seniority" if rule.weight else ""
    when = ", ".join(part for part in (_triggers(rule.on), condition(rule.where), how, weight) if part)
    what = "\n".join(part for part in (rule.title, when) if part)
    return rule.id, f"{rule.points:+}", what, str(rule.cap or ""), rule.group.value


def _fit(policy: Policy) -> Iterator[tuple[str, ...]]:
    for rule in policy.fit:
        yield rule.id, f"{rule.points:+}", f"{rule.title}\n{condition(rule.when)}", rule.group.value


def _triggers(triggers: Iterable[Trigger]) -> str:
    return " or ".join(
        f"{each.event.value} ({condition(each.where)})" if each.where else each.event.value
        for each in triggers
    )


def _clocks(policy: Policy) -> Iterator[tuple[str, ...]]:
    for name, clock in policy.sla.items():
        start = f"{clock.on.value}\n{condition(clock.when)}".strip()
        ladder = "\n".join(f"{rung.at}% {rung.do.name}" for rung in clock.rungs)
        if clock.at_last:
            ladder += f"\nat last {clock.at_last.name}"
        yield clock.id, name, start, str(clock.within), "\n".join(clock.met_by), ladder


def _hooks(policy: Policy) -> Iterator[tuple[str, ...]]:
    for stage, hooks in policy.on.items():
        for spec in hooks:
            yield f"{stage.value}{f' ({condition(spec.when)})' if spec.when else ''}", _action(spec)
    for spec in policy.repeated_request:
        yield "repeated request", _action(spec)
    for spec in policy.assigned:
        yield "assigned", _action(spec)


def _action(spec: ActionSpec) -> str:
    return f"{spec.name} {', '.join(f'{name}: {value}' for name, value in spec.params.items())}".strip()


def _sequences(policy: Policy) -> Iterator[tuple[str, ...]]:
    for name, sequence in policy.nurture.items():
        whom = [persona for persona, each in policy.personas.items() if each.nurture == name]
        whom += ["everyone else"] if policy.enrolment.default == name else []
        reasons = policy.enrolment.recycled.items()
        whom += [f"recycled: {reason}" for reason, each in reasons if each == name]
        yield sequence.id, name, "\n".join(whom), "\n".join(map(_step, sequence.steps))


def _step(step: Step) -> str:
    variants = f" ({', '.join(step.variants)})" if step.variants else ""
    return f"after {step.after}: {step.content}{variants}"
