"""Debian's Chromium, driven by Playwright, and what must be true of every page that it shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "the pages are tried in a browser, and there is none: run `make browser`, or apt-get install chromium"
# Nothing of its own goes to the network, and a container may be root's.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
DESKTOP, PHONE = (1280, 900), (390, 844)
SERIOUS = {"serious", "critical"}
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules whose answer may differ in the dark."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium; fails where there is none, and says how to get one."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail(HOW, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(QUIET))
        yield browser
        browser.close()


@dataclass
class Heard:
    """What went wrong while a page was looked at: errors in the console, requests to other hosts.

    A browser calls it an error when a page is answered with a status of 400 or more; those of `answers`
    are asked for by the test.
    """

    host: str
    answers: tuple[int, ...] = ()
    errors: list[str] = field(default_factory=list)
    abroad: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Hear what the page does from now on."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._requested)

    def _said(self, said: ConsoleMessage) -> None:
        asked_for = [f"the server responded with a status of {each} " for each in self.answers]
        if said.type == "error" and not any(each in said.text for each in asked_for):
            self.errors.append(said.text)

    def _requested(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "about", "blob") and address.netloc != self.host:
            self.abroad.append(request.url)


@contextmanager
def a_page(
    browser: Browser, address: str, size: tuple[int, int] = DESKTOP, answers: tuple[int, ...] = ()
) -> Iterator[Page]:
    """A page of a fresh visitor; at its end nothing may have gone wrong but for `answers`."""
    width, height = size
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme="light",
        reduced_motion="reduce",
        is_mobile=size == PHONE,
        has_touch=size == PHONE,
    )
    heard = Heard(urlsplit(address).netloc, answers)
    page = context.new_page()
    heard.listen(page)
    yield page
    context.close()
    assert not heard.errors, heard.errors
    assert not heard.abroad, heard.abroad


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page that is serious, with the elements; of colours light and then dark."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        rules = {} if scheme == "light" else {"runOnly": {"type": "rule", "values": list(OF_COLOURS)}}
        found += [f"{scheme}: {each}" for each in _serious(page, rules)]
    page.emulate_media(color_scheme="light")
    return found


def _serious(page: Page, rules: dict[str, Any]) -> list[str]:
    # What a mail looks like inside its frame is its own matter.
    options = {"iframes": False, "resultTypes": ["violations"], **rules}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {[node['target'] for node in each['nodes']][:5]}"
        for each in found
        if each["impact"] in SERIOUS
    ]


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("Math.max(0, document.documentElement.scrollWidth - window.innerWidth)"))
