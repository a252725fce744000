"""The tables. Importing this package registers all of them on `Base.metadata`."""

from __future__ import annotations

from leadworkflows.store.models.api_keys import ApiKeyRow
from leadworkflows.store.models.base import Base
from leadworkflows.store.models.cards import CardRow
from leadworkflows.store.models.effects import EffectRow, OutboxRow
from leadworkflows.store.models.erasure import ErasedRow, ErasureRow
from leadworkflows.store.models.funnel import ChannelCostRow, ClockRow, EarnedRow, FindingRow, PassRow
from leadworkflows.store.models.inbox import EventRow, RequestRow
from leadworkflows.store.models.leads import LeadRow, PersonRow, VisitorRow
from leadworkflows.store.models.notes import NoteRow
from leadworkflows.store.models.permission import ConsentRow, ResubscriptionRow, SecretRow, SuppressionRow
from leadworkflows.store.models.policies import ActivationRow, PolicyRow
from leadworkflows.store.models.presses import PressRow
from leadworkflows.store.models.quarantine import QuarantineRow
from leadworkflows.store.models.routing import AssignmentRow, DeskRow, RepRow, TeamRow, TurnRow
from leadworkflows.store.models.timeline import TimelineRow

__all__ = [
    "ActivationRow",
    "ApiKeyRow",
    "AssignmentRow",
    "Base",
    "CardRow",
    "ChannelCostRow",
    "ClockRow",
    "ConsentRow",
    "DeskRow",
    "EarnedRow",
    "EffectRow",
    "ErasedRow",
    "ErasureRow",
    "EventRow",
    "FindingRow",
    "LeadRow",
    "NoteRow",
    "OutboxRow",
    "PassRow",
    "PersonRow",
    "PolicyRow",
    "PressRow",
    "QuarantineRow",
    "RepRow",
    "RequestRow",
    "ResubscriptionRow",
    "SecretRow",
    "SuppressionRow",
    "TeamRow",
    "TimelineRow",
    "TurnRow",
    "VisitorRow",
]
