"""The lead as the API, the snapshot and the Temporal UI show it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leadworkflows.domain.lifecycle import Stage
from tests.domain.story import Story

SHOWN = {
    "lead_id", "workflow_id", "stage", "sub_status", "score", "persona", "segment", "priority", "channel",
    "owner", "sla", "nurture", "contact", "policy", "next_wakeup",
}  # fmt: skip


@pytest.mark.parametrize("stage", list(Stage))
def test_every_lead_shows_the_same_fields_and_all_of_it_is_json(stage):
    view = Story().in_stage(stage).simulation.journey.view()
    assert view.keys() >= SHOWN
    assert view["stage"] == stage.value
    assert json.loads(json.dumps(view)) == view


def test_a_lead_shows_its_score_with_every_contribution():
    fit = {"rule": "F1", "group": "demographic", "points": 2, "event_id": "e1"}
    trial = {"rule": "P13.trial", "group": "online", "points": 30, "event_id": "e2"}
    score = Story().as_lead(seniority="vp").on(1, "trial_started").simulation.journey.view()["score"]
    assert score == {
        "total": 32, "fit": 2, "engagement": 30, "threshold": 100,
        "contributions": [{**fit, "at": "2026-03-02T09:00:00Z"}, {**trial, "at": "2026-03-03T09:00:00Z"}],
    }  # fmt: skip


def test_a_lead_shows_its_clocks_and_its_next_wake_up():
    view = Story().on(0, "demo_requested").simulation.journey.view()
    (clock,) = view["sla"]
    assert clock == {
        "clock": "first_contact", "id": "L3", "started_at": "2026-03-02T09:00:00Z",
        "due_at": "2026-03-02T10:00:00Z", "state": "running", "stopped_at": None,
        "paused": False, "answered": False, "round": 1,
        "rungs": [
            {"at": 50, "due_at": "2026-03-02T09:30:00Z", "done": False},
            {"at": 100, "due_at": "2026-03-02T10:00:00Z", "done": False},
            {"at": 150, "due_at": "2026-03-02T10:30:00Z", "done": False},
        ],
    }  # fmt: skip
    assert view["next_wakeup"] == "2026-03-02T09:30:00Z"


def test_a_lead_shows_where_it_is_in_nurture_and_whether_it_may_be_contacted():
    story = Story().as_lead(persona="cfo", country="DE").until(1)
    view = story.simulation.journey.view()
    assert view["nurture"] == {
        "sequence": "finance", "pass": 1, "step": 1, "next_at": "2026-03-09T07:25:37Z", "topic": "nurture",
        "due": {
            "base": "2026-03-08T09:00:00Z", "zone": "Europe/Berlin", "zone_from": "country",
            "moved": ["quiet hours"],
        },
    }  # fmt: skip
    nothing: dict[str, Any] = {"topics_off": [], "consent": None}
    assert view["contact"] == {"allowed": True, "reason": None, **nothing}
    gone = story.on(2, "unsubscribed").simulation.journey.view()
    said = {"allowed": False, "reason": "unsubscribed", **nothing}
    assert (gone["nurture"], gone["contact"]) == (None, said)


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        (
            "form_submitted",
            {"form": "contact", "states_budget": True},
            "Submitted the contact form and stated a budget",
        ),
        ("form_submitted", {}, "Submitted the web form"),
        ("page_viewed", {"page": "case_study", "seconds": 1800}, "Viewed the case study page for 30 min"),
        ("page_viewed", {"page": "pricing", "seconds": 59}, "Viewed the pricing page"),
        ("content_downloaded", {"asset": "white-paper"}, "Downloaded the white paper"),
        ("demo_requested", {}, "Demo requested"),
        ("lead_returned", {"by": "rep-1", "reason": "not_ready"}, "Returned by rep-1: not ready"),
        ("lead_disqualified", {"reason": "student"}, "Disqualified by sales: student"),
    ],
)
def test_the_timeline_reads_like_sentences(kind, facts, said):
    assert Story().on(0, kind, **facts).said("event") == [said]
