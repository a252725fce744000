"""Every setting of the product, from the environment or `.env`, prefix `LEADWORKFLOWS_`.

`load_settings()` is called by the commands alone; everything else is given what it needs.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    EmailStr,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from leadworkflows.sources.options import SourceOptions, in_seconds
from leadworkflows.sources.signatures import misread_secret

PREFIX = "LEADWORKFLOWS_"
LEAST_PASSWORD = 8
_RATE = re.compile(r"[1-9][0-9]{0,11}/(second|minute|hour|day)", re.ASCII)


class SettingsInvalid(ValueError):
    """A setting cannot be used. The message has one line a setting: its variable and what is expected."""


def _several(value: Any) -> Any:
    """`a,b` or `["a", "b"]`: two secrets are valid at once while one is rotated."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("v1,"):
        raise ValueError(misread_secret(value))
    if value.lstrip().startswith("["):
        return _json_list(value)
    return [item.strip() for item in value.split(",") if item.strip()]


def _json_list(value: str) -> Any:
    try:
        return from_json(value)
    except ValueError:
        raise ValueError('expected values with commas between, or a JSON list such as ["a", "b"]') from None


def _readable(secrets: list[SecretStr]) -> list[SecretStr]:
    for secret in secrets:
        if explanation := misread_secret(secret.get_secret_value()):
            raise ValueError(explanation)
        if not secret.get_secret_value().strip():
            raise ValueError("expected no empty secret")
    return secrets


def _blank_is_unset(value: Any) -> Any:
    """`LEADWORKFLOWS_SLACK_BOT_TOKEN=` in a copied `.env` means that there is none."""
    return None if isinstance(value, str) and not value.strip() else value


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("expected an address such as https://leads.example.com")
    return value.rstrip("/")


def _rate(value: str | None) -> str | None:
    if value is not None and not _RATE.fullmatch(value):
        raise ValueError("expected a number and a time such as 600/minute, or nothing for no limit")
    return value


def _signing(secret: SecretStr) -> SecretStr:
    """A Standard Webhooks secret, with which a receiver of ours tells that we are the sender."""
    text = secret.get_secret_value().strip()
    if explanation := misread_secret(text):
        raise ValueError(explanation)
    encoded = text.removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < 24:
        raise ValueError("expected whsec_ and at least 24 random bytes in base64")
    return SecretStr(text)


def _host_port(value: str) -> str:
    host, colon, port = value.strip().rpartition(":")
    if not (host and colon and port.isdigit() and "/" not in host):
        raise ValueError("expected host and port such as localhost:7233")
    return value.strip()


