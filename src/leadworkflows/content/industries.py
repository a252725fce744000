"""Industries in a sentence: the words that events use, as a reader of a mail would say them."""

from __future__ import annotations

_GERMAN = {
    "software": "Softwarebranche",
    "technology": "Technologiebranche",
    "saas": "Softwarebranche",
    "it_services": "IT-Dienstleistung",
    "fintech": "Fintech-Branche",
    "finance": "Finanzbranche",
    "financial_services": "Finanzbranche",
    "banking": "Bankenbranche",
    "insurance": "Versicherungsbranche",
    "professional_insurance": "Versicherungsbranche",
    "manufacturing": "Fertigungsindustrie",
    "automotive": "Automobilindustrie",
    "aerospace": "Luft- und Raumfahrt",
    "electronics": "Elektronikindustrie",
    "consumer_electronics": "Elektronikindustrie",
    "semiconductors": "Halbleiterindustrie",
    "chemicals": "Chemieindustrie",
    "construction": "Baubranche",
    "energy": "Energiewirtschaft",
    "biotech": "Biotechnologie",
    "pharma": "Pharmabranche",
    "healthcare": "Gesundheitsbranche",
    "medical_devices": "Medizintechnik",
    "logistics": "Logistikbranche",
    "transport": "Transportbranche",
    "telecommunications": "Telekommunikation",
    "retail": "Handelsbranche",
    "ecommerce": "E-Commerce-Branche",
    "wholesale": "Großhandelsbranche",
    "food": "Lebensmittelbranche",
    "agriculture": "Landwirtschaft",
    "media": "Medienbranche",
    "consulting": "Beratungsbranche",
    "professional_services": "Dienstleistungsbranche",
    "engineering": "Ingenieurbranche",
    "marketing": "Marketingbranche",
    "real_estate": "Immobilienbranche",
    "hospitality": "Hotellerie und Gastronomie",
    "education": "Bildungsbranche",
    "gambling": "Glücksspielbranche",
    "government": "öffentlichen Verwaltung",
}
"""Feminine and in the dative, for a content writes "aus der {{ industry }}"."""


def industry_in(language: str, word: str) -> str:
    """The industry's name; empty where a language has none for it, for a foreign word reads odd."""
    if language[:2] == "en":
        return word.replace("_", " ")
    return _GERMAN.get(word, "") if language[:2] == "de" else ""
