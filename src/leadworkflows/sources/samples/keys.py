"""Secrets made from a seed, in the form in which a source expects its own."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Private keys of the curve are the numbers from 1 to below its order (SEC 2, section 2.4.2)."""


def signing_secret(kind: str, seed: bytes) -> str:
    """What `sign` takes: text that only the seed gives away."""
    if kind == "sendgrid":
        private = _p256(seed).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return base64.b64encode(private).decode()
    return f"whsec_{base64.b64encode(seed).decode()}" if kind == "standard" else seed.hex()


def accepted_secret(kind: str, seed: bytes) -> str:
    """What `verify` takes: the same, but where the vendor shows the public half of a pair."""
    if kind == "sendgrid":
        public = _p256(seed).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(public).decode()
    return signing_secret(kind, seed)


def _p256(seed: bytes) -> EllipticCurvePrivateKey:
    return derive_private_key(int.from_bytes(seed, "big") % (_P256_ORDER - 1) + 1, SECP256R1())
