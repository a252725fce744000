"""A workflow's runs in Temporal, open and closed: deleted with their histories."""

from __future__ import annotations

from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from leadworkflows.vendor import VendorUnavailable

_PATIENCE = timedelta(seconds=5)


async def delete_runs(client: Client, workflow_id: str) -> int:
    """End a workflow and delete all of its runs; how many there were.

    Temporal deletes a moment later, and lists a run a moment after it closed: look again some minutes
    later. Raises VendorUnavailable where Temporal cannot be asked.
    """
    try:
        await _end(client, workflow_id)
        listed = client.list_workflows(f"WorkflowId = '{workflow_id}'", rpc_timeout=_PATIENCE)
        runs = [each.run_id async for each in listed]
        return sum([await _delete(client, workflow_id, run_id) for run_id in runs])
    except RPCError as error:
        raise VendorUnavailable(f"Temporal cannot delete the runs now: {error.status.name}") from None
    except RuntimeError:  # the SDK's word for a connection that is refused
        raise VendorUnavailable("Temporal cannot be reached") from None


async def _end(client: Client, workflow_id: str) -> None:
    """So that no run follows on the one that is deleted."""
    try:
        await client.get_workflow_handle(workflow_id).terminate(reason="erased", rpc_timeout=_PATIENCE)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def _delete(client: Client, workflow_id: str, run_id: str) -> bool:
    run = WorkflowExecution(workflow_id=workflow_id, run_id=run_id)
    asked = DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=run)
    try:
        await client.workflow_service.delete_workflow_execution(asked, timeout=_PATIENCE)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True
