"""From presses in Slack to the leads' workflows: acknowledged at once, carried out here, once each.

A press is carried out under an event id that its key gives, and noted as done afterwards: a crash between
the two repeats it, and the lead is told nothing twice. While Temporal is away presses wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

import structlog
from pydantic import ValidationError

from leadworkflows.commands.carry_out import CommandDesk, LeadObject
from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.commands.pressed import Pressed
from leadworkflows.commands.shape import Command
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.meanwhile import meanwhile, mentioning, standing
from leadworkflows.slack.message import SlackPoster
from leadworkflows.slack.whisper import whisper
from leadworkflows.store.errors import StoreError, UnknownLead
from leadworkflows.store.presses import LEASE, Press
from leadworkflows.store.store import Store

_log = structlog.get_logger(__name__)
GIVEN_UP_AFTER = timedelta(minutes=30)
"""For how long a press is tried: who pressed has seen nothing happen, and may no longer mean it."""
KEPT_FOR = timedelta(days=1)
"""For how long a press is known as a repetition; Slack's signatures are refused after five minutes."""
_BATCH = 64
_POLL_S, _PAUSE_S = 0.5, 0.05
_OF_THE_LEASE = 0.8
_CALL_S = 4.0
"""For how long one lead may hold up the presses on others; its answer may come all the same."""
_AGAIN, _AGAIN_AT_MOST = timedelta(seconds=2), timedelta(minutes=1)
_SWEEP = timedelta(hours=1)
_OVERTAKEN = ("has moved on since", "was quicker")
"""What the lead says to whoever looked at an older card; what happened says more."""
_NOTED = {Command.BOOK_MEETING: "Meeting noted", Command.LOG_CONTACT: "Contact noted"}
"""What a lead may have been told before, so that nothing on its card changes."""
_NOT_REACHED = (
    "Not done: the lead could not be reached for half an hour. See what its card says now, and press again."
)


@dataclass(frozen=True)
class _Carried:
    """A press that needs nothing more but that the presser hears of it; no `answer`: the card says it."""

    press: Press
    pressed: Pressed | None = None
    answer: str | None = None


