"""What can go wrong in the store, told without anyone's personal data.

A driver quotes the values it choked on, so its exceptions never leave this package.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_RACE_STATES = ("23505", "40001", "40P01")  # unique violation, serialization failure, deadlock
_MISSING_TABLE = ("42P01", "3F000")
_UNAVAILABLE_CLASSES = ("08", "53", "57")  # connection, resources, operator intervention
_SQLITE_UNIQUE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


class StoreError(Exception):
    """The store refused; trying the same again will not help."""


class StoreUnavailable(StoreError):
    """The store cannot be reached or cannot commit now; the same may work later."""


class StoreConflict(StoreError):
    """Another transaction was faster; the whole transaction can be tried again."""


PASSING = (StoreUnavailable, StoreConflict)
"""What may be over when the same is tried again; any other error of the store stays."""


class UnknownLead(StoreError, LookupError):
    """No lead has this id."""


def translate(error: SQLAlchemyError) -> StoreError:
    """The store's own error for a driver's."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailable("no free connection to the database")
    if not isinstance(error, DBAPIError):
        return StoreError(type(error).__name__)
    if getattr(error.orig, "sqlite_errorname", None) is not None:
        return _from_sqlite(error)
    return _from_postgresql(error)


def _from_sqlite(error: DBAPIError) -> StoreError:
    """SQLite's messages name tables and columns, never values."""
    message = str(error.orig)
    if getattr(error.orig, "sqlite_errorname", "") in _SQLITE_UNIQUE:
        return StoreConflict(message)
    if message.startswith("no such table"):
        return StoreUnavailable(_not_migrated())
    return StoreUnavailable(message) if isinstance(error, OperationalError) else StoreError(message)


def _from_postgresql(error: DBAPIError) -> StoreError:
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        kind = StoreUnavailable if isinstance(error, OperationalError) else StoreError
        return kind(f"the database cannot be reached ({type(error.orig).__name__})")
    message = _without_values(error, state)
    if state in _RACE_STATES:
        return StoreConflict(message)
    if state in _MISSING_TABLE:
        return StoreUnavailable(_not_migrated())
    return StoreUnavailable(message) if state[:2] in _UNAVAILABLE_CLASSES else StoreError(message)


def _without_values(error: DBAPIError, state: str) -> str:
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return f"{type(error.orig).__name__} {state}" + (f" on {constraint}" if constraint else "")


def _not_migrated() -> str:
    return "the database has no tables yet; run `leadworkflows db upgrade`"
