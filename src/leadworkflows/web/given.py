"""What pages are given by whoever installs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

RunUrl = Callable[[str], str | None]
"""A lead's run in the Temporal UI; None where nobody said where that is."""


@dataclass(frozen=True)
class Pages:
    """What pages link to beside themselves."""

    run_url: RunUrl


def _pages(request: Request) -> Pages:
    return cast("Pages", request.app.state.pages)


PagesGiven = Annotated[Pages, Depends(_pages)]
