"""The dashboard behind a password, as `leadworkflows api` serves it, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cli.conftest import Process, eventually
from tests.e2e.browser import PHONE, a_page, too_wide, violations

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PASSWORD = "correct horse battery"
WANTED = "/funnel?by=channel"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages are; the API needs the database alone."""
    folder = tmp_path_factory.mktemp("password")
    given = {"DATA_DIR": str(folder / "data"), "DASHBOARD_PASSWORD": PASSWORD}
    with Process(folder, "api", "--port", 0, **given) as api:
        line = eventually(lambda: next((each for each in api.said if "api.started" in each), None))
        yield f"http://127.0.0.1:{json.loads(line)['port']}"


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_who_knows_the_password_comes_to_where_they_wanted_and_leaves_again(
    address: str, browser: Browser
) -> None:
    with a_page(browser, address, answers=(401,)) as page:
        page.goto(WANTED)
        expect(page).to_have_url(re.compile(r"/sign-in\?next="))
        expect(page.get_by_label("Password")).to_be_focused()

        sign_in(page, "a guess")
        expect(page.get_by_role("alert")).to_have_text("That is not the password.")
        expect(page.get_by_label("Password")).to_be_empty()

        sign_in(page, PASSWORD)
        expect(page).to_have_url(address + WANTED)
        expect(page.get_by_role("heading", level=1)).to_have_text("Funnel")

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        page.goto("/leads")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_way_in_shuts_nobody_out(address: str, browser: Browser) -> None:
    with a_page(browser, address, PHONE, answers=(401, 404)) as page:
        page.goto("/")
        assert violations(page) == []
        sign_in(page, "a guess")
        expect(page.get_by_role("alert")).to_be_visible()
        assert violations(page) == []
        assert not too_wide(page)


def test_a_stranger_at_a_wrong_address_sees_nothing_of_what_is_inside(address: str, browser: Browser) -> None:
    with a_page(browser, address, answers=(404,)) as page:
        page.goto("/nowhere")
        expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
        expect(page.get_by_role("navigation")).to_have_count(0)
        page.get_by_role("link", name="To what is waiting today").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        sign_in(page, PASSWORD)
        page.goto("/nowhere")
        expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
