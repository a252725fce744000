"""Samples with parts exchanged, so that hypothesis reaches what is behind a sender's first fields."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from hypothesis import strategies as st


def leaves(told: list[Any]) -> st.SearchStrategy[Any]:
    """JSON without parts, often one of those `told`."""
    return (
        st.none()
        | st.booleans()
        | st.integers()
        | st.just(10**400)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=12)
        | st.sampled_from(told)
    )


def json_of(
    leaf: st.SearchStrategy[Any], names: st.SearchStrategy[str], *, members: int, most: int
) -> st.SearchStrategy[Any]:
    """Lists and objects of such leaves, `most` in all, with up to so many `members` an object."""
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=members),
        max_leaves=most,
    )


LEAVES = leaves(["ada@example.com", "no@address@", "demo", "9999-12-31T23:59:59-14:00", "//[", "x" * 400])
JSON_VALUES = json_of(LEAVES, st.text(max_size=8), members=3, most=8)


def sample_of(source: str) -> Any:
    """The sample payload that comes with the package."""
    return json.loads(files("leadworkflows.sources").joinpath(f"samples/{source}.json").read_text("utf-8"))


def mutants(sample: Any) -> st.SearchStrategy[Any]:
    """The sample with one to three of its parts replaced by anything, or taken away."""
    changes = st.lists(
        st.tuples(st.sampled_from(list(_places(sample))), JSON_VALUES | st.just(_GONE)),
        min_size=1,
        max_size=3,
    )
    return changes.map(lambda chosen: _changed(sample, chosen))


_GONE = object()


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield (*path, name)
        yield from _places(item, (*path, name))


def _changed(sample: Any, chosen: list[tuple[tuple[Any, ...], Any]]) -> Any:
    changed = copy.deepcopy(sample)
    for path, value in chosen:
        holder = changed
        for name in path[:-1]:
            inside = isinstance(holder, dict) and name in holder
            inside = inside or (isinstance(holder, list) and isinstance(name, int) and name < len(holder))
            holder = holder[name] if inside else None
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
            holder.update({} if value is _GONE else {path[-1]: value})
        elif (
            isinstance(holder, list)
            and isinstance(path[-1], int)
            and path[-1] < len(holder)
            and value is not _GONE
        ):
            holder[path[-1]] = value
    return changed
