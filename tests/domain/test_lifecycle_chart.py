"""The chart itself: pure guards, no side effect, nothing fired by restoring, and its picture in the docs."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from statemachine.exceptions import TransitionNotAllowed

from leadworkflows.domain.diagram import lifecycle_diagram
from leadworkflows.domain.lifecycle import GUARDS, Lifecycle, Move, Stage, after, join, split
from leadworkflows.domain.standing import JourneyStanding
from tests.domain.story import Story, day
from tests.domain.variants import DEFAULT

DOCS = Path(__file__).parents[2] / "docs" / "lifecycle.md"
READINGS = ("qualifies", "vetted", "deal_ready", "worth_recycling", "unanswered")
EVENTS = [*(move.value for move in Move), "attempt", "defer", "connect"]
PLACES = [
    (Stage.LEAD, None), (Stage.MQL, "open"), (Stage.MQL, "attempting_contact"), (Stage.MQL, "bad_timing"),
    (Stage.SAL, None), (Stage.SQL, "attempting_contact"), (Stage.SQL, "connected"), (Stage.OPPORTUNITY, None),
    (Stage.CUSTOMER, None), (Stage.RECYCLED, None), (Stage.DISQUALIFIED, None),
]  # fmt: skip


def reading(name):
    """One thing that guards read, with a note that they did."""

    def read(standing):
        standing.read.add(name)
        return standing.readings.get(name, False)

    return property(read)


class Standing:
    """What the chart may read; it keeps a note of all that was read and written."""

    qualifies, vetted, deal_ready, worth_recycling, unanswered = map(reading, READINGS)

    def __init__(self, place, **readings) -> None:
        self.readings, self.configuration = readings, join(*place)
        self.read: set[str] = set()
        self.written: list[str] = []

    def __setattr__(self, name, value) -> None:
        if "written" in self.__dict__:
            self.written.append(name)
        super().__setattr__(name, value)


def restored(standing):
    """A chart over a standing. Building it looks at every guard once, to see that it is there."""
    chart = Lifecycle(standing, state_field="configuration")
    standing.read.clear()
    return chart


def chart_says(standing, event):
    """What the chart itself answers, built anew: where it goes, or None."""
    try:
        restored(standing).send(event)
    except TransitionNotAllowed:
        return None
    return split(standing.configuration)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_what_is_remembered_of_the_chart_is_what_the_chart_says(place):
    for event, holds in product(EVENTS, (True, False)):
        asked, built = (Standing(place, **dict.fromkeys(READINGS, holds)) for _ in range(2))
        assert after(place, event, asked) == chart_says(built, event)


@pytest.mark.parametrize("event", EVENTS)
def test_a_move_reads_only_its_own_guard(event):
    for place, holds in product(PLACES, (True, False)):
        standing = Standing(place, **dict.fromkeys(READINGS, holds))
        chart_says(standing, event)
        assert standing.read <= {GUARDS.get(event)}


def test_each_guard_can_close_its_move_or_turn_it():
    starts = {Move.QUALIFY: Stage.LEAD, Move.VET: Stage.SAL, Move.OPEN_OPPORTUNITY: Stage.SQL,
              Move.LOSE: Stage.OPPORTUNITY, Move.GIVE_UP: Stage.MQL}  # fmt: skip
    sub_status = {Stage.SQL: "connected", Stage.MQL: "open"}
    for move, guard in GUARDS.items():
        place = (starts[Move(move)], sub_status.get(starts[Move(move)]))
        assert after(place, move, Standing(place, **{guard: True}))
        assert after(place, move, Standing(place)) in (None, (Stage.DISQUALIFIED, None))


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_restoring_a_lead_fires_nothing(place):
    standing = Standing(place, **dict.fromkeys(READINGS, True))
    chart = restored(standing)
    assert standing.written == []
    assert split(standing.configuration) == place
    expected = join(*place)
    values = {expected} if isinstance(expected, str) else set(expected)
    assert {str(value) for value in chart.configuration_values} == values


@pytest.mark.parametrize("event", EVENTS)
def test_the_chart_writes_nothing_but_the_configuration(event):
    for place in PLACES:
        standing = Standing(place, **dict.fromkeys(READINGS, True))
        chart_says(standing, event)
        assert set(standing.written) <= {"configuration"}


def test_an_event_that_the_chart_does_not_know_is_refused():
    standing = Standing((Stage.LEAD, None), qualifies=True)
    with pytest.raises(TransitionNotAllowed):
        Lifecycle(standing, state_field="configuration").send("T99")
    assert after((Stage.LEAD, None), "T99", standing) is None


@pytest.mark.parametrize("event", EVENTS)
def test_asking_where_a_move_leads_writes_nothing(event):
    for place in PLACES:
        standing = Standing(place, **dict.fromkeys(READINGS, True))
        after(place, event, standing)
        assert standing.written == []


@pytest.mark.parametrize("stage", list(Stage))
def test_guards_read_a_lead_without_changing_it(stage):
    story = Story().in_stage(stage)
    before = story.state.model_dump_json()
    standing = JourneyStanding(DEFAULT, story.state, day(1), None)
    for name in READINGS:
        assert getattr(standing, name) == getattr(standing, name)
    for event in EVENTS:
        after((stage, story.state.sub_status), event, standing)
    assert story.state.model_dump_json() == before


def test_t12_is_open_only_once_the_limit_has_passed():
    story = Story().as_sql().on(1, "contact_attempted")
    open_on = [
        JourneyStanding(DEFAULT, story.state, day(number), None).unanswered for number in (2, 21.9, 22)
    ]
    assert open_on == [False, False, True]


def test_every_move_of_the_field_is_a_transition_and_every_stage_a_state():
    chart = Lifecycle(Standing((Stage.LEAD, None)), state_field="configuration")
    assert {str(event) for event in chart.events} >= {move.value for move in Move}
    assert {str(state.value) for state in chart.states} == {stage.value for stage in Stage}


def test_the_picture_in_the_docs_is_the_chart():
    picture = f"```mermaid\n{lifecycle_diagram()}```"
    assert picture in DOCS.read_text("utf-8"), "Run docs/lifecycle_diagram.py, and look at what changed."
