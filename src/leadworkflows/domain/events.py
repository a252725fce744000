"""What can happen to a lead."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, model_validator

from leadworkflows.domain.facts import (
    AssetFacts,
    ConsentFacts,
    EmailFacts,
    Facts,
    FormFacts,
    Instant,
    MeetingFacts,
    MergeFacts,
    PageFacts,
    PolicyFacts,
    SocialFacts,
    TopicFacts,
    WebinarFacts,
)
from leadworkflows.domain.sales_facts import (
    AssignFacts,
    AttemptFacts,
    CommitmentFacts,
    PauseFacts,
    QualificationFacts,
    ReasonFacts,
    SalesFacts,
)


class EventType(StrEnum):
    """The field's own words for what happens (design.md section 3)."""

    FORM_SUBMITTED = "form_submitted"
    PAGE_VIEWED = "page_viewed"
    CONTENT_DOWNLOADED = "content_downloaded"
    NEWSLETTER_SUBSCRIBED = "newsletter_subscribed"
    WEBINAR_REGISTERED = "webinar_registered"
    WEBINAR_ATTENDED = "webinar_attended"
    SOCIAL_ENGAGED = "social_engaged"
    EMAIL_DELIVERED = "email_delivered"
    EMAIL_OPENED = "email_opened"
    EMAIL_CLICKED = "email_clicked"
    EMAIL_REPLIED = "email_replied"
    EMAIL_BOUNCED = "email_bounced"
    EMAIL_SPAM_REPORTED = "email_spam_reported"
    UNSUBSCRIBED = "unsubscribed"
    CONSENT_GIVEN = "consent_given"
    DEMO_REQUESTED = "demo_requested"
    QUOTE_REQUESTED = "quote_requested"
    MEETING_BOOKED = "meeting_booked"
    MEETING_CANCELLED = "meeting_cancelled"
    TRIAL_STARTED = "trial_started"
    SALES_CONTACTED = "sales_contacted"
    QUALIFICATION_RECORDED = "qualification_recorded"
    LEAD_CLAIMED = "lead_claimed"
    LEAD_ASSIGNED = "lead_assigned"
    CLOCKS_PAUSED = "clocks_paused"
    CLOCKS_RESUMED = "clocks_resumed"
    CONTACT_ATTEMPTED = "contact_attempted"
    CONTACT_MADE = "contact_made"
    LEAD_ACCEPTED = "lead_accepted"
    LEAD_RETURNED = "lead_returned"
    OPPORTUNITY_OPENED = "opportunity_opened"
    MICRO_COMMITMENT = "micro_commitment"
    DEAL_WON = "deal_won"
    DEAL_LOST = "deal_lost"
    LEAD_DISQUALIFIED = "lead_disqualified"
    LEAD_REOPENED = "lead_reopened"
    FACTS_UPDATED = "facts_updated"
    POLICY_CHANGED = "policy_changed"
    LEAD_MERGED = "lead_merged"


FACTS_OF: dict[EventType, type[Facts]] = {
    EventType.FORM_SUBMITTED: FormFacts,
    EventType.PAGE_VIEWED: PageFacts,
    EventType.CONTENT_DOWNLOADED: AssetFacts,
    EventType.WEBINAR_REGISTERED: WebinarFacts,
    EventType.WEBINAR_ATTENDED: WebinarFacts,
    EventType.SOCIAL_ENGAGED: SocialFacts,
    EventType.EMAIL_DELIVERED: EmailFacts,
    EventType.EMAIL_OPENED: EmailFacts,
    EventType.EMAIL_CLICKED: EmailFacts,
    EventType.EMAIL_REPLIED: EmailFacts,
    EventType.EMAIL_BOUNCED: EmailFacts,
    EventType.EMAIL_SPAM_REPORTED: EmailFacts,
    EventType.UNSUBSCRIBED: TopicFacts,
    EventType.CONSENT_GIVEN: ConsentFacts,
    EventType.DEMO_REQUESTED: FormFacts,
    EventType.QUOTE_REQUESTED: FormFacts,
    EventType.SALES_CONTACTED: FormFacts,
    EventType.MEETING_BOOKED: MeetingFacts,
    EventType.MEETING_CANCELLED: MeetingFacts,
    EventType.QUALIFICATION_RECORDED: QualificationFacts,
    EventType.LEAD_CLAIMED: SalesFacts,
    EventType.LEAD_ASSIGNED: AssignFacts,
    EventType.CLOCKS_PAUSED: PauseFacts,
    EventType.CLOCKS_RESUMED: SalesFacts,
    EventType.CONTACT_ATTEMPTED: AttemptFacts,
    EventType.CONTACT_MADE: AttemptFacts,
    EventType.LEAD_ACCEPTED: SalesFacts,
    EventType.LEAD_RETURNED: ReasonFacts,
    EventType.OPPORTUNITY_OPENED: QualificationFacts,
    EventType.MICRO_COMMITMENT: CommitmentFacts,
    EventType.DEAL_WON: SalesFacts,
    EventType.DEAL_LOST: ReasonFacts,
    EventType.LEAD_DISQUALIFIED: ReasonFacts,
    EventType.LEAD_REOPENED: SalesFacts,
    EventType.POLICY_CHANGED: PolicyFacts,
    EventType.LEAD_MERGED: MergeFacts,
}
"""The fact model of each event type; those not named here carry `Facts` alone."""


