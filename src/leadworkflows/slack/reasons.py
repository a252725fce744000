"""Why a lead is worth a call: what just happened, and the points that weigh most."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadworkflows.domain.events import EventType
from leadworkflows.slack.snapshot import inner, number, objects, word

_RULES = {
    "P1": "Looked at pricing 3 times within 7 days",
    "P2": "Read a case study",
    "P3": "Interacted on LinkedIn",
    "P4": "Came back to the technical documentation",
    "P5": "Stated a budget in the contact form",
    "P6": "Silent for 30 days",
    "P11": "Spent half an hour on a comparison page",
    "P12": "Downloaded the API documentation",
    "P13.whitepaper": "Downloaded a whitepaper",
    "P13.ebook": "Downloaded an e-book",
    "P13.newsletter": "Subscribed to the newsletter",
    "P13.webinar_registered": "Registered for a webinar",
    "P13.webinar_attended": "Attended a webinar",
    "P13.repeat_visit": "Viewed five pages within a week",
    "P13.product_page": "Viewed the product page",
    "P13.product_video": "Watched the product video",
    "P13.trial": "Started a trial",
    "P13.email_open": "Opened a mail",
    "P13.email_click": "Clicked in a mail",
    "P13.email_reply": "Answered a mail",
    "P13.social_follow": "Follows us",
    "P13.study": "Downloaded a study or technical sheet",
    "F1": "Is a decision maker",
    "F2": "Is in a core industry",
    "F3": "Company of 10 to 999 people",
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

_LINE = re.compile(r"(?P<points>[+-]\d{1,9}) (?P<title>.+?)(?: \((?P<rule>[^()]+)\))?")


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a lead, and its points where a rule gave some."""

    text: str
    points: int | None = None


def reasons_of(lead: Mapping[str, Any]) -> tuple[Reason, ...]:
    """What just happened, then the action's own reasons, or else the points that weigh most."""
    event, why = _EVENTS.get(word(lead.get("event"))), lead.get("why")
    happened = (Reason(event),) if event else ()
    if isinstance(why, list) and why:
        found = tuple(_stated(each) for each in why if isinstance(each, str))
    else:
        found = _gained(lead)
    # What happened is not said twice where a rule gave points for it in the same words.
    return (*(each for each in happened if each.text not in {said.text for said in found}), *found)


def _stated(line: str) -> Reason:
    """The core writes "+40 form that states a budget (P5)"."""
    parts = _LINE.fullmatch(line)
    if parts is None:
        return Reason(line)
    title = _RULES.get(parts["rule"]) or parts["title"]
    return Reason(title[:1].upper() + title[1:], int(parts["points"]))


def _gained(lead: Mapping[str, Any]) -> tuple[Reason, ...]:
    held = inner(lead, "score", "contributions") or lead.get("contributions")
    scored = [_scored(each) for each in objects(held)]
    return tuple(sorted((each for each in scored if _points(each) > 0), key=_points, reverse=True))


def _points(reason: Reason) -> int:
    return reason.points or 0


def _scored(contribution: Mapping[str, Any]) -> Reason:
    rule, event = word(contribution.get("rule")), word(contribution.get("event_type"))
    title = word(contribution.get("title")) or _RULES.get(rule) or _EVENTS.get(event)
    return Reason(title or f"Rule {rule}", number(contribution.get("points")))
