"""One source under fire: requests for it, and what must come of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from leadworkflows import sources
from leadworkflows.domain.events import OUR_OWN, EventType
from leadworkflows.sources.base import InboundRequest, PayloadRejected, SignatureRejected
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.samples.keys import accepted_secret, signing_secret
from tests.fuzz.checks import check_events, check_rejection, require
from tests.fuzz.mutations import NUMBERS, ODD, of_bytes, of_json, of_nothing
from tests.fuzz.seeds import bodies
from tests.sources.inbound import NOW

_URL = "https://leads.example.com/webhooks/x"
_QUERIES = [
    "",
    "?intent=demo",
    "?token=t",
    "?intent=%00&token=%ff",
    "?[",
    "?intent=" + "x" * 400,
    "?%&&=",
    "?\xff",
]
_SECRETS = [
    "",
    "v1,whsec_x",
    "whsec_",
    "whsec_\xe9",
    "SG.x",
    "PRIVATE KEY",
    "-----BEGIN PUBLIC KEY",
    "\udcff",
]
_HEADERS = ["t=1,v1=", "sha256=", "v1,====", "v1, ", "Bearer "]
_TYPES = [
    "", "text/plain", "application/json; charset=\xff", "application/x-www-form-urlencoded", "a/b+json",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x",
]  # fmt: skip
_MAPPED = SourceOptions(
    forms={"lT4Z3j": "webinar_registered", "contact us": "download"},
    fields={"name": "email", "utm_source": "ignore", "notes": "employees", "company": "intent"},
    events={kind.value: kind.value for kind in EventType if kind not in OUR_OWN},
    pages={"/": "pricing", "home": "product"},
    intent="quote",
    id_field="id",
)


@dataclass
class Outcome:
    """What became of one source's inputs."""

    source: str
    inputs: int = 0
    events: int = 0
    seconds: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    """By the place in the code: the first input that led there."""

    def line(self) -> str:
        """The figures of the run."""
        counted = ", ".join(f"{count:,} {answer}" for answer, count in sorted(self.answers.items()))
        return (
            f"{self.source:9} {self.inputs:,} inputs in {self.seconds:,.0f} s, "
            f"{self.inputs / self.seconds:,.0f}/s: "
            f"{self.events:,} events; {counted}; {len(self.failures)} failures"
        )


class Target:
    """A source, plain and with everything mapped that can be."""

    def __init__(self, name: str) -> None:
        self.name, self.seeds = name, bodies(name)
        self._signs, self._accepts = (make(name, b"\x07" * 32) for make in (signing_secret, accepted_secret))
        plain: Any = sources.get(name)
        self._signed = plain.sign(self.seeds[0][0], self._signs, NOW, _URL)
        self._sources = self.made()
        self._names = sorted(set(_names([seed for seed, kind in self.seeds if _is_json(seed)])))

    def made(self) -> list[Any]:
        """The source, plain and mapped."""
        return [sources.get(self.name, options) for options in (SourceOptions(), _MAPPED)]

    def try_one(self, dice: Random, word: Any, outcome: Outcome) -> None:
        """Translate and verify one input. Raises what the source must not raise."""
        source, request = dice.choice(self._sources), self._request(dice, word)
        try:
            events = source.translate(request)
        except PayloadRejected as rejected:
            check_rejection(rejected)
            outcome.answers["refused"] += 1
        else:
            check_events(self.name, events, NOW)
            outcome.answers["translated" if events else "left alone"] += 1
            outcome.events += len(events)
        self._verify(dice, source, request, outcome)

    def _request(self, dice: Random, word: Any) -> InboundRequest:
        (body, kind), (other, _) = dice.choice(self.seeds), dice.choice(self.seeds)
        match dice.randint(0, 19):
            case 0:
                body = dice.randbytes(dice.randint(0, 80))
            case 1 | 2:
                body = of_nothing(dice, word, self._names)
            case throw if throw < 7 or not _is_json(body):
                body = of_bytes(dice, body, other)
            case _:
                body = of_json(dice, body, word, self._names)
        kind = dice.choice(_TYPES) if dice.random() < 0.1 else kind
        headers = {
            **self._signed,
            "content-type": kind,
            **_odd_header(dice, word, [*self._signed, "webhook-id"]),
        }
        return InboundRequest("POST", _URL + dice.choice(_QUERIES), headers, body)

    def _verify(self, dice: Random, source: Any, request: InboundRequest, outcome: Outcome) -> None:
        if dice.random() < 0.05:
            return self._accept(source, request)
        secret = self._accepts if dice.random() < 0.8 else dice.choice(_SECRETS)
        try:
            source.verify(request, secret, NOW)
        except SignatureRejected:
            outcome.answers["unsigned"] += 1
        return None

    def _accept(self, source: Any, request: InboundRequest) -> None:
        """What is signed now is accepted, whatever it says; Standard Webhooks sign text alone."""
        try:
            signed = source.sign(request.body, self._signs, NOW, request.url)
        except ValueError:
            require(self.name == "standard", "every body can be signed")
            return
        source.verify(InboundRequest("POST", request.url, signed, request.body), self._accepts, NOW)


def _odd_header(dice: Random, word: Any, names: list[str]) -> dict[str, str]:
    """One header as nobody should send it, in the characters that can come over the wire."""
    if dice.random() < 0.4:
        return {}
    odd = dice.choice([str(word), str(dice.choice(ODD)), dice.choice(NUMBERS), dice.choice(_HEADERS)])
    return {dice.choice(names): odd.encode("latin-1", "replace").decode("latin-1")}


def _is_json(body: bytes) -> bool:
    return body[:1] in {b"{", b"["} and body[-20:].rstrip()[-1:] in {b"}", b"]"} and b"'" not in body[:3]


def _names(found: list[bytes]) -> list[str]:
    """The names of all members in these bodies."""
    return [part.split(b'"')[-2].decode() for body in found for part in body.split(b'":')[:-1]] or ["a"]
