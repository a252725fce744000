"""What the composition root lends to actions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leadworkflows.activities.mail import EmailSender
from leadworkflows.activities.salesforce import SalesforceClient
from leadworkflows.content import ContentLibrary, MailLinks
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.hubspot.crm import HubSpotCrm
from leadworkflows.outgoing.client import OutgoingClient
from leadworkflows.slack.message import SlackPoster
from leadworkflows.store.cards import CardBook
from leadworkflows.store.routing import Routing
from leadworkflows.store.timeline import Timeline

RosterOf = Callable[[str], Awaitable[tuple[Roster, Policy]]]
"""From a policy's id to everybody who sells under it."""


def _no_link(_lead_id: str) -> str | None:
    return None


async def _no_links(_lead_id: str) -> MailLinks:
    return MailLinks()


async def _nobody(_policy_id: str) -> tuple[Roster, Policy]:
    """For actions that are tried on their own: nobody sells, and the policy says nothing."""
    unsaid: dict[str, Any] = {}
    return Roster(), Policy.model_construct(**unsaid)


@dataclass(frozen=True)
class ActionServices:
    """Every action's class is called with one of these.

    `run_url` gives the address of a lead's run in the Temporal UI, and `dashboard_url` its page; None
    where there is none. `links` gives what its mails link to. `roster` is who sells under a policy,
    `routing` who was given which lead, `timeline` what leads did, and `cards` where their cards are.
    """

    email: EmailSender
    slack: SlackPoster
    content: ContentLibrary
    run_url: Callable[[str], str | None] = _no_link
    links: Callable[[str], Awaitable[MailLinks]] = _no_links
    dashboard_url: Callable[[str], str | None] = _no_link
    roster: RosterOf = _nobody
    routing: Routing | None = None
    timeline: Timeline | None = None
    cards: CardBook | None = None
    hubspot: HubSpotCrm | None = None
    """None, as the next: nobody set it up, and its action says what to set."""
    salesforce: SalesforceClient | None = None
    outgoing: OutgoingClient = field(default_factory=OutgoingClient)
    http_secrets: Mapping[str, str] = field(default_factory=dict)
    """What `http.post` signs with, by the names that policies use."""
