"""A small run of the fuzzing of translators; a long one is `python -m tests.fuzz.translators`."""

from __future__ import annotations

import pytest

from leadworkflows.sources.base import PayloadRejected, SignatureRejected
from tests.fuzz.seeds import SOURCES
from tests.fuzz.targets import Target
from tests.fuzz.translators import fuzz


@pytest.mark.parametrize("name", SOURCES)
def test_no_input_makes_a_source_raise_or_make_what_the_store_cannot_take(name):
    outcome = fuzz(name, 300)
    assert not outcome.failures, outcome.failures
    assert outcome.inputs == 300
    assert outcome.events > 10
    assert outcome.answers["refused"] > 10


NOT_SIGNED, NOT_UNDERSTOOD = SignatureRejected("no"), PayloadRejected("field", "is wrong")


class Crashing:
    """What a source must not be: a defect in one of its two parts, of the kind that is asked for."""

    def __init__(self, translate=NOT_UNDERSTOOD, verify=NOT_SIGNED):
        self.errors = translate, verify

    def translate(self, request):
        raise self.errors[0]

    def verify(self, request, secret, now):
        raise self.errors[1]

    def sign(self, body, secret, now, url):
        raise ValueError


@pytest.mark.parametrize(
    "source",
    [
        Crashing(translate=KeyError("id")),
        Crashing(translate=NOT_SIGNED),
        Crashing(verify=UnicodeError("bytes")),
        Crashing(translate=PayloadRejected("email", "is no address: ada@example.com")),
    ],
    ids=["translate", "out of place", "verify", "repeats an address"],
)
def test_what_a_source_must_not_do_is_found(source, monkeypatch):
    monkeypatch.setattr(Target, "made", lambda _: [source])
    assert fuzz("standard", 20).failures
