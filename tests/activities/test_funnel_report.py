"""The regular reports without any key: in the outbox, with their charts, once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from leadworkflows.activities.funnel_report import FunnelReportActivities
from leadworkflows.activities.inputs import ReportInput, ReportTo
from leadworkflows.activities.mail import OutboxEmailSender
from leadworkflows.slack.message import OutboxSlackPoster
from leadworkflows.store import Store
from leadworkflows.store.migrate import upgrade
from tests.domain.variants import DEFAULT

MONDAY = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)
TO = "head@example.com"


async def test_without_a_key_the_report_is_in_the_outbox_with_its_charts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    upgrade(url)
    async with Store.open(url) as store:

        async def active():
            return DEFAULT

        reports = FunnelReportActivities(
            store,
            active,
            OutboxSlackPoster(store),
            OutboxEmailSender(store),
            [TO],
            "https://leads.example.com",
        )
        targets = await reports.targets(ReportInput(kind="weekly", at=MONDAY))
        for _ in range(2):
            for to in targets:
                assert await reports.send(ReportTo(kind="weekly", at=MONDAY, to=to)) == "confirmed"
        message, files, mail = await store.outbox.all()
    assert (message.channel, message.text) == ("#sales", "The funnel in the week of 31 August 2026")
    assert [block["type"] for block in files.blocks or []] == ["image", "image", "image", "section"]
    assert mail.to == TO
    assert (mail.html or "").count('src="data:image/png;base64,') == 3
    assert "MQLs: 0 (before: 0)" in (mail.text or "")


async def test_where_the_policy_wants_no_report_it_goes_nowhere(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    upgrade(url)
    policy = DEFAULT
    quiet = policy.model_copy(update={"watch": policy.watch.model_copy(update={"weekly": None})})
    async with Store.open(url) as store:

        async def active():
            return quiet

        poster, mailer = OutboxSlackPoster(store), OutboxEmailSender(store)
        reports = FunnelReportActivities(store, active, poster, mailer, [TO], "https://leads.example.com")
        assert await reports.targets(ReportInput(kind="weekly", at=MONDAY)) == []
        assert await reports.send(ReportTo(kind="weekly", at=MONDAY, to="slack")) == "withheld"
