"""What the reader of a mail can say about getting it, through its links and without any login."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadworkflows.commands.preferences import links_of
from leadworkflows.domain.events import EventType
from leadworkflows.sources.base import Identity, InboundEvent
from leadworkflows.web.preference_texts import ENGLISH, GERMAN, texts_for
from tests.store.given import classify
from tests.web.conftest import NOW, POLICY, Site
from tests.web.reading import Page, contrast

ADA = "ada@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
VECTORS = json.loads((Path(__file__).parent / "vectors" / "list_unsubscribe_one_click.json").read_text())
CSS = Path("src/leadworkflows/web/static/preferences.css")
ADDRESSES = ["unsubscribe", "preferences", "confirm"]


class Reader:
    """A person who clicks in a mail."""

    def __init__(self, site: Site, lead_id: str, links: Mapping[str, str]) -> None:
        self.site, self.lead_id, self.links = site, lead_id, links

    async def get(self, name: str, **headers: str) -> httpx.Response:
        return await self.site.client.get(self.links[name], headers=headers)

    async def post(self, name: str, query: str = "", **fields: str) -> httpx.Response:
        return await self.site.client.post(self.links[name] + query, data=fields)

    async def one_click(self, query: str = "") -> httpx.Response:
        return await self.post("unsubscribe", query, **ONE_CLICK)

    async def save(self, *ticked: str, no_mail: bool = False) -> httpx.Response:
        boxes = (
            {"save": "1"}
            | {f"topic-{topic}": "1" for topic in ticked}
            | ({"no-mail": "1"} if no_mail else {})
        )
        return await self.post("preferences", **boxes)

    async def refused(self, topic: str | None = None) -> str | None:
        return await self.site.store.suppressions.reason(ADA, topic)

    async def told(self) -> list[tuple[str, Any, Any]]:
        """The events that the pages made, which the lead's workflow is told of."""
        events = await self.site.store.inbox.of(self.lead_id)
        said = [each for each in events if each.type in ("unsubscribed", "consent_given")]
        return [(each.type.value, each.where("topic"), each.where("basis")) for each in said]


@pytest.fixture
async def reader(site):
    lead_id = await site.lead()
    await site.record(lead_id)
    return Reader(site, lead_id, links_of("", await site.store.links.token(lead_id)))


