"""Who owes whom: every leg moves value between two parties, and funders bear what they promised, to the fen."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from addons.settlement.domain import (
    CLEARING,
    CUSTOMERS,
    HEADQUARTERS,
    HQ,
    ISSUING_STORE,
    PARTNER,
    POINTS,
    SELLING_STORE,
    VOUCHERS,
    Given,
    Leg,
    Shop,
    back,
    discount,
    points_moved,
    voucher_moved,
)
from rules.book import Funding

HERE, THERE, SISTER = Shop(1, 1), Shop(2, 2), Shop(3, 1)
MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def gave(amount: int, funding: Funding, *, at: Shop = HERE, home: Shop = HERE) -> Given:
    return Given("discount", amount, "r", at, home, funding)


def owed(legs: list[Leg]) -> dict[str, int]:
    """Return what each party gets in the end."""
    total: Counter[str] = Counter()
    for leg in legs:
        total[leg.to_party] += leg.amount
        total[leg.from_party] -= leg.amount
    return {party: amount for party, amount in total.items() if amount}


def test_headquarters_make_a_discount_good() -> None:
    assert owed(discount(gave(1000, HEADQUARTERS))) == {HQ: -1000, CUSTOMERS: 1000}


def test_a_store_bears_its_own_share() -> None:
    shared = Funding(hq=6000, selling_store=4000)
    assert owed(discount(gave(1000, shared))) == {HQ: -600, HERE.party: -400, CUSTOMERS: 1000}


def test_the_store_that_issued_the_card_pays_through_clearing() -> None:
    legs = discount(gave(1000, ISSUING_STORE, home=THERE))
    assert owed(legs) == {THERE.party: -1000, CUSTOMERS: 1000}
    assert [(leg.store_id, leg.from_party, leg.to_party) for leg in legs] == [
        (HERE.store_id, HERE.party, CUSTOMERS),
        (HERE.store_id, CLEARING, HERE.party),
        (THERE.store_id, THERE.party, CLEARING),
    ]


def test_two_stores_of_one_franchisee_owe_each_other_nothing() -> None:
    legs = discount(gave(1000, ISSUING_STORE, home=SISTER))
    assert legs == [Leg(HERE.store_id, HERE.party, CUSTOMERS, "discount", 1000, "r")]


def test_points_of_one_store_spent_as_a_voucher_in_another_are_borne_by_the_first() -> None:
    points = Given("points", 30_000, "", HERE, HERE, ISSUING_STORE)
    voucher = Given("voucher", 30_000, "points-to-voucher", HERE, HERE, HEADQUARTERS)
    legs = [
        *points_moved(points, "issued", "available", "purchase"),
        *points_moved(points, "available", "redeemed", "exchange"),
        *voucher_moved(voucher, "issued", "outstanding", HERE),
        *voucher_moved(voucher, "outstanding", "redeemed", THERE),
    ]
    assert owed(legs) == {HERE.party: -30_000, THERE.party: 30_000}


@pytest.mark.parametrize("gone", ["expired", "reversed", "written_off"])
def test_points_that_are_never_spent_cost_nobody_anything(gone: str) -> None:
    points = Given("points", 500, "", HERE, HERE, ISSUING_STORE)
    legs = points_moved(points, "issued", "pending", "purchase") + points_moved(points, "available", gone, gone)
    assert owed(legs) == {}


def test_an_exchange_that_is_undone_cost_nobody_anything() -> None:
    points = Given("points", 500, "", HERE, HERE, ISSUING_STORE)
    legs = points_moved(points, "available", "redeemed", "exchange")
    assert owed(legs + points_moved(points, "redeemed", "available", "exchange")) == {}


def test_what_moves_within_settles_nothing() -> None:
    points = Given("points", 500, "", HERE, HERE, ISSUING_STORE)
    assert points_moved(points, "pending", "available", "release") == []
    assert points_moved(points, "available", "transferred", "merge") == []
    voucher = Given("voucher", 500, "", HERE, HERE, HEADQUARTERS)
    assert voucher_moved(voucher, "outstanding", "locked", HERE) == []


def test_a_restored_voucher_is_owed_again() -> None:
    voucher = Given("voucher", 500, "", HERE, HERE, HEADQUARTERS)
    legs = voucher_moved(voucher, "outstanding", "redeemed", THERE) + voucher_moved(
        voucher, "redeemed", "outstanding", THERE
    )
    assert owed(legs) == {}


def test_a_voucher_given_for_goods_is_borne_by_its_store() -> None:
    voucher = Given("voucher", 500, "", HERE, HERE, SELLING_STORE)
    legs = voucher_moved(voucher, "issued", "outstanding", HERE)
    assert owed(legs) == {HERE.party: -500, VOUCHERS: 500}


shares = st.tuples(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000)).map(sorted)
fundings = shares.map(lambda cut: Funding(cut[0], cut[1] - cut[0], cut[2] - cut[1], 10_000 - cut[2]))


@MANY
@given(st.integers(1, 10**9), fundings, st.sampled_from([HERE, THERE, SISTER]))
def test_every_fen_has_a_payer_and_each_leg_is_of_one_store(amount: int, funding: Funding, home: Shop) -> None:
    legs = discount(gave(amount, funding, home=home))
    ends = owed(legs)
    assert ends.pop(CUSTOMERS) == amount
    assert sum(ends.values()) == -amount
    assert CLEARING not in ends
    assert all(value < 0 for value in ends.values())
    for party, share in ((HQ, funding.hq), (PARTNER, funding.partner)):
        assert abs(-ends.get(party, 0) * 10_000 - amount * share) < 10_000
    for leg in legs:
        named = {party for party in (leg.from_party, leg.to_party) if party.startswith("franchisee:")}
        own = HERE.party if leg.store_id == HERE.store_id else home.party
        assert leg.amount > 0
        assert named <= {own}
    assert owed(legs + back(legs)) == {}


@MANY
@given(st.integers(1, 10**9), fundings, st.sampled_from([HERE, THERE]))
def test_points_and_their_reversal_are_the_same_the_other_way_round(amount: int, funding: Funding, home: Shop) -> None:
    given_ = Given("points", amount, "r", HERE, home, funding)
    issued = points_moved(given_, "issued", "available", "purchase")
    assert owed(issued)[POINTS] == amount
    assert owed(issued + points_moved(given_, "available", "expired", "expire")) == {}
