"""What every answer tells a browser: that it is data, shown in no frame, kept in no cache.

A page says more of itself (`web/rendering.py`); what it says goes before.
"""

from __future__ import annotations

from collections.abc import Iterable

_NOTHING = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_EVERY_ANSWER = (
    (b"content-security-policy", _NOTHING),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


def completed(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, with those that it does not set itself."""
    own = list(headers)
    said = {name.lower() for name, _ in own}
    return own + [header for header in _EVERY_ANSWER if header[0] not in said]