def boxes(answer: httpx.Response) -> dict[str, bool]:
    """The boxes of a page, and whether they are ticked."""
    found = [attrs for tag, attrs in Page(answer.text).elements if tag == "input"]
    return {str(each["name"]): "checked" in each for each in found if each.get("type") == "checkbox"}


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["id"])
async def test_a_one_click_request_of_the_vectors_unsubscribes(reader, vector):
    assert vector["expected"] == {"valid": True}
    answer = await reader.site.client.request(
        vector["method"], reader.links["unsubscribe"], content=vector["raw_body"], headers=vector["headers"]
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.text == "Unsubscribed."
    assert "set-cookie" not in answer.headers
    assert await reader.refused() == "unsubscribed"
    assert await reader.told() == [("unsubscribed", None, None)]


async def test_a_one_click_request_may_be_multipart(reader):
    files = {"List-Unsubscribe": (None, "One-Click")}
    answer = await reader.site.client.post(reader.links["unsubscribe"], files=files)
    assert (answer.status_code, answer.text) == (200, "Unsubscribed.")
    assert await reader.refused() == "unsubscribed"


@pytest.mark.parametrize("name", ADDRESSES)
async def test_opening_a_link_changes_nothing_because_scanners_open_them_all(reader, name):
    for method in ("GET", "HEAD"):
        await reader.site.client.request(method, reader.links[name])
        await reader.site.client.request(method, reader.links[name] + "?List-Unsubscribe=One-Click")
    assert await reader.refused() is None
    assert await reader.told() == []


@pytest.mark.parametrize("body", ["", "List-Unsubscribe=", "list=One-Click", "a=b&c"])
async def test_a_post_that_does_not_say_one_click_is_told_what_to_send(reader, body):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = await reader.site.client.post(reader.links["unsubscribe"], content=body, headers=kind)
    assert answer.status_code == 422
    assert "Send the field List-Unsubscribe with the value One-Click." in Page(answer.text).text
    assert await reader.refused() is None


async def test_the_button_of_the_page_does_what_it_says(reader):
    page = Page((await reader.get("unsubscribe")).text)
    (form,) = [attrs for tag, attrs in page.elements if tag == "form"]
    hidden = {str(a["name"]): str(a["value"]) for tag, a in page.elements if tag == "input"}
    answer = await reader.site.client.post(str(form["action"]), data=hidden)
    assert "You are unsubscribed" in Page(answer.text).text
    assert await reader.refused() == "unsubscribed"


async def test_unsubscribing_from_a_topic_keeps_the_others(reader):
    answer = await reader.one_click("?topic=case_studies")
    assert answer.status_code == 200
    assert await reader.refused() is None
    assert await reader.refused("case_studies") == "unsubscribed"
    assert await reader.told() == [("unsubscribed", "case_studies", None)]


async def test_the_button_of_a_topics_page_keeps_the_topic(reader):
    page = Page((await reader.site.client.get(reader.links["unsubscribe"] + "?topic=case_studies")).text)
    assert "“Case studies”" in page.text
    (form,) = [attrs for tag, attrs in page.elements if tag == "form"]
    await reader.site.client.post(str(form["action"]), data=ONE_CLICK)
    assert [await reader.refused(topic) for topic in (None, "case_studies")] == [None, "unsubscribed"]


async def test_a_topic_that_is_none_is_refused_by_name(reader):
    for query in ("?topic=%3Cb%3E", "?topic=491701234567", f"?topic={'x' * 65}"):
        answer = await reader.one_click(query)
        assert answer.status_code == 422
        assert "field topic" in Page(answer.text).text
    assert await reader.told() == []


async def test_fifty_clicks_at_once_are_one_unsubscription(reader):
    answers = await asyncio.gather(*(reader.one_click() for _ in range(50)))
    assert {each.status_code for each in answers} == {200}
    assert await reader.told() == [("unsubscribed", None, None)]
    assert len(await reader.site.store.consents.of(reader.lead_id)) == 1


async def test_who_came_back_can_leave_again_and_come_back_again(reader):
    for _ in range(3):
        await reader.one_click()
        assert await reader.refused() == "unsubscribed"
        await reader.post("confirm")
        assert await reader.refused() is None
    assert [kind for kind, *_ in await reader.told()] == ["unsubscribed", "consent_given"] * 3


async def test_who_was_taken_off_the_list_by_hand_can_unsubscribe_again(reader):
    await reader.one_click()
    await reader.site.store.suppressions.remove(ADA, at=NOW + timedelta(hours=1))
    await reader.one_click()
    assert await reader.refused() == "unsubscribed"


async def test_the_page_ticks_what_the_reader_gets(reader):
    await reader.site.store.suppressions.add(ADA, "unsubscribed", NOW, "webinars")
    topics = dict.fromkeys(f"topic-{each.topic}" for each in POLICY.nurture.values())
    expected = dict.fromkeys(topics, True) | {"topic-webinars": False, "no-mail": False}
    assert topics
    assert boxes(await reader.get("preferences")) == expected


async def test_what_is_saved_is_what_holds_and_what_the_workflow_is_told(reader):
    await reader.site.store.suppressions.add(ADA, "unsubscribed", NOW - timedelta(days=1), "webinars")
    topic = next(iter(POLICY.nurture.values())).topic
    others = {each.topic for each in POLICY.nurture.values()} - {topic}
    answer = await reader.save("webinars", *others)
    assert "Saved." in Page(answer.text).text
    assert boxes(answer)[f"topic-{topic}"] is False
    assert boxes(answer)["topic-webinars"] is True
    assert [await reader.refused(each) for each in (None, topic, "webinars")] == [None, "unsubscribed", None]
    assert ("unsubscribed", topic, None) in await reader.told()
    assert ("consent_given", "webinars", "preferences") in await reader.told()


async def test_saving_the_same_again_tells_nobody_anything(reader):
    for _ in range(3):
        await reader.save()
    once = await reader.told()
    assert len(once) == len({each.topic for each in POLICY.nurture.values()})
    await reader.save(no_mail=True)
    await reader.save(no_mail=True)
    assert await reader.told() == [*once, ("unsubscribed", None, None)]


async def test_no_mail_at_all_is_taken_back_together_with_what_stays_off(reader):
    topic = next(iter(POLICY.nurture.values())).topic
    await reader.save(no_mail=True)
    assert boxes(await reader.get("preferences"))["no-mail"] is True
    assert await reader.refused() == "unsubscribed"
    answer = await reader.save()
    assert boxes(answer)["no-mail"] is False
    assert [await reader.refused(), await reader.refused(topic)] == [None, "unsubscribed"]
    events = [each for each in await reader.site.store.inbox.of(reader.lead_id) if each.seq > 1]
    consent = next(each for each in events if each.type == "consent_given")
    left = next(each for each in events if each.where("topic") == topic)
    assert left.occurred_at > consent.occurred_at


async def test_a_confirmation_is_consent_by_double_opt_in_and_counts_once(reader):
    assert "Confirm your subscription" in Page((await reader.get("confirm")).text).text
    for _ in range(2):
        assert (await reader.post("confirm")).status_code == 200
    assert await reader.told() == [("consent_given", None, "double_opt_in")]


@pytest.mark.parametrize("reason", ["email_bounced", "email_spam_reported"])
async def test_no_page_takes_back_a_bounce_or_a_spam_report_and_the_reader_is_told(reader, reason):
    await reader.site.store.suppressions.add(ADA, reason, NOW)
    for answer in (await reader.save("nurture"), await reader.post("confirm")):
        assert "nothing is sent to this address" in Page(answer.text).text
    assert await reader.refused() == reason


@pytest.mark.parametrize("topic", [None, "nurture"])
async def test_who_is_held_back_by_hand_is_not_told_of_a_bounce_or_of_spam(reader, topic):
    await reader.site.store.suppressions.add(ADA, "manual", NOW, topic)
    said = Page((await reader.get("preferences")).text).text
    assert "itself holds back some or all mail" in said
    assert "spam" not in said


async def test_an_unknown_link_is_said_so_in_the_browsers_language_under_the_companys_name(site):
    answer = await site.client.get("/unsubscribe/x", headers={"accept-language": "de-AT, en;q=0.5"})
    said = Page(answer.text).text
    assert answer.status_code == 404
    assert "Dieser Link funktioniert nicht" in said
    assert "Not Found" not in said
    assert '<html lang="de">' in answer.text


@pytest.mark.parametrize("name", ADDRESSES)
async def test_a_page_shows_the_masked_address_and_nothing_else_of_the_person(reader, name):
    text = (await reader.get(name)).text
    assert "a…\u2060@example.com" in text
    for told in (ADA, "Ada", "Lovelace", "Engines", "CFO", "1234", reader.lead_id):
        assert told not in text


@pytest.mark.parametrize("name", ADDRESSES)
async def test_a_page_runs_nothing_loads_nothing_and_posts_to_us_alone(reader, name):
    answer = await reader.get(name)
    page = Page(answer.text)
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(page.tags)
    assert page.crossed == []
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


async def test_a_link_works_without_cookies_keys_or_the_help_of_temporal(reader):
    reader.site.client.cookies.clear()
    assert (await reader.one_click()).status_code == 200


async def test_a_token_that_is_not_ours_tells_nothing_and_is_slowed_down(reader):
    token = reader.links["unsubscribe"].rpartition("/")[2]
    forged = token[:-1] + ("A" if token[-1] != "A" else "Q")
    texts = set()
    for made_up in ("x", forged, "é", "0" * 32):
        answer = await reader.site.client.post(f"/unsubscribe/{made_up}", data=ONE_CLICK)
        assert answer.status_code in (404, 429)
        texts.add(Page(answer.text).text if answer.status_code == 404 else "slow")
    assert len(texts) == 2
    assert "slow" in texts
    assert (await reader.one_click()).status_code == 200  # whose link is right is never refused


@pytest.mark.parametrize("name", ADDRESSES)
async def test_the_link_of_an_erased_person_says_that_there_is_nothing_to_unsubscribe_from(reader, name):
    await reader.site.store.erasures.erase(reader.lead_id, NOW, "test")
    asked = [await reader.get(name, **{"accept-language": "de"}) for _ in range(20)]
    opened = asked[-1]  # nobody who has a true link is slowed down
    pressed = await reader.post(name, **ONE_CLICK)
    assert (opened.status_code, pressed.status_code) == (200, 200)
    assert "Es gibt nichts abzumelden" in Page(opened.text).text
    assert "nothing to unsubscribe" in Page(pressed.text).text
    assert "example.com" not in opened.text + pressed.text


async def test_the_link_of_a_merged_lead_is_the_link_of_the_one_that_goes_on(reader):
    store, crm = reader.site.store, {"crm": "62515-1"}
    for n, email in enumerate((ADA, "new@example.com")):
        who = Identity(email=email, vendor_ids=crm)
        told = InboundEvent(type=EventType.FORM_SUBMITTED, identity=who, delivery_id=f"crm-{n}")
        await store.inbox.accept("standard", [told], NOW, classify=classify)
    assert "n…\u2060@example.com" in (await reader.get("preferences")).text
    await reader.one_click()
    assert await store.suppressions.reason("new@example.com") == "unsubscribed"


async def test_the_pages_speak_the_persons_language_else_the_browsers(site):
    lead_id = await site.lead()
    reader = Reader(site, lead_id, links_of("", await site.store.links.token(lead_id)))
    in_german = await reader.get("preferences", **{"accept-language": "fr-FR, de;q=0.9, en;q=0.8"})
    assert "Gar keine E-Mails" in Page(in_german.text).text
    assert '<html lang="de">' in in_german.text
    assert "No mail at all" in Page((await reader.get("preferences")).text).text
    await site.record(lead_id, language="de")
    assert "Abmelden" in Page((await reader.get("unsubscribe", **{"accept-language": "en"})).text).text


@pytest.mark.parametrize("header", ["", "*", ";;;", "de;q=x", "de;q=0, xx", "q=", "," * 500])
def test_odd_wishes_of_a_browser_end_in_english(header):
    assert texts_for(None, header) is ENGLISH


def test_every_language_fills_in_the_same_places():
    for name, english in vars(ENGLISH).items():
        if isinstance(english, str) and name != "language":
            german = getattr(GERMAN, name)
            assert german != english
            assert set(re.findall(r"\{\w+\}", german)) == set(re.findall(r"\{\w+\}", english)), name


def test_the_pages_can_be_read_in_light_and_in_dark():
    for block in re.findall(r":root \{(.*?)\}", CSS.read_text(), re.DOTALL):
        colour = dict(re.findall(r"--([\w-]+): (#\w+)", block))
        pairs = [
            ("ink", "paper"),
            ("dim", "paper"),
            ("dim", "ground"),
            ("accent", "paper"),
            ("on-accent", "accent"),
        ]
        assert all(contrast(colour[a], colour[b]) >= 4.5 for a, b in pairs)


def test_the_addresses_of_the_pages_keep_a_topic():
    links = links_of("https://leads.example.com", "t0k", "r&d")
    assert links == {
        "unsubscribe": "https://leads.example.com/unsubscribe/t0k?topic=r%26d",
        "preferences": "https://leads.example.com/preferences/t0k",
        "confirm": "https://leads.example.com/confirm/t0k",
    }
