"""What can be done with products: add, price, import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from addons.catalog.domain import is_below, is_early_markdown
from addons.catalog.models import Category, Product, Season, Style
from addons.stores.models import Brand
from core import settings
from core.db.scope import current_scope
from core.errors import Invalid, NotFound, OutOfScope, Refusal
from core.money import LARGEST


class ProductExists(Refusal):
    """Two products under one code, or one code twice in a file."""

    sentence = "There is a product %(product)s already."
    product: str


class PriceNotPossible(Refusal):
    """A price below zero, above the list price or out of range."""

    sentence = "Every price of %(product)s must be between nothing and its list price."
    status = 422
    product: str


class EarlyMarkdown(Refusal):
    """A new product would be marked down too deep too early (DSC-06, C39)."""

    sentence = (
        "%(product)s is too new for this special price: within %(days)s days of its launch somebody must approve."
    )
    product: str
    days: int


class StyleOfOtherBrand(Refusal):
    """A product of one brand in a style of another."""

    sentence = "The style %(style)s belongs to another brand than %(product)s."
    product: str
    style: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row of a batch that was left out, by its place in the batch, and why."""

    index: int
    refusal: Refusal


@dataclass(slots=True)
class ImportResult:
    """What became of the rows of a batch; those rejected wrote nothing."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Guard:
    """For how many days after its launch a product may not be priced below a share (basis points) of its list price."""

    days: int
    ratio: int


def guard_in_force(session: Session) -> Guard:
    """Return the protection of new products that headquarters decided on."""
    value = settings.value
    return Guard(value(session, "catalog.early_markdown_days"), value(session, "catalog.early_markdown_floor"))


def check_prices(product: Mapping[str, Any], guard: Guard, *, approved: bool = False) -> None:
    """Check the prices (fen) of a product given by its columns.

    Refuses with PriceNotPossible, and with EarlyMarkdown unless somebody approved the special price.
    """
    code, list_price, special = product["code"], product["list_price"], product.get("special_price")
    if not 0 <= list_price <= LARGEST:
        raise PriceNotPossible(product=code)
    for name in ("special", "floor"):
        price = product.get(f"{name}_price")
        if price is not None and not 0 <= price <= list_price:
            raise PriceNotPossible(product=code)
    since, until = product.get("special_from"), product.get("special_until")
    if since and until and until < since:
        raise Invalid(field="special_until", problem="it ends before it begins")
    if special is None or approved or not is_below(special, list_price, guard.ratio):
        return
    if is_early_markdown(product.get("launched_on"), since, until, guard.days):
        raise EarlyMarkdown(product=code, days=guard.days)


def add_product(session: Session, *, approved_by: str = "", **columns: Any) -> Product:
    """Add one size and colour of a style; brand and (where not given) category are those of the style.

    Refuses with ProductExists, NotFound for the style, PriceNotPossible, EarlyMarkdown unless approved by somebody,
    OutOfScope unless one acts for all stores.
    """
    style = session.get(Style, columns["style_id"])
    if style is None:
        raise NotFound(what="style", which=str(columns["style_id"]))
    columns["brand_id"] = style.brand_id
    columns.setdefault("category_code", style.category_code)
    if session.scalar(select(Product.id).where(Product.code == columns["code"])) is not None:
        raise ProductExists(product=columns["code"])
    check_prices(columns, guard_in_force(session), approved=bool(approved_by))
    product = Product(**columns)
    session.add(product)
    session.flush()
    return product


def change_product(session: Session, *, product_id: int, approved_by: str = "", **columns: Any) -> Product:
    """Change prices, days and descriptions of a product; its code and style stay.

    Refuses with NotFound, PriceNotPossible, EarlyMarkdown unless approved by somebody, OutOfScope unless one acts for
    all stores.
    """
    product = session.get(Product, product_id)
    if product is None:
        raise NotFound(what="product", which=str(product_id))
    whole = {name: getattr(product, name) for name in _COLUMNS} | columns
    check_prices(whole, guard_in_force(session), approved=bool(approved_by))
    for name, new in columns.items():
        setattr(product, name, new)
    session.flush()
    return product


def set_on_sale(session: Session, *, product_id: int, on_sale: bool) -> Product:
    """Take a product off sale, or put it on sale again; its prices stay.

    Refuses with NotFound, OutOfScope unless one acts for all stores.
    """
    product = session.get(Product, product_id)
    if product is None:
        raise NotFound(what="product", which=str(product_id))
    product.active = on_sale
    session.flush()
    return product


_TABLE: Table = Product.__table__
_COLUMNS = tuple(column.name for column in _TABLE.c if column.name != "id")
_EMPTY: dict[str, Any] = dict.fromkeys(_COLUMNS) | {"size": "", "colour": "", "members_only": False, "active": True}
_KNOWN = select(_TABLE).where(_TABLE.c.code.in_(bindparam("codes", expanding=True)))
_UPDATE = (
    _TABLE.update()
    .where(_TABLE.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in _COLUMNS if name != "code"})
)


def import_products(session: Session, rows: Sequence[Mapping[str, Any]], *, approved_by: str = "") -> ImportResult:
    """Add or change products by their code; a batch given twice changes nothing the second time.

    A row is what `schemas.ProductRecordSchema` loads: code, style and list_price (fen) at least; what it does not
    name stays as it is. Styles, categories and seasons that are not there yet are made, named as the row names them.
    A row that cannot be taken is left out and reported: NotFound for the brand, ProductExists for a code that comes
    twice, PriceNotPossible, EarlyMarkdown unless somebody approved the file, StyleOfOtherBrand.
    Refuses with OutOfScope unless one acts for all stores: the statements are over bare tables.
    """
    if current_scope().writes is not None:
        raise OutOfScope
    batch = _Batch(session, rows, guard_in_force(session), approved=bool(approved_by))
    for index, row in enumerate(rows):
        try:
            batch.take(row)
        except Refusal as refusal:
            batch.result.rejected.append(Rejected(index, refusal))
    batch.write()
    return batch.result


class _Batch:
    """One batch of rows: what is there is read once, what is new or different is written at once."""

    def __init__(self, session: Session, rows: Sequence[Mapping[str, Any]], guard: Guard, *, approved: bool) -> None:
        self.connection = session.connection()
        self.guard, self.approved = guard, approved
        self.result = ImportResult()
        self.seen: dict[str, Mapping[str, Any]] = {}
        self.new: list[dict[str, Any]] = []
        self.different: list[dict[str, Any]] = []
        codes = [row["code"] for row in rows]
        known = self.connection.execute(_KNOWN, {"codes": codes}).mappings()
        self.known = {str(row["code"]): dict(row) for row in known}
        self.brands = self._keys(Brand, "id", {row["brand"] for row in rows if row.get("brand")})
        self.categories = self._keys(Category, "code", {row["category"] for row in rows if row.get("category")})
        self.seasons = self._keys(Season, "code", {row["season"] for row in rows if row.get("season")})
        self.styles = self._styles({row["style"] for row in rows})

    def _keys(self, model: Any, column: str, codes: set[str]) -> dict[str, Any]:
        table = model.__table__
        found = self.connection.execute(select(table.c.code, table.c[column]).where(table.c.code.in_(codes)))
        return dict(found.all())

    def _styles(self, codes: set[str]) -> dict[str, tuple[int, int, str]]:
        table = Style.__table__.c
        wanted = select(table.code, table.id, table.brand_id, table.category_code).where(table.code.in_(codes))
        return {code: (key, brand, category) for code, key, brand, category in self.connection.execute(wanted)}

    def take(self, row: Mapping[str, Any]) -> None:
        """Check a row and put it with the new ones, the different ones or those that change nothing."""
        code = row["code"]
        if code in self.seen:
            if self.seen[code] != row:
                raise ProductExists(product=code)
            self.result.unchanged += 1
            return
        before = self.known.get(code)
        columns = dict(_EMPTY if before is None else before)
        columns.update({name: row[name] for name in _COLUMNS if name in row})
        brand = self._brand(row)
        check_prices(columns, self.guard, approved=self.approved)
        columns["style_id"], columns["brand_id"], category = self._style(row, brand)
        columns["category_code"] = self._code(Category, self.categories, row.get("category")) or category
        if "season" in row:
            columns["season_code"] = self._code(Season, self.seasons, row["season"])
        self.seen[code] = row
        self._sort(before, columns)

    def _sort(self, before: Mapping[str, Any] | None, columns: dict[str, Any]) -> None:
        if before is None:
            self.new.append(columns)
        elif any(before[name] != columns[name] for name in _COLUMNS):
            self.different.append({f"b_{name}": value for name, value in columns.items() if name != "code"})
        else:
            self.result.unchanged += 1

    def _brand(self, row: Mapping[str, Any]) -> int | None:
        code = row.get("brand")
        if code and code not in self.brands:
            raise NotFound(what="brand", which=code)
        return self.brands[code] if code else None

    def _style(self, row: Mapping[str, Any], brand: int | None) -> tuple[int, int, str]:
        code = row["style"]
        if code not in self.styles:
            if brand is None:
                raise NotFound(what="style", which=code)
            category = self._code(Category, self.categories, row.get("category") or "other") or "other"
            values = {"code": code, "name": row.get("style_name") or code, "brand_id": brand, "category_code": category}
            self.styles[code] = (self._insert(Style, values), brand, category)
        key, own_brand, category = self.styles[code]
        if brand not in (None, own_brand):
            raise StyleOfOtherBrand(product=row["code"], style=code)
        return key, own_brand, category

    def _code(self, model: Any, known: dict[str, Any], code: str | None) -> str | None:
        """Return the code of a category or season, made if it is new."""
        if code and code not in known:
            # `known` holds what the rows name; what a default names is looked up here.
            if not self._keys(model, "code", {code}):
                self._insert(model, {"code": code, "name": code})
            known[code] = code
        return code or None

    def _insert(self, model: Any, values: dict[str, Any]) -> int:
        key = self.connection.execute(model.__table__.insert().values(values)).inserted_primary_key
        return int(key[0]) if key else 0

    def write(self) -> None:
        """Write what is new or different."""
        if self.new:
            self.connection.execute(_TABLE.insert(), self.new)
        if self.different:
            self.connection.execute(_UPDATE, self.different)
        self.result.added, self.result.changed = len(self.new), len(self.different)
