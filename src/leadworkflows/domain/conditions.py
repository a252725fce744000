"""The conditions of a policy: `{page: pricing}`, `{employees: {lt: 250}}`, `{industry: {in: [a, b]}}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Scalar = bool | int | float | str


@lru_cache(maxsize=4096)
def _word(text: str) -> str:
    """Facts come from a small vocabulary, and every event is asked about several times."""
    return text.strip().lower().replace(" ", "_").replace("-", "_")


def _folded(value: Any) -> Any:
    """Words compare folded, as facts are kept: `Case Study` is `case_study`."""
    return _word(value) if isinstance(value, str) else value


def folded(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are known, as they compare: to be made once where much is asked of the same facts."""
    return {
        name: _word(value) if isinstance(value, str) else value
        for name, value in facts.items()
        if value is not None
    }


FoldedScalar = Annotated[Scalar, BeforeValidator(_folded)]


class Test(BaseModel):
    """What one fact must be. An unknown fact passes no test."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    __test__ = False

    equals: FoldedScalar | None = None
    one_of: tuple[FoldedScalar, ...] | None = Field(default=None, alias="in")
    none_of: tuple[FoldedScalar, ...] | None = Field(default=None, alias="not_in")
    lt: float | None = None
    lte: float | None = None
    gt: float | None = None
    gte: float | None = None

    def holds(self, value: Any) -> bool:
        """Whether a known value passes every part of the test."""
        if value is None:
            return False
        value = _folded(value)
        if self.equals is not None and value != self.equals:
            return False
        return self.asks_equality_alone or (self._in_sets(value) and self._in_range(value))

    @cached_property
    def asks_equality_alone(self) -> bool:
        """Most tests ask for one value and nothing else."""
        rest = (self.one_of, self.none_of, self.lt, self.lte, self.gt, self.gte)
        return all(part is None for part in rest)

    def _in_sets(self, value: Any) -> bool:
        listed = self.one_of is None or value in self.one_of
        return listed and (self.none_of is None or value not in self.none_of)

    def _in_range(self, value: Any) -> bool:
        if self.lt is self.lte is self.gt is self.gte is None:
            return True
        if not isinstance(value, int | float):
            return False
        return (
            (self.lt is None or value < self.lt)
            and (self.lte is None or value <= self.lte)
            and (self.gt is None or value > self.gt)
            and (self.gte is None or value >= self.gte)
        )


def _test(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return {"in": value}
    return value if isinstance(value, dict | Test) else {"equals": value}


Condition = Mapping[str, Annotated[Test, BeforeValidator(_test)]]
"""Every named fact must pass its test; an empty condition always holds."""


def holds(condition: Condition, value_of: Callable[[str], Any]) -> bool:
    """Whether the condition holds over the facts that `value_of` looks up by name."""
    for name, test in condition.items():  # noqa: SIM110 - asked for every rule and event
        if not test.holds(value_of(name)):
            return False
    return True
