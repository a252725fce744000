"""Whether the vendors take our keys. Asks each one question that changes and sends nothing."""

from __future__ import annotations

import httpx

from leadworkflows.cli.doctor_asking import PATIENCE_S, ask, object_in, strange, unreachable
from leadworkflows.cli.doctor_finding import Finding, Status
from leadworkflows.hubspot.answers import LookupRefused, LookupThrottled, LookupUnavailable
from leadworkflows.hubspot.contacts import HubSpotContacts
from leadworkflows.settings import PREFIX, Settings

_SENDS = "mail.send"


async def sendgrid(settings: Settings) -> Finding:
    """Whether mails leave, and the key may send them."""
    if settings.sendgrid_api_key is None:
        found = "no key: mails are kept in the outbox"
        return Finding(
            "SendGrid", Status.OK, found, f"to send, set {PREFIX}SENDGRID_API_KEY and {PREFIX}FROM_EMAIL"
        )
    url, key = f"{settings.sendgrid_base_url}/v3/scopes", settings.sendgrid_api_key.get_secret_value()
    answer = await ask("GET", url, key)
    if not isinstance(answer, httpx.Response):
        return unreachable("SendGrid", answer, "SENDGRID_BASE_URL")
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        found = f"it refuses the key ({answer.status_code})"
        return Finding(
            "SendGrid", Status.WRONG, found, f"make a key with Mail Send and set {PREFIX}SENDGRID_API_KEY"
        )
    scopes = object_in(answer).get("scopes")
    if not answer.is_success or not isinstance(scopes, list):
        return strange("SendGrid", answer, "SENDGRID_BASE_URL")
    if _SENDS not in scopes:
        return Finding(
            "SendGrid", Status.WRONG, "the key may not send mail", "give it the permission Mail Send"
        )
    return Finding("SendGrid", Status.OK, f"it takes the key; mails leave as {settings.from_email}")


async def hubspot(settings: Settings) -> Finding:
    """Whether contacts that HubSpot sends without an address can be looked up."""
    if settings.hubspot_token is None:
        found = "no token: contacts without an address wait until an event names them"
        return Finding("HubSpot", Status.OK, found, f"to look them up, set {PREFIX}HUBSPOT_TOKEN")
    contacts = HubSpotContacts(
        settings.hubspot_token.get_secret_value(), settings.hubspot_base_url, PATIENCE_S
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
