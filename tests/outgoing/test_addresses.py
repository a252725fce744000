from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leadworkflows.outgoing.addresses import checked_url, is_public

INSIDE_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
INSIDE_6 = [
    IPv6Network(network)
    for network in (
        "::/96", "64:ff9b:1::/48", "2001::/32", "2001:db8::/32", "fc00::/7", "fe80::/10", "fec0::/10",
        "ff00::/8",
    )
]  # fmt: skip

ROUTED = [IPv4Network("8.0.0.0/8"), IPv4Network("93.0.0.0/8"), IPv6Network("2606:4700::/32")]


def within(network):
    last = int(network.broadcast_address)
    kind = IPv4Address if network.version == 4 else IPv6Address
    return st.integers(int(network.network_address), last).map(kind)


inside_4 = st.sampled_from(INSIDE_4).flatmap(within)
inside_6 = st.sampled_from(INSIDE_6).flatmap(within)
any_4 = st.integers(0, 2**32 - 1).map(IPv4Address)


def clothed(address):
    """Every IPv6 spelling under which a network may deliver to an IPv4 address."""
    number = int(address)
    return [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        IPv6Address((0x2002 << 112) | (number << 80) | 1),
    ]


@given(st.one_of(inside_4, inside_6))
def test_no_address_of_an_inner_network_is_public(address):
    assert not is_public(str(address))


@given(inside_4)
def test_an_inner_address_in_the_clothes_of_ipv6_is_not_public_either(address):
    assert not [str(each) for each in clothed(address) if is_public(str(each))]


@given(any_4)
def test_clothes_never_make_an_address_public_and_never_take_it_away(address):
    plain = is_public(str(address))
    assert [is_public(str(each)) for each in clothed(address)] == [plain] * 3


@given(st.sampled_from(ROUTED).flatmap(within))
def test_what_the_internet_routes_can_be_called(address):
    assert is_public(str(address))


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "::1", "::", "0.0.0.0",  # noqa: S104
     "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fe80::1%eth0",
     "2606:4700::1111%eth0", "255.255.255.255", "3fff::1"],
)  # fmt: skip
def test_the_services_that_clouds_keep_for_their_machines_are_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e"])
def test_a_public_address_is_public(address):
    assert is_public(address)


@given(st.text(max_size=40))
def test_what_is_no_address_is_not_public(text):
    assume(not any(each.isdigit() for each in text) and ":" not in text)
    assert not is_public(text)


@pytest.mark.parametrize(
    "url",
    ["", "leads", "ftp://example.com/", "//example.com/leads", "https://", "https:///leads",
     "https://ada:secret@example.com/", "https://ada@example.com/", "https://example.com:99999/",
     "https://example.com:x/", "https://exämple.com/", "https://example.com/a b", "https://example.com/\n",
     "https://0177.0.0.1/", "https://xn--/", "https://xn--a/", "https://[v1.a]/", "https://[::1].example/",
     "https://example.com/#top", "https://[::1/", "javascript:alert(1)", f"https://example.com/{'a' * 2000}"],
)  # fmt: skip
def test_a_url_of_another_form_is_refused_with_the_fix(url):
    with pytest.raises(ValueError, match="expected an address"):
        checked_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:8443/leads?team=a",
        "http://10.0.0.7/",
        "https://[::1]/",
        "https://xn--mnchen-3ya.de/",
        "https://EXAMPLE.com/",
    ],
)
def test_a_url_of_the_right_form_is_left_as_it_is(url):
    assert checked_url(url) == url


@given(st.text(max_size=60))
def test_whatever_is_written_is_judged_or_refused_and_nothing_else(text):
    try:
        kept = checked_url(f"https://{text}")
    except ValueError as refused:
        kept = str(refused)
    assert kept == f"https://{text}" or kept.startswith("expected an address")
