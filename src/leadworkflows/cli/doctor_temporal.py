"""Whether the Temporal server can be used."""

from __future__ import annotations

import asyncio

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from leadworkflows import bootstrap
from leadworkflows.cli.doctor_finding import Finding, Status
from leadworkflows.cli.doctor_release import releases
from leadworkflows.embedded.attributes import INDEXED_TYPES
from leadworkflows.settings import PREFIX, Settings

_PATIENCE_S = 5.0
_KINDS = {1: "Text", 2: "Keyword", 3: "Int", 4: "Double", 5: "Bool", 6: "Datetime", 7: "KeywordList"}


async def temporal(settings: Settings) -> tuple[bool, list[Finding]]:
    """Whether it answers, and what was found."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            client = await bootstrap.connect_temporal(settings)
            await client.count_workflows()
            found = [await _attributes(client), *await releases(settings, client)]
    except RPCError as error:
        return True, [_refused(settings, error)]
    except (RuntimeError, TimeoutError):  # a refused connection is a RuntimeError in the SDK
        return False, [_away(settings)]
    answers = f"{settings.temporal_address} answers, namespace {settings.temporal_namespace}"
    return True, [Finding("Temporal", Status.OK, answers), *found]


def _away(settings: Settings) -> Finding:
    found = f"{settings.temporal_address} does not answer"
    if "temporal_address" in settings.model_fields_set:
        return Finding("Temporal", Status.WRONG, found, f"start it, or correct {PREFIX}TEMPORAL_ADDRESS")
    return Finding("Temporal", Status.NOTE, found, "dev starts one; for api and worker, start your own")


def _refused(settings: Settings, error: RPCError) -> Finding:
    found = (
        f"{settings.temporal_address} answers {error.status.name} for namespace {settings.temporal_namespace}"
    )
    return Finding(
        "Temporal", Status.WRONG, found, f"make the namespace, or correct {PREFIX}TEMPORAL_NAMESPACE"
    )


async def _attributes(client: Client) -> Finding:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    known = (await client.operator_service.list_search_attributes(request)).custom_attributes
    missing = {name: kind for name, kind in INDEXED_TYPES.items() if known.get(name) != kind}
    if not missing:
        return Finding("Search attributes", Status.OK, f"all {len(INDEXED_TYPES)} are there")
    flags = " ".join(f"--name {name} --type {_KINDS[int(kind)]}" for name, kind in missing.items())
    where = f"--address {client.service_client.config.target_host} --namespace {client.namespace}"
    command = f"temporal operator search-attribute create {where} {flags}"
    return Finding("Search attributes", Status.WRONG, f"{', '.join(missing)} missing", f"run: {command}")
