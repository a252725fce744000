"""Debian's Chromium, driven by Playwright, and what must be true of every page that it shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "the pages are tried in a browser, and there is none: run `make browser`, or apt-get install chromium"
# Nothing of its own goes to the network, and a container may be root's.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
DESKTOP, PHONE = (1280, 900), (390, 844)
SERIOUS = {"serious", "critical"}


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
    """What went wrong while a page was looked at: errors in the console, requests to other hosts."""

    host: str
    errors: list[str] = field(default_factory=list)
    abroad: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Hear what the page does from now on."""
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._requested)

    def _requested(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "about", "blob") and address.netloc != self.host:
            self.abroad.append(request.url)


@contextmanager
def a_page(
    browser: Browser, address: str, size: tuple[int, int] = DESKTOP, *, dark: bool = False
) -> Iterator[Page]:
    """A page of a fresh visitor; at its end nothing may have gone wrong."""
    width, height = size
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        is_mobile=size == PHONE,
        has_touch=size == PHONE,
    )
    heard = Heard(urlsplit(address).netloc)
    page = context.new_page()
    heard.listen(page)
    yield page
    context.close()
    assert not heard.errors, heard.errors
    assert not heard.abroad, heard.abroad


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page that is serious, with the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {[node['target'] for node in each['nodes']][:5]}"
        for each in found
        if each["impact"] in SERIOUS
    ]
