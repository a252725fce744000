from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadworkflows.store.records import OutboxItem
from leadworkflows.web.card_text import Line, lines, words
from leadworkflows.web.outbox import A_PAGE
from tests.web.conftest import KEY, NOW, basic
from tests.web.reading import Page

MAIL = "<html><body><h1>Read this</h1><script>alert(1)</script></body></html>"


def mail(n, lead_id="a1", **more):
    given = {"subject": f"Subject {n}", "text": f"Text {n}\nin lines", "html": MAIL, "content": "welcome"}
    return OutboxItem(
        key=f"k{n}", lead_id=lead_id, kind="email", to="ada@example.com", at=NOW, **{**given, **more}
    )


CLAIM = {"type": "button", "text": {"type": "plain_text", "text": "Claim"}}
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
    assert "script" not in page.tags
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


async def test_a_card_is_shown_in_words(site):
    await site.store.outbox.put(CARD)
    text = Page((await get(site, "/outbox/1")).text).text
    for said in ("Ada from Engines & Co (https://x.example)", "Score: 87", "policy p-1", "Claim", "#sales"):
        assert said in text
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
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_number_that_is_none_is_told_about_the_outbox_and_not_about_a_lead(site):
    said = Page((await get(site, "/outbox/x")).text).text
    assert "nothing in the outbox" in said
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
        assert not {"script", "img"} & set(Page((await get(site, path)).text).tags)


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ("<https://x.example/a|Open *it*>", "Open it (https://x.example/a)"),
        ("<mailto:ada@example.com>", "ada@example.com"),
        ("<mailto:ada@example.com|ada@example.com>", "ada@example.com"),
        (
            "due <!date^1795428000^{date} at {time}|10:00 UTC>.",
            "due 10:00 UTC.",
        ),
        ("2*3*4 &lt;b&gt;", "2*3*4 <b>"),
        (None, ""),
        ({"text": 3}, ""),
    ],
)
def test_slacks_markup_reads_as_words(said, reads):
    assert words(said) == reads


def test_blocks_of_no_words_are_left_out():
    assert lines([{"type": "divider"}, "odd", {"type": "section"}, {"type": "header", "text": "Hi"}]) == [
        Line("head", "Hi")
    ]


_JSON = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "elements", "fields"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=4))
def test_no_card_breaks_its_page(blocks):
    assert all(isinstance(line.text, str) for line in lines(blocks))
