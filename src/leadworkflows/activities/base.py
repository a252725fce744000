"""The door every action comes through: parameters, context, and what a vendor may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict

from leadworkflows.content import Recipient
from leadworkflows.domain.decisions import EffectClass
from leadworkflows.vendor import (
    Found,
    OutcomeUnknown,
    Receipt,
    Undetermined,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)

__all__ = [
    "ActionContext",
    "ActionHandler",
    "CanBeMoot",
    "Found",
    "OutcomeUnknown",
    "Params",
    "Receipt",
    "Recipient",
    "Undetermined",
    "VendorBlocked",
    "VendorRefused",
    "VendorThrottled",
    "VendorUnavailable",
]


class Params(BaseModel):
    """The parameters of an action, as a policy writes them. An unknown name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class ActionContext:
    """For whom, why and when an action is performed.

    `lead` is the lead's snapshot as the API shows it, with the action's own facts over it; `snapshot`
    is what stands on record alone, and `facts` are the action's alone: either may be the newer one
    (`revision` tells).
    `now` is the time of this attempt, `decided_at` the time of the decision: no attempt was made
    before it.
    """

    lead_id: str
    key: str
    person: Recipient
    lead: Mapping[str, Any]
    now: datetime
    policy: str
    decided_at: datetime
    snapshot: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


P = TypeVar("P", bound=Params)
P_contra = TypeVar("P_contra", bound=Params, contravariant=True)


@runtime_checkable
class ActionHandler(Protocol[P]):
    """One kind of action. A plug-in's class is called with `ActionServices` and gives one of these.

    `reaches_lead` True: contact permission is looked up once more just before the call.
    `perform` raises VendorRefused, VendorThrottled, VendorUnavailable or OutcomeUnknown.
    `reconcile` is asked when an earlier attempt ended without an answer.
    """

    name: ClassVar[str]
    params_model: type[P]
    effect_class: ClassVar[EffectClass]
    reaches_lead: ClassVar[bool]

    async def perform(self, context: ActionContext, params: P) -> Receipt:
        """Do it, once."""

    async def reconcile(self, context: ActionContext, params: P) -> Found:
        """Find out whether an earlier attempt did it. None: certainly not."""


@runtime_checkable
class CanBeMoot(Protocol[P_contra]):
    """What an action may offer beside: to find out that it is not wanted any more."""

    def moot(self, context: ActionContext, params: P_contra) -> str | None:
        """Why not, as a sentence without personal data; None where it is still wanted.

        An action that was not performed yet is then withheld.
        """
