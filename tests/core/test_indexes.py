"""What is looked up by a member is found by the member: never by walking through a store."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint

from core.addons import registry
from core.addons.discover import available
from core.db.base import Base

OTHERWISE = {
    "membership_waiting": "looked up while it waits, and so has a partial index",
    "vouchers_entry": "looked up by its voucher",
}


def test_rows_of_a_member_are_found_by_the_member() -> None:
    registry.load(available())
    owned = [table for table in Base.metadata.tables.values() if "member_id" in table.c]
    assert len(owned) > 10
    assert {table.name for table in owned if "member_id" not in _looked_up_by(table)} == set(OTHERWISE)


def _looked_up_by(table: Table) -> set[str]:
    """Return the first columns of the indexes that have every row."""
    whole = [index for index in table.indexes if not _is_partial(index)]
    unique = [guard for guard in table.constraints if isinstance(guard, UniqueConstraint | PrimaryKeyConstraint)]
    return {next(iter(columns)).name for columns in (found.columns for found in (*whole, *unique))}


def _is_partial(index: Index) -> bool:
    return index.dialect_options["sqlite"]["where"] is not None
