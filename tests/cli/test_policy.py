from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from leadworkflows.policies.loader import DEFAULT_POLICY, load_policy
from tests.cli.conftest import Cli

DEFAULT = DEFAULT_POLICY.read_text()


class Change(NamedTuple):
    """One change of the default policy, and what is to be said of it."""

    old: str
    new: str
    field: str
    says: str


MISTAKES = {
    "action": Change(
        'slack.alert: {channel: "#sales", template: new-mql}',
        "slack.alart: {}",
        "on.mql.0",
        "did you mean slack.alert?",
    ),
    "value": Change(
        "template: hot-lead}",
        "template: hotlead}",
        "on.sql.3.slack.alert.template",
        "expected one of hot-lead",
    ),
    "parameter": Change(
        "template: repeat-request}",
        "tempalte: repeat-request}",
        "repeated_request.0.slack.alert.tempalte",
        "did you mean template?",
    ),
    "missing": Change(
        "{content: demo-confirmation}",
        "{contents: demo-confirmation}",
        "on.sql.0.email.send.content",
        "missing; add it",
    ),
    "content": Change(
        "{content: quote-confirmation}",
        "{content: quote-conformation}",
        "on.sql.1.email.send.content",
        "did you mean quote-confirmation?",
    ),
    "step": Change(
        "{after: 1d, content: roi-study}",
        "{after: 1d, content: roi-stud}",
        "nurture.finance.steps.0.content",
        "did you mean roi-study?",
    ),
    "variant": Change(
        "fintech: fintech, software",
        "fintech: banks, software",
        "nurture.marketing.steps.1.variants.fintech",
        "no file sector-case-study.banks.md",
    ),
    "step's action": Change(
        "{after: 5d, content: roi-analysis}",
        "{after: 5d, do: {slack.alert: {chanel: sales, template: hot-lead}}}",
        "nurture.finance.steps.1.do.slack.alert.chanel",
        "did you mean channel?",
    ),
    "otherwise": Change(
        "otherwise: pilot}",
        "otherwise: pilott}",
        "nurture.acceleration.steps.1.otherwise",
        "did you mean pilot?",
    ),
    "confirmation": Change(
        "consent: {required: false, double_opt_in: false}",
        "consent: {required: true, double_opt_in: true, confirmation: confirm-subscribtion}",
        "consent.confirmation",
        "did you mean confirm-subscription?",
    ),
    "rung": Change(
        '- {at: 100%, do: {slack.escalate: {to: manager, channel: "#sales"}}}',
        "- {at: 100%, do: {slack.escalate: {to: manager, channel: sales}}}",
        "sla.priority_review.rungs.1.do.slack.escalate.channel",
        "pattern",
    ),
}
EXAMPLE = Path(__file__).parents[2] / "examples/policies/sales-team.yaml"
IDLE = {
    "sequence": Change(
        "  fresh-start:\n",
        "  forgotten:\n    steps: [{after: 1d, content: guide}]\n  fresh-start:\n",
        "nurture.forgotten",
        "nobody enters it",
    ),
    "rule": Change("  rules: [P1]", "  rules: [P99]", "priority.rules.0", "no scoring rule has the id P99"),
    "segment": Change(
        "  everyone-else:",
        "  all: {mql_at: 5}\n  everyone-else:",
        "segments.everyone-else",
        "all before it takes everyone",
    ),
    "persona": Change(
        "personas:\n",
        "personas:\n  nobody: {titles: [], nurture: general}\n",
        "personas.nobody",
        "add titles",
    ),
    "variant": Change(
        "    - manufacturing\n",
        "",
        "nurture.marketing.steps.1.variants.manufacturing",
        "not in market.industries",
    ),
    "content": Change("content: welcome", "content: guide", "", "no part of it names: welcome"),
}


def changed(*changes: Change) -> str:
    policy = DEFAULT
    for change in changes:
        assert change.old in policy
        policy = policy.replace(change.old, change.new, 1)
    return policy


def line_of(text: str, policy: str) -> int:
    return next(number for number, line in enumerate(policy.splitlines(), 1) if text in line)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


def test_the_default_policy_is_valid_and_has_nothing_idle(cli: Cli):
    checked = cli("policy", "check", "--json")
    told = json.loads(checked.output)
    assert checked.exit_code == 0
    assert (told["valid"], told["problems"], told["warnings"]) == (True, [], [])
    assert told["id"] == load_policy().id


def test_every_mistake_is_named_with_its_line_field_and_fix(cli: Cli, file: Path):
    file.write_text(changed(*MISTAKES.values()))
    checked = cli("policy", "check", file, "--json")
    problems = json.loads(checked.output)["problems"]
    found = {problem["field"]: problem for problem in problems}
    assert checked.exit_code == 1
    assert [problem["line"] for problem in problems] == sorted(problem["line"] for problem in problems)
    for change in MISTAKES.values():
        assert found[change.field]["line"] == line_of(change.new, file.read_text())
        assert change.says in found[change.field]["problem"]


