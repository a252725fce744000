"""One spelling for each phone number: E.164, such as +493012345678."""

from __future__ import annotations

from phonenumbers import (
    SUPPORTED_REGIONS,
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

_LONGEST = 64


def normalise_phone(text: str, country: str | None = None) -> str:
    """The number in E.164; as it was typed, at most 64 characters, where it is none.

    `country` is the ISO code of the person's country: without it only a number with its country's code
    can be understood. An extension is kept behind the number.
    """
    typed = text.strip()[:_LONGEST]
    region = country if country in SUPPORTED_REGIONS else None
    # Most of the world dials 00 where the number is written with +; with a region the library knows.
    dialled = f"+{typed[2:]}" if region is None and typed.startswith("00") else typed
    try:
        number = parse(dialled, region)
    except NumberParseException:
        return typed
    if not is_possible_number(number):
        return typed
    plain = format_number(number, PhoneNumberFormat.E164)
    return f"{plain} ext. {number.extension}" if number.extension else plain
