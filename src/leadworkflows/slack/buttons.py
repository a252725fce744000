"""What a card lets people do: the commands that the lead's stage allows, and where to look further.

`action_id` is the command; `value` names the lead and the revision that the card shows, and nobody.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

from leadworkflows.content import one_line
from leadworkflows.domain.lifecycle import WORKED_STAGES
from leadworkflows.slack.blocks import Block, actions, button, clip, command_button
from leadworkflows.slack.lead_card import LeadCard

LABELS = {
    "claim": "Claim",
    "accept": "Accept",
    "log_contact": "Contact made",
    "book_meeting": "Meeting booked",
    "log_attempt": "Log attempt",
    "win": "Won",
    "lose": "Lost",
    "qualify": "Qualification",
    "open_opportunity": "Open opportunity",
    "pause": "Pause clock",
    "resume": "Resume clock",
    "reopen": "Reopen",
    "return": "Return",
    "disqualify": "Disqualify",
}
"""Every command that a card may offer, with what its button says."""

WITH_MODAL = frozenset(
    {"return", "disqualify", "lose", "qualify", "open_opportunity", "log_attempt", "win", "pause"}
)
"""The commands that ask for something more before they are carried out."""

LINKS = frozenset({"open_in_dashboard", "open_in_temporal", "find_on_linkedin"})
"""Buttons that only open an address. Slack tells of their presses too, and there is nothing to do."""

OFFERED = {
    "lead": ("claim", "book_meeting", "disqualify"),
    "mql": ("claim", "accept", "book_meeting", "log_attempt", "return", "disqualify"),
    "sal": ("claim", "log_contact", "book_meeting", "log_attempt", "qualify", "return", "disqualify"),
    "sql": (
        "claim", "log_contact", "book_meeting", "log_attempt",
        "qualify", "open_opportunity", "return", "disqualify",
    ),
    "opportunity": ("win", "lose", "qualify", "disqualify"),
    "disqualified": ("reopen",),
}  # fmt: skip
"""By stage, in the order of the card. At the other stages there is nothing for sales to do."""

_PRIMARY = ("claim", "accept", "log_contact", "win")
"""The first of these that a card offers is the one that stands out."""

_CONFIRM = {"reopen": ("Reopen this lead?", "It becomes a lead again and can qualify anew.")}


def offered(card: LeadCard) -> list[str]:
    """The commands that the lead's stage, owner and clock allow now."""
    by_stage = [each for each in OFFERED.get(card.stage, ()) if each != "claim" or _can_claim(card)]
    return [*by_stage, *_clock_commands(card)]


def _can_claim(card: LeadCard) -> bool:
    """While a clock waits for an answer the owner says so by a claim, and a colleague takes over by one."""
    return not card.owner or card.clock.waits


def rows(card: LeadCard) -> list[Block]:
    """The commands in one row, the links in another."""
    return [*actions(_commands(card), "lead.commands"), *actions(_links(card), "lead.links")]


def value_of(lead_id: str, seen: int | None) -> str:
    """What a button carries."""
    return json.dumps({"lead": lead_id, "seen": seen}, separators=(",", ":"))


def read_value(value: Any) -> tuple[str, int | None]:
    """The lead and the revision that a pressed button names. Raises ValueError for anything odd."""
    try:
        held = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict) or not isinstance(held.get("lead"), str) or not held["lead"]:
        raise ValueError("This button names no lead: it is not one of ours, or it was cut")
    seen = held.get("seen")
    return held["lead"], seen if isinstance(seen, int) and not isinstance(seen, bool) else None


def _clock_commands(card: LeadCard) -> list[str]:
    if card.stage not in WORKED_STAGES or not card.clock.ticking:
        return []
    return ["resume"] if card.clock.paused else ["pause"]


def _commands(card: LeadCard) -> list[Block]:
    found = offered(card)
    primary = next((each for each in _PRIMARY if each in found), None)
    value = value_of(card.lead_id, card.seen)
    styles = {primary: "primary", "disqualify": "danger"}
    return [
        each
        for name in found
        for each in command_button(
            LABELS[name], name, value, style=styles.get(name), confirm=_CONFIRM.get(name)
        )
    ]


def _links(card: LeadCard) -> list[Block]:
    dashboard, temporal = card.links.dashboard, card.links.temporal
    return [
        *(button("Open in the dashboard", dashboard, "open_in_dashboard") if dashboard else []),
        *(button("Open in Temporal", temporal, "open_in_temporal") if temporal else []),
        *_linkedin(card),
    ]


def _linkedin(card: LeadCard) -> list[Block]:
    """A search is right more often than a guessed profile; without a name it finds nobody."""
    name = one_line(f"{card.person.first_name or ''} {card.person.last_name or ''}")
    if not name:
        return []
    words = quote_plus(clip(f"{name} {one_line(card.person.company)}".strip(), 200))
    url = f"https://www.linkedin.com/search/results/people/?keywords={words}"
    return button("Find on LinkedIn", url, "find_on_linkedin")
