"""From a job title to persona and seniority, by the words the policy lists.

The edge calls this, because a title is personal data and stays there: only the two facts travel on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from leadworkflows.domain.policy import Policy

_FILLERS = frozenset({"of", "the", "for", "and"})
_SPELT_OUT = (("vice president", "vp"),)


def classify_title(title: str, policy: Policy) -> dict[str, str]:
    """Persona and seniority of a job title; what the policy does not recognise is left out.

    What the title names first counts, and there the longest: a "Vice President of Sales" is a VP and
    no president. Whom somebody works for says nothing of them: an "Assistant to the CFO" is no CFO.
    """
    words = _words(title.casefold().partition(" to ")[0])
    persona = _named_first(words, {key: value.titles for key, value in policy.personas.items()})
    seniority = _named_first(words, {key.value: value.titles for key, value in policy.seniority.items()})
    return {name: found for name, found in (("persona", persona), ("seniority", seniority)) if found}


def _named_first(words: str, titles: Mapping[str, Iterable[str]]) -> str | None:
    found = [
        (words.index(known), -len(known), key)
        for key, listed in titles.items()
        for known in map(_words, listed)
        if known in words
    ]
    return min(found)[2] if found else None


@lru_cache(maxsize=4096)  # the policy's titles are compared with those of every event
def _words(text: str) -> str:
    """Only whole words count, and not those that say little: `Co-Founder & CTO` is ` co founder cto `."""
    plain = re.sub(r"[\W_]+", " ", text.casefold()).strip()
    for long, short in _SPELT_OUT:
        plain = plain.replace(long, short)
    return f" {' '.join(word for word in plain.split() if word not in _FILLERS)} "
