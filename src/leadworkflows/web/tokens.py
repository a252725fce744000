"""What proves a visitor: the cookie of who signed in, and the token that every form carries."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import SecretStr

COOKIE = "leadworkflows_session"
LASTS = timedelta(days=7)
"""For so long somebody stays signed in, and a form that was opened can be sent."""


class Tokens:
    """Signed with a secret that all processes share and the password: a new one ends every session."""

    def __init__(self, secret: bytes, password: SecretStr | None) -> None:
        known = password.get_secret_value().encode() if password else b""
        self._key = hmac.digest(secret, known, "sha256")

    def session(self) -> str:
        """A cookie for who signs in now."""
        return self._signer("session").dumps(secrets.token_urlsafe(12))

    def session_of(self, cookie: str | None) -> str | None:
        """Which session a cookie is; None where it is none of ours, or over."""
        return self._read("session", cookie)

    def form(self, visitor: str) -> str:
        """What this visitor's forms carry."""
        return self._signer("form").dumps(visitor)

    def is_form_of(self, visitor: str, token: str | None) -> bool:
        """Whether a form was given to this visitor."""
        return self._read("form", token) == visitor

    def _signer(self, what: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._key, salt=f"leadworkflows.{what}", signer_kwargs={"digest_method": sha256}
        )

    def _read(self, what: str, token: str | None) -> str | None:
        if not token or len(token) > 500:
            return None
        try:
            said = self._signer(what).loads(token, max_age=int(LASTS.total_seconds()))
        except BadData:
            return None
        return said if isinstance(said, str) else None
