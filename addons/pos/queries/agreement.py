"""The books of tills of other makers: what they were given to sell by without a connection is sealed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.pos.domain.packs import content_digest, written
from addons.pos.models import Pack, PriceList
from core.ledger.books import Book, Finding
from rules.vocabulary import Text

OTHER_PRICES = Text("價格表與其摘要不符", "价格表与其摘要不符", "The prices are not those of their digest")


def price_lists(session: Session) -> Iterator[Finding]:
    """Yield lists of prices that are not what their digest says: the sealed packs name that."""
    for row in session.scalars(select(PriceList).execution_options(yield_per=20)):
        if content_digest(written(row.prices)) != row.digest:
            yield Finding(PriceList.__tablename__, row.digest, OTHER_PRICES)


LEDGERS = (Book("packs", Text("離線資料包", "离线资料包", "Offline packs"), Pack.__table__, price_lists),)
