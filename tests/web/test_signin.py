from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count

import httpx
import pytest
from argon2 import PasswordHasher
from itsdangerous import TimestampSigner
from pydantic import SecretStr

from leadworkflows.settings import SettingsInvalid, load_settings
from leadworkflows.web.loopback import is_loopback
from leadworkflows.web.tokens import COOKIE, LASTS, Tokens
from tests.web.conftest import basic
from tests.web.reading import Page

PASSWORD = "correct horse battery"
HASHED = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
HERE = "http://localhost:8080"


def browser(site, base_url=HERE, client=("127.0.0.1", 50_000), **headers):
    transport = httpx.ASGITransport(site.app, client=client)
    return httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)


def token_of(answer):
    found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    return found[1] if found else ""


async def signed_in(visitor, password=PASSWORD, goes_to="/leads"):
    form = await visitor.get("/sign-in", params={"next": goes_to})
    return await visitor.post(
        "/sign-in", data={"csrf": token_of(form), "next": goes_to, "password": password}
    )


@pytest.fixture
async def visitors(site):
    """Makes browsers, and closes them."""
    async with AsyncExitStack() as stack:

        async def make(*args, **headers):
            return await stack.enter_async_context(browser(site, *args, **headers))

        yield make


async def test_on_the_machine_itself_pages_are_open(visitors):
    assert (await (await visitors()).get("/leads")).status_code == 200
    assert (await (await visitors("http://127.0.0.1:8080")).get("/leads")).status_code == 200
    assert (await (await visitors("http://[::1]:8080", ("::1", 1))).get("/leads")).status_code == 200


@pytest.mark.parametrize(
    ("base_url", "client", "header"),
    [
        (HERE, ("192.0.2.7", 1), {}),
        ("http://rebound.example:8080", ("127.0.0.1", 1), {}),
        ("http://localhost.example:8080", ("127.0.0.1", 1), {}),
        (HERE, ("127.0.0.1", 1), {"x-forwarded-for": "192.0.2.7"}),
        (HERE, ("127.0.0.1", 1), {"forwarded": "for=192.0.2.7"}),
        (HERE, ("127.0.0.1", 1), {"x-real-ip": "127.0.0.1"}),
        (HERE, ("127.0.0.1", 1), {"x-forwarded-proto": "https"}),
        (HERE, ("127.0.0.1", 1), {"cf-connecting-ip": "192.0.2.7"}),
    ],
)
async def test_from_elsewhere_through_a_proxy_or_by_another_name_they_ask_for_a_key(
    visitors, base_url, client, header
):
    visitor = await visitors(base_url, client, **header)
    assert (await visitor.get("/leads")).status_code == 401
    assert (await visitor.get("/leads", headers=basic("x", "key-of-the-tests"))).status_code == 200


async def test_behind_a_public_address_the_machine_itself_is_nobody_special(site, visitors):
    site.set(public_url="https://leads.example.com")
    assert (await (await visitors()).get("/leads")).status_code == 401


@pytest.mark.parametrize("kept", [PASSWORD, HASHED], ids=["plain", "hashed"])
async def test_who_knows_the_password_comes_to_where_they_wanted(site, visitors, kept):
    site.set(dashboard_password=kept)
    visitor = await visitors()
    asked = await visitor.get("/leads?stage=sql")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=/leads%3Fstage%3Dsql")
    answer = await signed_in(visitor, goes_to="/leads?stage=sql")
    assert (answer.status_code, answer.headers["location"]) == (303, "/leads?stage=sql")
    assert (await visitor.get("/leads?stage=sql")).status_code == 200


async def test_the_cookie_is_kept_from_scripts_and_other_sites_and_ends(site, visitors):
    site.set(dashboard_password=PASSWORD)
    cookie = (await signed_in(await visitors())).headers["set-cookie"].lower()
    for part in ("httponly", "samesite=lax", f"max-age={int(LASTS.total_seconds())}", "path=/"):
        assert part in cookie
    assert "secure" not in cookie
    site.set(public_url="https://leads.example.com")
    over_tls = await visitors("https://leads.example.com", ("192.0.2.7", 1))
    assert "secure" in (await signed_in(over_tls)).headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "given",
    ["", "open sesame", PASSWORD.upper(), pytest.param(HASHED, id="its hash"), "x" * 5000],
)
async def test_any_other_password_opens_nothing_and_is_not_repeated(site, visitors, given):
    site.set(dashboard_password=HASHED)
    visitor = await visitors()
    answer = await signed_in(visitor, given)
    assert answer.status_code == 401
    assert "not the password" in Page(answer.text).text
    assert "set-cookie" not in answer.headers
    assert not given or given not in answer.text
    assert (await visitor.get("/leads")).status_code == 303


async def test_who_guesses_passwords_is_slowed_down_even_with_the_right_one(site, visitors):
    site.set(dashboard_password=PASSWORD)
    visitor = await visitors()
    answers = [(await signed_in(visitor, f"guess {n}")).status_code for n in range(11)]
    assert answers == [401] * 10 + [429]
    assert (await signed_in(visitor)).status_code == 429
    elsewhere = await visitors(HERE, ("192.0.2.9", 1))
    assert (await signed_in(elsewhere)).status_code == 303


