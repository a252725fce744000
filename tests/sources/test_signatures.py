"""What verifiers share holds for every source alike."""

from __future__ import annotations

from typing import Any

import pytest

from leadworkflows import sources
from leadworkflows.sources.base import SignatureRejected
from leadworkflows.sources.signatures import same
from tests.sources.inbound import NOW, inbound

SOURCES = ["standard", "form", "hubspot", "typeform", "calendly", "sendgrid", "segment", "webflow", "tally"]


@pytest.mark.parametrize(
    "secret", ["\udcff", "", " ", "v1,whsec_x", "whsec_\xe9", "-----BEGIN\udcff"], ids=ascii
)
@pytest.mark.parametrize("name", SOURCES)
def test_a_secret_in_bytes_that_are_no_text_fits_nothing_and_is_no_defect(name, secret):
    source: Any = sources.get(name)
    signs = "11" * 32 if name != "standard" else "whsec_b2xkIGtleSBvbGQga2V5IG9sZCBrZXk="
    signed = (
        {} if name == "sendgrid" else source.sign(b"{}", signs, NOW, "https://leads.example.com/webhooks/x")
    )
    with pytest.raises(SignatureRejected):
        source.verify(inbound(b"{}", signed), secret, NOW)


def test_bytes_that_are_no_text_are_compared_and_not_all_alike():
    assert same("\udcff", "\udcff")
    assert not same("\udcff", "?")
