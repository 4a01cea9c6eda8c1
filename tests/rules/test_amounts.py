"""Rounding and sharing out: exact, fair, adding up."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.amounts import allocate, allocate_within, half_up, scale, scale_by_unit

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("amount", "ratio", "result"),
    [
        (50915, 8500, 43278),
        (39900, 9500, 37905),
        (1, 5000, 1),
        (1, 4999, 0),
        (3, 5000, 2),
        (100, 10_000, 100),
        (7, 0, 0),
    ],
)
def test_a_share_is_rounded_half_up_to_the_fen(amount: int, ratio: int, result: int) -> None:
    assert scale(amount, ratio) == result


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_half_up_is_never_further_than_half_and_goes_up_on_the_half(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    rounded = half_up(numerator, denominator)
    assert -Fraction(1, 2) < rounded - exact <= Fraction(1, 2)


@given(st.integers(0, 10**9), st.integers(1, 20), st.integers(0, 10_000))
def test_by_unit_every_unit_costs_the_same(unit: int, quantity: int, ratio: int) -> None:
    assert scale_by_unit(unit * quantity, quantity, ratio) == scale(unit, ratio) * quantity


@given(st.integers(0, 10**9), weights)
def test_shares_add_up_and_each_is_less_than_one_away_from_its_part(amount: int, weights: list[int]) -> None:
    shares = allocate(amount, weights)
    whole = sum(weights)
    assert sum(shares) == (amount if whole else 0)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(amount * weight, whole or 1)) < 1 or not whole


@given(st.integers(0, 10**6), weights)
def test_a_larger_weight_never_has_a_smaller_share(amount: int, weights: list[int]) -> None:
    shares = allocate(amount, weights)
    for one, share in zip(weights, shares, strict=True):
        assert all(share <= other_share for other, other_share in zip(weights, shares, strict=True) if other > one)


def test_equal_remainders_go_to_the_earlier_place() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(2, [5, 5, 5, 5]) == [1, 1, 0, 0]
    assert allocate(30000, [90000, 45000]) == [20000, 10000]


@given(
    st.integers(0, 10**6), st.lists(st.tuples(st.integers(1, 10**5), st.integers(0, 10**5)), min_size=1, max_size=10)
)
def test_no_place_gets_more_than_its_room_and_all_room_is_used(amount: int, places: list[tuple[int, int]]) -> None:
    weights = [max(pair) for pair in places]
    rooms = [min(pair) for pair in places]
    given_out = allocate_within(amount, weights, rooms)
    assert sum(given_out) == min(amount, sum(rooms))
    assert all(0 <= share <= room for share, room in zip(given_out, rooms, strict=True))


def test_with_room_enough_it_is_the_plain_sharing_out() -> None:
    assert allocate_within(100, [70, 30], [70, 30]) == allocate(100, [70, 30])
    assert allocate_within(60, [70, 30], [10, 30]) == [10, 30]
