"""Which leads go first: decision makers who look at prices, or who contact sales directly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadworkflows.domain.decisions import EntryKind
from leadworkflows.domain.lifecycle import Move
from leadworkflows.domain.moves import Mover
from leadworkflows.domain.reading import Means, is_meant

_PRICING = Move.REVISIT_PRICING.value


def prioritise(mover: Mover, fired: list[str], means: Means, said: Mapping[str, Any]) -> None:
    """A decision maker who fires P1 as MQL, or contacts sales directly, goes first.

    `means` says what facts of the event are a contact, and `said` are its facts, folded.
    """
    turn, state, rule = mover.turn, mover.turn.state, mover.turn.policy.priority
    if not (fired or means) or state.priority or state.profile.get("seniority") not in rule.seniority:
        return
    # T4 is the pattern of P1, also where P1 has given its points for this window already.
    hot = [name for name in fired if name in rule.rules or name == _PRICING]
    if hot and not mover.is_or_becomes_mql:
        hot = []
    if hot or is_meant(means, said):
        state.priority = True
        because = f"fired {hot[0]} as MQL" if hot else "contacts sales directly"
        turn.note(EntryKind.PRIORITY, "Priority", mover.at, [f"{state.profile['seniority']} {because}"])
