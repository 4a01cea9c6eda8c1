"""Bugs in the points ledger."""

from __future__ import annotations

from tests.mutants.planted import Planted

PLANTED = (
    Planted(
        "the oldest points go last",
        "addons/points/queries/lots.py",
        "_FIRST_TO_EXPIRE = (_L.c.expires_on.is_(None), _L.c.expires_on, _L.c.earned_on, _L.c.id)",
        "_FIRST_TO_EXPIRE = (_L.c.expires_on.desc(), _L.c.id)",
        "points expire that should have been spent first",
        ("addons/points/tests/test_ledger.py::test_spending_takes_first_what_expires_first",),
    ),
    Planted(
        "a lot gives more than it has",
        "addons/points/domain.py",
        "        taken = min(remaining, wanted)\n        takes.append",
        "        taken = wanted\n        takes.append",
        "all points come from the first lot",
        ("addons/points/tests/test_ledger.py::test_spending_takes_first_what_expires_first",),
    ),
    Planted(
        "points expire on their last day",
        "addons/points/queries/lots.py",
        '_HELD.where(_L.c.remaining > 0, _L.c.expires_on < bindparam("b_day"))',
        '_HELD.where(_L.c.remaining > 0, _L.c.expires_on <= bindparam("b_day"))',
        "a member loses a day",
        ("addons/points/tests/test_expiring.py::test_nothing_expires_until_headquarters_decides",),
    ),
    Planted(
        "points are given while goods may come back",
        "addons/points/queries/lots.py",
        '_HELD.where(_L.c.pending != 0, _L.c.due_on < bindparam("b_day"))',
        '_HELD.where(_L.c.pending != 0, _L.c.due_on <= bindparam("b_day"))',
        "what waits is given a day early",
        (
            "addons/points/tests/test_visits_and_referrals.py::test_a_promise_is_kept_when_the_return_period_is_over_and_once",
        ),
    ),
    Planted(
        "a claim falls into the wrong lots",
        "addons/points/domain.py",
        '    there = [(part.lot_id, "pending", part.pending) for part in parts_]\n'
        '    there += [(part.lot_id, "available", part.remaining) for part in parts_]',
        '    there = [(part.lot_id, "available", part.remaining) for part in parts_]',
        "points that still wait are not cancelled when goods come back",
        ("addons/points/tests/test_reversing.py::test_what_still_waits_is_cancelled_first",),
    ),
    Planted(
        "a claim takes all from its first lot",
        "addons/points/domain.py",
        "        share = min(left, wanted)\n        wanted -= share",
        "        share = wanted\n        wanted -= share",
        "points are taken back that the lot never had",
        ("addons/points/tests/test_reversing.py::test_no_more_goes_back_than_was_earned",),
    ),
    Planted(
        "a debt has no floor",
        "addons/points/services/reversing.py",
        "            points = min(piece.points, room[claim.member_id])",
        "            points = piece.points",
        "a member owes more than the lowest balance",
        ("addons/points/tests/test_reversing.py::test_beyond_the_lowest_balance_it_waits_for_two_persons",),
    ),
    Planted(
        "a debt is paid twice",
        "addons/points/domain.py",
        "            left[0][1] -= points\n",
        "",
        "one lot pays several debts",
        ("addons/points/tests/test_reversing.py::test_what_was_spent_already_becomes_a_debt_that_the_next_points_pay",),
    ),
    Planted(
        "vouchers for points that were spent",
        "addons/points/services/exchanging.py",
        "    times = min(times, max(0, there) // price)\n",
        "",
        "what was decided before the lock is given though the points are gone",
        ("addons/points/tests/test_exchange.py::test_what_was_decided_on_old_figures_gives_no_more_than_there_is",),
    ),
    Planted(
        "points of years ago become vouchers",
        "addons/points/queries/lots.py",
        '        _L.c.earned_on >= bindparam("b_opens"),\n',
        "",
        "the rolling twelve months are not held",
        ("addons/points/tests/test_exchange.py::test_only_purchase_points_of_twelve_months_count",),
    ),
    Planted(
        "a gift within the family has no end",
        "addons/points/services/transferring.py",
        "    left = max(0, most - queries.given_since(session, from_id, day.replace(day=1)))",
        "    left = most",
        "the limit of a month counts one gift at a time",
        ("addons/points/tests/test_transferring.py::test_only_so_many_points_are_given_in_a_month",),
    ),
    Planted(
        "one person corrects points alone",
        "addons/points/services/adjusting.py",
        "    if row.asked_by == by:\n        raise NeedsSecondPerson(person=by)\n",
        "",
        "who asks decides",
        ("addons/points/tests/test_two_persons.py::test_nobody_decides_alone",),
    ),
    Planted(
        "a correction is applied twice",
        "addons/points/services/adjusting.py",
        '    if row.state != "asked":\n        raise IsDecided(number=adjustment_id)\n',
        "",
        "approved again, the points come again",
        ("addons/points/tests/test_two_persons.py::test_points_are_given_once_a_second_person_agrees",),
    ),
    Planted(
        "what a hold leaves over is lost",
        "addons/points/services/holding.py",
        "        if back.points:\n            movements.append(back)\n",
        "",
        "points stay reserved for ever",
        ("addons/points/tests/test_holding.py::test_what_is_left_of_a_hold_is_free_again",),
    ),
    Planted(
        "a hold that is over is spent",
        "addons/points/services/holding.py",
        '    if _until(session, hold_id) <= now or not end_hold(session, hold_id, "spent", wanted, now):',
        '    if not end_hold(session, hold_id, "spent", wanted, now):',
        "a till spends what was promised to nobody any more",
        (
            "addons/points/tests/test_holding.py::test_a_hold_whose_time_is_over_cannot_be_spent_and_gives_way_to_the_next",
        ),
    ),
)
