"""What a person keeps of a list: filters under a name, and the columns to show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db.models import ListColumns, SavedFilter
from core.errors import Invalid, Refusal

MOST_FILTERS = 20  # of one list
_LONGEST_NAME, _LONGEST_QUERY = 60, 2000


class TooManyFilters(Refusal):
    """A person has as many saved filters for a list as fit on the screen."""

    sentence = "There are %(most)s saved filters for this list already; remove one first."
    most: int


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved filter as a tab; `active` when the list shows just this."""

    id: int
    name: str
    query: str
    active: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A column that may be shown."""

    name: str
    label: str
    shown: bool


def own_query(view: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return the part of an address that filters and orders a list, always in the same order; "" for the plain list."""
    wanted = re.compile(rf"_flt_\d+_[\w.]+|_o[cd]_{view}|archived")
    return urlencode(sorted((name, value) for name, value in pairs if value and wanted.fullmatch(name)))


def current_query(view: str) -> str:
    """Return what the list of this request shows."""
    return own_query(view, request.args.items(multi=True))


def tabs(session: Session, user_id: int, view: str) -> list[Tab]:
    """Return the saved filters of a person for a list, by name."""
    wanted = select(SavedFilter).where(SavedFilter.user_id == user_id, SavedFilter.view == view)
    here = current_query(view)
    found = session.scalars(wanted.order_by(SavedFilter.name)).all()
    return [Tab(row.id, row.name, row.query, row.query == here) for row in found]


def keep(session: Session, *, user_id: int, view: str, name: str, query: str) -> None:
    """Keep filters under a name, in place of those it had.

    Refuses with Invalid an empty name or nothing to keep, with TooManyFilters the twenty-first.
    """
    name = " ".join(name.split())[:_LONGEST_NAME]
    if not name:
        raise Invalid(field="name", problem="Give the filter a name.")
    if not query or len(query) > _LONGEST_QUERY:
        raise Invalid(field="name", problem="Set a filter first.")
    own = session.scalars(select(SavedFilter).where(SavedFilter.user_id == user_id, SavedFilter.view == view)).all()
    row = next((one for one in own if one.name == name), None)
    if row is None and len(own) >= MOST_FILTERS:
        raise TooManyFilters(most=MOST_FILTERS)
    if row is None:
        row = SavedFilter(user_id=user_id, view=view, name=name)
        session.add(row)
    row.query = query
    session.flush()


def drop(session: Session, *, user_id: int, view: str, filter_id: int) -> None:
    """Forget a saved filter; another person's stays."""
    session.execute(
        delete(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.user_id == user_id, SavedFilter.view == view)
    )


def chosen(session: Session, user_id: int, view: str, offered: Sequence[str]) -> list[str]:
    """Return the columns a person chose of those offered, [] without a choice."""
    kept = session.scalar(select(ListColumns.columns).where(ListColumns.user_id == user_id, ListColumns.view == view))
    return [name for name in offered if name in (kept or ())]


def choose(session: Session, *, user_id: int, view: str, columns: Sequence[str]) -> None:
    """Keep the columns a person chose; none brings back the list as it is made."""
    session.execute(delete(ListColumns).where(ListColumns.user_id == user_id, ListColumns.view == view))
    if columns:
        session.add(ListColumns(user_id=user_id, view=view, columns=list(columns)))
    session.flush()


def offered(datamodel: Any, listed: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Return the columns a list may show: its own, and those of the record that cost no query for each row."""
    return [*listed, *(name for name in shown if name not in listed and _is_cheap(datamodel, name))]


def _is_cheap(datamodel: Any, name: str) -> bool:
    mapper = datamodel.obj.__mapper__
    if name in mapper.relationships:
        return mapper.relationships[name].lazy in {"selectin", "joined"} and not mapper.relationships[name].uselist
    return name in mapper.column_attrs