OUR_OWN = frozenset({EventType.POLICY_CHANGED, EventType.LEAD_MERGED})
"""What leadworkflows itself tells a lead; nobody else can report it."""

GATHERED = frozenset({
    EventType.PAGE_VIEWED, EventType.CONTENT_DOWNLOADED, EventType.SOCIAL_ENGAGED,
    EventType.WEBINAR_REGISTERED, EventType.WEBINAR_ATTENDED, EventType.NEWSLETTER_SUBSCRIBED,
    EventType.EMAIL_DELIVERED, EventType.EMAIL_OPENED, EventType.EMAIL_CLICKED, EventType.FACTS_UPDATED,
})  # fmt: skip
"""Behaviour: nobody waits for an answer to it. What asks for something is never held back."""


RIDES_ALONG = frozenset({EventType.EMAIL_DELIVERED})
"""What a vendor reports of itself, which neither moves a lead nor scores by the policy that is packaged."""


def is_gathered(event_type: EventType) -> bool:
    """Whether events of this type may wait a moment for others of the same lead."""
    return event_type in GATHERED


def facts_model(event_type: EventType) -> type[Facts]:
    """The typed facts that an event of this type carries."""
    return FACTS_OF.get(event_type, Facts)


class LeadEvent(BaseModel):
    """One thing that happened to one lead, without personal data.

    `seq` is the lead's own running number from the inbox (1, 2, …): the order in which events are
    handed on, and the guard against handing one on twice. 0 marks a command that came as a
    workflow update, which Temporal itself delivers once. `anonymous` marks what was seen before a
    form named the visitor: it scores with its own date and moves nothing.
    """

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=200)]
    seq: Annotated[int, Field(ge=0)] = 0
    type: EventType
    occurred_at: Instant
    anonymous: bool = False
    facts: SerializeAsAny[Facts] = Facts()

    @model_validator(mode="before")
    @classmethod
    def _facts_by_type(cls, data: Any) -> Any:
        if isinstance(data, dict) and not isinstance(data.get("facts"), Facts):
            model = facts_model(EventType(data["type"]))
            data = {**data, "facts": model.model_validate(data.get("facts") or {})}
        return data

    @model_validator(mode="after")
    def _facts_match(self) -> Self:
        if not isinstance(self.facts, facts_model(self.type)):
            raise ValueError(f"{self.type} carries {facts_model(self.type).__name__}")
        return self

    @property
    def where(self) -> Callable[[str], Any]:
        """Gives the value of one fact, or None where this event does not state it."""
        return vars(self.facts).get

    @classmethod
    def read(cls, data: Any) -> LeadEvent:
        """An event that was accepted once, as far as this version understands it.

        What is on record must never hold up what came after it: an event whose facts a later version
        refuses, or whose type an earlier one does not know, still counts its number.
        """
        try:
            return cls.model_validate(data)
        except ValueError:
            kept = {name: data[name] for name in ("id", "seq", "occurred_at", "anonymous") if name in data}
            return cls.model_validate({**kept, "type": EventType.FACTS_UPDATED})
