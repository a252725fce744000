"""The numbers of the dashboard by HTTP, and what channels cost."""

from __future__ import annotations

import pytest

from tests.api.edge import KEY

HEADERS = {"X-API-Key": KEY}
REPORTS = (
    "funnel", "benchmarks", "channels", "times", "reasons", "reps", "rules", "returned", "levels",
    "contacted", "costs",
)  # fmt: skip
COST = {"channel": "linkedin", "month": "2026-03", "amount": "1200.50", "currency": "EUR"}


@pytest.mark.parametrize("name", REPORTS)
async def test_every_report_is_answered_before_anything_was_counted(edge, name):
    answer = await edge.client.get(f"/api/v1/reports/{name}?since=2026-01&until=2026-02", headers=HEADERS)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["report"], told["since"], told["until"]) == (name, "2026-01-01", "2026-03-01")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("funnel?since=2026-13", "since"), ("funnel?by=moon", "by"), ("times?by=channel", "by"),
        ("funnel?of=mql", "of"), ("channels?of=customer&to=mql", "of"), ("funnel?to=mql", "to"),
        ("costs?channel=x", "channel"), ("heaven", "name"), ("funnel?channel=%00", "channel"),
        ("funnel?chanel=linkedin", "chanel"),
        ("funnel?since=2026-05&until=2026-04", "since"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused_by_its_field(edge, path, field):
    answer = await edge.client.get(f"/api/v1/reports/{path}", headers=HEADERS)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_costs_are_kept_and_come_back_in_their_report(edge):
    body = {"costs": [COST, {**COST, "month": "2026-04", "amount": 10}]}
    answer = await edge.client.put("/api/v1/channel-costs", json=body, headers=HEADERS)
    assert (answer.status_code, answer.json()) == (200, {"kept": 2})
    told = await edge.client.get("/api/v1/reports/costs?since=2026-03&until=2026-04", headers=HEADERS)
    assert [(row["channel"], row["cost"], row["per_customer"]) for row in told.json()["rows"]] == [
        ("linkedin", "1210.50", None)
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"amount": -1}, "costs[1].amount"), ({"amount": "1.005"}, "costs[1].amount"),
     ({"month": "2026-3"}, "costs[1].month"), ({"currency": "euro"}, "costs[1].currency"),
     ({"channel": ""}, "costs[1].channel")],
)  # fmt: skip
async def test_of_costs_that_cannot_be_taken_none_is(edge, wrong, field):
    body = {"costs": [COST, {**COST, **wrong}]}
    answer = await edge.client.put("/api/v1/channel-costs", json=body, headers=HEADERS)
    assert answer.status_code == 422
    assert [each["field"].replace(".1.", "[1].") for each in answer.json()["errors"]] == [field]
    assert await edge.store.costs.list() == []


async def test_reports_need_a_key(edge):
    assert (await edge.client.get("/api/v1/reports/funnel")).status_code == 401
    assert (await edge.client.put("/api/v1/channel-costs", json={"costs": []})).status_code == 401
