"""Five hundred deliveries about fifty people, as vendors send them: each again until it is acknowledged."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

from leadworkflows.sources.standard import StandardSource
from tests.sources.inbound import SECRET

FORM_TOKEN = "token-of-the-form"
SENT_AT = "2026-03-02T09:30:00Z"
_SIGNER = StandardSource()


@dataclass(frozen=True)
class Somebody:
    """A person with two addresses, which only a vendor's id tells to be one person's."""

    n: int

    @property
    def addresses(self) -> list[str]:
        return [f"p{self.n}@example.com", f"p{self.n}@work.example.com"]


@dataclass(frozen=True)
class ToSend:
    """One request; `events` is how many it carries."""

    of: Somebody
    path: str
    body: bytes
    events: int = 1

    def headers(self) -> dict[str, str]:
        """Signed anew each time, under the id of this delivery."""
        if self.path.startswith("/webhooks/form"):
            return {"content-type": "application/x-www-form-urlencoded"}
        return _SIGNER.sign(self.body, SECRET, datetime.now(UTC), self.path)


def deliveries(people: range) -> list[ToSend]:
    """Ten deliveries a person: of ten people at a time everything comes in any order."""
    chance = random.Random(people.start)  # noqa: S311 (a reproducible mix, not a secret)
    mixed: list[ToSend] = []
    for start in people[::10]:
        some = [each for n in range(start, min(start + 10, people.stop)) for each in _of(Somebody(n))]
        chance.shuffle(some)
        mixed += some
    return mixed


def _of(who: Somebody) -> Iterator[ToSend]:
    private, work = who.addresses
    unnamed = {"anonymous_id": f"visitor-{who.n}"}
    yield _signed(who, _event(who, "anonymous", "page_viewed", unnamed, page="pricing"))
    several = [_event(who, f"batch-{k}", "page_viewed", unnamed, page="product") for k in range(2)]
    yield _signed(who, *several)
    yield _form(who, private)
    named = {"email": private, **unnamed}
    yield _signed(who, _event(who, "names", "form_submitted", named, form="contact"))
    yield _signed(who, _event(who, "demo", "demo_requested", {"email": private}))
    last = "unsubscribed" if who.n % 5 == 0 else "newsletter_subscribed"
    yield _signed(who, _event(who, "last", last, {"email": private}))
    for n, address in enumerate(who.addresses):
        known = {"email": address, "vendor_ids": {"crm": f"contact-{who.n}"}}
        yield _signed(who, _event(who, f"crm-{n}", "facts_updated", known, employees=100 + n))
    for n in range(2):
        yield _signed(who, _event(who, f"at-work-{n}", "page_viewed", {"email": work}, page="blog"))


def _event(who: Somebody, name: str, kind: str, identity: dict[str, Any], **facts: Any) -> dict[str, Any]:
    person = {"first_name": "Ada", "title": "CFO"} if "email" in identity else {}
    event = {"id": f"{who.n}-{name}", "type": kind, "occurred_at": SENT_AT}
    return {**event, "identity": identity, "person": person, "facts": facts}


def _signed(who: Somebody, *events: dict[str, Any]) -> ToSend:
    body = {"events": list(events)} if len(events) > 1 else events[0]
    return ToSend(who, "/webhooks/standard", json.dumps(body).encode(), len(events))


def _form(who: Somebody, email: str) -> ToSend:
    """Has no id: only its content tells it from another."""
    fields = {"email": email, "company": f"Company {who.n}", "intent": "contact"}
    return ToSend(who, f"/webhooks/form?token={FORM_TOKEN}", urlencode(fields).encode())


def send_until_acknowledged(
    connection: HTTPConnection, delivery: ToSend, is_over: Callable[[], bool]
) -> list[str]:
    """The ids of the events, from the one answer that came. Raises AssertionError once no answer can come."""
    while not is_over():
        try:
            connection.request("POST", delivery.path, delivery.body, delivery.headers())
            answer = connection.getresponse()
            status, said = answer.status, answer.read()
        except (OSError, HTTPException):
            connection.close()  # whoever took it is dead; its successor waits on the same socket
            continue
        assert status in (202, 503), said
        if status == 202:
            ids: list[str] = json.loads(said)["event_ids"]
            return ids
    raise AssertionError("the API ended by itself")
