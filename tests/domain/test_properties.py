"""What holds for every life of a lead."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadworkflows.domain import scoring
from leadworkflows.domain.decisions import Action, ActionResult, EntryKind, Outcome, TimelineEntry
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.journey import Journey
from leadworkflows.domain.lifecycle import Move, Stage
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.state import ClockStatus, JourneyState
from tests.domain.scenarios import lead_events
from tests.domain.variants import DEFAULT, variant

OTHER = variant(
    name="other",
    segments={"everyone-else": {"mql_at": 60}},
    nurture={"general": {"steps": [{"after": "2h", "content": "welcome"}]}},
    sla={"review": {"within": "12h", "rungs": [{"at": at, "do": "slack.remind"} for at in (25, 50)]}},
)
POLICIES: Callable[[str], Policy] = {policy.id: policy for policy in (DEFAULT, OTHER)}.__getitem__
KEY = re.compile(r"lead:ada:[a-z][A-Za-z0-9._\-]*:[1-9][0-9]*")
LIVES = lead_events(policies=(DEFAULT.id, OTHER.id))
MANY = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
SOME_TURNS = 2_000
"""Far more than any life needs; a core that does not come to rest exceeds it."""


class Life:
    """Drives a journey by hand, and looks at it after every single turn."""

    def __init__(
        self, look: Callable[[Journey, datetime], None] = lambda *_: None, *, settles: bool = True
    ) -> None:
        self.settles = settles
        self.journey = Journey(JourneyState(lead_id="ada", policy_id=DEFAULT.id), POLICIES)
        self.entries: list[TimelineEntry] = []
        self.actions: list[Action] = []
        self.look, self.turns = look, 0

    def turn(self, events: Sequence[LeadEvent], now: datetime) -> None:
        self.turns += 1
        assert self.turns < SOME_TURNS
        decided = self.journey.advance(events, now)
        self.entries += decided.entries
        self.look(self.journey, now)
        while decided.actions:
            self.actions += decided.actions
            if not self.settles:
                return
            ended = [ActionResult(key=each.key, outcome=Outcome.CONFIRMED) for each in decided.actions]
            decided = self.journey.settle(ended, now)
            self.entries += decided.entries

    def pass_time(self, until: datetime) -> None:
        """Until just before an instant."""
        while (due := self.journey.next_wakeup) and due < until:
            self.turn((), due)

    def play(self, events: Sequence[LeadEvent], batches: Sequence[int] = ()) -> Life:
        """Deliver events at their own times, or several at once where they come within the hour."""
        rest, sizes = list(events), list(batches)
        while rest:
            size = sizes.pop() if sizes else 1
            while size > 1 and rest[:size][-1].occurred_at - rest[0].occurred_at > DEFAULT.late_after.delta:
                size -= 1
            batch, rest = rest[:size], rest[size:]
            self.pass_time(batch[0].occurred_at)
            self.turn(batch, batch[-1].occurred_at)
        self.pass_time(events[-1].occurred_at + timedelta(days=120))
        return self


@MANY
@given(LIVES)
def test_no_action_is_ever_decided_twice_and_every_key_has_its_shape(events):
    keys = [action.key for action in Life().play(events).actions]
    assert len(keys) == len(set(keys))
    assert [key for key in keys if not KEY.fullmatch(key)] == []


@MANY
@given(LIVES)
def test_the_score_is_never_negative_and_always_explained(events):
    ids = {event.id for event in events}

    def look(journey: Journey, now: datetime) -> None:
        score = journey.state.score
        assert scoring.engagement(score) >= 0
        assert scoring.total(score) == scoring.fit(score) + scoring.engagement(score) >= 0
        assert scoring.total(score) == sum(c.points for c in score.contributions)
        for given_ in score.contributions:
            assert given_.rule in journey.policy.titles or given_.rule in (*DEFAULT.titles, "P6")
            assert given_.event_id in ids or given_.rule == "P6"
            assert given_.at <= now

    life = Life(look).play(events)
    totals = [(entry.data["before"], entry.data["after"], entry.data["points"])
              for entry in life.entries if entry.kind is EntryKind.SCORE]  # fmt: skip
    assert all(before + points == after for before, after, points in totals)  # type: ignore[operator]


@MANY
@given(LIVES, st.lists(st.integers(1, 5), max_size=60))
def test_splitting_the_same_events_into_other_batches_gives_the_same_timeline(events, batches):
    alone, together = Life(settles=False).play(events), Life(settles=False).play(events, batches)
    assert together.entries == alone.entries
    assert together.actions == alone.actions
    assert together.journey.state == alone.journey.state


@MANY
@given(LIVES)
def test_the_next_wake_up_is_always_later_and_there_while_anything_runs(events):
    def look(journey: Journey, now: datetime) -> None:
        due, state = journey.next_wakeup, journey.state
        assert due is None or due > now
        runs = state.enrolment or [
            c for c in state.clocks if c.since and c.ticking and c.status is ClockStatus.RUNNING
        ]
        assert due is not None or not runs

    Life(look).play(events)


@MANY
@given(LIVES)
def test_no_mail_is_decided_after_contact_ended(events):
    life = Life().play(events)
    ended = next((entry.n for entry in life.entries if entry.what.startswith("No more mail")), None)
    since = life.journey.state.contact.since
    assert (ended is None) == (since is None)
    if ended and since:
        later = [entry.what for entry in life.entries if entry.n > ended]
        assert not [what for what in later if what.startswith(("Step ", "Enrolled"))]
        assert not [a for a in life.actions if a.name == "email.send" and a.decided_at > since]


@MANY
@given(LIVES)
def test_entries_are_numbered_without_a_gap_and_time_never_runs_backwards(events):
    moments: list[datetime] = []
    life = Life(lambda journey, _: moments.append(journey.state.now or events[0].occurred_at)).play(events)
    assert [entry.n for entry in life.entries] == list(range(1, len(life.entries) + 1))
    assert moments == sorted(moments)
    assert life.journey.state.entries == len(life.entries)


@MANY
@given(LIVES)
def test_a_stage_changes_only_by_a_move_of_the_field(events):
    stage = Stage.LEAD.value
    for entry in Life().play(events).entries:
        if entry.kind is EntryKind.STAGE and "move" in entry.data:
            assert (entry.data["from"], Move(str(entry.data["move"])).value) == (stage, entry.why[0])
            stage = str(entry.data["to"])
            if entry.data["move"] in ("T6", "T9", "T10", "T12"):
                assert entry.data["reason"]


@MANY
@given(LIVES, st.integers(2, 4))
def test_delivering_everything_again_changes_nothing(events, times):
    life = Life().play(events)
    now = events[-1].occurred_at + timedelta(days=120)
    before = life.journey.state.model_dump_json()
    for _ in range(times):
        assert life.journey.advance(events, now - timedelta(seconds=1)).entries == []
    assert life.journey.state.model_dump_json() == before


@MANY
@given(LIVES, st.randoms(use_true_random=False))
def test_any_order_of_arrival_comes_to_rest_and_is_explained(events, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    renumbered = [event.model_copy(update={"seq": n}) for n, event in enumerate(shuffled, 1)]
    life, now = Life(), events[0].occurred_at
    for event in renumbered:
        now = max(now, event.occurred_at)
        life.pass_time(now)
        life.turn([event], now)
    life.pass_time(now + timedelta(days=120))
    keys = [action.key for action in life.actions]
    assert len(keys) == len(set(keys))
    assert scoring.engagement(life.journey.state.score) >= 0
    assert len([e for e in life.entries if e.kind is EntryKind.EVENT]) == len(events)


def test_the_generated_lives_reach_every_stage_by_every_move():
    seen: Counter[str] = Counter()

    @settings(max_examples=200, database=None, derandomize=True)
    @given(lead_events())
    def count(events: list[LeadEvent]) -> None:
        entries = Life().play(events).entries
        seen.update({str(entry.data["move"]) for entry in entries if "move" in entry.data})
        seen.update({str(entry.data["to"]) for entry in entries if entry.data.get("to")})

    count()
    for stage in Stage:
        assert seen[stage.value] >= 8, stage
    assert not [move for move in Move if not seen[move.value]]
