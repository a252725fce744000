"""Whether Slack works for us: the token, its scopes, the policy's channels, buttons, direct messages.

Everything here only reads. Channels are looked up as the policy names them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from leadworkflows.activities.registry import ActionUnusable, params_models
from leadworkflows.cli.doctor_asking import ask, object_in, strange, unreachable
from leadworkflows.cli.doctor_finding import Finding, Status
from leadworkflows.cli.options import existing_database
from leadworkflows.cli.policy_check import policy_path
from leadworkflows.cli.policy_parts import specs
from leadworkflows.cli.slack import out_of_reach
from leadworkflows.domain.policy import Policy
from leadworkflows.domain.teams import Roster
from leadworkflows.policies.loader import PolicyRejected, load_policy
from leadworkflows.settings import PREFIX, Settings
from leadworkflows.slack.manifest import SCOPES
from leadworkflows.store import Store, StoreError

_PAGES, _PAGE = 20, 999
_MOST_PEOPLE = 50
"""Asked one by one, and Slack takes about a hundred such questions a minute."""
_AGAIN = "run `leadworkflows slack manifest`, give the app its scopes, and reinstall the app"


@dataclass(frozen=True)
class _App:
    """The app as its token knows itself. `scopes` is None where Slack did not say."""

    name: str
    team: str
    scopes: frozenset[str] | None


async def slack(settings: Settings) -> AsyncIterator[Finding]:
    """Each thing that Slack must let us do, and what does not work without it."""
    if settings.slack_bot_token is None:
        found = "no token: alerts are kept in the outbox"
        yield Finding("Slack", Status.OK, found, f"to post, set {PREFIX}SLACK_BOT_TOKEN")
        return
    app = await _app(settings)
    if isinstance(app, Finding):
        yield app
        return
    yield Finding("Slack", Status.OK, f"it takes the token, for {app.team}")
    for each in _scopes(app.scopes):
        yield each
    policy = _policy(settings)
    roster = await _roster(settings, policy) if policy else Roster()
    for each in await _channels(settings, app, channels_of(policy, roster) if policy else {}):
        yield each
    yield _buttons(settings)
    for each in (*_address(settings), *await _people(settings, app, roster)):
        yield each


async def _app(settings: Settings) -> _App | Finding:
    answer = await _call(settings, "auth.test", {})
    if not isinstance(answer, httpx.Response):
        return unreachable("Slack", answer, "SLACK_BASE_URL")
    said = object_in(answer)
    if said.get("ok") is not True:
        if "error" not in said:
            return strange("Slack", answer, "SLACK_BASE_URL")
        found = f"it refuses the token ({said['error']})"
        fix = f"install the app and set {PREFIX}SLACK_BOT_TOKEN (xoxb-…)"
        return Finding("Slack", Status.WRONG, found, fix)
    told = answer.headers.get("x-oauth-scopes")
    scopes = None if told is None else frozenset(scope.strip() for scope in told.split(","))
    return _App(str(said.get("user", "leadworkflows")), str(said.get("team", "its workspace")), scopes)


async def _call(settings: Settings, method: str, form: Mapping[str, str]) -> Any:
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    return await ask("POST", f"{settings.slack_base_url}/{method}", token, form)


def _scopes(granted: frozenset[str] | None) -> Iterator[Finding]:
    """One finding for each scope that is missing, or one that all are there."""
    if granted is None:
        return
    missing = [scope for scope in SCOPES if scope.name not in granted]
    if not missing:
        yield Finding("Slack scopes", Status.OK, f"all {len(SCOPES)} are there")
    for scope in missing:
        status = Status.WRONG if scope.always else Status.NOTE
        yield Finding(f"Slack {scope.name}", status, f"the scope is missing: {scope.without}", _AGAIN)


def _policy(settings: Settings) -> Policy | None:
    """The policy in use; one that cannot be used is another check's finding."""
    try:
        return load_policy(policy_path(settings))
    except PolicyRejected:
        return None


async def _roster(settings: Settings, policy: Policy) -> Roster:
    """Who sells, by the API too where there is a database to ask."""
    try:
        async with Store.open(existing_database(settings).database) as store:
            return await store.roster.load(policy)
    except StoreError:
        return Roster(policy.reps, policy.teams)


def channels_of(policy: Policy, roster: Roster) -> dict[str, str]:
    """Every channel that is posted to, with the first place that names it."""
    found: dict[str, str] = {}
    for name, team in roster.teams.items():
        found.setdefault(team.channel, f"teams.{name}.channel")
    defaults = _default_channels()
    for place, spec in specs(policy):
        channel = spec.params.get("channel", defaults.get(spec.name))
        if isinstance(channel, str):
            found.setdefault(channel, ".".join(map(str, place)))
    return found


def _default_channels() -> dict[str, Any]:
    """Where each action posts that says nothing itself."""
    try:
        fields = {name: model.model_fields.get("channel") for name, model in params_models().items()}
    except ActionUnusable:
        return {}  # what the check of the policy reports
    return {name: field.default for name, field in fields.items() if field is not None}


async def _channels(settings: Settings, app: _App, wanted: Mapping[str, str]) -> list[Finding]:
    """What is wrong with each channel, or that all are fine."""
    names = {channel for channel in wanted if channel.startswith("#")}
    known: dict[str, dict[str, Any]] = {}
    if names and (refusal := await _list(settings, app, names, known)):
        return [refusal]
    for channel in wanted.keys() - names:
        if refusal := await _look_up(settings, channel, known):
            return [refusal]
    checked = [_channel(channel, place, known.get(channel), app) for channel, place in wanted.items()]
    wrong = [finding for finding in checked if finding is not None]
    if wrong or not wanted:
        return wrong
    return [Finding("Slack channels", Status.OK, f"the app is in {', '.join(wanted)}")]


