"""What must be set before the API may be reached from other machines."""

from __future__ import annotations

from leadworkflows.cli.errors import WrongUse
from leadworkflows.settings import PREFIX, Settings
from leadworkflows.store import Store
from leadworkflows.web.loopback import is_loopback

SHORTEST_KEY = 16
"""Characters of a key of the settings: people write those, and a short one can be guessed from outside."""
_KEYS, _PASSWORD = f"{PREFIX}API_KEYS", f"{PREFIX}DASHBOARD_PASSWORD"


async def require_locks(host: str, settings: Settings, store: Store) -> None:
    """Raise WrongUse where others would reach an API without keys, or pages without a password.

    There is no way around it, for a proxy neither: one on this machine reaches 127.0.0.1, and whoever
    comes past one on another machine is to find a locked door. Raises StoreError.
    """
    if is_loopback(host):
        return
    if weak := [key for key in settings.api_keys if len(key.get_secret_value()) < SHORTEST_KEY]:
        count = "a key is" if len(weak) == 1 else f"{len(weak)} keys are"
        raise WrongUse(f"{_refused(host)} {_KEYS}: {count} shorter than {SHORTEST_KEY} characters")
    missing = [] if settings.dashboard_password else [_PASSWORD]
    if not settings.api_keys and not await _has_key(store):
        missing.insert(0, f"{_KEYS} (or make a key with `leadworkflows key create`)")
    if missing:
        raise WrongUse(f"{_refused(host)} set {' and '.join(missing)}, or listen on 127.0.0.1")


def _refused(host: str) -> str:
    return f"Others could reach the API on {host}:"


async def _has_key(store: Store) -> bool:
    return any(key.revoked_at is None for key in await store.api_keys.all())
