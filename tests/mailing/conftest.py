"""A store with one lead in it, for mails to be sent to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leadworkflows.content import ContentLibrary
from leadworkflows.policies.loader import CONTENT_FOLDER
from tests.vendors.sendgrid import SendGridStandIn


@pytest.fixture(scope="session")
def content() -> ContentLibrary:
    return ContentLibrary.load(CONTENT_FOLDER)


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandIn]:
    with SendGridStandIn() as running:
        yield running