async def _list(
    settings: Settings, app: _App, names: set[str], known: dict[str, dict[str, Any]]
) -> Finding | None:
    """Go through the workspace's channels until all are found. What stands in the way, if anything."""
    private = ",private_channel" if app.scopes and "groups:read" in app.scopes else ""
    form = {"types": f"public_channel{private}", "limit": str(_PAGE), "exclude_archived": "false"}
    for _page in range(_PAGES):
        said = _said(await _call(settings, "conversations.list", form))
        if isinstance(said, Finding):
            return said
        known |= {f"#{each.get('name')}": each for each in said.get("channels", [])}
        cursor = (said.get("response_metadata") or {}).get("next_cursor")
        if not cursor or names <= known.keys():
            return None
        form["cursor"] = str(cursor)
    return None


async def _look_up(settings: Settings, channel: str, known: dict[str, dict[str, Any]]) -> Finding | None:
    said = _said(await _call(settings, "conversations.info", {"channel": channel}), "channel_not_found")
    if isinstance(said, Finding):
        return said
    if isinstance(found := said.get("channel"), dict):
        known[channel] = found
    return None


def _said(answer: Any, expected: str = "") -> dict[str, Any] | Finding:
    """Slack's answer, or why channels cannot be looked up; `expected` is an error that tells enough."""
    said = object_in(answer) if isinstance(answer, httpx.Response) else {}
    if said.get("ok") is True or (expected and said.get("error") == expected):
        return said
    why = said.get("error") or getattr(answer, "status_code", type(answer).__name__)
    fix = _AGAIN if why == "missing_scope" else "try again a little later"
    return Finding("Slack channels", Status.NOTE, f"they could not be looked up ({why})", fix)


def _channel(channel: str, place: str, found: dict[str, Any] | None, app: _App) -> Finding | None:
    """What keeps the app from working in one channel."""
    invite = f"write `/invite @{app.name}` in the channel"
    if found is None:
        why = "there is none that the app can see; a private one only once the app is in it"
        return Finding(f"Slack {channel}", Status.WRONG, why, f"correct {place} in the policy, or {invite}")
    if found.get("is_archived"):
        fix = f"unarchive it, or name another one in {place} of the policy"
        return Finding(f"Slack {channel}", Status.WRONG, "the channel is archived", fix)
    if not found.get("is_member"):
        return Finding(f"Slack {channel}", Status.WRONG, "the app is not in the channel", invite)
    return None


def _buttons(settings: Settings) -> Finding:
    if settings.slack_signing_secret is None:
        found = "no signing secret: presses of buttons and /lead are refused"
        fix = f"copy it from the app's Basic Information and set {PREFIX}SLACK_SIGNING_SECRET"
        return Finding("Slack buttons", Status.WRONG, found, fix)
    return Finding("Slack buttons", Status.OK, "the signing secret is set")


def _address(settings: Settings) -> Iterator[Finding]:
    """Buttons are posted by Slack's servers to our public address."""
    if why := out_of_reach(settings.public_url):
        fix = f"set {PREFIX}PUBLIC_URL to an https address, or use a tunnel while you try things out"
        yield Finding("Slack address", Status.NOTE, why, fix)


async def _people(settings: Settings, app: _App, roster: Roster) -> list[Finding]:
    """Who cannot be written to directly, and why."""
    ids = {rep_id: rep.slack for rep_id, rep in roster.reps.items() if rep.slack}
    without = sorted(roster.reps.keys() - ids.keys())
    unknown = await _strangers(settings, ids)
    return [*_unreached(app, without, unknown or []), *_all_reached(roster, without, unknown, app)]


def _unreached(app: _App, without: list[str], unknown: list[str]) -> Iterator[Finding]:
    if unknown:
        found = f"Slack knows no active person by the id of {', '.join(unknown)}: they get no direct message"
        yield Finding(
            "Slack people", Status.WRONG, found, "correct `slack` of each, from their Slack profile"
        )
    elif without:
        found = f"without a Slack id: {', '.join(without)}; their reminders go to the channel"
        yield Finding("Slack people", Status.NOTE, found, "set `slack` of each, in the policy or by the API")
    elif _cannot_write(app):
        yield Finding("Slack people", Status.NOTE, "nobody can be written to without im:write", _AGAIN)


def _all_reached(
    roster: Roster, without: list[str], unknown: list[str] | None, app: _App
) -> Iterator[Finding]:
    if not roster.reps or without or unknown or _cannot_write(app):
        return
    if unknown is None:
        found = f"all {len(roster.reps)} have a Slack id; whether each exists was not asked (users:read)"
    else:
        found = f"all {len(roster.reps)} can be written to directly"
    yield Finding("Slack people", Status.OK, found)


def _cannot_write(app: _App) -> bool:
    return app.scopes is not None and "im:write" not in app.scopes


async def _strangers(settings: Settings, ids: Mapping[str, str]) -> list[str] | None:
    """The reps whose id is nobody's, or a closed account's; None where Slack does not tell us."""
    found: list[str] = []
    for rep_id, user in sorted(ids.items())[:_MOST_PEOPLE]:
        answer = await _call(settings, "users.info", {"user": user})
        said = object_in(answer) if isinstance(answer, httpx.Response) else {}
        person = said.get("user")
        if said.get("error") in ("user_not_found", "user_not_visible"):
            found.append(rep_id)
        elif not isinstance(person, dict):
            return found or None  # the scope users:read is missing, or Slack is slow: no reason to go on
        elif person.get("deleted") is True:
            found.append(rep_id)
    return found
