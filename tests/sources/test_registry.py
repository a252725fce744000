from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from leadworkflows import sources
from leadworkflows.sources import registry
from leadworkflows.sources.form import FormSource
from leadworkflows.sources.options import SourceOptions
from leadworkflows.sources.standard import StandardSource
from leadworkflows.sources.typeform import TypeformSource
from tests.sources.inbound import NOW, SECRET, inbound, standard_headers


@pytest.mark.parametrize(
    ("name", "kind"), [("standard", StandardSource), ("typeform", TypeformSource), ("form", FormSource)]
)
def test_a_built_in_source_is_found_by_its_name(name, kind):
    source = sources.get(name)
    assert isinstance(source, kind)
    assert source.name == name


def test_an_unknown_source_lists_those_that_are_known():
    with pytest.raises(sources.UnknownSource, match="calendly, form, hubspot, segment"):
        sources.get("nobody")


def test_a_second_standard_source_has_its_own_name_and_headers():
    source = sources.get("partner", SourceOptions(kind="standard", header_prefix="svix"))
    source.verify(inbound(b"{}", standard_headers(b"{}", prefix="svix")), SECRET, NOW)


def test_a_package_adds_a_source_but_never_replaces_a_built_in_one(monkeypatch):
    added = [
        EntryPoint("mine", "tests.sources.test_registry:Mine", registry.GROUP),
        EntryPoint("standard", "tests.sources.test_registry:Mine", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: added)
    registry._registered.cache_clear()
    try:
        assert isinstance(sources.get("mine", SourceOptions()), Mine)
        assert isinstance(sources.get("standard"), StandardSource)
    finally:
        registry._registered.cache_clear()


class Mine:
    name = "mine"
