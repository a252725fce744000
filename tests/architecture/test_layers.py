"""An arrow only points down (design: layers and rooms).

A room that is not in the table fails here: say in the table what it may know.
"""

from __future__ import annotations

import ast
import sys

from tests.architecture.tree import PACKAGE, Module, calls, imports, libraries, modules, our_imports

# From the top down. A room may import itself and what its row names, nothing else. A dotted name
# allows that one module of a room.
MAY_IMPORT: dict[str, set[str]] = {
    "__main__": {"cli"},
    "cli": {
        "bench", "demo", "dev", "bootstrap", "worker", "web", "api", "serving", "embedded", "imports",
        "playground", "reports", "hubspot", "erasing", "slack", "commands", "content", "policies", "sources",
        "settings", "store", "domain", "activities.registry", "workflows.options", "releases", "replaying",
        "tracing",
    },
    # The demo's year plays the core, and keeps what came of it as the actions and the store would have.
    "demo": {
        "dev", "settings", "store", "domain", "commands", "workflows", "activities", "slack", "content",
        "policies", "public_holidays",
    },
    # What users run is measured as they run it, and bare workflows make the same calls beside it.
    "bench": {
        "bootstrap", "embedded", "relay", "serving", "sources", "settings", "store", "domain", "policies",
        "workflows", "activities", "slack",
    },
    "dev": {
        "bootstrap", "worker", "relay", "web", "api", "serving", "embedded", "playground", "policies",
        "settings", "store", "domain", "tracing",
    },
    # The composition root knows every part, and is the only place that does.
    "bootstrap": {
        "worker", "web", "api", "relay", "workflows", "activities", "content", "reports", "store", "sources",
        "policies", "settings", "domain", "hubspot", "outgoing", "identification", "upkeep", "sellers",
        "slack", "commands", "cards", "presses", "schedules", "vendor", "erasing", "runs", "releases",
        "release_watch", "tracing",
    },
    "schedules": {"workflows", "store", "domain"},
    "release_watch": {"releases", "tally"},
    "releases": {"workflows.options"},
    "replaying": {"worker", "workflows"},  # with the very workflows that a worker runs
    "worker": {"workflows", "activities", "settings", "store", "domain"},
    "web": {"api", "erasing", "commands", "reports", "slack", "sources", "store", "settings", "domain"},
    "api": {
        "erasing", "commands", "slack", "reports", "sources", "store", "settings", "domain",
        "public_holidays", "tally", "tracing",
    },
    "runs": {"commands", "workflows.options", "domain", "vendor"},
    # Beside Temporal's work, too: presses of Slack's buttons are carried out, and cards kept true.
    "presses": {"commands", "slack", "store", "domain", "vendor"},
    "cards": {"slack", "store", "settings", "domain", "vendor"},
    # What a person does with a lead, whichever way it came.
    "commands": {"sources", "store", "domain"},
    # Beside Temporal's own work, a worker process names contacts and drops what is over.
    "identification": {"hubspot", "store", "domain"},
    "upkeep": {"store"},
    "erasing": {"store", "domain", "vendor"},  # what lies in Temporal and Slack is taken by who is given it
    "sellers": {"store", "domain"},  # who sells, for the actions and for the edges
    "relay": {"workflows", "store", "settings", "domain", "tally", "tracing"},
    "serving": set(),
    "embedded": {"workflows.options"},  # the search attributes that it registers
    # A workflow is replayed in a sandbox: beside the core it knows only the shapes it sends.
    "workflows": {"activities.inputs", "domain"},
    "activities": {
        "hubspot", "outgoing", "slack", "content", "reports", "store", "settings", "domain", "vendor",
        "vendor_transport", "tally", "tracing",
    },
    "hubspot": {"sources", "domain", "vendor"},
    "outgoing": {"vendor"},
    "slack": {"content", "store", "domain", "vendor", "vendor_transport", "tracing"},
    "vendor_transport": {"vendor"},
    "tally": {"vendor"},  # what a process counts, wherever it happens
    "vendor": {"domain"},
    "tracing": set(),
    "imports": {"sources", "store", "domain"},
    "playground": {"settings", "sources"},
    "reports": {"store", "domain"},
    "store": {"sources.base", "domain"},  # the inbox keeps what the sources' door lets in
    # What a source can be set to is said beside it; the settings only read it.
    "settings": {"sources.options", "sources.signatures"},
    "sources": {"domain"},
    "policies": {"domain", "public_holidays"},
    "public_holidays": set(),
    "content": set(),
    "domain": set(),
    "": set(),
}  # fmt: skip

