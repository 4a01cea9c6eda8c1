"""What a password must be: long, not known to everybody, not the person's own name (length beats odd characters)."""

from __future__ import annotations

import secrets

from flask_appbuilder.exceptions import PasswordComplexityValidationError
from flask_babel import gettext
from werkzeug.security import generate_password_hash

SHORTEST = 12
_FEWEST_DIFFERENT = 5
_KNOWN_PARTS = (
    "password", "passw0rd", "qwertyui", "12345678", "87654321", "11111111", "iloveyou", "letmein", "welcome1",
    "admin123", "abc12345", "1q2w3e4r", "1qaz2wsx", "woaini", "a1b2c3d4", "changeme", "guibin",
)  # fmt: skip


def check_password(password: str) -> None:
    """Refuse with PasswordComplexityValidationError a password that is short, monotonous or well known."""
    if len(password) < SHORTEST:
        raise PasswordComplexityValidationError(
            gettext("Use at least 12 characters; a short sentence is easy to keep.")
        )
    plain = password.lower().replace(" ", "")
    known = any(part in plain and len(plain.replace(part, "")) < SHORTEST - 4 for part in _KNOWN_PARTS)
    if known or len(set(plain)) < _FEWEST_DIFFERENT:
        raise PasswordComplexityValidationError(gettext("This password is too easy to guess."))


def hashed(password: str) -> str:
    """Return the hash to be stored (scrypt)."""
    return generate_password_hash(password, method="scrypt", salt_length=16)


def generated() -> str:
    """Return a random password to be handed over once."""
    return secrets.token_urlsafe(12)
