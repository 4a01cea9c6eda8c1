"""Records that are put away instead of deleted: hidden in lists and choices, and brought back when needed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Moment


class Archivable:
    """Mixin of mapped classes with an archive; what refers to an archived record keeps showing it."""

    archived_at: Mapped[datetime | None] = mapped_column(Moment)
