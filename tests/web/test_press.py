from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from leadworkflows.api.parts import Parts
from leadworkflows.api.slack_side import SlackSide
from leadworkflows.commands.carry_out import CommandDesk
from leadworkflows.commands.errors import CommandRefused
from leadworkflows.domain.teams import Rep, Roster
from leadworkflows.presses import Presses
from leadworkflows.slack.buttons import value_of
from leadworkflows.slack.message import OutboxSlackPoster, SlackMessage
from tests.web.conftest import KEY, NOW, POLICY, basic
from tests.web.reading import Page

ROSTER = Roster(reps={"rep-7": Rep(name="Grace Hopper"), "rep-9": Rep(name="Alan <b>")})


def button(label, command, lead_id, style=None):
    text = {"type": "plain_text", "text": label}
    made = {"type": "button", "text": text, "action_id": command, "value": value_of(lead_id, 4)}
    return {**made, "style": style} if style else made


class Desk:
    """A lead that answers as it is told, by the way that a press in Slack takes."""

    def __init__(self, site, roster):
        self.events, self.refusal, self.site = [], None, site
        store, deps = site.store, site.app.state.deps
        self.poster = OutboxSlackPoster(store)
        self.presses = Presses(
            store, CommandDesk(store, self._lead, clock=deps.clock), self.poster, self._roster_of(roster),
            deps.clock,
        )  # fmt: skip
        self.tasks = []

        async def policy_of(_policy_id):
            return POLICY

        side = SlackSide(self.poster, policy_of, self._roster_of(roster), on_press=self._later)
        site.app.state.deps = replace(deps, slack=side)
        site.app.state.parts = Parts(site.app.state.deps)

    async def _lead(self, lead_id, event):
        if self.refusal:
            raise CommandRefused(self.refusal)
        self.events.append(event)
        await self.poster.update("#sales", f"card-{lead_id}", "Moved on", [])
        return {"lead_id": lead_id, "stage": "sal"}

    def _later(self):
        self.tasks.append(asyncio.ensure_future(self.presses.carry_out_due(NOW)))

    @staticmethod
    def _roster_of(roster):
        async def known():
            return roster

        return known


async def card(site, *commands):
    lead_id = await site.lead()
    await site.record(lead_id, stage="mql", owner="rep-9")
    buttons = [button(command.capitalize(), command, lead_id) for command in commands]
    blocks = [{"type": "actions", "elements": buttons}]
    poster = OutboxSlackPoster(site.store)
    await poster.post(SlackMessage(f"card-{lead_id}", lead_id, "#sales", "new-mql", "A new MQL", blocks))
    return lead_id


async def get(site, path):
    return await site.client.get(path, headers=basic("anybody", KEY))


async def form_of(site, path):
    page = Page((await get(site, path)).text)
    return {attrs["name"]: attrs["value"] for tag, attrs in page.elements
            if tag == "input" and attrs.get("name") in ("csrf", "once")}  # fmt: skip


async def post(site, path, at="/outbox/1", **fields):
    data = {**await form_of(site, at), **fields}
    return await site.client.post(path, data=data, headers=basic("anybody", KEY))


async def test_a_press_is_carried_out_as_whoever_presses_and_the_card_follows(site):
    desk = Desk(site, ROSTER)
    lead_id = await card(site, "accept")
    answer = await post(site, "/outbox/1/press", command="accept", by="rep-7")
    assert answer.status_code == 303
    assert [(each.type, each.facts.by, each.facts.seen) for each in desk.events] == [
        ("lead_accepted", "rep-7", 4)
    ]
    text = Page((await get(site, answer.headers["location"])).text).text
    assert "Done." in text
    assert "Moved on" in text
    assert (await get(site, f"/outbox?lead={lead_id}")).status_code == 200


async def test_a_press_that_is_sent_twice_counts_once(site):
    desk = Desk(site, ROSTER)
    await card(site, "claim")
    data = {**await form_of(site, "/outbox/1"), "command": "claim", "by": "rep-7"}
    await site.client.post("/outbox/1/press", data=data, headers=basic("anybody", KEY))
    again = await site.client.post("/outbox/1/press", data=data, headers=basic("anybody", KEY))
    assert again.status_code in (303, 409)  # the card has lost its button, where it was redrawn already
    assert len(desk.events) == 1


async def test_a_refusal_is_told_to_whoever_pressed(site):
    desk = Desk(site, ROSTER)
    desk.refusal = "an MQL is needed"
    await card(site, "accept")
    answer = await post(site, "/outbox/1/press", command="accept", by="rep-7")
    page = Page((await get(site, answer.headers["location"])).text)
    assert "Not done: an MQL is needed." in page.text
    assert any("hot" in (attrs.get("class") or "") for _, attrs in page.elements)


