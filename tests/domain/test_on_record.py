"""What the reports will ask for is on the timeline: returned SALs, reasons, attempts, speed to contact."""

from __future__ import annotations

from leadworkflows.domain.decisions import TimelineEntry
from tests.domain.story import Story


def stages(story: Story) -> list[TimelineEntry]:
    return [entry for entry in story.entries("stage") if "move" in entry.data]


def test_r6_the_returned_share_of_sals_can_be_counted():
    returned = Story().as_sal().on(2, "lead_returned", reason="wrong_profile", by="rep-1")
    kept = Story().as_sql()
    lives = [returned, kept, Story().as_sal()]
    accepted = [e for life in lives for e in stages(life) if e.data["to"] == "sal"]
    back = [e for life in lives for e in stages(life) if (e.data["from"], e.data["move"]) == ("sal", "T6")]
    assert (len(back), len(accepted)) == (1, 2)
    assert (back[0].data["reason"], back[0].data["by"]) == ("wrong_profile", "rep-1")


def test_r5_every_reason_is_on_record_with_who_gave_it():
    story = Story().as_mql().on(1, "lead_returned", reason="not_ready", by="rep-1")
    story.on(2, "lead_disqualified", reason="spam", by="rep-2")
    said = [
        (e.data["type"], e.data["reason"], e.data["by"]) for e in story.entries("event") if "reason" in e.data
    ]
    assert said == [("lead_returned", "not_ready", "rep-1"), ("lead_disqualified", "spam", "rep-2")]


def test_every_attempt_is_on_record_with_its_outcome():
    story = Story().as_sql().on(1, "contact_attempted", by="rep-1", outcome="no_answer")
    story.on(2, "contact_attempted", by="rep-1", outcome="left_message").on(3, "contact_made", by="rep-1")
    said = [e.data.get("outcome") for e in story.entries("event") if e.data["type"] == "contact_attempted"]
    assert said == ["no_answer", "left_message"]


def test_r7_speed_to_first_contact_is_on_record_in_elapsed_and_in_working_time():
    story = Story().on(0.36, "demo_requested").on(1.02, "contact_made", by="rep-1")  # from 17:38 to 9:29
    met = next(entry for entry in story.entries("clock") if entry.data.get("state") == "met")
    assert (met.data["clock"], met.data["minutes"], met.data["working_minutes"]) == ("first_contact", 950, 50)


def test_a_missed_service_level_and_the_round_it_was_met_in_are_on_record():
    story = Story().as_sql().on(1, "contact_made", by="rep-1")
    data = [entry.data for entry in story.entries("clock") if entry.data.get("clock") == "first_contact"]
    assert [each["state"] for each in data if "state" in each] == ["missed", "missed"]
    assert data[-1]["round"] == 1
