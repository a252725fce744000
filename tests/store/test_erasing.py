"""An erased person is gone from every table and byte of the store, and stays gone; reports keep counts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, func, insert, select, text, update

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.store import OutboxItem, Store, UnknownLead, migrate
from leadworkflows.store.cards import NewCard
from leadworkflows.store.erased import digester_of
from leadworkflows.store.mentions import Names, look_again, look_for
from leadworkflows.store.models import (
    Base,
    ClockRow,
    EarnedRow,
    ErasedRow,
    EventRow,
    LeadRow,
    OutboxRow,
    PassRow,
    PersonRow,
    PressRow,
    RequestRow,
    VisitorRow,
)
from leadworkflows.store.personal import BY_ADDRESS, COUNTED, NOBODYS, OF_LEAD, SEARCHED
from leadworkflows.store.quarantine import Refused
from leadworkflows.store.refusals import Refusals
from tests.postgres import Cluster
from tests.store.given import ADA, BOB, MINUTE, NOON, accept, classify, event, form, lead_of, page

SOON = NOON + timedelta(hours=1)
LATER = NOON + timedelta(days=2)
ANN = {
    "first_name": "Adelheid",
    "last_name": "Lovelacchia",
    "phone": "+49 30 5550123",
    "company": "Engineria",
}
BROWSER, CONTACT = "browser-7f3a99c1", "62515-8801234"
BYTES = [ADA, "Adelheid", "Lovelacchia", "+49 30 5550123", "5550123", "Engineria", BROWSER, CONTACT,
         "wants the pricing sheet", "ada.was.once@example.org"]  # fmt: skip


def body(email: str) -> bytes:
    return f'{{"email": "{email}", "name": "{ANN["first_name"]} {ANN["last_name"]}"}}'.encode()


async def live(store: Store) -> str:
    """Ada leaves something in every table that can hold something of her; the id of her lead."""
    await accept(store, page("p-1", visitor=BROWSER), raw=f'{{"anonymousId": "{BROWSER}"}}'.encode())
    await accept(store, form("f-0", email="ada.was.once@example.org", vendor_ids={"hubspot": CONTACT}))
    came = form("f-1", visitor=BROWSER, vendor_ids={"hubspot": CONTACT}, person=ANN)
    await accept(store, came, raw=body(ADA))
    await accept(store, event("unsubscribed", "u-1", email=ADA))
    await accept(store, form("ada/contact"))
    await accept(store, event("consent_given", "c-1", email=ADA, facts={"basis": "form"}))
    lead_id = await lead_of(store)
    await store.notes.add(lead_id, "note-1", "rep-7", "Adelheid wants the pricing sheet", NOON)
    await recorded(store, lead_id)
    await store.effects.reserve(f"lead:{lead_id}:hot-lead:1", lead_id, "slack.alert", NOON)
    await store.effects.settle(f"lead:{lead_id}:hot-lead:1", "confirmed", NOON, "C0SALES00:1772452800.000100")
    mail = OutboxItem(
        key="mail-1", kind="email", to=ADA, lead_id=lead_id, at=NOON, subject="Welcome Adelheid",
        text="Dear Adelheid Lovelacchia",
    )  # fmt: skip
    await store.outbox.put(mail)
    answer = OutboxItem(key="answer", lead_id="", kind="slack", text=f"Done with {ADA}", at=NOON)
    await store.outbox.put(answer)
    await store.presses.keep("press-1", {"lead": lead_id, "note": "Adelheid wants the pricing sheet"}, NOON)
    await store.quarantine.keep(unreadable(body("Ada%40Example.com")), NOON)
    await store.cards.keep(_card(lead_id))
    return lead_id


def unreadable(body: bytes) -> Refused:
    return Refused(
        source="typeform", method="POST", url="/webhooks/typeform", headers={},
        body=body, field="body", problem="is not understood",
    )  # fmt: skip


async def recorded(store: Store, lead_id: str, stage: str = "mql") -> None:
    data: dict[str, Any] = {"from": "lead", "to": stage, "move": "T1"}
    entries = [
        TimelineEntry(n=1, at=NOON, kind=EntryKind.STAGE, what="Lead", policy="p", data={"to": "lead"}),
        TimelineEntry(n=2, at=SOON, kind=EntryKind.STAGE, what="MQL", policy="p", data=data),
    ]
    await store.timeline.record(lead_id, entries, {"stage": stage, "channel": "linkedin"}, 2)


def _card(lead_id: str) -> NewCard:
    return NewCard(
        key="card-1", lead_id=lead_id, channel="C0SALES00", ts="1772452800.000200", template="hot-lead",
        facts={}, policy="p", posted_at=NOON, shown=0, digest="x",
    )  # fmt: skip


async def count(store: Store, table: type[Base]) -> int:
    async with store.database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def counted(store: Store) -> list[int]:
    return [await count(store, table) for table in (PassRow, ClockRow, EarnedRow)]


def found_in(folder: Path) -> set[tuple[str, str]]:
    """Every byte string of the person that lies in a file below the folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    contents = {path.name: path.read_bytes() for path in files}
    return {(name, each) for name, content in contents.items() for each in BYTES if each.encode() in content}


