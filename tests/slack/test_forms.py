"""A form asks for what a command needs, by the policy's own words, and reads back what was said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadworkflows.domain.facts import QUALIFICATION
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.rules import FactsGuard
from leadworkflows.slack import modals
from leadworkflows.slack.buttons import WITH_MODAL
from leadworkflows.slack.modals import ModalContext
from tests.domain.variants import DEFAULT
from tests.slack.anything import LEVELS, STAGES, TEXT, made_by_others, marked
from tests.vendors.blockkit import walk_view

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
POLICY = DEFAULT
WORDS = st.from_regex(r"[a-z][a-z_]{0,30}[a-z]", fullmatch=True)
REASONS = st.lists(WORDS, max_size=12, unique=True).map(tuple) | st.integers(0, 1200).map(
    lambda many: tuple(f"{'long_' * 11}{number}" for number in range(many))
)
FACTS = st.lists(st.sampled_from(QUALIFICATION), max_size=5, unique=True).map(tuple)


def policy_of(**moves: Any) -> Policy:
    return POLICY.model_copy(update={"moves": POLICY.moves.model_copy(update=moves)})


def context(**given: Any) -> ModalContext:
    known: dict[str, Any] = {
        "lead_id": "l1",
        "seen": 7,
        "name": "Ada Lovelace",
        "stage": "mql",
        "policy": POLICY,
        "qualification": {},
        "channel": "C0SALES00",
        "ts": "1772447400.000100",
        "respond": "https://hooks.slack.com/actions/T/1/x",
    }
    return ModalContext(**{**known, **given})


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def options(view: dict[str, Any], block_id: str) -> list[str]:
    element = inputs(view)[block_id]["element"]
    groups = element.get("option_groups") or [element]
    return [each["value"] for group in groups for each in group["options"]]


def submit(view: dict[str, Any], **said: Any) -> dict[str, Any]:
    """The view as Slack sends it back: what was said, or what the form proposed, by block."""
    values = {}
    for block_id, block in inputs(view).items():
        element = block["element"]
        answer = said.get(block_id.replace(".", "_"))
        values[block_id] = {element["action_id"]: _answer(element, answer)}
    return {**view, "state": {"values": values}}


def _answer(element: dict[str, Any], said: Any) -> dict[str, Any]:
    if element["type"] == "static_select":
        chosen = {"value": said} if said is not None else element.get("initial_option")
        return {"type": "static_select", "selected_option": chosen}
    name = "selected_date_time" if element["type"] == "datetimepicker" else "value"
    return {"type": element["type"], name: said}


@given(
    command=st.sampled_from(sorted(WITH_MODAL)),
    stage=STAGES,
    name=TEXT,
    known=LEVELS,
    reasons=REASONS,
    noted=REASONS,
    needed=FACTS,
    respond=TEXT,
)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_no_name_and_no_policy_makes_a_form_that_slack_refuses_or_that_a_name_wrote_into(
    command, stage, name, known, reasons, noted, needed, respond
):
    guard = FactsGuard(facts=needed, at_least=len(needed), require=("committee",))
    policy = policy_of(T6=reasons, T6_needs_note=noted, T7=guard, T9=reasons, T10=reasons)
    view = modals.build(
        command, context(stage=stage, name=name, qualification=known, policy=policy, respond=respond)
    )
    assert walk_view(view) == []
    assert not [markup for markup in marked(view) if set(made_by_others(markup)) & {"<", ">"}]
    said = modals.read(submit(view))
    assert (said.command, said.lead_id, said.seen) == (command, "l1", 7)
    assert modals.errors(submit(view), policy).keys() <= inputs(view).keys()


ANSWER = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just("yes")
ANSWERS = st.dictionaries(
    st.sampled_from(["value", "selected_option", "selected_date_time"]),
    ANSWER | st.dictionaries(st.just("value"), ANSWER),
)
STATE = st.dictionaries(
    st.sampled_from(["note", "reason", "until", "outcome", "fact.budget"]),
    ANSWER | st.dictionaries(st.just("value"), ANSWER | ANSWERS),
)


@given(
    state=ANSWER | st.builds(lambda values: {"values": values}, ANSWER | STATE),
    about=ANSWER | st.fixed_dictionaries({"command": st.sampled_from(sorted(WITH_MODAL)), "lead": TEXT}),
    known=ANSWER | LEVELS,
)
@settings(max_examples=300)
def test_whatever_is_sent_as_a_form_is_read_or_refused_in_a_sentence(state, about, known):
    held = {**about, "known": known} if isinstance(about, dict) else about
    if isinstance(held, dict) and known != 0:
        held["lead"] = "l1"
    refused = _refusal({"private_metadata": json.dumps(held), "state": state})
    assert refused is None or (refused[0].isupper() and "\n" not in refused)


@pytest.mark.parametrize("view", [None, [], "x", {}, {"private_metadata": "[" * 100_000, "state": {}}])
def test_what_is_no_form_is_refused_in_a_sentence(view):
    assert "open it again from the card" in str(_refusal(view))


def _refusal(view: Any) -> str | None:
    try:
        modals.errors(view, POLICY, NOW)
    except ValueError as refused:
        return str(refused)
    return None


def test_a_return_offers_the_reasons_of_the_policy_in_plain_words():
    view = modals.build("return", context())
    assert options(view, "reason") == list(POLICY.moves.T6)
    shown = [each["text"]["text"] for each in inputs(view)["reason"]["element"]["options"]]
    assert "Not ready to buy yet" in shown


def test_a_return_is_read_with_its_reason_and_note():
    view = modals.build("return", context())
    said = modals.read(submit(view, reason="not_ready", note=" after the summer "))
    assert (said.reason, said.note, said.facts) == ("not_ready", "after the summer", {})
    assert (said.channel, said.ts) == ("C0SALES00", "1772447400.000100")
    assert said.respond == "https://hooks.slack.com/actions/T/1/x"
    assert "summer" not in repr(said)


def test_a_return_without_a_reason_stays_open():
    view = modals.build("return", context())
    assert modals.errors(submit(view), POLICY) == {"reason": "Say why."}


def test_a_reason_that_says_little_needs_a_note():
    policy = policy_of(T6=("other", "not_ready"), T6_needs_note=("other",))
    view = modals.build("return", context(policy=policy))
    assert modals.errors(submit(view, reason="other"), policy) == {"note": "“Other” needs a note."}
    assert modals.errors(submit(view, reason="other", note="  "), policy)
    assert modals.errors(submit(view, reason="other", note="moved abroad"), policy) == {}
    assert modals.errors(submit(view, reason="not_ready"), policy) == {}
    assert inputs(view)["note"]["hint"]["text"] == "Needed for: Other"


def test_where_every_reason_needs_a_note_slack_itself_asks_for_it():
    policy = policy_of(T6=("other",), T6_needs_note=("other",))
    assert inputs(modals.build("return", context(policy=policy)))["note"]["optional"] is False
    assert inputs(modals.build("return", context()))["note"]["optional"] is True


def test_a_reason_that_the_policy_dropped_meanwhile_is_told():
    view = modals.build("return", context(policy=policy_of(T6=("moon_phase",))))
    assert "no longer has this reason" in modals.errors(submit(view, reason="moon_phase"), POLICY)["reason"]


def test_a_hundred_and_one_reasons_are_all_offered():
    many = tuple(f"reason_{number}" for number in range(101))
    view = modals.build("return", context(policy=policy_of(T6=many)))
    assert options(view, "reason") == list(many)
    assert walk_view(view) == []


def test_a_policy_without_reasons_to_return_says_so():
    view = modals.build("return", context(policy=policy_of(T6=())))
    assert any("names no reason" in markup for markup in marked(view))
    assert "submit" not in view


@pytest.mark.parametrize("command", ["lose", "disqualify"])
def test_where_a_policy_names_no_reason_any_word_is_taken(command):
    policy = policy_of(T9=(), T10=())
    view = modals.build(command, context(policy=policy))
    assert modals.read(submit(view, reason="Bought elsewhere")).reason == "bought_elsewhere"
    odd = submit(view, reason="call 030 1234567!")
    assert modals.errors(odd, policy) == {"reason": "Say it in a word or two."}


@pytest.mark.parametrize(("command", "reason"), [("lose", "price"), ("disqualify", "student")])
def test_a_loss_and_a_disqualification_carry_a_reason_of_the_policy(command, reason):
    view = modals.build(command, context(stage="opportunity"))
    said = modals.read(submit(view, reason=reason))
    assert (said.command, said.reason) == (command, reason)
    assert modals.errors(submit(view, reason=reason), POLICY) == {}


@pytest.mark.parametrize(
    ("stage", "asked"),
    [
        ("mql", {"budget", "authority", "need", "timeline"}),
        ("sal", {"budget", "authority", "need", "timeline"}),
        ("sql", {*POLICY.moves.T7.facts, "committee", "approvals", "schedule"}),
        ("opportunity", {*POLICY.moves.T7.facts, "committee", "approvals", "schedule"}),
    ],
)
def test_qualification_asks_bant_first_and_maps_later(stage, asked):
    view = modals.build("qualify", context(stage=stage))
    assert {name.removeprefix("fact.") for name in inputs(view)} - {"note"} == asked


def test_what_is_known_is_shown_and_only_what_changed_is_said():
    view = modals.build("qualify", context(qualification={"budget": "partial", "need": "yes"}))
    assert inputs(view)["fact.budget"]["element"]["initial_option"]["value"] == "partial"
    said = modals.read(submit(view, fact_budget="yes", fact_timeline="no"))
    assert said.facts == {"budget": "yes", "timeline": "no"}


def test_a_fact_can_be_taken_back():
    view = modals.build("qualify", context(qualification={"need": "yes"}))
    assert modals.read(submit(view, fact_need="unknown")).facts == {"need": "unknown"}


def test_a_qualification_in_which_nothing_changed_stays_open():
    view = modals.build("qualify", context(qualification={"need": "yes"}))
    assert list(modals.errors(submit(view), POLICY)) == ["fact.budget"]


def test_an_opportunity_asks_only_for_what_is_still_missing():
    known = dict.fromkeys(["motivation", "authority", "process", "solution_fit", "committee"], "yes")
    view = modals.build("open_opportunity", context(stage="sql", qualification=known))
    assert set(inputs(view)) == {"fact.schedule", "note"}
    assert list(modals.errors(submit(view), POLICY)) == ["fact.schedule"]
    done = submit(view, fact_schedule="partial")
    assert modals.errors(done, POLICY) == {}
    assert modals.read(done).facts == {"schedule": "partial"}


def test_an_opportunity_of_which_all_is_known_asks_for_no_more_than_a_note():
    known = dict.fromkeys(QUALIFICATION, "yes")
    view = modals.build("open_opportunity", context(stage="sql", qualification=known))
    assert set(inputs(view)) == {"note"}
    assert modals.errors(submit(view), POLICY) == {}


def test_an_attempt_says_what_came_of_it():
    view = modals.build("log_attempt", context())
    assert options(view, "outcome") == ["no_answer", "left_message", "bad_timing", "wrong_number"]
    assert modals.read(submit(view)).facts == {"outcome": "no_answer"}
    assert modals.read(submit(view, outcome="bad_timing")).facts == {"outcome": "bad_timing"}


def test_a_pause_lasts_until_a_time_to_come_or_until_somebody_resumes():
    view = modals.build("pause", context())
    later, before = int(NOW.timestamp()) + 3600, int(NOW.timestamp()) - 60
    assert modals.read(submit(view)).facts == {}
    assert modals.read(submit(view, until=later)).facts == {"until": "2026-03-02T10:30:00Z"}
    assert modals.errors(submit(view, until=later), POLICY, NOW) == {}
    assert modals.errors(submit(view, until=before), POLICY, NOW) == {"until": "Choose a time to come."}


def test_a_win_may_say_what_made_the_difference():
    view = modals.build("win", context(stage="opportunity"))
    assert modals.read(submit(view, note="the pilot")).note == "the pilot"


def test_a_form_carries_ids_and_no_person():
    for command in WITH_MODAL:
        carried = modals.build(command, context())["private_metadata"]
        assert "Ada" not in carried
        assert json.loads(carried)["lead"] == "l1"


def test_an_address_to_answer_to_that_would_not_fit_is_left_out():
    view = modals.build("return", context(respond="https://hooks.slack.com/" + "x" * 3000))
    assert walk_view(view) == []
    assert modals.read(submit(view, reason="not_ready")).respond == ""


def test_a_command_without_a_form_has_none():
    with pytest.raises(KeyError):
        modals.build("claim", context())
