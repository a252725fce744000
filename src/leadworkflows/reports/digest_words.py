"""A regular report in words and as CSV: the same numbers for a channel, a mail and a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from leadworkflows.reports.digest import SHOWN, Digest
from leadworkflows.reports.watch import percent

NAMES = {"lead": "Leads", "mql": "MQLs", "sal": "SALs", "sql": "SQLs", "opportunity": "Opportunities",
         "customer": "Customers"}  # fmt: skip
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def figures(digest: Digest) -> list[tuple[str, str]]:
    """Each stage with how many entered it, and how many in the time before."""
    now, before = digest.now.stages, digest.before.stages
    return [(NAMES[stage], f"{now[stage]:,} (before: {before[stage]:,})") for stage in SHOWN]


def lines(digest: Digest) -> list[str]:
    """What else there is to say, a sentence each."""
    return [*_levels(digest), *_returned(digest), *(f"Open: {each}" for each in digest.findings)]


def as_csv(digest: Digest) -> str:
    """A row for each week or month and channel, the oldest first; an empty channel is not known.

    A channel that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(["since", "until", "channel", *SHOWN])
    for each in digest.entries:
        last_day = each.until.toordinal() - 1
        for channel, stages in sorted(each.channels.items()):
            counts = [stages.get(stage, 0) for stage in SHOWN]
            writer.writerow([each.since, each.until.fromordinal(last_day), _harmless(channel), *counts])
    return file.getvalue()


def _levels(digest: Digest) -> Iterator[str]:
    levels = digest.levels
    if decided := levels.met + levels.missed:
        yield f"Service levels kept: {percent(levels.met, decided)} ({levels.met} of {decided})."


def _returned(digest: Digest) -> Iterator[str]:
    count = digest.returned
    if count.sals:
        share = percent(count.returned, count.sals)
        yield f"Returned by sales so far: {share} of the SALs ({count.returned} of {count.sals})."


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULAS) else text
