"""A press in Slack as it waits on disk: who pressed what, on which lead, and how they are answered."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict

from leadworkflows.commands.errors import CommandRefused
from leadworkflows.commands.events import read_command
from leadworkflows.commands.shape import Command, CommandShape
from leadworkflows.sources.rejections import FieldsRejected


class Pressed(BaseModel):
    """One press of a button, or one form that was sent. `note` may name people.

    `user` is the Slack member; `channel` and `response_url` lead back to them.
    """

    model_config = ConfigDict(frozen=True)

    user: str
    lead: str
    command: Command
    seen: int | None = None
    reason: str | None = None
    note: str | None = None
    facts: dict[str, Any] = {}
    channel: str = ""
    response_url: str = ""
    private: bool = False
    """The card that was pressed is seen by the presser alone."""
    answer: str | None = None
    """What the presser is still to be told of it: the lead has answered, and is not asked again."""

    def __repr__(self) -> str:
        """Without the note."""
        return f"Pressed(command={self.command.value!r}, user={self.user!r}, …)"

    def answered(self, answer: str) -> Pressed:
        """All that is left of it: what it said is not needed any more."""
        return self.model_copy(update={"answer": answer, "reason": None, "note": None, "facts": {}})

    def shape(self, by: str) -> CommandShape:
        """The command, as that person's. Raises CommandRefused for one that states what cannot be."""
        said = self.model_dump(include={"command", "seen", "reason", "note", "facts"})
        try:
            return read_command({**said, "by": by})
        except FieldsRejected as rejected:
            wrong = (f"{each.field} {each.problem}, {each.fix}" for each in rejected.problems)
            raise CommandRefused("; ".join(wrong)) from None


def press_key(*parts: object) -> str:
    """What every delivery of the same press shares; also the id of the command's event."""
    return f"press-{sha256(chr(10).join(map(str, parts)).encode()).hexdigest()}"
