from __future__ import annotations

import pytest

from leadworkflows.domain.facts import EmailFacts
from leadworkflows.sources.sendgrid import SendGridEventsSource
from tests.sources.inbound import inbound

AT = 1772443800
KEY = "lead:50f6:nurture.finance.1:1"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/125.0 Safari/537.36"
CUBOT = "Mozilla/5.0 (Linux; Android 10; CUBOT) AppleWebKit/537.36 Chrome/125.0 Mobile Safari/537.36"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def happening(event, second=60, link="", mail=KEY, **more):
    known = {"email": "ada@example.com", "timestamp": AT + second, "event": event, "message_key": mail}
    return {**known, "useragent": CHROME, "url": link, "sg_event_id": f"{event}{second}{link}", **more}


def marks(*events):
    """Of each event that is kept, whether a machine did it."""
    found = SendGridEventsSource().translate(inbound(list(events)))
    return [event.facts.machine for event in found if isinstance(event.facts, EmailFacts)]


@pytest.mark.parametrize("event", ["open", "click"])
def test_what_a_person_does_a_minute_later_is_a_persons(event):
    assert marks(happening("delivered", 0), happening(event, 60, "https://a.example")) == [False, False]


def test_an_open_that_sendgrid_calls_a_machines_is_kept_and_marked():
    assert marks(happening("open", sg_machine_open=True)) == [True]
    assert marks(happening("open", sg_machine_open=False)) == [False]
    assert marks(happening("open", sg_machine_open="yes")) == [False]


@pytest.mark.parametrize(
    "agent",
    [
        "Barracuda Sentinel (EE)",
        "Mimecast-URL-Protect/1.0",
        "proofpoint/urldefense",
        "Mozilla/5.0 SafeLinks",
        "python-requests/2.32.3",
        "curl/8.5.0",
        "Go-http-client/2.0",
        "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/125.0",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    ],
)
def test_known_scanners_and_programs_are_machines(agent):
    assert marks(happening("click", 60, "https://a.example", useragent=agent)) == [True]


@pytest.mark.parametrize("agent", [CHROME, GMAIL, CUBOT, "", None, 17])
def test_browsers_gmails_proxy_and_agents_that_say_nothing_are_people(agent):
    assert marks(happening("open", useragent=agent)) == [False]


@pytest.mark.parametrize(("second", "machine"), [(0, True), (2, True), (3, False), (4, False)])
def test_what_comes_within_three_seconds_of_the_delivery_is_a_machines(second, machine):
    assert marks(happening("click", second, "https://a.example"), happening("delivered", 0)) == [
        machine,
        False,
    ]


def test_the_delivery_of_another_mail_says_nothing():
    assert marks(happening("delivered", 0, mail="lead:1:a:1"), happening("open", 1)) == [False, False]


@pytest.mark.parametrize(("apart", "machine"), [(0, True), (2, True), (3, False)])
def test_two_links_of_a_mail_at_once_are_a_machines(apart, machine):
    clicks = [
        happening("click", 60, "https://a.example"),
        happening("click", 60 + apart, "https://b.example"),
    ]
    assert marks(*clicks) == [machine, machine]


def test_the_link_that_unsubscribes_counts_among_those_clicked_at_once():
    out = happening("click", 60, "https://leads.example.com/unsubscribe/abc")
    assert marks(out, happening("click", 60, "https://a.example")) == [True]


def test_one_link_clicked_twice_is_an_impatient_person():
    clicks = [happening("click", second, "https://a.example") for second in (60, 61)]
    assert marks(*clicks) == [False, False]


def test_two_people_who_click_at_once_are_people():
    clicks = [
        happening(
            "click", 60, f"https://{name}.example", mail=f"lead:{name}:n.1:1", email=f"{name}@example.com"
        )
        for name in ("ada", "bob")
    ]
    assert marks(*clicks) == [False, False]


def test_a_person_who_clicks_later_than_the_scanner_is_a_person():
    scanned = [happening("click", 1, f"https://{name}.example") for name in "abc"]
    assert marks(*scanned, happening("click", 300, "https://b.example")) == [True, True, True, False]


def test_events_without_a_time_or_a_mail_are_compared_with_nothing():
    untold = {"timestamp": None, "message_key": None, "sg_message_id": None}
    clicks = [{**happening("click", 0, f"https://{name}.example"), **untold} for name in "ab"]
    assert marks(*clicks) == [False, False]


def test_a_delivery_and_a_bounce_are_never_marked():
    scanner = {"useragent": "curl/8.5.0", "sg_machine_open": True}
    assert marks(happening("delivered", 0, **scanner), happening("bounce", 0, **scanner)) == [False, False]
