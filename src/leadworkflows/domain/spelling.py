"""The parts of a policy in words, for tables on a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leadworkflows.domain.conditions import Test
from leadworkflows.domain.grammar import ActionSpec, Trigger
from leadworkflows.domain.rules import ScoringRule

_SIGNS = {"gt": ">", "gte": "≥", "lt": "<", "lte": "≤"}


def condition(tests: Mapping[str, Test]) -> str:
    """`industry manufacturing, employees < 250`."""
    return ", ".join(f"{name} {_test(test)}" for name, test in tests.items())


def triggers(held: Iterable[Trigger]) -> str:
    """`page_viewed (page case_study) or content_downloaded (asset case_study)`."""
    return " or ".join(
        f"{each.event.value} ({condition(each.where)})" if each.where else each.event.value for each in held
    )


def when_it_scores(rule: ScoringRule) -> str:
    """What must happen for a rule's points, and how often: `page_viewed, page pricing, 3 times in 7 days`."""
    often = f"{rule.times} times" if rule.times > 1 else "once"
    how = f"{often} in {rule.within}" if rule.within else "once" if rule.per == "lead" else ""
    weight = "weighed by seniority" if rule.weight else ""
    return ", ".join(part for part in (triggers(rule.on), condition(rule.where), how, weight) if part)


def action(spec: ActionSpec) -> str:
    """`slack.alert channel: #sales, template: new-mql`."""
    return f"{spec.name} {', '.join(f'{name}: {value}' for name, value in spec.params.items())}".strip()


def _test(test: Test) -> str:
    parts = [] if test.equals is None else [str(test.equals).lower()]
    parts += [f"one of {_list(test.one_of)}"] if test.one_of else []
    parts += [f"none of {_list(test.none_of)}"] if test.none_of else []
    limits = ((sign, getattr(test, name)) for name, sign in _SIGNS.items())
    parts += [f"{sign} {limit:g}" for sign, limit in limits if limit is not None]
    return " and ".join(parts)


def _list(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values))
