"""Why a command was not carried out."""

from __future__ import annotations


class CommandRefused(Exception):
    """The lead's chart or policy does not allow the command now; `reason` says why, for a salesperson."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CommandUnavailable(Exception):
    """The command could not be handed to the lead's workflow, or nobody answered: to be tried again."""