def test_every_table_is_said_to_hold_something_of_a_person_or_nothing():
    named = {table.__tablename__ for table in (*OF_LEAD, *COUNTED)} | {*BY_ADDRESS, *SEARCHED, *NOBODYS}
    assert named == set(Base.metadata.tables)
    with_lead = {name for name, table in Base.metadata.tables.items() if "lead_id" in table.c}
    assert with_lead == {table.__tablename__ for table in (*OF_LEAD, *COUNTED)}


async def test_an_erased_person_is_in_no_table_and_reports_keep_their_counts(store):
    lead_id = await live(store)
    before = await counted(store)
    assert before[0] == 1
    erasure = await store.erasures.erase(lead_id, LATER, "test")
    assert await store.leads.get(lead_id) is None
    assert await store.leads.lead_id_of(ADA) is None
    tables: list[type[Base]] = [*OF_LEAD, RequestRow, PressRow]
    for table in tables:
        assert await count(store, table) == 0, table.__tablename__
    assert await counted(store) == before
    async with store.database.reading() as connection:
        assert lead_id not in (await connection.execute(select(PassRow.lead_id))).scalars().all()
    assert erasure.rows["inbox"] == 6
    assert erasure.rows["requests"] == 2
    assert erasure.rows["quarantine"] == 1


async def test_the_receipt_names_what_is_left_to_do_elsewhere_and_nobody(store):
    lead_id = await live(store)
    erasure = await store.erasures.erase(lead_id, LATER, "test")
    assert erasure.messages == [["C0SALES00", "1772452800.000100"], ["C0SALES00", "1772452800.000200"]]
    assert await store.erasures.unfinished() == [erasure]
    assert not [each for each in BYTES if each in repr(erasure)]


async def test_nobody_else_is_touched(store):
    await accept(store, form("b-1", email=BOB, person={"company": "Engineria"}), raw=body(BOB))
    await accept(store, form("b-2", email="bada@example.com"), raw=body("bada@example.com"))
    await store.suppressions.add(BOB, "manual", NOON)
    erasure = await store.erasures.erase(await live(store), LATER, "test")
    assert (await store.leads.find())[0][0].person.company in ("Engineria", None)
    assert {each.person.email for each in (await store.leads.find())[0]} == {BOB, "bada@example.com"}
    assert await count(store, RequestRow) == 2
    assert await store.suppressions.reason(BOB) == "manual"
    assert erasure.rows["people"] == 1


