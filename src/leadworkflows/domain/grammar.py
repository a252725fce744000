"""The smallest parts of a policy: what happens (triggers, patterns) and what is done about it (actions)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from leadworkflows.domain.conditions import Condition
from leadworkflows.domain.events import EventType, facts_model
from leadworkflows.domain.facts import FIRMOGRAPHIC
from leadworkflows.domain.spans import Span

MOMENT = (
    "move", "event", "stage", "sub_status", "priority", "reason", "score", "threshold", "segment",
    "country", "language", "why", "clock", "due_at", "owner", "attempts", "revision",
)  # fmt: skip
"""The facts of the moment in which an action is decided, for its `when` and its template."""


class Part(BaseModel):
    """A part of a policy: frozen, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def problem(message: str, *field: str | int) -> InitErrorDetails:
    """What is wrong with a field that only the whole policy can tell."""
    said = PydanticCustomError("policy", "{message}", {"message": message})
    return InitErrorDetails(type=said, loc=field, input=None)


def check_names(condition: Condition, known: Collection[str]) -> None:
    """A condition on a fact that is never stated would never hold. Raises ValueError."""
    for name in condition:
        if name not in known:
            raise ValueError(f"no fact is called {name!r} here; there are {', '.join(known)}")


class Trigger(Part):
    """An event type and what its facts must be."""

    event: EventType
    where: Condition = {}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"event": data}
        if isinstance(data, dict) and len(data) == 1 and "event" not in data:
            ((event, where),) = data.items()
            return {"event": event, "where": where}
        return data

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        check_names(self.where, facts_model(self.event).model_fields)
        return self


def _triggers(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Triggers = Annotated[tuple[Trigger, ...], BeforeValidator(_triggers)]


class Pattern(Part):
    """Events that together mean something: `times` of them `within` a span."""

    on: Triggers
    where: Condition = {}
    times: int = Field(default=1, ge=1, le=50)
    within: Span | None = None

    @model_validator(mode="after")
    def _span_for_repeats(self) -> Self:
        if self.times > 1 and self.within is None:
            raise ValueError("times needs within, such as within: 7d")
        return self

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        for trigger in self.on:
            check_names(self.where, facts_model(trigger.event).model_fields)
        return self


class ActionSpec(Part):
    """An action of a policy: its name, its parameters, and when it applies."""

    name: str
    params: dict[str, JsonValue] = {}
    when: Condition = {}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"name": data}
        if not isinstance(data, dict) or "name" in data:
            return data
        names = [key for key in data if key != "when"]
        if len(names) != 1:
            raise ValueError("an action is one name with its parameters, such as email.send: {content: x}")
        return {"name": names[0], "params": data[names[0]] or {}, "when": data.get("when", {})}

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        check_names(self.when, (*MOMENT, *FIRMOGRAPHIC))
        return self
