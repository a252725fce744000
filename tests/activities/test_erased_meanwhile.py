"""Who is erased while an action about them is under way is told of nowhere for long."""

from __future__ import annotations

from datetime import UTC, datetime

from leadworkflows.activities.base import Receipt
from leadworkflows.erasing import SETTLED_AFTER, EraseDesk
from leadworkflows.slack.message import SlackMessage
from leadworkflows.slack.web import SlackWebPoster


class ErasedAsItIsPosted(SlackWebPoster):
    """Slack takes its time; when it has answered, the person is erased."""

    desk: EraseDesk

    async def post(self, message: SlackMessage) -> Receipt:
        receipt = await super().post(message)
        await self.desk.erase(message.lead_id, "test")
        return receipt


async def _no_runs(_lead_id: str) -> int:
    return 0


async def test_a_card_that_was_being_posted_is_deleted_when_the_erasure_is_looked_at_again(performer, slack):
    now = [datetime.now(UTC)]
    poster = performer.slack = ErasedAsItIsPosted(slack.token, f"{slack.url}/api")
    poster.desk = EraseDesk(performer.store, _no_runs, poster.delete, lambda: now[0])
    await performer.attempt("slack.alert", channel="#sales", template="hot-lead")
    assert len(slack.keys()) == 1
    now[0] += SETTLED_AFTER
    assert await poster.desk.finish() == 1
    assert slack.keys() == []
