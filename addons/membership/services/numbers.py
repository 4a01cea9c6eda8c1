"""Numbers that are given once: of members for the programme, of cards from the segments of a store.

Each is drawn by one guarded UPDATE: two tills wait for one another, neither gets the other's number.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from addons.membership.models import TIERS, Card, CardSegment, MemberNumber
from addons.membership.services.errors import (
    CardNumberUnknown,
    CardNumberUsed,
    NoCardNumbers,
    SegmentNotPossible,
    SegmentTaken,
)
from addons.stores.queries import place
from core.db.scope import brand_wide, require_store
from core.errors import Invalid
from core.ids import has_luhn_digit, luhn_digit

FIRST_MEMBER = 10_000_000
LONGEST = 10**18  # digits without the check digit that a number may have

_NUMBERS: Table = MemberNumber.__table__
_DRAW = (
    _NUMBERS.update()
    .where(_NUMBERS.c.id == 1)
    .values(next=_NUMBERS.c.next + bindparam("b_count"))
    .returning(_NUMBERS.c.next)
)
_BEGIN = {
    dialect: insert(_NUMBERS).values(id=1, next=FIRST_MEMBER).on_conflict_do_nothing(index_elements=["id"])
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def draw_member_numbers(session: Session, count: int) -> list[str]:
    """Return so many new member numbers, each with its check digit."""
    connection = session.connection()
    end = connection.execute(_DRAW, {"b_count": count}).scalar()
    if end is None:
        connection.execute(_BEGIN[connection.dialect.name])
        end = connection.execute(_DRAW, {"b_count": count}).scalar_one()
    return [with_check_digit(serial) for serial in range(end - count, end)]


def with_check_digit(serial: int) -> str:
    """Return a number people type, with its Luhn digit."""
    return f"{serial}{luhn_digit(str(serial))}"


class CardNumber(NamedTuple):
    """A card number and the series of its segment."""

    number: str
    series: str


_SEGMENTS: Table = CardSegment.__table__
_s = _SEGMENTS.c
_WITH_ROOM = (
    select(_s.id, _s.series, _s.next, _s.last)
    .where(_s.store_id == bindparam("store_id"), _s.tier == bindparam("tier"), _s.next <= _s.last)
    .order_by(_s.id)
    .limit(1)
)
_TAKE = (
    _SEGMENTS.update()
    .where(_s.id == bindparam("b_id"), _s.next + bindparam("b_count") <= _s.last + 1)
    .values(next=_s.next + bindparam("b_count"))
    .returning(_s.next)
)
_HOLDS = (
    _s.store_id == bindparam("b_store"),
    _s.tier == bindparam("b_tier"),
    _s.first <= bindparam("b_serial"),
    _s.last >= bindparam("b_serial"),
)
_LOOK = select(_s.series).where(*_HOLDS)
# Changes nothing, but whoever draws from the segment meanwhile waits.
_HOLD = _SEGMENTS.update().where(*_HOLDS).values(next=_s.next).returning(_s.series)
_GIVEN = select(Card.__table__.c.number).where(Card.__table__.c.number.in_(bindparam("numbers", expanding=True)))


@brand_wide("a number is given once in the brand")
def draw_card_numbers(session: Session, *, store_id: int, tier: str, count: int = 1) -> list[CardNumber]:
    """Return the next card numbers of a store for a tier, those left out that were given by hand before.

    Refuses with NoCardNumbers when its segments hold fewer, OutOfScope for a store that is not one's own.
    """
    require_store(store_id, write=True)
    found: list[CardNumber] = []
    while len(found) < count:
        segment = session.connection().execute(_WITH_ROOM, {"store_id": store_id, "tier": tier}).first()
        if segment is None:
            raise NoCardNumbers(store=place(session, store_id).code, tier=tier)
        wanted = min(count - len(found), segment.last - segment.next + 1)
        found += _taken_from(session, segment, wanted)
    return found


def _taken_from(session: Session, segment: Any, count: int) -> list[CardNumber]:
    end = session.connection().execute(_TAKE, {"b_id": segment.id, "b_count": count}).scalar()
    if end is None:  # somebody else took the last ones
        return []
    numbers = [with_check_digit(serial) for serial in range(end - count, end)]
    given = set(session.connection().execute(_GIVEN, {"numbers": numbers}).scalars())
    return [CardNumber(number, segment.series) for number in numbers if number not in given]


def claim_card_number(session: Session, *, store_id: int, tier: str, number: str) -> CardNumber:
    """Return the number that is printed on a card at hand, if it is one of the store's for the tier.

    Refuses with CardNumberUnknown (mistyped, or of another store or tier) and CardNumberUsed.
    """
    require_store(store_id, write=True)
    number = as_printed(number)
    return CardNumber(number, _in_segment(session, _HOLD, store_id, tier, number))


def check_card_number(session: Session, *, store_id: int, tier: str, number: str) -> None:
    """Check a number as `claim_card_number` does, and refuse the same, but hold nothing."""
    require_store(store_id, write=True)
    _in_segment(session, _LOOK, store_id, tier, as_printed(number))


def as_printed(number: str) -> str:
    """Return a card number without spaces; refuses with CardNumberUnknown what cannot be one."""
    found = number.strip().replace(" ", "")
    if not (found.isascii() and has_luhn_digit(found) and len(found) <= len(str(LONGEST))):
        raise CardNumberUnknown(number=found[:40])
    return found


def _in_segment(session: Session, statement: Any, store_id: int, tier: str, number: str) -> str:
    wanted = {"b_store": store_id, "b_tier": tier, "b_serial": int(number[:-1])}
    series: str | None = session.connection().execute(statement, wanted).scalar()
    if series is None:
        raise CardNumberUnknown(number=number)
    if session.connection().execute(_GIVEN, {"numbers": [number]}).first() is not None:
        raise CardNumberUsed(number=number)
    return series


def open_segment(session: Session, *, store_id: int, tier: str, first: int, last: int, series: str = "") -> CardSegment:
    """Give a store the card numbers first to last (without their check digits) for a tier.

    Refuses with SegmentNotPossible for what is no span of numbers, Invalid for an unknown tier, SegmentTaken if any of
    them belongs to a segment already.
    """
    require_store(store_id, write=True)
    if tier not in TIERS:
        raise Invalid(field="tier", problem=f"{tier!r} is no tier")
    if not 0 < first <= last < LONGEST:
        raise SegmentNotPossible
    # Over the bare table: segments of stores one cannot see count as well.
    overlap = select(_s.id).where(_s.first <= last, _s.last >= first).limit(1)
    if session.connection().execute(overlap).first() is not None:
        raise SegmentTaken(first=first, last=last)
    segment = CardSegment(store_id=store_id, tier=tier, series=series, first=first, last=last, next=first)
    session.add(segment)
    session.flush()
    return segment
