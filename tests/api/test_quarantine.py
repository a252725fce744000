"""What is genuine and cannot be understood is never lost, and makes no vendor switch its webhook off."""

from __future__ import annotations

import sys

import pytest

from leadworkflows.settings import SourceSettings
from leadworkflows.sources import registry
from leadworkflows.store import Store
from tests.api import odd_source
from tests.api.edge import EVENT, fields, problem

BROKEN = b'{"event_type": "form_response"}'


@pytest.fixture
async def odd(opened, store, settings, tmp_path, monkeypatch):
    """An edge with a plug-in installed; `odd.send` posts to it."""
    odd_source.install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "odd_source", raising=False)
    registry._registered.cache_clear()  # as in a process that starts after the package was installed
    sources = {**settings.sources, "odd": SourceSettings.model_validate({"secrets": ["s"]})}
    edge = await opened(store, settings.model_copy(update={"sources": sources}))

    async def send(body, **headers):
        return await edge.post("/webhooks/odd", body, None, **{"x-odd-signature": "s", **headers})

    edge.send = send
    yield edge
    registry._registered.cache_clear()


def mend():
    sys.modules["odd_source"].OddSource.broken = False


async def waiting(edge):
    return list(await edge.store.quarantine.list())


async def test_what_cannot_be_understood_is_kept_and_the_answer_says_where(edge):
    response = await edge.standard({**EVENT, "facts": {}})
    assert fields(response) == {"facts.page"}
    document = response.json()
    (kept,) = await waiting(edge)
    assert document["quarantine"] == kept.id
    assert f"leadworkflows inbox retry {kept.id}" in document["detail"]
    assert (kept.source, kept.field, kept.problem) == ("standard", "facts.page", "is missing")


async def test_a_body_that_cannot_be_read_is_kept_byte_for_byte(edge):
    document = problem(await edge.typeform(b"\xff{"), 400)
    (kept,) = await waiting(edge)
    assert (kept.id, kept.body) == (document["quarantine"], b"\xff{")


async def test_what_is_not_verified_is_kept_nowhere(edge):
    problem(await edge.standard({**EVENT, "facts": {}}, **{"webhook-signature": "v1,AAAA"}), 401)
    problem(await edge.form({"first_name": "Ada"}, query="?token=wrong"), 401)
    assert await waiting(edge) == []


async def test_nothing_that_proves_who_sent_it_is_kept(edge):
    more = {"x-session-id": "s-1", "x-forwarded-for": "203.0.113.7", "authorization": "Bearer x"}
    await edge.standard({**EVENT, "facts": {}}, **more)
    await edge.form({"first_name": "Ada"}, query="?token=token-1&utm_source=news&api_key=k")
    form, standard = await waiting(edge)
    assert standard.headers.keys() == {"content-type", "webhook-id", "webhook-timestamp"}
    assert form.url == "/webhooks/form?utm_source=news"


async def test_a_vendors_repetition_is_acknowledged_as_a_duplicate(edge):
    first = problem(await edge.typeform(BROKEN), 422)
    again = await edge.typeform(BROKEN)
    assert (again.status_code, again.json()) == (202, {"accepted": 0, "duplicates": 1, "event_ids": []})
    (kept,) = await waiting(edge)
    assert (kept.id, kept.attempts) == (first["quarantine"], 2)


async def test_a_sender_of_our_own_is_told_each_time(edge):
    first, again = [problem(await edge.standard({**EVENT, "facts": {}}), 422) for _ in range(2)]
    assert first == again


async def test_a_repetition_that_is_understood_by_then_is_accepted_and_waits_no_more(odd):
    body = {"id": "o-1", "email": "ada@example.com"}
    row_id = problem(await odd.send(body), 422)["quarantine"]
    mend()
    response = await odd.send(body)
    assert response.json() == {"accepted": 1, "duplicates": 0, "event_ids": ["o-1"]}
    assert (await odd.store.quarantine.get(row_id)).resolved_at == odd.now
    assert await odd.store.leads.lead_id_of("ada@example.com")


async def test_what_another_process_kept_is_settled_too(odd, opened, settings):
    body = {"id": "o-1", "email": "ada@example.com"}
    await odd.send(body)
    mend()
    other = await opened(odd.store, odd.client._transport.app.state.deps.settings)
    await other.post("/webhooks/odd", body, None, **{"x-odd-signature": "s"})
    assert await waiting(other) == []


async def test_a_plug_in_that_fails_gives_a_500_without_a_trace_and_loses_nothing(odd, capfd):
    response = await odd.send({"crash": True, "email": "ada@example.com"})
    document = problem(response, 500)
    (kept,) = await waiting(odd)
    assert document["quarantine"] == kept.id
    assert "KeyError" in kept.problem
    shown = capfd.readouterr()
    assert "odd_source.py" in shown.out + shown.err
    for told in (response.text, kept.problem, shown.out, shown.err):
        assert "ada@example.com" not in told
        assert "Traceback" not in told
    assert (await odd.send({"crash": True, "email": "ada@example.com"})).status_code == 202


async def test_a_plug_in_that_fails_to_verify_gives_a_500_and_keeps_nothing(odd, capfd):
    response = await odd.send({"x": "verify crashes"})
    problem(response, 500)
    assert "Traceback" not in response.text + capfd.readouterr().out
    assert await waiting(odd) == []


async def test_a_store_that_is_gone_is_a_503_so_that_the_sender_comes_again(opened, settings, tmp_path):
    async with Store.open(f"sqlite:///{tmp_path}/no/such/folder/leads.db") as gone:
        edge = await opened(gone, settings)
        problem(await edge.typeform(BROKEN), 503)


async def test_a_quarantine_with_odd_characters_is_kept(odd):
    response = await odd.send({"nobody": "\ud800\x00"}, **{"x-odd-id": "\xe9"})
    problem(response, 422)
    (kept,) = await waiting(odd)
    assert kept.headers["x-odd-id"] == "\xe9"
