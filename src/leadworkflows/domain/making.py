"""Making models of what the core itself has decided, without checking it again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, ParamSpec, TypeVar

from pydantic import BaseModel

P = ParamSpec("P")
M = TypeVar("M", bound=BaseModel)
_new: Any = object.__new__
_SLOTS: Any = vars(BaseModel)
_put_values = _SLOTS["__dict__"].__set__
_put_fields_set = _SLOTS["__pydantic_fields_set__"].__set__
_put_extra = _SLOTS["__pydantic_extra__"].__set__
_put_private = _SLOTS["__pydantic_private__"].__set__


def made(model: Callable[P, M], *nothing: P.args, **values: P.kwargs) -> M:  # noqa: ARG001 - for the types
    """A model of values that are right already, and given by name, every one, in the model's order.

    Checking is for what comes from outside. The core writes several entries an event, and checking each
    would take longer than deciding it. `model_construct` of pydantic does the same, but looks for
    defaults and aliases first, which takes longer still; so does looking up each slot by its name.
    """
    new: M = _new(model)
    _put_values(new, values)
    _put_fields_set(new, _fields_of(model))
    _put_extra(new, None)
    _put_private(new, None)
    return new


@cache
def _fields_of(model: type[BaseModel]) -> set[str]:
    """Every field was given, so all models of a kind can share one set."""
    return set(model.model_fields)
