"""All books there are: those of the kernel's own tables, and those the addons name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from core.addons import registry
from core.db.base import metadata
from core.db.models import LedgerClose, RecordChange, SettingChange
from core.ledger.books import Book, Finding
from core.policy.store import StoredDecision
from rules.vocabulary import Text

_UNUSED = Text("沒有任何資料用到這個決定", "没有任何记录用到这个决定", "Nothing refers to this decision")
_D = StoredDecision.__table__


def _unused(session: Session) -> Iterator[Finding]:
    """Yield decisions that no receipt or anything else refers to: nothing is decided for its own sake."""
    refers = [key.parent for table in metadata.tables.values() for key in table.foreign_keys if key.column is _D.c.id]
    known = set(inspect(session.connection()).get_table_names())
    used = [column for column in refers if column.table.name in known]
    if used:
        wanted = select(_D.c.id).where(*(column.is_(None) for column in used))
        for column in used:
            wanted = wanted.outerjoin(column.table, column == _D.c.id)
        for (key,) in session.connection().execute(wanted.order_by(_D.c.id)):
            yield Finding(_D.name, str(key), _UNUSED)


_KERNEL = (
    Book(
        "decisions",
        Text("規則的決定", "规则的决定", "Decisions of the rules"),
        StoredDecision.__table__,
        _unused,
        alike=True,
    ),
    Book("settings", Text("設定的變更", "设置的变更", "Changes of settings"), SettingChange.__table__),
    Book("closings", Text("已結帳的月份", "已结账的月份", "Closed months"), LedgerClose.__table__),
    Book("records", Text("資料的變更", "资料的变更", "Changes of records"), RecordChange.__table__),
)
_ACCOUNTS = Text("帳號的變更", "账号的变更", "Changes of accounts")


def all_books() -> list[Book]:
    """Return the books of the kernel and of the loaded addons, which may share a table only by mistake.

    Refuses with TypeError two books of one name or one table.
    """
    import_module("core.web.security.models")  # the table of what happened to accounts
    accounts: Any = metadata.tables["core_account_event"]
    found = [*_KERNEL, Book("accounts", _ACCOUNTS, accounts), *registry.loaded().books()]
    for what in ({book.name for book in found}, {book.entries.name for book in found}):
        if len(what) != len(found):
            raise TypeError(f"books share a name or a table: {sorted(book.name for book in found)}")
    return found
