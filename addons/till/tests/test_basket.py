"""The open basket by itself."""

from __future__ import annotations

import pytest

from addons.till.domain import Basket, looks_like_number, words


def test_one_product_is_one_line() -> None:
    basket = Basket(1, "K")
    for code in ("A", "B", "A"):
        basket.add(code)
    assert [(line.product, line.quantity) for line in basket.lines] == [("A", 2), ("B", 1)]
    assert basket.pieces == 3


def test_a_quantity_of_nothing_takes_the_line_out() -> None:
    basket = Basket(1, "K")
    basket.add("A")
    basket.set_quantity("A", 0)
    basket.set_quantity("B", 5)
    assert basket.lines == []


def test_somebody_else_does_not_inherit_vouchers_or_an_enrolment() -> None:
    basket = Basket(1, "K", member_id=1, vouchers=["V"], enrol={"name": "新客"})
    basket.serve(2)
    assert (basket.member_id, basket.vouchers, basket.enrol) == (2, [], None)


def test_what_is_kept_is_what_was_there() -> None:
    basket = Basket(1, "K", member_id=7, vouchers=["V"], enrol={"name": "新客"}, payment="card")
    basket.add("A")
    assert Basket.from_plain(basket.as_plain()) == basket


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("138 0013 8000", True),
        ("+86-13800138000", True),
        ("C000012", True),
        ("王小明", False),
        ("Ann", False),
        ("12", False),
    ],
)
def test_numbers_are_told_from_names(typed: str, number: bool) -> None:
    assert looks_like_number(typed) is number


def test_a_search_has_few_words_and_no_wildcards() -> None:
    assert words("a_b %c  d e f g") == ["a", "b", "c", "d", "e"]
