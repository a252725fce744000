#!/usr/bin/env python3
"""Takes the README's pictures of the dashboard from a year that is being served.

leadworkflows demo --year --seed 7          # in one terminal
python docs/screenshots.py                  # in another; Chromium has to be there (`make browser`)
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
WIDTH = 1280
# Name, address, the link on that page to follow first, and how high the picture is.
PICTURES = (
    ("dashboard-today", "/", None, 860),
    ("dashboard-funnel", "/funnel", None, 900),
    ("dashboard-lead", "/leads?stage=mql&sort=score", ".leads th a", 1000),
    ("dashboard-card", "/outbox?kind=slack", ".sent a:has-text('New MQL')", 980),
)


def main(site: str) -> None:
    """Write every picture to docs/images."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": 900}, reduced_motion="reduce")
        for name, address, link, height in PICTURES:
            _take(tab, site + address, link, height, IMAGES / f"{name}.png")
        browser.close()


def _take(tab: Page, address: str, link: str | None, height: int, file: Path) -> None:
    tab.set_viewport_size({"width": WIDTH, "height": height})
    tab.goto(address)
    if link:
        tab.locator(link).first.click()
        tab.wait_for_load_state("load")
    if tab.locator("[data-live]").count():
        tab.locator("[data-live=on]").first.wait_for()
    tab.screenshot(path=file)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080")
