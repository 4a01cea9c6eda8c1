"""The screens of this package, as the application registers them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from core.addons.registry import Registry
from core.web.admin.account_screens import AccountsView
from core.web.admin.addon_screens import AddonsView
from core.web.admin.board import admin_board
from core.web.admin.first_run import SetupView, lead_there
from core.web.admin.matrix import MatrixView
from core.web.home import HomePart
from core.web.menu import Entry
from core.web.roles import SYSTEM_ADMIN
from core.web.security import factor_screens
from core.web.security.factor_screens import FactorRolesView, SecondFactorPage

ENTRIES: tuple[Entry, ...] = (
    Entry(AccountsView, name="Accounts", category="Security", icon="fa-user", order=10),
    Entry(MatrixView, name="Permissions", category="Security", icon="fa-table-cells", order=20),
    Entry(FactorRolesView, name="Second factors", category="Security", icon="fa-shield-halved", order=25),
    Entry(AddonsView, name="Addons", category="Security", icon="fa-puzzle-piece", order=30),
)
HIDDEN: tuple[type, ...] = (SetupView, SecondFactorPage)
HOME = (HomePart(admin_board, roles=(SYSTEM_ADMIN,), order=40),)


def set_up(app: Flask, registry: Registry) -> None:
    """Tell the screens which addons this application was built with, and what they contribute."""
    app.extensions["guibin_registry"] = registry
    app.extensions["guibin_scopes"] = _first(registry, "SCOPES")
    app.extensions["guibin_first_run"] = _first(registry, "FIRST_RUN")
    lead_there(app)
    factor_screens.lead_there(app)


def _first(registry: Registry, name: str) -> Any:
    return next((found for _, found in registry.constants("services", name)), None)