async def test_both_leads_of_somebody_who_turned_out_to_be_one_person_go(store):
    await accept(store, form("a", email=ADA))
    await accept(store, form("b", email=BOB))
    merged = event("facts_updated", "m", email=ADA, vendor_ids={"crm": "1"}, merged_vendor_ids=("crm:2",))
    await accept(store, event("facts_updated", "v", email=BOB, vendor_ids={"crm": "2"}), merged)
    assert await store.leads.lead_id_of(ADA) == await store.leads.lead_id_of(BOB)
    erasure = await store.erasures.erase(await lead_of(store), LATER, "test")
    assert len(erasure.leads) == 2
    assert await count(store, EventRow) == 0
    assert await store.erasures.erased_at(BOB) == LATER


async def test_nobody_is_erased_twice(store):
    lead_id = await live(store)
    await store.erasures.erase(lead_id, LATER, "test")
    with pytest.raises(UnknownLead):
        await store.erasures.erase(lead_id, LATER, "test")


@pytest.mark.postgres
async def test_a_lead_that_turns_out_to_be_another_as_it_is_erased_goes_with_that_other(cluster: Cluster):
    url = cluster.create("merging")
    migrate.upgrade(url)
    async with Store.open(url) as store, Store.open(url) as other:
        await accept(store, form("a", email=ADA, vendor_ids={"crm": "contact-1"}))
        await accept(store, form("b", email=BOB, vendor_ids={"crm": "contact-2"}))
        winner, loser = await lead_of(store), await lead_of(store, BOB)
        async with other.database.writing() as merging:
            await merging.execute(select(VisitorRow.key).with_for_update())
            await merging.execute(select(LeadRow.lead_id).with_for_update())
            erasing = asyncio.create_task(store.erasures.erase(loser, LATER, "test"))
            while not await _waits_for_a_lock(other):
                pass
            for table in (VisitorRow, PersonRow):
                await merging.execute(delete(table).where(table.lead_id == loser))
            pointer = update(LeadRow).where(LeadRow.lead_id == loser)
            await merging.execute(pointer.values(merged_into=winner))
        assert (await erasing).leads == sorted([winner, loser])
        assert await store.leads.lead_id_of(ADA) is None


async def _waits_for_a_lock(store: Store) -> bool:
    waiting = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    async with store.database.reading() as connection:
        return (await connection.execute(waiting)).first() is not None


# Coming back


@pytest.mark.parametrize(
    "late",
    [
        page("x-1", email=ADA, at=LATER + MINUTE),
        page("x-2", visitor=BROWSER, at=LATER + MINUTE),
        event("facts_updated", "x-3", vendor_ids={"hubspot": CONTACT}, at=LATER + MINUTE),
        event("email_opened", "x-4", email=ADA, at=LATER + MINUTE),
        form("x-5", at=SOON),
        form("f-1", at=None),
        form("x-6", email="ada.was.once@example.org", at=SOON),
        form("ada/contact", at=None),
    ],
    ids=["page", "browser", "crm", "mail", "form before", "form again", "old address", "form by its name"],
)
async def test_what_comes_late_about_an_erased_person_brings_nobody_back(store, late):
    await store.erasures.erase(await live(store), LATER, "test")
    accepted = await accept(store, late, at=LATER + 2 * MINUTE, raw=body(ADA))
    assert (accepted.accepted, accepted.duplicates) == (0, 1)
    tables: list[type[Base]] = [*OF_LEAD, RequestRow]
    for table in tables:
        assert await count(store, table) == 0, table.__tablename__


async def test_in_one_request_with_others_they_alone_are_left_outside_and_the_request_is_not_kept(store):
    await store.erasures.erase(await live(store), LATER, "test")
    late, other = page("x-1", email=ADA, at=LATER), form("b-1", email=BOB, at=LATER)
    accepted = await accept(store, late, other, at=LATER + MINUTE, raw=body(ADA))
    assert (accepted.accepted, accepted.duplicates) == (1, 1)
    assert await store.leads.lead_id_of(BOB)
    assert await count(store, RequestRow) == 0


