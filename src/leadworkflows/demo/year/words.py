"""The words that people and companies of the playground are made of. Nobody here is anybody."""

from __future__ import annotations

FIRST_NAMES = (
    "Ada", "Alan", "Amara", "Anja", "Antoine", "Aylin", "Beatriz", "Ben", "Carla", "Chen", "Clara", "Daan",
    "David", "Elena", "Elif", "Emil", "Emma", "Erik", "Fatima", "Felix", "Fiona", "Grace", "Hanna", "Henrik",
    "Ines", "Isabel", "Ivan", "Jan", "Jonas", "Julia", "Kai", "Karim", "Katja", "Kofi", "Lars", "Laura",
    "Lena", "Leon", "Linh", "Lucas", "Maja", "Malik", "Marie", "Markus", "Mei", "Mia", "Milan", "Nadia",
    "Niklas", "Nina", "Noah", "Olga", "Omar", "Paula", "Pia", "Priya", "Rafael", "Rosa", "Samir", "Sara",
    "Simon", "Sofia", "Sven", "Tara", "Theo", "Tim", "Uma", "Vera", "Victor", "Wei", "Yara", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Abel", "Adler", "Almeida", "Arnold", "Bauer", "Becker", "Berg", "Bianchi", "Brandt", "Brown", "Carter",
    "Costa", "Dahl", "Dietrich", "Dubois", "Eklund", "Evans", "Fischer", "Fontaine", "Frank", "Garcia",
    "Graf", "Gruber", "Hansen", "Hart", "Heller", "Hoffmann", "Huber", "Ivanov", "Jensen", "Keller", "Khan",
    "Klein", "Kowalski", "Kruse", "Lang", "Larsen", "Lemaire", "Lindner", "Lopez", "Maier", "Martin",
    "Moreau", "Murphy", "Nakamura", "Neumann", "Novak", "Okafor", "Otto", "Park", "Patel", "Peters", "Reed",
    "Richter", "Rossi", "Santos", "Sauer", "Schmid", "Silva", "Stein", "Sutter", "Taylor", "Turner", "Vogel",
    "Wagner", "Walsh", "Weber", "Winter", "Wolf", "Wright", "Yilmaz", "Ziegler",
)  # fmt: skip
NAMES = (
    "Adler", "Alpen", "Amber", "Apex", "Arbor", "Argon", "Atlas", "Aurora", "Basalt", "Beacon", "Birke",
    "Boreal", "Breeze", "Cedar", "Cobalt", "Comet", "Copper", "Coral", "Delta", "Drift", "Eiger", "Ember",
    "Falken", "Fern", "Fjord", "Flint", "Forge", "Gipfel", "Granit", "Harbor", "Hafen", "Helio", "Horizon",
    "Indigo", "Juniper", "Kelvin", "Kestrel", "Kobalt", "Lark", "Linden", "Lotus", "Lumen", "Maple",
    "Marlin", "Meridian", "Mistral", "Nebel", "Nimbus", "Nord", "Oak", "Onyx", "Orbit", "Osprey", "Pine",
    "Polar", "Quartz", "Raven", "Ridge", "River", "Sable", "Saphir", "Sierra", "Silber", "Solar", "Stellar",
    "Summit", "Tandem", "Terra", "Tidal", "Umbra", "Vektor", "Verde", "Vista", "Wald", "Willow", "Zenith",
)  # fmt: skip
KINDS = {
    "software": ("Software", "Labs", "Systems", "Cloud"),
    "fintech": ("Pay", "Ledger", "Capital", "Banking"),
    "manufacturing": ("Maschinenbau", "Works", "Precision", "Industries"),
    "automotive": ("Automotive", "Mobility", "Drives"),
    "biotech": ("Bio", "Genomics", "Therapeutics"),
    "professional_insurance": ("Insurance", "Assurance", "Underwriting"),
    "construction": ("Construction", "Bau", "Structures"),
    "consumer_electronics": ("Electronics", "Audio", "Devices"),
    "logistics": ("Logistics", "Freight", "Cargo"),
    "consulting": ("Consulting", "Partners", "Advisory"),
    "education": ("Academy", "College", "Institute"),
}
"""What companies of an industry call themselves."""
FORMS = {
    "DE": "GmbH",
    "AT": "GmbH",
    "CH": "AG",
    "FR": "SAS",
    "NL": "BV",
    "GB": "Ltd",
    "SE": "AB",
    "US": "Inc.",
}
TITLES = (
    ("CFO", 6), ("Finance Director", 5), ("Head of Finance", 5),
    ("CTO", 8), ("Technical Director", 8), ("Head of IT", 8), ("Engineering Manager", 8),
    ("VP Engineering", 3),
    ("Marketing Manager", 9), ("Head of Marketing", 6), ("CMO", 2),
    ("Sales Director", 5), ("Head of Sales", 5), ("VP Sales", 2),
    ("CEO", 5), ("Founder", 4), ("Operations Manager", 6), ("Project Lead", 4),
    ("Business Analyst", 7), ("Software Engineer", 8), ("Consultant", 4), ("Student", 3), ("Intern", 3),
)  # fmt: skip
"""Job titles, and how common each is."""
RETURN_NOTES = {
    "incomplete_data": ("The number does not exist and the company name is missing.", "No company, no role."),
    "wrong_profile": ("Looks for a free tool for a school project.", "Too small: two people, no team."),
    "not_ready": ("Budget comes with the next fiscal year.", "Nice call, but nothing happens before spring."),
}
