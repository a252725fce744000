"""SendGrid that is away until a test brings it back, and what the product is told to do about it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from pydantic import SecretStr

from leadworkflows.domain.policy import Policy
from leadworkflows.policies.loader import load_policy
from leadworkflows.settings import Settings
from leadworkflows.store import Store
from tests.vendors.sendgrid import SendGridStandIn
from tests.vendors.server import Answer, Call
from tests.workflows.server import TASK_QUEUE

STEPS = [
    {"after": "1h", "content": "welcome"},
    {"after": "1d", "content": "guide"},
    {"after": "2d", "content": "case-study"},
]


class AwaySendGrid(SendGridStandIn):
    """Answers 503 until it is back.

    `turned_away` counts what it was asked to send meanwhile, by the mail's key; `asked_at` is when it was
    asked, in seconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_back = False
        self.turned_away: Counter[str] = Counter()
        self.asked_at: list[float] = []

    def answer(self, call: Call) -> Answer:
        self.asked_at.append(monotonic())
        if self.is_back:
            return super().answer(call)
        self.turned_away[json.loads(call.body)["personalizations"][0]["custom_args"]["message_key"]] += 1
        return Answer(503)


def settings_of(sendgrid: SendGridStandIn, folder: Path, mail_rate: str | None = None) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=folder,
        task_queue=TASK_QUEUE,
        sendgrid_api_key=SecretStr(sendgrid.api_key),
        sendgrid_base_url=sendgrid.url,
        from_email="sales@example.com",
        mail_rate=mail_rate,
    )


def policy_of(rule: str) -> Policy:
    """The default policy with this rule; at all hours, and with a second step that is due in the outage."""
    told = load_policy().model_dump(mode="json", by_alias=True)
    told["name"] = rule
    told["sending"] |= {"overdue": rule, "hours": {"mon-sun": "00:00-24:00"}, "spread": "2h", "late": "1d"}
    told["nurture"]["general"]["steps"] = STEPS
    return Policy.model_validate(told)


async def keep(store: Store, policy: Policy) -> Policy:
    now = datetime.now(UTC)
    await store.policies.save(policy.id, policy.name, policy.model_dump_json(by_alias=True), now)
    return policy
