"""`email.send`: one content, rendered for one person."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from leadworkflows.activities.base import ActionContext, Found, Params, Receipt, Recipient, VendorRefused
from leadworkflows.activities.mail import EmailSender, OutboxEmailSender, OutgoingEmail
from leadworkflows.activities.sendgrid import SendGridSender
from leadworkflows.activities.services import ActionServices
from leadworkflows.content import ContentError, Rendered
from leadworkflows.content.values import first_name_of, harmless
from leadworkflows.domain.decisions import EffectClass

__all__ = [
    "EmailParams",
    "EmailSend",
    "EmailSender",
    "OutboxEmailSender",
    "OutgoingEmail",
    "SendGridSender",
]


class EmailParams(Params):
    """`content` names a content file; `variant` prefers `{content}.{variant}.md` where it exists."""

    content: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    variant: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] | None = None


class EmailSend:
    """Sends one mail to the lead. Rather missed than sent twice."""

    name: ClassVar[str] = "email.send"
    params_model: type[EmailParams] = EmailParams
    effect_class: ClassVar[EffectClass] = EffectClass.RATHER_MISSED
    reaches_lead: ClassVar[bool] = True

    def __init__(self, services: ActionServices) -> None:
        self._services = services

    async def perform(self, context: ActionContext, params: EmailParams) -> Receipt:
        """Render for the person as the store knows them now, and send."""
        unsubscribe = self._services.unsubscribe_url(context.lead_id)
        try:
            rendered = self._services.content.render(
                params.content, context.person, context.lead, params.variant, unsubscribe
            )
        except ContentError as error:
            raise VendorRefused(f"{error}; correct the content file or the policy") from None
        return await self._services.email.send(_outgoing(context, rendered, params, unsubscribe))

    async def reconcile(self, context: ActionContext, params: EmailParams) -> Found:  # noqa: ARG002
        """Ask the sender whether a mail with this key left."""
        return await self._services.email.find(context.key)


def _outgoing(
    context: ActionContext, rendered: Rendered, params: EmailParams, unsubscribe: str | None
) -> OutgoingEmail:
    return OutgoingEmail(
        key=context.key,
        lead_id=context.lead_id,
        to=context.person.email,
        to_name=_full_name(context.person),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        content=params.content,
        categories=(rendered.category, params.content),
        list_unsubscribe_url=unsubscribe,
    )


def _full_name(person: Recipient) -> str:
    return f"{first_name_of(person)} {harmless(person.last_name)}".strip()
