"""HubSpot's ids and times, any of which may be absent or of another kind."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from leadworkflows.sources.freshness import MILLISECONDS
from leadworkflows.sources.parts import since_1970, text

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9._\-]{1,100}", re.ASCII)


def number(value: Any) -> str | None:
    """The id of a portal or an object: a number, which some senders write as text."""
    stated = text(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return str(int(stated)) if _NUMBER.fullmatch(stated) and int(stated) else None


def opaque(value: Any) -> str | None:
    """An id of another kind, where it is short and plain."""
    stated = text(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return stated if _NAME.fullmatch(stated) else None


def moment(value: Any) -> datetime | None:
    """A time in milliseconds, or None where it cannot be one."""
    return since_1970(value, MILLISECONDS)


def contact_key(portal: str, contact: str) -> str:
    """A contact's id as `Identity.vendor_ids` has it: contacts are numbered within their portal."""
    return f"{portal}-{contact}"
