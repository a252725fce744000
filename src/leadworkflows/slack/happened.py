"""What became of a lead since a card about it was posted, in one line."""

from __future__ import annotations

from leadworkflows.slack.blocks import date, escape
from leadworkflows.slack.details import duty
from leadworkflows.slack.lead_card import LeadCard
from leadworkflows.slack.words import reason

LADDER = frozenset({"reminder", "escalation", "reassign", "unanswered"})
"""Cards about a clock: their news is old once the clock is met, or somebody has the lead."""

_HOME = {"new-mql": "mql", "hot-lead": "sql"}
"""The stage that a template tells of: at a later one its news is old."""

_ORDER = ("lead", "mql", "sal", "sql", "opportunity", "customer")
_TALKED_WITH = frozenset({"mql", "sal", "sql"})
_BACK = {"T6": "↩️ Returned", "T9": "↩️ Lost", "T12": "↩️ No answer"}
_REACHED = {
    "sal": "✅ Accepted",
    "sql": "🔥 Became an SQL",
    "opportunity": "💼 Opportunity opened",
    "customer": "🏆 Won",
}
_CLAIMED, _CONTACTED, _BOOKED = "🙋 Claimed", "📞 Contact made", "📅 Meeting booked"


def headline(template: str, card: LeadCard) -> str | None:
    """What happened, for a headline; None while what the card asks for is still to be done."""
    if card.stage == "recycled":
        return _BACK.get(card.move, "↩️ Back to marketing")
    if card.stage == "disqualified":
        return "↩️ Lost" if card.move == "T9" else "⛔ Disqualified"
    return _given_away(template, card) or _worked(template, card)


def _given_away(template: str, card: LeadCard) -> str | None:
    """Who was told that a lead is theirs is told, too, once it is not."""
    if template != "assigned" or not card.told.owner or card.owner.rep_id == card.told.owner:
        return None
    return f"👉 Now with {card.owner.name or card.owner.rep_id}" if card.owner else "👉 No longer yours"


def _worked(template: str, card: LeadCard) -> str | None:
    if card.stage == "lead":
        return "🌱 Reopened" if card.move == "T11" else None
    if card.meeting and card.stage in _TALKED_WITH:
        return _BOOKED
    if card.stage == "sql" and card.sub_status == "connected":
        return _CONTACTED
    return _moved_on(template, card) or _in_hand(template, card)


def status(template: str, card: LeadCard) -> str | None:
    """The same as markup, with why, by whom and when."""
    said = headline(template, card)
    if said is None:
        return None
    if said in (_CLAIMED, _CONTACTED, _BOOKED):  # no moves: when they happened, the stage does not tell
        did = card.owner if said == _CLAIMED else card.contact
        return f"*{said}* by {did.shown}" if did else f"*{said}*"
    if said.startswith("👉"):
        return f"*👉 Now with {card.owner.shown}*" if card.owner else f"*{said}*"
    if said == _done(card):
        return f"*{said}*"
    who = f" by {card.mover.shown}" if card.mover else ""
    when = f" · {date(card.since)}" if card.since else ""
    return f"*{said}*{_why(card)}{who}{when}"


def since_given(card: LeadCard) -> bool:
    """Whether a lead moved on, or went to somebody else, since its owner was told of it."""
    told = card.told
    other = bool(told.owner) and card.owner.rep_id != told.owner
    talked = card.sub_status == "connected" and told.sub_status != "connected"
    return other or (bool(told.stage) and card.stage != told.stage) or talked or card.clock.answered


def _moved_on(template: str, card: LeadCard) -> str | None:
    """The stage that the lead reached, where it is later than the one that the card tells of."""
    if template in LADDER and card.clock.due_at and card.stage not in ("opportunity", "customer"):
        return None
    home = _HOME.get(template, "mql" if card.stage == "sal" else "sql")
    later = card.stage in _REACHED and _ORDER.index(card.stage) > _ORDER.index(home)
    return _REACHED[card.stage] if later else None


def _in_hand(template: str, card: LeadCard) -> str | None:
    if card.owner and card.clock.answered:
        return _CLAIMED
    return _done(card) if template in LADDER and card.clock.stopped else None


def _done(card: LeadCard) -> str:
    return f"✅ {duty(card)} is done"


def _why(card: LeadCard) -> str:
    given = card.reason if card.stage in ("recycled", "disqualified") else ""
    if not given or (card.move == "T12" and given == "no_answer"):
        return ""
    said = reason(given)
    return f": {escape(said[:1].lower() + said[1:], 100)}"
