"""What would have left, kept once."""

from __future__ import annotations

from dataclasses import replace

from leadworkflows.store import OutboxItem
from tests.store.given import ADA, MINUTE, NOON

MAIL = OutboxItem(
    key="lead:1:mail:1",
    lead_id="1",
    kind="email",
    to=ADA,
    content="demo-confirmation",
    subject="Your demo",
    text="Hello",
    html="<p>Hello</p>",
    at=NOON,
)
ALERT = OutboxItem(
    key="lead:2:alert:1",
    lead_id="2",
    kind="slack",
    channel="#sales",
    template="hot-lead",
    text="A hot lead",
    blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "*Ada*"}}],
    at=NOON - MINUTE,
)


async def test_items_come_back_whole_in_the_order_in_which_they_were_put(store):
    await store.outbox.put(MAIL)
    await store.outbox.put(ALERT)
    assert await store.outbox.all() == [MAIL, ALERT]


async def test_an_item_put_twice_is_there_once_as_it_was(store):
    await store.outbox.put(MAIL)
    await store.outbox.put(replace(MAIL, subject="Another"))
    assert await store.outbox.all() == [MAIL]


async def test_a_leads_items_are_found_and_so_is_a_key(store):
    await store.outbox.put(MAIL)
    await store.outbox.put(ALERT)
    assert await store.outbox.of("2") == [ALERT]
    assert await store.outbox.has(MAIL.key)
    assert not await store.outbox.has("lead:3:mail:1")


def test_an_item_shown_in_a_log_tells_nobodys_address():
    assert ADA not in repr(MAIL)
