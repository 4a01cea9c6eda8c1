"""Members may agree to spend their points together with their family."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "membership_0006"
down_revision = "membership_0005"
branch_labels = None
depends_on = None

_TABLE, _CHECK = "membership_consent", "ck_membership_consent_purpose"
_BEFORE = "'programme', 'messages', 'profiling', 'partners', 'minor'"
_AFTER = f"{_BEFORE}, 'family_points'"


def upgrade() -> None:
    _allow(_BEFORE, _AFTER)


def downgrade() -> None:
    """Refuses with IntegrityError while there are such answers: they are never deleted."""
    _allow(_AFTER, _BEFORE)


def _allow(before: str, after: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(before, after)
        return
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check")
    op.create_check_constraint(op.f(_CHECK), _TABLE, f"purpose IN ({after})")


def _write_anew(before: str, after: str) -> None:
    """SQLite changes no CHECK: the table is made anew from its own definition, with the same rows."""
    connection = op.get_bind()
    wanted = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL")
    made = list(connection.execute(wanted, {"name": _TABLE}))
    [table] = [sql for kind, sql in made if kind == "table"]
    if before not in table:
        raise RuntimeError(f"{_TABLE} is not as it should be")
    op.execute(f"CREATE TABLE {_TABLE}_before AS SELECT * FROM {_TABLE}")  # noqa: S608 - our own tables
    op.drop_table(_TABLE)
    connection.exec_driver_sql(table.replace(before, after))
    op.execute(f"INSERT INTO {_TABLE} SELECT * FROM {_TABLE}_before ORDER BY id")  # noqa: S608 - our own tables
    op.drop_table(f"{_TABLE}_before")
    for kind, sql in made:
        if kind in ("index", "trigger"):
            connection.exec_driver_sql(sql)
