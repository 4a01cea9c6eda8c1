"""Bugs in prices, sales, returns, and what tills of other makers do."""

from __future__ import annotations

from tests.mutants.planted import Planted

PLANTED = (
    Planted(
        "half a fen is rounded down",
        "rules/amounts.py",
        "    return (amount * ratio + WHOLE // 2) // WHOLE",
        "    return amount * ratio // WHOLE",
        "prices are a fen too low",
        ("tests/rules/test_amounts.py::test_a_share_is_rounded_half_up_to_the_fen",),
    ),
    Planted(
        "the last fen goes to the last place",
        "rules/amounts.py",
        "key=lambda place: -(amount * weights[place] % whole))",
        "key=lambda place: (amount * weights[place] % whole, -place))",
        "shares are a fen off, on paper and in the books",
        ("tests/rules/test_amounts.py::test_shares_add_up_and_each_is_less_than_one_away_from_its_part",),
    ),
    Planted(
        "points for a part of a yuan",
        "rules/pricing.py",
        'base = (cash if settings.points_base == "net" else listed) // 100 * settings.points_per_yuan',
        'base = -(-(cash if settings.points_base == "net" else listed) // 100) * settings.points_per_yuan',
        "a point too many on most receipts (C20)",
        ("tests/rules/test_pricing.py::TestPoints::test_whole_yuan_of_the_receipt",),
    ),
    Planted(
        "a return pays back the list price",
        "rules/returns.py",
        "    back = min(owed, paid.most)\n",
        "    back = paid.most\n",
        "more is paid back than the kept goods allow",
        ("tests/rules/test_returns.py::test_a_corrected_price_is_the_sale_at_that_price",),
    ),
    Planted(
        "a return gives vouchers back in money",
        "rules/returns.py",
        "    cash = total - tendered\n    listed",
        "    cash = total\n    listed",
        "a voucher becomes cash",
        ("tests/rules/test_returns.py::test_e22_the_500_line_of_e21_comes_back",),
    ),
    Planted(
        "goods come back twice",
        "addons/sales/domain/returning.py",
        "if kept is None or not 0 <= back.quantity <= kept.quantity:",
        "if kept is None or back.quantity < 0:",
        "more pieces come back than were sold",
        ("addons/sales/tests/test_returns.py::test_nothing_is_written",),
    ),
    Planted(
        "a returned sale keeps its points",
        "addons/sales/domain/returning.py",
        "return self.before.points - self.after.points if self.earned else 0",
        "return 0",
        "buy, earn, refund, keep the points",
        ("addons/sales/tests/test_returns.py::test_e22_returning_the_500_line_of_e21",),
    ),
    Planted(
        "the price that was told does not count",
        "addons/sales/services/selling.py",
        "    if request.told is not None and request.told != due:\n"
        "        raise PriceChanged(told=request.told, due=due)\n",
        "",
        "the customer pays another price than she was told",
        ("addons/sales/tests/test_refusals.py::test_nothing_is_written",),
    ),
    Planted(
        "any money pays a receipt",
        "addons/sales/services/selling.py",
        "    if request.payments and paid != due:\n        raise WrongPayment(due=due, paid=paid)\n",
        "",
        "payments do not come to the price",
        ("addons/sales/tests/test_refusals.py::test_nothing_is_written",),
    ),
    Planted(
        "what a limited rule gives is not counted",
        "addons/sales/services/limits.py",
        "        totals[use.key] = (count + 1, cost + use.cost, use)",
        "        totals[use.key] = (count, cost + use.cost, use)",
        "a limit is never reached",
        ("addons/sales/tests/test_quote.py::test_a_count_holds",),
    ),
    Planted(
        "a receipt number comes again",
        "addons/sales/services/selling.py",
        "store_id=store_id, following=count + 1)",
        "store_id=store_id, following=count)",
        "two receipts have one number",
        ("addons/sales/tests/test_returns.py::test_a_receipt_of_which_all_came_back_was_never_the_first",),
    ),
    Planted(
        "a second person is not asked for",
        "addons/sales/services/returning.py",
        "    if max(abs(returning.paid_back), returning.sold.total - returning.after.total) > above:\n"
        '        return "amount"\n',
        "",
        "a cashier pays any amount back alone",
        ("addons/sales/tests/test_returns.py::test_late_and_large_returns_need_a_second_person",),
    ),
    Planted(
        "a quote is sold twice",
        "addons/pos/services/quotes.py",
        "    _claim(session, quote, request.store_id, key, now)\n",
        "",
        "a price that was promised once is used for ever",
        ("addons/pos/tests/test_quotes.py::test_a_quote_is_sold_once",),
    ),
    Planted(
        "two tills share their keys",
        "addons/pos/services/keys.py",
        'return f"pos:{till.key_id}:{key}"',
        'return f"pos:{key}"',
        "a till gets the answer of another one's sale",
        ("addons/pos/tests/test_services.py::test_two_tills_may_choose_the_same_key",),
    ),
)
