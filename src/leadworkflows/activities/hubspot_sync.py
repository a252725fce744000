"""`crm.hubspot`: the lead's contact in HubSpot, with the stage at which the lead stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from leadworkflows.activities.base import (
    ActionContext,
    Found,
    Params,
    Receipt,
    Recipient,
    VendorBlocked,
    VendorRefused,
    VendorUnavailable,
)
from leadworkflows.activities.crm_fields import named, owner_in, score_of, stage_of, standing
from leadworkflows.activities.services import ActionServices
from leadworkflows.domain.decisions import EffectClass
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.hubspot.crm import Contact, HubSpotCrm

STAGES: Mapping[Stage, str] = {
    Stage.LEAD: "lead",
    Stage.MQL: "marketingqualifiedlead",
    Stage.SAL: "marketingqualifiedlead",
    Stage.SQL: "salesqualifiedlead",
    Stage.OPPORTUNITY: "opportunity",
    Stage.CUSTOMER: "customer",
    Stage.RECYCLED: "lead",
}
"""Our stages in HubSpot's words. A disqualified lead keeps its lifecycle stage and changes its status."""
_ORDER = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
    "evangelist", "other",
)  # fmt: skip
"""HubSpot's own stages; it moves a contact to the right alone."""
_UNSET = "LEADWORKFLOWS_HUBSPOT_TOKEN is not set: set it to a private app's token and restart the workers"
_UNQUALIFIED, _OPEN = "UNQUALIFIED", "OPEN"

StageName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
PropertyName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")]


class HubSpotParams(Params):
    """`stages` says which lifecycle stage is meant where it is not ours; `score_property` gets the score."""

    stages: dict[Stage, StageName] = Field(default={})
    score_property: PropertyName | None = None


@dataclass(frozen=True)
class _Planned:
    """The value to write (None: leave it), and whether it must be emptied first."""

    value: str | None
    clear: bool = False
    note: str = ""


class HubSpotSync:
    """Upserts the contact by its e-mail address. Writing the same again changes nothing."""

    name: ClassVar[str] = "crm.hubspot"
    params_model: type[HubSpotParams] = HubSpotParams
    effect_class: ClassVar[EffectClass] = EffectClass.RATHER_TWICE
    reaches_lead: ClassVar[bool] = False

    def __init__(self, services: ActionServices) -> None:
        self._services = services

    async def perform(self, context: ActionContext, params: HubSpotParams) -> Receipt:
        """Read where the contact stands, empty the stage if it must go back, and write."""
        crm = self._services.hubspot
        if crm is None:
            raise VendorBlocked(_UNSET)
        lead, email = standing(context), context.person.email
        there = await crm.read(email, ("lifecyclestage", "hs_lead_status"))
        plan = _planned(stage_of(lead), there, params)
        if plan.clear:  # a crash behind this leaves an empty stage, from which every other is a move forward
            await crm.update(email, {"lifecyclestage": ""})
        wanted = {**await self._properties(context, lead, params), **_status(stage_of(lead), there)}
        return await _written(crm, email, wanted, plan)

    async def reconcile(self, context: ActionContext, params: HubSpotParams) -> Found:  # noqa: ARG002
        """Do it again: an upsert that was done twice is an upsert."""
        return None

    async def _properties(
        self, context: ActionContext, lead: Mapping[str, Any], params: HubSpotParams
    ) -> dict[str, str]:
        owner = await owner_in("hubspot", lead, context.policy, self._services.roster)
        score = score_of(lead) if params.score_property else None
        more = {"hubspot_owner_id": owner, params.score_property or "": None if score is None else str(score)}
        return {**_person(context.person), **named(more)}


def _person(person: Recipient) -> dict[str, str]:
    return named({
        "email": person.email,
        "firstname": person.first_name,
        "lastname": person.last_name,
        "jobtitle": person.title,
        "company": person.company,
        "phone": person.phone,
    })  # fmt: skip


async def _written(crm: HubSpotCrm, email: str, wanted: dict[str, str], plan: _Planned) -> Receipt:
    stage = {} if plan.value is None else {"lifecyclestage": plan.value}
    contact = await crm.upsert(email, {**wanted, **stage})
    # HubSpot answers 200 to a move back and makes none: someone moved the contact since it was read.
    if contact.properties.get("lifecyclestage", plan.value) != plan.value and plan.value is not None:
        raise VendorUnavailable("the contact moved in HubSpot at the same moment")
    return Receipt(contact.id or None, f"HubSpot took the contact{plan.note}")


def _planned(stage: Stage, there: Contact | None, params: HubSpotParams) -> _Planned:
    meant = {**STAGES, **params.stages}
    wanted = meant.get(stage)
    current = there.properties.get("lifecyclestage", "") if there else ""
    if wanted is None or current == wanted:
        return _Planned(None)
    if current and current not in {*_ORDER, *meant.values()}:
        raise VendorRefused(
            f"the contact stands in the lifecycle stage {_shown(current)}, which is the account's own and"
            " not in the policy: name it under `stages` of crm.hubspot, or move the contact by hand"
        )
    if current in {"customer", "evangelist", meant[Stage.CUSTOMER]} and stage is not Stage.CUSTOMER:
        return _Planned(None, note="; it is a customer there, and stays one")
    return _Planned(wanted, clear=bool(current) and not _forward(current, wanted))


def _forward(current: str, wanted: str) -> bool:
    """Whether HubSpot makes the move at once. Where it cannot be known, emptying first is always right."""
    return current in _ORDER and wanted in _ORDER and _ORDER.index(current) < _ORDER.index(wanted)


def _status(stage: Stage, there: Contact | None) -> dict[str, str]:
    """Unqualified while it is disqualified, and open again after; any other status is a salesperson's."""
    if stage is Stage.DISQUALIFIED:
        return {"hs_lead_status": _UNQUALIFIED}
    reopened = there is not None and there.properties.get("hs_lead_status") == _UNQUALIFIED
    return {"hs_lead_status": _OPEN} if reopened else {}


def _shown(stage: str) -> str:
    return stage if stage.replace("_", "").isalnum() and len(stage) <= 100 else "of another name"
