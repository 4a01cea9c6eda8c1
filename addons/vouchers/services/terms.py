"""What a batch or a rule limits its vouchers to, kept once for all that are alike."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.vouchers.domain import UNLIMITED, Limits
from addons.vouchers.models import Terms
from core.db.statement import Statement

_T = Terms.__table__
_KNOWN = Statement(select(_T.c.id).where(_T.c.key == bindparam("b_key")).order_by(_T.c.id).limit(1))
_KEEP = Statement(_T.insert().returning(_T.c.id))


def terms_of(session: Session, limits: Limits) -> int | None:
    """Return the key of the terms that say these limits, kept if nobody had them before; None without a limit.

    Two who keep the same terms at once keep them twice, which changes nothing: terms are what they say.
    """
    if limits == UNLIMITED:
        return None
    found: int | None = _KNOWN.scalar(session, b_key=limits.key)
    return found if found is not None else int(_KEEP.scalar(session, **limits.said(), key=limits.key))
