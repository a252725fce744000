"""A policy is named by the hash of its content: the same rules, the same name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from ruamel.yaml import YAML

from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import load_policy
from tests.policies.files import DEFAULT_TEXT, changed, written

POLICY = load_policy()


def test_a_policy_has_a_short_name():
    assert re.fullmatch(r"p-[0-9a-f]{12}", POLICY.id)


def test_the_name_is_the_same_in_every_process():
    code = "from leadworkflows.policies.loader import load_policy; print(load_policy().id)"
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))}
        said = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert said.stdout.strip() == POLICY.id


def test_comments_and_blank_lines_are_not_content(tmp_path):
    text = "\n\n".join(line for line in DEFAULT_TEXT.splitlines() if not line.lstrip().startswith("#"))
    assert load_policy(written(tmp_path, text)).id == POLICY.id


def test_block_and_flow_style_quotes_and_anchors_are_not_content(tmp_path):
    plain = json.loads(json.dumps(YAML(typ="safe").load(DEFAULT_TEXT)))
    out = StringIO()
    writer = YAML(typ="safe")
    writer.default_flow_style, writer.sort_base_mapping_type_on_output = False, False  # type: ignore[assignment]
    writer.dump(plain, out)
    assert out.getvalue() != DEFAULT_TEXT
    assert load_policy(written(tmp_path, out.getvalue())).id == POLICY.id
    assert load_policy(written(tmp_path, json.dumps(plain))).id == POLICY.id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("within: 1 business hour", "within: 60 business minutes"),
        ("page: case_study}}, {content", "page: Case Study}}, {content"),
        ("at: 50%", "at: 50"),
        (
            "where: {page: pricing}, times: 3, within: 7d, per",
            "where: {page: {equals: pricing}}, times: 3, within: 1w, per",
        ),
        ("on: trial_started", "on: [{event: trial_started, where: {}}]"),
        (
            '- slack.alert: {channel: "#sales", template: hot-lead}',
            '- {name: slack.alert, params: {channel: "#sales", template: hot-lead}}',
        ),
    ],
    ids=str,
)
def test_two_ways_to_write_the_same_are_the_same(one, other, tmp_path):
    assert load_policy(changed(tmp_path, (one, other))).id == POLICY.id


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(node, dict):
        return [leaf for key, value in node.items() for leaf in _leaves(value, (*path, key))]
    if isinstance(node, list):
        return [leaf for number, value in enumerate(node) for leaf in _leaves(value, (*path, number))]
    return [path]


def _with(node: Any, path: tuple[Any, ...], change: Any) -> Any:
    if not path:
        return change(node)
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = _with(node[path[0]], path[1:], change)
    return copy


def test_any_change_of_a_number_changes_the_name():
    document = json.loads(POLICY.model_dump_json(by_alias=True))
    tried = 0
    for path in _leaves(document):
        value = _value(document, path)
        if isinstance(value, bool) or not isinstance(value, int | float) or path == ("version",):
            continue
        lower = _with(document, path, lambda number: number - (0.1 if isinstance(number, float) else 1))
        try:
            other = Policy.model_validate(lower)
        except ValueError:
            continue
        tried += 1
        assert other.id != POLICY.id, path
    assert tried > 60


def _value(node: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        node = node[part]
    return node


@pytest.mark.parametrize(
    "change",
    [
        ("name: default", "name: mine"),
        ("every: 30d", "every: 31d"),
        ("within: 1 business hour", "within: 1 hour"),
        ("exclude: [education, gambling]", "exclude: [education]"),
        ("title: case study,", "title: case studies,"),
        ("content: roi-study", "content: roi-analysis"),
        ("channel: \"#sales\", template: hot-lead", "channel: \"#sdr\", template: hot-lead"),
        ("click_factor: 0.5", "click_factor: 0.6"),
        ("intern, trainee", "trainee, intern"),
    ],
    ids=str,
)  # fmt: skip
def test_any_change_of_content_changes_the_name(change, tmp_path):
    assert load_policy(changed(tmp_path, change)).id != POLICY.id


def test_the_order_of_segments_is_content_because_the_first_match_wins():
    document = json.loads(POLICY.model_dump_json(by_alias=True))
    segments = document["segments"]
    swapped = {key: segments[key] for key in ("technology-startup", "manufacturing-sme", "everyone-else")}
    assert Policy.model_validate({**document, "segments": swapped}).id != POLICY.id


def test_json_and_back_is_the_same_policy():
    again = Policy.model_validate_json(POLICY.model_dump_json(by_alias=True))
    assert (again.id, again) == (POLICY.id, POLICY)
    assert Policy.model_validate_json(again.model_dump_json(by_alias=True)).id == POLICY.id


def test_a_policy_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        POLICY.late_after = POLICY.decay.every  # type: ignore[misc]