async def test_who_fills_in_a_form_afterwards_is_a_new_lead_of_whom_more_is_taken_in(store):
    gone = await live(store)
    await store.erasures.erase(gone, LATER, "test")
    again = LATER + timedelta(days=1)
    assert (await accept(store, form("new", at=again), at=again)).accepted == 1
    assert await store.leads.lead_id_of(ADA) not in (None, gone)
    assert (await accept(store, page("p-9", email=ADA, at=again), at=again + MINUTE)).accepted == 1
    assert (await accept(store, page("p-0", email=ADA, at=SOON), at=again + MINUTE)).accepted == 0


async def test_a_colleague_at_the_same_browser_is_taken_in_without_its_name(store):
    await store.erasures.erase(await live(store), LATER, "test")
    await accept(store, form("b-1", email=BOB, visitor=BROWSER, at=LATER + MINUTE), at=LATER + MINUTE)
    assert await store.leads.lead_id_of(BOB)
    async with store.database.reading() as connection:
        keys = (
            await connection.execute(select(VisitorRow.key).where(VisitorRow.lead_id.is_not(None)))
        ).scalars()
        assert f"anonymous:{BROWSER}" not in keys.all()


async def test_a_delivery_at_the_same_moment_brings_nobody_back(four_stores):
    first, *others = four_stores
    for round_ in range(5):
        lead_id = await lead_of(first)
        late = [page(f"p-{round_}-{n}", email=ADA, visitor=BROWSER, at=SOON) for n in range(3)]
        told = (accept(store, each, at=LATER) for store, each in zip(others, late, strict=True))
        await asyncio.gather(first.erasures.erase(lead_id, LATER, "test"), *told)
        assert await first.leads.lead_id_of(ADA) is None
        assert await count(first, EventRow) == 0
        back = LATER + (round_ + 1) * MINUTE
        await accept(first, form(f"back-{round_}", at=back), at=back)


# Where names are looked for


@pytest.mark.parametrize(
    "text",
    [b"ada@example.com", b"email=ada%40example.com&x=1", b'{"e": "Ada\\u0040Example.com"}',
     b'{"text": "Hi\\nada@example.com, hello"}', {"to": ["ada@example.com"]}, "<ada@example.com>"],
)  # fmt: skip
def test_an_address_is_found_however_it_is_written(text):
    assert Names([ADA]).in_any(None, text)


@pytest.mark.parametrize("text", ["bada@example.com", "ada@example.com.au", "x.ada@example.com", "ada", ""])
def test_the_address_of_another_is_not(text):
    assert not Names([ADA]).in_any(text)


def test_a_short_id_is_not_looked_for_in_texts_about_anybody():
    assert not Names(["101"]).in_any("room 101")


# Who must not be written to


async def test_an_unsubscription_holds_for_an_erased_address_that_no_table_names(store):
    await store.erasures.erase(await live(store), LATER, "test")
    assert await store.suppressions.reason(ADA) == "unsubscribed"
    assert ADA not in [each.email for each in await store.suppressions.all()]


async def test_who_comes_back_is_not_written_to_until_they_take_it_back_themselves(store):
    await store.erasures.erase(await live(store), LATER, "test")
    again = LATER + timedelta(days=1)
    await accept(store, form("new", at=again), at=again)
    assert await store.suppressions.reason(ADA) == "unsubscribed"
    back = event("consent_given", "back", email=ADA, facts={"basis": "double_opt_in"}, at=again + MINUTE)
    await accept(store, back, at=again + MINUTE)
    assert await store.suppressions.reason(ADA) is None


