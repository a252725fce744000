"""A card offers what the lead's stage allows, says who has it, and what became of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.teams import Rep, Roster
from leadworkflows.slack import buttons
from leadworkflows.slack.lately import lately
from leadworkflows.slack.lead_card import Deed, LeadCard, Links
from leadworkflows.slack.templates import TEMPLATES, build, summary
from leadworkflows.store import PersonRecord
from tests.slack.anything import marked

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SINCE = "<!date^1772442720^{date_short_pretty} at {time}|2026-03-02 09:12 UTC>"
ADA = PersonRecord("ada@example.com", "Ada", "Lovelace", "CFO", "Example GmbH", None)
ROSTER = Roster({"rep-7": Rep(name="Grace Hopper", slack="U0GRACE01"), "rep-8": Rep(name="Alan <Turing>")})
LINKS = Links("https://temporal.example.com/lead-l1", "https://leads.example.com/leads/l1")
CLOCK = {"clock": "first_contact", "due_at": "2026-03-02T10:30:00Z", "state": "running", "stopped_at": None}
LADDER = ["reminder", "escalation", "reassign", "unanswered"]


def card(stage: str = "mql", did: tuple[str | Deed, ...] = (), **known: Any) -> LeadCard:
    lead = {"stage": stage, "revision": 7, "since": "2026-03-02T09:12:00Z", **known}
    return LeadCard.of("l1", ADA, lead, NOW, LINKS, ROSTER, did)


def elements(blocks: list[dict[str, Any]], row: str) -> list[dict[str, Any]]:
    return [each for block in blocks if block.get("block_id") == f"lead.{row}" for each in block["elements"]]


def commands(blocks: list[dict[str, Any]]) -> list[str]:
    return [each["action_id"] for each in elements(blocks, "commands")]


def said(template: str, made: LeadCard, *, superseded: bool = False) -> str:
    blocks = build(template, made, superseded=superseded)[1]
    return "\n".join([blocks[0]["text"]["text"], *marked(blocks)])


@pytest.mark.parametrize("template", sorted(TEMPLATES))
@pytest.mark.parametrize(
    ("stage", "offered"),
    [
        ("lead", ["claim", "book_meeting", "disqualify"]),
        ("mql", ["claim", "accept", "book_meeting", "log_attempt", "return", "disqualify"]),
        (
            "sal",
            ["claim", "log_contact", "book_meeting", "log_attempt", "qualify", "return", "disqualify"],
        ),
        (
            "sql",
            [
                *("claim", "log_contact", "book_meeting", "log_attempt", "qualify", "open_opportunity"),
                *("return", "disqualify"),
            ],
        ),
        ("opportunity", ["win", "lose", "qualify", "disqualify"]),
        ("disqualified", ["reopen"]),
        ("recycled", []),
        ("customer", []),
    ],
)
def test_each_stage_has_its_own_commands(template, stage, offered):
    assert commands(build(template, card(stage))[1]) == offered


def test_who_asks_for_a_lead_gets_the_same_buttons():
    for stage in buttons.OFFERED:
        assert commands(summary(card(stage))[1]) == commands(build("assigned", card(stage))[1])
    assert summary(card(owner="rep-7", sla=[CLOCK]))[0].startswith("🔎 Lead: Ada Lovelace (Example GmbH).")


@pytest.mark.parametrize(
    ("clock", "offered"),
    [
        ({}, True),
        ({"state": "missed"}, True),
        ({"answered": True}, False),
        ({"state": "met", "stopped_at": "2026-03-02T09:20:00Z"}, False),
    ],
)
def test_what_somebody_has_can_be_claimed_while_its_clock_waits_for_an_answer(clock, offered):
    own: dict[str, Any] = {"clock": "first_contact", "due_at": "2026-03-02T10:30:00Z"}
    for facts in ({}, own):
        blocks = build("new-mql", card(owner="rep-7", sla=[{**CLOCK, **clock}], **facts))[1]
        assert ("claim" in commands(blocks)) is offered


def test_nobody_can_claim_what_somebody_has_where_no_clock_ticks():
    assert "claim" not in commands(build("new-mql", card(owner="rep-7"))[1])


def test_the_attempts_are_told_with_what_came_of_the_last():
    assert "*Attempts*\n2, last: left a message" in said(
        "hot-lead", card("sql", attempts=2, last_outcome="left_message")
    )
    assert "Attempts" not in said("hot-lead", card("sql", attempts=0))


def test_nobody_is_awaited_for_a_lead_that_went_back():
    made = card("recycled", move="T6", reason="not_ready")
    assert "Nobody owns it." in build("new-mql", made)[0]
    assert "*Owner*\nNobody" in said("new-mql", made)
    assert "yet" not in said("new-mql", made).partition("*Owner*")[2]


def test_a_card_about_a_clock_that_has_time_again_calls_nothing_overdue():
    made = card("sql", clock="first_contact", due_at="2026-03-02T10:30:00Z", sla=[CLOCK])
    assert said("escalation", made).startswith("⏳ Still waiting")


@pytest.mark.parametrize(
    ("now", "headline"),
    [
        ({"stage": "mql", "owner": "rep-7"}, "👋 You have a new lead: "),
        ({"stage": "mql", "owner": "rep-8"}, "👉 Now with Alan <Turing>: "),
        ({"stage": "mql", "owner": None}, "👉 No longer yours: "),
        ({"stage": "sal", "owner": "rep-7"}, "✅ Accepted: "),
        ({"stage": "recycled", "owner": None, "move": "T6"}, "↩️ Returned: "),
        ({"stage": "mql", "owner": "rep-7", "sla": [{**CLOCK, "answered": True}]}, "🙋 Claimed: "),
    ],
)
def test_who_was_told_of_a_new_lead_sees_what_became_of_it(now, headline):
    made = card(told={"owner": "rep-7", "stage": "mql", "sub_status": "open"}, **now)
    assert said("assigned", made).startswith(f"{headline}Ada Lovelace")
    assert "<Turing>" not in build("assigned", made)[0]


@pytest.mark.parametrize(
    ("stage", "owner", "first"),
    [
        ("mql", None, "claim"),
        ("mql", "rep-7", "accept"),
        ("sql", "rep-7", "log_contact"),
        ("opportunity", "rep-7", "win"),
        ("disqualified", None, None),
    ],
)
def test_one_button_stands_out(stage, owner, first):
    row = elements(build("assigned", card(stage, owner=owner))[1], "commands")
    assert [each["action_id"] for each in row if each.get("style") == "primary"] == [first] * bool(first)


def test_a_button_names_the_lead_and_what_was_seen_and_nobody():
    for each in elements(build("hot-lead", card("sql", owner="rep-7"))[1], "commands"):
        assert each["value"] == '{"lead":"l1","seen":7}'
        assert buttons.read_value(each["value"]) == ("l1", 7)


@pytest.mark.parametrize("value", [None, "", "x", "[]", '{"lead":3}', '{"seen":1}', "[" * 100_000])
def test_a_button_that_is_not_ours_is_refused_in_a_sentence(value):
    with pytest.raises(ValueError, match="names no lead"):
        buttons.read_value(value)


def test_what_destroys_asks_again():
    for stage in buttons.OFFERED:
        for each in elements(build("assigned", card(stage))[1], "commands"):
            risky = each.get("style") == "danger" or each["action_id"] == "reopen"
            assert not risky or "confirm" in each or each["action_id"] in buttons.WITH_MODAL


def test_a_ticking_clock_can_be_paused_and_a_paused_one_resumed():
    paused = {**CLOCK, "paused": True}
    met = {**CLOCK, "state": "met", "stopped_at": "2026-03-02T09:20:00Z"}
    assert "pause" in commands(build("hot-lead", card("sql", sla=[CLOCK]))[1])
    assert "resume" in commands(build("hot-lead", card("sql", sla=[paused]))[1])
    assert "pause" not in commands(build("hot-lead", card("sql", sla=[paused]))[1])
    assert not {"pause", "resume"} & {*commands(build("hot-lead", card("sql", sla=[met]))[1])}


def test_a_paused_clock_shows_no_due_time():
    made = card("sql", sla=[{**CLOCK, "paused": True}], paused_until="2026-03-02T09:12:00Z")
    assert f"First contact clock is paused until {SINCE}" in said("hot-lead", made)


def test_every_card_opens_the_dashboard_and_temporal_where_they_are_known():
    row = elements(build("reminder", card())[1], "links")
    assert [each["url"] for each in row[:2]] == [LINKS.dashboard, LINKS.temporal]
    nowhere = LeadCard.of("l1", PersonRecord("ada@example.com"), {}, NOW, Links())
    assert elements(build("reminder", nowhere)[1], "links") == []


@pytest.mark.parametrize(
    ("owner", "shown"),
    [
        ("rep-7", "<@U0GRACE01>"),
        ("rep-8", "Alan &lt;Turing&gt;"),
        ("rep-9", "rep-9"),
        (None, "Nobody owns it yet."),
    ],
)
def test_the_owner_is_mentioned_named_or_told_by_id(owner, shown):
    assert shown in said("hot-lead", card("sql", owner=owner))


def test_the_notification_names_the_owner_without_a_mention():
    text = build("hot-lead", card("sql", owner="rep-7"))[0]
    assert "Owner: Grace Hopper." in text
    assert "<@" not in text


@pytest.mark.parametrize(
    ("known", "headline", "status"),
    [
        ({"stage": "sal", "moved_by": "rep-7"}, "✅ Accepted: ", f"*✅ Accepted* by <@U0GRACE01> · {SINCE}"),
        (
            {"stage": "recycled", "move": "T6", "reason": "not_ready", "moved_by": "rep-7"},
            "↩️ Returned: ",
            f"*↩️ Returned*: not ready to buy yet by <@U0GRACE01> · {SINCE}",
        ),
        ({"stage": "recycled", "reason": "price"}, "↩️ Back to marketing: ", "marketing*: price · <!date"),
        ({"stage": "recycled", "move": "T9", "reason": "price"}, "↩️ Lost: ", "*↩️ Lost*: price"),
        ({"stage": "recycled", "move": "T12", "reason": "no_answer"}, "↩️ No answer: ", "*↩️ No answer* · "),
        (
            {"stage": "sql", "sub_status": "connected", "owner": "rep-8", "contacted_by": "rep-7"},
            "📞 Contact made: ",
            "*📞 Contact made* by <@U0GRACE01>",
        ),
        (
            {"stage": "sql", "owner": "rep-8", "contacted_by": "rep-7", "meeting": True},
            "📅 Meeting booked: ",
            "*📅 Meeting booked* by <@U0GRACE01>",
        ),
        ({"stage": "opportunity"}, "💼 Opportunity opened: ", f"*💼 Opportunity opened* · {SINCE}"),
        ({"stage": "customer"}, "🏆 Won: ", f"*🏆 Won* · {SINCE}"),
        ({"stage": "disqualified", "reason": "spam"}, "⛔ Disqualified: ", "*⛔ Disqualified*: spam"),
        ({"stage": "lead", "move": "T11"}, "🌱 Reopened: ", f"*🌱 Reopened* · {SINCE}"),
    ],
)
def test_the_card_of_a_lead_that_moved_on_says_what_happened(known, headline, status):
    for template in ("new-mql", *LADDER):
        seen = said(template, card(**known))
        assert seen.startswith(f"{headline}Ada Lovelace")
        assert status in seen
        assert build(template, card(**known))[0].startswith(headline)


def test_the_card_of_an_mql_that_became_an_sql_says_so_and_by_when_to_call():
    seen = said("new-mql", card("sql", sla=[CLOCK]))
    assert seen.startswith("🔥 Became an SQL: Ada Lovelace")
    assert "First contact due <!date" in seen


def test_a_claimed_lead_is_told_and_its_clock_runs_on():
    seen = said("hot-lead", card("sql", owner="rep-7", sla=[{**CLOCK, "answered": True}]))
    assert "*🙋 Claimed* by <@U0GRACE01>\n⏱ First contact due" in seen


def test_a_lead_that_routing_gave_to_somebody_still_waits():
    assert "Claimed" not in said("hot-lead", card("sql", owner="rep-7", sla=[CLOCK]))


@pytest.mark.parametrize("template", LADDER)
def test_a_card_about_a_clock_that_was_met_says_that_it_is_done(template):
    met = {**CLOCK, "state": "met", "stopped_at": "2026-03-02T09:20:00Z"}
    made = card("mql", clock="first_contact", due_at=None, sla=[met])
    assert said(template, made).startswith("✅ First contact is done: Ada Lovelace")


@pytest.mark.parametrize("stage", ["mql", "sal", "sql"])
@pytest.mark.parametrize("template", LADDER)
def test_a_card_about_a_clock_that_runs_still_asks_at_whatever_stage(template, stage):
    made = card(stage, clock="first_contact", due_at="2026-03-02T09:00:00Z", sla=[CLOCK])
    assert "First contact was due" in said(template, made)
    assert "*✅" not in said(template, made)


def test_who_was_given_a_lead_at_a_later_stage_is_still_told_that_it_is_new():
    assert said("assigned", card("sal", owner="rep-7")).startswith("👋 You have a new lead: Ada Lovelace")


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_an_older_card_leaves_the_buttons_to_the_newer_one(template):
    text, blocks = build(template, card("sql", sla=[CLOCK]), superseded=True)
    assert not [block for block in blocks if block["type"] == "actions"]
    assert "_There is a newer card about this lead._" in said(template, card("sql"), superseded=True)
    assert text.startswith("🗂 Older card: Ada Lovelace")


def test_what_is_known_for_the_deal_is_shown_from_sql_on():
    known = {"need": "yes", "budget": "partial", "authority": "no", "schedule": "unknown"}
    assert "~ Budget · ✗ Authority · ✓ Need" in said("hot-lead", card("sql", qualification=known))
    assert "Budget" not in said("new-mql", card("mql", qualification=known))


def test_what_the_lead_did_lately_is_told_newest_first_and_without_what_others_did():
    did = [
        ("Viewed the pricing page", "page_viewed", 1),
        ("Email opened", "email_opened", 2),
        ("Claimed by rep-7", "lead_claimed", 3),
        ("Downloaded the case study", "content_downloaded", 4),
    ]
    entries = [
        TimelineEntry(
            n=n, at=NOW.replace(minute=n), kind=EntryKind.EVENT, what=what, policy="p", data={"type": kind}
        )
        for what, kind, n in did
    ]
    found = lately(entries)
    assert [deed.text for deed in found] == ["Downloaded the case study", "Viewed the pricing page"]
    seen = said("hot-lead", card("sql", tuple(found)))
    assert seen.index("*Lately*\n• Downloaded the case study · <!date") < seen.index("• Viewed the pricing")


def test_only_the_last_five_deeds_are_told():
    assert "deed 6" not in said("hot-lead", card("sql", tuple(f"deed {n}" for n in range(1, 9))))
    assert "deed 5" in said("hot-lead", card("sql", tuple(f"deed {n}" for n in range(1, 9))))


def test_a_nobody_took_it_card_asks_everybody():
    text, blocks = build("unanswered", card("sql", clock="first_contact", due_at="2026-03-02T09:00:00Z"))
    assert text.startswith("🆘 Nobody took this lead: Ada Lovelace (Example GmbH). First contact was due")
    assert "claim" in commands(blocks)


def test_the_value_of_a_button_is_json_that_slack_takes():
    assert json.loads(buttons.value_of("l1", None)) == {"lead": "l1", "seen": None}
    assert buttons.read_value(buttons.value_of("l1", None)) == ("l1", None)
