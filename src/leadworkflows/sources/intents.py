"""What a visitor wants: words and form titles to event types."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from leadworkflows.domain.events import OUR_OWN, EventType
from leadworkflows.domain.facts import Word

VISITOR_TYPES = frozenset({
    EventType.FORM_SUBMITTED, EventType.PAGE_VIEWED, EventType.CONTENT_DOWNLOADED,
    EventType.NEWSLETTER_SUBSCRIBED, EventType.WEBINAR_REGISTERED, EventType.SOCIAL_ENGAGED,
    EventType.DEMO_REQUESTED, EventType.QUOTE_REQUESTED, EventType.TRIAL_STARTED,
    EventType.SALES_CONTACTED, EventType.FACTS_UPDATED,
})  # fmt: skip
"""What a visitor can say about themselves. A form's token is public, so a form can report no more."""

_NAMED = frozenset({
    EventType.DEMO_REQUESTED, EventType.QUOTE_REQUESTED, EventType.SALES_CONTACTED,
    EventType.NEWSLETTER_SUBSCRIBED, EventType.WEBINAR_REGISTERED, EventType.TRIAL_STARTED,
    EventType.FORM_SUBMITTED,
})  # fmt: skip
"""Event types that a form may be mapped to by name: those that need no further fact."""

_REQUESTS = {
    **dict.fromkeys(
        ("demo", "demo_request", "book_a_demo", "request_a_demo", "request_demo", "presentation"),
        EventType.DEMO_REQUESTED,
    ),
    **dict.fromkeys(
        ("quote", "quote_request", "request_a_quote", "request_quote", "get_a_quote", "quotation"),
        EventType.QUOTE_REQUESTED,
    ),
    **dict.fromkeys(
        ("sales", "contact_sales", "talk_to_sales", "sales_contact"),
        EventType.SALES_CONTACTED,
    ),
}
_TITLES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(demo|demonstration|presentation)\b"), "demo"),
    (re.compile(r"\b(quote|quotation|estimate)\b"), "quote"),
    (re.compile(r"\b(contact|talk to|speak to|speak with|call) (our |the )?sales\b"), "sales"),
    (re.compile(r"\b(newsletter|subscribe)\b"), "newsletter"),
    (re.compile(r"\bwebinar\b"), "webinar"),
    (re.compile(r"\b(download|white ?paper|e-?book)\b"), "download"),
    (re.compile(r"\b(contact|get in touch|reach us|write to us)\b"), "contact"),
)
INTENT_WORDS = (*_REQUESTS, "newsletter", "webinar", "download", "contact")
"""The words that say what a form or an event is for; a form may have a word of its own beside."""
_WORD: TypeAdapter[str] = TypeAdapter(Word)


@dataclass(frozen=True)
class Intent:
    """The event that a submitted form is, and the word for the form."""

    type: EventType
    form: str | None = None

    def facts(self) -> dict[str, str]:
        """The facts that the intent itself states."""
        return {"form": self.form} if self.form else {}


UNSTATED = Intent(EventType.FORM_SUBMITTED)


def intent_of_word(text: str) -> Intent | None:
    """The intent named by a setting, a hidden field or a form's own field; None where it is no word."""
    try:
        word = _WORD.validate_python(text)
    except ValidationError:
        return None
    if word in _NAMED:
        return Intent(EventType(word))
    return Intent(_REQUESTS.get(word, EventType.FORM_SUBMITTED), word)


def intent_of_title(title: str) -> Intent | None:
    """The intent that a form's title speaks of: "Book a demo", "Request a quote", "Contact us"."""
    lowered = title.lower()
    return next((intent_of_word(word) for pattern, word in _TITLES if pattern.search(lowered)), None)


def intent_of_event(text: str) -> Intent | None:
    """What a vendor's event is mapped to: the name of an event type, or the word of an intent.

    None for any other text, and for what cannot be reported.
    """
    word = text.strip().lower().replace(" ", "_").replace("-", "_")
    if word in set(EventType) - OUR_OWN:
        return Intent(EventType(word))
    return intent_of_word(word) if word in INTENT_WORDS else None