async def test_a_second_erasure_loses_nothing_that_the_first_one_hid(store):
    """The address bounced before the first; what was said since came under the address itself."""
    await accept(store, event("email_bounced", "b-1", email=ADA, facts={"kind": "hard"}))
    await store.erasures.erase(await lead_of(store), LATER, "test")
    await accept(
        store, form("new-1", email=BOB, vendor_ids={"crm": "7"}, at=LATER + MINUTE), at=LATER + MINUTE
    )
    await store.suppressions.add(ADA, "manual", LATER + MINUTE)
    moved = form("new-2", email=ADA, vendor_ids={"crm": "7"}, at=LATER + 2 * MINUTE)
    await accept(store, moved, at=LATER + 2 * MINUTE)
    await store.suppressions.add(ADA, "manual", LATER + 3 * MINUTE, "nurture")
    await store.erasures.erase(await lead_of(store), LATER + timedelta(days=1), "test")
    assert {(each.reason, each.topic) for each in await store.suppressions.of(ADA)} == {
        ("email_bounced", None), ("manual", None), ("manual", "nurture"),
    }  # fmt: skip
    assert ADA not in [each.email for each in await store.suppressions.all()]


async def test_what_was_said_beside_what_is_hidden_replaces_none_of_it(store):
    """A suppression by hand does not bring out what an erasure hid."""
    await store.suppressions.add(ADA, "email_bounced", NOON)
    digester, refusals = await digester_of(store.erasures._secrets), Refusals()
    async with store.database.writing() as connection:
        await refusals.hide(connection, digester.stand_in, [ADA])
        await refusals.write(store.database, connection)
    await store.suppressions.add(ADA, "manual", LATER)
    await store.erasures.erase(await lead_of(store), LATER, "test")
    assert {each.reason for each in await store.suppressions.of(ADA)} == {"email_bounced", "manual"}


@pytest.mark.parametrize("kind", ["unsubscribed", "email_bounced", "email_spam_reported"])
async def test_what_is_said_late_about_an_erased_address_holds_and_brings_nobody_back(store, kind):
    await store.erasures.erase(await lead_of(store), LATER, "test")
    again = LATER + MINUTE
    late = event(kind, "late-1", email=ADA, at=again, facts={"kind": "hard"} if "bounced" in kind else {})
    assert (await accept(store, late, at=again)).accepted == 0
    assert await store.suppressions.reason(ADA) == kind
    assert ADA not in [each.email for each in await store.suppressions.all()]
    await accept(store, form("new-1", at=again + MINUTE), at=again + MINUTE)
    assert await store.suppressions.reason(ADA) == kind
    assert ADA in [each.email for each in await store.suppressions.all()]


async def test_an_unsubscription_of_an_erased_address_can_be_removed(store):
    await store.erasures.erase(await live(store), LATER, "test")
    assert await store.suppressions.remove(ADA, at=LATER + MINUTE) == []
    assert await store.suppressions.reason(ADA) is None


# What was under way


async def test_a_message_that_was_swept_is_in_the_receipt_from_then_on(store):
    """Whoever swept it may die before Slack deletes it."""
    lead_id = await live(store)
    erasure = await store.erasures.erase(lead_id, LATER, "test")
    await store.effects.reserve("late", lead_id, "slack.alert", LATER)
    await store.effects.settle("late", "confirmed", LATER, "C0SALES00:1772452800.000300")
    await store.erasures.sweep(erasure)
    kept = await store.erasures.get(erasure.erasure_id)
    assert kept is not None
    assert ["C0SALES00", "1772452800.000300"] in kept.messages


async def test_who_began_before_another_found_a_message_does_not_unsay_it(store):
    lead_id = await live(store)
    erasure = await store.erasures.erase(lead_id, LATER, "test")
    before = await store.erasures.sweep(erasure)
    await store.effects.reserve("late", lead_id, "slack.alert", LATER)
    await store.effects.settle("late", "confirmed", LATER, "C0SALES00:1772452800.000300")
    await store.erasures.sweep(erasure)
    await store.erasures.told(replace(before, messages=[], finished_at=LATER), before)
    [kept] = await store.erasures.unfinished()
    assert kept.messages == [["C0SALES00", "1772452800.000300"]]


