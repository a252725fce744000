"""The store: one engine and a repository for each kind of thing."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from leadworkflows.store.api_keys import ApiKeys
from leadworkflows.store.bulk import Bulk
from leadworkflows.store.cards import CardBook
from leadworkflows.store.claims import Claims
from leadworkflows.store.consents import Consents
from leadworkflows.store.costs import Costs
from leadworkflows.store.database import Database
from leadworkflows.store.effects import Effects
from leadworkflows.store.erasing import Erasures
from leadworkflows.store.findings import Findings
from leadworkflows.store.funnel_rebuild import Funnel
from leadworkflows.store.holdings import Holdings
from leadworkflows.store.inbox import Inbox
from leadworkflows.store.intake import AS_IT_COMES, IntakeRules
from leadworkflows.store.leads import Leads
from leadworkflows.store.links import Links
from leadworkflows.store.measures import Measures
from leadworkflows.store.notes import Notes
from leadworkflows.store.outbox import Outbox
from leadworkflows.store.policies import Policies
from leadworkflows.store.presses import Presses
from leadworkflows.store.quarantine import Quarantine
from leadworkflows.store.roster import RosterStore
from leadworkflows.store.routing import Routing
from leadworkflows.store.secrets import Secrets
from leadworkflows.store.suppressions import Suppressions
from leadworkflows.store.timeline import Timeline
from leadworkflows.store.visitors import Visitors


class Store:
    """Everything that is kept, on SQLite or PostgreSQL. Belongs to one event loop."""

    def __init__(self, database: Database, intake: IntakeRules = AS_IT_COMES) -> None:
        self.database = database
        self.secrets = Secrets(database)
        self.inbox = Inbox(database, intake, self.secrets)
        self.bulk = Bulk(database)
        self.claims = Claims(database)
        self.leads = Leads(database)
        self.timeline = Timeline(database)
        self.funnel = Funnel(database)
        self.costs = Costs(database)
        self.findings = Findings(database)
        self.measures = Measures(database)
        self.notes = Notes(database)
        self.effects = Effects(database)
        self.outbox = Outbox(database)
        self.cards = CardBook(database)
        self.suppressions = Suppressions(database, self.secrets)
        self.consents = Consents(database)
        self.links = Links(database)
        self.visitors = Visitors(database)
        self.policies = Policies(database)
        self.api_keys = ApiKeys(database)
        self.quarantine = Quarantine(database)
        self.presses = Presses(database)
        self.roster = RosterStore(database)
        self.routing = Routing(database)
        self.holdings = Holdings(database)
        self.erasures = Erasures(database, self.secrets)

    @classmethod
    def open(cls, url: str, intake: IntakeRules = AS_IT_COMES) -> Self:
        """A store on a migrated database (see `migrate.upgrade`). It connects on first use."""
        return cls(Database.at(url), intake)

    async def close(self) -> None:
        """Finish what is being written, and let go of every connection."""
        await self.inbox.drain()
        await self.database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
