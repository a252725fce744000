"""Who is who: the leads that deliveries name, and which of them turn out to be one person.

An e-mail address names a lead. An id that a vendor gives to a contact is as good: two addresses
under one such id are one person, whose address changed or who has two. An anonymous id is a browser,
which colleagues may share: it brings its history along and never makes two leads one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from leadworkflows.domain.lifecycle import Stage
from leadworkflows.sources.base import Identity, Person
from leadworkflows.store.naming import email_key, merged_keys, new_lead_id, vendor_keys, visitor_keys

PERSON_FIELDS = tuple(Person.model_fields)
_FURTHEST_FIRST = (
    Stage.CUSTOMER,
    Stage.OPPORTUNITY,
    Stage.SQL,
    Stage.SAL,
    Stage.MQL,
    Stage.RECYCLED,
    Stage.LEAD,
    Stage.DISQUALIFIED,
)


@dataclass(eq=False)
class Prospect:
    """A lead with its person, as far as the deliveries at hand are concerned."""

    lead_id: str
    email: str
    last_seq: int
    person: dict[str, str | None]
    created_at: datetime
    stage: str | None = None
    waiting_since: datetime | None = None
    due_at: datetime | None = None
    handed_on_seq: int = 0
    """How far its workflow was told for certain."""
    perhaps_told: bool = False
    """Whether somebody began to tell it of more and did not say how that ended."""
    is_new: bool = False
    merged_into: Prospect | None = None
    _before: tuple[int, str, dict[str, str | None]] = field(init=False)

    @classmethod
    def new(cls, email: str, at: datetime) -> Prospect:
        """A lead that nobody has seen before."""
        return cls(new_lead_id(at), email, 0, dict.fromkeys(PERSON_FIELDS), at, is_new=True)

    def __post_init__(self) -> None:
        self._before = (self.last_seq, self.email, dict(self.person))

    @property
    def seq_changed(self) -> bool:
        """Whether the lead got an event."""
        return self.last_seq != self._before[0]

    @property
    def person_changed(self) -> bool:
        """Whether something was learned about the person."""
        return (self.email, self.person) != self._before[1:]

    @property
    def addresses(self) -> set[str]:
        """The address of the lead, and the one it had before these deliveries."""
        return {self.email, self._before[1]}

    def forget_new_events(self) -> None:
        """Take back the numbers given since loading: the events go to another lead."""
        self.last_seq = self._before[0]

    def next_seq(self, late_from: datetime, due: datetime) -> int:
        """The number of one more event, which is to be handed on when it is `due`.

        `late_from` is since when it counts as waiting: what rides along is not late while it may.
        """
        self.last_seq += 1
        self.waiting_since = min(self.waiting_since or late_from, late_from)
        self.due_at = min(self.due_at, due) if self.due_at else due
        return self.last_seq

    def remember(self, person: Mapping[str, str]) -> None:
        """New values win, and what was not said stays."""
        self.person.update(person)

    def last_winner(self) -> Prospect:
        """The lead that this one is now, which may have been merged in its turn."""
        return self.merged_into.last_winner() if self.merged_into else self


@dataclass
class People:
    """The leads at hand, by every name they go by."""

    prospects: list[Prospect] = field(default_factory=list)
    by_email: dict[str, Prospect] = field(default_factory=dict)
    visitors: dict[str, Prospect] = field(default_factory=dict)
    """By visitor key: those that have a lead."""
    linked: dict[str, Prospect] = field(default_factory=dict)
    merges: list[tuple[Prospect, Prospect]] = field(default_factory=list)
    """Winner and loser, both of which the store knew before."""

    def add(self, prospect: Prospect) -> None:
        """A lead under its address."""
        self.prospects.append(prospect)
        self.by_email[prospect.email] = prospect

    def lead_of(self, identity: Identity, now: datetime) -> Prospect | None:
        """The lead that the names belong to; a new one for an address nobody has; None for a stranger."""
        email = identity.email or None
        certain = self._certain(identity)
        if email is not None and email in self.by_email:
            certain = [*certain, self.by_email[email]]
        if certain:
            lead = self._one_of(certain)
            if identity.vendor_ids:  # otherwise an old address is only another name
                self._readdress(lead, email)
            return lead
        if email is not None:
            self.add(lead := Prospect.new(email, now))
            return lead
        return next((self.visitors[key] for key in visitor_keys(identity) if key in self.visitors), None)

    def link(self, keys: list[str], lead: Prospect) -> list[str]:
        """Let the names that are free belong to the lead; all that are its own."""
        for key in keys:
            if key not in self.visitors:
                self.visitors[key] = self.linked[key] = lead
        return [key for key in keys if self.visitors[key] is lead]

    def _certain(self, identity: Identity) -> list[Prospect]:
        keys = [*vendor_keys(identity), *merged_keys(identity)]
        return [self.visitors[key] for key in keys if key in self.visitors]

    def _one_of(self, leads: list[Prospect]) -> Prospect:
        """Whoever came furthest is who the person is: their clocks and sales' work must go on."""
        winner, *losers = sorted(dict.fromkeys(leads), key=_standing)
        for loser in losers:
            self._merge(winner, loser)
        return winner

    def _merge(self, winner: Prospect, loser: Prospect) -> None:
        loser.merged_into = winner
        winner.remember({k: v for k, v in loser.person.items() if v and not winner.person[k]})
        for names in (self.by_email, self.visitors):
            names.update({name: winner for name, lead in names.items() if lead is loser})
        self.linked.update({key: winner for key, lead in self.linked.items() if lead is loser})
        self.linked[email_key(loser.email)] = winner
        if not loser.is_new:
            self.merges.append((winner, loser))

    def _readdress(self, lead: Prospect, email: str | None) -> None:
        """The address that came last is where the person is reached; the one before still names them."""
        if email is not None and email != lead.email:
            self.linked[email_key(lead.email)] = lead
            lead.email = email
            self.by_email[email] = lead


def _standing(lead: Prospect) -> tuple[bool, int, datetime, str]:
    stage = Stage(lead.stage) if lead.stage in set(Stage) else Stage.LEAD
    return lead.is_new, _FURTHEST_FIRST.index(stage), lead.created_at, lead.lead_id
