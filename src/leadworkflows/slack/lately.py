"""What a lead did lately, from its timeline: its own deeds, not those of sales or of our mails."""

from __future__ import annotations

from collections.abc import Sequence

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.events import EventType
from leadworkflows.slack.lead_card import Deed

MOST = 5

_OWN = frozenset(
    {
        EventType.FORM_SUBMITTED, EventType.PAGE_VIEWED, EventType.CONTENT_DOWNLOADED,
        EventType.NEWSLETTER_SUBSCRIBED, EventType.WEBINAR_REGISTERED, EventType.WEBINAR_ATTENDED,
        EventType.SOCIAL_ENGAGED, EventType.EMAIL_CLICKED, EventType.EMAIL_REPLIED,
        EventType.UNSUBSCRIBED, EventType.DEMO_REQUESTED, EventType.QUOTE_REQUESTED,
        EventType.MEETING_BOOKED, EventType.MEETING_CANCELLED, EventType.TRIAL_STARTED,
        EventType.SALES_CONTACTED,
    }
)  # fmt: skip
"""Openings of mails are left out: mail scanners open too."""


def lately(entries: Sequence[TimelineEntry], most: int = MOST) -> list[Deed]:
    """The last deeds of the lead, newest first."""
    own = [each for each in entries if each.kind is EntryKind.EVENT and each.data.get("type") in _OWN]
    newest = sorted(own, key=lambda each: (each.at, each.n), reverse=True)
    return [Deed(each.what, each.at) for each in newest[:most]]
