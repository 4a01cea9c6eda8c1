"""Exact amounts in fen: rounding half up, sharing out by largest remainder, limits; integers only (rules.md 3)."""

from __future__ import annotations

from collections.abc import Sequence

from rules.book import WHOLE


def half_up(numerator: int, denominator: int) -> int:
    """Divide two non-negative integers and round half up; the denominator is above 0."""
    return (2 * numerator + denominator) // (2 * denominator)


def scale(amount: int, ratio: int) -> int:
    """Return `ratio` basis points of an amount in fen, rounded half up to the fen."""
    return (amount * ratio + WHOLE // 2) // WHOLE


def scale_by_unit(amount: int, quantity: int, ratio: int) -> int:
    """Return `ratio` basis points of an amount in fen, rounded half up for each of its `quantity` units."""
    return half_up(amount * ratio, WHOLE * quantity) * quantity


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Share an amount out in proportion to the weights, by largest remainder, ties to the earlier place.

    The shares add up to the amount exactly, and each is less than one fen away from its exact part. Where all weights
    are 0 nobody has a share and nothing is given.
    """
    whole = sum(weights)
    if not whole or not amount:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    missing = amount - sum(shares)
    if missing:
        by_remainder = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % whole))
        for place in by_remainder[:missing]:
            shares[place] += 1
    return shares


def allocate_within(amount: int, weights: Sequence[int], rooms: Sequence[int]) -> list[int]:
    """Share an amount out like `allocate`, no place getting more than its room; what overflows goes to the others.

    Places with room have a weight above 0. The shares add up to the amount, or to all rooms where that is less.
    """
    given = allocate(min(amount, sum(rooms)), weights)
    if all(share <= room for share, room in zip(given, rooms, strict=True)):
        return given
    given = [min(share, room) for share, room in zip(given, rooms, strict=True)]
    left = min(amount, sum(rooms)) - sum(given)
    still = [room - share for room, share in zip(rooms, given, strict=True)]
    more = allocate_within(left, [weight if room else 0 for weight, room in zip(weights, still, strict=True)], still)
    return [share + extra for share, extra in zip(given, more, strict=True)]
