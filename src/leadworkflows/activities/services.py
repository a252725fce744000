"""What the composition root lends to actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadworkflows.activities.mail import EmailSender
from leadworkflows.content import ContentLibrary
from leadworkflows.slack.message import SlackPoster


def _no_link(_lead_id: str) -> str | None:
    return None


@dataclass(frozen=True)
class ActionServices:
    """Every action's class is called with one of these.

    `run_url` gives the address of a lead's run in the Temporal UI, and `unsubscribe_url` its one-click
    link; None where there is none.
    """

    email: EmailSender
    slack: SlackPoster
    content: ContentLibrary
    run_url: Callable[[str], str | None] = _no_link
    unsubscribe_url: Callable[[str], str | None] = _no_link
