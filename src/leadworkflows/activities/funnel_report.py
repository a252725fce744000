"""The regular reports: made anew for each place they go to, and sent to each once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256

from temporalio import activity

from leadworkflows.activities.base import Found, Receipt, Undetermined
from leadworkflows.activities.funnel_watch import ActivePolicy
from leadworkflows.activities.guard import unquoted
from leadworkflows.activities.inputs import ReportInput, ReportTo
from leadworkflows.activities.mail import EmailSender
from leadworkflows.activities.once import Deed, do_once
from leadworkflows.activities.report_mail import report_mail
from leadworkflows.content.enclosed import Enclosed
from leadworkflows.domain.decisions import EffectClass
from leadworkflows.domain.policy import Policy
from leadworkflows.reports.digest import Digest, digest
from leadworkflows.reports.digest_words import as_csv, figures, lines
from leadworkflows.reports.look import Day
from leadworkflows.reports.pictures import pictures
from leadworkflows.slack.files import FilePoster
from leadworkflows.slack.message import SlackMessage
from leadworkflows.slack.reporting import regular_report
from leadworkflows.store import Store

SLACK, FILES, MAIL = "slack", "slack-files", "mail-"


async def _allowed() -> None:
    """A colleague whom the settings name needs no lead's permission."""


def _now() -> datetime:
    return datetime.now(UTC)


class FunnelReportActivities:
    """`to` are the addresses that get reports by mail."""

    def __init__(
        self,
        store: Store,
        policy: ActivePolicy,
        poster: FilePoster,
        mailer: EmailSender,
        to: Sequence[str],
        public_url: str,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._store, self._policy, self._poster, self._mailer = store, policy, poster, mailer
        self._to = {f"{MAIL}{sha256(address.encode()).hexdigest()[:12]}": address for address in to}
        self._funnel_url, self._clock = f"{public_url}/funnel", clock

    @activity.defn(name="report.targets")
    async def targets(self, asked: ReportInput) -> list[str]:
        """Where the report goes: the channel first, then who gets it by mail, by the hash of the address."""
        with unquoted("report.targets"):
            policy = await self._policy()
            if _channel(policy, asked) is not None:
                return [SLACK, FILES, *self._to]
            wanted = policy.watch.weekly if asked.kind == "weekly" else policy.watch.monthly
            return list(self._to) if wanted else []

    @activity.defn(name="report.send")
    async def send(self, asked: ReportTo) -> str:
        """Send it to one of them, once; how that ended."""
        with unquoted("report.send"):
            policy = await self._policy()
            deed = await self._deed(asked, policy)
            return await do_once(self._store, deed, self._clock) if deed else "withheld"

    async def _deed(self, asked: ReportTo, policy: Policy) -> Deed | None:
        """None where the report goes there no more."""
        open_now = [each.summary for each in await self._store.findings.opened()]
        day = Day.at(asked.at, policy.calendar.zone)
        made = await digest(self._store.database, asked.kind, day, open_now)
        key, channel = f"report:{asked.kind}:{made.name}:{asked.to}", _channel(policy, asked)
        if asked.to in self._to:
            return self._by_mail(key, self._to[asked.to], made)
        if channel is None:
            return None
        if asked.to == SLACK:
            return self._by_slack(key, channel, made, asked.at)
        return await self._with_files(key, made)

    def _by_slack(self, key: str, channel: str, made: Digest, since: datetime) -> Deed:
        said = regular_report(made.title, figures(made), lines(made), self._funnel_url)
        message = SlackMessage(key, "", channel, "report", said.text, said.blocks)
        post, find = partial(self._poster.post, message), partial(self._poster.find, key, channel, since)
        return Deed(key, "slack.report", post, find)

    async def _with_files(self, key: str, made: Digest) -> Deed | None:
        """Into the thread of the message; without that there is nothing to put them into."""
        above = await self._store.effects.get(key.removesuffix(FILES) + SLACK)
        if above is None or above.status != "confirmed":
            return None

        async def perform() -> Receipt:
            files = await files_of(made)
            return await self._poster.enclose(above.vendor_id or above.key, key, made.title, files)

        # Slack keeps no key with a file: a chart twice in a thread does less harm than none.
        return Deed(key, "slack.files", perform, _cannot_say)

    def _by_mail(self, key: str, address: str, made: Digest) -> Deed:
        async def perform() -> Receipt:
            mail = report_mail(key, address, made, await files_of(made), self._funnel_url)
            await self._mailer.turn(key)
            return await self._mailer.send(mail, _allowed)

        find: Callable[[], Awaitable[Found]] = partial(self._mailer.find, key)
        return Deed(key, "mail.report", perform, find, EffectClass.RATHER_MISSED)


async def files_of(made: Digest) -> list[Enclosed]:
    """The charts and the table."""
    drawn = await asyncio.to_thread(pictures, made)
    shown = [
        Enclosed(each.name, "image/png", each.png, each.title, each.name.removesuffix(".png"))
        for each in drawn
    ]
    table = Enclosed(f"funnel-{made.name}.csv", "text/csv", as_csv(made).encode(), "The numbers by channel")
    return [*shown, table]


async def _cannot_say() -> Found:
    return Undetermined("Slack keeps no key with a file")


def _channel(policy: Policy, asked: ReportInput) -> str | None:
    wanted = policy.watch.weekly if asked.kind == "weekly" else policy.watch.monthly
    return wanted.channel if wanted else None
