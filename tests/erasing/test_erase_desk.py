"""An erasure goes on, over outages and what was under way, until nothing is left in Temporal and Slack."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from leadworkflows.erasing import SETTLED_AFTER, EraseDesk, NotGivenUp
from leadworkflows.slack.message import OutboxSlackPoster, SlackMessage
from leadworkflows.slack.web import SlackWebPoster
from leadworkflows.store import OutboxItem, Store, engine, migrate
from leadworkflows.upkeep import Upkeep
from leadworkflows.vendor import VendorBlocked, VendorUnavailable
from tests.store.given import NOON, lead_of
from tests.vendors.slack import Channel, SlackStandIn

BLOCKS = [{"type": "section", "text": {"type": "plain_text", "text": "Hot"}}]
SOON = NOON + timedelta(seconds=10)
LATER = NOON + SETTLED_AFTER


class Elsewhere:
    """Temporal, as far as it is asked to delete runs; and the time."""

    def __init__(self) -> None:
        self.now, self.away, self.asked = NOON, False, list[str]()

    async def forget_runs(self, lead_id: str) -> int:
        if self.away:
            raise VendorUnavailable("Temporal cannot be reached")
        self.asked.append(lead_id)
        return 1 if len(self.asked) == 1 else 0


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'leads.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as opened:
        yield opened


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn(channels=[Channel("C0SALES00", "sales")]) as standing_in:
        yield standing_in


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def poster(slack: SlackStandIn) -> SlackWebPoster:
    return SlackWebPoster(slack.token, f"{slack.url}/api")


@pytest.fixture
def desk(store: Store, poster: SlackWebPoster, elsewhere: Elsewhere) -> EraseDesk:
    return EraseDesk(store, elsewhere.forget_runs, poster.delete, lambda: elsewhere.now)


async def posted(store: Store, poster: SlackWebPoster, lead_id: str, key: str) -> None:
    """An alert about the lead, as its action posts it."""
    receipt = await poster.post(
        SlackMessage(key, lead_id, "#sales", "hot-lead", "Ada Lovelace is hot", BLOCKS)
    )
    await store.effects.reserve(key, lead_id, "slack.alert", NOON)
    await store.effects.settle(key, "confirmed", NOON, receipt.vendor_id)


async def test_alerts_about_the_person_are_deleted_in_slack(store, poster, slack, desk):
    lead_id = await lead_of(store)
    await posted(store, poster, lead_id, "alert-1")
    await poster.post(SlackMessage("other", "other", "#sales", "hot-lead", "Bob is hot", BLOCKS))
    erasure = await desk.erase(lead_id, "test")
    assert slack.keys() == ["other"]
    assert (erasure.deleted, erasure.messages, erasure.runs) == (1, [], 1)


async def test_an_alert_that_was_under_way_is_deleted_when_the_erasure_is_looked_at_again(
    store, poster, slack, desk, elsewhere
):
    lead_id = await lead_of(store)
    erasure = await desk.erase(lead_id, "test")
    assert erasure.finished_at is None
    await posted(store, poster, lead_id, "alert-late")
    await store.outbox.put(OutboxItem(key="late", lead_id=lead_id, kind="email", to="x@example.com", at=NOON))
    elsewhere.now = SOON
    assert await desk.finish() == 0
    assert slack.keys() == []
    assert await store.outbox.all() == []
    elsewhere.now = LATER
    assert await desk.finish() == 1
    assert await store.erasures.unfinished() == []
    assert len(elsewhere.asked) == 3


async def test_an_alert_whose_post_was_under_way_at_that_moment_is_deleted_too(
    store, poster, slack, desk, elsewhere
):
    lead_id = await lead_of(store)
    await store.effects.reserve("alert-1", lead_id, "slack.alert", NOON)
    receipt = await poster.post(SlackMessage("alert-1", lead_id, "#sales", "hot-lead", "Ada is hot", BLOCKS))
    await desk.erase(lead_id, "test")
    await store.effects.settle("alert-1", "confirmed", SOON, receipt.vendor_id)
    elsewhere.now = LATER
    assert await desk.finish() == 1
    assert slack.keys() == []
    assert await store.effects.of(lead_id) == []


async def test_while_temporal_is_away_the_erasure_waits_and_is_taken_up_again(store, desk, elsewhere):
    elsewhere.away = True
    erasure = await desk.erase(await lead_of(store), "test")
    assert erasure.problem == "Temporal cannot be reached"
    elsewhere.now = LATER
    assert await desk.finish() == 0
    elsewhere.away = False
    assert await desk.finish() == 1
    assert (await store.erasures.get(erasure.erasure_id)).problem is None


async def test_a_message_that_is_gone_already_counts_as_deleted(store, poster, slack, desk):
    lead_id = await lead_of(store)
    await posted(store, poster, lead_id, "alert-1")
    slack.accepted.clear()
    assert (await desk.erase(lead_id, "test")).deleted == 1


async def test_what_slack_does_not_let_us_delete_is_in_the_receipt(store, poster, slack, desk):
    lead_id = await lead_of(store)
    await posted(store, poster, lead_id, "alert-1")
    slack.accepted[0]["user"] = "U0SOMEONE"
    erasure = await desk.erase(lead_id, "test")
    assert (erasure.refused, erasure.deleted, erasure.problem) == (1, 0, None)


async def test_without_a_token_a_message_in_slack_waits_for_one(store):
    poster = OutboxSlackPoster(store)
    await poster.delete("#sales", "lead:1:alert:1")
    with pytest.raises(VendorBlocked, match="LEADWORKFLOWS_SLACK_BOT_TOKEN"):
        await poster.delete("C0SALES00", "1772452800.000100")


async def test_without_a_token_an_erasure_can_be_closed_and_says_what_was_not_erased(
    store, poster, slack, elsewhere
):
    lead_id = await lead_of(store)
    await posted(store, poster, lead_id, "alert-1")
    desk = EraseDesk(store, elsewhere.forget_runs, OutboxSlackPoster(store).delete, lambda: elsewhere.now)
    erasure = await desk.erase(lead_id, "test")
    elsewhere.now = LATER
    assert await desk.finish() == 0
    closed = await desk.give_up(erasure.erasure_id)
    assert (closed.finished_at, closed) == (LATER, await store.erasures.get(erasure.erasure_id))
    [[channel, ts]] = closed.messages
    [left] = closed.given_up or []
    assert left.startswith(f"Message {ts} in Slack's channel {channel}: ")
    assert "LEADWORKFLOWS_SLACK_BOT_TOKEN" in left
    assert await store.erasures.unfinished() == []


async def test_a_token_that_was_revoked_is_given_up_like_one_that_is_missing(
    store, poster, slack, desk, elsewhere
):
    await posted(store, poster, lead_id := await lead_of(store), "alert-1")
    slack.token = "xoxb-another"
    erasure = await desk.erase(lead_id, "test")
    elsewhere.now = LATER
    assert "invalid_auth" in (await desk.give_up(erasure.erasure_id)).given_up[0]


async def test_runs_that_temporal_never_deleted_are_named_in_the_receipt(store, desk, elsewhere):
    elsewhere.away = True
    erasure = await desk.erase(lead_id := await lead_of(store), "test")
    elsewhere.now = LATER
    closed = await desk.give_up(erasure.erasure_id)
    assert closed.given_up == [f"Runs in Temporal of lead {lead_id}: Temporal cannot be reached"]


async def test_what_can_be_erased_after_all_is_not_given_up(store, desk, elsewhere):
    elsewhere.away = True
    erasure = await desk.erase(await lead_of(store), "test")
    elsewhere.now, elsewhere.away = LATER, False
    closed = await desk.give_up(erasure.erasure_id)
    assert (closed.given_up, closed.problem, closed.finished_at) == (None, None, LATER)


async def test_there_is_nothing_to_give_up_too_early_or_twice_or_of_nobody(store, desk, elsewhere):
    erasure = await desk.erase(await lead_of(store), "test")
    with pytest.raises(NotGivenUp, match="under way"):
        await desk.give_up(erasure.erasure_id)
    elsewhere.now = LATER
    await desk.finish()
    with pytest.raises(NotGivenUp, match="closed"):
        await desk.give_up(erasure.erasure_id)
    with pytest.raises(NotGivenUp, match="no erasure"):
        await desk.give_up("nobody")


async def test_upkeep_finishes_erasures_and_forgets_what_is_over(store, desk, elsewhere):
    await desk.erase(await lead_of(store), "test")
    elsewhere.now = LATER
    upkeep = Upkeep(store, timedelta(days=30), timedelta(days=365), desk.finish)
    done = await upkeep.once(LATER)
    assert done == {"counted": 0, "dropped": 0, "forgotten": 0, "erased": 1}


async def test_bytes_that_somebody_kept_from_being_overwritten_go_in_a_later_round(
    store, desk, elsewhere, tmp_path, monkeypatch
):
    monkeypatch.setattr(engine, "_VACUUM_WAITS_S", 0.01)
    await desk.erase(await lead_of(store), "test")
    elsewhere.now = LATER
    upkeep = Upkeep(store, timedelta(days=30), finish=desk.finish)
    log = tmp_path / "leads.db-wal"
    with closing(sqlite3.connect(tmp_path / "leads.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM leads").fetchone()
        assert (await upkeep.once(LATER))["erased"] == 1
        assert b"ada@example.com" in log.read_bytes()
    assert (await upkeep.once(LATER + timedelta(hours=1)))["erased"] == 0
    assert b"ada@example.com" not in log.read_bytes()


async def test_what_fails_in_upkeep_is_told_and_holds_up_no_erasure(store, desk, elsewhere):
    await desk.erase(await lead_of(store), "test")
    elsewhere.now = LATER
    since_before_all_time = Upkeep(store, timedelta.max, None, desk.finish)
    with pytest.raises(OverflowError):
        await since_before_all_time.once(LATER)
    assert await store.erasures.unfinished() == []
