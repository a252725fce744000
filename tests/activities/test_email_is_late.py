"""What becomes of a mail that could not leave when it was decided, and how fast mails leave."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadworkflows.activities.base import ActionContext, VendorThrottled, Withheld
from leadworkflows.activities.overdue import check_overdue
from leadworkflows.activities.pace import PATIENCE, Pace
from leadworkflows.content.values import NOBODY
from leadworkflows.domain.mailing import Sending

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


SPREAD = {"overdue": "spread", "spread": "1d"}


def late(waited: timedelta, key: str = "lead:1:n.1:1", **facts: object) -> ActionContext:
    known = {"one_off": False, **facts}
    return ActionContext("1", key, NOBODY, {}, MONDAY, "p", MONDAY, facts=known, waited=waited)


def sending(**changes: object) -> Sending:
    return Sending.model_validate({"late": "1d", "spread": "2h", **changes})


def test_a_mail_that_is_overdue_is_dropped_where_the_policy_says_so():
    with pytest.raises(Withheld, match="overdue, dropped by the policy"):
        check_overdue(late(timedelta(days=2)), sending(overdue="drop"))
    check_overdue(late(timedelta(hours=23)), sending(overdue="drop"))


def test_a_mail_that_is_overdue_is_sent_where_the_policy_says_so():
    check_overdue(late(timedelta(days=2)), sending(overdue="send"))


@pytest.mark.parametrize("one_off", [True, None])
def test_what_a_person_asked_for_is_sent_however_late(one_off):
    night = {"mon-fri": "08:00-18:00"}
    check_overdue(late(timedelta(days=2, hours=15), one_off=one_off), sending(overdue="drop", hours=night))


def test_overdue_mails_leave_spread_each_at_its_own_place():
    waits = {}
    for n in range(300):
        context = late(timedelta(days=2), key=f"lead:{n}:n.1:1")
        try:
            check_overdue(context, sending(overdue="spread"))
        except VendorThrottled as error:
            waits[n] = error.retry_after
            there = late(timedelta(days=2) + error.retry_after, key=context.key)
            check_overdue(there, sending(overdue="spread"))
    assert 250 < len(waits) < 290, "about a tenth are at their place"
    assert all(timedelta(0) < wait <= timedelta(hours=2) for wait in waits.values())
    quarters = [sum(wait // timedelta(minutes=30) == n for wait in waits.values()) for n in range(4)]
    assert min(quarters) > 30, quarters


def test_a_late_mail_keeps_to_the_hours_of_the_leads_zone():
    hours = {"mon-fri": "08:00-18:00"}
    with pytest.raises(VendorThrottled, match="quiet hours") as caught:
        check_overdue(late(timedelta(hours=18)), sending(hours=hours))
    assert caught.value.retry_after == timedelta(hours=5)
    check_overdue(late(timedelta(hours=23)), sending(hours=hours))


def test_it_does_so_after_the_last_step_too_when_no_snapshot_tells_the_zone_any_more():
    hours = {"mon-fri": "08:00-18:00"}
    check_overdue(
        late(timedelta(hours=10), zone="America/New_York"), sending(hours=hours, zone="Europe/Berlin")
    )


def test_the_next_step_of_another_sequence_takes_no_mails_place():
    planned = {"sequence": "acceleration", "next_at": MONDAY.isoformat()}
    context = late(timedelta(days=2), sequence="finance")
    check_overdue(replace(context, snapshot={"nurture": planned}), sending(overdue="latest"))
    same = {"nurture": {**planned, "sequence": "finance"}}
    with pytest.raises(Withheld, match="the next step's time has come"):
        check_overdue(replace(context, snapshot=same), sending(overdue="latest"))


def test_a_place_in_quiet_hours_is_not_waited_for():
    hours = {"mon-fri": "08:00-09:30"}
    waits = []
    for n in range(50):
        try:
            check_overdue(late(timedelta(days=2), key=f"lead:{n}:n.1:1"), sending(**SPREAD, hours=hours))
        except VendorThrottled as error:
            waits.append(error.retry_after)
    assert all(wait < timedelta(minutes=30) for wait in waits)


async def test_mails_leave_no_faster_than_the_rate_and_in_their_order():
    pace, left = Pace("50/second"), []

    async def leave(n: int) -> None:
        await pace.turn(str(n))
        left.append((n, time.monotonic()))

    await asyncio.gather(*map(leave, range(20)))
    assert [n for n, _ in left] == list(range(20))
    assert left[-1][1] - left[0][1] >= 18 / 50


async def test_who_would_wait_for_long_is_sent_back_to_temporal_each_later_than_the_last():
    pace, waits = Pace("1/minute", clock=lambda: 1000.0), []
    await pace.turn("first")
    for n in range(3):
        with pytest.raises(VendorThrottled) as caught:
            await pace.turn(str(n))
        waits.append(caught.value.retry_after)
    assert waits == sorted(set(waits))
    assert waits[0] > PATIENCE


async def test_a_throttled_answer_slows_all_until_the_one_that_got_it_comes_back():
    pace = Pace()
    await pace.turn("a")
    pace.hold(timedelta(minutes=5), "a")
    with pytest.raises(VendorThrottled) as caught:
        await pace.turn("b")
    assert timedelta(minutes=4) < caught.value.retry_after <= timedelta(minutes=5)
    await pace.turn("a")
    await pace.turn("b")
