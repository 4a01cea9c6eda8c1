"""What an addon puts into the menu, and who may use it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.web.roles import AUDITOR, SYSTEM_ADMIN, Roles

#: The groups of the side menu in their order, with their icons (Font Awesome 6); a group of an addon comes last.
CATEGORIES: dict[str, str] = {
    "Today": "fa-sun",
    "Members": "fa-users",
    "Till": "fa-cash-register",
    "Services": "fa-bell-concierge",
    "Rules": "fa-scale-balanced",
    "Campaigns": "fa-bullhorn",
    "Reports": "fa-chart-column",
    "Settings": "fa-sliders",
    "Security": "fa-user-shield",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A screen in the menu.

    `name` and `category` are English msgids; the name is unique in the product and no name of a view class.
    `reads` and `writes` are roles; None takes them from the view class (`read_roles`, `write_roles`).
    `listed` are the roles whose menu has it, of those that may open it; None: all of them.
    The auditor reads everything that is not `admin`; the system administrator has what is.
    """

    view: Any  # a class derived from GuibinView, GuibinForm or GuibinPage
    name: str
    category: str
    icon: str = "fa-circle"
    order: int = 100
    reads: Roles | None = None
    writes: Roles | None = None
    listed: Roles | None = None
    admin: bool = False

    def readers(self) -> Roles:
        """Return the roles that see the screen."""
        return readers(self.view, self.reads, admin=self.admin)

    def writers(self) -> Roles:
        """Return the roles that change things with it."""
        return writers(self.view, self.writes, admin=self.admin)

    def finders(self) -> Roles:
        """Return the roles whose menu has the screen."""
        return tuple(role for role in self.readers() if self.listed is None or role in self.listed)


def readers(view: Any, reads: Roles | None = None, *, admin: bool = False) -> Roles:
    """Return the roles that see a view: those that write, those that read, and the auditor."""
    if admin or getattr(view, "admin", False):
        return (SYSTEM_ADMIN,)
    named = view.read_roles if reads is None else reads
    return tuple(dict.fromkeys((*named, *writers(view), AUDITOR)))


def writers(view: Any, writes: Roles | None = None, *, admin: bool = False) -> Roles:
    """Return the roles that change things with a view."""
    if admin or getattr(view, "admin", False):
        return (SYSTEM_ADMIN,)
    return tuple(view.write_roles if writes is None else writes)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries by category and order, ties by name; ValueError if a name is used twice or is a category's."""
    known = list(CATEGORIES)
    listed = list(entries)
    names = [entry.name for entry in listed]
    groups = {*CATEGORIES, *(entry.category for entry in listed)}
    twice = sorted({name for name in names if names.count(name) > 1 or name in groups})
    if twice:
        # Flask-AppBuilder keeps one permission for a name: who finds any page of a group would find its namesake.
        message = f"menu names must be unique, and no group's: {', '.join(twice)}"
        raise ValueError(message)

    def place(entry: Entry) -> tuple[int, str, int, str]:
        rank = known.index(entry.category) if entry.category in known else len(known)
        return rank, entry.category, entry.order, entry.name

    return sorted(listed, key=place)
