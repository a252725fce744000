"""What the composition root lends to actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadworkflows.activities.mail import EmailSender
from leadworkflows.activities.slack_message import SlackPoster
from leadworkflows.content import ContentLibrary


def _no_link(_lead_id: str) -> str | None:
    return None


@dataclass(frozen=True)
class ActionServices:
    """Every action's class is called with one of these.

    `public_url` is where the dashboard answers, without a slash at the end. `unsubscribe_url` gives
    a lead's one-click link, or None where there is none yet.
    """

    email: EmailSender
    slack: SlackPoster
    content: ContentLibrary
    public_url: str
    unsubscribe_url: Callable[[str], str | None] = _no_link
