"""Codes that were tried and refused: kept, so that void use and guessing are seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from addons.vouchers import queries
from addons.vouchers.domain import is_code, typed
from addons.vouchers.models import Attempt
from core.db.scope import require_store
from core.errors import Refusal

#: What a refusal says of the code that was tried; other refusals are about no code.
OUTCOMES = {
    "voucher_used": "used",
    "voucher_cancelled": "void",
    "voucher_expired": "expired",
    "voucher_replaced": "replaced",
    "voucher_locked": "locked",
    "voucher_not_yet": "not_yet",
    "voucher_of_other_brand": "elsewhere",
    "voucher_of_other_store": "elsewhere",
    "voucher_of_other_currency": "elsewhere",
    "voucher_of_other_member": "other_member",
    "voucher_needs_member": "other_member",
}


def note_attempt(
    session: Session, *, refusal: Refusal, store_id: int, now: datetime, till: str = "", by: str = ""
) -> bool:
    """Keep that a code was tried and refused, outside the operation that was; return whether it was about a code.

    Of the code only its end is kept. Refuses with OutOfScope.
    """
    require_store(store_id, write=True)
    tried = _tried(refusal)
    if tried is None:
        return False
    code, outcome = tried
    known = queries.by_code(session, [code]).get(code)
    row = Attempt(
        store_id=store_id,
        till=till[:80],
        by=by[:80],
        ending=code[-4:],
        outcome=outcome,
        voucher_id=None if known is None else known.id,
        at=now,
    )
    session.add(row)
    session.flush()
    return True


def _tried(refusal: Refusal) -> tuple[str, str] | None:
    """Return which code a refusal is about and what became of it; a slip of the finger is told from a guess."""
    if refusal.code == "not_found" and refusal.facts["what"] == "voucher":
        code = typed(str(refusal.facts["which"]))
        return code, "unknown" if is_code(code) else "mistyped"
    if refusal.code in OUTCOMES:
        return str(refusal.facts["voucher"]), OUTCOMES[refusal.code]
    return None
