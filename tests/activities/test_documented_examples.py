"""What docs/crm.md and docs/http-action.md show is a policy that `policy check` takes."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML

from leadworkflows.cli.policy_check import check_policy
from leadworkflows.policies.loader import DEFAULT_POLICY
from tests.architecture.tree import ROOT

PART = re.compile(r"^```yaml part\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "docs" / name for name in ("crm.md", "http-action.md")]
SHOWN = [part for page in PAGES for part in PART.findall(page.read_text("utf-8"))]


@pytest.mark.parametrize("shown", SHOWN, ids=range(len(SHOWN)))
def test_an_example_is_taken_by_the_check_of_policies(shown, tmp_path):
    yaml = YAML()  # keeps the order, which says which segment is asked first
    whole = yaml.load(DEFAULT_POLICY.read_text())
    for name, part in YAML(typ="safe").load(shown).items():
        whole[name].update(part)
    file = tmp_path / "policy.yaml"
    with file.open("w") as writing:
        yaml.dump(whole, writing)
    assert check_policy(file).policy.name


def test_the_documents_show_every_action_that_they_are_about():
    text = "".join(SHOWN)
    assert [name for name in ("crm.hubspot", "crm.salesforce", "http.post") if name not in text] == []
