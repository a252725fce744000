"""What the demo must have shown. Each check reads as the promise it holds."""

from __future__ import annotations

from collections.abc import Iterator

from leadworkflows.demo import cast
from leadworkflows.demo.play import Lead, Played

Check = tuple[str, bool]


def checks(played: Played) -> list[Check]:
    """Every promise with whether it was kept."""
    return [*_cfo(played), *_director(played), *_others(played), *_duplicate(played)]


def _cfo(played: Played) -> Iterator[Check]:
    lead = played.leads.get(cast.CFO, {})
    kinds = [item.kind for item in played.outbox if item.lead_id == lead.get("lead_id")]
    mails = [item for item in played.outbox if item.kind == "email" and item.to == cast.CFO]
    clocks = {clock["clock"]: clock["state"] for clock in lead.get("sla", [])}
    yield "the demo request makes the CFO an SQL", lead.get("stage") == "sql"
    yield "a CFO who asks is a priority", lead.get("priority") is True
    yield "one confirmation mail leaves", [mail.content for mail in mails] == ["demo-confirmation"]
    yield "one Slack alert reaches sales", kinds.count("slack") == 1
    yield "the first-contact clock runs", clocks.get("first_contact") == "running"


def _director(played: Played) -> Iterator[Check]:
    lead = played.leads.get(cast.DIRECTOR, {})
    moves = _moves(played, cast.DIRECTOR)
    rules = {c["rule"]: c["points"] for c in lead.get("score", {}).get("contributions", [])}
    expected = {"P1": 30, "P2": 20, "P4": 25, "P5": 40}
    scored = {rule: rules.get(rule) for rule in expected}
    enrolled = any(e["what"] == "Enrolled in acceleration" for e in played.timelines.get(cast.DIRECTOR, []))
    yield "each point of the director has its rule", scored == expected
    yield "the director's threshold is 80", lead.get("score", {}).get("threshold") == 80
    yield "the director becomes an MQL by score (T1)", "T1" in moves
    yield "the director, a priority MQL, is made the offers that shorten the way", enrolled
    yield "pricing again makes the director an SQL (T4)", "T4" in moves and lead.get("stage") == "sql"


def _moves(played: Played, email: str) -> list[str]:
    return [e["why"][0] for e in played.timelines.get(email, []) if e["kind"] == "stage" and e["why"]]


def _others(played: Played) -> Iterator[Check]:
    outsider: Lead = played.leads.get(cast.OUTSIDER, {})
    yield "an intern with a whitepaper stays a lead", played.leads.get(cast.INTERN, {}).get("stage") == "lead"
    yield "an excluded industry is disqualified", outsider.get("stage") == "disqualified"
    yield "and the reason is on record", outsider.get("reason") == "excluded_industry"


def _duplicate(played: Played) -> Iterator[Check]:
    answer = played.answers.get("same delivery again", {})
    yield "the same delivery is one duplicate", (answer.get("accepted"), answer.get("duplicates")) == (0, 1)
    yield "and sends nothing", answer.get("mails_before") == len(played.outbox)
