"""Bugs in vouchers and their budgets."""

from __future__ import annotations

from tests.mutants.planted import Planted

PLANTED = (
    Planted(
        "a budget is no limit",
        "addons/vouchers/services/budgets.py",
        '.where(_B.c.id == bindparam("b_id"), _B.c.used + bindparam("b_fen") <= _B.c.granted)',
        '.where(_B.c.id == bindparam("b_id"))',
        "more is issued than was granted, but for the constraint of the table",
        ("addons/vouchers/tests/test_batches.py::test_a_budget_stops_a_batch_and_goes_on_when_there_is_more",),
    ),
    Planted(
        "a cancelled voucher frees no budget",
        "addons/vouchers/services/ending.py",
        "    give_back(session, changes)\n",
        "",
        "a budget shrinks with every mistake",
        ("addons/vouchers/tests/test_batches.py::test_what_is_cancelled_is_in_the_budget_again",),
    ),
    Planted(
        "a voucher ends on its last day",
        "addons/vouchers/services/tills.py",
        'if voucher.status == "expired" or voucher.valid_until < day:',
        'if voucher.status == "expired" or voucher.valid_until <= day:',
        "a member loses a day",
        ("addons/vouchers/tests/test_vouchers.py::test_a_voucher_is_good_for_180_days_and_the_last_day_counts",),
    ),
    Planted(
        "a voucher is used while another till holds it",
        "addons/vouchers/services/tills.py",
        "        require_free(voucher, now, hold)\n        changes.append",
        "        changes.append",
        "two customers pay with one voucher",
        ("addons/vouchers/tests/test_holding.py::test_a_voucher_that_one_till_holds_is_nobody_elses",),
    ),
    Planted(
        "what a voucher leaves over stays in it",
        "addons/vouchers/services/tills.py",
        "    if amount < voucher.remaining:\n"
        '        moves.append(Move(voucher.state, "forfeited", voucher.remaining - amount))\n',
        "",
        "a voucher gives change (C18)",
        ("addons/vouchers/tests/test_vouchers.py::test_there_is_no_change_so_nothing_of_a_used_voucher_remains",),
    ),
    Planted(
        "more is given back than was paid",
        "addons/vouchers/services/returning.py",
        "    left = used.redeemed - used.restored\n",
        "    left = used.redeemed\n",
        "two returns restore a voucher twice",
        ("addons/vouchers/tests/test_returning.py::test_never_more_comes_back_than_the_receipt_took",),
    ),
    Planted(
        "parts are worth more than the whole",
        "addons/vouchers/services/holders.py",
        "    if len(parts) < 2 or min(parts) < 1 or sum(parts) != voucher.remaining:",
        "    if len(parts) < 2 or min(parts) < 1:",
        "splitting makes money",
        ("addons/vouchers/tests/test_holders.py::test_parts_must_come_to_what_remains",),
    ),
    Planted(
        "a voucher that was given stays good",
        "addons/vouchers/services/holders.py",
        '    post_changes(session, [_closed(voucher, "transferred")], about)\n',
        "",
        "giver and friend both have it",
        ("addons/vouchers/tests/test_holders.py::test_a_given_voucher_has_a_new_code_and_another_owner",),
    ),
    Planted(
        "a check letter that checks nothing",
        "addons/vouchers/domain/codes.py",
        "        value = _VALUES[letter] * (2 if place % 2 == 0 else 1)",
        "        value = _VALUES[letter] * (0 if place % 2 == 0 else 1)",
        "a wrong letter is not seen",
        ("addons/vouchers/tests/test_vouchers.py::test_one_wrong_letter_of_a_code_is_always_seen",),
    ),
    Planted(
        "a batch is issued twice",
        "addons/vouchers/services/batches.py",
        'if batch.state == "approved" and batch.issued == after:',
        'if batch.state == "approved":',
        "a part that was asked for twice comes twice",
        ("addons/vouchers/tests/test_batches.py::test_a_part_is_issued_once_however_often_it_is_asked_for",),
    ),
    Planted(
        "limits that a rule gives are forgotten",
        "addons/vouchers/services/issuing.py",
        "issue.terms_id or terms[issue.limits]",
        "issue.terms_id",
        "a voucher for some goods pays for all",
        ("addons/sales/tests/test_vouchers.py::test_a_rule_gives_a_voucher_for_some_goods_from_some_spend",),
    ),
)
