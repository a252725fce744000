"""A lead's runs in Temporal: told what a person wants, and deleted with their histories."""

from __future__ import annotations

from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from leadworkflows.commands.errors import CommandRefused, CommandUnavailable
from leadworkflows.domain.events import LeadEvent
from leadworkflows.domain.view import workflow_id as workflow_of
from leadworkflows.vendor import VendorUnavailable
from leadworkflows.workflows import options

_PATIENCE = timedelta(seconds=5)
COMMAND_TIMEOUT = timedelta(seconds=10)
"""How long a person waits for a lead's workflow to answer a command."""


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


async def temporal_answers(client: Client) -> bool:
    """Whether the server can be reached."""
    try:
        return await client.service_client.check_health()
    except (RPCError, RuntimeError):
        return False


async def send_command(client: Client, lead_id: str, event: LeadEvent) -> dict[str, object]:
    """Run a person's command as an update of the lead's workflow; the lead as it then stands.

    Raises CommandRefused with the lead's reason, CommandUnavailable where nobody answered.
    """
    handle = client.get_workflow_handle(workflow_of(lead_id))
    try:
        view: dict[str, object] = await handle.execute_update(
            options.COMMAND_UPDATE, event, id=event.id, rpc_timeout=COMMAND_TIMEOUT
        )
    except WorkflowUpdateFailedError as error:
        reason = error.cause.message if isinstance(error.cause, ApplicationError) else "the command failed"
        raise CommandRefused(reason) from None
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        raise CommandUnavailable("no worker answered in time; it may still be carried out") from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise CommandRefused("the lead is still being set up; try again in a moment") from None
        raise CommandUnavailable(error.status.name) from None
    except RuntimeError:  # the SDK's word for a connection that is refused
        raise CommandUnavailable("Temporal cannot be reached") from None
    return view
