"""Mails as marketing writes them: Markdown with front matter, rendered for one person."""

from __future__ import annotations

from leadworkflows.content.errors import ContentError
from leadworkflows.content.library import ContentLibrary, Rendered
from leadworkflows.content.links import MailLinks
from leadworkflows.content.person import Recipient, Sender, one_line

__all__ = ["ContentError", "ContentLibrary", "MailLinks", "Recipient", "Rendered", "Sender", "one_line"]
