"""Sources by name: the built-in ones and those that packages register under `leadworkflows.sources`."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from leadworkflows.sources.base import Source
from leadworkflows.sources.options import SourceOptions

GROUP = "leadworkflows.sources"
# Named here as well as in the package's metadata, so that a source tree runs without being installed.
_BUILT_IN = {
    "standard": "leadworkflows.sources.standard:StandardSource",
    "form": "leadworkflows.sources.form:FormSource",
    "hubspot": "leadworkflows.sources.hubspot:HubSpotSource",
    "typeform": "leadworkflows.sources.typeform:TypeformSource",
    "calendly": "leadworkflows.sources.calendly:CalendlySource",
    "sendgrid": "leadworkflows.sources.sendgrid:SendGridEventsSource",
    "segment": "leadworkflows.sources.segment:SegmentSource",
    "webflow": "leadworkflows.sources.webflow:WebflowSource",
    "tally": "leadworkflows.sources.tally:TallySource",
}


class UnknownSource(LookupError):
    """No source of that name is registered; the message lists those that are."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no source is named {name!r}; known: {', '.join(names())}")


def names() -> list[str]:
    """Every registered source."""
    return sorted(_registered())


def get(name: str, options: SourceOptions | None = None) -> Source:
    """The source of that name in any case, or of `options.kind`, with its options. Raises `UnknownSource`.

    A source that takes options has a class method `configured(options)`; any other is called bare.
    """
    kind = ((options and options.kind) or name).lower()
    found = _registered().get(kind)
    if found is None:
        raise UnknownSource(kind)
    factory = found.load()
    if options is not None and hasattr(factory, "configured"):
        return cast("Source", factory.configured(options))
    return cast("Source", factory())


@cache
def _registered() -> dict[str, EntryPoint]:
    """A built-in name cannot be taken by a package: what verifies signatures is never replaced unseen.

    Read once: it looks into the metadata of every installed package, twenty milliseconds' work.
    """
    installed = {found.name.lower(): found for found in entry_points(group=GROUP)}
    return installed | {name: EntryPoint(name, value, GROUP) for name, value in _BUILT_IN.items()}
