"""Performs one action so that it happens once: reserve, find out, allow, perform, settle."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NoReturn, cast

import structlog
from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from leadworkflows.activities.base import (
    ActionContext,
    ActionHandler,
    CanBeMoot,
    OutcomeUnknown,
    Params,
    Receipt,
    TakesTurns,
    Undetermined,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
    Withheld,
)
from leadworkflows.activities.inputs import ActionInput
from leadworkflows.activities.registry import ActionRegistry
from leadworkflows.domain.decisions import ActionResult, EffectClass, Outcome
from leadworkflows.store import Store
from leadworkflows.store.errors import StoreError
from leadworkflows.tally import ACTIONS, vendor_called

__all__ = ["ActionInput", "ActionRunner"]

_log = structlog.get_logger(__name__)
_SETTLED = frozenset(Outcome)
BLOCKED_WAIT = timedelta(minutes=5)
"""After how long an action that waits for a person is tried again."""
_TWICE = "an earlier attempt got no answer: it may have been performed twice"
_ONCE = "an earlier attempt got no answer: it may have been performed"
_LOOK = "not repeated, so that it does not happen twice; look for the key in the vendor's activity log"


@dataclass(frozen=True)
class _Attempt:
    """One try at one action.

    `withheld` says why it is not to be tried: the lead may not be contacted, or nobody wants it any
    more. `doubtful`: an earlier try may have succeeded, and nobody knows.
    """

    name: str
    handler: ActionHandler[Params]
    context: ActionContext
    params: Params
    withheld: str | None
    doubtful: bool = False


@dataclass(frozen=True)
class _Ended:
    """An action that cannot be tried, and why."""

    outcome: Outcome
    detail: str


class ActionRunner:
    """Runs actions by name against the effects table.

    `run` returns how the action ended, or raises an ApplicationError that Temporal retries, with the
    vendor's own delay where it named one. Nothing it returns or raises holds personal data.
    """

    def __init__(self, store: Store, registry: ActionRegistry, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._registry = registry
        self._clock = clock

    async def run(self, request: ActionInput) -> ActionResult:
        """Perform the action unless it already ended; a repeated call gives the first one's result.

        Everything is looked up before the key is reserved: a reservation that stands says that the
        vendor may have been called, so nothing else may fail behind it.
        """
        attempt = await self._prepare(request)
        reserved = await self._store.effects.reserve(
            request.key, request.lead_id, request.name, self._clock()
        )
        if reserved.status in _SETTLED:
            return _result(request.key, Outcome(reserved.status), reserved.detail, reserved.result)
        if isinstance(attempt, _Ended):
            result = await self._settle(request.key, attempt.outcome, attempt.detail)
        else:
            result = await (self._perform(attempt) if reserved.first else self._find_out(attempt))
        ACTIONS.labels(request.name, result.outcome.value).inc()
        return result

    async def _prepare(self, request: ActionInput) -> _Attempt | _Ended:
        """Resolve the name, the parameters and the person, and look whether contact is allowed."""
        try:
            handler = self._registry.get(request.name)
            params = handler.params_model.model_validate(request.params)
        except (KeyError, ValidationError) as error:
            return _Ended(Outcome.FAILED, _wrong_policy(request.name, error))
        context = await self._context(request, reaches_lead=handler.reaches_lead)
        if context is None:
            return _Ended(Outcome.WITHHELD, "the person is no longer on record")
        withheld = await _why_not(context.allowed()) or _moot(handler, context, params)
        if withheld is None and isinstance(handler, TakesTurns) and await self._is_to_do(request.key):
            withheld = await _why_not(handler.turn(context, params))
        return _Attempt(request.name, handler, context, params, withheld)

    async def _is_to_do(self, key: str) -> bool:
        standing = await self._store.effects.get(key)
        return standing is None or standing.status in ("released", "stuck")

    async def _context(self, request: ActionInput, *, reaches_lead: bool) -> ActionContext | None:
        record = await self._store.leads.get(request.lead_id)
        if record is None:
            return None
        lead = {**(record.snapshot or {}), **request.lead}
        topic = request.lead.get("topic")
        about = topic if isinstance(topic, str) else None
        look = partial(self._check_allowed, request.lead_id, record.person.email, about)
        return ActionContext(
            lead_id=request.lead_id,
            key=request.key,
            person=record.person,
            lead=lead,
            now=self._clock(),
            policy=request.policy,
            decided_at=request.decided_at,
            snapshot=record.snapshot or {},
            facts=request.lead,
            waited=_started_at(self._clock()) - request.decided_at,
            allowed=look if reaches_lead else _always,
        )

    async def _find_out(self, attempt: _Attempt) -> ActionResult:
        """An earlier attempt was reserved and never settled: ask before doing it again."""
        try:
            with vendor_called(attempt.name):
                found = await attempt.handler.reconcile(attempt.context, attempt.params)
        except (VendorThrottled, VendorUnavailable, OutcomeUnknown) as error:
            _retry(error)  # the reservation stands: the next attempt asks again
        except VendorBlocked as error:
            if attempt.handler.effect_class is EffectClass.RATHER_MISSED:
                await self._hold_back(attempt, error, doubtful=True)
            found = Undetermined(str(error))
        except VendorRefused as error:
            found = Undetermined(str(error))
        if isinstance(found, Receipt):
            return await self._confirm(attempt, replace(found, detail=f"found: {found.detail}"))
        if found is None:
            return await self._perform(attempt)
        if attempt.handler.effect_class is EffectClass.RATHER_TWICE:
            return await self._perform(replace(attempt, doubtful=True))
        detail = f"the vendor did not answer, and {found.why}; {_LOOK}"
        return await self._settle(attempt.context.key, Outcome.UNKNOWN, detail)

    async def _perform(self, attempt: _Attempt) -> ActionResult:
        key = attempt.context.key
        if attempt.withheld:
            detail = f"{attempt.withheld}; {_ONCE}" if attempt.doubtful else attempt.withheld
            return await self._settle(key, Outcome.WITHHELD, detail)
        try:
            with vendor_called(attempt.name):
                receipt = await attempt.handler.perform(attempt.context, attempt.params)
        except VendorRefused as error:
            return await self._settle(key, Outcome.FAILED, _noted(attempt, str(error)))
        except VendorBlocked as error:
            await self._hold_back(attempt, error, doubtful=attempt.doubtful)
        except (VendorThrottled, VendorUnavailable) as error:
            if not attempt.doubtful:
                await self._store.effects.release(key, str(error))
            _retry(error)
        except OutcomeUnknown as error:
            _retry(error)
        except Withheld as why:
            return await self._settle(key, Outcome.WITHHELD, str(why))
        return await self._confirm(attempt, receipt)

    async def _hold_back(self, attempt: _Attempt, error: VendorBlocked, *, doubtful: bool) -> NoReturn:
        """Leave the action stuck, with the remedy. While there is doubt, the reservation says so."""
        key, remedy = attempt.context.key, str(error)
        if doubtful:
            await self._store.effects.note(key, remedy)
        else:
            await self._store.effects.release(key, remedy, "stuck")
        _log.warning("action.stuck", key=key, detail=remedy)
        _retry(error)

    async def _check_allowed(self, lead_id: str, email: str, topic: str | None) -> None:
        """Raises Withheld where the address must not be written to, by what is on record now.

        Nor where the person has another address by now: what they say, they say about that one.
        """
        try:
            now = await self._store.leads.person(lead_id)
            reason = await self._store.suppressions.reason(email, topic)
            if reason is None and now is not None and now.email != email:
                reason = await self._store.suppressions.reason(now.email, topic)
        except StoreError:
            raise VendorUnavailable("the store could not say whether contact is allowed") from None
        if now is None:
            raise Withheld("the person is no longer on record")
        if reason is not None:
            raise Withheld(f"contact is not allowed: {reason}")

    async def _confirm(self, attempt: _Attempt, receipt: Receipt) -> ActionResult:
        detail = _noted(attempt, receipt.detail)
        return await self._settle(attempt.context.key, Outcome.CONFIRMED, detail, receipt)

    async def _settle(
        self, key: str, outcome: Outcome, detail: str, receipt: Receipt | None = None
    ) -> ActionResult:
        receipt = receipt or Receipt()
        given = receipt.assignment.model_dump(mode="json") if receipt.assignment else None
        result = {"assignment": given} if given else None
        settled = await self._store.effects.settle(
            key, outcome.value, self._clock(), receipt.vendor_id, detail, result=result
        )
        if not settled and (standing := await self._store.effects.get(key)):  # the vendor told us meanwhile
            return _result(key, Outcome(standing.status), standing.detail, standing.result)
        _log.info("action.settled", key=key, outcome=outcome.value, detail=detail)
        return _result(key, outcome, detail, result)


def _result(key: str, outcome: Outcome, detail: str, result: Mapping[str, Any] | None = None) -> ActionResult:
    """What the lead is told; from what the store keeps, so that a repeated run is told the same."""
    return ActionResult.model_validate({**(result or {}), "key": key, "outcome": outcome, "detail": detail})


async def _always() -> None:
    return None


async def _why_not(asked: Awaitable[None]) -> str | None:
    """What is said against it, or None. Whoever is to wait is handed back to Temporal."""
    try:
        await asked
    except Withheld as why:
        return str(why)
    except (VendorThrottled, VendorUnavailable) as error:
        _retry(error)
    return None


def _started_at(now: datetime) -> datetime:
    """When the server started this attempt: its clock may be ahead of ours where it skips time."""
    return max(now, activity.info().started_time) if activity.in_activity() else now


def _moot(handler: ActionHandler[Params], context: ActionContext, params: Params) -> str | None:
    return handler.moot(context, params) if isinstance(handler, CanBeMoot) else None


def _noted(attempt: _Attempt, detail: str) -> str:
    return f"{detail}; {_TWICE}" if attempt.doubtful else detail


def _wrong_policy(name: str, error: KeyError | ValidationError) -> str:
    if isinstance(error, KeyError):
        return f"no action is called {name}; correct the policy or install the plug-in"
    # Pydantic's own text quotes the value it got, which a policy may have filled with anything.
    problems = [f"{'.'.join(map(str, p['loc']))}: {p['type']}" for p in cast("list[Any]", error.errors())]
    return f"{name} was given wrong parameters ({', '.join(problems)}); correct the policy"


def _retry(error: Exception) -> NoReturn:
    """Hand the attempt back to Temporal, which counts attempts and waits."""
    delay = error.retry_after if isinstance(error, VendorThrottled) else None
    delay = BLOCKED_WAIT if isinstance(error, VendorBlocked) else delay
    raise ApplicationError(str(error), type=type(error).__name__, next_retry_delay=delay) from None
