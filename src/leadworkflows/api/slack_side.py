"""What the Slack edge is given by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.lead_card import Links
from leadworkflows.slack.message import SlackPoster


async def _nobody() -> Roster:
    return Roster()


def _no_links(_lead_id: str) -> Links:
    return Links()


@dataclass(frozen=True)
class SlackSide:
    """`policy_of` gives a policy by its id, and the active one for None; `on_press` wakes the presses."""

    poster: SlackPoster
    policy_of: Callable[[str | None], Awaitable[Policy]]
    roster: Callable[[], Awaitable[Roster]] = _nobody
    links: Callable[[str], Links] = _no_links
    on_press: Callable[[], None] = lambda: None
