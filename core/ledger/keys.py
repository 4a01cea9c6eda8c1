"""The keys that sign seals. They lie outside the database: who can write there cannot seal.

`signing.key` is the secret, `public.pem` holds the public keys that are trusted at the outset, `next.key` is a secret
that takes over: the last seal of the old key names it, so a chain that begins with a trusted key needs no other.
"""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import suppress
from pathlib import Path

from core.config import kept_secret, seal_folder
from core.errors import Refusal
from core.ledger import ed25519

SIGNING, NEXT, PUBLIC = "signing.key", "next.key", "public.pem"
_WRAPPED = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of an Ed25519 key


class BadKey(Refusal):
    """A file that should hold a public key and does not."""

    sentence = "%(file)s holds no Ed25519 public key in PEM."
    status = 422
    file: str


class NoTrustedKey(Refusal):
    """Nobody said which key seals must be signed with."""

    sentence = "No public key is known here: give the one of the sealer."


def signing_seed() -> bytes:
    """Return the secret that signs; made when it is first asked for, with its public key beside it."""
    folder, is_new = seal_folder(), not has_signing()
    seed = _seed(kept_secret(SIGNING, folder))
    if is_new:
        with (folder / PUBLIC).open("a", encoding="ascii") as file:
            file.write(as_pem(ed25519.public_key(seed)))
    return seed


def has_signing() -> bool:
    """Tell whether the secret that signs is here."""
    return (seal_folder() / SIGNING).exists()


def next_seed() -> bytes | None:
    """Return the secret that is to take over, if one was made."""
    path = seal_folder() / NEXT
    return _seed(path.read_text("utf-8").strip()) if path.exists() else None


def make_next() -> bytes:
    """Make the secret that is to take over and return its public key; the sealer hands over at its next seal."""
    return ed25519.public_key(_seed(kept_secret(NEXT, seal_folder())))


def take_over() -> None:
    """Put the next secret in the place of the one that named it."""
    folder = seal_folder()
    with suppress(FileNotFoundError):
        (folder / NEXT).replace(folder / SIGNING)


def trusted(path: Path | None = None) -> frozenset[str]:
    """Return the public keys (hexadecimal) of a file, by default those of this installation.

    Refuses with NoTrustedKey if there is none here, BadKey for a file with something else.
    """
    file = path or seal_folder() / PUBLIC
    if not file.exists():
        raise NoTrustedKey
    try:
        return frozenset(key.hex() for key in from_pem(file.read_text("ascii")))
    except ValueError:
        raise BadKey(file=file.name) from None


def as_pem(key: bytes) -> str:
    """Return a public key as OpenSSL reads it."""
    body = base64.b64encode(_WRAPPED + key).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"


def from_pem(text: str) -> list[bytes]:
    """Return the public keys of a PEM text; ValueError unless all are Ed25519, and there is one."""
    blocks = re.findall("-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", text, re.DOTALL)
    keys = [base64.b64decode("".join(block.split()), validate=True) for block in blocks]
    if not keys or any(not key.startswith(_WRAPPED) or len(key) != len(_WRAPPED) + 32 for key in keys):
        raise ValueError("not an Ed25519 public key")
    return [key[len(_WRAPPED) :] for key in keys]


def _seed(secret: str) -> bytes:
    return hashlib.sha256(f"guibin seal {secret}".encode()).digest()
