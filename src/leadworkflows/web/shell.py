"""What stands around every page: where one is, who looks, and where else one can go."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

NAVIGATION = (
    ("today", "Today", "/"),
    ("funnel", "Funnel", "/funnel"),
    ("leads", "Leads", "/leads"),
    ("reasons", "Reasons", "/reasons"),
    ("outbox", "Outbox", "/outbox"),
    ("policy", "Policy", "/policy"),
)
"""The pages by name, title and address, in their order."""


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page, and was let in. `csrf` is what their forms carry."""

    name: str
    csrf: str
    signed_in: bool = False
    """With the password, so that there is something to sign out of."""


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    name: str
    title: str
    address: str
    current: bool


@dataclass(frozen=True)
class Shell:
    """The frame of one page; `visitor` is None for who was not let in, and is shown nothing of it."""

    visitor: Visitor | None
    places: tuple[Place, ...]

    @property
    def csrf(self) -> str:
        """For the hidden field `csrf` of every form that posts."""
        return self.visitor.csrf if self.visitor else ""

    @property
    def signed_in(self) -> bool:
        """Whether there is something to sign out of."""
        return self.visitor is not None and self.visitor.signed_in


def shell_of(request: Request) -> Shell:
    """The frame for the page that a request asks for."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    path = request.url.path
    return Shell(visitor, tuple(Place(*each, current=_is_at(path, each[2])) for each in NAVIGATION))


def _is_at(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(f"{address}/"))
