from __future__ import annotations

import pytest

from leadworkflows.api.keyring import new_key
from leadworkflows.store.api_keys import Scope
from leadworkflows.web.assets import asset_url
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
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            " connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'self';"
            " frame-ancestors 'none'"
        )
        wanted = {
            "referrer-policy": "same-origin",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        }
        assert {name: answer.headers[name] for name in wanted} == wanted


async def test_a_page_loads_from_us_alone_and_has_no_script_or_style_of_its_own(site):
    answer = await site.get(await site.lead())
    page = Page(answer.text)
    assert not {"img", "iframe", "object", "base", "style"} & set(page.tags)
    assert not [
        name for _, attrs in page.elements for name in attrs if name in ("style", "onclick", "onload")
    ]
    loaded = [
        attrs.get("src") or attrs.get("href") for tag, attrs in page.elements if tag in ("script", "link")
    ]
    assert loaded
    assert all(each and each.startswith("/static/") for each in loaded)
    assert page.crossed == []


async def test_a_file_is_the_same_for_ever_at_its_address_and_gone_at_another(site):
    address = asset_url("page.css")
    answer = await site.client.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    for other in (
        "/static/0000/page.css",
        f"{address}.map",
        "/static/0/%2e%2e%2faccess.py",
        "/static/0/vendor/",
    ):
        assert (await site.client.get(other)).status_code == 404


async def test_who_is_not_let_in_sees_nothing_of_the_frame(site):
    page = Page((await site.get("nobody", None)).text)
    assert "nav" not in page.tags
    assert "Funnel" not in page.text
