"""Findings of the funnel watch and regular reports, as messages to a channel. No personal data is in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from leadworkflows.slack.blocks import context, escape, fields, header, link, section

_LONGEST = 2000
_TITLES = {
    "A1": "A conversion dropped",
    "A2": "Leads wait beyond their clock",
    "R6": "Sales returns too much",
}
_ENDS = {"A1": "A conversion recovered", "A2": "No lead waits beyond this clock", "R6": "Sales returns less"}


@dataclass(frozen=True)
class Said:
    """A message: its text, for notifications and screen readers, and its blocks."""

    text: str
    blocks: list[dict[str, Any]]


def finding_opened(code: str, summary: str, leads_url: str, funnel_url: str) -> Said:
    """What was found, with the leads behind it."""
    title = _TITLES.get(code, "Something changed in the funnel")
    links = f"{link(leads_url, 'The leads behind it')} · {link(funnel_url, 'The funnel')}"
    blocks = [header(f"{code}: {title}"), section(escape(summary, _LONGEST)), section(links)]
    return Said(f"{code}: {title}. {summary}", [*blocks, *context("Told once; told again when it is over.")])


def finding_closed(code: str, summary: str, why: str, funnel_url: str) -> Said:
    """That it is over, and what it was."""
    title = _ENDS.get(code, "This is over")
    told = f"{escape(why, 500)} {link(funnel_url, 'The funnel')}"
    was = context(f"It was: {escape(summary, 1000)}")
    return Said(f"{code}: {title}. {why}", [header(f"{code}: {title}"), section(told), *was])


def regular_report(
    title: str, figures: Iterable[tuple[str, str]], lines: Sequence[str], funnel_url: str
) -> Said:
    """A week's or month's numbers; the charts and the table follow in its thread."""
    blocks = [header(title), *fields([(label, escape(value, 200)) for label, value in figures])]
    blocks += [section("\n".join(f"• {escape(line, 600)}" for line in lines[:4]))] if lines else []
    blocks += [section(link(funnel_url, "The funnel"))]
    return Said(title, [*blocks, *context("Charts and the numbers as CSV are in the thread.")])
