"""Products are added, priced and imported, or refused with nothing written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from addons.catalog.models import Category, Product, Season, Style
from addons.catalog.queries import Goods, goods_named, priced_lines, with_parts
from addons.catalog.schemas import ProductRecordSchema
from addons.catalog.services import (
    EarlyMarkdown,
    PriceNotPossible,
    ProductExists,
    StyleOfOtherBrand,
    add_product,
    change_product,
    import_products,
)
from addons.stores.models import Brand
from addons.stores.tests.world import found
from core.db.scope import Scope, acting
from core.errors import Invalid, NotFound, OutOfScope
from core.testing.statements import statements

DAY = date(2026, 5, 4)


@pytest.fixture
def shop(db_session: Session) -> Session:
    found(db_session)
    return db_session


def row(code: str = "C1-M-RED", **more: Any) -> dict[str, Any]:
    base = {"code": code, "style": "C1", "brand": "GB", "category": "tops", "season": "26SS", "size": "M"}
    return base | {"colour": "red", "list_price": 39_900} | more


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Product)) or 0


def test_a_file_makes_styles_categories_seasons_and_products(shop: Session) -> None:
    result = import_products(shop, [row(), row("C1-L-RED", size="L"), row("C2-M", style="C2", season=None)])
    assert (result.added, result.changed, result.unchanged, result.rejected) == (3, 0, 0, [])
    product = shop.scalars(select(Product).filter_by(code="C1-M-RED")).one()
    assert (product.style.code, product.category.code, product.brand.code) == ("C1", "tops", "GB")
    assert product.season is not None
    assert product.season.code == "26SS"
    assert {s.code for s in shop.scalars(select(Style))} == {"C1", "C2"}


def test_the_same_file_again_changes_nothing_and_a_new_price_one_row(shop: Session) -> None:
    rows = [row(), row("C1-L-RED", size="L", special_price=31_900, special_from=date(2026, 4, 1))]
    import_products(shop, rows)
    again = import_products(shop, rows)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    changed = import_products(shop, [rows[0] | {"list_price": 41_900}, rows[1]])
    assert (changed.added, changed.changed, changed.unchanged) == (0, 1, 1)
    assert priced_lines(shop, ["C1-M-RED"], DAY)["C1-M-RED"].list_price == 41_900


def test_what_a_row_does_not_name_stays(shop: Session) -> None:
    import_products(shop, [row(members_only=True)])
    import_products(shop, [{"code": "C1-M-RED", "style": "C1", "list_price": 30_000}])
    product = shop.scalars(select(Product)).one()
    assert (product.members_only, product.size, product.season_code, product.list_price) == (True, "M", "26SS", 30_000)


@pytest.mark.parametrize(
    ("bad", "refusal"),
    [
        ({"brand": "XX"}, NotFound),
        ({"list_price": -1}, PriceNotPossible),
        ({"list_price": 10**16}, PriceNotPossible),
        ({"special_price": 39_901}, PriceNotPossible),
        ({"floor_price": 39_901}, PriceNotPossible),
        ({"special_price": 1, "special_from": date(2026, 5, 2), "special_until": date(2026, 5, 1)}, Invalid),
        ({"special_price": 31_000, "special_from": date(2026, 5, 1), "launched_on": date(2026, 4, 20)}, EarlyMarkdown),
    ],
)
def test_a_bad_row_is_left_out_with_its_reason_and_the_others_are_taken(
    shop: Session, bad: dict[str, Any], refusal: type[Exception]
) -> None:
    result = import_products(shop, [row("A"), row("BAD", style="NEW", **bad), row("B")])
    assert result.added == 2
    assert [(r.index, type(r.refusal)) for r in result.rejected] == [(1, refusal)]
    assert shop.scalar(select(Product).filter_by(code="BAD")) is None
    assert shop.scalar(select(Style).filter_by(code="NEW")) is None


def test_a_code_that_comes_twice_with_different_rows_is_left_out_the_second_time(shop: Session) -> None:
    result = import_products(shop, [row(), row(), row(list_price=1)])
    assert (result.added, result.unchanged) == (1, 1)
    assert [(r.index, type(r.refusal)) for r in result.rejected] == [(2, ProductExists)]


def test_a_style_of_another_brand_is_refused(shop: Session) -> None:
    shop.add(Brand(code="XB", name="x", currency="CNY"))
    shop.flush()
    result = import_products(shop, [row(), row("X", brand="XB")])
    assert [type(r.refusal) for r in result.rejected] == [StyleOfOtherBrand]


def test_an_early_markdown_is_taken_when_approved_or_when_it_begins_later(shop: Session) -> None:
    launched: dict[str, Any] = {"launched_on": date(2026, 4, 20), "special_price": 31_000}
    assert import_products(shop, [row("A", **launched, special_from=date(2026, 5, 20))]).added == 1
    assert import_products(shop, [row("B", **launched)], approved_by="boss").added == 1
    assert import_products(shop, [row("C", launched_on=date(2026, 4, 20), special_price=36_000)]).added == 1


def test_only_headquarters_imports(shop: Session) -> None:
    with acting(Scope(reads=None, writes=frozenset({1}))), pytest.raises(OutOfScope):
        import_products(shop, [row()])
    assert count(shop) == 0


@pytest.mark.parametrize(
    ("day", "special"),
    [
        (date(2026, 4, 30), None),
        (date(2026, 5, 1), 31_900),
        (date(2026, 5, 31), 31_900),
        (date(2026, 6, 1), None),
    ],
)
def test_a_special_price_holds_from_its_first_to_its_last_day(shop: Session, day: date, special: int | None) -> None:
    span: dict[str, Any] = {
        "special_price": 31_900,
        "special_from": date(2026, 5, 1),
        "special_until": date(2026, 5, 31),
    }
    import_products(shop, [row(**span)])
    assert priced_lines(shop, ["C1-M-RED"], day)["C1-M-RED"].special_price == special


def test_fifty_products_are_one_query_by_code_and_by_id(shop: Session) -> None:
    import_products(shop, [row(f"P{n}") for n in range(50)])
    with statements(shop) as seen:
        by_code = priced_lines(shop, [f"P{n}" for n in range(50)] + ["unknown"], DAY)
        by_id = priced_lines(shop, [found.id for found in by_code.values()], DAY)
    assert len(seen) == 2
    assert len(by_code) == len(by_id) == 50
    assert {p.code for p in by_id.values()} == set(by_code)


def test_a_product_is_added_with_brand_and_category_of_its_style(shop: Session) -> None:
    import_products(shop, [row()])
    style = shop.scalars(select(Style)).one()
    product = add_product(shop, code="NEW", style_id=style.id, size="S", colour="blue", list_price=100)
    assert (product.brand_id, product.category_code) == (style.brand_id, "tops")
    with pytest.raises(ProductExists):
        add_product(shop, code="NEW", style_id=style.id, list_price=100)
    with pytest.raises(NotFound):
        add_product(shop, code="OTHER", style_id=999, list_price=100)


def test_a_price_that_is_refused_changes_nothing(shop: Session) -> None:
    import_products(shop, [row(launched_on=date(2026, 5, 1))])
    product = shop.scalars(select(Product)).one()
    with pytest.raises(PriceNotPossible):
        change_product(shop, product_id=product.id, special_price=50_000)
    with pytest.raises(EarlyMarkdown):
        change_product(shop, product_id=product.id, special_price=20_000)
    assert product.special_price is None
    change_product(shop, product_id=product.id, special_price=20_000, approved_by="boss")
    assert product.special_price == 20_000


def test_a_row_from_outside_is_checked() -> None:
    load = ProductRecordSchema().load
    assert load({"code": "A", "style": "S", "list_price": 1, "launched_on": "2026-05-01"})["launched_on"] == date(
        2026, 5, 1
    )
    for bad in (
        {"colour ": "x"},
        {"list_price": 1.5},
        {"list_price": "-1"},
        {"launched_on": "2026-02-30"},
        {"code": ""},
    ):
        with pytest.raises(ValidationError):
            load({"code": "A", "style": "S", "list_price": 1} | bad)


def test_products_come_in_by_the_thousand(database: Engine, shop: Session) -> None:
    schema, rows = ProductRecordSchema(), 4_600
    given = [row(f"P{n}", style=f"S{n // 6}", category=f"c{n % 40}", launched_on="2026-01-01") for n in range(rows)]
    for start in range(0, rows, 1000):
        with statements(shop) as seen:
            import_products(shop, [schema.load(one) for one in given[start : start + 1000]])
        assert len(seen) < 300  # new styles and categories are one each, products are not
    assert count(shop) == rows
    assert {c.code for c in shop.scalars(select(Category))} >= {"c0", "c39"}
    assert shop.scalar(select(func.count()).select_from(Season)) == 1


# -- goods ------------------------------------------------------------------------------------------------------------


def test_a_category_has_parts_however_deep(shop: Session) -> None:
    for code, parent in (("a", None), ("b", "a"), ("c", "b"), ("d", "a"), ("e", None)):
        shop.add(Category(code=code, name=code, parent_code=parent))
        shop.flush()
    assert with_parts(shop, ["a"]) == {"a", "b", "c", "d"}
    assert with_parts(shop, ["b", "e"]) == {"b", "c", "e"}
    assert with_parts(shop, []) == frozenset()
    shop.scalars(select(Category).where(Category.code == "a")).one().parent_code = "c"  # by mistake, in a circle
    shop.flush()
    assert with_parts(shop, ["b"]) == {"a", "b", "c", "d"}


def test_a_code_stands_for_a_style_or_a_product(shop: Session) -> None:
    import_products(shop, [row(), row("C1-L-RED", size="L")])
    brand = shop.scalars(select(Style.brand_id).where(Style.code == "C1")).one()
    found_ = goods_named(shop, ["C1", "C1-M-RED", "NOBODY"])
    style = shop.scalars(select(Style.name).where(Style.code == "C1")).one()
    assert found_ == {"C1": Goods(style, brand), "C1-M-RED": Goods(f"{style} red M", brand)}
    assert goods_named(shop, []) == {}
