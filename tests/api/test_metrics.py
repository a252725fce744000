"""What Prometheus reads."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

from prometheus_client.parser import text_string_to_metric_families

from leadworkflows.store import Store
from tests.api.edge import EVENT
from tests.store.given import ADA, BOB, accept, form
from tests.store.lives import Life, record

LABELS = ("source", "outcome", "stage", "state", "action", "kind")


async def series(edge):
    """Every sample by name and labels."""
    response = await edge.get("/metrics", key=None)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (
            sample.name,
            *(sample.labels[of] for of in LABELS if of in sample.labels),
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
    sources = {labels[0] for name, *labels in await series(edge) if name.startswith("leadworkflows_webhooks")}
    assert sources == {"standard"}


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
    assert isnan(found["leadworkflows_erasures_unfinished",])
    assert not [name for name, *_ in found if name == "leadworkflows_leads"]


async def a_life(store: Store, email: str, life: Life) -> str:
    """A lead in the store, with what its workflow would have recorded."""
    await accept(store, form(email=email), source=email)
    lead_id = await store.leads.lead_id_of(email)
    assert lead_id is not None
    await record(store, lead_id, life.wake_ups)
    return lead_id


async def test_leads_actions_and_clocks_are_told_by_how_they_stand(edge, store):
    lead_id = await a_life(store, ADA, Life().as_sql())
    await a_life(store, BOB, Life().as_sql().until(9))
    await store.effects.reserve("lead:1:mail:1", lead_id, "email.send", edge.now)
    await store.effects.reserve("lead:1:mail:2", lead_id, "email.send", edge.now)
    await store.effects.settle("lead:1:mail:2", "unknown", edge.now)
    found = await series(edge)
    assert (found["leadworkflows_leads", "sql"], found["leadworkflows_leads", "customer"]) == (2, 0)
    open_actions = [found["leadworkflows_actions_open", state] for state in ("reserved", "unknown", "stuck")]
    assert open_actions == [1, 1, 0]
    assert [found["leadworkflows_clocks", state] for state in ("running", "missed")] == [1, 1]
    assert found["leadworkflows_erasures_unfinished",] == 0


async def test_counts_over_all_leads_are_read_once_a_minute(edge, store):
    assert (await series(edge))["leadworkflows_leads", "sql"] == 0
    await a_life(store, ADA, Life().as_sql())
    edge.later(seconds=59)
    assert (await series(edge))["leadworkflows_leads", "sql"] == 0
    edge.later(seconds=1)
    assert (await series(edge))["leadworkflows_leads", "sql"] == 1


async def test_an_erasure_is_told_until_it_is_finished(edge, store):
    lead_id = await a_life(store, ADA, Life())
    receipt = await store.erasures.erase(lead_id, edge.now, "test")
    edge.later(seconds=90)
    found = await series(edge)
    assert found["leadworkflows_erasures_unfinished",] == 1
    assert found["leadworkflows_erasures_oldest_seconds",] == 90
    await store.erasures.told(replace(receipt, finished_at=edge.now), receipt)
    edge.later(seconds=60)
    found = await series(edge)
    assert found["leadworkflows_erasures_unfinished",] == found["leadworkflows_erasures_oldest_seconds",] == 0
