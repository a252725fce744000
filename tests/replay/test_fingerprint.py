"""A change of the order of commands is seen in the source, and the failure says what to do."""

from __future__ import annotations

import json

import pytest

from tests.replay.fingerprint import EXPLANATION, KEPT, current, difference, fingerprint

ACTS = "        self._perform(actions, taken_along)\n"
RECORDS = "            await self._record(view or self._journey.view())\n"
GATE = 'if workflow.patched("recorded-first"):'


def explained(sources: dict[str, str]) -> str:
    """What a developer is told about workflows with these sources; empty where all is well."""
    changed = difference(json.loads(KEPT.read_text("utf-8")), fingerprint(sources))
    return EXPLANATION.format(difference=changed) if changed else ""


def with_lead(*changes: tuple[str, str]) -> dict[str, str]:
    """The sources with pieces of `lead.py` replaced."""
    sources = current()
    for before, after in changes:
        assert sources["lead"].count(before) == 1
        sources["lead"] = sources["lead"].replace(before, after)
    return sources


def test_commands_come_in_the_order_of_the_last_release() -> None:
    assert not (said := explained(current())), said


def test_acting_after_recording_instead_of_before_is_refused_with_the_ways_out() -> None:
    said = explained(with_lead((ACTS, ""), (RECORDS, RECORDS + ACTS.replace("        ", "            ", 1))))
    assert "-LeadWorkflow: run > _wake_up > _perform > _perform_one > execute_activity" in said
    assert "workflow.patched(" in said
    assert "tests.replay.fingerprint --accept" in said


def test_the_same_change_behind_a_version_gate_passes() -> None:
    gated = f"        {GATE}\n            await self._record({{}})\n        else:\n    {ACTS}"
    assert not explained(with_lead((ACTS, gated)))


def test_what_was_there_may_not_move_into_the_new_branch_of_a_gate() -> None:
    assert "-LeadWorkflow: run > _wake_up > _perform" in explained(
        with_lead((ACTS, f"        {GATE}\n    {ACTS}"))
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RECORDS, RECORDS + "            await workflow.sleep(1)\n"),
        (
            "        self._timer.disarm()\n",
            "        self._timer.disarm()\n        workflow.upsert_memo({})\n",
        ),
        ("        now = workflow.now()\n", "        now = workflow.now()\n        self._arm()\n"),
    ],
)
def test_a_command_more_is_refused(before: str, after: str) -> None:
    assert "+LeadWorkflow: run > _wake_up" in explained(with_lead((before, after)))


def test_a_change_that_gives_no_command_passes() -> None:
    assert not explained(with_lead(("_RECENT = 10", "_RECENT = 12")))
