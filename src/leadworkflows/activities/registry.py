"""Which actions there are: the built-in ones and plug-ins, through the same entry-point group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from temporalio import activity
from temporalio.common import RawValue

from leadworkflows.activities.base import ActionHandler, Params
from leadworkflows.activities.guard import unquoted
from leadworkflows.activities.heartbeat import beating
from leadworkflows.activities.inputs import ActionInput
from leadworkflows.domain.decisions import ActionResult

if TYPE_CHECKING:  # only named here, and heavy: `policy check` needs the parameters alone
    from leadworkflows.activities.services import ActionServices

GROUP = "leadworkflows.actions"
ActionType = type[ActionHandler[Any]]
ActionActivity = Callable[[ActionInput], Awaitable[ActionResult]]


class ActionUnusable(Exception):
    """An installed action cannot be used; the message names its package and the fix."""


def action_types(group: str = GROUP) -> dict[str, ActionType]:
    """The installed actions by name, without making one: enough to check a policy against.

    Raises ActionUnusable when there is none, or when one cannot be imported, is no action, or takes
    another's name.
    """
    found: dict[str, ActionType] = {}
    for point in entry_points(group=group):
        if point.name in found:
            raise ActionUnusable(f"two packages offer the action {point.name}; uninstall one")
        found[point.name] = _load(point.name, point)
    if not found:
        raise ActionUnusable("no action is installed, not even ours: install the package, not its folder")
    return found


def params_models(types: Mapping[str, ActionType] | None = None) -> dict[str, type[Params]]:
    """The parameter model of each action, for `policy check` and the policy's JSON Schema."""
    chosen = action_types() if types is None else types
    return {name: kind.params_model for name, kind in chosen.items()}


class ActionRegistry:
    """Actions by name, each made once with the services it needs."""

    def __init__(self, handlers: Iterable[ActionHandler[Any]]) -> None:
        self._handlers = {handler.name: handler for handler in handlers}

    @classmethod
    def load(cls, services: ActionServices, types: Mapping[str, ActionType] | None = None) -> ActionRegistry:
        """Every installed action, or the given ones. Raises ActionUnusable."""
        chosen = action_types() if types is None else types
        makers: list[Callable[[ActionServices], ActionHandler[Any]]] = list(chosen.values())
        return cls(make(services) for make in makers)

    def get(self, name: str) -> ActionHandler[Any]:
        """The action called so. Raises KeyError."""
        return self._handlers[name]

    def names(self) -> list[str]:
        """Every action's name, sorted."""
        return sorted(self._handlers)

    def temporal_activities(self, run: ActionActivity) -> list[ActionActivity]:
        """One Temporal activity an action, under the action's own name; `run` performs each."""
        return [*(_as_activity(name, run) for name in self.names()), _unknown(run)]


def _as_activity(name: str, run: ActionActivity) -> ActionActivity:
    @activity.defn(name=name)
    async def perform(request: ActionInput) -> ActionResult:
        async with beating():
            with unquoted(name):
                return await run(request)

    return perform


def _unknown(run: ActionActivity) -> Any:
    """Takes an action that no package here offers, so that it ends with a word instead of never."""

    @activity.defn(dynamic=True)
    async def perform(given: Sequence[RawValue]) -> ActionResult:
        request = activity.payload_converter().from_payload(given[0].payload, ActionInput)
        with unquoted(request.name):
            return await run(request)

    return perform


def _load(name: str, point: Any) -> ActionType:
    try:
        kind = point.load()
    except (ImportError, AttributeError) as error:
        raise ActionUnusable(f"the action {name} ({point.value}) cannot be imported: {error}") from error
    missing = [part for part in ("params_model", "effect_class", "reaches_lead") if not hasattr(kind, part)]
    if getattr(kind, "name", None) != name or missing:
        problem = f"lacks {', '.join(missing)}" if missing else "has another name than its entry point"
        raise ActionUnusable(f"the action {name} ({point.value}) {problem}")
    return kind  # type: ignore[no-any-return]
