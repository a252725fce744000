from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.store.records import OutboxItem
from leadworkflows.web.outbox import A_PAGE
from leadworkflows.web.slack_card import card_blocks, press_of
from leadworkflows.web.slack_markup import plain, rich
from tests.web.conftest import KEY, NOW, basic
from tests.web.reading import Page

MAIL = "<html><body><h1>Read this</h1><script>alert(1)</script></body></html>"


def mail(n, lead_id="a1", **more):
    given = {"subject": f"Subject {n}", "text": f"Text {n}\nin lines", "html": MAIL, "content": "welcome"}
    return OutboxItem(
        key=f"k{n}", lead_id=lead_id, kind="email", to="ada@example.com", at=NOW, **{**given, **more}
    )


VALUE = '{"lead":"a1","seen":3}'
CLAIM = {
    "type": "button",
    "text": {"type": "plain_text", "text": "Claim"},
    "action_id": "claim",
    "value": VALUE,
}
WHO = "*Ada* from <https://x.example|Engines &amp; Co>"
CARD = OutboxItem(
    key="card", lead_id="a1", kind="slack", channel="#sales", template="new-mql", text="A new MQL", at=NOW,
    blocks=[
        {"type": "header", "text": {"type": "plain_text", "text": "A new MQL"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": WHO}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Score*\n87"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "policy p-1"}]},
        {"type": "actions", "elements": [CLAIM]},
        {"type": "divider"},
    ],
)  # fmt: skip


async def get(site, path, password=KEY):
    return await site.client.get(path, headers=basic("anybody", password))


async def test_the_outbox_lists_the_newest_first(site):
    for item in (mail(1), CARD, mail(2)):
        await site.store.outbox.put(item)
    text = Page((await get(site, "/outbox")).text).text
    assert text.index("Subject 2") < text.index("A new MQL") < text.index("Subject 1")
    assert "ada@example.com" in text
    assert "#sales" in text


async def test_the_outbox_can_be_read_by_kind_and_by_lead(site):
    for item in (mail(1), CARD, mail(2, "b2")):
        await site.store.outbox.put(item)

    async def shown(asked):
        text = Page((await get(site, f"/outbox?{asked}")).text).text
        return [name for name in ("Subject 1", "Subject 2", "A new MQL") if name in text]

    assert await shown("kind=slack") == ["A new MQL"]
    assert await shown("kind=email") == ["Subject 1", "Subject 2"]
    assert await shown("lead=a1") == ["Subject 1", "A new MQL"]
    assert await shown("lead=a1&kind=email") == ["Subject 1"]
    assert await shown("lead=nobody") == []


async def test_every_item_is_on_one_page_of_the_list(site):
    for n in range(A_PAGE * 2 + 1):
        await site.store.outbox.put(mail(n, subject=f"Subject <{n}>"))
    path: str | None = "/outbox?kind=email"
    found: list[str] = []
    while path:
        page = Page((await get(site, path)).text)
        found += [words for words in page.words if words.startswith("Subject <")]
        older = [attrs["href"] for _, attrs in page.elements if "before=" in (attrs.get("href") or "")]
        path = older[0] if older else None
    assert found == [f"Subject <{n}>" for n in reversed(range(A_PAGE * 2 + 1))]


async def test_a_mail_is_shown_as_text_and_in_a_frame_that_runs_nothing(site):
    await site.store.outbox.put(mail(1))
    answer = await get(site, "/outbox/1")
    page = Page(answer.text)
    assert "Text 1" in page.text
    assert all("src" in attrs for tag, attrs in page.elements if tag == "script")
    frame = dict(next(attrs for tag, attrs in page.elements if tag == "iframe"))
    assert "sandbox" in frame
    assert not frame["sandbox"]
    assert frame["src"] == "/outbox/1/mail"
    assert answer.headers["content-security-policy"].endswith("; frame-src 'self'")


async def test_the_html_of_a_mail_is_let_do_nothing(site):
    await site.store.outbox.put(mail(1))
    answer = await get(site, "/outbox/1/mail")
    assert answer.text == MAIL
    allowed = dict(
        each.strip().partition(" ")[::2] for each in answer.headers["content-security-policy"].split(";")
    )
    assert allowed["sandbox"] == ""
    assert allowed["default-src"] == "'none'"
    assert allowed["img-src"] == "https:"
    assert "script-src" not in allowed
    assert allowed["frame-ancestors"] == "'self'"


async def test_a_card_is_drawn_as_slack_draws_it(site):
    await site.store.outbox.put(CARD)
    text = Page((await get(site, "/outbox/1")).text).text
    for said in ("Ada from Engines & Co", "Score 87", "policy p-1", "Claim", "#sales"):
        assert said in text
    assert "https://x.example" in Page((await get(site, "/outbox/1")).text).values("href")
    assert (await get(site, "/outbox/1/mail")).status_code == 404


