"""Ed25519 signatures (RFC 8032) of the library `cryptography`, over bare bytes."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def public_key(seed: bytes) -> bytes:
    """Return the public key (32 bytes) of a secret seed of 32 bytes; ValueError for another length."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, message: bytes) -> bytes:
    """Return the signature (64 bytes) of a message."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is that of a message under a public key; whatever is malformed is not."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
