"""Options that several commands take, and the settings that follow from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadworkflows.cli.errors import WrongUse
from leadworkflows.settings import Settings, load_settings
from leadworkflows.store import StoreUnavailable, normalise_url

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder of the files; LEADWORKFLOWS_DATA_DIR or .leadworkflows.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the API; 0 takes a free one.")]
TemporalPort = Annotated[
    int, typer.Option("--temporal-port", min=0, max=65535, help="Port of Temporal; 0 takes a free one.")
]
UiPort = Annotated[
    int, typer.Option("--ui-port", min=0, max=65535, help="Port of the Temporal UI; 0 takes a free one.")
]
PolicyFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="A policy file; without one, the policy that is in use.", show_default=False
    ),
]


def settings_for(data_dir: Path | None = None) -> Settings:
    """The settings, an option before the environment. Raises SettingsInvalid or WrongUse."""
    settings = load_settings(data_dir=data_dir)
    check_database(settings.database)
    return settings


def check_database(url: str) -> None:
    """Raise WrongUse where it is no address of a database; nothing connects yet, and it is not repeated."""
    try:
        normalise_url(url)
    except ValueError as error:
        raise WrongUse(f"LEADWORKFLOWS_DATABASE_URL: {error}") from None


def existing_database(settings: Settings) -> Settings:
    """The same settings. Raises StoreUnavailable where looking would make what is not there: SQLite does."""
    if settings.database_url is None and not (settings.data_dir / "leadworkflows.db").exists():
        raise StoreUnavailable(f"there is none in {settings.data_dir}")
    return settings
