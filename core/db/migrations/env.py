"""Run by Alembic: migrates over the connection that core.db.migrate hands in."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger
from sqlalchemy.dialects import sqlite

from core.db.base import metadata
from core.db.types import Moment


def written(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types by their names."""
    if kind != "type":
        return False
    if isinstance(item, Moment):
        return "core.db.types.Moment()"
    if isinstance(item, JSON):
        return "core.db.types.Json"
    is_key = isinstance(item, BigInteger) and not isinstance(item.dialect_impl(sqlite.dialect()), BigInteger)
    return "core.db.types.Key" if is_key else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,  # one transaction for the whole step: all of it, or nothing
    compare_type=True,
    render_item=written,
    include_object=context.config.attributes.get("include_object"),
    process_revision_directives=context.config.attributes.get("process_revision_directives"),
)
with context.begin_transaction():
    context.run_migrations()