async def test_what_somebody_closed_is_not_opened_again_by_who_began_before(store):
    erasure = await store.erasures.erase(await live(store), LATER, "test")
    before = await store.erasures.sweep(erasure)
    await store.erasures.told(replace(before, finished_at=LATER, given_up=["a message"]), before)
    stands = await store.erasures.told(replace(before, problem="Slack is away"), before)
    assert (stands.finished_at, stands.given_up) == (LATER, ["a message"])
    assert await store.erasures.unfinished() == []


async def test_who_closes_an_erasure_does_not_close_over_what_another_found_meanwhile(store):
    erasure = await store.erasures.erase(lead_id := await live(store), LATER, "test")
    before = await store.erasures.sweep(erasure)
    await store.effects.reserve("late", lead_id, "slack.alert", LATER)
    await store.effects.settle("late", "confirmed", LATER, "C0SALES00:1772452800.000300")
    await store.erasures.sweep(erasure)
    stands = await store.erasures.told(replace(before, finished_at=LATER, given_up=["a message"]), before)
    assert (stands.finished_at, stands.given_up) == (None, None)


async def test_all_receipts_are_listed_and_all_that_are_open_gone_on_with(store):
    for n in range(101):
        await store.erasures.erase(await lead_of(store, f"p{n}@example.com"), LATER + n * MINUTE, "test")
    listed, still_open = await store.erasures.latest(), await store.erasures.unfinished()
    assert len(listed) == len(still_open) == 101
    assert [each.at for each in listed[:2]] == [LATER + 100 * MINUTE, LATER + 99 * MINUTE]
    assert still_open == listed[::-1]
    assert await store.erasures.latest(2) == listed[:2]


async def test_a_press_that_came_between_the_two_looks_is_found_whatever_it_is_called(store):
    lead_id = await lead_of(store)
    names = Names([lead_id])
    await store.presses.keep("press-5", {"lead": lead_id}, NOON)
    mentions = await look_for(store.database, names)
    await store.presses.keep("press-1", {"lead": lead_id, "note": "call Adelheid"}, NOON)
    await store.presses.keep("press-9", {"lead": "somebody-else"}, NOON)
    async with store.database.writing() as connection:
        await look_again(connection, names, mentions)
    assert sorted(mentions.found[PressRow]) == ["press-1", "press-5"]


@pytest.mark.postgres
async def test_what_was_on_its_way_to_the_disk_at_the_first_look_is_found_at_the_second(cluster: Cluster):
    url = cluster.create("numbers")
    migrate.upgrade(url)
    async with Store.open(url) as store, Store.open(url) as other:
        names = Names([ADA])
        async with other.database.writing() as slow:
            late = insert(OutboxRow).values(key="slow", lead_id="", kind="slack", text=f"On {ADA}", at=NOON)
            await slow.execute(late)
            await store.outbox.put(OutboxItem(key="quick", lead_id="", kind="slack", text="Done", at=NOON))
            mentions = await look_for(store.database, names)
        async with store.database.writing() as connection:
            await look_again(connection, names, mentions)
        assert len(mentions.found[OutboxRow]) == 1


async def test_a_button_that_was_pressed_after_the_erasure_leaves_nothing_for_long(store):
    lead_id = await live(store)
    erasure = await store.erasures.erase(lead_id, LATER, "test")
    await store.presses.keep("press-late", {"lead": lead_id, "note": "call Adelheid"}, LATER)
    await store.presses.keep("press-other", {"lead": "somebody-else"}, LATER)
    await store.erasures.sweep(erasure)
    assert await store.presses.waits("press-late"), "who pressed it is told first"
    swept = await store.erasures.sweep(erasure, last=True)
    assert not await store.presses.waits("press-late")
    assert await store.presses.waits("press-other")
    assert swept.rows["presses"] == erasure.rows["presses"] + 1


