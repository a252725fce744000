"""The addresses that a mail gives its reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MailLinks:
    """Each an absolute address, made for one lead; None where there is no such page.

    `confirm` is what the mail of a double opt-in asks to open: `confirm_url` in a content.
    """

    unsubscribe: str | None = None
    preferences: str | None = None
    confirm: str | None = None

    def __repr__(self) -> str:
        """Whoever holds one of these can unsubscribe somebody: none of it belongs in a log."""
        return "MailLinks(…)"


SOME_LINKS = MailLinks(
    unsubscribe="https://example.com/unsubscribe",
    preferences="https://example.com/preferences",
    confirm="https://example.com/confirm",
)
"""For checks and previews: real ones would unsubscribe a lead whose mail is only looked at."""
