"""What the core makes unchecked is what checking would have made of it."""

from __future__ import annotations

import pickle
from copy import deepcopy
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from pydantic import BaseModel

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.making import made
from leadworkflows.domain.simulation import Simulation
from tests.domain.scenarios import START, lead_events
from tests.domain.variants import DEFAULT

GIVEN: dict[str, Any] = {
    "n": 1, "at": START, "kind": EntryKind.EVENT, "what": "Trial started", "why": ["P1"], "policy": "p",
    "data": {"type": "trial_started"},
}  # fmt: skip


def checked(one: BaseModel) -> BaseModel:
    return type(one).model_validate_json(one.model_dump_json())


def assert_is_right(one: BaseModel) -> None:
    """Checked, it is the same to the last type: an enum left where a word belongs would show."""
    assert repr(one) == repr(checked(one))
    assert list(vars(one)) == list(type(one).model_fields)


@settings(max_examples=25)
@given(lead_events())
def test_every_entry_and_action_of_a_life_would_pass_the_check(events):
    simulation = Simulation(DEFAULT)
    simulation.play(events, events[-1].occurred_at + timedelta(days=90))
    state = simulation.journey.state
    for one in (*simulation.timeline, *simulation.actions, *state.score.contributions, *state.clocks):
        assert_is_right(one)
    for part in filter(None, (state.enrolment, *state.qualification.values())):
        assert_is_right(part)


def test_a_made_model_is_no_other_than_a_checked_one():
    one, other = made(TimelineEntry, **GIVEN), TimelineEntry(**GIVEN)
    assert one == other
    assert one.model_dump_json() == other.model_dump_json()
    assert one.model_fields_set == other.model_fields_set
    assert one.model_copy(update={"n": 2}) == other.model_copy(update={"n": 2})
    assert deepcopy(one) == pickle.loads(pickle.dumps(one)) == other  # noqa: S301 - our own
