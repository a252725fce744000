"""What holds for every test."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings

from tests.people_in_logs import nobody_is_named_in_a_log

__all__ = ["nobody_is_named_in_a_log"]

# How long an example takes says how busy the machine is; benchmarks/ measures speed.
settings.register_profile("leadworkflows", deadline=None)
settings.load_profile("leadworkflows")


# What stays until the end, modules and thousands of tests, need not be searched for garbage again and again.
def pytest_sessionstart() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start processes come first, so that none of them is left when all others are done.

    pytest-xdist's own order, by the number of tests, ends with the files whose one test takes a minute.
    """
    starting = {item.path for item in items if any(map(item.get_closest_marker, ("e2e", "temporal")))}
    items.sort(key=lambda item: item.path not in starting)