Secrets = Annotated[list[SecretStr], NoDecode, BeforeValidator(_several), AfterValidator(_readable)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_blank_is_unset)]
OptionalText = Annotated[str | None, BeforeValidator(_blank_is_unset)]
HttpUrl = Annotated[str, AfterValidator(_http)]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing)]
Rate = Annotated[str | None, BeforeValidator(_blank_is_unset), AfterValidator(_rate)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class SourceSettings(SourceOptions):
    """One source: its secrets and options, `LEADWORKFLOWS_SOURCES__<NAME>__<OPTION>`."""

    secrets: Secrets = Field(default=[])


class Settings(BaseSettings):
    """What one installation is told. Secrets are shown nowhere, errors included."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        hide_input_in_errors=True,
        validate_default=True,
    )

    data_dir: Path = Path(".leadworkflows")
    """Where SQLite and the embedded Temporal server keep their files."""
    database_url: Annotated[OptionalText, Field(repr=False)] = None
    """Unset: SQLite in `data_dir`. Read it as `database`. It may hold a password, so nothing prints it."""
    public_url: HttpUrl = "http://localhost:8080"
    """Where others reach this installation: for links in messages and for signatures over URLs."""
    temporal_address: Annotated[str, AfterValidator(_host_port)] = "localhost:7233"
    temporal_namespace: Name = "default"
    temporal_ui_url: Annotated[HttpUrl | None, BeforeValidator(_blank_is_unset)] = None
    """Where people open the Temporal UI; `dev` knows its own. Slack cards link to a lead's run there."""
    task_queue: Name = "leadworkflows"
    worker_deployment: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")] | None, BeforeValidator(_blank_is_unset)
    ] = None
    """The name of Temporal's worker deployment: leads stay with the release that began their run.
    Unset: every worker takes every lead."""
    build_id: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,100}$")] | None, BeforeValidator(_blank_is_unset)
    ] = None
    """Which release this code is, in a deployment; unset: the version."""
    policy: Annotated[Path | None, BeforeValidator(_blank_is_unset)] = None
    """A policy file of the user's own; unset: the packaged default."""
    content_dir: Annotated[Path | None, BeforeValidator(_blank_is_unset)] = None
    """A folder of the user's own contents; a file there takes the place of the packaged one of its name."""
    api_keys: Secrets = []
    """Keys that may do everything; those of `leadworkflows key` have scopes."""
    dashboard_password: OptionalSecret = None
    """What people sign in to the pages with, plain or hashed with Argon2. Unset: pages are open on this
    machine alone, and ask for an API key elsewhere."""
    rate_limit_per_source: Rate = "300000/minute"
    """Verified webhooks of one source, in each process; None is no limit."""
    rate_limit_per_key: Rate = "60000/minute"
    """Requests with one API key, in each process; None is no limit."""
    rate_limit_failures: Rate = "600/minute"
    """Refused signatures and keys from one address, in each process; None is no limit."""
    gather_window: Annotated[timedelta, BeforeValidator(in_seconds), Field(ge=timedelta(0))] = timedelta(
        seconds=2
    )
    """For how long a lead's behaviour is collected before its workflow is told; requests go at once."""
    delivery_window: Annotated[timedelta, BeforeValidator(in_seconds), Field(ge=timedelta(0))] = timedelta(
        days=1
    )
    """For how long the report that a mail was delivered waits to go with the lead's next event."""
    raw_retention_days: Annotated[int, Field(ge=1)] = 30
    """For how many days raw requests are kept, those in the quarantine included."""
    timeline_retention_days: Annotated[
        Annotated[int, Field(ge=1)] | None, BeforeValidator(_blank_is_unset)
    ] = None
    """For how many days a timeline is kept to which nothing is added; None: as long as its lead."""
    traces_endpoint: Annotated[HttpUrl | None, BeforeValidator(_blank_is_unset)] = None
    """Where an OpenTelemetry collector takes traces (OTLP over HTTP); None: nothing is traced."""
    traces_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """The part of all traces that is kept."""
    relay_concurrency: Annotated[int, Field(ge=1, le=1000)] = 16
    """How many leads one process hands on to Temporal at a time."""
    hubspot_token: OptionalSecret = None
    """A private app's token: contacts that HubSpot sends without an address are looked up, and the
    action `crm.hubspot` writes with it."""
    hubspot_base_url: HttpUrl = "https://api.hubapi.com"
    salesforce_instance_url: Annotated[HttpUrl | None, BeforeValidator(_blank_is_unset)] = None
    """My Domain of the organisation, such as https://example.my.salesforce.com, for `crm.salesforce`."""
    salesforce_client_id: OptionalText = None
    """Of an external client app (a connected app) with the client credentials flow."""
    salesforce_client_secret: OptionalSecret = None
    salesforce_external_id_field: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")] = (
        "External_Lead_Id__c"
    )
    """The field of Lead, flagged External ID and Unique, that holds our lead's id."""
    salesforce_api_version: Annotated[str, Field(pattern=r"^v[1-9][0-9]{1,2}\.0$")] = "v60.0"
    http_secrets: dict[str, SigningSecret] = {}
    """What `http.post` signs with, by name: `LEADWORKFLOWS_HTTP_SECRETS__<NAME>`."""
    allow_private_addresses: bool = False
    """Whether `http.post` may call addresses inside the own network, and without TLS."""
    sendgrid_api_key: OptionalSecret = None
    sendgrid_base_url: HttpUrl = "https://api.sendgrid.com"
    sendgrid_webhook_key: OptionalText = None
    """The public key that SendGrid signs its event webhook with."""
    mail_rate: Rate = None
    """How many mails SendGrid is given in a time, by each process, such as 20/second; None is no limit."""
    from_email: str = "hello@example.com"
    """The sender of every mail; SendGrid must have verified it."""
    from_name: str = "Lead Workflows"
    company_name: Name = "Example"
    """Who writes the mails: in their text and in their footer."""
    company_website: HttpUrl = "https://www.example.com"
    """Where the mails' links lead: the packaged content links to pages below it."""
    company_address: str = ""
    """The postal address in the footer, which many countries require in a commercial mail."""
    mail_signature: OptionalText = None
    """Who signs; unset: the company's team."""
    report_to: Annotated[list[EmailStr], NoDecode, BeforeValidator(_several)] = []
    """Who gets the weekly and monthly reports by mail, with commas between."""
    slack_bot_token: OptionalSecret = None
    slack_signing_secret: OptionalSecret = None
    slack_base_url: HttpUrl = "https://slack.com/api"
    sources: dict[str, SourceSettings] = {}

    @field_validator("dashboard_password")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < LEAST_PASSWORD:
            raise ValueError(f"expected {LEAST_PASSWORD} characters or more, or an Argon2 hash")
        return value

    @field_validator("data_dir")
    @classmethod
    def _home(cls, value: Path) -> Path:
        return value.expanduser()

    @model_validator(mode="after")
    def _sender_is_own(self) -> Self:
        if self.sendgrid_api_key and self.from_email == type(self).model_fields["from_email"].default:
            raise ValueError(f"{PREFIX}FROM_EMAIL: expected the sender that SendGrid verified for you")
        return self

    @model_validator(mode="after")
    def _salesforce_is_whole(self) -> Self:
        needed = {
            "INSTANCE_URL": self.salesforce_instance_url,
            "CLIENT_ID": self.salesforce_client_id,
            "CLIENT_SECRET": self.salesforce_client_secret,
        }
        missing = [f"{PREFIX}SALESFORCE_{name}" for name, value in needed.items() if not value]
        if 0 < len(missing) < len(needed):
            raise ValueError(f"{' and '.join(missing)}: expected, since the rest of Salesforce is set")
        return self

    @property
    def database(self) -> str:
        """The database's URL: as set, or SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'leadworkflows.db'}"

    def source(self, name: str) -> SourceSettings:
        """The settings of one source; defaults where nothing is set."""
        found = self.sources.get(name.lower(), SourceSettings())
        if name.lower() == "sendgrid" and self.sendgrid_webhook_key:
            key = SecretStr(self.sendgrid_webhook_key)
            return found.model_copy(update={"secrets": [key, *found.secrets]})
        return found


def load_settings(**given: Any) -> Settings:
    """The settings; what is given (a command's option) comes before the environment.

    Raises `SettingsInvalid` with a line for each variable that cannot be used.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsInvalid("\n".join(_lines(error))) from None
    except SettingsError as error:
        raise SettingsInvalid(f"the settings cannot be read: {error}") from None


def environment_of(**given: str) -> dict[str, str]:
    """The environment for a process of ours that is told these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {f"{PREFIX}{name}": value for name, value in given.items()}


def _lines(error: ValidationError) -> list[str]:
    return [_line(found) for found in error.errors(include_url=False, include_input=False)]


def _line(found: Any) -> str:
    said = str(found["ctx"]["error"]) if found["type"] == "value_error" else found["msg"]
    if not found["loc"]:
        return said
    names = [part for part in found["loc"] if isinstance(part, str)]
    return f"{PREFIX}{'__'.join(names).upper()}: {said[:1].lower() + said[1:]}"
