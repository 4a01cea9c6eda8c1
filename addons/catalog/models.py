"""Categories, seasons, styles and the products sold: one size and colour of a style, with its prices."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.stores.models import Brand
from core.db.archive import Archivable
from core.db.base import Base
from core.db.history import WithHistory
from core.db.scope import SharedWithScope
from core.db.types import Amount, Key


class Category(WithHistory, Archivable, SharedWithScope, Base):
    """A kind of goods, perhaps part of a wider one."""

    __tablename__ = "catalog_category"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    parent_code: Mapped[str | None] = mapped_column(String(40), ForeignKey("catalog_category.code"))

    parent: Mapped[Category | None] = relationship(remote_side="Category.code", lazy="select")

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Season(WithHistory, Archivable, SharedWithScope, Base):
    """A selling season: 2026 spring; archived when it is over."""

    __tablename__ = "catalog_season"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Style(WithHistory, Archivable, SharedWithScope, Base):
    """A design; it is sold in sizes and colours."""

    __tablename__ = "catalog_style"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"), index=True)
    category_code: Mapped[str] = mapped_column(String(40), ForeignKey("catalog_category.code"), index=True)

    brand: Mapped[Brand] = relationship(lazy="joined", innerjoin=True)
    category: Mapped[Category] = relationship(lazy="joined", innerjoin=True)

    def __str__(self) -> str:
        """Return code and name."""
        return f"{self.code} {self.name}"


class Product(WithHistory, SharedWithScope, Base):
    """One size and colour of a style under its own code (SKU); prices are fen.

    Brand and category are those of the style, kept here too so that a till reads one table.
    """

    __tablename__ = "catalog_product"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    style_id: Mapped[int] = mapped_column(Key, ForeignKey("catalog_style.id"), index=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"), index=True)
    category_code: Mapped[str] = mapped_column(String(40), ForeignKey("catalog_category.code"), index=True)
    season_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("catalog_season.code"), index=True)
    size: Mapped[str] = mapped_column(String(20), default="")
    colour: Mapped[str] = mapped_column(String(40), default="")
    list_price: Mapped[int] = mapped_column(Amount)
    special_price: Mapped[int | None] = mapped_column(Amount)
    special_from: Mapped[date | None] = mapped_column(Date)  # first day; None: always
    special_until: Mapped[date | None] = mapped_column(Date)  # last day; None: no end
    floor_price: Mapped[int | None] = mapped_column(Amount)  # nothing may price it lower
    launched_on: Mapped[date | None] = mapped_column(Date)
    members_only: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)

    style: Mapped[Style] = relationship(lazy="selectin")
    brand: Mapped[Brand] = relationship(lazy="select")
    category: Mapped[Category] = relationship(lazy="selectin")
    season: Mapped[Season | None] = relationship(lazy="selectin")

    __table_args__ = (
        CheckConstraint("list_price >= 0", name="list_price"),
        CheckConstraint(
            "special_price IS NULL OR (special_price >= 0 AND special_price <= list_price)", name="special"
        ),
        CheckConstraint("floor_price >= 0 AND floor_price <= list_price", name="floor"),
        CheckConstraint("special_from <= special_until", name="span"),
        Index("ix_catalog_product_launched_on", "launched_on"),
    )

    def __str__(self) -> str:
        """Return the code."""
        return self.code or ""
