"""API keys: how one is made, and whose a given one is.

A key is `lw_<id>_<secret>`. Of the secret, 256 random bits, only a SHA-256 digest is stored. A slow
hash protects passwords because people choose guessable ones; 256 random bits cannot be guessed, and
a slow hash would cost every request.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from leadworkflows.settings import Settings
from leadworkflows.sources.form import header_keys
from leadworkflows.sources.signatures import same
from leadworkflows.store.api_keys import ApiKey, ApiKeys, Scope
from leadworkflows.store.errors import StoreError

TRUSTED_FOR = timedelta(seconds=5)
"""For so long a process trusts what it read: a revoked key is refused after this at the latest."""
ASKED_AGAIN_AFTER = timedelta(seconds=1)
"""For a key that is not known the store is asked at most so often: a new key works after this."""
_PREFIX = "lw"


@dataclass(frozen=True)
class Caller:
    """Who asks, and what the key opens. `name` says which key it is and is no secret."""

    name: str
    scopes: frozenset[str]


def new_key(name: str, scopes: Iterable[Scope], at: datetime) -> tuple[ApiKey, str]:
    """A key as it is stored, and as it is given away: this once."""
    key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    return ApiKey(key_id, name, frozenset(scopes), _digest(secret), at), f"{_PREFIX}_{key_id}_{secret}"


class KeyRing:
    """Whose a key is: those of the settings open everything, those of the store their scopes."""

    def __init__(self, settings: Settings, keys: ApiKeys, clock: Callable[[], datetime]) -> None:
        self._own = [key.get_secret_value() for key in settings.api_keys]
        self._keys, self._clock = keys, clock
        self._stored: dict[str, ApiKey] = {}
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Who sent a request with these headers. Raises `StoreError` when that cannot be known now."""
        given = header_keys(headers)
        if own := self._own_key(given):
            return own
        for key in given:
            if caller := await self._stored_key(key):
                return caller
        return None

    def _own_key(self, given: list[str]) -> Caller | None:
        # All are compared, so that the time does not tell which one fits.
        fits = [n for n, key in enumerate(self._own) if [each for each in given if same(each, key)]]
        return Caller(f"settings-{fits[0] + 1}", frozenset(Scope)) if fits else None

    async def _stored_key(self, given: str) -> Caller | None:
        prefix, _, rest = given.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != _PREFIX or not key_id or not secret:
            return None
        key = await self._find(key_id)
        if key is None or not same(_digest(secret), key.digest):
            return None
        await self._note_use(key)
        return Caller(key_id, key.scopes)

    async def _find(self, key_id: str) -> ApiKey | None:
        await self._read_after(TRUSTED_FOR if key_id in self._stored else ASKED_AGAIN_AFTER)
        key = self._stored.get(key_id)
        return key if key and key.revoked_at is None else None

    async def _read_after(self, age: timedelta) -> None:
        async with self._reading:
            now = self._clock()
            # A clock that was set back must not keep a revoked key alive.
            if self._read_at is None or abs(now - self._read_at) >= age:
                self._stored = {key.key_id: key for key in await self._keys.all()}
                self._read_at = now

    async def _note_use(self, key: ApiKey) -> None:
        """Once a day, and never in the way of the request."""
        today = self._clock().date()
        if key.last_used_on == today:
            return
        self._stored[key.key_id] = replace(key, last_used_on=today)
        try:
            await self._keys.used(key.key_id, today)
        except StoreError:
            return


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
