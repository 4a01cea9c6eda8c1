"""Who may do what, read from the permissions that are in force: roles beside screens, and one page for each role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from flask import abort, request
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_babel import gettext, lazy_gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.web.crud import reading_permissions
from core.web.menu import CATEGORIES
from core.web.roles import ALL, HQ, NOBODY, SYSTEM_ADMIN
from core.web.roles import title as role_title
from core.web.views import GuibinPage, expose, has_access

NO_MENU = "Without a menu entry"
MENU_ACCESS = "menu_access"
#: What people call the usual permissions; what a screen calls otherwise stands in its `step_words`.
VERBS: dict[str, Any] = {
    "list": lazy_gettext("List"),
    "show": lazy_gettext("Look at"),
    "add": lazy_gettext("Add"),
    "edit": lazy_gettext("Change"),
    "delete": lazy_gettext("Delete"),
    "lookup": lazy_gettext("Look up"),
    "this_form_get": lazy_gettext("Open the form"),
    "this_form_post": lazy_gettext("Send the form"),
    "get": lazy_gettext("Read (API)"),
    "get_list": lazy_gettext("List (API)"),
    "post": lazy_gettext("Add (API)"),
    "put": lazy_gettext("Change (API)"),
    "info": lazy_gettext("Describe (API)"),
    "index": lazy_gettext("Look at"),
    "page": lazy_gettext("Look at"),
    "read": lazy_gettext("Look at"),
    "month": lazy_gettext("Look at"),
    "pdf": lazy_gettext("Print (PDF)"),
    "find": lazy_gettext("Find"),
    "history": lazy_gettext("History"),
    "state": lazy_gettext("See how far it is"),
    "progress": lazy_gettext("See how far it is"),
    "preview": lazy_gettext("See the effect first"),
    "confirm": lazy_gettext("Confirm"),
    "leave": lazy_gettext("Give it up"),
    "form": lazy_gettext("Open the form"),
    "change": lazy_gettext("Change"),
    "approve": lazy_gettext("Approve"),
    "file": lazy_gettext("Take the file"),
}
#: Titles of screens that neither stand in the menu nor say one.
TITLES: dict[str, Any] = {"HomeView": lazy_gettext("Home")}
_GRANTED = (
    select(ViewMenu.__table__.c.name, Permission.__table__.c.name, Role.__table__.c.name)
    .select_from(PermissionView.__table__)
    .join(Permission.__table__, PermissionView.__table__.c.permission_id == Permission.__table__.c.id)
    .join(ViewMenu.__table__, PermissionView.__table__.c.view_menu_id == ViewMenu.__table__.c.id)
    .join(assoc_permissionview_role, assoc_permissionview_role.c.permission_view_id == PermissionView.__table__.c.id)
    .join(Role.__table__, assoc_permissionview_role.c.role_id == Role.__table__.c.id)
)
_HOLDERS = (
    select(Role.__table__.c.name, func.count(assoc_user_role.c.user_id))
    .select_from(Role.__table__.outerjoin(assoc_user_role))
    .group_by(Role.__table__.c.name)
)


@dataclass(slots=True)
class Screen:
    """A screen with what each role may on it."""

    title: str
    group: str
    reading: frozenset[str]
    words: Mapping[str, str] = field(default_factory=dict)  # what the screen itself calls its steps
    granted: dict[str, set[str]] = field(default_factory=dict)  # role -> permissions

    def right(self, role: str) -> str:
        """Return what a role may: write, read, or an empty text."""
        found = self.granted.get(role, set())
        if found - self.reading:
            return "write"
        return "read" if found else ""

    def steps(self, role: str) -> list[tuple[str, bool]]:
        """Return what a role may in words, and whether it changes something; looking comes first."""
        found = self.granted.get(role, set())
        steps = {(self.words.get(name) or verb(name), name not in self.reading) for name in found}
        return sorted(steps, key=lambda step: (step[1], step[0]))


def verb(permission: str) -> str:
    """Return what people call a permission."""
    name = permission.removeprefix(PERMISSION_PREFIX)
    return str(VERBS.get(name, name.replace("_", " ")))


def screens(session: Session, builder: Any) -> dict[str, list[Screen]]:
    """Return the screens of this product by the groups of the menu, with what is granted in the database; one query."""
    known = _registered(builder)
    for view, permission, role in session.connection().execute(_GRANTED):
        if view in known and permission != MENU_ACCESS:
            known[view].granted.setdefault(role, set()).add(permission)
    groups: dict[str, list[Screen]] = {}
    order = [*CATEGORIES, *sorted({screen.group for screen in known.values()} - {*CATEGORIES, NO_MENU}), NO_MENU]
    for screen in sorted(known.values(), key=lambda screen: order.index(screen.group)):
        if screen.granted:
            groups.setdefault(screen.group, []).append(screen)
    return groups


def _registered(builder: Any) -> dict[str, Screen]:
    """Return the screens by the name their permissions carry, in the order of the menu."""
    entries = {entry.view: entry for entry in builder.entries}
    listed = sorted(builder.baseviews, key=lambda view: [*entries].index(type(view)) if type(view) in entries else 999)
    found: dict[str, Screen] = {}
    for view in listed:
        entry = entries.get(type(view))
        title = gettext(entry.name) if entry else title_of(view) or str(view.class_permission_name)
        group = entry.category if entry else NO_MENU
        screen = Screen(title, group, frozenset(reading_permissions(view)), words_of(view))
        found.setdefault(view.class_permission_name, screen)
    return found


def title_of(view: Any) -> str:
    """Return the title of a screen that is not in the menu, "" where it says none."""
    for name in ("list_title", "form_title", "title"):
        title = getattr(view, name, "")
        if title and not callable(title):
            return str(title)
    return str(TITLES.get(type(view).__name__, ""))


def words_of(view: Any) -> dict[str, str]:
    """Return what a screen itself calls its permissions: its steps and its actions."""
    steps = {f"{PERMISSION_PREFIX}{name}": str(words) for name, words in getattr(view, "step_words", {}).items()}
    return steps | {name: gettext(str(action.text)) for name, action in getattr(view, "actions", {}).items()}


def holders(session: Session) -> Mapping[str, int]:
    """Return how many accounts have each role; shipped roles first, in their order."""
    counted: dict[str, int] = dict(session.connection().execute(_HOLDERS).all())
    counted.pop("Public", None)
    own = sorted(set(counted) - set(ALL))
    return {role: counted.get(role, 0) for role in (*ALL, *own)}


class MatrixView(GuibinPage):
    """What each role may read and write."""

    route_base = "/permissions"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"role": lazy_gettext("One role alone")}
    default_view = "list"
    read_roles = (*HQ, SYSTEM_ADMIN)
    write_roles = NOBODY

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show roles beside screens; `role` leaves only some of them."""
        session = self.appbuilder.session
        roles = holders(session)
        asked = [role for role in request.args.getlist("role") if role in roles]
        return self.render_template(
            "guibin/admin/matrix.html",
            title=gettext("Permissions"),
            groups=screens(session, self.appbuilder),
            roles=roles,
            shown=asked or [*roles],
            asked=asked,
        )

    @expose("/role/<string:name>")
    @has_access
    def role(self, name: str) -> Any:
        """Show everything one role may, step by step."""
        session = self.appbuilder.session
        roles = holders(session)
        if name not in roles:
            abort(404)
        groups = {
            group: mine
            for group, listed in screens(session, self.appbuilder).items()
            if (mine := [screen for screen in listed if screen.right(name)])
        }
        return self.render_template(
            "guibin/admin/role.html", title=role_title(name), role=name, groups=groups, holders=roles[name], roles=roles
        )
