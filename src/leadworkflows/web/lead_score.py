"""Why a lead stands where it stands: its points one by one, its last move, and what it still lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadworkflows.domain.decisions import EntryKind, TimelineEntry
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.rules import ScoringRule
from leadworkflows.web.moments import Moment
from leadworkflows.web.spoken import reason, spoken

MomentOf = Callable[[Any], Moment | None]
_BEFORE_SALES = ("lead", "recycled")
_MOVES = {
    "T1": "Its score reached the threshold of its segment.",
    "T2": "Sales accepted it.",
    "T3": "It asked for sales, which counts at once, whatever the score.",
    "T4": "It came back to the pricing page again and again.",
    "T5": "Sales vetted it: enough is known of budget, authority, need and timeline.",
    "T6": "Sales returned it to marketing.",
    "T7": "Sales opened an opportunity.",
    "T8": "The deal was won.",
    "T9": "The deal was lost.",
    "T10": "It was ruled out.",
    "T11": "A person reopened it.",
    "T12": "Nobody answered within the policy's limit.",
}


@dataclass(frozen=True)
class Point:
    """Points that the lead has; `deed` is what it did for them, `decay` that silence took them."""

    rule: str
    title: str
    group: str
    points: int
    event: str
    at: Moment | None
    deed: str = ""
    decay: bool = False


@dataclass(frozen=True)
class Why:
    """A question that people ask about a lead, and the answer."""

    question: str
    answer: str
    reasons: Sequence[str] = ()


def points_of(
    lead: Mapping[str, Any], policy: Policy | None, entries: Sequence[TimelineEntry], moment: MomentOf
) -> list[Point]:
    """Every point that the lead has, latest first."""
    deeds = {
        str(e.data["event_id"]): e.what for e in entries if e.kind is EntryKind.EVENT and "event_id" in e.data
    }
    titles, decay = (policy.titles, policy.decay.id) if policy else ({}, "")
    held = [_point(each, titles, decay, deeds, moment) for each in lead["score"]["contributions"]]
    return held[::-1]


def _point(
    each: Mapping[str, Any], titles: Mapping[str, str], decay: str, deeds: Mapping[str, str], moment: MomentOf
) -> Point:
    rule, points, event = str(each["rule"]), int(each["points"]), str(each.get("event_id") or "")
    silent = points < 0 and rule == (decay or rule) and event in ("", rule)
    title = titles.get(rule) or ("silence" if points < 0 else rule)
    deed = deeds.get(event, "")
    return Point(rule, title, str(each["group"]), points, event, moment(each.get("at")), deed, silent)


def whys(
    lead: Mapping[str, Any],
    policy: Policy | None,
    points: Sequence[Point],
    entries: Sequence[TimelineEntry],
) -> list[Why]:
    """Why it is where it is, and, before sales has it, what it lacks to go on."""
    came = next((e for e in reversed(entries) if e.kind is EntryKind.STAGE and "move" in e.data), None)
    found = [_came(came)] if came else []
    return [*found, *([_lacks(lead, policy, points)] if lead["stage"] in _BEFORE_SALES else [])]


def _came(entry: TimelineEntry) -> Why:
    stage, move = str(entry.data.get("to")), str(entry.data.get("move"))
    given = [each for each in entry.why if each != move and not each.startswith("reason ")]
    said = reason(str(entry.data["reason"])) if entry.data.get("reason") else ""
    return Why(
        f"Why {_named(stage)}?",
        _MOVES.get(move, entry.what),
        [*([f"Reason: {said}"] if said else []), *given, move],
    )


def _lacks(lead: Mapping[str, Any], policy: Policy | None, points: Sequence[Point]) -> Why:
    score = lead["score"]
    threshold = score.get("threshold")
    if threshold is None:
        return Why("Why not MQL?", "Its workflow has not recorded a score yet.")
    short = threshold - score["total"]
    took = [f"Silence took {-p.points} on {p.at.date}" for p in points if p.decay and p.at]
    if short <= 0:
        weak = "The threshold is reached, but by weak signals alone: mails opened and clicked do not qualify."
        return Why("Why not MQL?", weak, took)
    unit = "point" if short == 1 else "points"
    return Why(
        "Why not MQL?",
        f"{short} {unit} short: it has {score['total']} of {threshold}.",
        [*took, *_would_do(lead, policy, short)],
    )


def _would_do(lead: Mapping[str, Any], policy: Policy | None, short: int) -> list[str]:
    """The one act that would suffice, where there is one; the smallest of them."""
    if policy is None:
        return []
    enough = [rule for rule in policy.scoring if rule.points >= short and _may_fire(rule, lead, policy)]
    enough.sort(key=lambda rule: rule.points)
    return [f"{_titled(rule)} (+{rule.points}) would do" for rule in enough[:1]]


def _may_fire(rule: ScoringRule, lead: Mapping[str, Any], policy: Policy) -> bool:
    held = [each["points"] for each in lead["score"]["contributions"] if each["rule"] == rule.id]
    used_up = rule.per == "lead" and bool(held)
    capped = rule.cap is not None and sum(held) + rule.points > rule.cap
    weak = all(trigger.event in policy.moves.T1.never_on_alone for trigger in rule.on)
    return not (used_up or capped or weak)


def _titled(rule: ScoringRule) -> str:
    title = rule.title or rule.id
    return f"{title[:1].upper()}{title[1:]}"


def _named(stage: str) -> str:
    return {"lead": "a lead", "recycled": "recycled", "disqualified": "disqualified"}.get(
        stage, spoken(stage)
    )
