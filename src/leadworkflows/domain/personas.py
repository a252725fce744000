"""From a job title to persona and seniority, by the words the policy lists.

The edge calls this, because a title is personal data and stays there: only the two facts travel on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from leadworkflows.domain.policy import Policy


def classify_title(title: str, policy: Policy) -> dict[str, str]:
    """Persona and seniority of a job title; what the policy does not recognise is left out."""
    words = _words(title)
    persona = _first(words, {key: value.titles for key, value in policy.personas.items()})
    seniority = _first(words, {key.value: value.titles for key, value in policy.seniority.items()})
    return {name: found for name, found in (("persona", persona), ("seniority", seniority)) if found}


def _first(words: str, titles: Mapping[str, Iterable[str]]) -> str | None:
    return next((key for key, known in titles.items() if any(_words(t) in words for t in known)), None)


def _words(text: str) -> str:
    """Only letters and digits count, and only whole words match: `Co-Founder & CTO` is ` co founder cto `."""
    plain = re.sub(r"[\W_]+", " ", text.casefold()).strip()
    return f" {plain} "
