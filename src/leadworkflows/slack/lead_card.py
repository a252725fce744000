"""What a card about a lead can say, read from its snapshot and the action's own facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from leadworkflows.content import Recipient, one_line
from leadworkflows.domain.events import EventType

_RULES = {
    "P1": "Looked at pricing 3 times within 7 days",
    "P2": "Read a case study",
    "P3": "Interacted on LinkedIn",
    "P4": "Came back to the technical documentation",
    "P5": "Stated a budget in the contact form",
    "P6": "Silent for 30 days",
    "P11": "Spent half an hour on a comparison page",
}
"""The default policy's rules in a salesperson's words (domain.md section 3)."""

_EVENTS: dict[str, str] = {
    EventType.DEMO_REQUESTED: "Asked for a demo",
    EventType.QUOTE_REQUESTED: "Asked for a quote",
    EventType.MEETING_BOOKED: "Booked a meeting",
    EventType.SALES_CONTACTED: "Contacted sales",
    EventType.TRIAL_STARTED: "Started a trial",
    EventType.CONTENT_DOWNLOADED: "Downloaded content",
    EventType.WEBINAR_ATTENDED: "Attended a webinar",
    EventType.EMAIL_REPLIED: "Replied to a mail",
}

_LINE = re.compile(r"(?P<points>[+-]\d+) (?P<title>.+?)(?: \((?P<rule>[^()]+)\))?")


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a lead, and its points where a rule gave some."""

    text: str
    points: int | None = None


@dataclass(frozen=True)
class LeadCard:
    """One lead as a salesperson needs it; what nobody knows is empty or None.

    `due_at` and `clock` are the service level that runs out first. `reasons` come best first.
    """

    lead_id: str
    url: str | None
    person: Recipient
    now: datetime
    stage: str
    priority: bool
    score: int | None
    threshold: int | None
    reasons: tuple[Reason, ...]
    clock: str
    due_at: datetime | None
    owner: str
    firm: tuple[str, ...]
    channel: str

    @classmethod
    def of(
        cls, lead_id: str, person: Recipient, lead: Mapping[str, Any], now: datetime, url: str | None
    ) -> LeadCard:
        """Read tolerantly: a snapshot may be older than the action, or not there yet."""
        clock, due_at = _clock(lead)
        return cls(
            lead_id=lead_id,
            url=url,
            person=person,
            now=now,
            stage=_word(lead.get("stage")),
            priority=bool(lead.get("priority")),
            score=_number(_inner(lead, "score", "total")),
            threshold=_number(_inner(lead, "score", "threshold") or lead.get("threshold")),
            reasons=_reasons(lead),
            clock=clock,
            due_at=due_at,
            owner=_word(lead.get("owner")),
            firm=_firm(lead),
            channel=_word(lead.get("channel")).replace("_", " "),
        )

    @property
    def name(self) -> str:
        """How to call the lead in a headline: by name, else by address, else by what it is."""
        full = one_line(f"{self.person.first_name or ''} {self.person.last_name or ''}")
        return full or one_line(self.person.email) or "Unnamed lead"

    @property
    def overdue(self) -> bool:
        """Whether the clock has run out."""
        return self.due_at is not None and self.due_at <= self.now


def _inner(lead: Mapping[str, Any], outer: str, inner: str) -> Any:
    """A score may be the API's object or a bare number."""
    value = lead.get(outer)
    if isinstance(value, Mapping):
        return value.get(inner)
    return value if inner == "total" else None


def _number(value: Any) -> int | None:
    return round(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _reasons(lead: Mapping[str, Any]) -> tuple[Reason, ...]:
    """What just happened, then the action's own reasons, or else the points that weigh most."""
    event, why = _EVENTS.get(_word(lead.get("event"))), lead.get("why")
    happened = (Reason(event),) if event else ()
    if isinstance(why, list) and why:
        return (*happened, *(_stated(each) for each in why if isinstance(each, str)))
    return (*happened, *_gained(lead))


def _stated(line: str) -> Reason:
    """The core writes "+40 form that states a budget (P5)"."""
    parts = _LINE.fullmatch(line)
    if parts is None:
        return Reason(line)
    title = _RULES.get(parts["rule"]) or parts["title"]
    return Reason(title[:1].upper() + title[1:], int(parts["points"]))


def _gained(lead: Mapping[str, Any]) -> tuple[Reason, ...]:
    held = _inner(lead, "score", "contributions") or lead.get("contributions")
    scored = [_scored(each) for each in held if isinstance(each, Mapping)] if isinstance(held, list) else []
    return tuple(sorted((each for each in scored if _points(each) > 0), key=_points, reverse=True))


def _points(reason: Reason) -> int:
    return reason.points or 0


def _scored(contribution: Mapping[str, Any]) -> Reason:
    rule, event = _word(contribution.get("rule")), _word(contribution.get("event_type"))
    title = _word(contribution.get("title")) or _RULES.get(rule) or _EVENTS.get(event)
    return Reason(title or f"Rule {rule}", _number(contribution.get("points")))


def _clock(lead: Mapping[str, Any]) -> tuple[str, datetime | None]:
    """The action's own clock, else the snapshot's running one that is due first."""
    if (own := _instant(lead.get("due_at"))) is not None:
        return _word(lead.get("clock")), own
    listed = lead.get("sla")
    running = [_due(each) for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    ahead = sorted((due_at, clock) for clock, due_at in running if due_at is not None)
    return (ahead[0][1], ahead[0][0]) if ahead else (_word(lead.get("clock")), None)


def _due(clock: Mapping[str, Any]) -> tuple[str, datetime | None]:
    ticking = clock.get("state") in (None, "running", "missed")
    return _word(clock.get("clock")), _instant(clock.get("due_at")) if ticking else None


def _instant(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else None


def _firm(lead: Mapping[str, Any]) -> tuple[str, ...]:
    """Industry, size and country, from the lead's facts or its profile."""
    profile = lead.get("profile")
    facts = {**(profile if isinstance(profile, Mapping) else {}), **lead}
    size = _number(facts.get("employees"))
    parts = (
        _word(facts.get("industry")).replace("_", " ").capitalize(),
        f"{size:,} people" if size else "",
        _word(facts.get("country")),
    )
    return tuple(part for part in parts if part)
