"""What a rule may say of the vouchers it gives: no value of a discount coupon, and limits that can be meant."""

from __future__ import annotations

import pytest

from rules.book import Ref
from rules.errors import BookRefused
from rules.policy import read_book
from rules.writing import plain_book
from tests.rules.shop import words

BOOK = """
book: sample
brand: ""
currency: CNY
parameters:
- parameter: worth
  kind: money
  label: {{zh_hant: 面額, zh_hans: 面额, en: value}}
  reference: C18
  values: {{2026-01-01: {earlier}, 2026-06-01: 0}}
groups: []
rules:
- rule: thank-you
  reference: C18
  event: daily
  then: [{{effect: perk.grant, perk: washing}}, {then}]
"""
ISSUE = "{{effect: voucher.issue, kind: {kind}, value: {value}}}"
EXCHANGE = "{{effect: points.exchange, points: 100, voucher_kind: {kind}, voucher_value: {value}}}"
WORTH = "{parameter: worth}"


def book(then: str, kind: str, value: str, earlier: int = 0) -> str:
    return BOOK.format(then=then.format(kind=kind, value=value), earlier=earlier)


@pytest.mark.parametrize(("then", "name"), [(ISSUE, "value"), (EXCHANGE, "voucher_value")])
@pytest.mark.parametrize(("value", "earlier"), [("1", 0), (WORTH, 1)])
def test_a_coupon_with_a_value_is_refused(then: str, name: str, value: str, earlier: int) -> None:
    with pytest.raises(BookRefused) as refused:
        read_book(book(then, "discount", value, earlier), words())
    [problem] = refused.value.problems
    assert (problem.path, problem.sentence) == (
        f"rules[0].then[1].{name}",
        "must be 0: a rule says what a coupon takes off",
    )


@pytest.mark.parametrize("then", [ISSUE, EXCHANGE])
@pytest.mark.parametrize(
    ("kind", "value", "earlier"), [("discount", "0", 0), ("discount", WORTH, 0), ("cash", "1", 0), ("cash", WORTH, 1)]
)
def test_any_other_may_be_issued(then: str, kind: str, value: str, earlier: int) -> None:
    assert read_book(book(then, kind, value, earlier), words()).rules[0].name == "thank-you"


LIST = "must be a list of codes with at least one"


def limited(limit: str) -> str:
    return BOOK.format(then="{effect: voucher.issue, kind: cash, value: 1, " + limit + "}", earlier=5)


@pytest.mark.parametrize(
    ("limit", "name", "sentence"),
    [
        ("min_spend: -1", "min_spend", "at least 0"),
        ("min_spend: 3.5", "min_spend", "whole number"),
        ("categories: bag", "categories", LIST),
        ("categories: []", "categories", LIST),
        ("products: {a: 1}", "products", "only numbers can be parameters"),
        ("products: [1]", "products", "must be"),
        ("stores: [S1]", "stores", "no parameter of this name"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(limit: str, name: str, sentence: str) -> None:
    with pytest.raises(BookRefused) as refused:
        read_book(limited(limit), words())
    [problem] = refused.value.problems
    assert problem.path == f"rules[0].then[1].{name}"
    assert sentence in problem.sentence


def test_limits_are_read_and_written_as_they_were_meant() -> None:
    limit = "min_spend: {parameter: worth}, categories: [top, bag], products: [P1]"
    read = read_book(limited(limit), words())
    assert read.rules[0].then[1].params == {
        "kind": "cash",
        "value": 1,
        "min_spend": Ref("worth"),
        "categories": frozenset({"bag", "top"}),
        "products": frozenset({"P1"}),
    }
    assert plain_book(read)["rules"][0]["then"][1]["categories"] == ["bag", "top"]  # type: ignore[index]
