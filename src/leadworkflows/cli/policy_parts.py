"""The parts of a policy with their places in its file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from leadworkflows.domain.grammar import ActionSpec
from leadworkflows.domain.mailing import Step
from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import PolicyProblem, line_of

Place = tuple[str | int, ...]
"""The keys and numbers that lead to a part."""


class Whereabouts:
    """Which line of a policy file a place is in. The file was read without error before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def problem(self, place: Place, problem: str) -> PolicyProblem:
        """The problem at the deepest part of the place that the file has."""
        return PolicyProblem(self._line(place), ".".join(map(str, place)), problem)

    @cached_property
    def _document(self) -> Any:
        """Read for the first problem: most policies have none, and reading with lines is slow."""
        return YAML(typ="rt").load(self._path.read_text("utf-8"))

    def _line(self, place: Place) -> int:
        return line_of(self._document, place)


def specs(policy: Policy) -> Iterator[tuple[Place, ActionSpec]]:
    """Every action that the policy names."""
    for stage, hooks in policy.on.items():
        for number, spec in enumerate(hooks):
            yield ("on", stage.value, number), spec
    for number, spec in enumerate(policy.repeated_request):
        yield ("repeated_request", number), spec
    for number, spec in enumerate(policy.assigned):
        yield ("assigned", number), spec
    for name, clock in policy.sla.items():
        for number, rung in enumerate(clock.rungs):
            yield ("sla", name, "rungs", number, "do"), rung.do
        if clock.at_last:
            yield ("sla", name, "at_last"), clock.at_last
    for place, step in _steps(policy):
        if step.do:
            yield (*place, "do"), step.do


def _steps(policy: Policy) -> Iterator[tuple[Place, Step]]:
    for name, sequence in policy.nurture.items():
        for number, step in enumerate(sequence.steps):
            yield ("nurture", name, "steps", number), step


def contents(policy: Policy) -> Iterator[tuple[Place, str, str | None]]:
    """Every content that a mail may need, with its variant."""
    for place, spec in specs(policy):
        content, variant = spec.params.get("content"), spec.params.get("variant")
        if isinstance(content, str):
            yield (*place, spec.name, "content"), content, str(variant) if variant else None
    for place, step in _steps(policy):
        if step.content:
            yield (*place, "content"), step.content, None
        if step.otherwise:
            yield (*place, "otherwise"), step.otherwise, None
        for industry, variant in step.variants.items():
            yield (*place, "variants", industry), step.content, variant
    if policy.consent.double_opt_in:
        yield ("consent", "confirmation"), policy.consent.confirmation, None


def variant_for(policy: Policy, content: str, industry: Any) -> str | None:
    """Which variant of a content a lead of an industry gets in a sequence."""
    found = (step.variants.get(industry) for _, step in _steps(policy) if step.content == content)
    return next((variant for variant in found if variant), None)
