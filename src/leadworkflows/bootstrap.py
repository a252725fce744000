"""The composition root: the only place that names concrete adapters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from threading import Thread
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from leadworkflows import __version__
from leadworkflows.activities.funnel_report import FunnelReportActivities
from leadworkflows.activities.funnel_watch import FunnelWatchActivities
from leadworkflows.activities.logged import LoggedActivities
from leadworkflows.activities.mail import EmailSender, OutboxEmailSender
from leadworkflows.activities.record import RecordActivities
from leadworkflows.activities.registry import ActionRegistry
from leadworkflows.activities.runner import ActionRunner
from leadworkflows.activities.salesforce import SalesforceClient
from leadworkflows.activities.sendgrid import SendGridSender
from leadworkflows.activities.services import ActionServices
from leadworkflows.activities.upkeep import UpkeepActivities
from leadworkflows.api.deps import ApiDeps
from leadworkflows.api.slack_side import SlackSide
from leadworkflows.cards import Cards
from leadworkflows.commands.carry_out import CommandDesk
from leadworkflows.commands.preferences import links_of
from leadworkflows.content import ContentLibrary, MailLinks, Sender
from leadworkflows.domain.personas import classify_title
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.view import workflow_id
from leadworkflows.erasing import EraseDesk
from leadworkflows.hubspot.contacts import HubSpotContacts
from leadworkflows.hubspot.crm import HubSpotCrm
from leadworkflows.identification import VENDOR, Identification
from leadworkflows.outgoing.client import OutgoingClient
from leadworkflows.policies.loader import DEFAULT_POLICY, content_folders, load_policy
from leadworkflows.presses import Presses
from leadworkflows.relay import POLL_S, Relay
from leadworkflows.release_watch import ReleaseWatch
from leadworkflows.releases import FirstRelease, Releases
from leadworkflows.runs import delete_runs, send_command, temporal_answers
from leadworkflows.schedules import Schedules
from leadworkflows.sellers import Sellers
from leadworkflows.settings import Settings
from leadworkflows.slack.lead_card import Links
from leadworkflows.slack.message import OutboxSlackPoster
from leadworkflows.slack.web import SlackWebPoster
from leadworkflows.sources.countries import country_code
from leadworkflows.store import IntakeRules, Store
from leadworkflows.store.migrate import upgrade
from leadworkflows.store.policies import stored_policy
from leadworkflows.tracing.setup import interceptors
from leadworkflows.upkeep import Upkeep
from leadworkflows.worker import Release, Runs, make_worker
from leadworkflows.workflows import policies


async def open_store(settings: Settings) -> Store:
    """The store, migrated to this version's tables. Raises StoreUnavailable."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await asyncio.to_thread(upgrade, settings.database)
    can_name = frozenset({VENDOR}) if settings.hubspot_token else frozenset[str]()
    rules = IntakeRules(settings.gather_window, can_name, settings.delivery_window)
    return Store.open(settings.database, rules)


async def connect_temporal(settings: Settings, *, lazy: bool = False) -> Client:
    """A client that speaks pydantic. `lazy`: it connects on first use, so Temporal may be away."""
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=pydantic_data_converter,
        # The SDK's own identity is user@host, which reads like an address of somebody.
        identity=f"leadworkflows-{os.getpid()}",
        interceptors=[*interceptors(), LoggedActivities()],
        lazy=lazy,
    )


async def activate_policy(settings: Settings, store: Store) -> Policy:
    """Save the policy of the settings and make it the active one. Raises PolicyRejected."""
    policy = load_policy(settings.policy or DEFAULT_POLICY)
    now = datetime.now(UTC)
    await store.policies.save(policy.id, policy.name, policy.model_dump_json(by_alias=True), now)
    if await store.policies.active() != policy.id:
        await store.policies.activate(policy.id, now, "settings")
    return policy


def install_policies(settings: Settings, policy: Policy) -> None:
    """Let this process's workflows resolve every policy of the store, the given one at once."""
    registry = policies.PolicyRegistry(partial(stored_policy, settings.database))
    registry.hold(policy)
    policies.install(registry)


def make_actions(settings: Settings, store: Store) -> ActionRegistry:
    """Every installed action, with the vendors' clients, or the outbox where there is no key."""
    services = ActionServices(
        email=_email_sender(settings, store),
        slack=_slack_poster(settings, store),
        content=ContentLibrary.load(*content_folders(settings.content_dir), sender=mail_sender(settings)),
        run_url=partial(run_url, settings),
        dashboard_url=partial(dashboard_url, settings),
        links=partial(mail_links, settings, store),
        roster=Sellers(store).under,
        routing=store.routing,
        timeline=store.timeline,
        cards=store.cards,
        hubspot=_hubspot_crm(settings),
        salesforce=_salesforce(settings),
        outgoing=OutgoingClient(allow_private=settings.allow_private_addresses),
        http_secrets={name: secret.get_secret_value() for name, secret in settings.http_secrets.items()},
    )
    return ActionRegistry.load(services)


