"""Who sells under which policy, and when each of them works: for actions, and for the edges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from leadworkflows.domain.calendars import WorkCalendar
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster, UnknownRep
from leadworkflows.domain.working_time import rep_calendar
from leadworkflows.store.errors import StoreError
from leadworkflows.store.store import Store


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Sellers:
    """Rosters and policies by id. A policy never changes under its id, so each is read once."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = _utc_now) -> None:
        self._store, self._clock = store, clock
        self._policies: dict[str, Policy] = {}

    async def active(self) -> str:
        """The id of the policy that is active. Raises StoreError."""
        policy_id = await self._store.policies.active()
        if policy_id is None:
            raise StoreError("no policy is active; every process activates one before it works")
        return policy_id

    async def policy_of(self, policy_id: str | None) -> Policy:
        """A policy by its id; for None, the active one. Raises StoreError."""
        wanted = policy_id or await self.active()
        if wanted not in self._policies:
            body = await self._store.policies.get(wanted)
            if body is None:
                raise StoreError(f"policy {wanted} is not in the store")
            self._policies[wanted] = Policy.model_validate_json(body).known_as(wanted)
        return self._policies[wanted]

    async def under(self, policy_id: str) -> tuple[Roster, Policy]:
        """Everybody who sells under a policy, those that the API named included, and the policy."""
        policy = await self.policy_of(policy_id)
        return await self._store.roster.load(policy), policy

    async def roster(self) -> Roster:
        """Everybody who sells now."""
        return (await self.under(await self.active()))[0]

    async def calendar_of(self, rep_id: str) -> WorkCalendar | None:
        """When a rep works, around now; None where nobody is on the roster. Raises UnknownRep."""
        roster, policy = await self.under(await self.active())
        if not roster.reps:
            return None
        if rep_id not in roster.reps:
            raise UnknownRep(f"Nobody is called {rep_id!r}; there are {', '.join(sorted(roster.reps))}")
        return rep_calendar(roster, rep_id, policy, self._clock())
