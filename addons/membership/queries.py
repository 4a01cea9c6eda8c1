"""Members at the till, members who may be the same person, consents in force."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, case, extract, func, select, true
from sqlalchemy.orm import Session

from addons.membership.domain import masked_phone
from addons.membership.models import Card, Consent, Lookup, Member, ToldApart, WaitingEntry
from core import settings
from core.db.listed import any_of
from core.db.scope import brand_wide
from core.db.statement import Row, Statement
from core.ledger.books import Book
from rules.birthday import Birthday, lunar_keys_on
from rules.vocabulary import Text


@dataclass(frozen=True, slots=True)
class TillMember:
    """A member who presents a card or a phone number, of whichever store; contact data is masked (C31).

    `card_*` is the card presented, else the one in use. `birthday` and `birthdays` (those whose rights are hers, by the
    calendar they are kept by) are for the rules and are not to be shown.
    """

    id: int
    store_id: int
    brand_id: int
    number: str
    name: str
    masked_phone: str
    birthday: date | None
    sex: str
    tier: str
    status: str
    is_staff: bool
    referrer_id: int | None
    home_market_id: int
    joined_at: datetime
    activated_at: datetime | None
    card_id: int | None
    card_number: str
    card_tier: str
    card_status: str
    card_activated_at: datetime | None
    birthdays: tuple[Birthday, ...] = ()


_m, _c = Member.__table__.c, Card.__table__.c
_MEMBER = (
    _m.id,
    _m.store_id,
    _m.brand_id,
    _m.number,
    _m.name,
    _m.phone,
    _m.birthday,
    _m.sex,
    _m.tier,
    _m.status,
    _m.is_staff,
    _m.referrer_id,
    _m.home_market_id,
    _m.joined_at,
    _m.activated_at,
    _m.lunar_birthday,
)
_CARD = (_c.id, _c.number, _c.tier, _c.status, _c.activated_at)
_PRESENT = (_m.status == "prospect") | (_m.status == "active")

# Over bare tables: whoever presents a card or a number is served in every store of the brand (C31).
_WITH_CARD = Statement(
    select(*_MEMBER, *_CARD)
    .join_from(Card.__table__, Member.__table__, _c.member_id == _m.id)
    .where(_c.number == bindparam("card"), _m.brand_id == bindparam("brand_id"), _PRESENT)
)
_ONE = (
    select(*_MEMBER, *_CARD)
    .join_from(
        Member.__table__,
        Card.__table__,
        (_c.member_id == _m.id) & ((_c.status == "active") | (_c.status == "issued") | (_c.status == "lost")),
        isouter=True,
    )
    .where(_PRESENT)
    .order_by(_m.id, case((_c.status == "active", 0), (_c.status == "issued", 1), else_=2), _c.id.desc())
)
_WITH_PHONE = Statement(_ONE.where(_m.brand_id == bindparam("brand_id"), _m.phone == bindparam("phone")).limit(1))
_WITH_IDS = Statement(_ONE.where(any_of(_m.id, "ids")))


def at_till(session: Session, brand_id: int, *, card: str | None = None, phone: str | None = None) -> TillMember | None:
    """The member of a brand who presents a card (its number) or a phone number (E.164); None if there is none.

    One query. What a person looks up goes through `services.identify`, which keeps who asked.
    """
    if card is not None:
        row = _WITH_CARD.first(session, brand_id=brand_id, card=card)
    else:
        row = _WITH_PHONE.first(session, brand_id=brand_id, phone=phone)
    return None if row is None else _with_children(session, {row[0]: _till_member(row)})[row[0]]


def till_members(session: Session, member_ids: Collection[int]) -> dict[int, TillMember]:
    """Members by id, with the card each has in use; one query, for batches and decisions."""
    found: dict[int, TillMember] = {}
    for row in _WITH_IDS.all(session, ids=member_ids):
        if row[0] not in found:
            found[row[0]] = _till_member(row)
    return _with_children(session, found)


def till_members_ahead(session: Session, member_ids: Collection[int]) -> None:
    """Let the database begin with what `till_members` asks."""
    _WITH_IDS.look_ahead(session, ids=member_ids)


def _till_member(row: Row) -> TillMember:
    born, lunar, card_id, number, tier, status, activated_at = row[6], *row[15:]
    card = (card_id, number or "", tier or "", status or "", activated_at)
    own = () if born is None else (Birthday(born, lunar),)
    values: list[Any] = [*row[:5], masked_phone(row[5]), *row[6:15], *card, own]
    return TillMember(*values)


# Over the bare table: a child may be a member of any store of the brand.
_CHILDREN = Statement(
    select(_m.guardian_id, _m.birthday, _m.lunar_birthday)
    .where(any_of(_m.guardian_id, "ids"), _m.status == "active", _m.birthday.is_not(None))
    .order_by(_m.id)
)


def _with_children(session: Session, found: dict[int, TillMember]) -> dict[int, TillMember]:
    """Put the birthdays of the children in place of a member's own where headquarters decided so; one query then (C14).

    Who has no child in the programme keeps her own.
    """
    if not found or settings.value(session, "membership.birthday_of") == "own":
        return found
    children: dict[int, list[Birthday]] = {}
    for guardian_id, *birthday in _CHILDREN.all(session, ids=list(found)):
        children.setdefault(guardian_id, []).append(Birthday(*birthday))
    return found | {key: replace(found[key], birthdays=tuple(kept)) for key, kept in children.items()}


def survivor(session: Session, member_id: int) -> int:
    """The id of the member that this one was merged into, or its own; over bare tables, it reveals nothing else."""
    into = _MERGED_INTO.scalar(session, id=member_id)
    return member_id if into is None else survivor(session, into)


_MERGED_INTO = Statement(select(_m.merged_into_id).where(_m.id == bindparam("id")))


def files_of(session: Session, member_id: int) -> list[int]:
    """The ids of a member and of all files that were merged into hers; over bare tables, like `survivor`."""
    found = [member_id]
    while more := [key for key in _MERGED_FROM.scalars(session, ids=found) if key not in found]:
        found += more
    return found


_MERGED_FROM = Statement(select(_m.id).where(any_of(_m.merged_into_id, "ids")))


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two members who may be one person, and why: same_name_and_birthday, same_email, same_name_and_phone_end."""

    first: Member
    second: Member
    reasons: tuple[str, ...]

    @property
    def pair(self) -> Duplicate:
        """The pair itself, for what is written of both together."""
        return self