async def test_what_slack_asks_in_a_form_is_asked_on_a_page(site):
    desk = Desk(site, ROSTER)
    await card(site, "return")
    answer = await post(site, "/outbox/1/press", command="return", by="rep-7")
    assert answer.headers["location"] == "/outbox/1/forms/return"
    page = Page((await get(site, "/outbox/1/forms/return")).text)
    assert "Not ready to buy yet" in page.text
    assert not desk.events
    sent = await post(site, "/outbox/1/forms/return", "/outbox/1/forms/return", reason="not_ready",
                      note="call in May", by="rep-7")  # fmt: skip
    assert sent.status_code == 303
    assert [(each.type, each.facts.reason) for each in desk.events] == [("lead_returned", "not_ready")]


async def test_a_form_that_says_too_little_comes_back_with_what_was_typed(site):
    desk = Desk(site, ROSTER)
    await card(site, "return")
    answer = await post(
        site, "/outbox/1/forms/return", "/outbox/1/forms/return", note="<i>why</i>", by="rep-7"
    )
    page = Page(answer.text)
    assert answer.status_code == 422
    assert "Say why." in page.text
    assert "<i>why</i>" in page.text
    assert "i" not in page.tags
    assert not desk.events


async def test_a_reason_that_the_policy_does_not_name_is_refused(site):
    desk = Desk(site, ROSTER)
    await card(site, "return")
    answer = await post(
        site, "/outbox/1/forms/return", "/outbox/1/forms/return", reason="boredom", by="rep-7"
    )
    assert answer.status_code == 422
    assert not desk.events


async def test_a_pause_is_read_in_the_zone_of_the_company(site):
    desk = Desk(site, ROSTER)
    await card(site, "pause")
    path = "/outbox/1/forms/pause"
    assert (await post(site, path, path, until="2026-03-01T09:00", by="rep-7")).status_code == 422
    assert (await post(site, path, path, until="2026-03-09T09:00", by="rep-7")).status_code == 303
    assert [f"{each.facts.until:%d %H:%M}" for each in desk.events] == ["09 09:00"]


async def test_the_page_offers_the_roster_and_remembers_who_acted(site):
    Desk(site, ROSTER)
    await card(site, "log_attempt")
    page = Page((await get(site, "/outbox/1")).text)
    chosen = [attrs["value"] for tag, attrs in page.elements if tag == "option" and "selected" in attrs]
    assert chosen == ["rep-9"]  # the lead's owner
    assert "Alan <b>" in page.text
    await post(site, "/outbox/1/press", command="log_attempt", by="rep-7")
    again = Page((await get(site, "/outbox/1")).text)
    assert [a["value"] for tag, a in again.elements if tag == "option" and "selected" in a] == ["rep-7"]


async def test_without_a_roster_anybody_may_act_by_any_id(site):
    desk = Desk(site, Roster())
    await card(site, "claim")
    await post(site, "/outbox/1/press", command="claim", by="you")
    assert desk.events[0].facts.by == "you"


@pytest.mark.parametrize("changed", [{"csrf": "guessed"}, {"csrf": ""}])
async def test_a_press_needs_a_form_of_ours(site, changed):
    desk = Desk(site, ROSTER)
    await card(site, "claim")
    assert (await post(site, "/outbox/1/press", command="claim", by="rep-7", **changed)).status_code == 403
    assert not desk.events


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [("/outbox/1/press", {"command": "win", "by": "rep-7"}, 409),
     ("/outbox/1/press", {"command": "claim"}, 422),
     ("/outbox/2/press", {"command": "claim", "by": "rep-7"}, 404),
     ("/outbox/1/forms/claim", {"by": "rep-7"}, 404),
     ("/outbox/1/press", {"command": "claim", "by": "ada@example.com"}, 422)],
)  # fmt: skip
async def test_what_cannot_be_pressed_is_told_plainly(site, path, fields, status):
    desk = Desk(site, ROSTER)
    await card(site, "claim")
    answer = await post(site, path, **fields)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert not desk.events


async def test_once_slack_is_connected_kept_cards_are_not_pressed_any_more(site):
    Desk(site, ROSTER)
    await card(site, "claim")
    data = {**await form_of(site, "/outbox/1"), "command": "claim", "by": "rep-7"}
    site.set(slack_bot_token="xoxb-1")
    assert "disabled" in (await get(site, "/outbox/1")).text
    assert (await site.client.post("/outbox/1/press", data=data, headers=basic("a", KEY))).status_code == 409


async def test_a_page_that_follows_its_card_is_told_only_of_changes(site):
    desk = Desk(site, ROSTER)
    lead_id = await card(site, "claim")
    first = Page((await get(site, "/outbox/1")).text)
    address = first.values("hx-get")[0]
    assert (await get(site, address)).status_code == 204
    await desk.poster.update("#sales", f"card-{lead_id}", "Somebody has it", [])
    changed = await get(site, address)
    assert changed.status_code == 200
    assert "Somebody has it" in Page(changed.text).text