@pytest.mark.parametrize("path", ["/outbox", "/outbox/1", "/outbox/1/mail"])
async def test_nothing_of_the_outbox_is_shown_without_a_key(site, path):
    await site.store.outbox.put(mail(1))
    answer = await get(site, path, password=None)
    assert answer.status_code == 401
    assert "Subject 1" not in answer.text
    assert (await get(site, path)).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/outbox/2", "/outbox/0", "/outbox/-1", f"/outbox/{10**30}", "/outbox/x", "/outbox/2/mail",
     "/outbox?before=0", f"/outbox?before={10**30}", "/outbox?kind=fax", f"/outbox?lead={'a' * 65}"],
)  # fmt: skip
async def test_what_is_not_there_is_a_page_and_no_error(site, path):
    answer = await get(site, path)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_number_that_is_none_is_told_about_the_outbox_and_not_about_a_lead(site):
    said = Page((await get(site, "/outbox/x")).text).text
    assert "`number` is not valid" in said
    assert "lead with this id" not in said


async def test_a_kept_mail_says_who_it_is_from(site):
    await site.store.outbox.put(mail(1))
    assert "Lead Workflows <hello@example.com>" in Page((await get(site, "/outbox/1")).text).text


async def test_the_heading_of_a_card_holds_none_of_slacks_markup(site):
    await site.store.outbox.put(replace(CARD, text="Due <!date^1795428000^{time}|10:00 UTC>"))
    for path in ("/outbox", "/outbox/1"):
        said = Page((await get(site, path)).text).text
        assert "Due 10:00 UTC" in said
        assert "!date" not in said


async def test_the_page_of_a_lead_leads_to_what_was_kept_of_it(site):
    lead_id = await site.lead()
    assert f"/outbox?lead={lead_id}" not in (await site.get(lead_id)).text
    await site.store.outbox.put(mail(1, lead_id))
    assert f"/outbox?lead={lead_id}" in Page((await site.get(lead_id)).text).values("href")


async def test_a_subject_never_becomes_markup(site):
    await site.store.outbox.put(mail(1, subject="<script>x</script>", text="</pre><img src=x>"))
    for path in ("/outbox", "/outbox/1"):
        page = Page((await get(site, path)).text)
        assert "img" not in page.tags
        assert all("src" in attrs for tag, attrs in page.elements if tag == "script")


BERLIN = ZoneInfo("Europe/Berlin")
PHISHING = "<javascript:alert(1)|here>"


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        (
            "<https://x.example/a?b&amp;c|Open it>",
            '<a href="https://x.example/a?b&amp;c" rel="noreferrer">Open it</a>',
        ),
        ("<mailto:ada@example.com>", '<a href="mailto:ada@example.com" rel="noreferrer">ada@example.com</a>'),
        ("*Bold* _leaning_ `code`", "<b>Bold</b> <i>leaning</i> <code>code</code>"),
        ("2*3*4 &lt;b&gt;\nsnake_case_name", "2*3*4 &lt;b&gt;<br>snake_case_name"),
        ("&amp;lt;", "&amp;lt;"),
        (PHISHING, "here"),
        ("<b>", "b"),
        (None, ""),
    ],
)
def test_slacks_markup_is_drawn_and_nothing_else_is_markup(said, drawn):
    assert str(rich({"type": "mrkdwn", "text": said}, BERLIN)) == drawn


def test_a_date_is_said_in_the_companys_zone():
    drawn = rich("<!date^1772814600^{date_short_pretty} at {time}|2026-03-06 16:30 UTC>", BERLIN)
    assert "Fri 6 Mar 2026 at 17:30" in drawn
    assert 'title="2026-03-06 16:30 UTC"' in drawn


def test_people_are_called_by_name():
    assert str(rich("by <@U0ADA>", BERLIN, {"U0ADA": "Ada <L>"})) == "by <b>@Ada &lt;L&gt;</b>"
    assert str(rich("by <@U0ADA>", BERLIN)) == "by <b>@U0ADA</b>"


def test_plain_text_shows_its_stars():
    assert str(rich({"type": "plain_text", "text": "*a* <b>"}, BERLIN)) == "*a* &lt;b&gt;"


def test_a_list_says_a_card_in_words():
    assert plain("*Ada* from <https://x.example|Engines &amp; Co>") == "Ada from Engines & Co"


def test_blocks_of_no_words_are_left_out():
    drawn = card_blocks(
        [{"type": "image"}, "odd", {"type": "section"}, {"type": "header", "text": "Hi"}], BERLIN, {}
    )
    assert [(each.kind, [*map(str, each.texts)]) for each in drawn] == [("header", ["Hi"])]


_JSON = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "fields", "url", "value", "action_id"]),
            inner | st.sampled_from(["section", "actions", "button", "claim"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=4))
def test_no_card_breaks_its_page(blocks):
    assert all(isinstance(text, str) for block in card_blocks(blocks, BERLIN, {}) for text in block.texts)
    press_of(blocks, "claim")


@given(st.text(alphabet="<>|*_`&;!^/:ab\"'\n", max_size=40))
def test_no_markup_of_slack_becomes_an_element_that_nobody_named(said):
    page = Page(str(rich(said, BERLIN)))
    assert set(page.tags) <= {"a", "b", "i", "code", "br", "time"}
    assert all(set(attrs) <= {"href", "rel", "datetime", "title"} for _, attrs in page.elements)
    assert not page.crossed
