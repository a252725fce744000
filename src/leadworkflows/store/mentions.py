"""Where a person is named in what no column says whose it is: raw requests, presses, answers in Slack.

A name is an address, a telephone number, or an id that a tracker or vendor gave. First and last names are
not looked for: colleagues share them, and alone they say nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

from sqlalchemy import Select, select

from leadworkflows.store.database import Database, Transaction
from leadworkflows.store.models import Base, OutboxRow, PressRow, QuarantineRow, RequestRow
from leadworkflows.store.naming import request_ids_in

_SHORTEST = 6
"""A shorter name is found in texts about anybody."""
_AT_ONCE = 200
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_SPACE = re.compile(r"\\[bfnrt]")
"""As JSON writes a new line, whose letter would else stand before a name."""
_ADDRESS = re.compile(r"(?<![\w.+%\\-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
"""Cut off ones too: a request that nobody could read may be half of one."""
_TEXTS: dict[type[Base], tuple[str, ...]] = {
    RequestRow: ("body",),
    QuarantineRow: ("body", "url", "headers", "problem"),
    PressRow: ("key", "body"),
    OutboxRow: ("key", "recipient", "subject", "text", "html", "blocks"),
}
_OVERLAP: dict[type[Base], int] = {
    RequestRow: request_ids_in(timedelta(seconds=10)),
    QuarantineRow: 100,
    OutboxRow: 100,
}
"""How far behind the newest number one may still be on its way to the disk."""
_KEYS: dict[type[Base], str] = {RequestRow: "id", QuarantineRow: "id", PressRow: "key", OutboxRow: "id"}


class Names:
    """What a person goes by, to be looked for in texts of any kind."""

    def __init__(self, names: Iterable[str]) -> None:
        said = {name.strip().lower() for name in names}
        known = sorted(name for name in said if len(name) >= _SHORTEST or "@" in name)
        any_of = "|".join(map(re.escape, known))
        # Whole, so that ada@example.com is not found in bada@example.com or ada@example.com.au.
        whole = rf"(?<![\w.+%-])(?:{any_of})(?![\w-]|\.\w)"
        self._pattern = re.compile(whole) if known else None

    def in_any(self, *texts: Any) -> bool:
        """Whether one of the texts names the person, however it is encoded: JSON, a form, as it is."""
        return self._pattern is not None and any(self._in(_plain(text)) for text in texts if text)

    def with_others(self, *texts: Any) -> bool:
        """Whether one of the texts holds an e-mail address that is not the person's."""
        return any(not self.in_any(each) for each in addresses_in(*texts))

    def _in(self, text: str) -> bool:
        return any(self._pattern.search(each) for each in _spellings(text)) if self._pattern else False


def addresses_in(*texts: Any) -> set[str]:
    """What looks like an e-mail address in texts of any kind, in small letters."""
    return {
        each for text in texts if text for said in _spellings(_plain(text)) for each in _ADDRESS.findall(said)
    }


@dataclass
class Mentions:
    """Keys of the rows that name a person, by table, and how far each table was looked through."""

    found: dict[type[Base], list[Any]] = field(default_factory=dict)
    upto: dict[type[Base], Any] = field(default_factory=dict)


async def look_for(database: Database, names: Names) -> Mentions:
    """Look through all of it, some rows at a time: nobody waits for it."""
    mentions = Mentions()
    for table in _TEXTS:
        while await _look(database, table, names, mentions):
            pass
    return mentions


async def look_again(connection: Transaction, names: Names, mentions: Mentions) -> None:
    """Look through what came since, in the transaction that is to delete it.

    Numbers grow, but a row may be on disk before one with a smaller number, so some are looked at twice.
    A press goes by the name that Slack gave it, in no order: all are looked at, and none is kept for long.
    """
    for table, overlap in _OVERLAP.items():
        if table in mentions.upto:
            mentions.upto[table] -= overlap
    mentions.upto.pop(PressRow, None)
    for table in _TEXTS:
        rows = (await connection.execute(_rows(table, mentions))).mappings().all()
        _take(table, names, mentions, rows)


async def presses_about(connection: Transaction, leads: Sequence[str]) -> list[str]:
    """The keys of presses of buttons on cards about these leads."""
    mentions = Mentions()
    rows = (await connection.execute(_rows(PressRow, mentions))).mappings().all()
    _take(PressRow, Names(leads), mentions, rows)
    return mentions.found[PressRow]


async def _look(database: Database, table: type[Base], names: Names, mentions: Mentions) -> bool:
    async with database.reading() as connection:
        rows = (await connection.execute(_rows(table, mentions).limit(_AT_ONCE))).mappings().all()
    _take(table, names, mentions, rows)
    return len(rows) == _AT_ONCE


def _rows(table: type[Base], mentions: Mentions) -> Select[Any]:
    columns = table.__table__.c
    key = columns[_KEYS[table]]
    wanted = select(key.label("of"), *(columns[name] for name in _TEXTS[table] if name != key.name))
    after = mentions.upto.get(table)
    return (wanted if after is None else wanted.where(key > after)).order_by(key)


def _take(table: type[Base], names: Names, mentions: Mentions, rows: Any) -> None:
    named = [row["of"] for row in rows if names.in_any(*row.values())]
    found = mentions.found.setdefault(table, [])
    found.extend(set(named).difference(found))
    if rows:
        mentions.upto[table] = rows[-1]["of"]


def _spellings(text: str) -> set[str]:
    """What the text may mean: as it is, as a form sends it, as JSON escapes it; in small letters."""
    spellings = {text, unquote_plus(text), _ESCAPED.sub(_character, _SPACE.sub(" ", text))}
    return {each.lower() for each in spellings}


def _plain(text: Any) -> str:
    if isinstance(text, bytes):
        return text.decode("utf-8", "replace")
    return text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)


def _character(code: re.Match[str]) -> str:
    return chr(int(code[1], 16))
