"""One run from its seed to its report: storm, calm, judgement, and what is unknown is settled."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from leadworkflows.policies.loader import load_policy
from leadworkflows.store import Store
from tests.chaos.oracle import Found, InTheWorld, judge
from tests.chaos.plan import Plan
from tests.chaos.population import FORM_TOKEN, population
from tests.chaos.processes import Installation, Reaper, installed, keep
from tests.chaos.report import Report, Settled
from tests.chaos.storm import Storm
from tests.chaos.vendors import MoodySendGrid, MoodySlack
from tests.cli.conftest import eventually
from tests.sources.inbound import SECRET
from tests.vendors.sendgrid_events import EventWebhook

Say = Callable[[str], None]
_REPORTS_APART_S = 3.0
_LOOKS_APART_S = 1.0
_CALM_START_S = 15.0
"""Within this everything runs on a machine that does nothing else. On a slower one deaths come slower,
or nobody would live long enough to do any work."""
_AT_LEAST_S = 30.0
"""For so long it is waited for calm, however late it is."""
_UNREPORTED = 0.3
"""The part of the mails whose delivery SendGrid never reports."""


@dataclass
class Scene:
    """Everything that takes part in a run."""

    plan: Plan
    here: Installation
    sendgrid: MoodySendGrid
    slack: MoodySlack
    webhook: EventWebhook
    storm: Storm
    reaper: Reaper

    @property
    def world(self) -> InTheWorld:
        """What the vendors took until now."""
        return InTheWorld(Counter(self.sendgrid.keys()), Counter(self.slack.keys()))


def run(plan: Plan, folder: Path, say: Say, logs: Path | None = None) -> Report:
    """Play the whole plan. What the processes wrote is kept in `logs` where something went wrong."""
    began = time.monotonic()
    with _scene(plan, folder) as scene:
        say(f"everything runs after {time.monotonic() - began:.0f} s; the storm begins")
        sent = _rage(scene)
        calm_at = datetime.now(UTC)
        say(f"{sum(scene.reaper.killed.values())} deaths, {sent} webhooks; waiting for calm")
        found = asyncio.run(_settle_down(scene, calm_at, say))
        settled = Settled()
        if not found.problems:
            say(f"calm; {len(found.unknown)} outcomes are unknown and are settled")
            settled = settle(scene, found)
            found = asyncio.run(_settle_down(scene, datetime.now(UTC), say))
        report = Report.of(scene.plan, scene.reaper, scene.storm, found, settled)
        report.faults = dict(scene.sendgrid.moods.befell + scene.slack.moods.befell)
        report.mails, report.alerts = len(scene.sendgrid.accepted), len(scene.slack.accepted)
        report.webhooks, report.seconds = sent, round(time.monotonic() - began, 1)
        if not report.is_sound and logs is not None:
            keep(folder, logs)
    return report


@contextmanager
def _scene(plan: Plan, folder: Path) -> Iterator[Scene]:
    webhook, began = EventWebhook(), time.monotonic()
    with MoodySendGrid(plan) as sendgrid, MoodySlack(plan) as slack:
        settings = {
            "POLICY": str(plan.write_policy(folder / "policy.yaml")),
            "SOURCES__STANDARD__SECRETS": SECRET,
            "SOURCES__FORM__SECRETS": FORM_TOKEN,
            "DELIVERY_WINDOW": "0",  # at the end every lead has every event
            "SENDGRID_WEBHOOK_KEY": webhook.public_key,
            "SENDGRID_API_KEY": sendgrid.api_key,
            "SENDGRID_BASE_URL": sendgrid.url,
            "FROM_EMAIL": "sales@chaos.example.com",
            "SLACK_BOT_TOKEN": slack.token,
            "SLACK_BASE_URL": f"{slack.url}/api",
            "API_KEYS": "key-of-the-chaos-run-0123456789",
        }
        with installed(folder, settings) as here:
            now = time.monotonic()
            storm = Storm(here.api_port, now, now + plan.kills_until_s + plan.patience_s)
            slowness = max(1.0, (now - began) / _CALM_START_S)
            apart_s = (plan.apart_s[0] * slowness, plan.apart_s[1] * slowness)
            reaper = Reaper(here.mortals, plan.chance("deaths"), apart_s, plan.away_s)
            yield Scene(plan, here, sendgrid, slack, webhook, storm, reaper)


def _rage(scene: Scene) -> int:
    """Send everything while processes die; how many webhooks that were."""
    plan, storm, calm = scene.plan, scene.storm, threading.Event()
    deliveries = population(plan, datetime.now(UTC))
    until = storm.start + plan.kills_until_s
    with ThreadPoolExecutor() as beside:
        keeping = beside.submit(scene.reaper.look_after, calm)
        doings = [
            beside.submit(storm.send_all, deliveries),
            beside.submit(scene.reaper.reap, until, storm.over),
            beside.submit(_report_deliveries, scene),
        ]
        try:
            for each in as_completed(doings):
                each.result()
            scene.sendgrid.moods.calm()
            scene.slack.moods.calm()
            eventually(lambda: all(each.is_up for each in scene.here.mortals), plan.patience_s)
        except BaseException:
            storm.over.set()
            raise
        finally:
            calm.set()
        keeping.result()
    return len(deliveries)


def _report_deliveries(scene: Scene) -> None:
    """SendGrid's event webhook, for as long as processes die; of some mails it never tells."""
    chance, seen = scene.plan.chance("reports"), set[str]()
    end = scene.storm.start + scene.plan.kills_until_s
    while time.monotonic() < end and not scene.storm.over.wait(_REPORTS_APART_S):
        new = [key for key in scene.sendgrid.mails() if key not in seen]
        seen.update(new)
        told = [key for key in new if chance.random() >= _UNREPORTED]
        if told:
            scene.storm.report(scene.sendgrid, scene.webhook, told)


