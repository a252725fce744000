"""The cards: who it is, why now, by when, and where to click."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_plus

from leadworkflows.content import one_line
from leadworkflows.slack.blocks import (
    Block,
    actions,
    button,
    clip,
    context,
    date,
    escape,
    fields,
    header,
    mail_link,
    phone_link,
    section,
)
from leadworkflows.slack.lead_card import LeadCard, Reason

Card = tuple[str, list[Block]]
"""The text for notifications, and the blocks."""

_MOST_REASONS = 6
_CLOCKS = {
    "first_contact": "First contact",
    "priority_review": "Priority review",
    "review": "Review",
    "mql_review": "Review",
}
_CHANNELS = {"linkedin": "LinkedIn", "seo": "SEO", "youtube": "YouTube"}
_STAGES = {"mql": "MQL", "sal": "SAL", "sql": "SQL"}


def build(template: str, card: LeadCard) -> Card:
    """The card of a template. Raises KeyError where there is none."""
    return TEMPLATES[template](card)


def _hot_lead(card: LeadCard) -> Card:
    mark = "🔥 Priority lead" if card.priority else "🔥 Sales-ready lead"
    asked = f"⏱ {_duty(card)} due {date(card.due_at)}" if card.due_at else "⏱ Make contact today"
    return _card(card, f"{mark}: {card.name}", asked, "Why now")


def _new_mql(card: LeadCard) -> Card:
    mark = "⭐ Priority MQL" if card.priority else "🌱 New MQL"
    asked = f"⏱ Accept or return it by {date(card.due_at)}" if card.due_at else "⏱ Accept or return it"
    return _card(card, f"{mark}: {card.name}", asked, "Why it qualified")


def _reminder(card: LeadCard) -> Card:
    when = f" due {date(card.due_at)}" if card.due_at else " still open"
    asked = f"⏳ {_duty(card)}{when}"
    return _card(card, f"⏳ Still waiting: {card.name}", asked, "Why it matters")


def _escalation(card: LeadCard) -> Card:
    when = f" was due {date(card.due_at)}" if card.due_at else " is overdue"
    asked = f"🚨 {_duty(card)}{when}. {_owner(card)}"
    return _card(card, f"🚨 Overdue: {card.name}", asked, "What is at stake")


def _reassign(card: LeadCard) -> Card:
    when = f" was due {date(card.due_at)}" if card.due_at else " is overdue"
    asked = f"🙋 *Who takes over?* {_duty(card)}{when}. {_owner(card)}"
    return _card(card, f"🙋 New owner needed: {card.name}", asked, "What you would take on")


def _repeat_request(card: LeadCard) -> Card:
    asked = "🔁 This lead asked before and is asking again. Answer the open request first."
    return _card(card, f"🔁 Asked again: {card.name}", asked, "What they did")


TEMPLATES: dict[str, Callable[[LeadCard], Card]] = {
    "hot-lead": _hot_lead,
    "new-mql": _new_mql,
    "reminder": _reminder,
    "escalation": _escalation,
    "reassign": _reassign,
    "repeat-request": _repeat_request,
}


def _card(card: LeadCard, headline: str, asked: str, why: str) -> Card:
    blocks = [
        header(headline),
        section(f"{_who(card)}\n{asked}"),
        *fields(_facts(card)),
        *_why(why, card.reasons),
        *actions([*_open(card), *_linkedin(card)]),
        *context(_small_print(card)),
    ]
    return _fallback(card, headline), blocks


def _who(card: LeadCard) -> str:
    title, company = escape(card.person.title), escape(card.person.company)
    role = f"{title} at *{company}*" if title and company else title or (f"*{company}*" if company else "")
    firm = " · ".join(escape(part, 80) for part in card.firm)
    return " · ".join(part for part in (f"*{escape(card.name)}*", role, firm) if part)


def _facts(card: LeadCard) -> list[tuple[str, str]]:
    return [
        ("Phone", phone_link(card.person.phone or "")),
        ("E-mail", mail_link(card.person.email)),
        ("Score", _score(card)),
        ("Stage", _STAGES.get(card.stage, escape(card.stage, 40).capitalize())),
        ("Came from", _CHANNELS.get(card.channel) or escape(card.channel, 64).capitalize()),
        ("Owner", escape(card.owner, 64)),
    ]


def _score(card: LeadCard) -> str:
    if card.score is None:
        return ""
    return f"{card.score} (qualifies at {card.threshold})" if card.threshold else str(card.score)


def _why(title: str, reasons: tuple[Reason, ...]) -> list[Block]:
    if not reasons:
        return []
    shown = [f"• {_reason(each)}" for each in reasons[:_MOST_REASONS]]
    more = len(reasons) - len(shown)
    rest = [f"_and {more} more_"] if more else []
    return [section("\n".join([f"*{title}*", *shown, *rest]))]


def _reason(reason: Reason) -> str:
    text = escape(reason.text, 300)
    return f"{text}  `{reason.points:+d}`" if reason.points else text


def _open(card: LeadCard) -> list[Block]:
    return button("Open in Temporal", card.url, "open_in_temporal", primary=True) if card.url else []


def _linkedin(card: LeadCard) -> list[Block]:
    """A search is right more often than a guessed profile; without a name it finds nobody."""
    name = one_line(f"{card.person.first_name or ''} {card.person.last_name or ''}")
    if not name:
        return []
    words = quote_plus(clip(f"{name} {one_line(card.person.company)}".strip(), 200))
    url = f"https://www.linkedin.com/search/results/people/?keywords={words}"
    return button("Find on LinkedIn", url, "find_on_linkedin")


def _duty(card: LeadCard) -> str:
    """The service level's name, as an escaped phrase that starts a sentence."""
    return _CLOCKS.get(card.clock) or escape(card.clock.replace("_", " "), 64).capitalize() or "The next step"


def _owner(card: LeadCard) -> str:
    return f"Owner: {escape(card.owner, 64)}." if card.owner else "Nobody owns it yet."


def _small_print(card: LeadCard) -> str:
    return f"Times are in your own time zone · lead {escape(card.lead_id, 64)}"


def _fallback(card: LeadCard, headline: str) -> str:
    company = escape(card.person.company, 100)
    verb = "was due" if card.overdue else "due"
    due = f". {_duty(card)} {verb} {date(card.due_at)}" if card.due_at else ""
    return f"{escape(headline, 200)}{f' ({company})' if company else ''}{due}"
