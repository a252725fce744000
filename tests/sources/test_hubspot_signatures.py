from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows import sources
from leadworkflows.settings import Settings
from leadworkflows.sources.base import InboundRequest, SignatureRejected
from leadworkflows.sources.hubspot import HubSpotSource
from leadworkflows.sources.options import SourceOptions
from tests.sources.inbound import NOW, hmac64, vectors

VECTORS = vectors("hubspot")
DATED = [vector for vector in VECTORS if vector["signature_version"] == "v3"]
BY_ID = {vector["id"]: vector for vector in VECTORS}
SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URL = "https://leads.example.com/webhooks/hubspot"
V3, TIME = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
OLD, VERSION = "x-hubspot-signature", "x-hubspot-signature-version"
every_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])


def of_vector(vector, **changed):
    stated = {**vector, **changed}
    headers = {name.lower(): value for name, value in stated["headers"].items()}
    return InboundRequest(stated["method"], stated.get("url", URL), headers, stated["raw_body"].encode())


def clock(vector, **later):
    seconds = vector.get("now_ms", 1_700_000_000_000) / 1000
    return datetime.fromtimestamp(seconds, tz=UTC) + timedelta(**later)


def post(body=b"[]", headers=None, url=URL):
    return InboundRequest("POST", url, headers or {}, body)


def signed(body=b"[]", url=URL, at=NOW, secret=SECRET):
    return HubSpotSource().sign(body, secret, at, url)


def v1(body, secret=SECRET):
    return {OLD: sha256(secret.encode() + body).hexdigest(), VERSION: "v1"}


def verify(request, secret=SECRET, now=NOW, **options):
    HubSpotSource(SourceOptions(**options)).verify(request, secret, now)


def refused(request, **given):
    with pytest.raises(SignatureRejected) as caught:
        verify(request, **given)
    return str(caught.value)


@every_vector
def test_every_vector_gives_what_it_says(vector):
    assert vector["expected"]["valid"]
    verify(of_vector(vector), vector["secret"], clock(vector))


@every_vector
def test_no_vector_is_valid_with_another_secret_body_or_method(vector):
    refused(of_vector(vector), secret=vector["secret"] + "x", now=clock(vector))
    refused(of_vector(vector, raw_body=vector["raw_body"] + "\n"), secret=vector["secret"], now=clock(vector))
    if vector["signature_version"] != "v1":
        refused(of_vector(vector, method="PUT"), secret=vector["secret"], now=clock(vector))
        other = of_vector(vector, url=vector["url"] + "?x=1")
        refused(other, secret=vector["secret"], now=clock(vector))


@pytest.mark.parametrize("vector", DATED, ids=lambda vector: vector["id"])
@pytest.mark.parametrize("seconds", [302, -302, 86_400, -86_400])
def test_a_replay_from_the_past_or_the_future_is_refused(vector, seconds):
    found = refused(of_vector(vector), secret=vector["secret"], now=clock(vector, seconds=seconds))
    assert "five minutes" in found


@pytest.mark.parametrize("vector", DATED, ids=lambda vector: vector["id"])
@pytest.mark.parametrize("seconds", [298, -298])
def test_five_minutes_are_allowed_both_ways(vector, seconds):
    verify(of_vector(vector), vector["secret"], clock(vector, seconds=seconds))


def test_the_timestamp_itself_is_signed():
    headers = signed()
    headers[TIME] = str(int(headers[TIME]) + 1)
    refused(post(headers=headers))


def test_hexadecimal_signatures_count_in_any_case_and_base64_does_not():
    vector = BY_ID["hs-v1-docs"]
    headers = {**vector["headers"], "X-HubSpot-Signature": vector["headers"]["X-HubSpot-Signature"].upper()}
    verify(of_vector(vector, headers=headers), vector["secret"])
    headers = signed()
    refused(post(headers={**headers, V3: headers[V3].swapcase()}))


def test_a_v1_beside_a_v3_that_does_not_fit_is_no_way_in():
    old = signed(at=NOW - timedelta(hours=1))
    assert "five minutes" in refused(post(headers={**old, **v1(b"[]")}))
    refused(post(headers={**signed(secret="other"), **v1(b"[]")}))
    refused(post(headers={V3: "", TIME: "", **v1(b"[]")}))


def test_a_v1_beside_a_v3_that_fits_is_not_looked_at():
    verify(post(headers={**signed(), OLD: "00", VERSION: "v1"}))


def test_an_undated_signature_is_refused_where_v3_alone_is_accepted():
    verify(post(headers=signed()), signatures="v3")
    assert "SIGNATURES leaves it out" in refused(post(headers=v1(b"[]")), signatures="v3")
    assert "SIGNATURES leaves it out" in refused(post(headers=v1(b"[]")), signatures="v2, V3")


