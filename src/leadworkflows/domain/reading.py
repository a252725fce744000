"""What a policy makes of the events of one type, found once, so that no rule is asked in vain.

Most rules look at one type of event, and most events are page views: asking every rule of every event
would be most of what the core does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from leadworkflows.domain.conditions import Condition, Test
from leadworkflows.domain.events import EventType
from leadworkflows.domain.grammar import Pattern, Triggers
from leadworkflows.domain.rules import Decay, Inference, Moves, Priority, ScoringRule

Asked = tuple[tuple[str, Test], ...]
"""What the facts of an event must be, by name."""
Means = tuple[Asked, ...]
"""Ways in which an event means something; without any, no event of this type does."""

_NOT_INTERACTIONS = frozenset(
    {
        EventType.EMAIL_DELIVERED, EventType.EMAIL_BOUNCED, EventType.EMAIL_SPAM_REPORTED,
        EventType.UNSUBSCRIBED, EventType.MEETING_CANCELLED, EventType.QUALIFICATION_RECORDED,
        EventType.LEAD_CLAIMED, EventType.CONTACT_ATTEMPTED, EventType.LEAD_ACCEPTED,
        EventType.LEAD_RETURNED, EventType.OPPORTUNITY_OPENED, EventType.DEAL_WON, EventType.DEAL_LOST,
        EventType.LEAD_DISQUALIFIED, EventType.LEAD_REOPENED, EventType.FACTS_UPDATED,
        EventType.POLICY_CHANGED, EventType.LEAD_MERGED,
    }
)  # fmt: skip
"""What others do about a lead, which says nothing of its interest."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one policy makes of the events of one type."""

    scoring: tuple[tuple[ScoringRule, Means], ...]
    """The rules that may give points, in the policy's order."""
    pricing: Means
    """T4: what counts for the pattern of a pricing visit."""
    asks: Means
    """T3: what asks for sales."""
    contact: Means
    """What makes a decision maker's lead go first."""
    infer: tuple[tuple[Inference, Means], ...]
    interaction: bool
    """Whether it breaks the lead's silence (P6)."""

    @classmethod
    def of(
        cls,
        kind: EventType,
        scoring: Iterable[ScoringRule],
        moves: Moves,
        priority: Priority,
        infer: Iterable[Inference],
        decay: Decay,
    ) -> Self:
        """Read the parts of a policy for one type of event."""
        return cls(
            scoring=tuple((rule, means) for rule in scoring if (means := _of_pattern(kind, rule))),
            pricing=_of_pattern(kind, moves.T4),
            asks=_of_triggers(kind, moves.T3),
            contact=_of_triggers(kind, priority.contact),
            infer=tuple((rule, means) for rule in infer if (means := _of_triggers(kind, rule.on))),
            interaction=kind not in _NOT_INTERACTIONS and kind not in decay.not_interactions,
        )


def is_meant(means: Means, said: Callable[[str], Any]) -> bool:
    """Whether the facts that `said` looks up by name are what one of the ways asks for."""
    for asked in means:
        for name, test in asked:
            if not test.holds(said(name)):
                break
        else:
            return True
    return False


def _of_pattern(kind: EventType, pattern: Pattern) -> Means:
    """A trigger's own condition and the pattern's must both hold."""
    return _of_triggers(kind, pattern.on, pattern.where)


def _of_triggers(kind: EventType, triggers: Triggers, where: Condition | None = None) -> Means:
    more = tuple((where or {}).items())
    return tuple((*each.where.items(), *more) for each in triggers if each.event is kind)