def dashboard_url(settings: Settings, lead_id: str) -> str:
    """A lead's page."""
    return f"{settings.public_url}/leads/{lead_id}"


async def mail_links(settings: Settings, store: Store, lead_id: str) -> MailLinks:
    """What the lead's mails link to: the way out, the choice of topics, the confirmation."""
    return MailLinks(**links_of(settings.public_url, await store.links.token(lead_id)))


def links(settings: Settings, lead_id: str) -> Links:
    """Where a lead can be looked at."""
    return Links(temporal=run_url(settings, lead_id), dashboard=dashboard_url(settings, lead_id))


def run_url(settings: Settings, lead_id: str) -> str | None:
    """A lead's run in the Temporal UI; None where nobody said where that is."""
    if settings.temporal_ui_url is None:
        return None
    namespace = f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}"
    return f"{namespace}/workflows/{workflow_id(lead_id)}"


def mail_sender(settings: Settings) -> Sender:
    """The company that mails are from."""
    return Sender(
        company=settings.company_name,
        website=settings.company_website,
        signature=settings.mail_signature or "",
        address=settings.company_address,
    )


def _email_sender(settings: Settings, store: Store) -> EmailSender:
    if settings.sendgrid_api_key is None:
        return OutboxEmailSender(store)
    return SendGridSender(
        settings.sendgrid_api_key.get_secret_value(),
        base_url=settings.sendgrid_base_url,
        from_email=settings.from_email,
        from_name=settings.from_name,
        rate=settings.mail_rate,
        left=store.effects.left,
    )


def _slack_poster(settings: Settings, store: Store) -> SlackWebPoster | OutboxSlackPoster:
    if settings.slack_bot_token is None:
        return OutboxSlackPoster(store)
    return SlackWebPoster(settings.slack_bot_token.get_secret_value(), settings.slack_base_url)


def _hubspot_crm(settings: Settings) -> HubSpotCrm | None:
    if settings.hubspot_token is None:
        return None
    return HubSpotCrm(settings.hubspot_token.get_secret_value(), settings.hubspot_base_url)


def _salesforce(settings: Settings) -> SalesforceClient | None:
    url, app, secret = (
        settings.salesforce_instance_url,
        settings.salesforce_client_id,
        settings.salesforce_client_secret,
    )
    if not (url and app and secret):
        return None
    field, version = settings.salesforce_external_id_field, settings.salesforce_api_version
    return SalesforceClient(url, app, secret.get_secret_value(), field, version)


def build_worker(
    settings: Settings,
    store: Store,
    client: Client,
    on_recorded: Callable[[], None] = lambda: None,
) -> Worker:
    """The Temporal worker with everything it performs; `on_recorded` is told when a lead moved."""
    actions = make_actions(settings, store)
    runner = ActionRunner(store, actions, lambda: datetime.now(UTC))
    record = RecordActivities(store, on_recorded)
    others = [*funnel_activities(settings, store), upkeep_activity(settings, store, client)]
    release = release_of(settings)
    return make_worker(client, settings.task_queue, actions, runner, record, others, release)


def release_of(settings: Settings) -> Release:
    """Which release this process is of."""
    return Release(settings.build_id or __version__, settings.worker_deployment)


def build_releases(settings: Settings, client: Client) -> Releases | None:
    """The releases side by side; None where there is no worker deployment."""
    if settings.worker_deployment is None:
        return None
    return Releases(client, settings.task_queue, settings.worker_deployment)


def first_release(settings: Settings, client: Client) -> list[Runs]:
    """What makes the first release current, where there is a deployment."""
    releases = build_releases(settings, client)
    return [FirstRelease(releases, release_of(settings).build_id)] if releases else []


def release_watch(settings: Settings, client: Client) -> list[ReleaseWatch]:
    """What tells whether this process is of the current release, where there is a deployment."""
    releases = build_releases(settings, client)
    return [ReleaseWatch(releases, release_of(settings).build_id)] if releases else []


