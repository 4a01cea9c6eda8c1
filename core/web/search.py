"""Search everywhere: what was typed is looked for by the finders of all addons, each within the person's stores.

    SEARCH = (Finder("members", "Members", "MemberView", find_members),)      # in an addon's views

A finder is asked only where the person may list its view, and returns at most `limit` rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import request
from flask_appbuilder import expose
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from core.web.roles import ALL, Roles

LONGEST = 60
FEWEST = 2  # letters, below which everything would be found; one Chinese character is a word
ON_PAGE, SUGGESTED = 20, 5


@dataclass(frozen=True, slots=True)
class Found:
    """A record: its name, what tells it apart, the address it opens."""

    title: str
    detail: str
    link: str


@dataclass(frozen=True, slots=True)
class Finder:
    """Looks for one kind of record; `title` is an English msgid, `view` the class name of the list it stands for."""

    name: str
    title: str
    view: str
    find: Callable[[Session, str, int], list[Found]]
    icon: str = "fa-magnifying-glass"


@dataclass(frozen=True, slots=True)
class Group:
    """What one finder found; `more` says that there is more than is shown."""

    title: str
    icon: str
    rows: tuple[Found, ...]
    more: bool


def wanted(typed: str) -> str:
    """Return what is to be looked for: trimmed and cut; nothing where it is too short to tell anything apart."""
    text = " ".join(typed.split())[:LONGEST]
    return "" if len(text) < FEWEST and text.isascii() else text


class SearchPage(BaseView):
    """One field for everything, as a page and as a light list below the field."""

    route_base = "/search"
    title = lazy_gettext("Search")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"suggest": lazy_gettext("Suggestions while typing")}
    default_view = "page"
    read_roles: Roles = ALL
    write_roles: Roles = ()
    also_reads = ("page", "suggest")

    @expose("/")
    @has_access
    def page(self) -> Any:
        """Show what was found, by kind of record."""
        text = wanted(request.args.get("q", ""))
        title = gettext("Search")
        return self.render_template("guibin/search.html", title=title, q=text, groups=self._groups(text, ON_PAGE))

    @expose("/suggest")
    @has_access
    def suggest(self) -> Any:
        """Return the first of each kind, to be shown below the field."""
        text = wanted(request.args.get("q", ""))
        return self.render_template("guibin/suggest.html", q=text, groups=self._groups(text, SUGGESTED))

    def _groups(self, text: str, limit: int) -> list[Group]:
        if not text:
            return []
        found = [self._group(finder, text, limit) for finder in self.appbuilder.finders if self._may(finder)]
        return [group for group in found if group.rows]

    def _group(self, finder: Finder, text: str, limit: int) -> Group:
        rows = finder.find(self.appbuilder.session, text, limit + 1)
        return Group(gettext(finder.title), finder.icon, tuple(rows[:limit]), len(rows) > limit)

    def _may(self, finder: Finder) -> bool:
        return bool(self.appbuilder.sm.has_access("can_list", finder.view))
