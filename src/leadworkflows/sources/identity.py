"""One spelling for each e-mail address, so that one person is one lead.

Case is folded, a domain in letters of any script becomes its ASCII form, invisible characters that
were pasted along go. Dots and `+tags` stay: whether they name the same mailbox is the provider's
business. No DNS is asked: a form must not wait for it, and a lead is not lost to its failure.
"""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

_NO_ID = frozenset({"", "undefined", "null", "none", "nan", "[object object]"})
"""What a script writes where it has no id: taken for one, it would make all visitors the same."""


class EmailInvalid(ValueError):
    """The text is no e-mail address; the message says why without repeating it."""


def normalise_email(text: str) -> str:
    """The address as leads are known by it. Raises `EmailInvalid`.

    `.test` and `.example` domains are accepted; `localhost`, `.local` and `.invalid`, which can never
    receive mail, are not.
    """
    visible = "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc"}).strip()
    try:
        found = validate_email(visible, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise EmailInvalid("expected an e-mail address such as ada@example.com") from None
    local = unicodedata.normalize("NFC", found.local_part.lower())
    return f"{local}@{found.ascii_domain or found.domain}"


def visitor_id(text: str) -> str | None:
    """A visitor's anonymous id, or None where a script had none to give."""
    stated = text.strip()
    return None if stated.lower() in _NO_ID else stated
