"""Every number leads to the leads behind it: as many lines as were counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from leadworkflows.reports.behind import behind_of, behind_query, leads_behind
from leadworkflows.reports.funnel import funnel
from leadworkflows.reports.levels import contacted, kept, returned
from leadworkflows.reports.periods import BadQuery, period_of
from leadworkflows.reports.reasons import reasons, rep_decisions
from leadworkflows.reports.rules import rule_records
from leadworkflows.reports.shapes import Behind, Filters
from tests.domain.variants import DEFAULT
from tests.reports.lives import lives, record

PERIOD = period_of("2025-11", "2026-05", "Europe/Berlin", datetime(2026, 10, 1, tzinfo=UTC))
ALL: dict[str, Any] = {"since": PERIOD.since, "until": PERIOD.until}


@pytest.fixture(scope="module")
def told():
    return lives(21, 90)


async def count(store, behind):
    """Through an address and page by page, as somebody who clicks."""
    asked, n, after, seen = behind_of(behind_query(behind)), 0, None, set()
    assert asked is not None
    assert asked == behind
    while True:
        lines, after = await leads_behind(store.database, asked, PERIOD.zone, 7, after)
        assert [line.at for line in lines] == sorted((line.at for line in lines if line.at), reverse=True)
        seen |= {(line.lead_id, line.at) for line in lines}
        n += len(lines)
        if after is None:
            assert len(seen) == n
            return n


async def test_conversions_lead_to_those_who_entered_converted_and_still_can(store, told):
    await record(store, told)
    for row in (await funnel(store.database, "channel", PERIOD)).rows:
        for each in row.conversions:
            behind = Behind(each.of, **ALL, filters=Filters(channel=row.group))
            assert await count(store, behind) == each.entered
            assert await count(store, replace(behind, converted=each.to)) == each.converted
            assert await count(store, replace(behind, not_converted=each.to, open=True)) == each.open


async def test_reasons_decisions_and_rules_lead_to_their_passes(store, told):
    await record(store, told)
    for each in await reasons(store.database, PERIOD):
        behind = Behind("ended", **ALL, move=each.move, reason=each.reason, stage=each.stage)
        assert await count(store, behind) == each.n
    for rep in await rep_decisions(store.database, PERIOD):
        assert await count(store, Behind("sal", **ALL, by=rep.rep)) == rep.accepted
        assert await count(store, Behind("ended", **ALL, move="T6", by=rep.rep)) == rep.returned
    for rule in await rule_records(store.database, PERIOD, DEFAULT):
        behind = Behind("reviewed", **ALL, rule=rule.rule)
        assert await count(store, replace(behind, returned=True)) == rule.returned
        assert await count(store, replace(behind, returned=False)) == rule.accepted


async def test_service_levels_lead_to_their_passes(store, told):
    await record(store, told)
    for each in await kept(store.database, PERIOD):
        for outcome in ("met", "late", "missed", "running", "stopped"):
            behind = Behind("clock", **ALL, clock=each.clock, outcome=outcome)
            assert await count(store, behind) == getattr(each, outcome)
    for row in await contacted(store.database, PERIOD):
        behind = Behind("sql", **ALL, contacted=row.when)
        assert await count(store, behind) == row.sqls
        assert await count(store, replace(behind, converted="customer")) == row.customers
    groups = await returned(store.database, PERIOD, "owner")
    assert groups
    for group in groups:
        behind = Behind("sal", **ALL, filters=Filters(owner=group.group))
        assert await count(store, replace(behind, returned=True)) == group.returned


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"entered": "heaven", "since": "2026-01-01", "until": "2026-02-01"}, "entered"),
        ({"entered": "mql", "since": "soon", "until": "2026-02-01"}, "since"),
        ({"entered": "mql", "since": "2026-02-01", "until": "2026-02-01"}, "until"),
        ({"entered": "mql", "since": "2026-01-01", "until": "2026-02-01", "open": "perhaps"}, "open"),
        ({"entered": "mql", "since": "2026-01-01", "until": "2026-02-01", "reason": "x\x00"}, "reason"),
    ],
)
def test_an_address_that_names_no_number_is_refused_by_its_parameter(query, field):
    with pytest.raises(BadQuery) as refused:
        behind_of(query)
    assert refused.value.field == field


def test_an_address_without_a_number_is_none():
    assert behind_of({"stage": "mql"}) is None


@pytest.mark.parametrize("word", ["", "x", "WzFd", "bnVsbA", "é", "W1tdLFtdLFtdXQ"])
async def test_a_cursor_of_another_list_is_refused(store, word):
    with pytest.raises(BadQuery, match="no cursor of this list"):
        await leads_behind(store.database, Behind("lead", **ALL), "UTC", 5, word)
