"""Whole lives of leads, generated: realistic enough that many reach the late stages, odd enough to surprise.

`lead_events()` gives the events of one lead in the order in which its inbox numbers them. Other suites
use it too, so that every driver of the core is asked the same questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from leadworkflows.domain.events import EventType, LeadEvent
from leadworkflows.domain.facts import QUALIFICATION, Seniority

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LONGEST = 59
"""Event number n is n seconds past a full minute, so no two can share an instant, nor can an event fall
on what another one started."""


@dataclass(frozen=True)
class Beat:
    """One event before it has a date: what happens, how many minutes after the one before."""

    kind: str
    facts: dict[str, Any] = field(default_factory=dict)
    minutes: int = 1
    anonymous: bool = False


Beats = SearchStrategy[list[Beat]]
QUICK = st.sampled_from([1, 9, 40, 59, 240])
SLOW = st.sampled_from([1, 50, 700, 1_441, 2_900, 10_100, 32_000, 50_000])

_pages = st.sampled_from(
    ["pricing", "pricing", "product", "case_study", "documentation", "comparison", "blog", "product_video"]
)
_assets = st.sampled_from(["whitepaper", "ebook", "case_study", "api_documentation", "roi_study"])
_labels = st.sampled_from(["autumn", "launch"])
_reps = st.sampled_from(["rep-1", "rep-2"])
_levels = st.sampled_from(["unknown", "no", "partial", "yes"])
_returns = st.sampled_from(["incomplete_data", "wrong_profile", "not_ready"])
_losses = st.sampled_from(["price", "no_budget", "competitor", "spam", "timing"])
_mail = st.fixed_dictionaries({"content": st.sampled_from(["welcome", "roi_study"])})
_outcomes = st.sampled_from(["bad_timing", "meeting_booked"])
_work = st.fixed_dictionaries({"by": _reps})

FACTS: dict[EventType, SearchStrategy[dict[str, Any]]] = {
    EventType.FORM_SUBMITTED: st.fixed_dictionaries(
        {"form": st.sampled_from(["contact", "newsletter", "download"]), "states_budget": st.booleans()}
    ),
    EventType.PAGE_VIEWED: st.fixed_dictionaries(
        {"page": _pages}, optional={"seconds": st.sampled_from([5, 300, 1_800])}
    ),
    EventType.CONTENT_DOWNLOADED: st.fixed_dictionaries({"asset": _assets}),
    EventType.WEBINAR_REGISTERED: st.fixed_dictionaries({"webinar": _labels}),
    EventType.WEBINAR_ATTENDED: st.fixed_dictionaries({"webinar": _labels}),
    EventType.SOCIAL_ENGAGED: st.fixed_dictionaries(
        {"network": st.sampled_from(["linkedin", "mastodon"]), "act": st.sampled_from(["follow", "like"])}
    ),
    **{kind: _mail for kind in EventType if kind.value.startswith("email_")},
    EventType.DEMO_REQUESTED: st.fixed_dictionaries({"states_budget": st.booleans()}),
    EventType.QUALIFICATION_RECORDED: st.dictionaries(
        st.sampled_from(QUALIFICATION), _levels, min_size=1, max_size=5
    ),
    EventType.LEAD_ASSIGNED: st.fixed_dictionaries({"by": _reps, "to": _reps}),
    EventType.LEAD_CLAIMED: _work,
    EventType.CLOCKS_PAUSED: _work,
    EventType.CLOCKS_RESUMED: _work,
    EventType.LEAD_ACCEPTED: _work,
    EventType.LEAD_REOPENED: _work,
    EventType.DEAL_WON: _work,
    EventType.CONTACT_ATTEMPTED: st.fixed_dictionaries(
        {"by": _reps, "outcome": st.sampled_from(["no_answer", "bad_timing"])}
    ),
    EventType.CONTACT_MADE: st.fixed_dictionaries({"by": _reps}, optional={"outcome": _outcomes}),
    EventType.LEAD_RETURNED: st.fixed_dictionaries(
        {"by": _reps, "reason": _returns | st.just("unheard_of_reason")}
    ),
    EventType.DEAL_LOST: st.fixed_dictionaries({"by": _reps, "reason": _losses}),
    EventType.LEAD_DISQUALIFIED: st.fixed_dictionaries(
        {"by": _reps, "reason": st.sampled_from(["competitor", "student"])}
    ),
    EventType.MICRO_COMMITMENT: st.fixed_dictionaries(
        {"commitment": st.sampled_from(["shared_document", "introduced_users", "planned_workshop"])}
    ),
}
"""What an event of each type may say; a type not named here says nothing of its own."""

profiles = st.fixed_dictionaries(
    {},
    optional={
        "industry": st.sampled_from(
            ["software", "manufacturing", "fintech", "construction", "banking", "education"]
        ),
        "employees": st.sampled_from([5, 120, 249, 250, 5_000]),
        "company_type": st.sampled_from(["startup", "group"]),
        "country": st.sampled_from(["DE", "US"]),
        "time_zone": st.sampled_from(["Europe/Berlin", "America/New_York"]),
        "channel": st.sampled_from(["linkedin", "webinar", "search"]),
        "persona": st.sampled_from(
            ["cfo", "technical_director", "marketing_manager", "sales_director", "gardener"]
        ),
        "seniority": st.sampled_from([level.value for level in Seniority]),
    },
)


def beat(kind: str, gap: SearchStrategy[int], **facts: Any) -> SearchStrategy[Beat]:
    """An event of a type: the facts given here, and any others that fit."""
    more = FACTS.get(EventType(kind), st.just({}))
    return st.builds(lambda said, minutes: Beat(kind, {**said, **facts}, minutes), more, gap)


def _in_turn(*beats: SearchStrategy[Beat]) -> Beats:
    return st.tuples(*beats).map(list)


def _bant(**facts: str) -> SearchStrategy[Beat]:
    return beat("qualification_recorded", QUICK, **facts)


_visits = st.lists(
    st.one_of(
        beat("page_viewed", SLOW), beat("content_downloaded", SLOW), beat("social_engaged", SLOW),
        beat("email_opened", SLOW), beat("email_clicked", SLOW), beat("webinar_attended", SLOW),
    ),
    max_size=4,
)  # fmt: skip
_warming = _in_turn(
    *(beat("page_viewed", QUICK, page=page) for page in ["pricing"] * 3 + ["documentation"] * 2),
    beat("page_viewed", QUICK, page="case_study"),
    beat("form_submitted", SLOW, form="contact", states_budget=True),
)
_pricing_again = _in_turn(*[beat("page_viewed", QUICK, page="pricing")] * 3)
_asking = st.sampled_from(["demo_requested", "quote_requested", "meeting_booked"]).flatmap(
    lambda kind: _in_turn(beat(kind, SLOW))
)
_accepting = _in_turn(beat("lead_accepted", SLOW))
_returning = _returns.flatmap(lambda reason: _in_turn(beat("lead_returned", SLOW, reason=reason)))
_vetting = _in_turn(_bant(budget="yes", need="yes", timeline="partial"))
_trying = st.lists(beat("contact_attempted", SLOW), min_size=1, max_size=2)
_reaching = _in_turn(beat("contact_made", QUICK))
_handing = _in_turn(
    beat("lead_claimed", QUICK), beat("clocks_paused", QUICK), beat("lead_assigned", QUICK),
    beat("clocks_resumed", SLOW),
)  # fmt: skip
_maps = dict.fromkeys(("motivation", "authority", "process", "solution_fit"), "yes")
_opening = _in_turn(beat("opportunity_opened", SLOW, **_maps, committee="yes", schedule="partial"))
_winning = _in_turn(beat("micro_commitment", SLOW), beat("deal_won", SLOW))
_losing = _in_turn(beat("deal_lost", SLOW))
_naming = st.sampled_from(["form_submitted"] * 4 + ["newsletter_subscribed", "demo_requested"])
_going = st.sampled_from(["unsubscribed", "email_bounced", "email_spam_reported"]).flatmap(
    lambda kind: _in_turn(beat(kind, SLOW))
)
_closing = _in_turn(beat("lead_disqualified", SLOW), beat("lead_reopened", SLOW))
_silence = _in_turn(
    st.builds(lambda minutes: Beat("email_delivered", {}, minutes), st.integers(45_000, 90_000))
)

_PLOTS: tuple[tuple[Beats, ...], ...] = (
    (_visits,),
    (_visits, _visits, _silence, _visits),
    (_warming, _accepting, _vetting, _opening, _winning),
    (_warming, _accepting, _vetting, _reaching, _opening, _losing, _visits, _asking),
    (_warming, _returning, _visits, _warming, _accepting),
    (_warming, _pricing_again, _reaching, _opening, _winning),
    (_warming, _trying, _silence, _visits),
    (_asking, _reaching, _opening, _winning, _asking),
    (_asking, _trying, _silence, _warming),
    (_asking, _handing, _trying, _reaching),
    (_warming, _handing, _pricing_again),
    (_asking, _returning, _going, _asking),
    (_visits, _closing, _warming, _accepting),
    (_visits, _going, _warming, _asking),
)


_before = st.lists(beat("page_viewed", SLOW) | beat("content_downloaded", SLOW), max_size=4)
_named = _naming.flatmap(lambda kind: beat(kind, QUICK))
_unplanned = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.one_of(
            *(beat(kind.value, SLOW) for kind in EventType if kind is not EventType.POLICY_CHANGED),
            st.builds(lambda facts: Beat("facts_updated", facts), profiles),
        ),
    ),
    max_size=6,
)
_plot = st.one_of(*(st.tuples(*chapters) for chapters in _PLOTS))


@st.composite
def _stories(draw: st.DrawFn, policies: Sequence[str]) -> list[Beat]:
    """A visitor, a form that names them, a plot, and a few events that nobody planned."""
    before, named, said = draw(_before), draw(_named), draw(profiles)
    plot = [one for chapter in draw(_plot) for one in chapter]
    for place, one in draw(_unplanned):
        plot.insert(place % (len(plot) + 1), one)
    for policy in draw(st.lists(st.sampled_from(policies), max_size=2)) if policies else []:
        plot.insert(draw(st.integers(0, len(plot))), Beat("policy_changed", {"policy": policy}, draw(SLOW)))
    unnamed = [Beat(one.kind, one.facts, one.minutes, anonymous=True) for one in before]
    return [*unnamed, Beat(named.kind, {**named.facts, **said}), *plot]


def numbered(beats: Sequence[Beat], start: datetime = START) -> list[LeadEvent]:
    """The beats with dates, ids and running numbers."""
    events, at = [], start
    for seq, one in enumerate(beats, 1):
        at += timedelta(minutes=one.minutes)
        events.append(
            LeadEvent.model_validate(
                {
                    "id": f"e{seq}", "seq": seq, "type": one.kind, "occurred_at": at + timedelta(seconds=seq),
                    "anonymous": one.anonymous, "facts": one.facts,
                }
            )
        )  # fmt: skip
    return events


def lead_events(
    start: datetime = START, *, max_events: int = 40, policies: Sequence[str] = ()
) -> SearchStrategy[list[LeadEvent]]:
    """The events of one lead, all after `start`, strictly one after another.

    `policies` are ids that `policy_changed` may name; without any, that event does not occur.
    """
    longest = min(max_events, LONGEST)
    return _stories(policies).map(lambda beats: numbered(beats[:longest], start))
