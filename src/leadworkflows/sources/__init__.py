"""Webhook sources, one file a vendor.

`get(name)` gives the source of that name; a package adds its own under the entry-point group
`leadworkflows.sources`.
"""

from __future__ import annotations

from leadworkflows.sources.registry import UnknownSource, get, names

__all__ = ["UnknownSource", "get", "names"]
