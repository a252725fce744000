"""The dashboard on a small year, in a real browser: what a newcomer does, and what every page must be."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import DESKTOP, PHONE, a_page, too_wide, violations

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(300)]

PATIENCE_MS = 20_000
PAGES = ("/", "/funnel", "/funnel?by=channel", "/leads", "/reasons", "/outbox", "/policy")
FREE_PORTS = ("--port", "0", "--temporal-port", "0", "--ui-port", "0")
KINDS = ("email", "slack")
LOST = ("/nowhere", 404)
NOT_READY = "Not ready"
ADA, GRACE = "ada.story@engines.example", "grace.story@compilers.example"


@dataclass(frozen=True)
class Site:
    """A served year."""

    address: str
    key: str

    def post(self, email: str, first_name: str, kind: str, **facts: Any) -> None:
        """Something happens to a lead."""
        person = {"first_name": first_name, "last_name": "Story", "title": "CFO", "company": "Engines GmbH"}
        event = {"type": kind, "identity": {"email": email}, "person": person, "facts": facts}
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.post(f"{self.address}/api/v1/events", json=event, headers=headers, timeout=20)
        assert answer.status_code == 202, answer.text

    def lead_id(self, stage: str) -> str:
        """Some lead of the year at a stage."""
        asked = {"headers": {"Authorization": f"Bearer {self.key}"}, "params": {"stage": stage}}
        found = httpx.get(f"{self.address}/api/v1/leads", **asked, timeout=20).json()["leads"]  # type: ignore[arg-type]
        return str(found[0]["lead_id"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("year")
    command = [
        sys.executable,
        "-m",
        "leadworkflows",
        "demo",
        "--year",
        "--leads",
        "60",
        "--seed",
        "3",
        "--json",
    ]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [*command, "--data-dir", str(folder / "data"), *FREE_PORTS],
            stdout=subprocess.PIPE, stderr=said, text=True,
        )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, (folder / "said").read_text()
    at = json.loads(line)
    yield Site(at["api"], at["api_key"])
    process.send_signal(signal.SIGINT)
    process.wait(30)
    process.stdout.close()


def to_mql(site: Site, email: str, first_name: str) -> None:
    """A form with a budget (40), a trial (30) and two case studies (40) are enough for anybody."""
    about = {"industry": "fintech", "employees": 180, "country": "DE", "channel": "referral"}
    site.post(email, first_name, "form_submitted", form="contact", states_budget=True, **about)
    site.post(email, first_name, "trial_started")
    for _ in range(2):
        site.post(email, first_name, "page_viewed", page="case_study")


def open_folded(page: Page) -> None:
    """The tables beside the charts are folded."""
    page.eval_on_selector_all("main details", "all => all.forEach(each => { each.open = true })")


def returned_as_not_ready(page: Page) -> int:
    """How many leads *Reasons* shows as returned because they are not ready, from whichever stage."""
    page.goto("/reasons")
    open_folded(page)
    rows = page.get_by_role("region", name="Why passes ended").get_by_role("row")
    rows = rows.filter(has_text="T6").filter(has_text=NOT_READY)
    return sum(int(each.get_by_role("cell").last.inner_text().replace(",", "")) for each in rows.all())


def test_a_newcomer_plays_the_whole_handoff(site: Site, browser: Browser) -> None:
    with a_page(browser, site.address) as page:
        before = returned_as_not_ready(page)

        page.goto("/")
        to_mql(site, ADA, "Ada")
        # *Today* shows it by itself.
        link = page.get_by_role("main").get_by_role("link", name="Ada Story").first
        expect(link).to_be_visible(timeout=PATIENCE_MS)
        link.click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Ada Story")
        expect(page.get_by_role("main")).to_contain_text("form that states a budget")
        page.get_by_role("button", name="Accept").click()
        expect(page.get_by_role("status")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_role("region", name="Where it stands")).to_contain_text("SAL")

        page.get_by_role("link", name="All in the outbox").click()
        page.get_by_role("link").filter(has_text="Ada Story").first.click()
        card = page.get_by_role("region", name="The card in Slack")
        expect(card).to_contain_text("Accepted", timeout=PATIENCE_MS)
        expect(card.get_by_role("button", name="Accept")).to_have_count(0)

        to_mql(site, GRACE, "Grace")
        page.goto("/leads")
        page.get_by_label("Search").fill("grace")
        page.get_by_label("Search").press("Enter")
        grace = page.get_by_role("link", name="Grace Story")
        expect(grace).to_be_visible(timeout=PATIENCE_MS)
        grace.click()
        expect(page.get_by_role("region", name="Where it stands")).to_contain_text("MQL", timeout=PATIENCE_MS)
        page.get_by_text("Return…").click()
        form = page.locator("details[open] form")
        form.get_by_label("Why?").select_option(value="not_ready")
        form.get_by_role("button").click()
        expect(page.get_by_role("status")).to_be_visible(timeout=PATIENCE_MS)
        assert returned_as_not_ready(page) == before + 1


def every_page(site: Site, page: Page) -> list[tuple[str, int]]:
    """The address of each kind of page, and the status that it is answered with."""
    leads = [f"/leads/{site.lead_id(stage)}" for stage in ("lead", "sql", "recycled")]
    return [*((path, 200) for path in (*PAGES, *leads, *(kept(page, kind) for kind in KINDS))), LOST]


def kept(page: Page, kind: str) -> str:
    """The newest message of a kind in the outbox."""
    page.goto(f"/outbox?kind={kind}")
    return str(page.locator("main .sent a[href^='/outbox/']").first.get_attribute("href"))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_shuts_anybody_out(site: Site, browser: Browser, size: tuple[int, int]) -> None:
    found = {}
    with a_page(browser, site.address, size, answers=(404,)) as page:
        for path, status in every_page(site, page):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == status, path
            if wrong := violations(page):
                found[path] = wrong
            wide = too_wide(page)
            assert not wide, f"{path} is {wide} px wider than the window"
    assert not found


def test_charts_follow_when_the_machine_turns_dark(site: Site, browser: Browser) -> None:
    drawn_in = """() => [...document.querySelectorAll(".chart > canvas")].every((canvas) =>
        Chart.getChart(canvas).options.plugins.legend.labels.color
            === getComputedStyle(document.documentElement).getPropertyValue("--dim").trim())"""
    with a_page(browser, site.address) as page:
        page.goto("/funnel")
        light = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--dim')")
        page.wait_for_function(drawn_in)
        page.emulate_media(color_scheme="dark")
        dark = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--dim')")
        assert dark != light
        page.wait_for_function(drawn_in)


def test_the_funnels_table_is_no_wider_than_its_card_on_a_desktop(site: Site, browser: Browser) -> None:
    with a_page(browser, site.address) as page:
        for by in ("month", "channel", "segment"):
            page.goto(f"/funnel?by={by}")
            frame = page.get_by_role("region", name=f"Conversion by {by}", exact=True).last
            assert frame.evaluate("each => each.scrollWidth - each.clientWidth") <= 0, by


def test_a_number_leads_to_the_leads_behind_it(site: Site, browser: Browser) -> None:
    with a_page(browser, site.address) as page:
        page.goto("/funnel?by=channel")
        open_folded(page)
        link = page.locator("main a[href^='/leads?']").filter(has_text="1").first
        says = int(link.inner_text().replace(",", ""))
        page.goto(str(link.get_attribute("href")))
        assert page.locator("table.leads tbody tr").count() == min(says, 50)
