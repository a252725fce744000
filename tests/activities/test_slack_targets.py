"""Who gets a card: the channel, the owner, the owner's manager or team; and never nobody."""

from __future__ import annotations

import pytest

from leadworkflows.domain.decisions import EntryKind, Outcome, TimelineEntry
from leadworkflows.domain.teams import Rep, Roster, Team
from tests.activities.conftest import Performer
from tests.vendors.server import ResetAfterAccepting
from tests.vendors.slack import Channel, Member, SlackStandIn

GRACE, LINUS, KONRAD = "U0GRACE00", "U0LINUS00", "U0KONRAD0"
ROSTER = Roster(
    reps={"grace": Rep(slack=GRACE), "linus": Rep(slack=LINUS), "konrad": Rep(slack=KONRAD), "ada": Rep()},
    teams={
        "emea": Team(reps=("grace", "ada"), manager="konrad", channel="#emea"),
        "apac": Team(reps=("linus",), channel="#apac"),
    },
)


@pytest.fixture
def sales(performer: Performer, slack: SlackStandIn) -> Performer:
    slack.people += [Member(GRACE), Member(LINUS), Member(KONRAD)]
    slack.channels += [Channel("C0EMEA000", "emea"), Channel("C0APAC000", "apac")]
    performer.roster = ROSTER
    return performer


async def owned_by(performer: Performer, owner: str | None, n: int = 1) -> None:
    """As the workflow records it: the desk knows."""
    entry = TimelineEntry(
        n=n, at=performer.now, kind=EntryKind.OWNER, what="owner", policy="p", data={"owner": owner}
    )
    await performer.store.timeline.record(performer.lead_id, [entry], {"stage": "sql", "revision": n}, n)


@pytest.mark.parametrize(
    ("name", "params", "goes_to"),
    [
        ("slack.alert", {}, "#sales"),
        ("slack.remind", {}, GRACE),
        ("slack.escalate", {}, KONRAD),
        ("slack.alert", {"to": "team"}, "#emea"),
        ("slack.alert", {"to": "owner", "template": "assigned"}, GRACE),
        ("slack.remind", {"to": "channel"}, "#sales"),
    ],
)
async def test_each_card_goes_to_whom_it_concerns(sales, slack, name, params, goes_to):
    await owned_by(sales, "grace")
    await sales.perform(name, **params)
    assert [each["channel"] for each in slack.accepted] == [goes_to]


@pytest.mark.parametrize(
    ("owner", "name"),
    [(None, "slack.remind"), (None, "slack.escalate"), ("ada", "slack.remind"), ("linus", "slack.escalate")],
)
async def test_where_there_is_nobody_to_write_to_the_channel_is_told(sales, slack, owner, name):
    await owned_by(sales, owner)
    await sales.perform(name)
    assert [each["channel"] for each in slack.accepted] == ["#sales"]


async def test_a_reminder_goes_to_whoever_owns_the_lead_when_it_leaves(sales, slack):
    sales.facts = {"owner": "grace"}
    await owned_by(sales, "linus")
    await sales.perform("slack.remind")
    assert [each["channel"] for each in slack.accepted] == [LINUS]


async def test_a_reminder_without_an_answer_is_found_with_the_owner_it_went_to(sales, slack):
    """The lead went to somebody else while nobody knew whether the first owner had been reminded."""
    sales.facts = {"owner": "grace"}
    await owned_by(sales, "grace")
    slack.fail(ResetAfterAccepting())
    with pytest.raises(AssertionError):
        await sales.perform("slack.remind", attempts=1)
    await owned_by(sales, "linus", n=2)
    result = await sales.perform("slack.remind")
    assert [each["channel"] for each in slack.accepted] == [GRACE]
    assert (result.outcome, "found" in result.detail) == (Outcome.CONFIRMED, True)
    [card] = await sales.store.cards.of(sales.lead_id)
    assert card["channel"] == f"D{GRACE[1:]}"


async def test_a_member_id_that_slack_does_not_know_is_stuck_with_the_remedy(sales, slack, store):
    slack.people.clear()
    await owned_by(sales, "grace")
    with pytest.raises(AssertionError):
        await sales.perform("slack.remind", attempts=1)
    [stuck] = await store.effects.stuck()
    assert (stuck.status, "channel_not_found" in stuck.detail) == ("stuck", True)


async def test_the_card_says_what_the_lead_did_lately(sales, slack):
    entries = [
        TimelineEntry(n=n, at=sales.now, kind=kind, what=what, policy="p", data={"type": type_})
        for n, kind, what, type_ in (
            (1, EntryKind.EVENT, "Pricing page", "page_viewed"),
            (2, EntryKind.EVENT, "Attempt logged", "contact_attempted"),
            (3, EntryKind.SCORE, "score 80", "page_viewed"),
        )
    ]
    await sales.store.timeline.record(sales.lead_id, entries, {"stage": "sql"}, 3)
    await sales.perform("slack.alert")
    said = str(slack.accepted[0]["blocks"])
    assert "Pricing page" in said
    assert "Attempt logged" not in said


CLOCK = {"clock": "first_contact", "clock_id": "L3:1", "rung": 50, "revision": 4}


async def clock_stands(performer: Performer, revision: int, **clock: object) -> None:
    snapshot = {"stage": "sql", "revision": revision, "sla": [{"id": "L3:1", "state": "running", **clock}]}
    entry = TimelineEntry(n=revision, at=performer.now, kind=EntryKind.CLOCK, what="clock", policy="p")
    await performer.store.timeline.record(performer.lead_id, [entry], snapshot, revision)


@pytest.mark.parametrize(
    ("clock", "says"),
    [
        ({"state": "met"}, "the clock was met meanwhile"),
        ({"state": "stopped"}, "the clock was stopped meanwhile"),
        ({"answered": True}, "somebody took the lead on meanwhile"),
    ],
)
@pytest.mark.parametrize("name", ["slack.remind", "slack.escalate", "slack.alert"])
async def test_a_rung_whose_clock_stopped_while_it_waited_is_withheld(sales, slack, name, clock, says):
    sales.facts = CLOCK
    await clock_stands(sales, 5, **clock)
    result = await sales.perform(name)
    assert (result.outcome, result.detail, slack.accepted) == (Outcome.WITHHELD, says, [])


@pytest.mark.parametrize(("revision", "clock"), [(5, {"state": "missed"}), (4, {"state": "met"})])
async def test_a_rung_that_is_still_wanted_is_posted(sales, slack, revision, clock):
    """Missed is no reason to be quiet, and a snapshot as old as the rung knows nothing newer."""
    sales.facts = CLOCK
    await clock_stands(sales, revision, **clock)
    assert (await sales.perform("slack.escalate")).outcome is Outcome.CONFIRMED


async def test_a_rung_that_was_posted_before_its_clock_stopped_counts_as_posted(sales, slack):
    sales.facts = CLOCK
    slack.fail(ResetAfterAccepting())
    with pytest.raises(AssertionError):
        await sales.perform("slack.remind", attempts=1)
    await clock_stands(sales, 5, state="met")
    assert (await sales.perform("slack.remind")).outcome is Outcome.CONFIRMED
    assert len(slack.accepted) == 1
