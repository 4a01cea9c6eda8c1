"""The one step that writes roles and permissions, run when addons change; workers never do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from sqlalchemy import Connection, Table, delete, insert, select

from core import clock
from core.db.migrate import migrating
from core.db.session import engine
from core.errors import Invalid, NotFound
from core.web import roles
from core.web.admin.events import record
from core.web.crud import reading_permissions
from core.web.menu import readers, writers
from core.web.security.passwords import hashed

Grants = dict[tuple[str, str], set[str]]  # (permission, view) -> roles

_PUBLIC = "Public"


def sync_permissions(app: Flask | None = None) -> None:
    """Write the roles, all permissions of the registered screens, and which shipped role has which.

    Grants of screens that are not registered now, and roles that were made by hand, stay as they are.
    """
    from core.web.app import create_app

    app = app or create_app()
    with app.app_context():
        grants = wanted(app.extensions["appbuilder"])
    with migrating(engine()) as connection:
        role_ids = _ids(connection, Role.__table__, (*roles.ALL, _PUBLIC))
        permission_ids = _ids(connection, Permission.__table__, {pair[0] for pair in grants})
        view_ids = _ids(connection, ViewMenu.__table__, {pair[1] for pair in grants})
        pair_ids = _pairs(connection, {(permission_ids[p], view_ids[v]): (p, v) for p, v in grants})
        shipped = {role_ids[name]: name for name in roles.ALL}
        _grant(
            connection, {pair_ids[pair]: {role_ids[r] for r in names} for pair, names in grants.items()}, set(shipped)
        )


def wanted(builder: Any) -> Grants:
    """Return which shipped roles have which permission on which screen and menu."""
    entries = {entry.view: entry for entry in builder.entries}
    grants: Grants = {}
    for view in builder.baseviews:
        entry = entries.get(type(view))
        reads = entry.readers() if entry else _roles(view, readers)
        writes = entry.writers() if entry else _roles(view, writers)
        looking = reading_permissions(view)
        for permission in view.base_permissions:
            grants[permission, view.class_permission_name] = set(reads if permission in looking else writes)
    return grants | _menus(builder, grants)


def _roles(view: Any, which: Any) -> roles.Roles:
    """Return the roles of a view that says so; the administrator's for one of Flask-AppBuilder's own."""
    return which(view) if hasattr(view, "read_roles") else (roles.SYSTEM_ADMIN,)


def _menus(builder: Any, on_views: Grants) -> Grants:
    """Return who sees which menu entry: those who may open the page it leads to, or those of them it is listed for."""
    grants: Grants = {}
    listed = {entry.name: entry.listed for entry in builder.entries if entry.listed is not None}
    for group in builder.menu.get_list():
        for item in group.childs:
            if item.name == "-":
                continue
            view = item.baseview
            opens = f"{PERMISSION_PREFIX}{view.get_method_permission(view.default_view)}"
            names = on_views[opens, view.class_permission_name] & set(listed.get(item.name, roles.ALL))
            grants["menu_access", item.name] = set(names)
            grants.setdefault(("menu_access", group.name), set()).update(names)
    return grants


def _ids(connection: Connection, table: Table, names: Iterable[str]) -> dict[str, int]:
    """Return the keys of rows by name; those that are missing are written."""
    known = {row.name: row.id for row in connection.execute(select(table.c.name, table.c.id))}
    missing = sorted(set(names) - set(known))
    for name in missing:
        known[name] = connection.execute(insert(table).values(name=name).returning(table.c.id)).scalar_one()
    return known


def _pairs(connection: Connection, by_ids: dict[tuple[int, int], tuple[str, str]]) -> dict[tuple[str, str], int]:
    table = PermissionView.__table__
    known = {
        (p, v): key for key, p, v in connection.execute(select(table.c.id, table.c.permission_id, table.c.view_menu_id))
    }
    found = {}
    for (permission, view), names in by_ids.items():
        key = known.get((permission, view))
        if key is None:
            row = insert(table).values(permission_id=permission, view_menu_id=view).returning(table.c.id)
            key = connection.execute(row).scalar_one()
        found[names] = key
    return found


def _grant(connection: Connection, granted: dict[int, set[int]], shipped: set[int]) -> None:
    """Give the shipped roles exactly these pairs, among the pairs named."""
    table = assoc_permissionview_role
    rows = connection.execute(select(table.c.permission_view_id, table.c.role_id).where(table.c.role_id.in_(shipped)))
    there = {(pair, role) for pair, role in rows if pair in granted}
    due = {(pair, role) for pair, names in granted.items() for role in names}
    if new := sorted(due - there):
        connection.execute(insert(table), [{"permission_view_id": pair, "role_id": role} for pair, role in new])
    for pair, role in there - due:
        connection.execute(delete(table).where(table.c.permission_view_id == pair, table.c.role_id == role))


def create_user(
    *,
    username: str,
    role: str,
    password: str,
    name: str = "",
    email: str = "",
    hash_of: Callable[[str], str] = hashed,
) -> int:
    """Make an account with one role and return its key; scopes are granted by the stores addon.

    `hash_of` turns the password into what is stored.

    Refuses with NotFound for an unknown role, Invalid for a user name that is taken.
    """
    with migrating(engine()) as connection:
        key = add_account(
            connection, username=username, role=role, password_hash=hash_of(password), name=name, email=email
        )
        now = clock.now()
        record(connection, now=now, user_id=key, username=username, what="opened", by_id=None, by="guibin", role=role)
    return key


def add_account(
    connection: Connection, *, username: str, role: str, password_hash: str, name: str = "", email: str = ""
) -> int:
    """Write an account with one role and return its key.

    Refuses with NotFound for an unknown role, Invalid for a user name that is taken.
    """
    table = User.__table__
    if connection.execute(select(table.c.id).where(table.c.username == username)).first():
        raise Invalid(field="username", problem="Already exists.")
    row = {
        "username": username,
        "first_name": name or username,
        "last_name": "",
        "email": email or f"{username}@guibin.invalid",
        "password": password_hash,
        "active": True,
        "login_count": 0,
        "fail_login_count": 0,
    }
    key: int = connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
    set_role(connection, key, role)
    return key


def set_role(connection: Connection, user_id: int, role: str) -> None:
    """Let an account have this role and no other.

    Refuses with NotFound for an unknown role.
    """
    role_id = connection.execute(select(Role.__table__.c.id).where(Role.__table__.c.name == role)).scalar()
    if role_id is None:
        raise NotFound(what="role", which=role)
    connection.execute(delete(assoc_user_role).where(assoc_user_role.c.user_id == user_id))
    connection.execute(insert(assoc_user_role).values(user_id=user_id, role_id=role_id))
