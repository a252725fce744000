"""The sources of this installation, each made once: looking one up reads every package's metadata."""

from __future__ import annotations

from dataclasses import dataclass

from leadworkflows import sources
from leadworkflows.settings import Settings
from leadworkflows.sources.base import Source
from leadworkflows.sources.bodies import JSON


@dataclass(frozen=True)
class Adapter:
    """A source with its secrets, under the name that its webhooks come to."""

    name: str
    source: Source
    secrets: tuple[str, ...]
    content_types: tuple[str, ...]
    accepts_api_keys: bool
    vendor_retries: bool
    """The vendor repeats what is refused, and switches off a webhook that is refused for long."""
    kept_headers: tuple[str, ...]
    """Headers that `translate` reads, beside those that every request in the quarantine keeps."""


class Adapters:
    """By name, in any case: only registered and configured names are known."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known = {*sources.names(), *settings.sources}
        self._made: dict[str, Adapter] = {}

    def get(self, name: str) -> Adapter:
        """The source of that name. Raises `UnknownSource`."""
        made = self._made.get(name)
        return made or self._make(name.lower())

    def known(self) -> list[str]:
        """The names that webhooks may come to."""
        return sorted(self._known)

    def _make(self, name: str) -> Adapter:
        if name not in self._known:
            raise sources.UnknownSource(name)
        if name not in self._made:
            options = self._settings.source(name)
            found = sources.get(name, options)
            self._made[name] = Adapter(
                name=name,
                source=found,
                secrets=tuple(secret.get_secret_value() for secret in options.secrets),
                content_types=getattr(found, "content_types", (JSON,)),
                accepts_api_keys=getattr(found, "accepts_api_keys", False),
                vendor_retries=getattr(found, "vendor_retries", False),
                kept_headers=getattr(found, "kept_headers", ()),
            )
        return self._made[name]
