"""The mails and cards of the year, rendered by the actions' own code and kept as the outbox keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from leadworkflows.activities.base import ActionContext, Found, Receipt
from leadworkflows.activities.email import EmailParams, EmailSend
from leadworkflows.activities.mail import Allowed, OutgoingEmail
from leadworkflows.activities.services import ActionServices
from leadworkflows.activities.slack import AlertParams, ChannelParams, EscalateParams, RemindParams
from leadworkflows.activities.slack_targets import targets
from leadworkflows.content import ContentLibrary, MailLinks
from leadworkflows.demo.year.lives import Life
from leadworkflows.domain.decisions import Action, EntryKind
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.slack.drawn import LATELY, draw, now_known
from leadworkflows.slack.lately import lately
from leadworkflows.slack.lead_card import Deed, LeadCard, Links
from leadworkflows.slack.message import SlackPoster
from leadworkflows.store.records import EffectRecord, OutboxItem

_MAIL_DETAIL = "kept in the outbox (no SendGrid key is set)"
_SLACK_DETAIL = "kept in the outbox (no Slack token is set)"
_CARDS: Mapping[str, tuple[type[ChannelParams], str]] = {
    "slack.alert": (AlertParams, ""),
    "slack.remind": (RemindParams, "reminder"),
    "slack.escalate": (EscalateParams, "escalation"),
}
_TOOK = timedelta(seconds=1)


@dataclass
class Sent:
    """What was sent for one lead, as the store keeps it."""

    effects: list[EffectRecord] = field(default_factory=list)
    outbox: list[OutboxItem] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Posted:
    """A card, where it went, and whether a later one of the lead stands there."""

    action: Action
    channel: str
    template: str
    superseded: bool


class _Keeps:
    """An e-mail sender that remembers the mail it was given last."""

    mail: OutgoingEmail

    async def turn(self, key: str) -> None:
        """Nobody waits."""

    async def send(self, mail: OutgoingEmail, allowed: Allowed) -> Receipt:
        """Keep it."""
        await allowed()
        self.mail = mail
        return Receipt(detail=_MAIL_DETAIL)

    async def find(self, key: str) -> Found:  # noqa: ARG002 - the sender's shape
        """Nothing is sent twice here."""
        return None


class Sending:
    """Renders what was decided for leads. `links` gives each lead's links in mails; `site` is our address."""

    def __init__(
        self,
        policy: Policy,
        roster: Roster,
        content: ContentLibrary,
        links: Mapping[str, MailLinks],
        site: str,
    ) -> None:
        self._policy, self._roster, self._links, self._site = policy, roster, links, site
        self._keeps = _Keeps()
        self._services = ActionServices(
            email=self._keeps,
            slack=cast("SlackPoster", None),  # cards are drawn here, and posted nowhere
            content=content,
            roster=self._under,
            links=self._links_of,
        )
        self._mails = EmailSend(self._services)

    async def all_of(self, life: Life, until: datetime) -> Sent:
        """Everything that was done for a lead, with its cards as they stand at the year's end."""
        sent = Sent()
        given = {each.key: each for each in life.given}
        for action in life.simulation.actions:
            detail, result = _SLACK_DETAIL, None
            if action.name == "email.send":
                sent.outbox.append(await self._mail_of(life, action))
                detail = _MAIL_DETAIL
            elif action.key in given:
                chosen = given[action.key].assignment
                detail = f"{chosen.rep or 'nobody'}: {', '.join(chosen.why)}"
                result = {"assignment": chosen.model_dump(mode="json")}
            sent.effects.append(_effect(life, action, detail, result))
        await self._draw_cards(life, until, sent)
        sent.outbox.sort(key=lambda item: item.at)
        return sent

    async def _mail_of(self, life: Life, action: Action) -> OutboxItem:
        context = self._context(life, action, {**life.who.facts, **action.facts})
        await self._mails.perform(context, EmailParams.model_validate(action.params))
        mail = self._keeps.mail
        return OutboxItem(
            key=mail.key, lead_id=mail.lead_id, kind="email", to=mail.to, content=mail.content,
            subject=mail.subject, text=mail.text, html=mail.html, at=action.decided_at,
        )  # fmt: skip

    async def _draw_cards(self, life: Life, until: datetime, sent: Sent) -> None:
        """As `Cards` keeps them: true to what is known now, and only the newest in a place can be pressed."""
        posted = await self._posted(life)
        if not posted:
            return
        snapshot = life.simulation.journey.view()
        events = [each for each in life.simulation.timeline if each.kind is EntryKind.EVENT]
        did = lately(events[-LATELY:])
        for each in posted:
            self._draw(life, each, snapshot, did, until, sent)

    async def _posted(self, life: Life) -> list[_Posted]:
        places: list[tuple[Action, str, str]] = []
        for action in life.simulation.actions:
            if action.name in _CARDS:
                model, template = _CARDS[action.name]
                params = model.model_validate(action.params)
                context = self._context(life, action, dict(action.facts))
                channel, *_ = await targets(self._services, context, params.to, params.channel)
                places.append((action, channel, template or str(action.params.get("template", "hot-lead"))))
        last = {channel: number for number, (_, channel, _) in enumerate(places)}
        return [
            _Posted(action, channel, template, superseded=last[channel] != number)
            for number, (action, channel, template) in enumerate(places)
        ]

    def _draw(
        self,
        life: Life,
        card: _Posted,
        snapshot: dict[str, Any],
        did: Sequence[Deed],
        until: datetime,
        sent: Sent,
    ) -> None:
        who, action = life.who, card.action
        lead = now_known(action.facts, snapshot)
        links = Links(dashboard=f"{self._site}/leads/{who.lead_id}")
        drawn_card = LeadCard.of(who.lead_id, who.person, lead, until, links, self._roster, did)
        revision = life.state.entries
        drawn = draw(card.template, drawn_card, lead, revision, superseded=card.superseded)
        sent.outbox.append(
            OutboxItem(
                key=action.key,
                lead_id=who.lead_id,
                kind="slack",
                channel=card.channel,
                template=card.template,
                text=drawn.text,
                blocks=drawn.blocks,
                at=action.decided_at,
            )
        )
        sent.cards.append(
            {
                "key": action.key,
                "channel": card.channel,
                "ts": action.key,
                "template": card.template,
                "facts": dict(action.facts),
                "policy": action.policy,
                "posted_at": action.decided_at,
                "shown": revision,
                "digest": drawn.digest,
                "tries": 0,
                "closed_at": until if card.superseded else None,
            }
        )

    def _context(self, life: Life, action: Action, lead: Mapping[str, Any]) -> ActionContext:
        return ActionContext(
            lead_id=life.who.lead_id,
            key=action.key,
            person=life.who.person,
            lead=lead,
            now=action.decided_at,
            policy=action.policy,
            decided_at=action.decided_at,
            facts=action.facts,
        )

    async def _under(self, _policy_id: str) -> tuple[Roster, Policy]:
        return self._roster, self._policy

    async def _links_of(self, lead_id: str) -> MailLinks:
        return self._links[lead_id]


def _effect(life: Life, action: Action, detail: str, result: dict[str, Any] | None) -> EffectRecord:
    return EffectRecord(
        key=action.key,
        lead_id=life.who.lead_id,
        action=action.name,
        status="confirmed",
        attempts=1,
        reserved_at=action.decided_at,
        settled_at=action.decided_at + _TOOK,
        vendor_id=None,
        detail=detail,
        result=result,
    )
