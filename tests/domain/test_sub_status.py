"""Sub-statuses of MQL and SQL, and who owns a lead."""

from __future__ import annotations

import pytest

from leadworkflows.domain.lifecycle import Stage
from tests.domain.story import Story


def test_an_mql_is_open_until_sales_tries_to_reach_it():
    story = Story().as_mql()
    assert story.stage == "mql.open"
    assert story.on(1, "contact_attempted", by="rep-1").stage == "mql.attempting_contact"


def test_an_mql_with_bad_timing_says_so_until_the_next_attempt():
    story = Story().as_mql().on(1, "contact_attempted", outcome="bad_timing")
    assert story.stage == "mql.bad_timing"
    assert story.on(9, "contact_attempted", outcome="no_answer").stage == "mql.attempting_contact"
    assert story.on(10, "contact_made", outcome="bad_timing").stage == "mql.bad_timing"


def test_an_sql_is_connected_once_contact_is_made():
    story = Story().as_sql()
    assert story.stage == "sql.attempting_contact"
    assert story.on(1, "contact_attempted").stage == "sql.attempting_contact"
    assert story.on(2, "contact_made").stage == "sql.connected"
    assert story.on(3, "contact_attempted").stage == "sql.connected"


def test_an_sql_that_says_the_timing_is_bad_was_reached_all_the_same():
    assert Story().as_sql().on(1, "contact_made", outcome="bad_timing").stage == "sql.connected"


@pytest.mark.parametrize("stage", [Stage.LEAD, Stage.SAL, Stage.OPPORTUNITY, Stage.CUSTOMER, Stage.RECYCLED])
def test_other_stages_have_no_sub_status(stage):
    story = Story().in_stage(stage).on(1, "contact_attempted").on(1, "contact_made")
    assert story.stage == stage.value


def test_a_sub_status_is_left_with_its_stage():
    story = Story().as_mql().on(1, "contact_attempted").on(2, "lead_accepted")
    assert story.stage == "sal"
    assert story.on(3, "demo_requested").stage == "sql.attempting_contact"


def test_a_change_of_sub_status_is_on_the_timeline():
    story = Story().as_sql().on(1, "contact_made")
    assert story.said("stage")[-1] == "SQL: connected"


def test_a_lead_is_owned_by_who_claims_it():
    story = Story().as_lead().on(1, "lead_claimed", by="rep-1").on(2, "lead_claimed", by="rep-2")
    assert story.state.owner == "rep-2"
    assert story.said("owner") == ["Owner: rep-1", "Owner: rep-2"]
