"""Who opened or clicked: a person, or a machine that reads mails before people do.

Security gateways open a mail and follow its links within seconds of its delivery, and some mail programs
fetch its images ahead. That shows interest of nobody. A person is never taken for a machine by one sign
that people give too; what stays unclear counts as a person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadworkflows.domain.machines import TOO_SOON

AT_ONCE = timedelta(seconds=2)
"""Within it a person follows one link, and a gateway all of them."""

SCANNERS = (
    # Gateways that follow links to see what is behind them.
    "barracuda", "mimecast", "proofpoint", "safelinks", "microsoft-urlanalyzer", "ironport",
    "ciscosecureemail", "trendmicro", "fortimail", "fireeye", "sophos", "symantec", "forcepoint",
    # Programs without anybody in front of them.
    "headless", "phantomjs", "selenium", "puppeteer", "playwright",
    "python-requests", "python-urllib", "python-httpx", "aiohttp", "curl/", "wget/", "go-http-client",
    "okhttp", "apache-httpclient", "libwww-perl", "scrapy",
)  # fmt: skip
"""Parts of a user agent, in lower case. GoogleImageProxy is not among them: Gmail fetches the images
through it when a person opens the mail."""
_ROBOTS = r"(?:(?<!cu)bot|crawler|spider)\b"  # Cubot makes phones
_KNOWN = re.compile("|".join([*map(re.escape, SCANNERS), _ROBOTS]))


@dataclass(frozen=True)
class Touch:
    """What SendGrid reports about one mail: delivered, opened or clicked, and by what."""

    mail: str
    """Whatever tells one mail from another."""
    event: str
    at: datetime
    link: str = ""
    agent: str = ""
    says_machine: bool = False
    """SendGrid's own `sg_machine_open`: a mail program that opens every mail."""


def by_machines(touches: Sequence[Touch]) -> set[Touch]:
    """The opens and clicks among these that no person made."""
    looks = [each for each in touches if each.event in {"open", "click"}]
    by_mail: dict[str, list[Touch]] = defaultdict(list)
    for each in looks:
        by_mail[each.mail].append(each)
    delivered = {each.mail: each.at for each in touches if each.event == "delivered"}
    alone = {each for each in looks if _by_itself(each) or _too_soon(each, delivered)}
    return alone.union(*(_at_once(mine) for mine in by_mail.values()))


def _by_itself(touch: Touch) -> bool:
    return touch.says_machine or _KNOWN.search(touch.agent.lower()) is not None


def _too_soon(touch: Touch, delivered: Mapping[str, datetime]) -> bool:
    arrived = delivered.get(touch.mail)
    return arrived is not None and touch.at - arrived < TOO_SOON


def _at_once(looks: Sequence[Touch]) -> Iterator[Touch]:
    """Clicks that have another link's click beside them in time."""
    clicks = sorted((each for each in looks if each.event == "click" and each.link), key=lambda each: each.at)
    yield from _close_behind(clicks)
    yield from _close_behind(clicks[::-1])


def _close_behind(clicks: Sequence[Touch]) -> Iterator[Touch]:
    """Those that follow one of another link at once."""
    last, other = None, None
    for each in clicks:
        if last is not None and last.link != each.link:
            other = last
        if other is not None and abs(each.at - other.at) <= AT_ONCE:
            yield each
        last = each
