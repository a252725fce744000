"""The door every action comes through: parameters, context, and what a vendor may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict

from leadworkflows.content import Recipient
from leadworkflows.domain.decisions import Assignment, EffectClass

__all__ = [
    "ActionContext",
    "ActionHandler",
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


class VendorRefused(Exception):
    """The vendor's answer is final: trying again changes nothing. Says the code and the remedy."""


class VendorThrottled(Exception):
    """The vendor did nothing and asks to come back after `retry_after`."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class VendorBlocked(Exception):
    """The vendor did nothing and will not until somebody mends what the message names.

    The action stays stuck, shown with the remedy, and is tried again every few minutes.
    """


class VendorUnavailable(Exception):
    """The vendor certainly did nothing, and may answer later."""


class OutcomeUnknown(Exception):
    """The request was sent and no answer came back: the vendor may have acted."""


class Params(BaseModel):
    """The parameters of an action, as a policy writes them. An unknown name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class ActionContext:
    """For whom, why and when an action is performed.

    `lead` is the lead's snapshot as the API shows it, with the action's own facts over it. `now` is
    the time of this attempt, `decided_at` the time of the decision: no attempt was made before it.
    """

    lead_id: str
    key: str
    person: Recipient
    lead: Mapping[str, Any]
    now: datetime
    policy: str
    decided_at: datetime


@dataclass(frozen=True)
class Receipt:
    """What the vendor said when it acted. `detail` is a sentence without personal data."""

    vendor_id: str | None = None
    detail: str = ""
    assignment: Assignment | None = None
    """Of an action of routing: whom the lead was given to."""


@dataclass(frozen=True)
class Undetermined:
    """Nobody can say whether the vendor acted; `why` is a sentence without personal data."""

    why: str


Found = Receipt | Undetermined | None
"""What a search for an earlier attempt says: done, nobody knows, or certainly not done."""

P = TypeVar("P", bound=Params)


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
