"""The setting that families give each other points is called so; what headquarters chose goes along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "points_0010"
down_revision = "points_0009"
branch_labels = None
depends_on = None

_RENAME = sa.text("UPDATE core_setting SET name = :new WHERE name = :old")
_BEFORE, _NOW = "points.family_pool", "points.family_transfers"


def upgrade() -> None:
    op.execute(_RENAME.bindparams(old=_BEFORE, new=_NOW))


def downgrade() -> None:
    op.execute(_RENAME.bindparams(old=_NOW, new=_BEFORE))
