"""What in a policy has no effect: not wrong, but hardly what its author meant."""

from __future__ import annotations

from collections.abc import Iterator

from leadworkflows.cli.policy_parts import Whereabouts, contents
from leadworkflows.content import ContentLibrary
from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import PolicyProblem


def idle(policy: Policy, where: Whereabouts, library: ContentLibrary) -> Iterator[PolicyProblem]:
    """Each part that can never come into play, and contents that no part names."""
    yield from _sequences(policy, where)
    yield from _personas(policy, where)
    yield from _segments(policy, where)
    yield from _priority(policy, where)
    yield from _variants(policy, where)
    yield from _contents(policy, where, library)


def _sequences(policy: Policy, where: Whereabouts) -> Iterator[PolicyProblem]:
    entered: set[str | None] = {persona.nurture for persona in policy.personas.values()}
    entered |= {policy.enrolment.default, policy.enrolment.hot, *policy.enrolment.recycled.values()}
    for name in policy.nurture:
        if name not in entered:
            yield where.problem(
                ("nurture", name), "nobody enters it: name it in personas or enrolment, or remove it"
            )


def _personas(policy: Policy, where: Whereabouts) -> Iterator[PolicyProblem]:
    for name, persona in policy.personas.items():
        if not persona.titles:
            yield where.problem(("personas", name), "nobody is of it: add titles, or remove it")


def _segments(policy: Policy, where: Whereabouts) -> Iterator[PolicyProblem]:
    taken_by = None
    for name, segment in policy.segments.items():
        if taken_by:
            yield where.problem(("segments", name), f"never reached: {taken_by} before it takes everyone")
        elif not segment.when:
            taken_by = name


def _priority(policy: Policy, where: Whereabouts) -> Iterator[PolicyProblem]:
    rules = {rule.id for rule in policy.scoring}
    for number, rule in enumerate(policy.priority.rules):
        if rule not in rules:
            yield where.problem(
                ("priority", "rules", number), f"never fires: no scoring rule has the id {rule}"
            )


def _variants(policy: Policy, where: Whereabouts) -> Iterator[PolicyProblem]:
    market = policy.market.industries
    for name, sequence in policy.nurture.items():
        for number, step in enumerate(sequence.steps):
            for industry in step.variants if market else ():
                if industry not in market:
                    place = ("nurture", name, "steps", number, "variants", industry)
                    yield where.problem(place, "never chosen: the industry is not in market.industries")


def _contents(policy: Policy, where: Whereabouts, library: ContentLibrary) -> Iterator[PolicyProblem]:
    named = {policy.consent.confirmation, *(content for _, content, _ in contents(policy))}
    unnamed = [content for content in library.names() if content not in named]
    if unnamed:
        yield where.problem((), f"contents that no part of it names: {', '.join(unnamed)}")
