"""Mails as marketing writes them: Markdown with front matter, rendered for one person."""

from __future__ import annotations

from leadworkflows.content.errors import ContentError
from leadworkflows.content.library import ContentLibrary, Rendered
from leadworkflows.content.links import SOME_LINKS, MailLinks
from leadworkflows.content.person import Recipient, Sender, one_line

__all__ = [
    "SOME_LINKS",
    "ContentError",
    "ContentLibrary",
    "MailLinks",
    "Recipient",
    "Rendered",
    "Sender",
    "one_line",
]
