"""The search attributes that a lead's run can be filtered by in Temporal's UI."""

from __future__ import annotations

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client

from leadworkflows.workflows.options import SEARCH_ATTRIBUTES

INDEXED_TYPES = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in SEARCH_ATTRIBUTES}


async def register(client: Client) -> list[str]:
    """Add those that the client's namespace lacks; returns their names.

    The binary's own `--search-attribute` is no help: on a data file that exists already it adds
    nothing, so whatever is new in a release would be missing for everyone who had started before.
    """
    service = client.operator_service
    known = await service.list_search_attributes(ListSearchAttributesRequest(namespace=client.namespace))
    missing = {name: kind for name, kind in INDEXED_TYPES.items() if name not in known.custom_attributes}
    if missing:
        await service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
    return list(missing)
