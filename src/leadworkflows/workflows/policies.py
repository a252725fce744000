"""How a workflow finds the policy it follows.

A policy is named by the hash of its content, so looking one up is as deterministic as importing
code: the same name is the same rules, in every replay and on every worker. The module passes
through the sandbox, so that all workflows of a worker share what was resolved once.
"""

from __future__ import annotations

from collections.abc import Callable

from leadworkflows.domain.policy import Policy


class PolicyUnknown(Exception):
    """No policy of that name is held or stored. The workflow task is retried until there is one."""


class PolicyRegistry:
    """Policies by id, resolved once a process.

    `load` gives the stored JSON of a policy, or None. It may block: it runs only for an id that
    this worker has not seen, and what it returns can never change.
    """

    def __init__(self, load: Callable[[str], str | None]) -> None:
        self._load = load
        self._held: dict[str, Policy] = {}

    def hold(self, policy: Policy) -> None:
        """Keep a policy that was resolved elsewhere."""
        self._held[policy.id] = policy

    def get(self, policy_id: str) -> Policy:
        """The policy of that id. Raises PolicyUnknown."""
        if policy_id not in self._held:
            body = self._load(policy_id)
            if body is None:
                raise PolicyUnknown(f"policy {policy_id} is not in the store of this worker")
            self._held[policy_id] = Policy.model_validate_json(body).known_as(policy_id)
        return self._held[policy_id]


_installed = PolicyRegistry(lambda _: None)


def install(registry: PolicyRegistry) -> PolicyRegistry:
    """Give this worker process its policies, before it runs any workflow; returns those it had."""
    global _installed  # one worker process, one registry: workflow code can be given no arguments for it
    before, _installed = _installed, registry
    return before


def policy_of(policy_id: str) -> Policy:
    """The policy of that id. Raises PolicyUnknown."""
    return _installed.get(policy_id)
