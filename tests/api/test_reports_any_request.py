"""Whatever is asked of reports or said of costs: an answer, or a refusal that names the field."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from itertools import product
from typing import Any, get_args

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leadworkflows.api.app import create_app
from leadworkflows.api.deps import ApiDeps
from leadworkflows.reports.named import NAMES
from leadworkflows.reports.shapes import FACTS, Dimension, FunnelStage
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from tests.api.edge import KEY
from tests.domain.variants import DEFAULT
from tests.reports.lives import CHANNELS, INDUSTRIES, lives, record
from tests.store.conftest import backend, cluster, engines, migrated_database, migrated_file, url
from tests.store.given import NOON

__all__ = ["backend", "cluster", "engines", "migrated_database", "migrated_file", "url"]

MONTHS = (
    "2025-09", "2026-03", "2026-10", "1970-01", "9000-12", "2026-13", "2026-3", "0000-01",
    "\uff12\uff10\uff12\uff16-01",
)  # fmt: skip
ODD_QUERIES = (
    "channel=%ff%fe", "since=%ed%a0%80", "by=%00", "%00=1", "channel=a&channel=b", "since=2026-01&since=x",
    "=", "channel", "owner=" + "a" * 64,
)  # fmt: skip
AMOUNTS = (
    "0E+9999999999", "-0", "1E+11", "1E+12", "1e-3", "NaN", "sNaN", "Infinity", "1_0", "\u0661\u0662",
)  # fmt: skip
COST = {"channel": "linkedin", "month": "2026-03", "amount": "1200.50", "currency": "EUR"}
MANY = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Asking:
    """Requests to the application over a store that has leads, from tests that run many times over."""

    def __init__(self, url: str) -> None:
        self.loop, self.store = asyncio.new_event_loop(), Store.open(url)
        self.run(record(self.store, lives(51, 25)))
        body = DEFAULT.model_dump_json(by_alias=True)
        self.run(self.store.policies.save(DEFAULT.id, DEFAULT.name, body, NOON))
        self.run(self.store.policies.activate(DEFAULT.id, NOON, "settings"))
        app = create_app(
            ApiDeps(
                store=self.store,
                settings=Settings.model_validate(
                    {"api_keys": [KEY], "rate_limit_per_key": None, "rate_limit_failures": None}
                ),
                classify=lambda title: {},
                policy_id="default-1",
                on_accepted=lambda: None,
                temporal_ready=_yes,
                command=_carried_out,
            )
        )
        headers = {"authorization": f"Bearer {KEY}"}
        transport = httpx.ASGITransport(app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://inside", headers=headers)

    def run(self, asked: Any) -> Any:
        return self.loop.run_until_complete(asked)

    def get(self, path: str, **said: str) -> httpx.Response:
        answer: httpx.Response = self.run(self.client.get(path, params=said or None))
        return answer

    def put(self, body: Any) -> httpx.Response:
        """As JSON, and with what is none of it, such as NaN, as some libraries write it."""
        headers = {"content-type": "application/json"}
        sent = json.dumps(body).encode()
        answer: httpx.Response = self.run(
            self.client.put("/api/v1/channel-costs", content=sent, headers=headers)
        )
        return answer

    def close(self) -> None:
        self.run(self.client.aclose())
        self.run(self.store.close())
        self.loop.close()


async def _yes() -> bool:
    return True


async def _carried_out(lead_id: str, event: Any) -> dict[str, Any]:
    return {"lead_id": lead_id}


@pytest.fixture
def asking(url: str) -> Iterator[Asking]:
    opened = Asking(url)
    yield opened
    opened.close()


words = st.text(max_size=70)
queries = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("since", "until"), st.sampled_from(MONTHS) | words),
        "by": st.sampled_from(get_args(Dimension)) | words,
        **dict.fromkeys(("of", "to"), st.sampled_from(get_args(FunnelStage)) | words),
        **dict.fromkeys(FACTS, st.sampled_from([*filter(None, CHANNELS + INDUSTRIES), ""]) | words),
        "limit": words,
    },
)


def refused_by(answer: httpx.Response) -> set[str]:
    """The fields that a refusal names, each with its problem and the fix."""
    assert answer.headers["content-type"] == "application/problem+json"
    errors = answer.json()["errors"]
    assert all(each["problem"] and each["fix"] for each in errors)
    return {each["field"] for each in errors}


@MANY
@given(name=st.sampled_from(NAMES), said=queries)
def test_a_report_is_answered_or_refused_by_what_was_said(asking, name, said):
    answer = asking.get(f"/api/v1/reports/{name}", **said)
    if answer.status_code == 200:
        assert "limit" not in said
        assert answer.json()["report"] == name
        return
    assert answer.status_code == 422, (said, answer.text)
    # A combination is refused by one of its parts, and a month without its other end by the month.
    assert refused_by(answer)
    assert refused_by(answer) <= {*said, "of", "since"}


def test_what_no_client_library_would_send_is_answered_too(asking):
    for name, query in product(("funnel", "rules", "costs"), ODD_QUERIES):
        answer = asking.get(f"/api/v1/reports/{name}?{query}")
        assert answer.status_code in (200, 422), answer.text
        assert answer.status_code == 200 or refused_by(answer)


numbers = (
    st.integers() | st.floats() | st.booleans() | st.none() | st.decimals(places=2).map(str) | words
    | st.sampled_from(AMOUNTS)
)  # fmt: skip
wrong = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from([" ", "a" * 64]) | words | numbers,
        "month": st.sampled_from(MONTHS) | words | numbers,
        "amount": numbers,
        "currency": st.sampled_from(["CHF", "eur"]) | words,
    },
)
costs = st.builds(lambda said: {**COST, **said}, wrong) | wrong


@MANY
@example(body={"costs": [{**COST, "amount": "0E+9999999999"}]})
@example(body={"costs": [{**COST, "amount": "-0"}, {**COST, "month": "2026-04", "amount": 99999999999.99}]})
@given(
    body=st.fixed_dictionaries({"costs": st.lists(costs, max_size=3)})
    | st.recursive(numbers, lambda inner: st.lists(inner) | st.dictionaries(words, inner), max_leaves=5)
)
def test_costs_are_kept_or_refused_by_their_field(asking, body):
    answer = asking.put(body)
    if answer.status_code == 200:
        assert answer.json() == {"kept": len({(each["channel"], each["month"]) for each in body["costs"]})}
        kept = asking.run(asking.store.costs.list())
        assert all(0 <= each.amount < 10**12 for each in kept)
        assert asking.get("/api/v1/reports/costs", since="2025-09", until="2026-10").status_code == 200
        return
    assert answer.status_code in (400, 422), (body, answer.text)
    assert answer.status_code == 400 or refused_by(answer)
