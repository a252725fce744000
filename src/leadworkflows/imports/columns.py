"""What each column of a file holds: recognised by its header, corrected by the user."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leadworkflows.imports.tabular import TableUnreadable
from leadworkflows.sources.topics import IGNORE, TOPICS, field_key, topic_of

OWN_COLUMNS = ("row", "field", "problem")
"""What a file of errors has in front: it can be corrected and imported as it is."""


@dataclass(frozen=True)
class Column:
    """One column. Without a topic its answers are kept beside the lead as notes."""

    header: str
    topic: str | None


def read_maps(maps: Iterable[str]) -> dict[str, str]:
    """`Firma=company` as header and topic. Raises `TableUnreadable` with what is known."""
    found: dict[str, str] = {}
    for text in maps:
        header, equals, topic = text.rpartition("=")
        word = field_key(topic).replace(" ", "_")
        if not (equals and header.strip()):
            raise TableUnreadable(
                f'--map {text!r}: expected a header and what it is, such as "Firma=company"'
            )
        if word not in TOPICS:
            raise TableUnreadable(f"--map {text!r}: expected after = one of {', '.join(sorted(TOPICS))}")
        found[field_key(header)] = word
    return found


def columns_of(header: Sequence[str], maps: Mapping[str, str]) -> list[Column]:
    """The columns in their order. Raises `TableUnreadable`: a header that is not there, no e-mail column."""
    known = {field_key(name): name for name in header}
    for wanted in maps:
        if wanted not in known:
            raise TableUnreadable(f"--map: the file has no column {wanted!r}; {_nearest(wanted, known)}")
    topics = [_topic(number, name, header, maps) for number, name in enumerate(header)]
    _one_address(header, topics, maps)
    if "email" not in topics:
        headers = ", ".join(header)
        raise TableUnreadable(
            "no column holds e-mail addresses. Say which one does, such as"
            f' --map "{header[0]}=email"; the columns are: {headers}'
        )
    return [Column(name, topic) for name, topic in zip(header, topics, strict=True)]


def _topic(number: int, name: str, header: Sequence[str], maps: Mapping[str, str]) -> str | None:
    stated = maps.get(field_key(name))
    if stated is None and number < len(OWN_COLUMNS) and tuple(header[: len(OWN_COLUMNS)]) == OWN_COLUMNS:
        return IGNORE
    return stated or topic_of(name)


def _one_address(header: Sequence[str], topics: list[str | None], maps: Mapping[str, str]) -> None:
    """Of several columns that speak of e-mail the user's choice is the address, else the shortest header.

    "E-mail opt-in" is about the address and is none.
    """
    found = [number for number, topic in enumerate(topics) if topic == "email"]
    stated = [number for number in found if field_key(header[number]) in maps]
    kept = stated or sorted(found, key=lambda number: len(header[number]))[:1]
    for number in found:
        if number not in kept:
            topics[number] = None


def _nearest(word: str, known: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {known[close[0]]!r}?" if close else f"its columns are: {', '.join(known.values())}"
