"""What became of a lead since a card about it was posted, in one line."""

from __future__ import annotations

from leadworkflows.slack.blocks import date, escape
from leadworkflows.slack.lead_card import LeadCard
from leadworkflows.slack.words import STAGES, reason

_HOME = {"new-mql": "mql", "hot-lead": "sql"}
"""The stage that a template tells of: at a later one its news is old."""

_BACK = {"T6": "↩️ Returned", "T9": "↩️ Lost", "T12": "↩️ No answer"}
_REACHED = {
    "sal": "✅ Accepted",
    "sql": "🔥 Became an SQL",
    "opportunity": "💼 Opportunity opened",
    "customer": "🏆 Won",
    "disqualified": "⛔ Disqualified",
    "lead": "🌱 Reopened",
}


def headline(template: str, card: LeadCard) -> str | None:
    """What happened, for a headline; None while what the card asks for is still to be done."""
    if card.stage == "recycled":
        return _BACK.get(card.move, "↩️ Back to marketing")
    if card.stage in _HOME.values():
        return _at_work(template, card)
    return _REACHED.get(card.stage) if card.stage != "lead" or card.move == "T11" else None


def status(template: str, card: LeadCard) -> str | None:
    """The same as markup, with why, by whom and when."""
    said = headline(template, card)
    if said is None:
        return None
    if _is_no_move(said):
        return f"*{said}* by {card.owner.shown}" if card.owner else f"*{said}*"
    who = f" by {card.mover.shown}" if card.mover else ""
    when = f" · {date(card.since)}" if card.since else ""
    return f"*{said}*{_why(card)}{who}{when}"


_CLAIMED, _CONTACTED = "🙋 Claimed", "📞 Contact made"


def _is_no_move(said: str) -> bool:
    """The stage does not tell when these happened, and the owner did them."""
    return said in (_CLAIMED, _CONTACTED)


def _at_work(template: str, card: LeadCard) -> str | None:
    """At MQL and SQL the lead waits, unless it moved on from the card's own stage or somebody has it."""
    if card.sub_status == "connected":
        return _CONTACTED
    if _HOME.get(template, card.stage) != card.stage:
        return _REACHED.get(card.stage, STAGES[card.stage])
    return _CLAIMED if card.owner and card.clock.answered else None


def _why(card: LeadCard) -> str:
    given = card.reason if card.stage in ("recycled", "disqualified") else ""
    if not given or (card.move == "T12" and given == "no_answer"):
        return ""
    said = reason(given)
    return f": {escape(said[:1].lower() + said[1:], 100)}"
