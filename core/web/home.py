"""The first page: what the person can open, with the numbers addons contribute."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_appbuilder import IndexView, expose
from flask_appbuilder.security.decorators import has_access

from core.web.roles import ALL, Roles


class HomeView(IndexView):
    """Today: the groups of the menu with their screens, and tiles with numbers."""

    index_template = "guibin/home.html"
    read_roles: Roles = ALL
    write_roles: Roles = ()

    @expose("/")
    @has_access
    def index(self) -> Any:
        """Show what is there for this person."""
        groups = [group for group in self.appbuilder.menu.get_data() if group != "-" and group.get("childs")]
        tiles = [tile for make in self.appbuilder.tiles for tile in make(self.appbuilder.session)]
        return self.render_template(self.index_template, groups=groups, tiles=tiles, person=g.user)
