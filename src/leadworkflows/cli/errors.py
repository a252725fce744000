"""What a user is told when a command cannot do its work: one line, and the exit status.

0 is done, 1 is "the answer is no", 2 is wrong use: something to correct before the command can run.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from leadworkflows.activities.registry import ActionUnusable
from leadworkflows.content import ContentError
from leadworkflows.embedded import EmbeddedServerError, ServerEnded
from leadworkflows.policies.loader import PolicyRejected
from leadworkflows.serving import AddressTaken
from leadworkflows.settings import SettingsInvalid
from leadworkflows.sources.identity import EmailInvalid
from leadworkflows.store import StoreError
from leadworkflows.tracing.setup import TracingNotInstalled

NO, WRONG_USE = 1, 2


class WrongUse(Exception):
    """The command cannot run like this. The message is one line that says what to correct."""


_SPEAK_FOR_THEMSELVES = (
    ActionUnusable, AddressTaken, ContentError, EmailInvalid, EmbeddedServerError, TracingNotInstalled,
    WrongUse,
)  # fmt: skip


def stop(message: str, status: int = WRONG_USE) -> NoReturn:
    """End the command with one line on standard error."""
    typer.echo(f"leadworkflows: {'; '.join(message.strip().splitlines())}", err=True)
    raise typer.Exit(status)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Whatever a user can mend ends the command with one line instead of a traceback."""
    try:
        yield
    except ServerEnded as error:
        stop(str(error), NO)
    except PolicyRejected as error:
        stop(_policy(error))
    except SettingsInvalid as error:
        stop(_settings(error))
    except StoreError as error:
        stop(f"The database cannot be used: {error} (LEADWORKFLOWS_DATABASE_URL says which)")
    except _SPEAK_FOR_THEMSELVES as error:
        stop(str(error))
    except BrokenPipeError:
        raise  # whoever read our output has read enough
    except OSError as error:
        stop(_file(error))


def nearest(word: str, known: Iterable[str]) -> str:
    """What was probably meant, or else everything that is known."""
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(choices) or 'none'}"


def _policy(error: PolicyRejected) -> str:
    others = len(error.problems) - 1
    more = f" (and {others} more: leadworkflows policy check {error.path})" if others else ""
    return f"The policy {error.path} cannot be used: {error.problems[0]}{more}"


def _settings(error: SettingsInvalid) -> str:
    first, *others = str(error).splitlines()
    more = f" (and {len(others)} more: leadworkflows doctor)" if others else ""
    return f"A setting cannot be used: {first}{more}"


def _file(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or type(error).__name__}"
