"""What a person may do, read once a request with one query instead of one a button."""

from __future__ import annotations

from typing import Any

from flask import g, has_app_context
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    ViewMenu,
    assoc_group_role,
    assoc_permissionview_role,
    assoc_user_group,
    assoc_user_role,
)
from sqlalchemy import Select, bindparam, select, union
from sqlalchemy.orm import Session

Pairs = frozenset[tuple[str, str]]


def _granted(roles: Any) -> Select[str, str]:
    return (
        select(Permission.__table__.c.name, ViewMenu.__table__.c.name)
        .select_from(PermissionView.__table__)
        .join(Permission.__table__, PermissionView.__table__.c.permission_id == Permission.__table__.c.id)
        .join(ViewMenu.__table__, PermissionView.__table__.c.view_menu_id == ViewMenu.__table__.c.id)
        .join(
            assoc_permissionview_role, assoc_permissionview_role.c.permission_view_id == PermissionView.__table__.c.id
        )
        .where(assoc_permissionview_role.c.role_id.in_(roles))
    )


_ROLES_OF_USER = union(
    select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == bindparam("user_id")),
    select(assoc_group_role.c.role_id)
    .join(assoc_user_group, assoc_user_group.c.group_id == assoc_group_role.c.group_id)
    .where(assoc_user_group.c.user_id == bindparam("user_id")),
)
_OF_USER = _granted(_ROLES_OF_USER)


def pairs_of(session: Session, user_id: int) -> Pairs:
    """Return the (permission, view) pairs of a person, their groups' included; once a request and person."""
    memo: dict[int, Pairs] = g.setdefault("_permissions", {}) if has_app_context() else {}
    if user_id not in memo:
        # Bare tables on purpose: accounts and permissions belong to no store.
        rows = session.connection().execute(_OF_USER, {"user_id": user_id})
        memo[user_id] = frozenset((row[0], row[1]) for row in rows)
    return memo[user_id]
