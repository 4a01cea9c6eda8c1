"""A discount coupon is worth what its rule takes off: a rule that gives it a value of its own is refused."""

from __future__ import annotations

import pytest

from rules.errors import BookRefused
from rules.policy import read_book
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
