"""Which page shows a record: the addon with the best page for a kind says so, every list and link leads there.

PAGES = (RecordPage("member", "MemberPageView.file", "member_id", order=10),)      # in an addon's views
formatters_columns = {"member": opens("member")}                                  # in any addon's list
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_appbuilder.const import PERMISSION_PREFIX
from sqlalchemy.orm import Session

from core.db.scope import current_scope
from core.web import formats
from core.web.here import builder
from core.web.lists.elsewhere import Elsewhere

_SAMPLE = 987654321
#: Kinds of records that are called by a number on paper, which is not broken into lines.
_PRINTED = frozenset({"receipt", "return"})


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page for one kind of record: "View.method", and what the key is called in its address; the first one wins.

    `named` says what records in sight are called, for rows that hold their keys alone; `elsewhere` what may be said of
    records of `model` that are out of sight (core.web.lists.elsewhere).
    """

    kind: str
    endpoint: str
    argument: str = "pk"
    order: int = 100
    named: Callable[[Session, Collection[int]], Mapping[int, str]] | None = None
    model: type[Any] | None = None
    elsewhere: Callable[[Session, Collection[int]], Mapping[int, str]] | None = None


def may_open(endpoint: str) -> bool:
    """Tell whether the person may open a page, given as "View.method"; what is no page of a view is open."""
    name, _, method = endpoint.partition(".")
    view = next((view for view in builder().baseviews if view.endpoint == name), None)
    permission = getattr(getattr(view, method, None), "_permission_name", None)
    if view is None or permission is None:
        return True
    wanted = f"{PERMISSION_PREFIX}{view.get_method_permission(method)}"
    return bool(builder().sm.has_access(wanted, view.class_permission_name))


def page_of(kind: str, key: Any) -> str:
    """Return the address of a record's page, "" where there is none that the person may open."""
    known: dict[str, str] = g.setdefault("record_pages", {})
    if kind not in known:
        pages = sorted((page for page in builder().record_pages if page.kind == kind), key=lambda page: page.order)
        page = next((page for page in pages if may_open(page.endpoint)), None)
        sample: dict[str, Any] = {} if page is None else {page.argument: _SAMPLE}
        known[kind] = "" if page is None else url_for(page.endpoint, **sample)
    return known[kind].replace(str(_SAMPLE), str(key))


def meet(kind: str, keys: Iterable[Any]) -> dict[int, str]:
    """Look up together what people call records of which only the keys are there; return those that are known.

    Each is looked up once a request; it is called by its key where nobody says otherwise.
    """
    known: dict[int, str] = g.setdefault("record_names", {}).setdefault(kind, {})
    strangers = {key for key in keys if isinstance(key, int)} - known.keys()
    if strangers:
        named = next((page.named for page in builder().record_pages if page.kind == kind and page.named), None)
        found = named(builder().session, strangers) if named else {}
        known.update({key: found.get(key, str(key)) for key in strangers})
    return known


def opens(kind: str) -> Callable[[Any], Any]:
    """Return a formatter that leads from a record, or from its key, to its page; another store's is only named."""

    def formatted(value: Any) -> Any:
        if value is None or isinstance(value, Elsewhere):
            return formats.EMPTY if value is None else value
        store_id = getattr(value, "store_id", None)
        in_sight = store_id is None or current_scope().may_read(store_id)
        address = page_of(kind, getattr(value, "id", value)) if in_sight else ""
        name = meet(kind, [value])[value] if isinstance(value, int) else str(value)
        shown = formats.whole(name) if isinstance(value, int) or kind in _PRINTED else name
        return formats.link(address, shown) if address else shown

    formatted.plain = str  # type: ignore[attr-defined]  # what a file has of it
    formatted.opens = kind  # type: ignore[attr-defined]
    return formatted
