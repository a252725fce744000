"""What is wrong with a value of a policy, in words for whoever wrote the file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

_FIXED = {
    "extra_forbidden": "unknown field; check the spelling, or remove it",
    "missing": "missing; add it",
    "string_type": "expected text; put a number or a yes in quotes",
    "tuple_type": "expected a list, such as [a, b]",
    "list_type": "expected a list, such as [a, b]",
    "dict_type": "expected fields with values, such as {name: value}",
    "model_type": "expected fields with values, such as {name: value}",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "finite_number": "expected a number",
}
_LIMITS = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
}
_SHORT_LIST = 10


def plainly(kind: str, message: str, given: Any, context: Mapping[str, Any]) -> str:
    """One of pydantic's findings as a sentence that says what to write instead."""
    if given is None and kind.endswith(("_type", "literal_error", "enum")):
        return "has no value; write one, or remove the line"
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _LIMITS:
        return _LIMITS[kind].format(**{name: f"{limit:g}" for name, limit in context.items()})
    say = next((say for start, say in _BY_START.items() if kind.startswith(start)), None)
    return say(given, context) if say else message.removeprefix("Value error, ")


def _one_of(given: Any, context: Mapping[str, Any]) -> str:
    """The list of what is known, or only the nearest where there is much of it."""
    expected = str(context["expected"])
    known = re.findall(r"'([^']*)'", expected)
    close = difflib.get_close_matches(str(given), known, n=1)
    meant = f"did you mean '{close[0]}'?" if close else ""
    if close and len(known) > _SHORT_LIST:
        return f"'{given}' is not known; {meant}"
    return f"expected {expected}{'; ' + meant if close else ''}"


_BY_START: dict[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "int_": lambda _given, _context: "expected a whole number",
    "float_": lambda _given, _context: "expected a number",
    "enum": _one_of,
    "literal_error": _one_of,
    "too_short": lambda _given, _context: "expected one at least",
}
