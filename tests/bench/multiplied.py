"""The demonstration many times over: rows copied by the database itself, their keys moved on, for benchmarks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, String, Table, literal, select, text
from sqlalchemy.orm import Session

from addons.membership.models import Card, Member
from addons.points.models import Account, Lot
from addons.points.models import Entry as PointsEntry
from addons.sales.models import Discount, Line, Receipt, Tender
from addons.tiers.models import Credit, TierChange
from core.policy.store import StoredDecision

STEP = 1_000_000  # between the keys of one copy and the next
_MEMBERS = (Member, Card, Account, TierChange)
_SALES = (StoredDecision, Receipt, Line, Tender, Discount, Lot, PointsEntry, Credit)
#: Columns that name a row without a foreign key: the addon they belong to does not know the other.
_NAMED = {"receipt_id": "sales_receipt", "origin_id": "points_lot", "event_id": "sales_receipt"}


def multiply(session: Session, *, members: int, receipts: int) -> None:
    """Copy members and receipts until there are about so many; constraints and triggers hold as always."""
    connection = session.connection()
    people = _count(connection, Member.__table__)
    sales = _count(connection, Receipt.__table__)
    copied = {model.__table__.name for model in (*_MEMBERS, *_SALES)}
    for number in range(1, max(-(-members // people), -(-receipts // sales))):
        tables: list[Table] = []
        if number < -(-members // people):
            tables += [model.__table__ for model in _MEMBERS]
        if number < -(-receipts // sales):
            tables += [model.__table__ for model in _SALES]
        for table in tables:
            _copy(connection, table, number, copied)
    session.commit()


def _count(connection: Connection, table: Table) -> int:
    found: int = connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one()
    return found


def _copy(connection: Connection, table: Table, number: int, copied: Iterable[str]) -> None:
    columns = [column for column in table.columns if column.computed is None]
    values: list[Any] = [_moved(column, number, copied) for column in columns]
    first = next(column for column in table.primary_key.columns if _target(column) in copied)
    connection.execute(table.insert().from_select(columns, select(*values).where(first < STEP)))


def _target(column: Column[object]) -> str:
    """Return the table whose rows a column names, its own for a key, "" for none."""
    for key in column.foreign_keys:
        return key.column.table.name
    if column.name == "id":
        return column.table.name
    return _NAMED.get(column.name, "")


def _moved(column: Column[object], number: int, copied: Iterable[str]) -> object:
    if _target(column) in copied:
        return (column + number * STEP).label(column.name)
    if isinstance(column.type, String) and column.name in {"number", "phone", "key"}:
        return (column + literal(f"-{number}")).label(column.name)
    return column
