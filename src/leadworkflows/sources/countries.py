"""Country names as people write them in forms, in many languages, to ISO 3166 codes.

The names are CLDR's, by Babel. A language's names are read when a text is none of those before it: the
English ones take milliseconds, all of them a fraction of a second, once in a process.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale

# fmt: off
_LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "tr", "ro", "hu", "el",
    "uk", "ru", "bg", "hr", "sr", "sk", "sl", "et", "lv", "lt", "is", "ca", "ar", "he", "fa", "hi", "th",
    "vi", "id", "ms", "ja", "ko", "zh", "zh_Hant",
)
"""In this order: where two languages mean two countries by one name, the first one counts."""
_NO_COUNTRY = frozenset((
    "AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ",
))
# fmt: on
"""CLDR's codes of islands, unions and pseudo-locales; Kosovo's XK stays, as it is what people have."""
_LONGEST = 80
"""Characters; no country's name is longer."""
# What people write and CLDR does not: short, old and formal names.
_ALSO = {
    "US": "United States of America|U.S.A.|U.S.|America|The United States|Estados Unidos de America|EEUU",
    "GB": "UK|U.K.|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|Grossbritannien|Angleterre",
    "AE": "UAE|U.A.E.|Emirates",
    "AT": "Oesterreich",
    "BA": "Bosnia and Herzegovina|Bosnia",
    "BQ": "Bonaire",
    "BO": "Plurinational State of Bolivia",
    "CC": "Cocos Islands",
    "CD": "Democratic Republic of the Congo|DR Congo|DRC",
    "CG": "Congo|Republic of the Congo",
    "CI": "Ivory Coast|Cote d Ivoire",
    "CN": "PRC|People's Republic of China|Mainland China",
    "CV": "Cabo Verde",
    "CZ": "Czech Republic",
    "DE": "Federal Republic of Germany|Bundesrepublik Deutschland|BRD",
    "FM": "Federated States of Micronesia",
    "GS": "South Georgia",
    "HK": "Hong Kong",
    "HM": "Heard Island",
    "IE": "Republic of Ireland",
    "IR": "Islamic Republic of Iran",
    "KP": "Democratic People's Republic of Korea",
    "KR": "Korea|Republic of Korea",
    "LA": "Lao People's Democratic Republic",
    "MD": "Republic of Moldova",
    "MK": "Macedonia",
    "MM": "Myanmar|Burma",
    "MO": "Macao|Macau",
    "NL": "The Netherlands|Holland",
    "PH": "The Philippines",
    "PS": "Palestine|State of Palestine",
    "RU": "Russian Federation",
    "SY": "Syrian Arab Republic",
    "SZ": "Swaziland",
    "TL": "East Timor",
    "TR": "Turkey|Turkiye",
    "TW": "Taiwan, Province of China",
    "TZ": "United Republic of Tanzania",
    "VA": "Holy See",
    "VC": "Saint Vincent and the Grenadines",
    "VE": "Bolivarian Republic of Venezuela",
    "VN": "Viet Nam",
}


def country_code(text: str) -> str | None:
    """The code of a country given by its code or name; None where it is not recognised."""
    if (code := text.strip().upper()) in codes():
        return code
    name = _folded(text) if len(text) <= _LONGEST else ""
    return next((found for language in _LANGUAGES if (found := _names(language).get(name))), None)


@cache
def codes() -> frozenset[str]:
    """Every code of a country: those of ISO 3166, and Kosovo's."""
    return frozenset(_territories("en"))


@cache
def _names(language: str) -> dict[str, str]:
    names = {_folded(name): code for code, name in _territories(language).items()}
    if language == "en":
        names |= {_folded(name): code for code, also in _ALSO.items() for name in also.split("|")}
    return names


def _territories(language: str) -> dict[str, str]:
    named = Locale.parse(language).territories
    return {code: name for code, name in named.items() if len(code) == 2 and code not in _NO_COUNTRY}


def _folded(name: str) -> str:
    """Without accents, case and punctuation, and with "and" written out, in any script."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"\bst\b", "saint", re.sub(r"[\W_]+", " ", re.sub(r"['\u2019.]", "", letters))).strip()
