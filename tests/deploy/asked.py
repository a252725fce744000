"""What alert rules and dashboards ask Prometheus: the metrics, and whether it is a condition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import promql_parser as promql

COMPARES = {"==", "!=", ">", "<", ">=", "<="}


def asked_of(expression: str) -> list[Any]:
    """The selectors of an expression. Raises ValueError where it is no PromQL."""
    found: list[Any] = []

    def visit(node: Any) -> bool:
        if isinstance(node, promql.VectorSelector):
            found.append(node)
        return True

    promql.walk(promql.parse(expression.replace("$__rate_interval", "5m")), visit)
    return found


def unknown(expressions: Iterable[str], there: Iterable[str]) -> set[str]:
    """The metrics that expressions ask for and that are not there."""
    return {str(each.name) for one in expressions for each in asked_of(one)} - set(there)


def is_condition(expression: str) -> bool:
    """Whether it gives nothing where all is well.

    That is a comparison, which drops what it does not hold of, or a question after what is absent.
    Anything else always has a value, and an alert of it would always fire.
    """
    return _drops(promql.parse(expression))


def _drops(found: Any) -> bool:
    if isinstance(found, promql.ParenExpr | promql.AggregateExpr):
        return _drops(found.expr)
    if isinstance(found, promql.Call):
        return bool(found.func.name == "absent")
    if not isinstance(found, promql.BinaryExpr):
        return False
    if str(found.op) in COMPARES:
        return not (found.modifier and found.modifier.return_bool)
    left, right = _drops(found.lhs), _drops(found.rhs)
    return {"or": left and right, "and": left or right, "unless": left}.get(str(found.op), False)