def test_a_setting_may_leave_v3_out_where_a_proxy_rewrites_the_address():
    verify(post(headers={**signed(url="https://inner.example.com/x"), **v1(b"[]")}), signatures="v1,v2")


def test_a_setting_that_names_no_version_locks_the_door_and_says_so():
    assert "SIGNATURES names none" in refused(post(headers=signed()), signatures="v4")


def test_the_setting_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("LEADWORKFLOWS_SOURCES__HUBSPOT__SIGNATURES", "v3")
    monkeypatch.setenv("LEADWORKFLOWS_SOURCES__HUBSPOT__SECRETS", SECRET)
    source = sources.get("hubspot", Settings(_env_file=None).source("hubspot"))
    source.verify(post(headers=signed()), SECRET, NOW)
    with pytest.raises(SignatureRejected):
        source.verify(post(headers=v1(b"[]")), SECRET, NOW)


@pytest.mark.parametrize("sign", [":", "/", "?", "@", "!", "$", "'", "(", ")", "*", ",", ";"])
def test_hubspot_signs_its_address_with_twelve_escapes_decoded(sign):
    stamp = str(int(NOW.timestamp() * 1000))
    signature = hmac64(SECRET.encode(), f"POST{URL}?a={sign}[]{stamp}".encode())
    for escape in (quote(sign, safe=""), quote(sign, safe="").lower()):
        escaped = escape if escape.startswith("%") else f"%{ord(sign):02X}"
        verify(post(headers={V3: signature, TIME: stamp}, url=f"{URL}?a={escaped}"))


@pytest.mark.parametrize("escape", ["%20", "%25", "%26", "%3D", "%2540"])
def test_any_other_escape_is_signed_as_it_is(escape):
    stamp = str(int(NOW.timestamp() * 1000))
    signature = hmac64(SECRET.encode(), f"POST{URL}?a={escape}[]{stamp}".encode())
    verify(post(headers={V3: signature, TIME: stamp}, url=f"{URL}?a={escape}"))


def test_an_address_other_than_the_public_one_names_the_setting():
    message = refused(post(headers=signed(url="https://inner.example.com/webhooks/hubspot")))
    assert "LEADWORKFLOWS_PUBLIC_URL" in message


MALFORMED = [
    "",
    " ",
    "é",
    "\udcff",
    "9" * 5000,
    "-1",
    "1e12",
    "NaN",
    "٣٣٣",
    "0x10",
    "1 2",
    "1.5",
    "\x00",
    "=" * 9,
]


@pytest.mark.parametrize("wrong", MALFORMED, ids=lambda wrong: ascii(wrong)[:12])
def test_a_malformed_header_is_a_rejected_signature(wrong):
    for name in (V3, TIME):
        refused(post(headers={**signed(), name: wrong}))
    for name in (OLD, VERSION):
        refused(post(headers={**v1(b"[]"), name: wrong}))


@pytest.mark.parametrize("missing", [(V3, TIME), (TIME,), (V3,)])
def test_a_missing_header_is_a_rejected_signature(missing):
    refused(post(headers={name: value for name, value in signed().items() if name not in missing}))


@pytest.mark.parametrize("missing", [OLD, VERSION])
def test_half_an_older_signature_is_a_rejected_signature(missing):
    refused(post(headers={name: value for name, value in v1(b"[]").items() if name != missing}))


def test_one_versions_signature_is_not_anothers():
    vector = BY_ID["hs-v2-post-docs"]
    for version in ("v1", "v3", "v4"):
        headers = {**vector["headers"], "X-HubSpot-Signature-Version": version}
        refused(of_vector(vector, headers=headers), secret=vector["secret"])


def test_a_secret_may_come_with_white_space_and_the_body_as_any_bytes():
    body = b"\xff\x00 not JSON"
    verify(post(body, signed(body)), f" {SECRET}\n")


HEADERS = st.dictionaries(
    st.sampled_from([V3, TIME, OLD, VERSION]), st.text() | st.sampled_from(["v1", "v2"])
)


@given(HEADERS, st.text(), st.binary(), st.text(max_size=20))
def test_whatever_the_headers_hold_it_is_a_rejected_signature(headers, secret, body, path):
    refused(post(body, headers, f"https://leads.example.com/{path}"), secret=secret)


@given(st.binary(max_size=200), st.text(min_size=1), st.text(max_size=20))
def test_what_we_sign_verifies(body, secret, path):
    url = f"{URL}/{path}"
    headers = signed(body, url, secret=secret)
    assert headers["content-type"] == "application/json"
    assert all(name == name.lower() for name in headers)
    verify(post(body, headers, url), secret)