async def test_what_an_action_under_way_wrote_meanwhile_is_swept(store):
    lead_id = await live(store)
    erasure = await store.erasures.erase(lead_id, LATER, "test")
    await store.outbox.put(OutboxItem(key="late", lead_id=lead_id, kind="email", to=ADA, at=LATER))
    await store.effects.reserve("late", lead_id, "slack.alert", LATER)
    await store.effects.settle("late", "confirmed", LATER, "C0SALES00:1772452800.000300")
    swept = await store.erasures.sweep(erasure)
    assert ["C0SALES00", "1772452800.000300"] in swept.messages
    assert await count(store, OutboxRow) == 0
    assert swept.rows["outbox"] == erasure.rows["outbox"] + 1


# Bytes


async def test_no_byte_of_the_person_is_left_in_the_files_of_sqlite(tmp_path):
    url = f"sqlite:///{tmp_path / 'leads.db'}"
    migrate.upgrade(url)
    async with Store.open(url) as store:
        lead_id = await live(store)
        assert {each for _, each in found_in(tmp_path)} == set(BYTES)
        await store.erasures.erase(lead_id, LATER, "test")
        assert await store.database.vacuum()
        assert found_in(tmp_path) == set()
    assert found_in(tmp_path) == set()


@pytest.mark.postgres
async def test_no_byte_of_the_person_is_left_in_the_tables_of_postgresql(cluster: Cluster):
    url = cluster.create("erasing")
    migrate.upgrade(url)
    async with Store.open(url) as store:
        lead_id = await live(store)
        await accept(store, form("b-1", email=BOB))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ANALYZE people")  # the planner's statistics quote addresses
        cluster.execute("CHECKPOINT")
        async with store.database.reading() as reading:
            mine = text("SELECT oid FROM pg_database WHERE datname = 'erasing'")
            oid = (await reading.execute(mine)).scalar_one()
        tables = cluster.folder / "data" / "base" / str(oid)
        assert {each for _, each in found_in(tables)} == set(BYTES)
        await store.erasures.erase(lead_id, LATER, "test")
        await store.database.vacuum(whole=True)
        cluster.execute("CHECKPOINT")
        assert found_in(tables) == set()


# What is held


async def test_everything_that_is_held_on_a_person_is_handed_over(store):
    lead_id = await live(store)
    held = await store.holdings.of(lead_id)
    assert held is not None
    assert {table.__tablename__ for table in OF_LEAD} - held.keys() == {"assignments", "desk"}
    assert {"requests", "presses", "suppressions", "passes"} <= held.keys()
    said = repr(held)
    assert [each for each in BYTES if each not in said] == []


async def test_a_request_that_was_about_others_too_is_not_handed_over(store):
    both = [form("a", email=ADA), form("b", email=BOB)]
    await store.inbox.accept("standard", both, NOON, body(BOB), classify=classify)
    held = await store.holdings.of(await lead_of(store))
    assert held is not None
    assert BOB not in repr(held)


async def test_a_batch_is_not_handed_over_whose_other_events_were_left_out(store):
    """A mail's way, for one, makes no event: nothing but the body says that it was about somebody else."""
    batch = b'[{"email": "ada@example.com", "event": "open"}, {"email": "bob@example.com", "event": "x"}]'
    await accept(store, event("email_opened", "o-1", email=ADA), raw=batch)
    own = b'[{"email": "ada@example.com", "event": "click"}, {"email": "Ada@example.com", "event": "open"}]'
    await accept(store, event("email_clicked", "c-1", email=ADA), raw=own)
    held = await store.holdings.of(await lead_of(store))
    assert held is not None
    assert BOB not in repr(held)
    assert own.decode() in [row["body"] for row in held["requests"]]


async def test_what_waits_in_the_quarantine_and_names_the_person_is_handed_over(store):
    await store.quarantine.keep(unreadable(b"who=Ada%40Example.com&size=x"), NOON)
    await store.quarantine.keep(unreadable(b'{"email": "bada@example.com"}'), NOON)
    held = await store.holdings.of(await lead_of(store))
    assert held is not None
    assert [row["body"] for row in held["quarantine"]] == ["who=Ada%40Example.com&size=x"]


