"""The default policy, and policies that differ from it in what a test is about."""

from __future__ import annotations

import json
from typing import Any

from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import load_policy

DEFAULT = load_policy()


def variant(**changes: Any) -> Policy:
    """The default policy with these parts changed; in a mapping only what is named, a list as a whole."""
    return Policy.model_validate(_merged(json.loads(DEFAULT.model_dump_json(by_alias=True)), changes))


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}


_WHENEVER: dict[str, Any] = {
    "hours": {"mon-fri": "00:00-24:00", "sat-sun": "00:00-24:00"},
    "cap": None, "after_one_off": "0s", "spread": "0s",
}  # fmt: skip


def any_time(**changes: Any) -> Policy:
    """A variant without windows and caps: what a sequence's own rhythm is."""
    return variant(**_merged({"sending": _WHENEVER, "enrolment": {"hot": None}}, changes))


ANY_TIME = any_time()
