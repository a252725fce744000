"""The door every action comes through: parameters, context, and what a vendor may answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    "TakesTurns",
    "Undetermined",
    "VendorBlocked",
    "VendorRefused",
    "VendorThrottled",
    "VendorUnavailable",
    "Withheld",
]


class Withheld(Exception):
    """Nobody was called, and nobody will be: it is not allowed or not wanted any more. Says why."""


async def _allowed() -> None:
    return None


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
    before it. `waited` is how long ago that was, by the Temporal server's clock.
    `allowed` looks once more whether the lead may be contacted, and raises Withheld: the last thing to
    do before a call that reaches the lead.
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
    waited: timedelta = timedelta(0)
    allowed: Callable[[], Awaitable[None]] = _allowed


P = TypeVar("P", bound=Params)
P_contra = TypeVar("P_contra", bound=Params, contravariant=True)


@runtime_checkable
class ActionHandler(Protocol[P]):
    """One kind of action. A plug-in's class is called with `ActionServices` and gives one of these.

    `reaches_lead` True: contact permission is looked up before it is performed, and `context.allowed`
    looks again.
    `perform` raises VendorRefused, VendorThrottled, VendorBlocked, VendorUnavailable, OutcomeUnknown or
    Withheld.
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


@runtime_checkable
class TakesTurns(Protocol[P_contra]):
    """What an action may offer beside: to wait for its turn before it is reserved."""

    async def turn(self, context: ActionContext, params: P_contra) -> None:
        """Raises VendorThrottled where the wait is long, and Withheld where no turn will come."""
