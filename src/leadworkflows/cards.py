"""Cards kept true: as a lead moves, whoever moved it, what Slack shows of it is brought up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import structlog

from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.drawn import LATELY, Drawn, draw, now_known, revision_of
from leadworkflows.slack.lately import lately
from leadworkflows.slack.lead_card import LeadCard, Links
from leadworkflows.slack.message import SlackPoster
from leadworkflows.store.cards import LEASE, Card
from leadworkflows.store.errors import StoreError
from leadworkflows.store.records import LeadRecord
from leadworkflows.store.store import Store
from leadworkflows.vendor import (
    OutcomeUnknown,
    VendorBlocked,
    VendorRefused,
    VendorThrottled,
    VendorUnavailable,
)

_log = structlog.get_logger(__name__)
_POLL_S, _AGAIN_S = 1.0, 2.0
_PAUSE_S = 0.1
"""How long it rests after news: what was decided is done first, and often more is news a moment later."""
_BATCH, _AT_A_TIME = 16, 4
"""Few enough that all of a batch are told within the lease, if Slack lets each call run into its timeout."""
_QUIET = timedelta(seconds=2)
"""Between two updates of one card; what moves meanwhile goes into the next."""
_UNDER_WAY = timedelta(seconds=10)
"""For how long a call may still be under way that nobody waits for any more."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=5)
_BLOCKED_WAIT, _LONGEST_BLOCKED, _MOST_TRIES = timedelta(minutes=5), timedelta(hours=6), 12
"""What a person can mend is waited for, for more than a day; then the card is left as it is."""


class Cards:
    """Updates cards until it is told to stop; any number of processes may each run one.

    `roster` gives who sells under a policy, `links` where a lead can be looked at; `lease` is after how
    long others take over what this process had taken when it died. Call `notify` when a lead was
    recorded in this process; those of other processes are found within a second.
    """

    def __init__(
        self,
        store: Store,
        poster: SlackPoster,
        roster: Callable[[str], Awaitable[tuple[Roster, Policy]]],
        links: Callable[[str], Links],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lease: timedelta = LEASE,
    ) -> None:
        self._store, self._poster, self._clock, self._lease = store, poster, clock, lease
        self._roster, self._links = roster, links
        self._slots = asyncio.Semaphore(_AT_A_TIME)
        self._news = asyncio.Event()
        self._owner = uuid4().hex
        self._throttled_until = datetime.min.replace(tzinfo=UTC)

    def notify(self) -> None:
        """A lead may have moved."""
        self._news.set()

    async def run(self) -> None:
        """Update for ever; what goes wrong is logged and tried again. Ends by being cancelled."""
        while True:
            try:
                if not await self.refresh_due(self._clock()):
                    await self._rest()
            except StoreError as error:
                _log.warning("cards.store_unavailable", error=type(error).__name__)
                await asyncio.sleep(_AGAIN_S)
            except Exception as error:  # noqa: BLE001 - a surprise must not end it; the cards stay due
                _log.error("cards.failed", error=type(error).__name__)
                await asyncio.sleep(_AGAIN_S)

    async def refresh_due(self, now: datetime) -> int:
        """Bring up to date what is due; how many cards were looked at."""
        self._news.clear()
        taken = await self._store.cards.take(self._owner, _BATCH, now, self._lease)
        try:
            ended = await asyncio.gather(*(self._in_turn(card) for card in taken), return_exceptions=True)
        except asyncio.CancelledError:  # whoever comes next need not wait for the lease to run out
            await asyncio.shield(self._store.cards.give_back(taken, self._clock() + _UNDER_WAY))
            raise
        if surprise := next((each for each in ended if isinstance(each, Exception)), None):
            raise surprise
        return len(taken)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(_POLL_S):
                await self._news.wait()
                await asyncio.sleep(_PAUSE_S)
        except TimeoutError:
            return

    async def _in_turn(self, card: Card) -> None:
        async with self._slots:
            if self._clock() < self._throttled_until:
                await self._wait_for_slack(card, "Slack asked to wait")
                return
            try:
                await self._refresh(card)
            except (VendorRefused, KeyError) as error:
                await self._give_up(card, str(error))
            except VendorThrottled as error:
                self._throttled_until = self._clock() + error.retry_after
                await self._wait_for_slack(card, str(error))
            except VendorBlocked as error:
                await self._wait_for_a_person(card, error)
            except (VendorUnavailable, OutcomeUnknown) as error:  # it may be said twice: it is the same
                wait = _longer(_FIRST_WAIT, card.tries, _LONGEST_WAIT)
                await self._store.cards.again(card, str(error), self._clock() + wait)

    async def _refresh(self, card: Card) -> None:
        record = await self._store.leads.get(card.lead_id)
        if record is None:
            await self._give_up(card, "the person is no longer on record")
            return
        superseded = not card.newest or record.merged_into is not None
        drawn = await self._draw(card, record, superseded=superseded)
        quiet_until = self._clock()
        if drawn.digest != card.digest:
            await self._poster.update(card.channel, card.ts, drawn.text, drawn.blocks)
            quiet_until = self._clock() + _QUIET
        await self._store.cards.told(card, drawn.shown, drawn.digest, quiet_until, last=superseded)

    async def _draw(self, card: Card, record: LeadRecord, *, superseded: bool) -> Drawn:
        lead_id = card.lead_id
        snapshot = record.snapshot or {}
        lead = now_known(card.facts, snapshot)
        roster, _policy = await self._roster(card.policy)
        did = lately(await self._store.timeline.latest(lead_id, EntryKind.EVENT, LATELY))
        links = self._links(lead_id)
        shown = LeadCard.of(lead_id, record.person, lead, self._clock(), links, roster, did)
        return draw(card.template, shown, lead, revision_of(snapshot), superseded=superseded)

    async def _wait_for_slack(self, card: Card, problem: str) -> None:
        await self._store.cards.again(card, problem, self._throttled_until, failed=False)

    async def _wait_for_a_person(self, card: Card, error: VendorBlocked) -> None:
        if card.tries >= _MOST_TRIES:
            await self._give_up(card, str(error))
            return
        wait = _longer(_BLOCKED_WAIT, card.tries, _LONGEST_BLOCKED)
        await self._store.cards.again(card, str(error), self._clock() + wait)

    async def _give_up(self, card: Card, problem: str) -> None:
        _log.warning("card.left", key=card.key, problem=problem)
        await self._store.cards.close(card, self._clock(), problem)


def _longer(first: timedelta, tries: int, longest: timedelta) -> timedelta:
    """Twice as long after each try."""
    times: int = 2 ** min(tries, 16)
    return min(first * times, longest)