async def _settle_down(scene: Scene, calm_at: datetime, say: Say) -> Found:
    """Look until nothing is wrong any more; what is wrong when patience ends is what is wrong.

    A story that differs because something is still under way mends itself. One that differs because
    something was lost, doubled or reordered never does.
    """
    end = max(scene.storm.until, time.monotonic() + _AT_LEAST_S)
    policy = load_policy(Path(scene.here.settings["POLICY"]))
    async with Store.open(scene.here.database_url) as store:
        while True:
            found = await judge(store, policy, scene.storm.accepted, lambda: scene.world, calm_at)
            if not found.problems or time.monotonic() > end:
                return found
            say(f"{len(found.problems)} things are not settled yet, such as: {found.problems[0]:.150}")
            await asyncio.sleep(_LOOKS_APART_S)


def settle(scene: Scene, found: Found) -> Settled:
    """What is unknown is listed; half of it SendGrid reports, the rest a person looks up and says."""
    listed = _stuck(scene.here)
    taken = scene.world.mails
    by_webhook = [key for key in sorted(found.unknown) if taken[key]][::2]
    if by_webhook:
        scene.storm.report(scene.sendgrid, scene.webhook, by_webhook)
    by_command = [key for key in sorted(found.unknown) if key not in by_webhook]
    for said, keys in (
        ("--done", [key for key in by_command if taken[key]]),
        ("--not-done", [key for key in by_command if not taken[key]]),
    ):
        if keys:
            told = scene.here.command("effects", "settle", *keys, said)
            assert told.exit_code == 0, told.output
    return Settled(
        unknown=len(found.unknown),
        unlisted=sorted(set(found.unknown) - set(listed)),
        by_webhook=len(by_webhook),
        by_command=len(by_command),
        never_left=sum(not taken[key] for key in found.unknown),
        left_over=_stuck(scene.here),
    )


def _stuck(here: Installation) -> Sequence[str]:
    """The keys that `effects list --stuck` shows."""
    shown = here.command("effects", "list", "--stuck", "--json", "--limit", "10000")
    assert shown.exit_code == 0, shown.output
    return [each["key"] for each in json.loads(shown.stdout)]
