"""The screen of the handbook: one's own role first, then everything by folder."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from markupsafe import Markup

from core.web.handbook import pages
from core.web.handbook.pages import FIRST, Page
from core.web.menu import Entry
from core.web.roles import (
    ALL,
    AUDITOR,
    CASHIER,
    FRANCHISE_ADMIN,
    GUIDE,
    HQ_APPROVER,
    HQ_MARKETING,
    NOBODY,
    STORE_MANAGER,
    SYSTEM_ADMIN,
    Roles,
)
from core.web.views import GuibinPage, expose

#: The page of each role.
ROLE_PAGES: dict[str, str] = {
    CASHIER: "roles/cashier",
    GUIDE: "roles/guide",
    STORE_MANAGER: "roles/store-manager",
    FRANCHISE_ADMIN: "roles/franchise-admin",
    HQ_MARKETING: "roles/hq-marketing",
    HQ_APPROVER: "roles/hq-approver",
    AUDITOR: "roles/auditor",
    SYSTEM_ADMIN: "roles/system-admin",
}
GROUPS = (("", lazy_gettext("Handbook")), ("roles", lazy_gettext("By role")), ("addons", lazy_gettext("By addon")))


class HandbookPage(GuibinPage):
    """How to work with Guibin, and how to run it."""

    route_base = "/handbook"
    default_view = "first"
    class_permission_name = "Handbook"
    title = lazy_gettext("Handbook")
    read_roles: ClassVar[Roles] = ALL
    write_roles: ClassVar[Roles] = NOBODY

    @expose("/")
    @has_access
    @permission_name("read")
    def first(self) -> Any:
        """Show the first page."""
        return self._shown(pages.page(FIRST))

    @expose("/<path:name>")
    @has_access
    @permission_name("read")
    def named(self, name: str) -> Any:
        """Show a page by its name."""
        return self._shown(pages.page(name))

    def _shown(self, found: Page | None) -> Any:
        if found is None:
            abort(404)
        mine = [pages.page(ROLE_PAGES[role.name]) for role in current_user.roles if role.name in ROLE_PAGES]
        return self.render_template(
            "guibin/handbook.html",
            title=found.title,
            heading=gettext("Handbook"),
            page=found,
            text=Markup(found.html),  # noqa: S704 - made by our renderer, which lets no HTML of a page through
            mine=[each for each in mine if each is not None],
            groups=[(label, [each for each in pages.within(place) if each.name != FIRST]) for place, label in GROUPS],
        )


ENTRIES: tuple[Entry, ...] = (Entry(HandbookPage, name="Handbook", category="Today", icon="fa-book-open", order=900),)
