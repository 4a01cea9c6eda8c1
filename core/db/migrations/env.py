"""Run by Alembic: migrates over the connection that core.db.migrate hands in."""

from __future__ import annotations

from alembic import context

from core.db.base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,  # one transaction for the whole step: all of it, or nothing
    compare_type=True,
    include_object=context.config.attributes.get("include_object"),
    process_revision_directives=context.config.attributes.get("process_revision_directives"),
)
with context.begin_transaction():
    context.run_migrations()
