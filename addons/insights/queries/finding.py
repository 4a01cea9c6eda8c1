"""Looking for records by what was typed: first where an index answers, then wherever the text stands in a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from addons.catalog.models import Product, Style
from addons.membership.models import Card, Member
from addons.sales.models import Receipt
from addons.stores.models import Store

_AREAS = ("+86", "+852", "+853", "+886")  # the markets' codes, which people leave out
_LAST = "\U0010ffff"
RUNNING_DIGITS = 7  # of a receipt: SH01-0004527
_PRESENT = Member.status.in_(("prospect", "active"))
_MEMBER = (Member.id, Member.number, Member.name, Member.phone, Member.tier)


def begins(column: InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that a text begins so, as a span of its index (LIKE would not use it everywhere)."""
    return column.between(text, text + _LAST)


def digits(typed: str) -> str:
    """Return the digits of a number typed with blanks or hyphens; "" where it is none."""
    bare = typed.replace(" ", "").replace("-", "").removeprefix("+")
    return bare if bare.isascii() and bare.isdigit() else ""


def members(session: Session, typed: str, limit: int) -> Sequence[Any]:
    """Return members of one's stores by name, phone, member number or card number."""
    number = digits(typed)
    exact = [begins(Member.number, typed.upper()), Member.name == typed]
    if len(number) >= 4:
        holders = select(Card.member_id).where(begins(Card.number, number)).limit(limit)
        exact += [Member.id.in_(holders), begins(Member.phone, f"+{number}")]
        exact += [begins(Member.phone, area + number) for area in _AREAS]
    found = [row for one in exact for row in session.execute(_members(one, limit))]
    found = list({row.id: row for row in found}.values())[:limit]
    if len(found) < limit:
        known = [row.id for row in found]
        for part in _anywhere(session, typed, number):
            found += session.execute(_members(part & Member.id.not_in(known), limit - len(found))).all()
    return found


def _anywhere(session: Session, typed: str, number: str) -> list[ColumnElement[bool]]:
    """Return the condition that reads every row: the end of a phone number, or a part of a name; names have no digits.

    SQLite's LIKE takes small and capital letters alike by itself, and is twice as quick without being told to.
    """
    if len(number) >= 4:
        return [Member.phone.endswith(number)]
    if any(letter.isdigit() for letter in typed):
        return []
    capitals_count = session.get_bind().dialect.name != "sqlite"
    name = Member.name
    return [name.icontains(typed, autoescape=True) if capitals_count else name.contains(typed, autoescape=True)]


def _members(condition: ColumnElement[bool], limit: int) -> Any:
    return select(*_MEMBER).where(_PRESENT, condition).limit(limit)


def receipts(session: Session, typed: str, limit: int) -> Sequence[Any]:
    """Return receipts of one's stores whose number begins so, or whose running number it is, the newest first."""
    found = {row.id: row for one in _numbered(typed) for row in session.execute(_receipts(one, limit))}
    return sorted(found.values(), key=lambda row: -row.id)[:limit]


def _numbered(typed: str) -> list[ColumnElement[bool]]:
    """Return the conditions a receipt's number may meet, each a span or a point of its index."""
    store, _, running = typed.replace(" ", "").rpartition("-")
    whole = f"-{running.lstrip('0'):0>{RUNNING_DIGITS}}"
    is_number = running.isascii() and running.isdigit() and len(running) <= RUNNING_DIGITS
    starts = [typed, typed.upper(), typed.lower()]
    if not is_number:
        return [begins(Receipt.number, one) for one in dict.fromkeys(starts)]
    if store:
        starts += [store + whole, store.upper() + whole, store.lower() + whole]
    spans = [begins(Receipt.number, one) for one in dict.fromkeys(starts)]
    return spans if store else [*spans, Receipt.number == Store.code + whole]


def _receipts(condition: ColumnElement[bool], limit: int) -> Any:
    return (
        select(Receipt.id, Receipt.number, Receipt.day, Store.name)
        .join(Store, Store.id == Receipt.store_id)
        .where(Receipt.store_id.in_(select(Store.id)), condition)
        .order_by(Receipt.id.desc())
        .limit(limit)
    )


def products(session: Session, typed: str, limit: int) -> Sequence[Any]:
    """Return products by code, or by the code or name of their style."""
    styles = select(Style.id).where(or_(begins(Style.code, typed), Style.name.icontains(typed, autoescape=True)))
    wanted = (
        select(Product.id, Product.code, Style.name, Product.size, Product.colour)
        .join(Style, Style.id == Product.style_id)
        .where(or_(begins(Product.code, typed), Product.style_id.in_(styles)))
        .order_by(Product.code)
        .limit(limit)
    )
    return session.execute(wanted).all()
