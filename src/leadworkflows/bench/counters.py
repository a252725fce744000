"""The Temporal server's own counter of actions, as its metrics tell it."""

from __future__ import annotations

from collections import Counter

import httpx
from prometheus_client.parser import text_string_to_metric_families

_NAMES = frozenset({"action", "action_total"})


async def actions(metrics_url: str) -> Counter[str]:
    """How many actions of each type the server counted since it started."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(metrics_url)).raise_for_status().text
    found = Counter[str]()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name in _NAMES:
                found[sample.labels.get("action_type", "?")] += int(sample.value)
    return found
