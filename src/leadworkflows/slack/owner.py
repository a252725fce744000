"""Who has a lead, as a card says it."""

from __future__ import annotations

from dataclasses import dataclass

from leadworkflows.content import one_line
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.blocks import escape


@dataclass(frozen=True)
class Owner:
    """A rep; what nobody knows of them is empty. No rep id: nobody owns the lead."""

    rep_id: str = ""
    name: str = ""
    slack: str = ""

    @classmethod
    def of(cls, rep_id: str, roster: Roster) -> Owner:
        """The rep as the roster knows them."""
        rep = roster.reps.get(rep_id) if rep_id else None
        return cls(rep_id, one_line(rep.name), rep.slack or "") if rep else cls(rep_id)

    def __bool__(self) -> bool:
        """Whether somebody has the lead."""
        return bool(self.rep_id)

    @property
    def shown(self) -> str:
        """For mrkdwn: a mention where Slack knows them, else the name, else the id."""
        return f"<@{self.slack}>" if self.slack else self.spoken

    @property
    def spoken(self) -> str:
        """For the text that notifications read out, which resolves no mention."""
        return escape(self.name or self.rep_id, 100)
