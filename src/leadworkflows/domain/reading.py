"""What a policy makes of the events of one type, found once, so that no rule is asked in vain.

Most rules look at one type of event, and most events are page views: asking every rule of every event
would be most of what the core does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from leadworkflows.domain.conditions import Condition, Scalar, Test
from leadworkflows.domain.events import EventType
from leadworkflows.domain.grammar import Pattern, Triggers
from leadworkflows.domain.rules import Decay, Inference, Moves, Priority, ScoringRule


class Way(NamedTuple):
    """One way in which an event means something: what all of these facts must be, by name."""

    words: tuple[tuple[str, Scalar], ...]
    """The one value that a fact must have, folded."""
    tests: tuple[tuple[str, Test], ...]
    """Whatever else is asked."""


Means = tuple[Way, ...]
"""Ways in which an event means something; without any, no event of this type does."""

_Numbered = tuple[int, ScoringRule, Means]
"""A rule, where it stands in the policy, and what is left to ask; nothing, where its word says all."""
_UNSAID: Any = object()

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


class ScoringIndex:
    """Scoring rules by the first word that they ask for: of a page view, most ask for another page."""

    def __init__(self, rules: Iterable[tuple[ScoringRule, Means]]) -> None:
        self._always: list[_Numbered] = []
        self._by_word: dict[str, dict[Scalar, list[_Numbered]]] = {}
        for number, (rule, means) in enumerate(rules):
            if len(means) == 1 and means[0].words:
                (name, word), *more = means[0].words
                left = () if not more and not means[0].tests else means
                self._by_word.setdefault(name, {}).setdefault(word, []).append((number, rule, left))
            else:
                self._always.append((number, rule, means))

    def __bool__(self) -> bool:
        return bool(self._always or self._by_word)

    def meant(self, said: Mapping[str, Any]) -> list[ScoringRule]:
        """The rules that the folded facts are an occurrence for, in the policy's order."""
        found = self._always
        for name, by_word in self._by_word.items():
            more = by_word.get(said.get(name, _UNSAID))
            found = sorted([*found, *more]) if more else found
        return [rule for _, rule, left in found if not left or is_meant(left, said)]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one policy makes of the events of one type."""

    scoring: ScoringIndex
    """The rules that may give points."""
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
            scoring=ScoringIndex([(rule, means) for rule in scoring if (means := _of_pattern(kind, rule))]),
            pricing=_of_pattern(kind, moves.T4),
            asks=_of_triggers(kind, moves.T3),
            contact=_of_triggers(kind, priority.contact),
            infer=tuple((rule, means) for rule in infer if (means := _of_triggers(kind, rule.on))),
            interaction=kind not in _NOT_INTERACTIONS and kind not in decay.not_interactions,
        )

    def __bool__(self) -> bool:
        """Whether such an event can do more than break the lead's silence."""
        return bool(self.scoring or self.pricing or self.asks or self.contact or self.infer)


def is_meant(means: Means, said: Mapping[str, Any]) -> bool:
    """Whether the folded facts are what one of the ways asks for."""
    for words, tests in means:
        for name, word in words:
            if said.get(name) != word:
                break
        else:
            for name, test in tests:
                if not test.holds(said.get(name)):
                    break
            else:
                return True
    return False


def _of_pattern(kind: EventType, pattern: Pattern) -> Means:
    """A trigger's own condition and the pattern's must both hold."""
    return _of_triggers(kind, pattern.on, pattern.where)


def _of_triggers(kind: EventType, triggers: Triggers, where: Condition | None = None) -> Means:
    more = tuple((where or {}).items())
    return tuple(_way([*each.where.items(), *more]) for each in triggers if each.event is kind)


def _way(asked: Iterable[tuple[str, Test]]) -> Way:
    words, tests = list[tuple[str, Scalar]](), list[tuple[str, Test]]()
    for name, test in asked:
        if test.equals is not None and test.asks_equality_alone:
            words.append((name, test.equals))
        else:
            tests.append((name, test))
    return Way(tuple(words), tuple(tests))