_DIGITS = 7  # the end of a phone number that is the same whatever was written before it
_END = func.substr(Member.phone, func.length(Member.phone) - _DIGITS + 1, type_=String())
_REASONS: tuple[tuple[str, tuple[Any, ...], Any], ...] = (
    ("same_name_and_birthday", (Member.name, Member.birthday), Member.birthday.is_not(None) & (Member.name != "")),
    ("same_email", (func.lower(Member.email),), Member.email != ""),
    ("same_name_and_phone_end", (Member.name, _END), Member.phone.is_not(None) & (Member.name != "")),
)


def find_duplicates(
    session: Session, *, member_id: int | None = None, told_apart: bool = False, at_most: int = 200
) -> list[Duplicate]:
    """Pairs of one brand within one's stores that may be the same person, most reasons first; of one member or all.

    Those that somebody said are two persons are left out, or with `told_apart` they are the answer; they take no room
    from the others.
    """
    said = {(first, second) for first, second in session.execute(select(ToldApart.first_id, ToldApart.second_id))}
    reasons: dict[tuple[int, int], list[str]] = {}
    for reason, parts, holds in _REASONS:
        for ids in _alike(session, parts, holds, member_id, at_most + len(said)):
            for pair in combinations(sorted(ids), 2):
                if (member_id is None or member_id in pair) and (pair in said) == told_apart:
                    reasons.setdefault(pair, []).append(reason)
    best = sorted(reasons, key=lambda pair: (-len(reasons[pair]), pair))[:at_most]
    members = _by_id(session, {key for pair in best for key in pair})
    return [Duplicate(members[a], members[b], tuple(reasons[a, b])) for a, b in best]


