"""Whatever a form, a policy or a roster may hold, for cards and forms."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from leadworkflows.domain.facts import QUALIFICATION
from leadworkflows.domain.lifecycle import Stage
from leadworkflows.domain.teams import Rep, Roster
from leadworkflows.slack.lead_card import Deed
from leadworkflows.store import PersonRecord

TEXT = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="<>&|*_`~!@#\n\u202e\ud800\x00 ", max_size=40),
    st.builds(lambda text, times: text * times, st.text(max_size=4), st.integers(1, 2000)),
    st.sampled_from(
        ["&" * 4000, "<!channel>", "<@U0EVIL000>", "<https://evil.example|Ada>", "😀" * 300, " \n\t "]
    ),
)
MAYBE = st.none() | TEXT
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
KNOWN = (
    *("stage", "sub_status", "since", "move", "moved_by", "reason", "revision", "event", "priority"),
    *("score", "threshold", "why", "clock", "due_at", "sla", "paused_until", "industry", "channel"),
    *("owner", "qualification", "profile", "employees", "country"),
)
JSON = PLAIN | st.lists(PLAIN, max_size=12) | st.dictionaries(st.sampled_from(KNOWN), PLAIN, max_size=4)
PEOPLE = st.builds(
    PersonRecord, email=TEXT, first_name=MAYBE, last_name=MAYBE, title=MAYBE, company=MAYBE, phone=MAYBE
)
STAGES = st.sampled_from([*(stage.value for stage in Stage), ""])
INSTANT = st.datetimes().map(lambda at: f"{at.isoformat()}Z")
LEVELS = st.dictionaries(
    st.sampled_from([*QUALIFICATION, "odd"]), st.sampled_from(["unknown", "no", "partial", "yes", "odd"])
)
CLOCKS = st.lists(
    st.fixed_dictionaries(
        {"clock": TEXT | st.just("review"), "due_at": INSTANT, "state": st.sampled_from(["running", "met"])},
        optional={"paused": st.booleans(), "answered": st.booleans(), "stopped_at": st.none() | INSTANT},
    ),
    max_size=3,
)
ODD = st.dictionaries(st.sampled_from(KNOWN), JSON)
USUAL = st.fixed_dictionaries(
    {"stage": STAGES},
    optional={
        "sub_status": st.sampled_from(["open", "attempting_contact", "bad_timing", "connected"]) | TEXT,
        "since": INSTANT,
        "move": st.sampled_from([f"T{n}" for n in range(1, 13)]),
        "moved_by": st.sampled_from(["ada", "bob"]) | TEXT,
        "reason": TEXT | st.just("not_ready"),
        "revision": st.integers(0, 10**6),
        "owner": st.sampled_from(["ada", "bob", "nobody-we-know"]) | TEXT,
        "clock": st.just("review") | TEXT,
        "due_at": st.none() | INSTANT,
        "paused_until": INSTANT,
        "sla": CLOCKS,
        "qualification": LEVELS,
        "why": st.lists(TEXT, max_size=12),
    },
)
LEADS: st.SearchStrategy[dict[str, Any]] = st.builds(lambda odd, usual: {**odd, **usual}, ODD, USUAL)


def _roster(name: str) -> Roster:
    named = name.encode("utf-8", "ignore").decode()[:200]
    return Roster({"ada": Rep(name=named, slack="U0123ABCD"), "bob": Rep(name=named)})


ROSTERS = st.builds(_roster, TEXT)
LATELY = st.lists(TEXT | st.builds(Deed, TEXT, st.none()), max_size=8)

OURS = re.compile(
    r"<(mailto:[^<>|]+|tel:[+0-9]+|!date\^\d+\^\{date_short_pretty\} at \{time\})\|[^<>|]*>|<@U0123ABCD>"
)
"""The only markup with an address or a mention that we make ourselves."""


def marked(node: Any) -> list[str]:
    """Every mrkdwn text of a card or a form."""
    if isinstance(node, dict):
        own = [node["text"]] if node.get("type") == "mrkdwn" else []
        return own + [text for value in node.values() for text in marked(value)]
    return [text for each in node for text in marked(each)] if isinstance(node, list) else []


def made_by_others(markup: str) -> str:
    """What is left of a text without the links and mentions that we make."""
    return OURS.sub("", markup)
