"""All books there are: those of the kernel's own tables, and those the addons name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from core.addons import registry
from core.db.base import metadata
from core.db.models import RecordChange, SettingChange
from core.ledger.books import Book
from core.policy.store import StoredDecision
from rules.vocabulary import Text

_KERNEL = (
    Book("decisions", Text("規則的決定", "规则的决定", "Decisions of the rules"), StoredDecision.__table__, alike=True),
    Book("settings", Text("設定的變更", "设置的变更", "Changes of settings"), SettingChange.__table__, alike=True),
    Book("records", Text("資料的變更", "资料的变更", "Changes of records"), RecordChange.__table__, alike=True),
)
_ACCOUNTS = Text("帳號的變更", "账号的变更", "Changes of accounts")


def all_books() -> list[Book]:
    """Return the books of the kernel and of the loaded addons, which may share a table only by mistake.

    Refuses with TypeError two books of one name or one table.
    """
    import_module("core.web.security.models")  # the table of what happened to accounts
    accounts: Any = metadata.tables["core_account_event"]
    found = [*_KERNEL, Book("accounts", _ACCOUNTS, accounts, alike=True), *registry.loaded().books()]
    for what in ({book.name for book in found}, {book.entries.name for book in found}):
        if len(what) != len(found):
            raise TypeError(f"books share a name or a table: {sorted(book.name for book in found)}")
    return found
