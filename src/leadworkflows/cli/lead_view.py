"""A lead as it is shown in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from leadworkflows.content import one_line
from leadworkflows.domain.decisions import TimelineEntry
from leadworkflows.store import PersonRecord


def lead_view(
    person: PersonRecord, lead: dict[str, Any], timeline: Sequence[TimelineEntry]
) -> RenderableType:
    """Who, where it stands and why, and what happened."""
    return Group(_who(person), _standing(lead), Text(), _points(lead), Text(), _timeline(timeline))


def _safe(text: Any) -> Text:
    """What a stranger typed, without what would steer the terminal."""
    return Text(one_line(str(text)))


def _grid(rows: Iterator[tuple[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        if value not in (None, ""):
            table.add_row(Text(name, style="dim"), _safe(value))
    return table


def _who(person: PersonRecord) -> Table:
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    rows = {
        "name": name, "e-mail": person.email, "title": person.title,
        "company": person.company, "phone": person.phone,
    }  # fmt: skip
    return _grid(iter(rows.items()))


def _standing(lead: dict[str, Any]) -> Table:
    return _grid(_facts(lead))


def _facts(lead: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    score, nurture, contact = lead["score"], lead["nurture"], lead["contact"]
    yield "lead", lead["lead_id"]
    yield "stage", f"{lead['stage']}{' · ' + lead['sub_status'] if lead['sub_status'] else ''}"
    yield "merged into", lead.get("merged_into")
    yield "priority", "yes" if lead["priority"] else None
    yield (
        "score",
        f"{score['total']} of {score['threshold']} (fit {score['fit']}, engagement {score['engagement']})",
    )
    for name in ("persona", "segment", "channel", "owner"):
        yield name, lead[name]
    for clock in lead["sla"]:
        yield "clock", f"{clock['clock']}: {clock['state']}, due {clock['due_at']}"
    if nurture:
        yield "nurture", f"{nurture['sequence']}, {nurture['step']} sent, next {nurture['next_at']}"
        yield "next step", _why_then(nurture.get("due"))
    yield "contact", "allowed" if contact["allowed"] else f"not allowed: {contact['reason']}"
    yield "wants no", ", ".join(contact.get("topics_off") or ())
    yield "consent", _consent(contact.get("consent"))
    yield "next wake-up", lead["next_wakeup"]
    yield "policy", lead["policy"]


_KNOWN_BY = {"stated": "as stated", "country": "by its country", "default": "the policy's own"}


def _why_then(due: dict[str, Any] | None) -> str | None:
    """In which zone the next mail leaves, how that is known, and what moved it."""
    if not due:
        return None
    zone = f"in {due['zone']} ({_KNOWN_BY.get(due['zone_from'], due['zone_from'])})"
    return f"{zone}; moved from {due['base']} by: {', '.join(due['moved'])}" if due["moved"] else zone


def _consent(consent: dict[str, Any] | None) -> str | None:
    """On what basis, since when, and whether the person confirmed it by a mail of ours."""
    if not consent:
        return None
    return (
        f"{consent['basis']}, {consent['at']}{', confirmed' if consent['confirmed'] else ', not confirmed'}"
    )


def _points(lead: dict[str, Any]) -> Table:
    table = Table(title="Points", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("rule", "points", "group", "event", "at"):
        table.add_column(column, header_style="dim", overflow="fold")
    for each in lead["score"]["contributions"]:
        cells = (each["rule"], f"{each['points']:+}", each["group"], each["event_id"] or "", each["at"])
        table.add_row(*map(_safe, cells))
    return table


def _timeline(timeline: Sequence[TimelineEntry]) -> Table:
    table = Table(title="Timeline", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("at", "what", "why"):
        table.add_column(column, header_style="dim", overflow="fold", no_wrap=column == "at")
    for entry in timeline:
        table.add_row(Text(f"{entry.at:%Y-%m-%d %H:%M:%S}"), _safe(entry.what), _safe("; ".join(entry.why)))
    return table
