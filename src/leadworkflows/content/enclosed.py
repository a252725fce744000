"""A file that comes with a mail or a message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Enclosed:
    """`title` says what it shows, also to who cannot see it. A picture may be shown in the mail's text.

    `content_id` is what the mail's HTML calls it: `<img src="cid:…">`.
    """

    name: str
    media_type: str
    content: bytes
    title: str
    content_id: str | None = None
