"""`crm.salesforce`: the lead as a Lead in Salesforce, found again by our own id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from leadworkflows.activities.base import ActionContext, Found, Params, Receipt, Recipient, VendorBlocked
from leadworkflows.activities.crm_fields import named, owner_in, score_of, stage_of, standing
from leadworkflows.activities.services import ActionServices
from leadworkflows.domain.decisions import EffectClass
from leadworkflows.domain.lifecycle import Stage

STATUSES: Mapping[Stage, str] = {
    Stage.LEAD: "Open - Not Contacted",
    Stage.MQL: "Open - Not Contacted",
    Stage.SAL: "Working - Contacted",
    Stage.SQL: "Working - Contacted",
    Stage.OPPORTUNITY: "Working - Contacted",
    Stage.RECYCLED: "Open - Not Contacted",
    Stage.DISQUALIFIED: "Closed - Not Converted",
}
"""Our stages in the words of a new organisation. A customer has none: `Closed - Converted` belongs to a
conversion, which Salesforce's REST API does not offer, so a person converts the lead."""
REQUIRED = ("LastName", "Company")
_LONGEST = {"FirstName": 40, "LastName": 80, "Company": 255, "Title": 128, "Phone": 40}
"""Characters that Salesforce's fields hold; STRING_TOO_LONG refuses the whole lead."""
_UNSET = (
    "Salesforce is not set up: set LEADWORKFLOWS_SALESFORCE_INSTANCE_URL, LEADWORKFLOWS_SALESFORCE_CLIENT_ID"
    " and LEADWORKFLOWS_SALESFORCE_CLIENT_SECRET, and restart the workers"
)

Status = Annotated[str, Field(min_length=1, max_length=255)]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]


class SalesforceParams(Params):
    """`statuses` says which Status a stage is; `score_field` gets the score."""

    statuses: dict[Stage, Status] = Field(default={})
    score_field: FieldName | None = None


class SalesforceSync:
    """Upserts the Lead by our id. Writing the same again changes nothing."""

    name: ClassVar[str] = "crm.salesforce"
    params_model: type[SalesforceParams] = SalesforceParams
    effect_class: ClassVar[EffectClass] = EffectClass.RATHER_TWICE
    reaches_lead: ClassVar[bool] = False

    def __init__(self, services: ActionServices) -> None:
        self._services = services

    async def perform(self, context: ActionContext, params: SalesforceParams) -> Receipt:
        """Write the lead as it stands now."""
        if self._services.salesforce is None:
            raise VendorBlocked(_UNSET)
        lead = standing(context)
        fields = {**_person(context.person), **await self._facts(context, lead, params)}
        return await self._services.salesforce.upsert(context.lead_id, fields, REQUIRED)

    async def reconcile(self, context: ActionContext, params: SalesforceParams) -> Found:  # noqa: ARG002
        """Do it again: an upsert that was done twice is an upsert."""
        return None

    async def _facts(
        self, context: ActionContext, lead: Mapping[str, Any], params: SalesforceParams
    ) -> dict[str, str]:
        score = score_of(lead) if params.score_field else None
        return named({
            "Status": {**STATUSES, **params.statuses}.get(stage_of(lead)),
            "OwnerId": await owner_in("salesforce", lead, context.policy, self._services.roster),
            params.score_field or "": None if score is None else str(score),
        })  # fmt: skip


def _person(person: Recipient) -> dict[str, str]:
    known = named({
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "Company": person.company,
        "Title": person.title,
        "Phone": person.phone,
        "Email": person.email,
    })  # fmt: skip
    return {name: value[: _LONGEST.get(name)].rstrip() for name, value in known.items()}
