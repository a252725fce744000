"""The parts of a card that every template shares: who the lead is and what is known of it."""

from __future__ import annotations

from leadworkflows.slack.blocks import Block, date, escape, fields, mail_link, phone_link, section
from leadworkflows.slack.lead_card import Deed, LeadCard
from leadworkflows.slack.reasons import Reason
from leadworkflows.slack.words import CHANNELS, CLOCKS, MARKS, OUTCOMES, STAGES, fact, plainly

_MOST_REASONS, _MOST_DEEDS = 6, 5
_NOBODYS = frozenset({"recycled", "disqualified", "customer"})
_VETTED_FROM = frozenset({"sql", "opportunity"})
"""Earlier, little is known of BANT and MAPS; later, nobody asks."""


def who(card: LeadCard) -> str:
    """Name, title, company and firm in one line."""
    title, company = escape(card.person.title), escape(card.person.company)
    role = f"{title} at *{company}*" if title and company else title or (f"*{company}*" if company else "")
    firm = " · ".join(escape(part, 80) for part in card.firm)
    return " · ".join(part for part in (f"*{escape(card.name)}*", role, firm) if part)


def known(card: LeadCard) -> list[Block]:
    """How to reach the lead, and where it stands."""
    return fields(
        [
            ("Phone", phone_link(card.person.phone or "")),
            ("E-mail", mail_link(card.person.email)),
            ("Score", _score(card)),
            ("Stage", _stage(card)),
            ("Came from", CHANNELS.get(card.channel) or escape(card.channel, 64).capitalize()),
            ("Owner", card.owner.shown if card.owner else f"Nobody{_yet(card)}"),
            ("Attempts", _attempts(card)),
        ]
    )


def why(title: str, reasons: tuple[Reason, ...]) -> list[Block]:
    """What speaks for the lead, best first."""
    if not reasons:
        return []
    shown = [f"• {_reason(each)}" for each in reasons[:_MOST_REASONS]]
    more = len(reasons) - len(shown)
    rest = [f"_and {more} more_"] if more else []
    return [section("\n".join([f"*{title}*", *shown, *rest]))]


def deeds(card: LeadCard) -> list[Block]:
    """What the lead did lately."""
    shown = [line for each in card.lately[:_MOST_DEEDS] if (line := _deed(each))]
    return [section("\n".join(["*Lately*", *shown]))] if shown else []


def qualification(card: LeadCard) -> list[Block]:
    """BANT, MAPS and the facts of the opportunity that somebody stated, in one line."""
    if card.stage not in _VETTED_FROM or not card.qualification:
        return []
    shown = [f"{MARKS[level]} {fact(name)}" for name, level in card.qualification.items()]
    return [section(f"*Qualification*  {' · '.join(shown)}")]


def duty(card: LeadCard) -> str:
    """The service level's name, as an escaped phrase that starts a sentence."""
    name = card.clock.name
    return CLOCKS.get(name) or escape(plainly(name), 64) or "The next step"


def owner(card: LeadCard) -> str:
    """Who has the lead, in a sentence."""
    return f"Owner: {card.owner.shown}." if card.owner else nobody(card)


def nobody(card: LeadCard) -> str:
    """That nobody has the lead, in a sentence."""
    return f"Nobody owns it{_yet(card)}."


def _yet(card: LeadCard) -> str:
    """Nobody is awaited for a lead that went back, or is out."""
    return "" if card.stage in _NOBODYS else " yet"


def small_print(card: LeadCard) -> str:
    """What one may need to ask about the card."""
    return f"Times are in your own time zone · lead {escape(card.lead_id, 64)}"


def _score(card: LeadCard) -> str:
    if card.score is None:
        return ""
    return f"{card.score} (qualifies at {card.threshold})" if card.threshold else str(card.score)


def _attempts(card: LeadCard) -> str:
    """How often somebody tried, and what came of the last: "2, last: left a message"."""
    if card.attempts < 1:
        return ""
    said = OUTCOMES.get(card.outcome) or plainly(card.outcome)
    last = f", last: {escape(said[:1].lower() + said[1:], 64)}" if said else ""
    return f"{card.attempts}{last}"


def _stage(card: LeadCard) -> str:
    stage = STAGES.get(card.stage) or escape(card.stage, 40).capitalize()
    sub_status = escape(card.sub_status.replace("_", " "), 40)
    return f"{stage}: {sub_status}" if stage and sub_status else stage


def _reason(reason: Reason) -> str:
    text = escape(reason.text, 300)
    return f"{text}  `{reason.points:+d}`" if reason.points else text


def _deed(deed: Deed) -> str:
    text = escape(deed.text, 150)
    when = f" · {date(deed.at)}" if deed.at else ""
    return f"• {text}{when}" if text else ""
