"""Whether the vendors take our keys. Asks each one question that changes and sends nothing."""

from __future__ import annotations

from typing import Any

import httpx

from leadworkflows.cli.doctor_finding import Finding, Status
from leadworkflows.hubspot.answers import LookupRefused, LookupThrottled, LookupUnavailable
from leadworkflows.hubspot.contacts import HubSpotContacts
from leadworkflows.settings import PREFIX, Settings

_PATIENCE_S = 5.0
_SENDS, _POSTS = "mail.send", "chat:write"


async def sendgrid(settings: Settings) -> Finding:
    """Whether mails leave, and the key may send them."""
    if settings.sendgrid_api_key is None:
        found = "no key: mails are kept in the outbox"
        return Finding(
            "SendGrid", Status.OK, found, f"to send, set {PREFIX}SENDGRID_API_KEY and {PREFIX}FROM_EMAIL"
        )
    url, key = f"{settings.sendgrid_base_url}/v3/scopes", settings.sendgrid_api_key.get_secret_value()
    answer = await _asked("GET", url, key)
    if not isinstance(answer, httpx.Response):
        return _unreachable("SendGrid", answer, "SENDGRID_BASE_URL")
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        found = f"it refuses the key ({answer.status_code})"
        return Finding(
            "SendGrid", Status.WRONG, found, f"make a key with Mail Send and set {PREFIX}SENDGRID_API_KEY"
        )
    scopes = _object(answer).get("scopes")
    if not answer.is_success or not isinstance(scopes, list):
        return _strange("SendGrid", answer, "SENDGRID_BASE_URL")
    if _SENDS not in scopes:
        return Finding(
            "SendGrid", Status.WRONG, "the key may not send mail", "give it the permission Mail Send"
        )
    return Finding("SendGrid", Status.OK, f"it takes the key; mails leave as {settings.from_email}")


async def slack(settings: Settings) -> Finding:
    """Whether alerts leave, and the token may post them."""
    if settings.slack_bot_token is None:
        found = "no token: alerts are kept in the outbox"
        return Finding("Slack", Status.OK, found, f"to post, set {PREFIX}SLACK_BOT_TOKEN")
    answer = await _asked(
        "POST", f"{settings.slack_base_url}/auth.test", settings.slack_bot_token.get_secret_value()
    )
    if not isinstance(answer, httpx.Response):
        return _unreachable("Slack", answer, "SLACK_BASE_URL")
    said = _object(answer)
    if said.get("ok") is not True:
        if "error" not in said:
            return _strange("Slack", answer, "SLACK_BASE_URL")
        found = f"it refuses the token ({said['error']})"
        return Finding(
            "Slack", Status.WRONG, found, f"install the app and set {PREFIX}SLACK_BOT_TOKEN (xoxb-…)"
        )
    scopes = answer.headers.get("x-oauth-scopes")
    if scopes is not None and _POSTS not in [scope.strip() for scope in scopes.split(",")]:
        return Finding("Slack", Status.WRONG, "the token may not post", f"give the app the scope {_POSTS}")
    return Finding("Slack", Status.OK, f"it takes the token, for {said.get('team', 'its workspace')}")


async def hubspot(settings: Settings) -> Finding:
    """Whether contacts that HubSpot sends without an address can be looked up."""
    if settings.hubspot_token is None:
        found = "no token: contacts without an address wait until an event names them"
        return Finding("HubSpot", Status.OK, found, f"to look them up, set {PREFIX}HUBSPOT_TOKEN")
    contacts = HubSpotContacts(
        settings.hubspot_token.get_secret_value(), settings.hubspot_base_url, _PATIENCE_S
    )
    try:
        portal = await contacts.check()
    except LookupRefused as refused:
        return Finding("HubSpot", Status.WRONG, "it refuses the question", refused.detail)
    except (LookupThrottled, LookupUnavailable) as error:
        fix = f"try again later, or check {PREFIX}HUBSPOT_BASE_URL"
        return Finding("HubSpot", Status.WRONG, str(error), fix)
    finally:
        await contacts.aclose()
    whose = f"account {portal}" if portal else "its account"
    return Finding("HubSpot", Status.OK, f"it takes the token; contacts of {whose} are looked up")


async def _asked(method: str, url: str, key: str) -> httpx.Response | httpx.TransportError | httpx.InvalidURL:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(timeout=_PATIENCE_S) as http:
        try:
            return await http.request(method, url, headers=headers)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            return error


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _unreachable(vendor: str, error: Exception, setting: str) -> Finding:
    fix = f"check the network, a proxy, and {PREFIX}{setting}"
    return Finding(vendor, Status.WRONG, f"it cannot be reached ({type(error).__name__})", fix)


def _strange(vendor: str, answer: httpx.Response, setting: str) -> Finding:
    found = f"it answers {answer.status_code}, which is not its usual answer"
    return Finding(vendor, Status.WRONG, found, f"try again later, or check {PREFIX}{setting}")
