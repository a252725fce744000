"""From a row to an event: what a form would have said."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from leadworkflows.domain.events import EventType, facts_model
from leadworkflows.imports.columns import Column
from leadworkflows.imports.tabular import MAX_CELL
from leadworkflows.sources.base import Identity, InboundEvent, PayloadRejected
from leadworkflows.sources.fields import Answer, Recognised, recognise
from leadworkflows.sources.identity import EmailInvalid, normalise_email
from leadworkflows.sources.intents import Intent, intent_of_word
from leadworkflows.sources.topics import IGNORE

EVENT_TYPES = (
    EventType.FACTS_UPDATED, EventType.FORM_SUBMITTED, EventType.NEWSLETTER_SUBSCRIBED,
    EventType.WEBINAR_REGISTERED, EventType.WEBINAR_ATTENDED, EventType.TRIAL_STARTED,
    EventType.SALES_CONTACTED, EventType.QUOTE_REQUESTED, EventType.DEMO_REQUESTED,
)  # fmt: skip
"""What a row can be: the types that need no further fact. `facts_updated` says who somebody is and
claims nothing that they did, so a list gives points for fit alone and breaks nobody's silence."""


@dataclass(frozen=True)
class Reading:
    """How the rows of one file are understood."""

    columns: Sequence[Column]
    event: EventType = EventType.FACTS_UPDATED
    channel: str | None = None
    """Where these leads come from, unless a row says it."""
    campaign: str | None = None

    def event_of(self, cells: Sequence[str]) -> InboundEvent:
        """The event of a row. Raises `PayloadRejected` naming the column."""
        self._check_shape(cells)
        filled = [(column, cell) for column, cell in zip(self.columns, cells, strict=False) if cell]
        asked = [(column, cell) for column, cell in filled if column.topic not in (None, IGNORE)]
        notes = {column.header: cell for column, cell in filled if column.topic is None}
        said = recognise(Answer((column.header,), cell, column.topic) for column, cell in asked)
        email = self._email(said)
        intent = intent_of_word(said.intent or "") or Intent(self.event)
        facts = {**self._facts(said), **intent.facts()}
        return InboundEvent(
            delivery_id=self._delivery_id(email, asked, notes),
            type=intent.type,
            identity=Identity(email=email, anonymous_id=said.anonymous_id and said.anonymous_id[:255]),
            person=said.person,
            facts=facts_model(intent.type).model_validate(facts),
            notes={**notes, **said.notes},
        )

    def _check_shape(self, cells: Sequence[str]) -> None:
        if any(cells[len(self.columns) :]):
            problem = (
                f"the row has {len(cells)} cells and the header {len(self.columns)}:"
                " put quotation marks around a text that holds the delimiter"
            )
            raise PayloadRejected("row", problem)
        for column, cell in zip(self.columns, cells, strict=False):
            if len(cell) > MAX_CELL and column.topic != IGNORE:
                problem = (
                    f"is {len(cell):,} characters long: shorten it to {MAX_CELL:,}, or ignore the column"
                )
                raise PayloadRejected(column.header, problem)

    def _email(self, said: Recognised) -> str:
        header = next(column.header for column in self.columns if column.topic == "email")
        if not said.email:
            raise PayloadRejected(header, "is empty: every lead needs an e-mail address")
        try:
            return normalise_email(said.email)
        except EmailInvalid as invalid:
            raise PayloadRejected(header, str(invalid)) from None

    def _facts(self, said: Recognised) -> dict[str, Any]:
        stated = {"channel": self.channel, "campaign": self.campaign}
        return {name: value for name, value in stated.items() if value} | said.facts

    def _delivery_id(self, email: str, asked: Sequence[tuple[Column, str]], notes: dict[str, str]) -> str:
        """The same for the same content, whatever file, order of columns or row it stands in."""
        said: dict[str, list[str]] = {}
        for column, cell in asked:
            if column.topic != "email":
                said.setdefault(str(column.topic), []).append(_folded(cell))
        content = {
            "email": email,
            "said": said,
            "notes": {_folded(header): _folded(cell) for header, cell in notes.items()},
            "as": [self.event, self.channel, self.campaign],
        }
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _folded(text: str) -> str:
    """Without what an editor or a spreadsheet changes on the way: spaces, composed letters."""
    return " ".join(unicodedata.normalize("NFC", text).split())
