"""What the record tells, in the words of people: names for ids, times of the page's zone for instants."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from leadworkflows.domain.teams import Roster
from leadworkflows.web.deeds import called as action_called
from leadworkflows.web.moments import Moment, length
from leadworkflows.web.spoken import person_named, reason, spoken

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z| \d\d:\d\d UTC)")
_PERSON = re.compile(r"(?P<before>\b(?:by|owner|Owner:|back from) )(?P<id>[\w.@-]+)")
_REASON = re.compile(r"^reason (\w+)$")
_CALLED = re.compile(
    r"(?P<before>^Mail: |^Slack [#\w-]+: |^(?:persona|stage|said by|Left|Enrolled in) |\bthreshold -?\d+ \()"
    r"(?P<name>[a-z0-9]+(?:[_-][a-z0-9]+)*)\b"
)
"""Mails, cards, segments and the like, by what the policy calls them."""
_ACTION = re.compile(r"(?<=%: )[a-z]+\.[a-z]+$")
_MINUTES = re.compile(r"\bafter (\d+) min\b")
_WORD = re.compile(r"^[a-z]+(?:_[a-z]+)+$")


def told(said: str, roster: Roster, moment: Callable[[Any], Moment | None]) -> str:
    """A line of the timeline as it reads on a page; what nobody is known by stays as it is."""
    if _WORD.match(said):
        return said.replace("_", " ")
    if why := _REASON.match(said):
        return f"reason: {reason(why[1])}"
    called = _CALLED.sub(lambda found: f"{found['before']}{spoken(found['name'])}", said)
    called = _ACTION.sub(lambda found: action_called(found[0]), called)
    called = _MINUTES.sub(lambda found: f"after {length(timedelta(minutes=int(found[1])))}", called)
    return in_zone(_named(called, roster), moment)


def in_zone(said: str, moment: Callable[[Any], Moment | None]) -> str:
    """With each instant as people of the page's zone say it."""
    return _INSTANT.sub(lambda found: _when(found[0], moment), said)


def _named(said: str, roster: Roster) -> str:
    def name(found: re.Match[str]) -> str:
        return f"{found['before']}{person_named(roster, found['id'])}"

    ids = sorted(roster.reps, key=len, reverse=True)
    passed_over = next((each for each in ids if said.startswith(f"{each}: ")), None)
    if passed_over is not None:
        rest = said[len(passed_over) :]
        for each in ids:
            rest = re.sub(rf"^: {re.escape(each)}(?= has )", f": {person_named(roster, each)}", rest)
        return person_named(roster, passed_over) + rest
    return _PERSON.sub(name, said)


def _when(said: str, moment: Callable[[Any], Moment | None]) -> str:
    at = moment(said.replace(" UTC", "Z"))
    return at.text if at else said
