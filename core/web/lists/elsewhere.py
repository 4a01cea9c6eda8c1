"""Records of stores out of sight in the rows of stores in sight: told as far as the addon that keeps them says (C31).

A voucher of one's own store may be held by a member of another one. Her name and her file are not for this person; that
she is somebody, and by what she is known at a till, is. A `RecordPage` with `model` and `elsewhere` says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import RelationshipProperty, Session

from core.web.here import builder


class Elsewhere(str):
    """What may be said of a record out of sight; it leads nowhere."""

    __slots__ = ()


def told(session: Session, rows: Sequence[Any], columns: Sequence[str]) -> list[dict[str, Elsewhere]]:
    """Return for each row what is said of its related records that are out of sight, by column."""
    found: list[dict[str, Elsewhere]] = [{} for _ in rows]
    for column, key, page in _related(rows, columns):
        hidden = [getattr(row, key) if getattr(row, column) is None else None for row in rows]
        wanted = {each for each in hidden if each is not None}
        words: Mapping[int, str] = page.elsewhere(session, wanted) if wanted else {}
        for said, each in zip(found, hidden, strict=True):
            if each is not None and each in words:
                said[column] = Elsewhere(words[each])
    return found


def _related(rows: Sequence[Any], columns: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield each column that points to a record somebody tells of, with the name of its key."""
    if not rows:
        return
    pages = {page.model: page for page in builder().record_pages if page.elsewhere is not None}
    mapper = inspect(type(rows[0]))
    for column in columns:
        relation: RelationshipProperty[Any] | None = mapper.relationships.get(column)
        if relation is not None and relation.mapper.class_ in pages and len(relation.local_columns) == 1:
            (local,) = relation.local_columns
            yield column, mapper.get_property_by_column(local).key, pages[relation.mapper.class_]
