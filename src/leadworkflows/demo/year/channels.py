"""Where the playground's leads come from, and how good, how many and how dear those of a channel are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """One channel. `quality` is how much its leads mean to buy, 0 to 1; `monthly` its cost in euros."""

    name: str
    share: float
    quality: float
    monthly: int
    opens: tuple[tuple[str, Mapping[str, object], float], ...]
    """How its leads name themselves: type of event, its facts, and how common that is."""
    source: str = "form"
    """The source in the inbox."""


CHANNELS = (
    Channel("search", 0.27, 0.50, 5_200, (
        ("content_downloaded", {"asset": "whitepaper"}, 4), ("form_submitted", {"form": "contact"}, 3),
        ("form_submitted", {"form": "contact", "states_budget": True}, 2), ("demo_requested", {}, 1),
    )),
    Channel("linkedin", 0.21, 0.46, 6_400, (
        ("social_engaged", {"network": "linkedin", "act": "comment"}, 3),
        ("content_downloaded", {"asset": "ebook"}, 4), ("form_submitted", {"form": "contact"}, 2),
    ), "segment"),
    Channel("webinar", 0.15, 0.56, 3_100, (
        ("webinar_registered", {"webinar": "lead-routing"}, 1),
    ), "standard"),
    Channel("newsletter", 0.12, 0.22, 900, (("newsletter_subscribed", {}, 1),)),
    Channel("trade_show", 0.11, 0.34, 7_800, (("form_submitted", {"form": "trade-show"}, 1),), "standard"),
    Channel("referral", 0.08, 0.66, 1_200, (
        ("form_submitted", {"form": "contact", "states_budget": True}, 3), ("demo_requested", {}, 2),
    )),
    Channel("partner", 0.06, 0.60, 2_300, (
        ("form_submitted", {"form": "contact"}, 3), ("quote_requested", {"states_budget": True}, 1),
    ), "standard"),
)  # fmt: skip
INDUSTRIES = {
    "software": (22, 0.06), "fintech": (13, -0.03), "manufacturing": (18, 0.05), "automotive": (9, 0.0),
    "biotech": (8, -0.06), "professional_insurance": (7, 0.08), "construction": (6, -0.12),
    "consumer_electronics": (6, 0.03), "logistics": (5, 0.0), "consulting": (3, -0.05),
    "education": (3, -0.4),
}  # fmt: skip
"""How common an industry is, and how much it adds to the quality of a lead."""
COUNTRIES = {
    "DE": (34, "Europe/Berlin"), "AT": (7, "Europe/Vienna"), "CH": (8, "Europe/Zurich"),
    "FR": (9, "Europe/Paris"), "NL": (7, "Europe/Amsterdam"), "GB": (11, "Europe/London"),
    "SE": (4, "Europe/Stockholm"), "US": (20, "America/New_York"),
}  # fmt: skip
"""How common a country is, and the zone in which its people work."""
REGIONS = (("DE",), ("FR", "NL", "GB", "SE"), ("US",), ("AT", "CH"))
"""Territories of sales, the largest first. No rep works in two, so each can be played on its own."""
GERMAN = ("DE", "AT", "CH")
MONTHS = (0.9, 1.0, 1.15, 1.05, 1.0, 1.05, 0.85, 0.65, 1.2, 1.3, 1.2, 0.6)
"""How busy January to December are."""
WEEKEND = 0.2
"""How busy a Saturday or Sunday is beside a working day."""
