"""Posting a sample as its vendor would, and what the answer means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from leadworkflows import playground, sources
from leadworkflows.cli.errors import WrongUse
from leadworkflows.content import one_line
from leadworkflows.settings import PREFIX, Settings
from leadworkflows.sources import samples
from leadworkflows.sources.samples.fresh import fresh

_PATIENCE_S = 15.0
_DEFAULT_URL = Settings.model_fields["public_url"].default


@dataclass(frozen=True)
class Answer:
    """What came back: `status` 0 where nothing did."""

    status: int
    body: Any
    words: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether the installation has the delivery, now or from before."""
        return self.status == httpx.codes.ACCEPTED


def post_sample(settings: Settings, name: str, kind: str, url: str, *, again: bool) -> Answer:
    """Sign the source's sample and post it. Raises WrongUse where it cannot be signed."""
    now = datetime.now(UTC)
    body = samples.sample(kind) if again else fresh(kind, now)
    path = f"/webhooks/{name}"
    # A vendor signs the public address, also where the post itself goes another way.
    public = url if settings.public_url == _DEFAULT_URL else settings.public_url
    headers = _signed(settings, name, kind, body, now, f"{public}{path}")
    try:
        response = httpx.post(f"{url}{path}", content=body, headers=headers, timeout=_PATIENCE_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fix = "start `leadworkflows dev`, or say where with --url"
        return Answer(0, None, (f"Nothing answers at {url} ({type(error).__name__}): {fix}",))
    return _answer(response)


def _signed(settings: Settings, name: str, kind: str, body: bytes, now: datetime, url: str) -> dict[str, str]:
    sign = getattr(sources.get(name, settings.source(name)), "sign", None)
    if sign is None:
        raise WrongUse(f"The source {kind!r} cannot sign a sample: it has no method `sign`")
    try:
        headers: dict[str, str] = sign(body, _secret(settings, name, kind), now, url)
    except ValueError as error:
        raise WrongUse(f"The secret of {name!r} cannot sign: {error}") from None
    return headers


def _secret(settings: Settings, name: str, kind: str) -> str:
    """The configured secret, or the one that `dev` derives."""
    if secrets := settings.source(name).secrets:
        if kind == "sendgrid":
            raise WrongUse(
                "The secret that is set is SendGrid's public key, and only SendGrid can sign for it:"
                " try the sample on a `dev` where none is set"
            )
        return secrets[0].get_secret_value()
    if api_key := playground.key_of(settings):
        return playground.signing_secret(name, kind, api_key)
    raise WrongUse(
        f"There is no secret to sign with: set {PREFIX}SOURCES__{name.upper()}__SECRETS,"
        f" or start `leadworkflows dev` (there is no key of one in {settings.data_dir})"
    )


def _answer(response: httpx.Response) -> Answer:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {"detail": "the answer is not one of leadworkflows: is --url right?"}
    ok = response.status_code == httpx.codes.ACCEPTED
    words = _kept(body) if ok else _problem(response.status_code, body)
    return Answer(response.status_code, body, tuple(one_line(line) for line in words))


def _kept(body: dict[str, Any]) -> Iterator[str]:
    accepted, duplicates = body.get("accepted", 0), body.get("duplicates", 0)
    if accepted:
        yield f"Accepted: {_events(accepted)} in the inbox ({', '.join(body.get('event_ids', []))})."
    if duplicates:
        yield f"Duplicate: {_events(duplicates)} known already, and not counted again."
    if not (accepted or duplicates):
        yield "Acknowledged, but nothing in it says anything about a lead."


def _events(number: int) -> str:
    return "1 event is" if number == 1 else f"{number} events are"


def _problem(status: int, body: dict[str, Any]) -> Iterator[str]:
    yield f"Refused with {status}: {body.get('detail') or body.get('title')}"
    for each in body.get("errors") or []:
        yield f"  {each.get('field')}: {each.get('problem')}; {each.get('fix')}"
