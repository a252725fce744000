"""What Prometheus reads."""

from __future__ import annotations

from math import isnan

from prometheus_client.parser import text_string_to_metric_families

from leadworkflows.store import Store
from tests.api.edge import EVENT


async def series(edge):
    """Every sample by name and labels."""
    response = await edge.get("/metrics", key=None)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (
            sample.name,
            *(sample.labels[of] for of in ("source", "outcome") if of in sample.labels),
        ): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_each_outcome_of_a_webhook_is_counted(opened, store, settings):
    edge = await opened(store, settings.model_copy(update={"rate_limit_per_source": "3/minute"}))
    await edge.standard(EVENT)
    await edge.standard(EVENT)
    await edge.standard({**EVENT, "facts": {}})
    await edge.standard(EVENT)
    await edge.standard(EVENT, **{"webhook-signature": "v1,AAAA"})
    found = await series(edge)
    for outcome in ("accepted", "duplicate", "refused_payload", "refused_signature", "limited"):
        assert found["leadworkflows_webhooks_total", "standard", outcome] == 1, outcome
    assert found["leadworkflows_events_accepted_total", "standard"] == 1


async def test_events_of_ones_own_are_counted_too(edge):
    await edge.events(EVENT, {**EVENT, "id": "evt-18"}, EVENT)
    assert (await series(edge))["leadworkflows_events_accepted_total", "api"] == 2


async def test_a_strangers_word_is_no_label(edge):
    for name in ("nobody", "Standard%22", "STANDARD"):
        await edge.post(f"/webhooks/{name}", EVENT, None)
    labels = {labels[0] for _, *labels in await series(edge) if labels}
    assert labels == {"standard"}


async def test_what_waits_is_told_with_its_age(edge):
    found = await series(edge)
    assert found["leadworkflows_inbox_oldest_seconds",] == 0
    assert found["leadworkflows_inbox_backlog",] == 0
    await edge.events(EVENT)
    await edge.standard({**EVENT, "facts": {}})
    edge.later(seconds=90)
    found = await series(edge)
    assert found["leadworkflows_inbox_oldest_seconds",] == 90
    assert found["leadworkflows_inbox_backlog",] == 1
    assert found["leadworkflows_quarantine",] == 1


async def test_without_the_store_the_counters_are_told_and_the_gauges_have_a_gap(opened, settings, tmp_path):
    async with Store.open(f"sqlite:///{tmp_path}/no/such/folder/leads.db") as gone:
        edge = await opened(gone, settings)
        await edge.standard(EVENT, **{"webhook-signature": "v1,AAAA"})
        found = await series(edge)
    assert found["leadworkflows_webhooks_total", "standard", "refused_signature"] == 1
    assert isnan(found["leadworkflows_inbox_backlog",])
