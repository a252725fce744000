"""No body makes a translator raise anything but PayloadRejected."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows import sources
from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import InboundEvent, PayloadRejected
from leadworkflows.sources.bodies import MAX_DEPTH, MAX_VALUES, read_json
from leadworkflows.sources.rejections import BodyUnreadable
from tests.sources.inbound import inbound

WORDS = ["ada@example.com", "51-200", "2026-03-02T09:30:00Z", "9999-12-31T23:59:59-14:00", "demo", "1e999"]
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WORDS)
)
FIELDS = """
id type occurred_at identity person facts email anonymous_id vendor_ids events data timestamp page
starts_at event_type form_response answers field definition fields hidden title token submitted_at form_id
labels intent form form_id budget employees country phone time_zone name _gotcha choice choices boolean
text ref utm_campaign
"""
NAMES = st.sampled_from(FIELDS.split()) | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)
TYPES = st.sampled_from([kind.value for kind in EventType])
EVENTS = st.fixed_dictionaries(
    {"type": TYPES | VALUES, "identity": st.just({"email": "ada@example.com"}) | VALUES},
    optional={"id": VALUES, "occurred_at": VALUES, "person": VALUES, "facts": st.dictionaries(NAMES, VALUES)},
)
RESPONSES = st.fixed_dictionaries(
    {
        "event_type": st.just("form_response"),
        "form_response": st.fixed_dictionaries(
            {"token": VALUES, "hidden": st.just({"email": "ada@example.com"}) | VALUES},
            optional={
                "answers": st.lists(st.dictionaries(NAMES, VALUES)),
                "definition": VALUES,
                "submitted_at": LEAVES,
            },
        ),
    },
)
DOCUMENTS = (
    EVENTS | RESPONSES | VALUES | st.fixed_dictionaries({"events": st.lists(EVENTS, max_size=3) | VALUES})
)
BODIES = st.binary() | DOCUMENTS.map(lambda document: json.dumps(document).encode())
CONTENT_TYPES = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=frontier",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=é",
        "text/plain",
    ]
) | st.text(max_size=30)


BUILT_IN = ["standard", "form", "hubspot", "typeform", "calendly", "sendgrid", "segment", "webflow", "tally"]


@pytest.mark.parametrize("name", BUILT_IN)
@given(BODIES, CONTENT_TYPES)
def test_any_body_is_understood_or_rejected(name, body, content_type):
    try:
        events = sources.get(name).translate(inbound(body, {"Content-Type": content_type}))
    except PayloadRejected:
        return
    assert all(isinstance(event, InboundEvent) for event in events)


@given(
    st.lists(
        st.sampled_from(
            [
                b"--frontier",
                b"--",
                b"\r\n",
                b"\n",
                b'Content-Disposition: form-data; name="email"',
                b'Content-Disposition: form-data; name="f"; filename="x"',
                b"Content-Disposition: form-data",
                b"Content-Transfer-Encoding: base64",
                b"Content-Transfer-Encoding: x",
                b"ada@example.com",
                b"\xff",
                b"\x00",
            ]
        )
    )
)
def test_any_multipart_body_is_understood_or_rejected(parts):
    headers = {"Content-Type": "multipart/form-data; boundary=frontier"}
    with suppress(PayloadRejected):
        sources.get("form").translate(inbound(b"".join(parts), headers))


@pytest.mark.parametrize("digits", [4_000, 5_000])
@pytest.mark.parametrize("field", ["id", "email", "occurred_at"])
@pytest.mark.parametrize("name", BUILT_IN)
def test_a_number_without_end_is_understood_or_rejected(name, field, digits):
    body = b'{"type": "demo_requested", "identity": {"email": "a@example.com"}, "%s": %s}'
    with suppress(PayloadRejected):
        sources.get(name).translate(inbound(body % (field.encode(), b"9" * digits)))


NESTED = [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":[', b"]}]")]


@pytest.mark.parametrize(("opening", "closing"), NESTED, ids=["lists", "objects", "both"])
def test_what_is_nested_too_deep_is_refused_with_the_limit(opening, closing):
    most = MAX_DEPTH // (opening.count(b"[") + opening.count(b"{"))
    assert read_json(opening * most + b"1" + closing * most)
    for times in (most + 1, 3 * MAX_DEPTH, 100_000):
        with pytest.raises(BodyUnreadable, match="deeper than 64 levels"):
            read_json(opening * times + b"1" + closing * times)


def test_brackets_in_a_text_are_no_nesting():
    assert read_json(json.dumps({"message": "[{" * 1000}).encode())


@pytest.mark.parametrize("value", [1, "a", [], {}], ids=str)
def test_what_holds_too_many_values_is_refused_with_the_limit(value):
    assert len(read_json(json.dumps([value] * (MAX_VALUES - 1)).encode())) == MAX_VALUES - 1
    with pytest.raises(BodyUnreadable, match="more than 50,000 values"):
        read_json(json.dumps([value] * MAX_VALUES).encode())