def test_a_content_that_is_missing_in_a_language_of_the_policy_is_named(cli: Cli, file: Path, tmp_path: Path):
    own = tmp_path / "contents"
    own.mkdir()
    front = "---\nsubject: An offer\ncategory: nurture\n---\nRead this."
    for name in ("offer", "offer.fintech", "offer.de"):
        (own / f"{name}.md").write_text(front)
    policy = changed(
        Change("languages: [en, de]", "languages: [en, de, fr]", "", ""),
        Change("content: expert-webinar", "content: offer, variants: {fintech: fintech}", "", ""),
    )
    file.write_text(policy)
    problems = json.loads(cli("policy", "check", file, "--json", CONTENT_DIR=str(own)).output)["problems"]
    place = "nurture.marketing.steps.2"
    assert [(each["field"], each["problem"]) for each in problems if each["field"].startswith(place)] == [
        (f"{place}.content", "offer is not written in fr: add offer.fr.md"),
        (f"{place}.variants.fintech", "offer.fintech is not written in de: add offer.fintech.de.md"),
        (f"{place}.variants.fintech", "offer.fintech is not written in fr: add offer.fintech.fr.md"),
    ]
    assert {each["line"] for each in problems if each["field"].startswith(place)} == {
        line_of("content: offer", policy)
    }


def test_the_default_contents_are_there_in_english_and_german(cli: Cli, file: Path):
    file.write_text(
        changed(
            Change("languages: [en, de]", "languages: [de, en]", "", ""),
            Change("double_opt_in: false", "double_opt_in: true", "", ""),
        )
    )
    checked = cli("policy", "check", file)
    assert checked.exit_code == 0, checked.output


def test_the_sequence_of_priority_leads_must_be_there(cli: Cli, file: Path):
    file.write_text(changed(Change("hot: acceleration", "hot: accelerate", "", "")))
    [problem] = json.loads(cli("policy", "check", file, "--json").output)["problems"]
    assert problem["field"] == "enrolment.hot"
    assert "there is no sequence 'accelerate'" in problem["problem"]


def test_a_confirmation_that_nobody_can_confirm_from_is_named(cli: Cli, file: Path):
    asks = "consent: {required: true, double_opt_in: true, confirmation: welcome}"
    text = DEFAULT.replace("consent: {required: false, double_opt_in: false}", asks)
    file.write_text(text.replace("languages: [en, de]", "languages: [en]"))
    answer = cli("policy", "check", str(file))
    assert answer.exit_code == 1
    assert "consent.confirmation: welcome (en) has no link to confirm with" in answer.stdout + answer.stderr


def test_a_problem_is_shown_on_one_line_with_its_file(cli: Cli, file: Path):
    file.write_text(changed(MISTAKES["value"]))
    checked = cli("policy", "check", file)
    line = line_of("hotlead", file.read_text())
    assert checked.exit_code == 1
    assert f"{file}: line {line}: on.sql.3.slack.alert.template: expected one of" in checked.stderr
    assert checked.output == checked.stderr, "nothing on standard output"


def test_the_long_form_of_an_action_is_found_on_its_line(cli: Cli, file: Path):
    long_form = "name: slack.alert\n      params:\n        template: newmql"
    file.write_text(changed(MISTAKES["action"]._replace(new=long_form)))
    [problem] = json.loads(cli("policy", "check", file, "--json").output)["problems"]
    assert problem["line"] == line_of("template: newmql", file.read_text())


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("version: 1\nname: [\n", "not YAML"),
        (DEFAULT.replace("points: 30,", "points: many,", 1), "scoring.0.points"),
    ],
    ids=["yaml", "grammar"],
)
def test_what_is_no_policy_at_all_is_told_the_same_way(cli: Cli, file: Path, policy: str, says: str):
    file.write_text(policy)
    checked = cli("policy", "check", file)
    assert checked.exit_code == 1
    assert says in checked.stderr


def test_what_has_no_effect_is_a_warning_and_the_policy_valid(cli: Cli, file: Path):
    file.write_text(changed(*IDLE.values()))
    checked = cli("policy", "check", file, "--json")
    told = json.loads(checked.output)
    found = {warning["field"]: warning["problem"] for warning in told["warnings"]}
    assert (checked.exit_code, told["valid"]) == (0, True)
    assert found.keys() == {change.field for change in IDLE.values()}
    for change in IDLE.values():
        assert change.says in found[change.field]


def test_people_see_warnings_too(cli: Cli, file: Path):
    file.write_text(changed(IDLE["content"]))
    checked = cli("policy", "check", file)
    assert checked.exit_code == 0
    assert "warning: line 1: contents that no part of it names: welcome" in checked.output
    assert "valid, 1 warning" in checked.output


def test_a_file_that_is_not_there_is_wrong_use(cli: Cli, tmp_path: Path):
    checked = cli("policy", "check", tmp_path / "none.yaml")
    assert checked.exit_code == 2
    assert checked.stderr.splitlines() == [f"leadworkflows: There is no file {tmp_path / 'none.yaml'}"]


def test_show_has_thresholds_rules_clocks_and_sequences(cli: Cli):
    shown = cli("policy", "show").output
    for part in (load_policy().id, "manufacturing-sme", "P13.ebook", "L3", "150%", "N4", "roi-analysis"):
        assert part in shown


def test_show_says_who_sells_when_and_what_ends_a_ladder(cli: Cli):
    shown = cli("policy", "show", EXAMPLE).output
    for part in ("America/New_York", "fri 09:00-16:00", "DE-BE", "manages emea", "2026-08-03 to", "at last"):
        assert part in shown


def test_show_as_json_is_the_policy_with_its_id(cli: Cli, file: Path):
    shown = json.loads(cli("policy", "show", "--json").output)
    assert shown.pop("id") == load_policy().id
    file.write_text(json.dumps(shown))
    assert load_policy(file) == load_policy()


def test_the_policy_of_the_settings_is_the_one_in_use(cli: Cli, file: Path):
    file.write_text(DEFAULT.replace("name: default", "name: mine"))
    assert json.loads(cli("policy", "check", "--json", POLICY=str(file)).output)["name"] == "mine"
