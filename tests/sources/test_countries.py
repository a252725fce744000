from __future__ import annotations

import pytest

from leadworkflows.sources.countries import codes, country_code


@pytest.mark.parametrize(("text", "code"), [
    ("DE", "DE"), ("de", "DE"), ("Germany", "DE"), ("Deutschland", "DE"), ("Allemagne", "DE"),
    ("ドイツ", "DE"), ("Германия", "DE"), ("ألمانيا", "DE"), ("德國", "DE"),
    ("Osterreich", "AT"), ("Österreich", "AT"),
    ("Oesterreich", "AT"), ("USA", "US"), ("U.S.A.", "US"), ("UK", "GB"), ("Scotland", "GB"), ("भारत", "IN"),
    ("United States of America", "US"), ("Côte d'Ivoire", "CI"), ("Ivory Coast", "CI"), ("St. Lucia", "LC"),
    ("Saint Lucia", "LC"), ("Trinidad and Tobago", "TT"), ("Hong Kong", "HK"), ("Czech Republic", "CZ"),
    ("the netherlands", "NL"), ("Kosovo", "XK"),
    ("XX", None), ("EU", None), ("European Union", None), ("Mars", None), ("", None), ("-", None),
    ("x" * 100_000, None),
])  # fmt: skip
def test_a_country_is_known_by_its_code_or_its_name_in_many_languages(text, code):
    assert country_code(text) == code


def test_every_country_has_one_code():
    assert len(codes()) == 249 + 1  # ISO 3166, and Kosovo
    assert all(len(code) == 2 for code in codes())
