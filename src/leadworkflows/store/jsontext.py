"""JSON that both databases take, whatever a form said."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any


def to_json(value: Any) -> str:
    """Serialise for a JSON column: not-a-number becomes null, a date its ISO form."""
    try:
        return json.dumps(value, allow_nan=False, default=_plain)
    except ValueError:
        return json.dumps(_finite(value), default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _finite(value: Any) -> Any:
    """PostgreSQL refuses the NaN and Infinity that Python's parser lets in."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
