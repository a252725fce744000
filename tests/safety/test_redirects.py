"""A vendor's answer that points elsewhere is not followed: neither inside our network, nor with our key."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator

import pytest

from leadworkflows.activities.mail import OutgoingEmail
from leadworkflows.activities.salesforce import SalesforceClient
from leadworkflows.activities.sendgrid import SendGridSender
from leadworkflows.cli.doctor_asking import ask
from leadworkflows.hubspot.answers import LookupRefused, LookupUnavailable
from leadworkflows.hubspot.contacts import HubSpotContacts
from leadworkflows.hubspot.crm import HubSpotCrm
from leadworkflows.slack.message import SlackMessage
from leadworkflows.slack.web import SlackWebPoster
from leadworkflows.vendor import OutcomeUnknown, VendorBlocked, VendorRefused, VendorUnavailable
from tests.vendors.receiver import Receiver
from tests.vendors.server import Answer, Call, VendorServer


class Pointing(VendorServer):
    """Answers everything by pointing elsewhere."""

    def __init__(self, status: int, to: str) -> None:
        super().__init__()
        self.status, self.to = status, to

    def answer(self, _call: Call) -> Answer:
        return Answer(self.status, {"Location": self.to})


@pytest.fixture
def inside() -> Iterator[Receiver]:
    """A machine of our own network."""
    with Receiver() as running:
        yield running


@pytest.fixture(params=[301, 302, 303, 307, 308])
def vendor(request: pytest.FixtureRequest, inside: Receiver) -> Iterator[Pointing]:
    with Pointing(request.param, f"{inside.url}/latest/meta-data") as running:
        yield running


FAILED = (
    VendorRefused, VendorBlocked, VendorUnavailable, OutcomeUnknown, LookupRefused, LookupUnavailable,
)  # fmt: skip
MAIL = OutgoingEmail("k-1", "lead-1", "ada@example.com", "Ada", "Hello", "text", "<p>text</p>", "welcome")
MESSAGE = SlackMessage("k-1", "lead-1", "#sales", "hot-lead", "A lead", [])


async def refused(call: Awaitable[object], vendor: Pointing, inside: Receiver) -> None:
    """The call fails as one that the vendor did not answer, after asking the vendor alone."""
    with pytest.raises(FAILED):
        await call
    assert len(vendor.calls) == 1
    assert inside.calls == []


async def allowed() -> None:
    """Nothing stands against the mail."""


async def test_of_sendgrid(vendor: Pointing, inside: Receiver):
    await refused(SendGridSender("SG.key", vendor.url).send(MAIL, allowed), vendor, inside)


async def test_of_slack(vendor: Pointing, inside: Receiver):
    await refused(SlackWebPoster("xoxb-key", f"{vendor.url}/api").post(MESSAGE), vendor, inside)


async def test_of_an_address_that_slack_gave_for_answers(vendor: Pointing, inside: Receiver):
    poster = SlackWebPoster("xoxb-key", f"{vendor.url}/api")
    await refused(poster.respond(f"{vendor.url}/actions/1", "Done."), vendor, inside)


async def test_of_hubspot(vendor: Pointing, inside: Receiver):
    crm, contacts = HubSpotCrm("pat-key", vendor.url), HubSpotContacts("pat-key", vendor.url)
    await refused(crm.read("ada@example.com", ["email"]), vendor, inside)
    vendor.calls.clear()
    await refused(contacts.check(), vendor, inside)
    await crm.aclose()
    await contacts.aclose()


async def test_of_salesforce(vendor: Pointing, inside: Receiver):
    client = SalesforceClient(vendor.url, "app", "secret", "External_Lead_Id__c", "v60.0")
    await refused(client.upsert("lead-1", {"LastName": "Lovelace"}, ["LastName"]), vendor, inside)
    await client.aclose()


async def test_of_whatever_the_doctor_asks(vendor: Pointing, inside: Receiver):
    await ask("GET", f"{vendor.url}/v3/scopes", "SG.key")
    assert (len(vendor.calls), inside.calls) == (1, [])
