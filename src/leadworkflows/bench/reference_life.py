"""The reference life: one form, 40 page views in 6 visits, 3 nurture mails, and the way to a customer.

A visit's page views come within the window in which a lead's behaviour is collected, so each visit is
told to the lead at once, as the relay would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain.events import EventType, LeadEvent, facts_model

_WHO = {
    "industry": "manufacturing", "employees": 600, "country": "DE", "time_zone": "Europe/Berlin",
    "persona": "technical_director", "seniority": "manager", "channel": "linkedin",
}  # fmt: skip
_READING = ["product", "blog", "product", "blog", "about", "blog", "product"]
_VISITS = {
    2: _READING,
    4: _READING,
    8: ["documentation", "documentation", "blog", "product", "about", "blog", "blog"],
    11: ["comparison", "blog", "blog", "about", "blog", "blog", "blog"],
    15: ["case_study", "blog", "blog", "about", "blog", "blog"],
    20: ["case_study", "case_study", "pricing", "product", "blog", "about"],
}
"""By day. The last one makes an MQL of the lead: its profile is nobody's priority."""
MAIL_DAYS = (1, 6, 13)
"""About when the three mails of a sequence leave, counted from the form."""
_MAPS = dict.fromkeys(("motivation", "authority", "process", "solution_fit", "committee", "schedule"), "yes")
_BANT = {"budget": "yes", "authority": "yes", "need": "yes", "timeline": "yes"}


@dataclass(frozen=True)
class Moment:
    """What happens at once: events that are signalled together, or a person's command."""

    at: datetime
    events: list[LeadEvent]
    is_command: bool = False


def views() -> int:
    """How many pages are looked at in the whole life."""
    return sum(len(pages) for pages in _VISITS.values())


def reference_life(start: datetime) -> list[Moment]:
    """All of it in order. `start` is on a working day's morning."""
    script, moments = _Script(start), list[tuple[float, list[tuple[str, dict[str, Any]]]]]()
    moments.append((0, [("form_submitted", {"form": "download", **_WHO})]))
    moments += [(day, [("page_viewed", {"page": page}) for page in pages]) for day, pages in _VISITS.items()]
    moments += [(day + 1.1, [("email_delivered", {"content": "mail"})]) for day in MAIL_DAYS]
    told = [Moment(script.at(day), list(script.events(day, said))) for day, said in sorted(moments, key=_day)]
    return [*told, *_sales(script)]


def _day(moment: tuple[float, Any]) -> float:
    return moment[0]


def _sales(script: _Script) -> Iterator[Moment]:
    steps: list[tuple[float, str, dict[str, Any]]] = [
        (20.1, "lead_accepted", {}),
        (21, "qualification_recorded", _BANT),
        (21.01, "contact_made", {}),
        (28, "opportunity_opened", _MAPS),
        (49, "deal_won", {}),
    ]
    for day, kind, facts in steps:
        yield Moment(script.at(day), [script.command(kind, day, facts)], is_command=True)


class _Script:
    """Writes events with running numbers; a command has none."""

    def __init__(self, start: datetime) -> None:
        self._start, self._seq = start, 0

    def at(self, day: float) -> datetime:
        return self._start + timedelta(days=day)

    def events(self, day: float, said: list[tuple[str, dict[str, Any]]]) -> Iterator[LeadEvent]:
        for number, (kind, facts) in enumerate(said):
            self._seq += 1
            at = self.at(day) + timedelta(milliseconds=number)
            yield self._event(f"e{self._seq}", kind, self._seq, at, facts)

    def command(self, kind: str, day: float, facts: dict[str, Any]) -> LeadEvent:
        return self._event(f"command-{kind}", kind, 0, self.at(day), {"by": "rep-1", **facts})

    def _event(self, name: str, kind: str, seq: int, at: datetime, facts: dict[str, Any]) -> LeadEvent:
        said = facts_model(EventType(kind)).model_validate(facts)
        return LeadEvent(id=name, seq=seq, type=EventType(kind), occurred_at=at, facts=said)
