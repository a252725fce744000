"""`slack.alert`, `slack.remind`, `slack.escalate`: cards for the people in sales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, Field

from leadworkflows.activities.base import ActionContext, Found, Params, Receipt, Undetermined
from leadworkflows.activities.services import ActionServices
from leadworkflows.activities.slack_targets import Whom, targets
from leadworkflows.domain.decisions import EffectClass, EntryKind
from leadworkflows.slack.drawn import LATELY, Drawn, draw, now_known, revision_of, why_moot
from leadworkflows.slack.lately import lately
from leadworkflows.slack.lead_card import Deed, LeadCard, Links
from leadworkflows.slack.message import SlackMessage
from leadworkflows.slack.templates import TEMPLATES
from leadworkflows.store.cards import NewCard

__all__ = [
    "AlertParams",
    "ChannelParams",
    "EscalateParams",
    "RemindParams",
    "SlackAlert",
    "SlackEscalate",
    "SlackRemind",
]


def _known(template: str) -> str:
    if template not in TEMPLATES:
        raise ValueError(f"expected one of {', '.join(TEMPLATES)}")
    return template


class ChannelParams(Params):
    """`channel` is a name such as "#sales", or a channel's id.

    `to` is where the card goes. A person gets it as a direct message; where there is nobody to write
    to, it goes to `channel` all the same.
    """

    channel: Annotated[str, Field(pattern=r"^(#[^\s#@<>|]{1,79}|[CGD][A-Z0-9]{6,20})$")] = "#sales"
    to: Whom = "channel"


class AlertParams(ChannelParams):
    """`template` is one of the cards in `slack.templates`."""

    template: Annotated[str, AfterValidator(_known)] = "hot-lead"


class RemindParams(ChannelParams):
    """A reminder goes to the lead's owner."""

    to: Whom = "owner"


class EscalateParams(ChannelParams):
    """An escalation goes to the manager of the lead's owner."""

    to: Whom = "manager"


P = TypeVar("P", bound=ChannelParams)


class SlackCardAction(Generic[P]):
    """Posts one card about the lead. Rather twice than not at all."""

    effect_class: ClassVar[EffectClass] = EffectClass.RATHER_TWICE
    reaches_lead: ClassVar[bool] = False
    template: ClassVar[str] = "hot-lead"

    def __init__(self, services: ActionServices) -> None:
        self._services = services

    def moot(self, context: ActionContext, params: P) -> str | None:  # noqa: ARG002 - the hook's shape
        """A rung that waited, for a vendor or for a person, until its clock had stopped."""
        return why_moot(context.facts, context.snapshot)

    async def perform(self, context: ActionContext, params: P) -> Receipt:
        """Draw the card from what the store knows now, post it, and remember where it is."""
        channel, *_ = await targets(self._services, context, params.to, params.channel)
        template = self._template(params)
        lead = now_known(context.facts, context.snapshot)
        drawn = draw(template, await self._card(context, lead), lead, revision_of(context.snapshot))
        receipt = await self._services.slack.post(
            SlackMessage(
                key=context.key,
                lead_id=context.lead_id,
                channel=channel,
                template=template,
                text=drawn.text,
                blocks=drawn.blocks,
            )
        )
        await self._keep(context, template, channel, receipt, drawn)
        return receipt

    async def reconcile(self, context: ActionContext, params: P) -> Found:
        """Look for the key wherever it may have gone, since the decision was made."""
        doubt: Undetermined | None = None
        for channel in await targets(self._services, context, params.to, params.channel):
            found = await self._services.slack.find(context.key, channel, context.decided_at)
            if isinstance(found, Receipt):
                await self._keep(context, self._template(params), channel, found)
                return found
            doubt = doubt or found
        return doubt

    def _template(self, params: P) -> str:  # noqa: ARG002 - an alert's params name it
        return self.template

    async def _card(self, context: ActionContext, lead: Mapping[str, Any]) -> LeadCard:
        services, lead_id = self._services, context.lead_id
        roster, _policy = await services.roster(context.policy)
        links = Links(temporal=services.run_url(lead_id), dashboard=services.dashboard_url(lead_id))
        did = await self._lately(lead_id)
        return LeadCard.of(lead_id, context.person, lead, context.now, links, roster, did)

    async def _lately(self, lead_id: str) -> list[Deed]:
        timeline = self._services.timeline
        return lately(await timeline.latest(lead_id, EntryKind.EVENT, LATELY)) if timeline else []

    async def _keep(
        self,
        context: ActionContext,
        template: str,
        channel: str,
        receipt: Receipt,
        drawn: Drawn | None = None,
    ) -> None:
        """Remember the card, so that it is kept true. Of one that was found nobody knows what it shows."""
        if self._services.cards is None:
            return
        posted_in, _, ts = (receipt.vendor_id or "").partition(":")
        await self._services.cards.keep(
            NewCard(
                key=context.key,
                lead_id=context.lead_id,
                channel=posted_in or channel,
                ts=ts or context.key,
                template=template,
                facts=dict(context.facts),
                policy=context.policy,
                posted_at=context.now,
                shown=drawn.shown if drawn else revision_of(context.facts),
                digest=drawn.digest if drawn else "",
            )
        )


class SlackAlert(SlackCardAction[AlertParams]):
    """Tells a channel about a lead."""

    name: ClassVar[str] = "slack.alert"
    params_model: type[AlertParams] = AlertParams

    def _template(self, params: AlertParams) -> str:
        return params.template


class SlackRemind(SlackCardAction[RemindParams]):
    """Reminds the owner that a clock is running out."""

    name: ClassVar[str] = "slack.remind"
    params_model: type[RemindParams] = RemindParams
    template: ClassVar[str] = "reminder"


class SlackEscalate(SlackCardAction[EscalateParams]):
    """Tells the manager that a clock has run out."""

    name: ClassVar[str] = "slack.escalate"
    params_model: type[EscalateParams] = EscalateParams
    template: ClassVar[str] = "escalation"
