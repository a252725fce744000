"""The cards: who it is, why now, by when, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadworkflows.domain.lifecycle import WORKED_STAGES
from leadworkflows.slack import happened
from leadworkflows.slack.blocks import Block, context, date, escape, header, section
from leadworkflows.slack.buttons import rows
from leadworkflows.slack.details import (
    deeds,
    duty,
    known,
    nobody,
    owner,
    qualification,
    small_print,
    who,
    why,
)
from leadworkflows.slack.lead_card import LeadCard

Card = tuple[str, list[Block]]
"""The text for notifications and screen readers, and the blocks."""


_NEWS = frozenset({"assigned", "repeat-request"})
"""What these say stays news while the lead is worked, at whatever stage it is."""

_OVER = frozenset({"opportunity", "customer", "recycled", "disqualified"})


@dataclass(frozen=True)
class Opening:
    """How a template begins: its headline without the name, what it asks for, how it calls the reasons."""

    headline: str
    asked: str
    why: str


def build(template: str, card: LeadCard, *, superseded: bool = False) -> Card:
    """The card of a template; of a lead that moved on, it says what happened and offers what is left.

    `superseded`: the lead has a newer card, so that this one only says who and what, without buttons.
    Raises KeyError where there is no such template.
    """
    opening = TEMPLATES[template](card)
    if superseded:
        return _superseded(template, card)
    return _card(card, _settled(template, card, opening))


def summary(card: LeadCard) -> Card:
    """The card for somebody who asked for the lead, with what its stage allows."""
    status = happened.status("", card) or _asked(card)
    return _card(card, Opening("🔎 Lead", status, "Why it counts"))


def _settled(template: str, card: LeadCard, opening: Opening) -> Opening:
    """What became of the lead, in place of what was asked; the opening as it is where nothing did."""
    settled = happened.status(template, card)
    if settled is None:
        return opening
    headline = (
        opening.headline if _stays(template, card) else happened.headline(template, card) or opening.headline
    )
    return Opening(headline, "\n".join([settled, *_still_due(card)]), opening.why)


def _stays(template: str, card: LeadCard) -> bool:
    """Whether what a card told of is news still, though the lead is at another stage than others tell of."""
    if template not in _NEWS or card.stage not in WORKED_STAGES:
        return False
    return template != "assigned" or not happened.since_given(card)


def _still_due(card: LeadCard) -> list[str]:
    """A claim answers the card, and the clock runs on."""
    return [f"⏱ {duty(card)} {_due(card)}"] if _owed(card) and card.clock.ticking else []


def _owed(card: LeadCard) -> bool:
    """Whether the clock is still about something: after these stages nobody waits for it."""
    return card.clock.due_at is not None and card.stage not in _OVER


def _asked(card: LeadCard) -> str:
    if not card.clock.due_at:
        return owner(card)
    return f"⏱ {duty(card)} {_due(card)}. {owner(card)}"


def _hot_lead(card: LeadCard) -> Opening:
    mark = "🔥 Priority lead" if card.priority else "🔥 Sales-ready lead"
    asked = f"⏱ {duty(card)} {_due(card)}" if card.clock.due_at else "⏱ Make contact today"
    return Opening(mark, f"{asked}. {owner(card)}", "Why now")


def _new_mql(card: LeadCard) -> Opening:
    mark = "⭐ Priority MQL" if card.priority else "🌱 New MQL"
    due = card.clock.due_at
    asked = f"⏱ Accept or return it by {date(due)}" if due else "⏱ Accept or return it"
    return Opening(mark, f"{asked}. {owner(card)}", "Why it qualified")


def _assigned(card: LeadCard) -> Opening:
    asked = f"⏱ {duty(card)} {_due(card)}" if card.clock.due_at else "⏱ Get in touch today"
    return Opening("👋 You have a new lead", f"{asked}. {owner(card)}", "Why now")


def _reminder(card: LeadCard) -> Opening:
    when = _due(card) if card.clock.due_at else "still open"
    return Opening("⏳ Still waiting", f"⏳ {duty(card)} {when}. {owner(card)}", "Why it matters")


def _escalation(card: LeadCard) -> Opening:
    mark, headline = ("⏳", "⏳ Still waiting") if _ahead(card) else ("🚨", "🚨 Overdue")
    asked = f"{mark} {duty(card)} {_late(card)}. {owner(card)}"
    return Opening(headline, asked, "What is at stake")


def _reassign(card: LeadCard) -> Opening:
    asked = f"🙋 *Who takes over?* {duty(card)} {_late(card)}. {owner(card)}"
    return Opening("🙋 New owner needed", asked, "What you would take on")


def _unanswered(card: LeadCard) -> Opening:
    asked = f"🆘 *Everyone was asked and nobody took it.* {duty(card)} {_late(card)}. {owner(card)}"
    return Opening("🆘 Nobody took this lead", asked, "What is being lost")


def _repeat_request(card: LeadCard) -> Opening:
    asked = f"🔁 This lead asked before and is asking again. Answer the open request first. {owner(card)}"
    return Opening("🔁 Asked again", asked, "What they did")


TEMPLATES: dict[str, Callable[[LeadCard], Opening]] = {
    "hot-lead": _hot_lead,
    "new-mql": _new_mql,
    "assigned": _assigned,
    "reminder": _reminder,
    "escalation": _escalation,
    "reassign": _reassign,
    "unanswered": _unanswered,
    "repeat-request": _repeat_request,
}


def _card(card: LeadCard, opening: Opening) -> Card:
    blocks = [
        header(f"{opening.headline}: {card.name}"),
        section(f"{who(card)}\n{opening.asked}"),
        *known(card),
        *why(opening.why, card.reasons),
        *deeds(card),
        *qualification(card),
        *rows(card),
        *context(small_print(card)),
    ]
    return _spoken(card, opening.headline), blocks


def _superseded(template: str, card: LeadCard) -> Card:
    said = happened.status(template, card)
    lines = [who(card), *([said] if said else []), "_There is a newer card about this lead._"]
    blocks = [header(f"🗂 Older card: {card.name}"), section("\n".join(lines)), *context(small_print(card))]
    return _spoken(card, "🗂 Older card"), blocks


def _due(card: LeadCard) -> str:
    if card.clock.due_at is None:
        return ""
    if card.clock.paused:
        until = f" until {date(card.paused_until)}" if card.paused_until else ""
        return f"clock is paused{until}"
    return f"{'was due' if card.overdue else 'due'} {date(card.clock.due_at)}"


def _ahead(card: LeadCard) -> bool:
    """Whether the clock has time left: it was paused meanwhile, or somebody else has it now."""
    return card.clock.due_at is not None and not card.overdue


def _late(card: LeadCard) -> str:
    return _due(card) if card.clock.due_at else "is overdue"


def _spoken(card: LeadCard, headline: str) -> str:
    """All that matters in one line, for who sees or hears no card."""
    company = escape(card.person.company, 100)
    due = f" {duty(card)} {_due(card)}." if _owed(card) else ""
    held = f" Owner: {card.owner.spoken}." if card.owner else f" {nobody(card)}"
    return (
        f"{escape(headline, 200)}: {escape(card.name, 200)}{f' ({company})' if company else ''}.{due}{held}"
    )
