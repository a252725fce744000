"""The vendors' own vectors, to the verifiers and over HTTP, and what nobody should send them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from leadworkflows import sources
from leadworkflows.sources.base import InboundRequest, SignatureRejected
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.samples import content_type, sample
from leadworkflows.sources.samples.keys import signing_secret
from tests.api.edge import problem
from tests.sources import inbound
from tests.sources.inbound import vectors

OLD, NEW, OTHER = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32
FILES = sorted(path.stem for path in Path(inbound.__file__).with_name("vectors").glob("*.json"))
SOURCE_OF = {"standard_webhooks": "standard", "sendgrid_events": "sendgrid"}
VECTORS = [(SOURCE_OF.get(file, file), vector) for file in FILES for vector in vectors(file)]
SIGNED = sorted({source for source, _ in VECTORS})
TOLERANCE = {"standard": 300, "hubspot": 300, "webflow": 300, "calendly": 180, "sendgrid": 600}
"""Seconds, both ways, of the sources whose signatures are dated."""
REFUSED = {
    **dict.fromkeys(("sw-official", "sw-svix-docs", "sw-multi-sig", "sw-truncated-sig"), 422),
    **dict.fromkeys(("hs-v1-python-sdk", "hs-v2-python-sdk", "hs-v3-python-sdk", "hs-v3-ruby-sdk"), 400),
    "hs-v2-get-docs": 400,
    "hs-v2-post-docs": 422,
    "seg-unit-test": 422,
    "seg-batch-first-element-only": 422,
}
"""Vectors whose bodies no vendor sends: no JSON, or no lead. The others are leads, or about one."""
every_vector = pytest.mark.parametrize(
    ("source", "vector"), VECTORS, ids=[f"{source}-{vector['id']}" for source, vector in VECTORS]
)


def clock_of(source, vector):
    if "now_ms" in vector:
        return datetime.fromtimestamp(vector["now_ms"] / 1000, UTC)
    stamps = [value for name, value in vector["headers"].items() if name.lower().endswith("-timestamp")]
    stated = [*filter(str.isdigit, stamps), "1700000000"]
    return datetime.fromtimestamp(int(vector.get("now") or stated[0]), UTC)


def request_of(vector):
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    url = vector.get("url", "https://leads.example.com/webhooks/x")
    return InboundRequest(vector["method"], url, headers, vector["raw_body"].encode())


def sign(edge, source, body, seed=NEW, at=None):
    url = f"https://leads.example.com/webhooks/{source}"
    made: Any = sources.get(source)
    return made.sign(body, signing_secret(source, seed), at or edge.now, url)


async def post(edge, source, body, headers):
    return await edge.post(f"/webhooks/{source}", body, None, **headers)


def test_there_are_vectors_of_every_source_that_signs():
    assert {*SIGNED, "form"} == set(sources.registry._BUILT_IN)


@every_vector
def test_every_vector_is_valid_or_not_as_it_says(source, vector):
    options = SourceOptions(header_prefix=vector.get("header_alias", "webhook"))
    secret = vector.get("secret") or vector["public_key"]
    made, now = sources.get(source, options), clock_of(source, vector)
    if vector["expected"]["valid"]:
        made.verify(request_of(vector), secret, now)
    else:
        with pytest.raises(SignatureRejected):
            made.verify(request_of(vector), secret, now)


@every_vector
async def test_every_vectors_body_that_is_signed_now_is_taken_or_kept(vendors, source, vector):
    body = vector["raw_body"].encode()
    response = await post(vendors, source, body, sign(vendors, source, body))
    assert response.status_code == REFUSED.get(vector["id"], 202), response.text
    kept = list(await vendors.store.quarantine.list())
    assert [row.body for row in kept] == ([body] if vector["id"] in REFUSED else [])


@every_vector
async def test_a_byte_more_is_refused_whatever_the_body(vendors, source, vector):
    body = vector["raw_body"].encode()
    changed = body[:1] + b" " + body[1:]
    problem(await post(vendors, source, changed, sign(vendors, source, body)), 401)
    assert not list(await vendors.store.quarantine.list())


@pytest.mark.parametrize("source", SIGNED)
async def test_what_is_signed_with_either_of_two_secrets_is_taken_and_with_a_third_refused(vendors, source):
    body = sample(source)
    for seed in (OLD, NEW):
        assert (await post(vendors, source, body, sign(vendors, source, body, seed))).status_code == 202
    problem(await post(vendors, source, body, sign(vendors, source, body, OTHER)), 401)


@pytest.mark.parametrize("seconds", [-2, 2], ids=["within", "outside"])
@pytest.mark.parametrize("direction", [-1, 1], ids=["past", "future"])
@pytest.mark.parametrize("source", TOLERANCE)
async def test_a_replay_from_the_past_or_the_future_is_refused(vendors, source, direction, seconds):
    away = timedelta(seconds=direction * (TOLERANCE[source] + seconds))
    body = sample(source)
    response = await post(vendors, source, body, sign(vendors, source, body, at=vendors.now + away))
    assert response.status_code == (202 if seconds < 0 else 401), response.text


NUMBERS = [
    "9" * 400,
    "-1",
    "-1772443860",
    "0",
    "NaN",
    "nan",
    "Infinity",
    "1e9",
    "1_772_443_860",
    "0x69a5",
    "1.5",
]
FOREIGN = [
    "\xff\xfe\xe9",
    "\xb2",
    "v1,\xe9",
    "sha256=\xe9",
    "t=\xb2,v1=\xe9",
    "Bearer \xe9",
    "=?utf-8?b?eA==?=",
]
GARBAGE = [
    "", " ", "garbage", ",", "=", ",,,,", "====", "A", "AAAA", "AAAA====", "v1,", "v1,====", "v1a,AAAA", "v1",
    "t=", "t=1,t=2,v1=", "t=,v1=", "v1=", "sha256=", "sha256=====", "sha1=AAAA", "sha512=AAAA", "v3",
    "Bearer", "Basic YTpi", "null", "[]", "{}", "x" * 8_000,
]  # fmt: skip


def spoilt(good):
    """A right value that was cut, doubled, quoted or given another prefix."""
    names = ("v2,", "v0=", "sha1=", "sha512=", "md5=", "Bearer ")
    bare = good.removeprefix("sha256=").removeprefix("v1,").removeprefix("Bearer ")
    return [
        good[:-1],
        good[1:],
        f"{good}x",
        f"{good}\xe9",
        f'"{good}"',
        f"x,{good}",
        *(f"{name}{bare}" for name in names),
    ]


def still_right(source, good):
    """Calendly's header is a list, and what is not known in it counts for nothing."""
    return {good, f"x,{good}", f"v2,{good}"} if source == "calendly" else {good}


