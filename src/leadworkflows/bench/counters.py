"""The Temporal server's own counter of actions, as its metrics tell it."""

from __future__ import annotations

import re
from collections import Counter

import httpx

_ACTION = re.compile(
    r'^action(?:_total)?\{(?![^}]*"temporal_system")[^}]*?action_type="(?P<kind>\w+)"[^}]*\} (?P<count>\S+)',
    re.MULTILINE,
)


async def actions(metrics_url: str) -> Counter[str]:
    """How many actions of each type the server counted since it started, but for what it does for itself."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(metrics_url)).raise_for_status().text
    found = Counter[str]()
    for counted in _ACTION.finditer(text):
        found[counted["kind"]] += int(float(counted["count"]))
    return found
