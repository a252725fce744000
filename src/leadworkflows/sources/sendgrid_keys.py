"""SendGrid's keys: it signs with a private key that nobody sees, and shows the public one."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from leadworkflows.sources.base import SignatureRejected

_ALGORITHM = ECDSA(SHA256())
_EXPECTED = "expected the Verification Key that SendGrid shows for the signed event webhook"


def fits(secret: str, signature: str, data: bytes) -> bool:
    """Whether the base64 DER signature over the data fits. Raises `SignatureRejected` for a bad key."""
    key = public_key(secret)
    try:
        key.verify(base64.b64decode(signature, validate=True), data, _ALGORITHM)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=16)
def public_key(secret: str) -> EllipticCurvePublicKey:
    """The key of a setting, base64 DER as SendGrid shows it, or PEM. Raises `SignatureRejected`."""
    if secret.strip().startswith("SG."):
        raise SignatureRejected(f"the secret set for this source is an API key of SendGrid: {_EXPECTED}")
    if "PRIVATE KEY" in secret:
        raise SignatureRejected(f"the secret set for this source is a private key: {_EXPECTED}")
    try:
        key = load_pem_public_key(_pem(secret)) if "-----" in secret else load_der_public_key(_der(secret))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SignatureRejected(f"the secret set for this source is no public key: {_EXPECTED}") from None
    if not (isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)):
        raise SignatureRejected(f"the key set for this source is not of the curve P-256: {_EXPECTED}")
    return key


def signature_of(secret: str, data: bytes) -> str:
    """The base64 DER signature with a private key, PEM or base64 PKCS #8 DER. Raises `ValueError`."""
    try:
        pem = "-----" in secret
        key = load_pem_private_key(_pem(secret), None) if pem else load_der_private_key(_der(secret), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not (isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)):
        raise ValueError("expected a private key of the curve P-256, as PEM or as base64 of PKCS #8 DER")
    return base64.b64encode(key.sign(data, _ALGORITHM)).decode("ascii")


def _pem(secret: str) -> bytes:
    r"""Environment files often hold the line ends of a PEM as `\n`."""
    return secret.replace("\\n", "\n").strip().encode()


def _der(secret: str) -> bytes:
    return base64.b64decode("".join(secret.split()), validate=True)
