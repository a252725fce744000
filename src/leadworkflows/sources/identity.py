"""One spelling for each e-mail address, so that one person is one lead.

Case is folded, a domain in letters of any script becomes its ASCII form, invisible characters that
were pasted along go. Dots and `+tags` stay: whether they name the same mailbox is the provider's
business. No DNS is asked: a form must not wait for it, and a lead is not lost to its failure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

_NO_ID = frozenset({
    "", "undefined", "null", "none", "nil", "nan", "[object object]", "unknown", "anonymous", "anon", "guest",
    "n/a", "na", "-", "--", "0", "-1", "false", "true", "test", "default", "id", "user", "userid", "user_id",
    "anonymousid", "anonymous_id", "visitor_id", "00000000-0000-0000-0000-000000000000",
})  # fmt: skip
"""What a script writes where it has no id: taken for one, it would make all visitors the same."""
_PLAIN = re.compile(r"([A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*)@([A-Za-z0-9.-]+)")
"""The address that nearly everybody has; the others are read as a whole."""
_MAX_LOCAL, _MAX_ADDRESS = 64, 254
_MAX_TYPED = 1_000
"""With invisible characters and spaces around. A megabyte would take a second to be found no address."""
_UNFILLED = ("{{", "${", "<%", "%%")
"""How a template's placeholder begins that nobody filled in."""


class EmailInvalid(ValueError):
    """The text is no e-mail address; the message says why without repeating it."""


def normalise_email(text: str) -> str:
    """The address as leads are known by it. Raises `EmailInvalid`.

    `.test` and `.example` domains are accepted; `localhost`, `.local` and `.invalid`, which can never
    receive mail, are not.
    """
    plain = _PLAIN.fullmatch(text.strip())
    if plain and len(plain[1]) <= _MAX_LOCAL and len(plain[0]) <= _MAX_ADDRESS:
        return f"{plain[1].lower()}@{_domain(plain[2].lower())}"
    return _read(text)


@lru_cache(maxsize=10_000)
def _domain(domain: str) -> str:
    """The domain's one spelling. Domains repeat, and reading one is what takes time in an address."""
    return _read(f"a@{domain}").removeprefix("a@")


def _read(text: str) -> str:
    if len(text) > _MAX_TYPED:
        raise EmailInvalid("is far longer than an e-mail address: expected one such as ada@example.com")
    visible = "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc"}).strip()
    try:
        found = validate_email(visible, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise EmailInvalid("expected an e-mail address such as ada@example.com") from None
    local = unicodedata.normalize("NFC", found.local_part.lower())
    return f"{local}@{found.ascii_domain or found.domain}"


def visitor_id(text: str) -> str | None:
    """A visitor's anonymous id, or a vendor's id of a person; None where a script had none to give."""
    stated = text.strip()
    return None if stated.lower() in _NO_ID or stated.startswith(_UNFILLED) else stated


def known_ids(stated: Mapping[str, str]) -> dict[str, str]:
    """A person's ids with vendors, without those that are none."""
    found = {vendor: visitor_id(text) for vendor, text in stated.items()}
    return {vendor: known for vendor, known in found.items() if known}