async def _nobody() -> Roster:
    return Roster()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Presses:
    """Carries presses out until it is told to stop; any number of processes may each run one.

    `roster` gives who sells, by whose Slack ids pressers are known. Call `notify` when a press was kept in
    this process; those of other processes are found within half a second.
    """

    def __init__(
        self,
        store: Store,
        desk: CommandDesk,
        poster: SlackPoster,
        roster: Callable[[], Awaitable[Roster]] = _nobody,
        clock: Callable[[], datetime] = _utc_now,
        lease: timedelta = LEASE,
    ) -> None:
        self._store, self._desk, self._poster = store, desk, poster
        self._roster, self._clock, self._lease = roster, clock, lease
        self._news = asyncio.Event()
        self._swept_at: datetime | None = None

    def notify(self) -> None:
        """There may be a press to carry out."""
        self._news.set()

    async def run(self) -> None:
        """Carry out for ever; what goes wrong is logged and tried again. Ends by being cancelled."""
        while True:
            try:
                self._news.clear()
                if not await self.carry_out_due(self._clock()):
                    await self._sweep(self._clock())
                    await self._rest()
            except StoreError as error:
                _log.warning("presses.store_unavailable", error=type(error).__name__)
                await asyncio.sleep(_AGAIN.total_seconds())
            except Exception as error:  # noqa: BLE001 - one surprise must not leave all later presses undone
                _log.error("presses.failed", error=type(error).__name__)
                await asyncio.sleep(_AGAIN.total_seconds())

    async def carry_out_due(self, now: datetime) -> int:
        """Carry out what is due; how many presses need nothing more. Raises StoreError."""
        taken = await self._store.presses.take(_BATCH, now, self._lease)
        if not taken:
            return 0
        try:
            return await self._carry_out_all(taken, await self._roster(), now)
        except asyncio.CancelledError:  # whoever comes next need not wait for the claims to run out
            await asyncio.shield(self._store.presses.again([press.key for press in taken], now))
            raise

    async def _carry_out_all(self, taken: Sequence[Press], roster: Roster, now: datetime) -> int:
        """Those on one lead in the order in which they were pressed, several leads at a time."""
        until = asyncio.get_running_loop().time() + self._lease.total_seconds() * _OF_THE_LEASE
        by_lead = sorted(taken, key=lambda press: (str(press.body.get("lead")), press.received_at, press.key))
        groups = [list(some) for _, some in groupby(by_lead, key=lambda press: str(press.body.get("lead")))]
        carried = await asyncio.gather(*(self._carry_out_group(some, roster, now, until) for some in groups))
        return sum(carried)

    async def _carry_out_group(
        self, presses: Sequence[Press], roster: Roster, now: datetime, until: float
    ) -> int:
        carried: list[_Carried] = []
        for press in presses:
            try:
                async with asyncio.timeout_at(until):
                    outcome = await self._carry_out(press, roster, now)
            except TimeoutError:
                outcome = None
            if outcome is None:
                break  # the lead cannot be reached: those pressed later must not overtake
            carried.append(outcome)
        for press in presses[len(carried) :]:
            await self._store.presses.again([press.key], now + _pause(press.tries))
        await asyncio.gather(*(self._finish(each) for each in carried))
        return len(carried)

    async def _carry_out(self, press: Press, roster: Roster, now: datetime) -> _Carried | None:
        """None where it is to be tried again."""
        try:
            pressed = Pressed.model_validate(press.body)
        except ValidationError:
            _log.error("presses.unreadable", press=press.key)  # another version wrote it
            return _Carried(press)
        if pressed.answer is not None:
            return _Carried(press, pressed, pressed.answer)
        if now - press.received_at > GIVEN_UP_AFTER:
            return _Carried(press, pressed, await self._given_up(press, pressed))
        try:
            async with asyncio.timeout(_CALL_S):
                return _Carried(press, pressed, await self._told(press, pressed, roster, now))
        except (CommandUnavailable, TimeoutError):
            _log.warning("presses.lead_unreachable", lead=pressed.lead, tries=press.tries)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - what is wrong with one press holds up no other
            _log.error("presses.press_failed", lead=pressed.lead, error=type(error).__name__)
        return None

    async def _told(self, press: Press, pressed: Pressed, roster: Roster, now: datetime) -> str | None:
        """Take the command to the lead; what the presser is told. Raises CommandUnavailable."""
        try:
            shape = pressed.shape(roster.by_slack(pressed.user) or pressed.user)
            lead = await self._desk.carry_out(pressed.lead, shape, press.key, press.received_at)
        except CommandRefused as refused:
            return await self._refusal(pressed, refused.reason, roster, now)
        except UnknownLead:
            return "Not done: this lead is no longer here."
        return _confirmation(pressed, lead)

    async def _given_up(self, press: Press, pressed: Pressed) -> str | None:
        """A call without an answer may have arrived all the same."""
        if await self._desk.is_done(pressed.lead, press.key):
            return None
        await self._desk.forget(press.key)
        return _NOT_REACHED

    async def _refusal(self, pressed: Pressed, reason: str, roster: Roster, now: datetime) -> str:
        """What a salesperson needs to know: why not, and what others did meanwhile."""
        entries = await self._store.timeline.of(pressed.lead) if pressed.seen is not None else []
        since = meanwhile(entries, pressed.seen, now, roster)
        if since and any(words in reason for words in _OVERTAKEN):
            return f"Not done: the lead has moved on since. {since}"
        said = mentioning(reason, roster).rstrip(".")
        return " ".join(filter(None, (f"Not done: {said}.", since)))

    async def _finish(self, carried: _Carried) -> None:
        """Tell first: a crash in between says it twice rather than never.

        What is told stands before it is told: Slack may take longer than the claim holds, and whoever takes
        over must not do what was refused.
        """
        pressed, answer = carried.pressed, carried.answer
        if pressed and answer:
            if pressed.answer is None:
                await self._store.presses.answered(
                    carried.press.key, pressed.answered(answer).model_dump(mode="json")
                )
            await whisper(self._poster, pressed.channel, pressed.user, pressed.response_url, answer)
        await self._store.presses.done(carried.press.key)

    async def _sweep(self, now: datetime) -> None:
        if self._swept_at is None or now - self._swept_at >= _SWEEP:
            self._swept_at = now
            await self._store.presses.drop_before(now - KEPT_FOR)

    async def _rest(self) -> None:
        due = await self._store.presses.next_due()
        ahead = (due - self._clock()).total_seconds() if due else _POLL_S
        try:
            await asyncio.wait_for(self._news.wait(), min(max(ahead, _PAUSE_S), _POLL_S))
        except TimeoutError:
            return


def _pause(tries: int) -> timedelta:
    doubled: timedelta = _AGAIN * 2 ** min(max(tries - 1, 0), 10)
    return min(doubled, _AGAIN_AT_MOST)


def _confirmation(pressed: Pressed, lead: LeadObject) -> str | None:
    """Only of what a card may not show by itself; one that the presser alone sees is never changed."""
    stands = f"it is {standing(str(lead.get('stage')))} now." if pressed.private else ""
    if pressed.command is Command.LOG_ATTEMPT:
        count = lead.get("attempts")
        return (
            f"Attempt logged: {count} so far." if isinstance(count, int) and count > 1 else "Attempt logged."
        )
    if noted := _NOTED.get(pressed.command):
        return f"{noted}: {stands}" if stands else f"{noted}."
    return f"Done: {stands}" if stands else None
