from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from leadworkflows.outgoing.client import AddressRefused, Answered, OutgoingClient
from leadworkflows.vendor import OutcomeUnknown, VendorUnavailable
from tests.vendors.receiver import Receiver
from tests.vendors.server import Answer, Hang, ResetAfterAccepting

PUBLIC = "93.184.215.14"


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


class Names:
    """A resolver that knows one name; it keeps what it was asked."""

    def __init__(self, *addresses):
        self.addresses = addresses
        self.asked = []

    async def __call__(self, host, port):
        self.asked.append((host, port))
        return list(self.addresses)


async def posted(client, url, body=b"{}"):
    try:
        return await client.post(url, body, {"Content-Type": "application/json"})
    finally:
        await client.aclose()


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.7"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], [PUBLIC, "10.0.0.7"]],
)
async def test_a_name_that_leads_inside_is_refused_before_any_connection(receiver, addresses):
    port = receiver.url.rpartition(":")[2]
    client = OutgoingClient(resolve=Names(*addresses))
    with pytest.raises(AddressRefused, match="LEADWORKFLOWS_ALLOW_PRIVATE_ADDRESSES"):
        await posted(client, f"https://leads.example.com:{port}/")
    assert receiver.calls == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "127.1", "[::ffff:7f00:1]", "0"]
)
async def test_no_spelling_of_this_machine_gets_through(host):
    with pytest.raises((AddressRefused, VendorUnavailable)):
        await posted(OutgoingClient(), f"https://{host}/")


async def test_an_address_without_tls_is_refused():
    with pytest.raises(AddressRefused, match="https://"):
        await posted(OutgoingClient(resolve=Names(PUBLIC)), "http://leads.example.com/")


async def test_the_address_that_was_judged_is_the_one_that_is_called(receiver):
    """The name is looked up once, and the second answer of a rebinding name is never heard."""
    port = receiver.url.rpartition(":")[2]
    resolve = Names("127.0.0.1")
    client = OutgoingClient(allow_private=True, resolve=resolve)
    answer = await posted(client, f"http://leads.example.invalid:{port}/in?team=a")
    assert answer.status == 401  # it is not signed, and the receiver is strict
    assert resolve.asked == [("leads.example.invalid", int(port))]
    (call,) = receiver.calls
    assert (call.path, call.headers["host"]) == ("/in?team=a", f"leads.example.invalid:{port}")


async def test_the_next_address_of_a_name_is_tried_where_one_cannot_be_reached(receiver):
    port = receiver.url.rpartition(":")[2]
    client = OutgoingClient(allow_private=True, resolve=Names("127.0.0.2", "127.0.0.1"))
    assert (await posted(client, f"http://leads.example.invalid:{port}/")).status == 401
    assert len(receiver.calls) == 1


async def test_tls_verifies_the_name_of_the_url_and_not_the_address(tmp_path):
    server, trusting = certificates(tmp_path, "leads.example.invalid")
    greeted = []
    server.sni_callback = lambda _socket, name, _context: greeted.append(name)
    async with await asyncio.start_server(created, "127.0.0.1", 0, ssl=server) as listening:
        port = listening.sockets[0].getsockname()[1]

        def client():
            return OutgoingClient(allow_private=True, resolve=Names("127.0.0.1"), tls=trusting)

        answer = await posted(client(), f"https://leads.example.invalid:{port}/")
        with pytest.raises(VendorUnavailable, match="TLS failed"):
            await posted(client(), f"https://other.example.invalid:{port}/")
    assert answer.status == 201
    assert greeted == ["leads.example.invalid", "other.example.invalid"]


async def test_a_redirect_is_not_followed(receiver):
    receiver.fail(Answer(302, {"Location": f"{receiver.url}/elsewhere"}))
    assert (await posted(OutgoingClient(allow_private=True), receiver.url)).status == 302
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("fault", [Hang(), ResetAfterAccepting()], ids=["hangs", "resets"])
async def test_an_answer_that_does_not_come_leaves_it_open_what_happened(receiver, fault):
    receiver.fail(fault)
    with pytest.raises(OutcomeUnknown):
        await posted(OutgoingClient(allow_private=True, timeout_s=0.3), receiver.url)


async def test_an_answer_that_drips_is_not_waited_for_for_ever():
    async def drip(reader, writer):
        while not writer.is_closing():
            writer.write(b"H")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(OutcomeUnknown):
        await posted(OutgoingClient(allow_private=True, timeout_s=0.4), f"http://127.0.0.1:{port}/")
    server.close()


async def test_a_name_that_nobody_knows_and_a_port_where_nobody_listens_are_no_call():
    with pytest.raises(VendorUnavailable, match="host name not found"):
        await posted(OutgoingClient(allow_private=True), "https://leads.example.invalid/")
    with Receiver() as gone:
        url = gone.url
    with pytest.raises(VendorUnavailable, match="connection failed"):
        await posted(OutgoingClient(allow_private=True), url)


@pytest.mark.parametrize(
    ("stated", "waits"),
    [("30", 30), ("Thu, 15 Jan 2026 09:31:00 GMT", 60), ("Thu, 15 Jan 2026 09:00:00 GMT", 0), ("soon", None),
     ("", None), ("-5", None)],
)  # fmt: skip
def test_retry_after_is_read_in_both_of_its_forms(stated, waits):
    now = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    asked = Answered(429, {"retry-after": stated}).retry_after(now)
    assert asked == (None if waits is None else timedelta(seconds=waits))


async def created(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


def certificates(folder, name):
    """A server's context with a certificate of its own for a name, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))
