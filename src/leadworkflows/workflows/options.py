"""Queues, timeouts and retries, in one place."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.common import RetryPolicy, SearchAttributeKey

LEAD_WORKFLOW: Final = "LeadWorkflow"
WATCH_WORKFLOW: Final = "FunnelWatch"
REPORT_WORKFLOW: Final = "FunnelReport"
UPKEEP_WORKFLOW: Final = "Upkeep"
EVENTS_SIGNAL: Final = "events"
COMMAND_UPDATE: Final = "command"
NUDGE_SIGNAL: Final = "nudge"

ACTION_TIMEOUT: Final = timedelta(seconds=120)
"""One attempt at an action. Every vendor call gives up well before, so an attempt that Temporal
counts as timed out is not still calling."""
ACTION_HEARTBEAT: Final = timedelta(seconds=10)
"""An attempt whose worker was killed is tried again after this, not after its whole timeout."""
ACTION_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=15)
)
"""Without an end: a provider's outage delays its action and nothing else."""

WATCH_WITHIN: Final = timedelta(hours=20)
"""What a look could not tell for so long is told by the next one."""
REPORT_WITHIN: Final = timedelta(days=3)
"""A report that could not be sent for so long is no news any more."""

UPKEEP_WITHIN: Final = timedelta(minutes=50)
"""What upkeep could not do for so long is done by the next round."""
UPKEEP_HEARTBEAT: Final = timedelta(seconds=30)
"""A round whose worker was killed is begun again after this. It is safe to repeat."""

RECORD_TIMEOUT: Final = timedelta(seconds=20)
RECORD_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=30)
)

CONTINUE_AFTER_EVENTS: Final = 200
"""History length at which a lead continues as new when nothing is under way: a short history is
replayed quickly when the lead wakes, and most lives are shorter."""
CONTINUED_AFTER_EVENTS: Final = 100
"""The same for runs that were begun before commands were spared."""
CONTINUE_AT_THE_LATEST: Final = 2_000
"""History length at which it does so with actions under way; they are carried over."""

LEAD_STAGE: Final = SearchAttributeKey.for_keyword("LeadStage")
LEAD_PERSONA: Final = SearchAttributeKey.for_keyword("LeadPersona")
LEAD_SEGMENT: Final = SearchAttributeKey.for_keyword("LeadSegment")
LEAD_CHANNEL: Final = SearchAttributeKey.for_keyword("LeadChannel")
LEAD_OWNER: Final = SearchAttributeKey.for_keyword("LeadOwner")
LEAD_SCORE: Final = SearchAttributeKey.for_int("LeadScore")
LEAD_SLA_DUE: Final = SearchAttributeKey.for_datetime("LeadSlaDue")
LEAD_POLICY: Final = SearchAttributeKey.for_keyword("LeadPolicy")
SEARCH_ATTRIBUTES: Final = (
    LEAD_STAGE, LEAD_PERSONA, LEAD_SEGMENT, LEAD_CHANNEL, LEAD_OWNER, LEAD_SCORE, LEAD_SLA_DUE, LEAD_POLICY,
)  # fmt: skip
