"""Vouchers on paper and codes taken away as a file: each time is written down."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from addons.stores.queries import place as place_of
from addons.vouchers import queries
from addons.vouchers.models import Batch, Download, Print
from addons.vouchers.services.refusals import VoucherOfOtherBrand
from core.db.scope import require_store, system_scope
from core.db.statement import Statement
from core.errors import Invalid, NotFound

_P = Print.__table__
_PRINTED = Statement(select(func.count()).select_from(_P).where(_P.c.voucher_id == bindparam("b_voucher")))


def note_print(session: Session, *, voucher_id: int, store_id: int, now: datetime, by: str) -> int:
    """Write down that a voucher is put on paper and return how often that was by now.

    Refuses with OutOfScope, NotFound, VoucherOfOtherBrand, Invalid for a voucher of which nothing is left: it would be
    worth nothing.
    """
    require_store(store_id, write=True)
    with system_scope("a voucher is served in every store of its brand"):
        voucher = queries.to_change(session, [voucher_id]).get(voucher_id)
    if voucher is None:
        raise NotFound(what="voucher", which=str(voucher_id))
    if voucher.brand_id != place_of(session, store_id).brand_id:
        raise VoucherOfOtherBrand(voucher=voucher.code)
    if voucher.status != "active":
        raise Invalid(field="voucher", problem="nothing is left of this voucher")
    number = int(_PRINTED.scalar(session, b_voucher=voucher_id)) + 1
    session.add(Print(voucher_id=voucher_id, number=number, store_id=store_id, by=by, at=now))
    session.flush()
    return number


def note_download(session: Session, *, batch_id: int, file: str, now: datetime, by: str) -> Batch:
    """Write down that the codes of a batch are taken away as a file, and return the batch.

    Refuses with NotFound, OutOfScope.
    """
    batch = session.scalar(select(Batch).where(Batch.id == batch_id))
    if batch is None:
        raise NotFound(what="batch", which=str(batch_id))
    require_store(batch.store_id, write=True)
    session.add(Download(batch_id=batch_id, store_id=batch.store_id, codes=batch.issued, file=file, by=by, at=now))
    session.flush()
    return batch