@pytest.mark.parametrize("kept", [PASSWORD, HASHED], ids=["plain", "hashed"])
async def test_who_guesses_many_passwords_at_once_is_slowed_down_as_well(site, visitors, kept):
    site.set(dashboard_password=kept)
    visitor = await visitors()
    token = token_of(await visitor.get("/sign-in"))
    guesses = [{"csrf": token, "password": f"guess {n}"} for n in range(30)]
    answers = await asyncio.gather(*(visitor.post("/sign-in", data=each) for each in guesses))
    assert sorted(each.status_code for each in answers) == [401] * 10 + [429] * 20


async def test_who_knows_the_password_may_sign_in_as_often_as_they_like(site, visitors):
    site.set(dashboard_password=PASSWORD)
    visitor = await visitors()
    assert [(await signed_in(visitor)).status_code for _ in range(12)] == [303] * 12


async def test_what_a_proxy_hands_on_in_an_old_http_is_not_from_here(site):
    async def old(scope, receive, send):
        await site.app({**scope, "http_version": "1.0"}, receive, send)

    transport = httpx.ASGITransport(old, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as proxy:
        assert (await proxy.get("/leads")).status_code == 401


async def test_signing_out_takes_the_cookie_away(site, visitors):
    site.set(dashboard_password=PASSWORD)
    visitor = await visitors()
    await signed_in(visitor)
    left = await visitor.post("/sign-out", data={"csrf": token_of(await visitor.get("/leads"))})
    assert left.headers["location"] == "/sign-in"
    assert (await visitor.get("/leads")).status_code == 303


@pytest.mark.parametrize(
    "away", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb"]
)
async def test_signing_in_leads_nowhere_but_to_us(site, visitors, away):
    site.set(dashboard_password=PASSWORD)
    assert (await signed_in(await visitors(), goes_to=away)).headers["location"] == "/"


async def test_a_key_works_beside_the_password(site, visitors):
    site.set(dashboard_password=PASSWORD)
    assert (await (await visitors()).get("/leads", headers=basic("x", "key-of-the-tests"))).status_code == 200


async def test_without_a_password_there_is_nothing_to_sign_in_to(visitors):
    assert (await (await visitors()).get("/sign-in")).status_code == 404


def test_a_session_ends_with_its_time_with_the_password_and_with_the_secret(monkeypatch):
    tokens, cookie = Tokens(b"secret", SecretStr("one")), Tokens(b"secret", SecretStr("one")).session()
    assert tokens.session_of(cookie)
    assert Tokens(b"secret", SecretStr("two")).session_of(cookie) is None
    assert Tokens(b"other", SecretStr("one")).session_of(cookie) is None
    assert tokens.session_of(cookie[:-1]) is None
    assert tokens.session_of(tokens.form("here")) is None
    later = TimestampSigner("x").get_timestamp() + int(LASTS.total_seconds())
    times = count(later + 1)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: next(times))
    assert tokens.session_of(cookie) is None


def test_a_password_that_is_quickly_guessed_is_no_setting(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADWORKFLOWS_DASHBOARD_PASSWORD", "short")
    with pytest.raises(SettingsInvalid, match="LEADWORKFLOWS_DASHBOARD_PASSWORD: expected 8 characters"):
        load_settings()


# Posting


ORIGINS = [
    ({"sec-fetch-site": "cross-site"}, 403),
    ({"sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "none"}, 403),
    ({"sec-fetch-site": "same-origin"}, 303),
    ({"origin": "https://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": HERE}, 303),
]


@pytest.mark.parametrize(("says", "status"), ORIGINS)
async def test_what_another_site_posts_is_refused(site, visitors, says, status):
    site.set(dashboard_password=PASSWORD)
    visitor = await visitors()
    await signed_in(visitor)
    token = token_of(await visitor.get("/leads"))
    assert (await visitor.post("/sign-out", data={"csrf": token}, headers=says)).status_code == status


async def test_a_form_must_have_been_given_to_whoever_sends_it(site, visitors):
    site.set(dashboard_password=PASSWORD)
    one, other = await visitors(), await visitors()
    await signed_in(one)
    await signed_in(other)
    anothers = token_of(await other.get("/leads"))
    for token in ("", "made-up", anothers):
        answer = await one.post("/sign-out", data={"csrf": token})
        assert answer.status_code == 403, token
        assert "reload the page" in Page(answer.text).text
    assert (await one.post("/sign-out")).status_code == 403


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe=1", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"x", "multipart/form-data", 400),
        (b"a=" + b"x" * 1_100_000, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_a_body_that_is_no_form_gets_a_clear_answer(visitors, body, kind, status):
    visitor = await visitors()
    assert (
        await visitor.post("/sign-out", content=body, headers={"content-type": kind})
    ).status_code == status


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("LOCALHOST.", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True),
     ("10.0.0.1", False), ("", False), ("localhost.example", False), ("127.0.0.1.nip.io", False)],
)  # fmt: skip
def test_this_machine_is_known_by_its_names_alone(host, here):
    assert is_loopback(host) is here


def test_a_session_lasts_a_week():
    assert timedelta(days=7) == LASTS
    assert COOKIE == "leadworkflows_session"