async def test_of_an_unreadable_request_that_names_others_too_only_the_time_is_handed_over(store):
    for said in (
        b'[{"email": "ada@example.com"}, {"email": "bob@exam',
        b"ada%40example.com;bob%40example.com",
    ):
        await store.quarantine.keep(unreadable(said), NOON)
    held = await store.holdings.of(await lead_of(store))
    assert held is not None
    assert ["bob" in row["body"] for row in held["quarantine"]] == [False, False]


async def test_a_request_that_names_the_person_and_brought_no_event_is_handed_over(store):
    lead_id = await lead_of(store)
    await accept(store, form("b-1", email=BOB), raw=b'{"email": "bob@example.com", "cc": "ada@example.com"}')
    await store.outbox.put(OutboxItem(key="answer", lead_id="", kind="slack", text=f"Done: {ADA}", at=NOON))
    held = await store.holdings.of(lead_id)
    assert held is not None
    [request] = held["requests"]
    assert BOB not in request["body"]
    assert [row["text"] for row in held["outbox"]] == [f"Done: {ADA}"]


@pytest.mark.parametrize(
    "text", [b"a=1&e=ada%40example.com", b'{"t": "Hi\\nada@example.com"}', b"ADA@example.com."]
)
def test_the_person_alone_is_named_however_it_is_written(text):
    assert not Names([ADA]).with_others(text)


@pytest.mark.parametrize(
    "text", [b"ada@example.com bob%40example.com", b"bada@example.com", "Bob\\u0040example.com"]
)
def test_an_address_of_another_is_noticed_however_it_is_written(text):
    assert Names([ADA]).with_others(text)


async def test_of_nobody_nothing_is_held(store):
    assert await store.holdings.of("nobody") is None


# Timelines whose time is over


async def test_a_timeline_is_forgotten_when_nothing_happened_for_so_long_and_its_counts_stay(store):
    lead_id = await lead_of(store)
    await recorded(store, lead_id)
    before = await counted(store)
    assert await store.timeline.forget_before(SOON, 10) == 0
    assert await store.timeline.forget_before(SOON + MINUTE, 10) == 1
    assert await store.timeline.forget_before(SOON + MINUTE, 10) == 0
    assert await store.timeline.of(lead_id) == []
    assert (await store.leads.get(lead_id)).snapshot["stage"] == "mql"
    await store.funnel.rebuild()
    assert await counted(store) == before


async def test_what_happens_to_a_lead_after_its_timeline_was_forgotten_is_counted_on(store):
    lead_id = await lead_of(store)
    await recorded(store, lead_id)
    await store.timeline.forget_before(LATER, 10)
    data: dict[str, Any] = {"from": "mql", "to": "sql", "move": "T3"}
    sql = TimelineEntry(n=3, at=LATER, kind=EntryKind.STAGE, what="SQL", policy="p", data=data)
    repeated = TimelineEntry(n=2, at=SOON, kind=EntryKind.STAGE, what="MQL", policy="p", data={"to": "mql"})
    await store.timeline.record(lead_id, [repeated, sql], {"stage": "sql", "channel": "linkedin"}, 3)
    async with store.database.reading() as connection:
        [reached] = (await connection.execute(select(PassRow.mql_at, PassRow.sql_at))).all()
    assert (reached.mql_at, reached.sql_at) == (SOON, LATER)


async def test_a_mark_alone_says_nothing_about_anybody(store):
    await store.erasures.erase(await live(store), LATER, "test")
    async with store.database.reading() as connection:
        digests = (await connection.execute(select(ErasedRow.digest))).scalars().all()
    assert digests
    assert all(len(each) == 64 and int(each, 16) for each in digests)


def test_the_test_itself_would_find_a_byte(tmp_path):
    (tmp_path / "file").write_bytes(b"\x00" + ADA.encode())
    assert found_in(tmp_path) == {("file", ADA)}
