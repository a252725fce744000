"""As whom somebody acts who sells from the pages: remembered by the browser, for the next time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request, Response
from pydantic import TypeAdapter, ValidationError

from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.problems import Problem
from leadworkflows.domain.facts import RepId
from leadworkflows.domain.teams import Roster
from leadworkflows.web.posted import Posted

COOKIE = "leadworkflows_acting"
SOMEBODY = "you"
"""Who acts where nobody keeps a roster and nobody said."""
_REP: TypeAdapter[str] = TypeAdapter(RepId)
_A_YEAR = 365 * 86_400


@dataclass(frozen=True)
class Acting:
    """Who acts, and who could. `choices` are ids and names; none where nobody keeps a roster."""

    rep_id: str
    choices: Sequence[tuple[str, str]]


async def roster_of(deps: ApiDeps) -> Roster:
    """Everybody who sells now."""
    return await deps.slack.roster() if deps.slack else Roster()


def acting(request: Request, roster: Roster, owner: str | None = None) -> Acting:
    """Who acted last in this browser, else the lead's owner, else the first on the roster."""
    names = {rep_id: rep.name or rep_id for rep_id, rep in roster.reps.items()}
    choices = sorted(names.items(), key=lambda pair: (pair[1].casefold(), pair[0]))
    known = [each for each in (_valid(request.cookies.get(COOKIE)), owner) if each]
    fitting = [each for each in known if each in names or not names]
    first = choices[0][0] if choices else SOMEBODY
    return Acting(fitting[0] if fitting else first, choices)


def actor(posted: Posted) -> str:
    """Who acts by a form. Raises 422 where its field `by` names nobody."""
    if by := _valid(posted.get("by")):
        return by
    raise Problem(
        422, "invalid-fields", "`by` names nobody: choose who you are, or write an id such as rep-7."
    )


def remember(response: Response, rep_id: str, *, secure: bool) -> None:
    """Offer the same person the next time."""
    response.set_cookie(
        COOKIE, rep_id, max_age=_A_YEAR, httponly=True, samesite="lax", secure=secure, path="/"
    )


def _valid(said: str | None) -> str | None:
    try:
        return _REP.validate_python(said) if said else None
    except ValidationError:
        return None
