"""Credentials of tills: a key that names the till and a secret that only the till keeps."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from core.ids import unguessable

_PREFIX = "pos"
_KEY_LETTERS = 12
_SECRET_BYTES = 32  # 256 random bits: a plain digest cannot be searched through
_LONGEST = 200


def new_key_id() -> str:
    """Return the name of a new credential; it is no secret."""
    return unguessable(_KEY_LETTERS)


def new_secret() -> str:
    """Return a secret nobody can guess."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, kept: str) -> bool:
    """Tell whether this is the secret of a digest, in a time that tells nothing."""
    return hmac.compare_digest(digest(secret), kept)


def credential(key_id: str, secret: str) -> str:
    """Return what a till sends: `pos.KEY.SECRET`."""
    return f"{_PREFIX}.{key_id}.{secret}"


def is_credential(text: str) -> bool:
    """Tell whether a text is meant to be the credential of a till."""
    return text.startswith(f"{_PREFIX}.")


def parts(text: str) -> tuple[str, str] | None:
    """Return key and secret of a credential, None where it is none."""
    prefix, _, rest = text.partition(".")
    key_id, _, secret = rest.partition(".")
    if prefix != _PREFIX or not key_id or not secret or len(text) > _LONGEST or not text.isascii():
        return None
    return key_id, secret
