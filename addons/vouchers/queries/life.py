"""All that happened to a voucher, and the names of what limits it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.catalog.models import Category
from addons.catalog.queries import goods_named
from addons.stores.queries import places
from addons.vouchers.domain import Limits
from addons.vouchers.models import Entry, Terms, Voucher
from addons.vouchers.queries.vouchers import UsableVoucher
from core.db.listed import any_of
from core.db.scope import current_scope
from core.db.statement import Statement

_E, _C, _V = Entry.__table__, Category.__table__, Voucher.__table__


class Step(NamedTuple):
    """One entry of a voucher's life; where it happened in a store out of sight, who and which receipt are not told."""

    number: int
    at: datetime
    from_state: str
    to_state: str
    amount: int
    store_id: int
    receipt_id: int | None
    by: str
    reason: str
    ref: str

    @property
    def in_sight(self) -> bool:
        """Tell whether the store is one of the reader's."""
        return current_scope().may_read(self.store_id)


_LIFE = Statement(
    select(*(_E.c[name] for name in Step._fields)).where(_E.c.voucher_id == bindparam("b_id")).order_by(_E.c.number)
)
_LIVES = Statement(
    select(_E.c.voucher_id, *(_E.c[name] for name in Step._fields))
    .where(any_of(_E.c.voucher_id, "b_ids"))
    .order_by(_E.c.voucher_id, _E.c.number)
)
_BECAME = Statement(
    select(_V.c.id, _V.c.code, _V.c.store_id).where(_V.c.origin_id == bindparam("b_id")).order_by(_V.c.id)
)
_NAMES = Statement(select(_C.c.code, _C.c.name).where(any_of(_C.c.code, "b_codes")))


def life(session: Session, voucher_id: int) -> list[Step]:
    """Return what happened to a voucher, wherever it did: its value belongs to the brand."""
    return [_told(Step(*row)) for row in _LIFE.all(session, b_id=voucher_id)]


def lives(session: Session, voucher_ids: Iterable[int]) -> dict[int, list[Step]]:
    """Return what happened to several vouchers, by their keys."""
    found: dict[int, list[Step]] = {}
    for voucher_id, *row in _LIVES.all(session, b_ids=sorted(voucher_ids)):
        found.setdefault(voucher_id, []).append(_told(Step(*row)))
    return found


def _told(step: Step) -> Step:
    return step if step.in_sight else step._replace(receipt_id=None, by="", reason="", ref="")


class Part(NamedTuple):
    """A voucher that took over value of another one."""

    id: int
    code: str
    store_id: int


def became(session: Session, voucher_id: int) -> list[Part]:
    """Return the vouchers that were split off or given of one that was issued."""
    return [Part(*row) for row in _BECAME.all(session, b_id=voucher_id)]


Limited = UsableVoucher | Terms | Limits


class Names(NamedTuple):
    """Names of categories and of styles and products by their codes, and of stores by their keys."""

    categories: Mapping[str, str]
    stores: Mapping[int, str]
    products: Mapping[str, str]

    def goods(self, limited: Limited) -> list[str]:
        """Return what something is good for: categories, then styles and products; empty for everything."""
        categories = [self.categories.get(code, code) for code in limited.categories or ()]
        return categories + [self.products.get(code, code) for code in limited.products or ()]

    def places(self, limited: Limited) -> list[str]:
        """Return the stores something is good in; empty for all of its brand."""
        return [self.stores.get(key, str(key)) for key in limited.stores or ()]


def limit_names(session: Session, vouchers: Iterable[Limited]) -> Names:
    """Return the names of the goods and stores that these vouchers, or those of these terms, are limited to."""
    found = list(vouchers)
    codes = sorted({code for voucher in found for code in voucher.categories or ()})
    rows = _NAMES.all(session, b_codes=codes) if codes else []
    wanted = {key for voucher in found for key in voucher.stores or ()}
    stores = {key: place.name for key, place in places(session).items()} if wanted else {}
    goods = goods_named(session, {code for voucher in found for code in voucher.products or ()})
    return Names(
        {str(code): str(name) for code, name in rows},
        {key: stores[key] for key in wanted if key in stores},
        {code: each.name for code, each in goods.items()},
    )
