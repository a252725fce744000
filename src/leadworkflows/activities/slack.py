"""`slack.alert`, `slack.remind`, `slack.escalate`: cards for the people in sales."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, Field

from leadworkflows.activities.base import ActionContext, Found, Params, Receipt
from leadworkflows.activities.services import ActionServices
from leadworkflows.domain.decisions import EffectClass
from leadworkflows.slack.lead_card import LeadCard, Links
from leadworkflows.slack.message import OutboxSlackPoster, SlackMessage, SlackPoster
from leadworkflows.slack.templates import TEMPLATES, build
from leadworkflows.slack.web import SlackWebPoster

__all__ = [
    "AlertParams",
    "ChannelParams",
    "OutboxSlackPoster",
    "SlackAlert",
    "SlackEscalate",
    "SlackMessage",
    "SlackPoster",
    "SlackRemind",
    "SlackWebPoster",
]


def _known(template: str) -> str:
    if template not in TEMPLATES:
        raise ValueError(f"expected one of {', '.join(TEMPLATES)}")
    return template


class ChannelParams(Params):
    """`channel` is a name such as "#sales", or a channel's id."""

    channel: Annotated[str, Field(pattern=r"^(#[^\s#@<>|]{1,79}|[CGD][A-Z0-9]{6,20})$")] = "#sales"


class AlertParams(ChannelParams):
    """`template` is one of the cards in `slack_templates`."""

    template: Annotated[str, AfterValidator(_known)] = "hot-lead"


P = TypeVar("P", bound=ChannelParams)


class SlackCardAction(Generic[P]):
    """Posts one card about the lead. Rather twice than not at all."""

    effect_class: ClassVar[EffectClass] = EffectClass.RATHER_TWICE
    reaches_lead: ClassVar[bool] = False
    template: ClassVar[str] = "hot-lead"

    def __init__(self, services: ActionServices) -> None:
        self._services = services

    async def perform(self, context: ActionContext, params: P) -> Receipt:
        """Build the card from what the store knows now, and post it."""
        card = LeadCard.of(
            context.lead_id,
            context.person,
            context.lead,
            context.now,
            Links(temporal=self._services.run_url(context.lead_id)),
        )
        template = self._template(params)
        text, blocks = build(template, card)
        return await self._services.slack.post(_message(context, params.channel, template, text, blocks))

    async def reconcile(self, context: ActionContext, params: P) -> Found:
        """Look for the key in the channel, since the decision was made."""
        return await self._services.slack.find(context.key, params.channel, context.decided_at)

    def _template(self, params: P) -> str:  # noqa: ARG002 - an alert's params name it
        return self.template


class SlackAlert(SlackCardAction[AlertParams]):
    """Tells a channel about a lead."""

    name: ClassVar[str] = "slack.alert"
    params_model: type[AlertParams] = AlertParams

    def _template(self, params: AlertParams) -> str:
        return params.template


class SlackRemind(SlackCardAction[ChannelParams]):
    """Reminds that a clock is running out."""

    name: ClassVar[str] = "slack.remind"
    params_model: type[ChannelParams] = ChannelParams
    template: ClassVar[str] = "reminder"


class SlackEscalate(SlackCardAction[ChannelParams]):
    """Says that a clock has run out."""

    name: ClassVar[str] = "slack.escalate"
    params_model: type[ChannelParams] = ChannelParams
    template: ClassVar[str] = "escalation"


def _message(
    context: ActionContext, channel: str, template: str, text: str, blocks: list[dict[str, Any]]
) -> SlackMessage:
    return SlackMessage(
        key=context.key, lead_id=context.lead_id, channel=channel, template=template, text=text, blocks=blocks
    )
