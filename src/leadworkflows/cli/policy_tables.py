"""A policy as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from leadworkflows.cli.policy_people import reps, working_time
from leadworkflows.domain.mailing import Step
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.rules import ScoringRule
from leadworkflows.domain.spelling import action, condition, when_it_scores


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


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, header_style="dim", no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    table.add_row()
    return table


def _segments(policy: Policy) -> Iterator[tuple[str, ...]]:
    for name, segment in policy.segments.items():
        yield segment.id, name, condition(segment.when) or "everyone else", str(segment.mql_at)


def _rule(rule: ScoringRule) -> tuple[str, ...]:
    what = "\n".join(part for part in (rule.title, when_it_scores(rule)) if part)
    return rule.id, f"{rule.points:+}", what, str(rule.cap or ""), rule.group.value


def _fit(policy: Policy) -> Iterator[tuple[str, ...]]:
    for rule in policy.fit:
        yield rule.id, f"{rule.points:+}", f"{rule.title}\n{condition(rule.when)}", rule.group.value


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
            yield f"{stage.value}{f' ({condition(spec.when)})' if spec.when else ''}", action(spec)
    for spec in policy.repeated_request:
        yield "repeated request", action(spec)
    for spec in policy.assigned:
        yield "assigned", action(spec)


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
