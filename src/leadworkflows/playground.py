"""Secrets for sources that have none, so that `dev` can be tried at once.

They follow from the key that `dev` keeps in its data folder, so whoever may read that folder can sign
as the vendor does, and nobody else. `api` never uses them: in production a source without a secret
refuses.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from pydantic import SecretStr

from leadworkflows import sources
from leadworkflows.settings import Settings, SourceSettings
from leadworkflows.sources.samples import keys

KEY_FILE = "api-key"
"""Where `dev` keeps the key that its first start made."""


def with_playground_secrets(settings: Settings, api_key: str) -> Settings:
    """The settings with a secret for each source that has none of its own."""
    derived = dict(_derived(settings, api_key))
    return settings.model_copy(update={"sources": {**settings.sources, **derived}})


def key_of(settings: Settings) -> str | None:
    """The key that `dev` with these settings derives from; None before its first start."""
    if settings.api_keys:
        return settings.api_keys[0].get_secret_value()
    path: Path = settings.data_dir / KEY_FILE
    return path.read_text().strip() if path.is_file() else None


def accepted_secret(name: str, kind: str, api_key: str) -> str:
    """What `dev` verifies a source's webhooks with."""
    return keys.accepted_secret(kind, _seed(name, api_key))


def signing_secret(name: str, kind: str, api_key: str) -> str:
    """What a sample for that source is signed with."""
    return keys.signing_secret(kind, _seed(name, api_key))


def _derived(settings: Settings, api_key: str) -> Iterator[tuple[str, SourceSettings]]:
    for name in {*sources.names(), *settings.sources}:
        options = settings.source(name)
        if not options.secrets:
            secret = SecretStr(accepted_secret(name, (options.kind or name).lower(), api_key))
            yield name, options.model_copy(update={"secrets": [secret]})


def _seed(name: str, api_key: str) -> bytes:
    return hmac.new(api_key.encode(), f"leadworkflows playground {name}".encode(), sha256).digest()
