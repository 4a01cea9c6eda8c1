"""Flask-AppBuilder with the product's menu: entries of addons in order, labels translated when shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext

from core.web.home import HomePart, HomeView
from core.web.menu import CATEGORIES, Entry, in_order
from core.web.record_pages import RecordPage
from core.web.search import Finder, SearchPage
from core.web.security.manager import GuibinSecurity


class GuibinBuilder(AppBuilder):
    """Registers screens at start; afterwards nothing is added or taken away."""

    def __init__(self) -> None:
        """Prepare with the product's security and home page."""
        super().__init__(indexview=HomeView, security_manager_class=GuibinSecurity, update_perms=False)
        self.entries: list[Entry] = []
        #: Functions (session) -> list of {"title", "value", "link"} for the home page; with "waits",
        #: the permission and view of a step, it is work for those who may take that step.
        self.tiles: list[Callable[[Any], list[dict[str, Any]]]] = []
        self.home_parts: list[HomePart] = []
        self.finders: list[Finder] = []
        self.record_pages: list[RecordPage] = []
        #: Functions (session, codes and logins) -> the names of those who act under them (core.web.people).
        self.people: list[Callable[[Any, Collection[str]], Mapping[str, str]]] = []

    def register(self, entries: Iterable[Entry], hidden: Iterable[Any], apis: Iterable[Any]) -> None:
        """Add the screens of all addons, then arrange the menu; ValueError if a menu name is a view's or used twice."""
        listed = in_order(entries)
        self.add_view_no_menu(SearchPage)
        for view in hidden:
            self.add_view_no_menu(view)
        for entry in listed:
            self.entries.append(entry)
            self.add_screen(entry.view, entry.name, entry.category, icon=entry.icon)
        for api in apis:
            self.add_api(api)
        order = list(CATEGORIES)
        self.menu.menu.sort(key=lambda item: order.index(item.name) if item.name in order else len(order))
        classes = {type(view).__name__ for view in self.baseviews}
        clashes = sorted(classes & set(self.menu.get_flat_name_list()))
        if clashes:
            message = f"menu names that are names of views: {', '.join(clashes)}"
            raise ValueError(message)

    def add_screen(self, view: Any, name: str, category: str, *, icon: str) -> Any:
        """Add one screen to the menu; the labels are translated when they are shown."""
        return self.add_view(
            view,
            name,
            icon=icon,
            label=lazy_gettext(name),
            category=category,
            category_icon=CATEGORIES.get(category, "fa-puzzle-piece"),
            category_label=lazy_gettext(category),
        )
