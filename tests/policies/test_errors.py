"""A broken policy names the line, the field and the fix."""

from __future__ import annotations

import pytest

from leadworkflows.policies.loader import PolicyRejected, load_policy
from tests.policies.files import DEFAULT_TEXT, changed, line_of, problems, written

BROKEN = {
    "a field misspelt": (
        ("mql_at: 80}", "mql_att: 80}"),
        "segments.manufacturing-sme.mql_att",
        "unknown field; check the spelling, or remove it",
    ),
    "a field missing": (("  points: 10\n", ""), "decay.points", "missing; add it"),
    "a number that is none": (
        ("points: 30, group", "points: lots, group"),
        "scoring.0.points",
        "expected a whole number",
    ),
    "a span that is none": (("every: 30d", "every: sometimes"), "decay.every", "write 30m, 24h, 7d"),
    "an event that does not exist": (
        ("on: trial_started", "on: trail_started"),
        "scoring.15.on.0.event",
        "'trial_started'",
    ),
    "a fact that the event does not state": (
        ("where: {page: pricing}", "where: {pge: pricing}"),
        "scoring.0",
        "no fact is called 'pge' here; there are",
    ),
    "a fact that no lead has": (
        ("{employees: {gte: 10, lt: 1000}}", "{employes: {gte: 10}}"),
        "fit.2",
        "no fact is called 'employes' here",
    ),
    "a moment's fact that there is not": (
        ("when: {event: demo_requested}", "when: {evnt: demo_requested}"),
        "on.sql.0",
        "no fact is called 'evnt' here",
    ),
    "a comparison that does not exist": (("{lt: 250}", "{below: 250}"), "employees.below", "unknown field"),
    "a pattern without a span": (
        ("times: 2, within: 30d, per: window", "times: 2"),
        "scoring.3",
        "times needs within, such as within: 7d",
    ),
    "a window without a span": (
        ("per: lead}", "per: window}"),
        "scoring.9",
        "per: window needs within, such as within: 7d",
    ),
    "an id given twice": (("{id: P2,", "{id: P1,"), "scoring.1.id", "another rule has the id P1"),
    "a fit rule with the id of another": (("{id: F1,", "{id: P1,"), "fit.0.id", "another rule has the id P1"),
    "a threshold that not everyone has": (
        ("{id: P10, mql_at", "{id: P10, when: {country: DE}, mql_at"),
        "segments.everyone-else.when",
        "has no when",
    ),
    "a sequence that is not there": (
        ("default: general", "default: generel"),
        "enrolment.default",
        "there is no sequence 'generel'; there are finance",
    ),
    "a persona's sequence that is not there": (
        ("nurture: finance", "nurture: financial"),
        "personas.cfo.nurture",
        "there is no sequence 'financial'",
    ),
    "a reason's sequence that is not there": (
        ("not_ready: persona", "not_ready: soon"),
        "enrolment.recycled.not_ready",
        "there is no sequence 'soon'",
    ),
    "a sequence without steps": (
        ("      - {after: 14d, content: fresh-start}\n      - {after: 21d, content: case-study}", "      []"),
        "nurture.fresh-start.steps",
        "expected one at least",
    ),
    "a fact of no framework": (
        ("facts: [budget, authority", "facts: [bugdet, authority"),
        "moves.T5",
        "unknown qualification fact 'bugdet'; known: budget",
    ),
    "a stage that does not exist": (("    on: sql\n", "    on: sqll\n"), "sla.first_contact.on", "'sql'"),
    "rungs that do not rise": (
        ("at: 100%", "at: 40%"),
        "sla.priority_review",
        "each must stand higher than the one before",
    ),
    "an action of two names": (
        (
            '- slack.alert: {channel: "#sales", template: new-mql}',
            '- slack.alert: {channel: "#sales", template: new-mql}\n      slack.remind: {}',
        ),
        "on.mql.0",
        "an action is one name with its parameters",
    ),
    "a clock met by nothing known": (
        ("met_by: [enrolled]", "met_by: [enroled]"),
        "sla.re_enrolment.met_by.0",
        "'enrolled'",
    ),
    "a version to come": (("version: 1", "version: 2"), "version", "expected 1"),
    "a name that cannot be an id": (("name: default", "name: My Policy"), "name", "match pattern"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_error_names_the_line_the_field_and_the_fix(case, tmp_path):
    change, field, fix = BROKEN[case]
    found = problems(changed(tmp_path, change))
    assert [one for one in found if field in one and fix in one], found


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("mql_at: 80}", "mql_at: 80, oops: 1}"), "oops: 1"),
        (("every: 30d", "every: sometimes"), "every: sometimes"),
        (("{id: P11, title", "{id: P10x, titel"), "titel"),
        (("default: general", "default: generel"), "default: generel"),
        (("not_ready: persona", "not_ready: soon"), "recycled:"),
        (("{after: 5d, content: roi-analysis}", "{after: 5d}"), "{after: 5d}\n"),
        (("within: 2 business days", "within: never"), "within: never"),
    ],
    ids=str,
)
def test_the_line_is_where_the_field_stands(change, where, tmp_path):
    path = changed(tmp_path, change)
    (found,) = problems(path)
    assert found.startswith(f"line {line_of(path, where.strip())}: ")


def test_every_problem_is_named_at_once_in_the_order_of_the_file(tmp_path):
    path = changed(
        tmp_path,
        ("late_after: 1h", "late_after: soon"),
        ("mql_at: 80}", "mql_at: high}"),
        ("every: 30d", "every: x"),
    )
    found = problems(path)
    assert [one.split(": ")[1] for one in found] == [
        "segments.manufacturing-sme.mql_at",
        "decay.every",
        "late_after",
    ]


def test_a_file_that_is_not_yaml_names_its_line(tmp_path):
    (found,) = problems(written(tmp_path, "version: 1\nname: [default\nmarket: {}\n"))
    assert found.startswith("line 3: not YAML: ")


def test_a_key_given_twice_is_an_error(tmp_path):
    (found,) = problems(written(tmp_path, DEFAULT_TEXT + "\nlate_after: 2h\n"))
    assert "not YAML: " in found
    assert "late_after" in found


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "hello\n", "# nothing yet\n"])
def test_a_file_that_is_no_mapping_says_how_to_begin(text, tmp_path):
    assert problems(written(tmp_path, text)) == ["line 1: expected a mapping that begins with version: 1"]


def test_a_file_that_is_not_there_is_a_rejected_policy(tmp_path):
    (found,) = problems(tmp_path / "nowhere.yaml")
    assert found.startswith("line 1: cannot be read: ")


def test_a_file_that_is_not_text_is_a_rejected_policy(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in problems(path)[0]


def test_the_exception_names_the_file_and_every_problem(tmp_path):
    path = changed(tmp_path, ("every: 30d", "every: x"))
    with pytest.raises(PolicyRejected, match=r"policy\.yaml: line \d+: decay\.every: "):
        load_policy(path)
