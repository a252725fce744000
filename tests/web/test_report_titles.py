"""What docs/reports.md says a report is called on the dashboard is what stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path("src/leadworkflows/web/templates")
REPORTS = re.findall(r"^\| (R\d) .*\| ([^|]+) \|$", Path("docs/reports.md").read_text("utf-8"), re.MULTILINE)


def cards() -> set[str]:
    """The titles of the cards; one that goes on with what is asked for ends in an ellipsis."""
    pages = "".join((TEMPLATES / name).read_text("utf-8") for name in ("funnel.html", "reasons.html"))
    found = re.findall(r'call card\("\w+", "([^"]+?) ?"( ~)?', pages)
    return {f"{title} …" if goes_on else title for title, goes_on in found}


def test_every_card_is_of_a_report_in_the_docs() -> None:
    assert cards() == {title for _, said in REPORTS for title in re.findall(r"\*([^*]+)\*", said)}


@pytest.mark.parametrize("report", [f"R{n}" for n in range(1, 9)])
def test_the_docs_say_where_each_report_is_shown(report: str) -> None:
    assert report in dict(REPORTS)
