"""A receipt after a return stands as the sale of what was kept (rules.md section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.book import Compare, Funding, Group, Rule, RuleBook, Then, Total
from rules.decide import decide_plain
from rules.event import Event, Line, Offer
from rules.returns import Decide, Kept, NotKept, Standing, as_sold, standing
from rules.trace import Decision
from tests.rules.random_prices import LABEL, VOCABULARY, book_of, off, quote, rate
from tests.rules.shop import case, program

MANY = settings(max_examples=80, deadline=None, derandomize=True, database=None)
GOLD = {"tier": "gold", "card_active": True, "receipts_before": 3}
THOUSAND, HUNDRED = 100_000, 10_000


def shipped(lines: list[dict[str, Any]], **keys: Any) -> tuple[Event, Decision]:
    event = case(case="x", member=GOLD, lines=lines, **keys).event
    return event, program().decide(event)


def after(event: Event, decision: Decision, *kept: int | Kept, **how: Any) -> Standing:
    parts = [part if isinstance(part, Kept) else Kept(part) for part in kept]
    return standing(program().decide, program().book.settings, event, decision, parts, **how)


def line(amount: int, quantity: int = 1, special: int | None = None) -> dict[str, Any]:
    return {"product": "A", "quantity": quantity, "list_price": amount, "special_price": special}


def test_e22_the_500_line_of_e21_comes_back() -> None:
    event, sold = shipped([line(100_000), line(50_000)], vouchers=[{"kind": "cash", "value": 30_000}])
    assert (sold.total, sold.cash, sold.points) == (135_000, 105_000, 1050)
    now = after(event, sold, 1, 0)
    assert sold.cash - now.cash == 35_000
    assert sold.tendered - now.tendered == 10_000
    assert now.vouchers == ((0, 20_000),)
    assert sold.points - now.points == 350
    assert sold.credit - now.credit == 35_000
    assert now.shortfall == 0


def test_everything_back_leaves_nothing() -> None:
    event, sold = shipped([line(100_000, 2), line(50_000)], vouchers=[{"kind": "cash", "value": 30_000}])
    now = after(event, sold, 0, 0)
    assert now.empty
    assert (now.total, now.cash, now.tendered, now.points, now.credit) == (0, 0, 0, 0, 0)
    assert now.vouchers == ((0, 0),)
    assert now.effects == ()


def test_nothing_back_changes_nothing() -> None:
    event, sold = shipped([line(100_000)])
    assert after(event, sold, 1) == as_sold(event, sold)


def test_a_corrected_price_is_the_sale_at_that_price() -> None:
    event, sold = shipped([line(100_000), line(50_000)])
    now = after(event, sold, Kept(1, 80_000), 1)
    assert now.total == 72_000 + 45_000  # E05: 9 折 on the special price
    assert sold.cash - now.cash == 18_000


def test_a_correction_of_goods_paid_by_voucher_alone_goes_back_to_the_voucher() -> None:
    event, sold = shipped([line(30_000)], vouchers=[{"kind": "cash", "value": 30_000}])
    assert (sold.cash, sold.tendered) == (0, 27_000)
    now = after(event, sold, Kept(1, 20_000))
    assert (now.cash, now.tendered, now.vouchers) == (0, now.total, ((0, now.total),))


@pytest.mark.parametrize("kept", [Kept(2), Kept(-1), Kept(1, 100_001), Kept(1, -1)])
def test_more_than_was_sold_cannot_be_kept(kept: Kept) -> None:
    event, sold = shipped([line(100_000)])
    with pytest.raises(NotKept):
        after(event, sold, kept)


def test_the_lines_of_another_receipt_are_refused() -> None:
    event, sold = shipped([line(100_000)])
    with pytest.raises(NotKept, match="2 lines for a receipt of 1"):
        after(event, sold, 1, 1)


# --- lost thresholds --------------------------------------------------------------------------------------------------

SAVE = Rule(
    "save",
    "",
    "quote",
    (Then("price.amount_off", {"amount": 6_000}),),
    totals=(Total("amount", at_least=30_000),),
    group="g",
)
ALL = Group("g", LABEL, "all", "running")


def decide_by(book: RuleBook) -> Decide:
    return lambda event: decide_plain(book, VOCABULARY, event)


def spend_and_save(*amounts: int, kept: list[int], **how: Any) -> tuple[Decision, Standing]:
    book = book_of(SAVE, groups=[ALL])
    event = quote(*(Line(f"p{place}", 1, amount) for place, amount in enumerate(amounts)))
    sold = decide_by(book)(event)
    return sold, standing(decide_by(book), book.settings, event, sold, [Kept(q) for q in kept], **how)


def test_a_lost_threshold_is_taken_back_and_its_cost_is_told() -> None:
    sold, now = spend_and_save(20_000, 15_000, kept=[1, 0])
    assert sold.total == 29_000
    assert now.total == 20_000  # as if only this had been bought: no saving
    paid = sold.lines[1].pay
    assert now.shortfall == paid - 9_000


def test_the_shop_may_keep_the_customer_whole() -> None:
    sold, now = spend_and_save(20_000, 15_000, kept=[1, 0], keep_whole=True)
    assert sold.total - now.total == sold.lines[1].pay
    assert now.shortfall == sold.lines[1].pay - 9_000


def test_a_customer_may_have_to_pay_where_a_cheap_line_carried_the_threshold() -> None:
    sold, now = spend_and_save(29_900, 100, kept=[1, 0])
    assert sold.total == 24_000
    assert now.total == 29_900
    assert spend_and_save(29_900, 100, kept=[1, 0], keep_whole=True)[1].total == 24_000 - sold.lines[1].pay


def test_never_more_is_paid_back_than_was_paid_for_the_goods() -> None:
    capped = Rule("cap", "", "quote", (Then("price.pay_ratio", {"ratio": 5000, "list_cap": 10_000}),), group="g")
    book = book_of(capped, groups=[ALL])
    event = quote(Line("a", 1, 10_000), Line("b", 1, 10_000))
    sold = decide_by(book)(event)
    assert [each.pay for each in sold.lines] == [5_000, 10_000]
    now = standing(decide_by(book), book.settings, event, sold, [Kept(0), Kept(1)])
    assert sold.total - now.total == 5_000  # the other line alone would have been cheaper; that is no part of a return


# --- whatever the rules and the basket --------------------------------------------------------------------------------

BOOK = book_of(
    SAVE,
    rate("half-of-two", 5_000, group="h", priority=1),
    off("off", 700, group="g"),
    Rule(
        "dear",
        "",
        "quote",
        (Then("price.pay_ratio", {"ratio": 7_777}),),
        items=Compare("line.list_price", "at_least", 5_000),
        totals=(Total("quantity", at_least=3),),
        group="h",
        funding=Funding(5000, 3000, 2000, 0),
    ),
    groups=[Group("h", LABEL, "best", "selling"), ALL],
    voucher_max_per_receipt=3,
)


@st.composite
def returned(draw: st.DrawFn) -> tuple[Event, list[Kept], list[Kept]]:
    """A basket, what is kept after some returns, and what is kept in the end."""
    lines = [
        Line(
            f"p{place}", draw(st.integers(1, 4)), full := draw(st.integers(0, 40_000)), draw(st.none() | st.just(full))
        )
        for place in range(draw(st.integers(1, 4)))
    ]
    vouchers = [Offer("cash", value) for value in draw(st.lists(st.integers(0, 30_000), max_size=3))]
    first = [Kept(draw(st.integers(0, each.quantity))) for each in lines]
    last = [Kept(draw(st.integers(0, each.quantity))) for each in first]
    return quote(*lines, vouchers=vouchers), first, last


def paid_for_returned(event: Event, sold: Decision, kept: Sequence[Kept]) -> int:
    return sum(
        each.pay - (2 * each.pay * part.quantity + given.quantity) // (2 * given.quantity)
        for each, given, part in zip(sold.lines, event.lines, kept, strict=True)
    )


def holds(event: Event, sold: Decision, now: Standing) -> None:
    paid_back, returned_for = sold.total - now.total, paid_for_returned(event, sold, now.kept)
    assert now.cash + now.tendered == now.total
    assert min(now.cash, now.tendered, now.points, now.credit) >= 0
    assert paid_back <= returned_for
    assert now.tendered == sum(amount for _, amount in now.vouchers)
    for (place, before), (same, left) in zip(sold.vouchers_used, now.vouchers, strict=True):
        assert place == same
        assert 0 <= left <= before
    assert now.credit == now.cash
    assert now.points == now.cash // 100


@MANY
@given(returned(), st.booleans())
def test_a_standing_is_within_its_bounds(case: tuple[Event, list[Kept], list[Kept]], keep_whole: bool) -> None:
    event, first, _ = case
    sold = decide_by(BOOK)(event)
    now = standing(decide_by(BOOK), BOOK.settings, event, sold, first, keep_whole=keep_whole)
    holds(event, sold, now)
    if keep_whole:
        assert sold.total - now.total >= 0


@MANY
@given(returned())
def test_it_is_exactly_the_sale_of_what_was_kept_within_what_was_paid_for_the_goods(
    case: tuple[Event, list[Kept], list[Kept]],
) -> None:
    event, _, last = case
    sold = decide_by(BOOK)(event)
    now = standing(decide_by(BOOK), BOOK.settings, event, sold, last)
    left = [Line(g.product, k.quantity, g.list_price, g.special_price) for g, k in zip(event.lines, last, strict=True)]
    alone = decide_by(BOOK)(quote(*(each for each in left if each.quantity)))
    kept_total = alone.total if any(k.quantity for k in last) else 0
    assert now.total == max(kept_total, sold.total - paid_for_returned(event, sold, last))


@MANY
@given(returned())
def test_all_back_is_all_paid_back_whatever_was_paid_back_before(case: tuple[Event, list[Kept], list[Kept]]) -> None:
    event, _, _ = case
    sold = decide_by(BOOK)(event)
    now = standing(decide_by(BOOK), BOOK.settings, event, sold, [Kept(0)] * len(event.lines))
    assert (now.total, now.cash, now.tendered, now.points) == (0, 0, 0, 0)


# --- one change after another -----------------------------------------------------------------------------------------


def test_value_that_went_back_to_a_voucher_pays_no_second_time() -> None:
    book = book_of(SAVE, groups=[ALL])
    event = quote(Line("a", 1, 10_000), Line("b", 1, 27_000), Line("c", 1, 3_000), vouchers=[Offer("cash", 34_000)])
    decide = decide_by(book)
    sold = decide(event)
    assert (sold.tendered, sold.cash) == (34_000, 0)
    first = standing(decide, book.settings, event, sold, [Kept(0), Kept(1), Kept(1)], most_tendered=sold.tendered)
    assert (first.total, first.tendered, first.cash) == (25_500, 25_500, 0)
    # What the saving took off is to be paid for what is kept, and no voucher pays it: it went back with the first line.
    last = standing(decide, book.settings, event, sold, [Kept(0), Kept(1), Kept(0)], most_tendered=first.tendered)
    assert (last.total, last.tendered, last.cash) == (27_000, 25_500, 1_500)
    assert last.vouchers == ((0, 25_500),)
    none = standing(decide, book.settings, event, sold, [Kept(0)] * 3, most_tendered=last.tendered)
    assert (none.total, none.tendered, none.cash) == (0, 0, 0)


SAVING = book_of(SAVE, groups=[ALL], voucher_max_per_receipt=3)


@st.composite
def changed(draw: st.DrawFn) -> tuple[Event, list[list[Kept]]]:
    """A basket paid by vouchers too, and what is kept after each of some returns and corrections downwards."""
    prices = st.sampled_from([1_000, 3_000, 10_000, 27_000])  # so that thresholds are met and lost
    lines = [Line(f"p{place}", draw(st.integers(1, 2)), draw(prices)) for place in range(draw(st.integers(2, 4)))]
    event = quote(*lines, vouchers=[Offer("cash", draw(st.sampled_from([5_000, 60_000]))) for _ in range(2)])
    steps: list[list[Kept]] = [[Kept(line.quantity, line.list_price) for line in event.lines]]
    for _ in range(draw(st.integers(2, 5))):
        place = draw(st.integers(0, len(event.lines) - 1))
        quantity, price = steps[-1][place].quantity, steps[-1][place].price or 0
        lower = draw(st.booleans())
        part = Kept(quantity, draw(st.integers(0, price))) if lower else Kept(draw(st.integers(0, quantity)), price)
        steps.append([part if each == place else same for each, same in enumerate(steps[-1])])
    return event, steps[1:]


@MANY
@given(changed(), st.sampled_from([SAVING, BOOK]), st.booleans())
def test_one_change_after_another_is_within_its_bounds(
    case: tuple[Event, list[list[Kept]]], book: RuleBook, keep_whole: bool
) -> None:
    event, steps = case
    decide = decide_by(book)
    sold = decide(event)
    before, money = as_sold(event, sold), False
    for kept in [*steps, [Kept(0)] * len(event.lines)]:
        how = {"keep_whole": keep_whole}
        now = standing(decide, book.settings, event, sold, kept, most_tendered=before.tendered, **how)
        alone = standing(decide, book.settings, event, sold, kept, **how)
        assert now.total == alone.total == now.cash + now.tendered
        assert 0 <= now.tendered <= before.tendered
        assert now.cash >= 0
        assert all(left <= had for (_, left), (_, had) in zip(now.vouchers, before.vouchers, strict=True))
        assert now.tendered == sum(amount for _, amount in now.vouchers)
        money = money or now.total > before.total
        if not money:  # what is asked for in money is all that depends on the steps
            assert now == alone
        before = now
    assert (before.total, before.cash, before.tendered, before.points) == (0, 0, 0, 0)