def _alike(
    session: Session, parts: tuple[Any, ...], holds: Any, member_id: int | None, at_most: int
) -> Iterable[list[int]]:
    usable = Member.status.in_(("prospect", "active")) & holds
    of_her = func.max(case((Member.id == member_id, 1), else_=0)) == 1
    groups = (
        select(Member.brand_id, *(part.label(f"part_{n}") for n, part in enumerate(parts)))
        .where(usable)
        .group_by(Member.brand_id, *parts)
        .having((func.count(Member.id) > 1) & (true() if member_id is None else of_her))
        .order_by(func.min(Member.id))
        .limit(at_most)
        .subquery()
    )
    same = [part == groups.c[f"part_{n}"] for n, part in enumerate(parts)]
    rows = session.execute(
        select(Member.id, Member.brand_id, *parts)
        .join(groups, (Member.brand_id == groups.c.brand_id) & _all(same))
        .where(usable)
    )
    found: dict[tuple[Any, ...], list[int]] = {}
    for key, *group in rows:
        found.setdefault(tuple(group), []).append(key)
    return found.values()


def _all(conditions: list[Any]) -> Any:
    joined = conditions[0]
    for condition in conditions[1:]:
        joined &= condition
    return joined


def _by_id(session: Session, ids: set[int]) -> dict[int, Member]:
    return {member.id: member for member in session.scalars(select(Member).where(Member.id.in_(ids)))}


def consents(session: Session, member_id: int) -> dict[str, bool]:
    """The answers in force by purpose; a purpose never asked for is not there."""
    rows = session.execute(
        select(Consent.purpose, Consent.given).where(Consent.member_id == member_id).order_by(Consent.id)
    )
    return dict(rows.all())


def waiting(session: Session, tier: str) -> list[WaitingEntry]:
    """Who waits for a card of a tier, first come first, within one's stores."""
    return list(
        session.scalars(
            select(WaitingEntry)
            .where(WaitingEntry.tier == tier, WaitingEntry.status == "waiting")
            .order_by(WaitingEntry.since, WaitingEntry.id)
        )
    )


def family_of(session: Session, member: Member) -> list[Member]:
    """The other members of a member's family, within one's stores."""
    if member.family_id is None:
        return []
    wanted = (Member.family_id == member.family_id) & (Member.id != member.id)
    return list(session.scalars(select(Member).where(wanted).order_by(Member.id)))


#: What members said yes or no to, and who looked for whom, is written once; neither holds personal data.
LEDGERS = (
    Book("consents", Text("會員的同意", "会员的同意", "Consents"), Consent.__table__),
    Book("lookups", Text("查詢會員的記錄", "查询会员的记录", "Look-ups of members"), Lookup.__table__),
)


class BirthdayKept(NamedTuple):
    """A birthday kept on a day; of the member what a list may show (C32)."""

    day: date
    id: int
    name: str
    number: str
    phone: str | None
    tier: str
    store_id: int


def birthdays(
    session: Session, year: int, month: int, *, store_id: int | None = None, limit: int
) -> list[BirthdayKept]:
    """Active members of one's stores whose birthday is kept in a month, the first days first."""
    first = date(year, month, 1)
    span = [first + timedelta(days=n) for n in range(monthrange(year, month)[1])]
    by_the_sun = Member.lunar_birthday.is_(None) & (extract("month", Member.birthday) == month)
    by_the_moon = Member.lunar_birthday.in_(sorted(set().union(*map(lunar_keys_on, span))))
    columns = (Member.id, Member.name, Member.number, Member.phone, Member.tier, Member.store_id)
    wanted = select(Member.birthday, Member.lunar_birthday, *columns).where(
        Member.status == "active", Member.birthday.is_not(None), by_the_sun | by_the_moon
    )
    if store_id is not None:
        wanted = wanted.where(Member.store_id == store_id)
    rows: Any = session.execute(wanted)
    found = (BirthdayKept(Birthday(born, lunar).next(first), *rest) for born, lunar, *rest in rows)
    return sorted(found, key=lambda kept: (kept.day, kept.name, kept.id))[:limit]


_CARDS_HELD = Statement(
    select(Card.__table__.c.member_id, Card.__table__.c.number)
    .where(any_of(Card.__table__.c.member_id, "members"), Card.__table__.c.status.in_(("issued", "active")))
    .order_by(Card.__table__.c.id)
)


@brand_wide("whoever holds a voucher of one's store may be a member of another (C31)")
def card_ends(session: Session, member_ids: Collection[int]) -> dict[int, str]:
    """Return the last four digits of the cards members hold, of whichever store; those without a card are left out."""
    return {key: number[-4:] for key, number in _CARDS_HELD.all(session, members=sorted(member_ids))}
