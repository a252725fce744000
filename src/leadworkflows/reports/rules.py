"""R5: which rules came before accepted leads and which before returned ones, and what that suggests."""

from __future__ import annotations

from leadworkflows.domain.policy import Policy
from leadworkflows.reports.shapes import Filters, Period, RuleRecord
from leadworkflows.store.database import Database


async def rule_records(
    db: Database, period: Period, policy: Policy, filters: Filters | None = None
) -> list[RuleRecord]:
    """R5: each rule of the policy, and each other that gave points, against what sales decided."""
    raise NotImplementedError
