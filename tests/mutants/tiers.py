"""Bugs in tiers, and in what franchisees and headquarters owe each other."""

from __future__ import annotations

from tests.mutants.planted import Planted

PLANTED = (
    Planted(
        "the half-year is a day too long",
        "addons/tiers/domain/windows.py",
        "        return window_opens(day, self.months)\n",
        "        return window_opens(day, self.months) - timedelta(days=1)\n",
        "credit of the day before counts (E23)",
        ("addons/tiers/tests/test_windows.py::test_a_purchase_counts_to_its_last_day_and_not_a_day_longer",),
    ),
    Planted(
        "one purchase climbs two steps",
        "addons/tiers/services/climbing.py",
        "        while len(changes) < self.most and (change",
        "        while len(changes) <= self.most and (change",
        "whoever buys for diamond has it at once (C04)",
        (
            "addons/tiers/tests/test_climbing.py::test_e24_a_receipt_of_8200_makes_gold_now_and_diamond_at_the_next_evaluation",
        ),
    ),
    Planted(
        "a tier is lowered within its grace",
        "addons/tiers/services/downgrading.py",
        'return "lowered" if day > notice.ends_on else None',
        'return "lowered" if day >= notice.review_on else None',
        "who was promised time loses the tier early",
        (
            "addons/tiers/tests/test_downgrades.py::test_notice_thirty_days_before_thirty_days_of_grace_then_one_level_down",
        ),
    ),
    Planted(
        "one person gives a tier alone",
        "addons/tiers/services/granting.py",
        "    if grant.asked_by == by:\n        raise GrantNeedsSecondPerson(person=by)\n",
        "",
        "who asks decides",
        ("addons/tiers/tests/test_grants.py::test_nobody_decides_on_a_grant_of_their_own",),
    ),
    Planted(
        "a tier that was given never ends",
        "addons/tiers/services/granting.py",
        'models.Grant.state == "approved", models.Grant.ends_on < day)',
        'models.Grant.state == "approved", models.Grant.ends_on > day)',
        "a grant of a season lasts, and others end too early",
        ("addons/tiers/tests/test_grants.py::test_a_grant_holds_once_a_second_person_approved_it_and_ends",),
    ),
    Planted(
        "a discount is borne by one alone",
        "addons/settlement/domain.py",
        "    parts = (shares.hq, shares.selling_store, shares.issuing_store, shares.partner)",
        "    parts = (shares.hq + shares.partner, shares.selling_store, shares.issuing_store, 0)",
        "headquarters pays the partner's share",
        ("addons/settlement/tests/test_domain.py::test_every_fen_has_a_payer_and_each_leg_is_of_one_store",),
    ),
    Planted(
        "a return settles like a sale",
        "addons/settlement/domain.py",
        "    return [leg._replace(from_party=leg.to_party, to_party=leg.from_party) for leg in legs]",
        "    return list(legs)",
        "what came back is owed twice",
        ("addons/settlement/tests/test_domain.py::test_points_that_are_never_spent_cost_nobody_anything",),
    ),
    Planted(
        "a sale is settled by every run",
        "addons/settlement/services/settling.py",
        "claimed = [key for (key,) in source.claim.all(session, b_ids=keys)]",
        "claimed = list(source.claim.all(session, b_ids=keys) and keys or keys)",
        "two runs at once both settle it",
        ("addons/settlement/tests/test_settling.py::test_two_runs_at_once_settle_each_thing_once",),
    ),
    Planted(
        "whoever disputes a line decides on it",
        "addons/settlement/services/disputing.py",
        "    if found.asked_by == by:\n        raise DisputeNeedsSecondPerson(person=by)\n",
        "",
        "a franchisee takes its own debts back",
        ("addons/settlement/tests/test_settling.py::test_a_disputed_line_is_decided_once_by_another_person",),
    ),
)