def headers_of(source, signed):
    """The signed headers with one of them as it must not be."""
    for name in signed.keys() - {"content-type"}:
        without = {other: value for other, value in signed.items() if other != name}
        yield f"no {name}", without
        for value in (*NUMBERS, *FOREIGN, *GARBAGE, *spoilt(signed[name])):
            if value not in still_right(source, signed[name]):
                yield f"{name}: {value}", {**signed, name: value}


def undated(body, version, url):
    """HubSpot's older signatures, which its workflows still use."""
    secret = signing_secret("hubspot", NEW)
    said = secret.encode() + (b"" if version == "v1" else f"POST{url}".encode()) + body
    return {"x-hubspot-signature": sha256(said).hexdigest(), "x-hubspot-signature-version": version}


async def statuses(edge, source, body, signed):
    found = {}
    for what, headers in headers_of(source, signed):
        found[what] = (await post(edge, source, body, headers)).status_code
    return found


@pytest.mark.parametrize("source", [*SIGNED, "form"])
async def test_a_header_that_is_malformed_in_any_way_is_a_401(vendors, source):
    body = sample(source)
    signed = {**sign(vendors, source, body), "content-type": content_type(source)}
    found = await statuses(vendors, source, body, signed)
    assert {what: status for what, status in found.items() if status != 401} == {}
    assert (await post(vendors, source, body, signed)).status_code == 202


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_older_header_of_hubspot_that_is_malformed_is_a_401(vendors, version):
    body = sample("hubspot")
    signed = undated(body, version, "https://leads.example.com/webhooks/hubspot")
    found = await statuses(vendors, "hubspot", body, signed)
    assert {what: status for what, status in found.items() if status != 401} == {}
    assert (await post(vendors, "hubspot", body, signed)).status_code == 202


@pytest.mark.parametrize(
    ("source", "several"),
    [
        ("standard", lambda good: f"v1,AAAA v2,AAAA {good} v1,"),
        ("calendly", lambda good: good.replace(",v1=", ",v0=00,v1=00,v1=")),
    ],
)
async def test_one_right_signature_of_several_is_enough_where_the_vendor_sends_several(
    vendors, source, several
):
    body = sample(source)
    signed = sign(vendors, source, body)
    name = next(name for name in signed if name.endswith("signature"))
    signed[name] = several(signed[name])
    assert (await post(vendors, source, body, signed)).status_code == 202


@pytest.mark.parametrize("source", SIGNED)
async def test_of_a_header_that_comes_twice_the_first_counts(vendors, source):
    body = sample(source)
    signed = sign(vendors, source, body)
    once = [(name.encode(), value.encode()) for name, value in signed.items()]
    spare = [(name.encode(), b"garbage") for name in signed.keys() - {"content-type"}]
    for headers, status in (([*spare, *once], 401), ([*once, *spare], 202)):
        response = await vendors.client.post(f"/webhooks/{source}", content=body, headers=headers)
        assert response.status_code == status, response.text


@pytest.mark.parametrize("source", SIGNED)
async def test_no_answer_to_a_stranger_repeats_a_secret_or_the_right_signature(vendors, source):
    body = sample(source)
    signed = sign(vendors, source, body)
    answer = (await post(vendors, source, body + b" ", signed)).text
    private = [signing_secret(source, NEW), *(value for value in signed.values() if len(value) > 30)]
    assert not [value for value in private if value in answer]
    assert json.loads(answer)["status"] == 401