# Each library is spoken to in one place, so that replacing it is a change in one place.
ROOMS_OF = {
    "statemachine": {"domain"},
    "sqlalchemy": {"store", "reports"},
    "alembic": {"store"},
    "aiosqlite": {"store"},
    "psycopg": {"store"},
    "sendgrid": {"activities"},
    "slack_sdk": {"slack", "api"},
    "holidays": {"public_holidays"},
    "standardwebhooks": {"sources", "demo", "activities"},
    "cryptography": {"sources"},
    "fastapi": {"api", "web", "serving"},
    "starlette": {"api", "web"},
    "limits": {"api"},
    "argon2": {"web"},
    "itsdangerous": {"web"},
    "matplotlib": {"reports"},
    "prometheus_client": {"api", "tally"},
    "opentelemetry": {"tracing"},
    "markdown_it": {"content"},
    "typer": {"cli"},
    "rich": {"cli"},
}

CORE_LIBRARIES = {"pydantic", "pydantic_core", "statemachine", "annotated_types", "typing_extensions"}
# Of the standard library, what reads the world: files, the network, the clock, chance, other threads.
WORLD = {
    *(
        "asyncio",
        "concurrent",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "secrets",
    ),
    *(
        "select",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
    ),
    *("urllib", "uuid"),
}
CLOCK_READERS = (".now", ".utcnow", ".today", ".fromtimestamp")

ADAPTERS = {"SendGridSender", "OutboxEmailSender", "SlackWebPoster", "OutboxSlackPoster"}

ALL = modules()
CORE = [module for module in ALL if module.room == "domain"]


def allowed(module: Module, imported: str) -> bool:
    permitted = {"__version__", module.room, *MAY_IMPORT.get(module.room, set())}
    return any(imported == name or imported.startswith(f"{name}.") for name in permitted)


def test_the_table_itself_only_points_down():
    order = list(MAY_IMPORT)
    for room, below in MAY_IMPORT.items():
        for other in below:
            assert order.index(other.partition(".")[0]) > order.index(room), f"{room} → {other} points up"


def test_every_room_has_its_place():
    nowhere = {module.room for module in ALL} - MAY_IMPORT.keys()
    assert not nowhere, f"Which layer is {nowhere}? Give it a row in MAY_IMPORT."


def test_a_module_imports_only_what_lies_below_it():
    assert not [
        f"{module.where(at)} imports {name}"
        for module in ALL
        for name, at in our_imports(module)
        if not allowed(module, name)
    ]


def test_no_import_is_relative_or_of_the_whole_package():
    assert not [
        f"{module.where(at)} imports {name}"
        for module in ALL
        for name, at in imports(module.tree)
        if name.startswith(".") or name == PACKAGE
    ]


def test_the_core_imports_nothing_but_pydantic_statemachine_and_the_standard_library():
    known = CORE_LIBRARIES | (sys.stdlib_module_names - WORLD)
    assert CORE
    assert not [
        f"{module.where(at)} imports {name}"
        for module in CORE
        for name, at in libraries(module)
        if name not in known
    ]


def test_the_core_reads_no_clock_and_no_file():
    assert not [
        f"{module.where(at)} calls {name}"
        for module in CORE
        for name, at in calls(module)
        if name.endswith(CLOCK_READERS) or name in {"open", "input", "print"}
    ]


def test_a_library_is_spoken_to_in_its_own_room_alone():
    assert not [
        f"{module.where(at)} imports {name}"
        for module in ALL
        for name, at in libraries(module)
        if module.room not in ROOMS_OF.get(name, {module.room})
    ]


def test_what_a_workflow_may_know_of_the_activities_is_plain_shapes():
    shapes = [module for module in ALL if module.name in {"activities", "activities.inputs"}]
    assert shapes
    for module in shapes:
        assert all(name.startswith("domain.") for name, _ in our_imports(module))
        assert {name for name, _ in libraries(module)} <= CORE_LIBRARIES | sys.stdlib_module_names


def test_nothing_but_the_composition_root_chooses_a_concrete_adapter():
    homes = {
        node.name: module.room
        for module in ALL
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and node.name in ADAPTERS
    }
    assert homes.keys() == ADAPTERS, "An adapter was renamed: rename it in ADAPTERS too."
    for module in (module for module in ALL if module.room != "bootstrap"):
        abroad = {name for name, home in homes.items() if home != module.room}
        assert not abroad & {name.rpartition(".")[2] for name, _ in our_imports(module)}, module.name
        assert not ADAPTERS & {name.rpartition(".")[2] for name, _ in calls(module)}, module.name


def test_only_the_settings_read_the_environment():
    assert not [
        module.where(node)
        for module in ALL
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in {"os.environ", "os.getenv"}
        and module.room != "settings"
    ]


def test_an_import_is_seen_wherever_it_hides():
    code = """
import leadworkflows.store.inbox
def f():
    from leadworkflows.api import app
if TYPE_CHECKING:
    from leadworkflows.cli.main import app
"""
    seen = {name for name, _ in imports(ast.parse(code))}
    assert seen == {"leadworkflows.store.inbox", "leadworkflows.cli.main.app", "leadworkflows.api.app"}
