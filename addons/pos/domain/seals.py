"""What is signed for tills with the secret of the installation: everybody can read it, nobody else can make it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

#: What a signature is for: one made for one thing is worth nothing as another.
QUOTE, PACK, PACK_MEMBER = "pos.quote", "pos.pack", "pos.pack.member"


def sealed(secret: str, purpose: str, plain: Any) -> str:
    """Return plain data with a signature, as letters that may stand in an address."""
    return str(_signer(secret, purpose).dumps(plain))


def opened(secret: str, purpose: str, text: str) -> Any:
    """Return what was signed for a purpose; None if it was changed, or made by somebody else or for something else."""
    try:
        return _signer(secret, purpose).loads(text)
    except (BadData, ValueError, RecursionError):
        return None


def _signer(secret: str, purpose: str) -> URLSafeSerializer:
    signed: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(secret, salt=purpose, signer_kwargs=signed)


def fingerprint(plain: Mapping[str, Any]) -> str:
    """Return a digest of plain data, the same for the same data."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
