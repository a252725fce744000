"""What verifiers share: headers that must be there, comparison in constant time, secrets explained."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256

from leadworkflows.sources.base import InboundRequest, SignatureRejected


def header(request: InboundRequest, name: str) -> str:
    """The header's value. Raises `SignatureRejected` where it is absent or empty."""
    value = request.headers.get(name, "").strip()
    if not value:
        raise SignatureRejected(f"the header {name} is missing")
    return value


def same(given: str, expected: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(raw(given), raw(expected))


def raw(stated: str) -> bytes:
    """A lone surrogate, which a setting's bytes can become, is no error of ours."""
    return stated.encode("utf-8", "surrogatepass")


def key_of(secret: str) -> bytes:
    """A secret as vendors use it that sign with its very text, without what was pasted around it."""
    return raw(secret.strip())


def base64_hmac_sha256(secret: str, data: bytes) -> str:
    """The signature as most vendors write it."""
    return base64.b64encode(hmac.new(key_of(secret), data, sha256).digest()).decode("ascii")


def hex_hmac_sha256(secret: str, data: bytes) -> str:
    """The signature as others write it."""
    return hmac.new(key_of(secret), data, sha256).hexdigest()


def standard_key(secret: str) -> bytes:
    """The key of a Standard Webhooks secret, `whsec_` and base64. Raises `SignatureRejected` with the fix."""
    if explanation := misread_secret(secret):
        raise SignatureRejected(explanation)
    text = secret.strip().removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise SignatureRejected("the secret set for this source is not base64: expected whsec_ and base64")
    return key


def misread_secret(secret: str) -> str | None:
    """What is wrong with a secret that was pasted with too much, or None."""
    if secret.strip().startswith("v1,"):
        return (
            "the secret set for this source begins with 'v1,', the version of the signature: "
            "keep only what follows it, whsec_ and base64"
        )
    return None