def funnel_activities(settings: Settings, store: Store) -> list[Callable[..., Any]]:
    """What the funnel watch and the regular reports do."""
    policy, poster = partial(Sellers(store).policy_of, None), _slack_poster(settings, store)
    watch = FunnelWatchActivities(store, policy, poster, settings.public_url)
    mailer, to = _email_sender(settings, store), settings.report_to
    report = FunnelReportActivities(store, policy, poster, mailer, to, settings.public_url)
    return [watch.look, watch.tell, report.targets, report.send]


def upkeep_activity(settings: Settings, store: Store, client: Client) -> Callable[..., Any]:
    """What is done every hour for what is kept."""
    return UpkeepActivities(build_upkeep(settings, store, client).once).upkeep


def build_upkeep(settings: Settings, store: Store, client: Client) -> Upkeep:
    """What drops what is over, and finishes erasures."""
    days = settings.timeline_retention_days
    timelines = timedelta(days=days) if days is not None else None
    finish = erase_desk(settings, store, client).finish
    return Upkeep(store, timedelta(days=settings.raw_retention_days), timelines, finish)


def erase_desk(settings: Settings, store: Store, client: Client) -> EraseDesk:
    """Where people are erased: in the store, in Temporal and in Slack."""

    async def forget_runs(lead_id: str) -> int:
        return await delete_runs(client, workflow_id(lead_id))

    return EraseDesk(store, forget_runs, _slack_poster(settings, store).delete)


def build_schedules(settings: Settings, store: Store, client: Client) -> Schedules:
    """What keeps the schedules of upkeep, and those of the funnel watch as the active policy says."""
    return Schedules(client, settings.task_queue, partial(Sellers(store).policy_of, None))


def build_cards(settings: Settings, store: Store) -> Cards:
    """What keeps cards true."""
    poster = _slack_poster(settings, store)
    return Cards(store, poster, Sellers(store).under, partial(links, settings))


def build_presses(settings: Settings, store: Store, client: Client) -> Presses:
    """What carries out what was pressed in Slack."""
    desk = command_desk(store, client)
    return Presses(store, desk, _slack_poster(settings, store), Sellers(store).roster)


def build_relay(settings: Settings, store: Store, client: Client, poll_s: float = POLL_S) -> Relay:
    """The relay, starting new leads under the policy that is active when they come."""
    active, at_once = Sellers(store).active, settings.relay_concurrency
    # Where releases stand side by side, it is the server alone that says which of them begins with a lead.
    eager = settings.worker_deployment is None
    return Relay(store, client, settings.task_queue, active, at_once, poll_s=poll_s, eager=eager)


@asynccontextmanager
async def beside_the_worker(
    settings: Settings, store: Store, policy: Policy, relay: Relay, *others: Runs
) -> AsyncIterator[list[Runs]]:
    """What a worker process does beside Temporal's work: the relay, naming contacts, and others."""
    beside: list[Runs] = [relay, *others]
    async with AsyncExitStack() as stack:
        if settings.hubspot_token is not None:
            token = settings.hubspot_token.get_secret_value()
            contacts = HubSpotContacts(token, settings.hubspot_base_url)
            stack.push_async_callback(contacts.aclose)
            beside.append(Identification(store, contacts, classifier(policy), relay.notify))
        yield beside


def build_api(
    settings: Settings,
    store: Store,
    client: Client,
    policy: Policy,
    relay: Relay | None,
    presses: Presses | None = None,
) -> ApiDeps:
    """What the API needs; `relay` and `presses` are told of news where they run in the same process."""
    sellers = Sellers(store)
    return ApiDeps(
        store=store,
        settings=settings,
        classify=classifier(policy),
        policy_id=policy.id,
        on_accepted=relay.notify if relay else lambda: None,
        temporal_ready=partial(temporal_answers, client),
        command=partial(send_command, client),
        calendar_of=sellers.calendar_of,
        erasing=erase_desk(settings, store, client),
        slack=SlackSide(
            poster=_slack_poster(settings, store),
            policy_of=sellers.policy_of,
            roster=sellers.roster,
            links=partial(links, settings),
            on_press=presses.notify if presses else lambda: None,
        ),
    )


def command_desk(store: Store, client: Client) -> CommandDesk:
    """Where people's commands are taken to their leads, by the command line and from Slack."""
    return CommandDesk(store, partial(send_command, client), Sellers(store).calendar_of)


def read_tables() -> None:
    """Read the names of countries in all languages: a third of a second no form and no start waits for."""
    Thread(target=country_code, args=("a name that no language knows",), daemon=True).start()


def classifier(policy: Policy) -> Callable[[str], dict[str, Any]]:
    """What an event's title says under a policy. Titles are few, and each is thought about once."""
    return lru_cache(maxsize=4096)(partial(classify_title, policy=policy))
