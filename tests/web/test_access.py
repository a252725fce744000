from __future__ import annotations

import base64
import re
from hashlib import sha256

import pytest

from leadworkflows.api.keyring import new_key
from leadworkflows.store.api_keys import Scope
from tests.web.conftest import KEY, NOW
from tests.web.reading import Page


async def test_a_browser_is_asked_for_a_key_before_anything_is_told(site):
    lead_id = await site.lead()
    for answer in (
        await site.get(lead_id, None),
        await site.get("nobody", None),
        await site.get(lead_id, "typo"),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="leadworkflows", charset="UTF-8"'
        assert answer.headers["content-type"].startswith("text/html")
        assert "Ada" not in answer.text


async def test_a_key_is_the_password_whatever_the_user_is_called(site):
    lead_id = await site.lead()
    assert (await site.get(lead_id, KEY, user="")).status_code == 200
    assert (await site.get(lead_id, KEY, user="ann")).status_code == 200


@pytest.mark.parametrize(
    "sent", ["Basic", "Basic !!!", "Basic a2V5", "Basic gIGC", f"Bearer {KEY}", "Digest x"]
)
async def test_credentials_that_are_none_open_nothing(site, sent):
    lead_id = await site.lead()
    answer = await site.client.get(f"/leads/{lead_id}", headers={"authorization": sent})
    assert answer.status_code == 401


async def test_a_key_must_have_the_scope_to_read(site):
    lead_id = await site.lead()
    given = [new_key("desk", [scope], NOW) for scope in (Scope.INGEST, Scope.READ)]
    for made, _ in given:
        await site.store.api_keys.add(made)
    answers = [(await site.get(lead_id, secret)).status_code for _, secret in given]
    assert answers == [403, 200]


async def test_who_guesses_keys_is_slowed_down_and_who_asks_without_one_is_not(site):
    lead_id = await site.lead()
    for _ in range(10):
        assert (await site.get(lead_id, None)).status_code == 401
    answers = [(await site.get(lead_id, f"guess-{n}")).status_code for n in range(4)]
    assert answers == [401, 401, 401, 429]


async def test_there_is_a_page_for_a_lead_that_does_not_exist(site):
    answer = await site.get("0" * 32)
    assert answer.status_code == 404
    assert "no lead" in Page(answer.text).text


async def test_a_page_keeps_to_itself(site):
    answers = [await site.get(await site.lead()), await site.get("nobody"), await site.get("nobody", None)]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
        assert style is not None
        digest = base64.b64encode(sha256(style[1].encode()).digest()).decode()
        assert policy == (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
            " frame-ancestors 'none'"
        )
        wanted = {
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        assert {name: answer.headers[name] for name in wanted} == wanted


async def test_a_page_loads_nothing_and_runs_nothing(site):
    page = Page((await site.get(await site.lead())).text)
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(page.tags)
    assert not [
        name for _, attrs in page.elements for name in attrs if name.startswith("on") or name == "style"
    ]
    assert page.values("src") == []
