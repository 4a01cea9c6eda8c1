"""Sealing, anchoring and verifying with what this installation keeps: its keys, its folder of anchors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from core.db.session import snapshot
from core.ledger import anchor as anchors
from core.ledger import keys
from core.ledger.anchor import Anchor
from core.ledger.kernel import all_books
from core.ledger.seal import Sealed, seal_all
from core.ledger.verify import Verification


def put_seals(now: datetime, *, new_key: bool = False) -> list[Sealed]:
    """Seal everything that is new, and return the seals.

    Refuses with SealedMeanwhile if another sealer is at work, KeyIsNotTheirs if the key that signed so far is gone.
    """
    return list(seal_all(all_books(), now, new_key=new_key))


def may_seal(connection: Connection) -> bool:
    """Tell whether this account of the database may write seals; with separate roles only the sealer's may."""
    if connection.dialect.name == "sqlite":
        return True
    asked = text("SELECT has_table_privilege('core_ledger_seal', 'INSERT')")
    return bool(connection.scalar(asked))


def anchor() -> Path | None:
    """Write the newest head into the folder of anchors and return where; None before the first seal."""
    with snapshot() as connection:
        found = anchors.newest(connection)
    return None if found is None else anchors.write(found)


def verification(*, key: Path | None = None, held: Iterable[Anchor] = ()) -> Verification:
    """Return the verification of all books against a file of public keys and these anchors beside those kept here.

    Refuses with NoTrustedKey, BadKey, BadAnchor.
    """
    kept = [anchors.read(path) for path in anchors.kept()]
    return Verification(all_books(), keys.trusted(key), [*kept, *held])
