"""HubSpot's three signatures, as its page on request validation defines them.

v3 signs the time, the address and the body; v2 the address and the body; v1 the body alone. HubSpot
sends v1 next to v3 for CRM subscriptions, and v2 for a workflow's webhook.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256

from leadworkflows.sources.base import InboundRequest, SignatureRejected
from leadworkflows.sources.freshness import MILLISECONDS, require_recent
from leadworkflows.sources.signatures import base64_hmac_sha256, header, key_of, raw, same

V3 = "x-hubspot-signature-v3"
TIMESTAMP = "x-hubspot-request-timestamp"
OLDER = "x-hubspot-signature"
OLDER_VERSION = "x-hubspot-signature-version"
VERSIONS = ("v1", "v2", "v3")
TOLERANCE = timedelta(minutes=5)

# HubSpot signs its address with these escapes decoded, and with no other.
_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ESCAPE = re.compile("|".join(_DECODED), re.IGNORECASE)


def verify(request: InboundRequest, secret: str, now: datetime, accepted: Collection[str] = VERSIONS) -> None:
    """Raise `SignatureRejected` unless the best signature that is there fits.

    Where v3 is there it has to fit: v1 next to it carries no time, and would let a replay through.
    """
    if not accepted:
        raise SignatureRejected("the setting SIGNATURES names none of v1, v2 and v3")
    if V3 in request.headers and "v3" in accepted:
        return _verify_v3(request, secret, now)
    if OLDER not in request.headers:
        raise SignatureRejected(f"the header {V3} is missing, and so is {OLDER}")
    return _verify_older(request, secret, accepted)


def v3_headers(request: InboundRequest, secret: str, now: datetime) -> dict[str, str]:
    """The two headers with which HubSpot would send this request now."""
    timestamp = str(int(now.timestamp() * 1000))
    return {V3: _v3(request, secret, timestamp), TIMESTAMP: timestamp}


def _verify_v3(request: InboundRequest, secret: str, now: datetime) -> None:
    given, timestamp = header(request, V3), header(request, TIMESTAMP)
    require_recent(timestamp, now, TOLERANCE, MILLISECONDS, TIMESTAMP)
    if not same(given, _v3(request, secret, timestamp)):
        raise SignatureRejected(
            "the v3 signature does not fit: check the secret, and that LEADWORKFLOWS_PUBLIC_URL is the "
            "address that HubSpot posts to"
        )


def _verify_older(request: InboundRequest, secret: str, accepted: Collection[str]) -> None:
    version = header(request, OLDER_VERSION).lower()
    if version not in {"v1", "v2"}:
        raise SignatureRejected(f"{OLDER_VERSION} is neither v1 nor v2")
    if version not in accepted:
        raise SignatureRejected(
            f"a {version} signature is not accepted: the setting SIGNATURES leaves it out"
        )
    signed = key_of(secret)
    if version == "v2":
        signed += raw(request.method.upper() + request.url)
    if not same(header(request, OLDER).lower(), sha256(signed + request.body).hexdigest()):
        raise SignatureRejected(f"the {version} signature does not fit the request and the secret")


def _v3(request: InboundRequest, secret: str, timestamp: str) -> str:
    address = _ESCAPE.sub(lambda escape: _DECODED[escape[0].upper()], request.url)
    signed = raw(request.method.upper() + address) + request.body + raw(timestamp)
    return base64_hmac_sha256(secret, signed)
