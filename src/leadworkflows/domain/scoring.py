"""Scoring: which rule gives how many points for which event, and what silence takes away.

Fit (who they are) and engagement (what they do) are kept apart; their sum is the score. Every
point is a `Contribution` that names its rule and event, so the sum can always be explained.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from leadworkflows.domain.conditions import holds
from leadworkflows.domain.decisions import Datum, EntryKind
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.facts import Seniority
from leadworkflows.domain.grammar import Pattern, Triggers
from leadworkflows.domain.lifecycle import Move
from leadworkflows.domain.making import made
from leadworkflows.domain.policy import Policy, Segment
from leadworkflows.domain.reading import Means, Reading, is_meant
from leadworkflows.domain.rules import Group, ScoringRule
from leadworkflows.domain.state import Contribution, JourneyState, ScoreState
from leadworkflows.domain.turn import Turn

_PRICING = Move.REVISIT_PRICING.value
_KEPT = 64
"""How many occurrences a pattern remembers at most; more than any sensible `times`."""


def fit(score: ScoreState) -> int:
    """Points for who the lead is."""
    return score.fit


def engagement(score: ScoreState) -> int:
    """Points for what the lead does, less what silence took; never below 0."""
    return score.engagement


def total(score: ScoreState) -> int:
    """The score: fit and engagement together."""
    return score.fit + score.engagement


def segment_of(profile: dict[str, object], policy: Policy) -> tuple[str, Segment]:
    """The first segment whose condition holds over the known facts (P8 to P10)."""
    return next((name, seg) for name, seg in policy.segments.items() if holds(seg.when, profile.get))


def matches(event: LeadEvent, triggers: Triggers) -> bool:
    """Whether an event is one of the triggers."""
    for trigger in triggers:  # noqa: SIM110 - asked for every rule and event
        if event.type is trigger.event and holds(trigger.where, event.where):
            return True
    return False


def qualifies(state: JourneyState, policy: Policy) -> bool:
    """T1: the threshold is reached, and not on weak signals alone (P13)."""
    if total(state.score) < policy.segments[state.segment].mql_at:
        return False
    weak, given = policy.moves.T1.never_on_alone, state.score.contributions
    return any(c.points > 0 and not c.group.is_fit and c.event_type not in weak for c in given)


def completes_pricing(turn: Turn, event: LeadEvent, means: Means, said: Mapping[str, Any]) -> bool:
    """Whether the event completes the pattern of T4.

    `means` says what facts count for it, and `said` are the event's, folded.
    """
    if not is_meant(means, said):
        return False
    return _complete(turn.policy.moves.T4, _PRICING, event.occurred_at, turn.state.score) is not None


def _complete(pattern: Pattern, key: str, at: datetime, score: ScoreState) -> datetime | None:
    """Take an occurrence in; when it completes the pattern, say when, and use up its occurrences.

    An occurrence belongs to one completed pattern only. Late events find their place by their own
    date, so the order of arrival does not matter.
    """
    if pattern.times == 1 or pattern.within is None:
        return at
    seen = score.windows.setdefault(key, [])
    insort(seen, at)
    run = _run(seen, at, pattern.times, pattern.within.delta) if len(seen) >= pattern.times else None
    if run is not None:
        completed_at = seen[run + pattern.times - 1]
        del seen[run : run + pattern.times]
        return completed_at
    if len(seen) > 1:
        del seen[:-_KEPT]
        latest, reach = seen[-1], 2 * pattern.within.delta
        if latest - seen[0] > reach:
            score.windows[key] = [at for at in seen if latest - at <= reach]
    return None


def _run(seen: list[datetime], at: datetime, times: int, within: timedelta) -> int | None:
    """Where a run of `times` occurrences that includes `at` and fits into the span begins."""
    for start in range(len(seen) - times + 1):
        first, last = seen[start], seen[start + times - 1]
        if first <= at <= last and last - first <= within:
            return start
    return None


def score_event(turn: Turn, event: LeadEvent, reading: Reading, said: Mapping[str, Any]) -> list[str]:
    """Give the points that an event earns by its folded facts; returns the ids of the rules that fired."""
    score, fired = turn.state.score, list[str]()
    for rule in reading.scoring.meant(said):
        at = _complete(rule, rule.id, event.occurred_at, score)
        if at is not None and _may_fire(rule, at, score):
            if rule.per != "event":
                score.fired.setdefault(rule.id, []).append(at)
            fired.append(rule.id)
            _contribute(turn, rule, event, at)
    if reading.interaction:
        _hear(turn, event.occurred_at)
    return fired


def _hear(turn: Turn, at: datetime) -> None:
    """Silence begins anew. What a silence took that was none, a late event shows, is given back."""
    state, score = turn.state, turn.state.score
    # Nothing is charged ahead of time: only what happened in a past that was acted on can show it wrong.
    late = state.now is not None and at < state.now
    given = score.contributions if late else ()
    wrong = [c for c in given if c.since is not None and c.since < at < c.at]
    for charged in wrong:
        _withdraw(turn, charged, "silence, heard of later", at)
    if score.last_interaction is None or score.last_interaction < at:
        score.last_interaction, score.decays = at, 0
    elif wrong:
        _charge(turn, at, until=wrong[-1].at)


def _charge(turn: Turn, since: datetime, until: datetime) -> None:
    """Take what is still due of a silence in the past that began later than was known."""
    every = turn.policy.decay.every.delta
    for spans in range(1, (until - since) // every + 1):
        _take(turn, spans, since, since + every * spans)


def _may_fire(rule: ScoringRule, at: datetime, score: ScoreState) -> bool:
    before = score.fired.get(rule.id, [])
    if rule.per == "window" and rule.within is not None:
        return all(abs(at - once) >= rule.within.delta for once in before)
    return not before


def _contribute(turn: Turn, rule: ScoringRule, event: LeadEvent, at: datetime) -> None:
    state = turn.state
    points = _weighed(rule, state, turn.policy)
    if rule.cap is not None:
        given = sum([c.points for c in state.score.contributions if c.rule == rule.id])
        points = max(0, min(points, rule.cap - given))
    if points < 0:
        points = max(points, -state.score.engagement)
    if points:
        _add(turn, rule.id, rule.title or rule.id, rule.group, points, event, at)


def _weighed(rule: ScoringRule, state: JourneyState, policy: Policy) -> int:
    """P12: the same act weighs more from a decision maker; an unknown title weighs 1."""
    seniority = state.profile.get("seniority")
    level = policy.seniority.get(Seniority(seniority)) if rule.weight and seniority else None
    return round(rule.points * level.weight) if level else rule.points


def _add(
    turn: Turn,
    rule: str,
    title: str,
    group: Group,
    points: int,
    event: LeadEvent | None,
    at: datetime,
    since: datetime | None = None,
) -> None:
    score = turn.state.score
    before = total(score)
    _forget_spans_with_nothing_to_take(turn, at)
    score.give(
        made(
            Contribution,
            rule=rule,
            group=group,
            points=points,
            event_id=event.id if event else rule,
            event_type=event.type if event and not group.is_fit else None,
            at=at,
            since=since,
        )
    )
    after = before + points
    data: dict[str, Datum] = {"rule": rule, "points": points, "before": before, "after": after}
    turn.write(EntryKind.SCORE, f"{points:+d} {title}", at, [rule, f"score {before} → {after}"], data)


def _forget_spans_with_nothing_to_take(turn: Turn, at: datetime) -> None:
    """Silence while there was no engagement is past: it does not take later points at once."""
    score = turn.state.score
    if score.last_interaction is not None and score.engagement <= 0:
        score.decays = max(score.decays, (at - score.last_interaction) // turn.policy.decay.every.delta)


def update_fit(turn: Turn, event: LeadEvent) -> None:
    """Hold exactly the fit points that the known facts deserve, and say what changed."""
    held = {c.rule: c for c in turn.state.score.contributions if c.group.is_fit}
    for rule in turn.policy.fit:
        deserved = holds(rule.when, turn.state.profile.get)
        has = held.get(rule.id)
        if has and not (deserved and (has.points, has.group) == (rule.points, rule.group)):
            _withdraw(turn, has, rule.title or rule.id, event.occurred_at)
            has = None
        if deserved and has is None:
            _add(turn, rule.id, rule.title or rule.id, rule.group, rule.points, event, event.occurred_at)
    for gone in (c for c in held.values() if c.rule not in turn.policy.titles):
        _withdraw(turn, gone, "the rule", event.occurred_at)


def _withdraw(turn: Turn, held: Contribution, title: str, at: datetime) -> None:
    before = total(turn.state.score)
    turn.state.score.take_back(held)
    after = total(turn.state.score)
    what, why = f"{-held.points:+d} no longer: {title}", [held.rule, f"score {before} → {after}"]
    turn.note(EntryKind.SCORE, what, at, why, rule=held.rule, points=-held.points, before=before, after=after)


def decay_due(state: JourneyState, policy: Policy) -> datetime | None:
    """When silence next takes points (P6), or None where there is nothing to take."""
    score, rule = state.score, policy.decay
    heard = score.last_interaction
    if heard is None or score.engagement <= 0 or not rule.points or state.stage not in rule.stages:
        return None
    return heard + rule.every.delta * (score.decays + 1)


def decay(turn: Turn, at: datetime) -> None:
    """Take the points of the next span of silence (P6)."""
    score = turn.state.score
    score.decays += 1
    _take(turn, score.decays, score.last_interaction, at)


def _take(turn: Turn, spans: int, since: datetime | None, at: datetime) -> None:
    """Take the points of one span of silence, never below 0."""
    rule = turn.policy.decay
    points = -min(rule.points, turn.state.score.engagement)
    if points:
        silent = f"{rule.every.times(spans)} without interaction"
        _add(turn, rule.id, silent, Group.ONLINE, points, None, at, since)


def start_new_pass(turn: Turn) -> None:
    """A recycled lead earns its engagement anew; what it is, it keeps."""
    score = turn.state.score
    kept = [c for c in score.contributions if c.group.is_fit]
    turn.state.score = ScoreState(
        contributions=kept, fit=score.fit, last_interaction=score.last_interaction, decays=score.decays
    )
