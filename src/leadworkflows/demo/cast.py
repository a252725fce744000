"""Who plays in the demo, and what they do."""

from __future__ import annotations

from datetime import datetime, timedelta

from leadworkflows.demo.webhooks import Delivery, event, standard, typeform

CFO = "carla.ferrari@alpenbank.example"
DIRECTOR = "tom.weber@weber-maschinenbau.example"
INTERN = "ina.jung@datenwerk.example"
OUTSIDER = "eva.lang@lyceum.example"

_VISITOR = {"anonymous_id": "visitor-81"}
_KNOWN = {"anonymous_id": "visitor-81", "email": DIRECTOR}


def demo_request(now: datetime) -> Delivery:
    """A CFO asks for a demo through Typeform."""
    answers = {
        "first_name": "Carla", "last_name": "Ferrari", "email": CFO, "job_title": "CFO",
        "company": "Alpenbank AG", "phone": "+41 44 668 18 00",
        "industry": "Fintech", "employees": "180", "country": "Switzerland",
    }  # fmt: skip
    return typeform("cfo-demo-1", "Book a demo", answers, now, utm_source="linkedin")


def anonymous_visits(now: datetime) -> Delivery:
    """Somebody looks around for a week, without a name."""
    pages = [
        (6, "pricing"),
        (5, "documentation"),
        (4, "pricing"),
        (3, "documentation"),
        (2, "case_study"),
        (1, "pricing"),
    ]
    return standard(
        "msg-visits", *(_view(f"visit-{days}", now - timedelta(days=days), page) for days, page in pages)
    )


def _view(event_id: str, at: datetime, page: str, known: bool = False) -> dict[str, object]:  # noqa: FBT001, FBT002
    return event(event_id, "page_viewed", at, _KNOWN if known else _VISITOR, facts={"page": page})


def contact_form(now: datetime) -> Delivery:
    """The visitor is the technical director of a manufacturing SME, and states a budget."""
    person = {
        "first_name": "Tom", "last_name": "Weber", "title": "Technical Director",
        "company": "Weber Maschinenbau GmbH", "phone": "+49 711 2345678",
    }  # fmt: skip
    facts = {
        "form": "contact", "states_budget": True, "industry": "manufacturing", "employees": 120,
        "country": "DE", "time_zone": "Europe/Berlin", "channel": "website",
    }  # fmt: skip
    return standard(
        "msg-contact", event("contact-1", "form_submitted", now, _KNOWN, person=person, facts=facts)
    )


def pricing_again(now: datetime) -> Delivery:
    """As an MQL, the director goes back to the pricing page three times (T4)."""
    times = (now - timedelta(seconds=ago) for ago in (2, 1, 0))
    return standard(
        "msg-pricing", *(_view(f"again-{n}", at, "pricing", known=True) for n, at in enumerate(times, 1))
    )


def whitepaper(now: datetime) -> Delivery:
    """An intern downloads a whitepaper."""
    person = {"first_name": "Ina", "last_name": "Jung", "title": "Intern", "company": "Datenwerk GmbH"}
    facts = {"asset": "whitepaper", "industry": "software", "employees": 40, "channel": "search"}
    return standard(
        "msg-whitepaper",
        event("download-1", "content_downloaded", now, {"email": INTERN}, person=person, facts=facts),
    )


def outsider_contact(now: datetime) -> Delivery:
    """A school asks through the contact form; the market excludes education (P7)."""
    answers = {
        "first_name": "Eva", "last_name": "Lang", "email": OUTSIDER, "job_title": "Headmistress",
        "company": "Lyceum", "industry": "Education", "employees": "90",
    }  # fmt: skip
    return typeform("school-contact-1", "Contact us", answers, now)
