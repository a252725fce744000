"""The field's words in a salesperson's, for cards and forms."""

from __future__ import annotations

from leadworkflows.domain.facts import Level

STAGES = {
    "lead": "Lead", "mql": "MQL", "sal": "SAL", "sql": "SQL", "opportunity": "Opportunity",
    "customer": "Customer", "recycled": "Back to marketing", "disqualified": "Disqualified",
}  # fmt: skip

CLOCKS = {
    "first_contact": "First contact",
    "priority_review": "Priority review",
    "review": "Review",
    "mql_review": "Review",
    "re_enrolment": "Re-enrolment",
}

CHANNELS = {"linkedin": "LinkedIn", "seo": "SEO", "youtube": "YouTube"}

_REASONS = {
    "incomplete_data": "Data incomplete or wrong",
    "wrong_profile": "Not the profile we sell to",
    "not_ready": "Not ready to buy yet",
    "no_answer": "No answer",
    "no_budget": "No budget",
    "no_decision": "No decision was made",
    "out_of_market": "Outside our market",
}

OUTCOMES = {
    "no_answer": "No answer",
    "left_message": "Left a message",
    "bad_timing": "Answered: bad timing",
    "wrong_number": "Wrong number",
}
"""What came of an attempt to reach the lead."""

LEVELS = {
    Level.UNKNOWN: "Not known yet",
    Level.NO: "No",
    Level.PARTIAL: "In part",
    Level.YES: "Yes",
}

MARKS = {Level.YES: "✓", Level.PARTIAL: "~", Level.NO: "✗"}

QUESTIONS = {
    "budget": "Is there a budget?",
    "authority": "Can this person decide?",
    "need": "Is there a need that we meet?",
    "timeline": "Is there a date by which they want it?",
    "motivation": "Are they moved to change?",
    "process": "Do we know how they buy?",
    "solution_fit": "Does our solution fit?",
    "committee": "Do we know who decides together?",
    "approvals": "Do we know which approvals it needs?",
    "schedule": "Is a schedule agreed?",
    "capacity": "Can they afford it?",
    "interest": "Are they interested?",
    "deadline": "Is there a deadline?",
}
"""What each qualification fact asks (domain.md section 2)."""


def plainly(word: str) -> str:
    """A policy's word as people read it: `left_company` is "Left company"."""
    spoken = word.replace("_", " ").strip()
    return f"{spoken[:1].upper()}{spoken[1:]}"


def reason(word: str) -> str:
    """A reason of the policy's, in words."""
    return _REASONS.get(word) or plainly(word)


def fact(name: str) -> str:
    """What a qualification fact is called."""
    return plainly(name)
