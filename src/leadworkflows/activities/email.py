"""`email.send`: one content, rendered for one person."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from leadworkflows.activities.base import (
    ActionContext,
    Found,
    Params,
    Receipt,
    Recipient,
    VendorRefused,
    VendorUnavailable,
)
from leadworkflows.activities.mail import EmailSender, OutboxEmailSender, OutgoingEmail
from leadworkflows.activities.overdue import check_overdue, is_held_up, is_nurture
from leadworkflows.activities.sendgrid import SendGridSender
from leadworkflows.activities.services import ActionServices
from leadworkflows.content import ContentError, MailLinks, Rendered
from leadworkflows.content.values import first_name_of, harmless
from leadworkflows.domain.decisions import EffectClass
from leadworkflows.domain.nurture import ENDS_NURTURE
from leadworkflows.store.errors import StoreError

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

    def moot(self, context: ActionContext, params: EmailParams) -> str | None:  # noqa: ARG002
        """A sequence's mail that waited until the lead had moved on; what was asked for is always wanted."""
        return _over(context) if is_nurture(context) else None

    async def turn(self, context: ActionContext, params: EmailParams) -> None:  # noqa: ARG002
        """Late mails as the policy says, and all of them no faster than the sender's pace."""
        if is_held_up(context):
            _roster, policy = await self._services.roster(context.policy)
            check_overdue(context, policy.sending)
        await self._services.email.turn(context.key)

    async def perform(self, context: ActionContext, params: EmailParams) -> Receipt:
        """Render for the person as the store knows them now, and send."""
        links = await self._links(context.lead_id)
        lead = {**context.lead, "lead_id": context.lead_id}
        try:
            rendered = self._services.content.render(
                params.content, context.person, lead, params.variant, links, _language(context)
            )
        except ContentError as error:
            raise VendorRefused(f"{error}; correct the content file or the policy") from None
        return await self._services.email.send(_outgoing(context, rendered, params, links), context.allowed)

    async def reconcile(self, context: ActionContext, params: EmailParams) -> Found:  # noqa: ARG002
        """Ask the sender whether a mail with this key left."""
        return await self._services.email.find(context.key)

    async def _links(self, lead_id: str) -> MailLinks:
        try:
            return await self._services.links(lead_id)
        except StoreError:
            raise VendorUnavailable("the store could not be asked for the mail's links") from None


def _over(context: ActionContext) -> str | None:
    """By what is on record, unless that is of an earlier pass than the mail."""
    known, stage = context.snapshot.get("pass"), context.snapshot.get("stage")
    decided_in = context.key.rpartition(":")[2]
    if not isinstance(known, int) or not decided_in.isdecimal() or known < int(decided_in):
        return None
    if known > int(decided_in):
        return "the sequence is over: the lead went back to marketing since"
    return f"the sequence is over: the lead is {stage} by now" if stage in ENDS_NURTURE else None


def _language(context: ActionContext) -> str | None:
    stated = context.lead.get("language")
    return stated if isinstance(stated, str) else None


def _outgoing(
    context: ActionContext, rendered: Rendered, params: EmailParams, links: MailLinks
) -> OutgoingEmail:
    tried = (f"{params.content}-{rendered.subject_variant}",) if rendered.subject_variant else ()
    return OutgoingEmail(
        key=context.key,
        lead_id=context.lead_id,
        to=context.person.email,
        to_name=_full_name(context.person),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        content=params.content,
        categories=(rendered.category, params.content, *tried),
        list_unsubscribe_url=links.unsubscribe,
        template_id=rendered.template_id,
        data=rendered.data,
    )


def _full_name(person: Recipient) -> str:
    return f"{first_name_of(person)} {harmless(person.last_name)}".strip()
