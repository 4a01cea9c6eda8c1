"""What tills may call, for those who connect them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from addons.pos.api import openapi
from addons.pos.api.endpoints import PosApi
from addons.pos.views.words import READERS
from core.errors import Refusal
from core.web.roles import NOBODY
from core.web.views import GuibinPage, expose, has_access


class PosGuidePage(GuibinPage):
    """What tills may call, for those who connect them."""

    route_base = "/posguide"
    default_view = "index"
    read_roles = READERS
    write_roles = NOBODY

    @expose("/")
    @has_access
    def index(self) -> Any:
        """Show all calls with their fields and refusals."""
        return self.render_template(
            "pos/guide.html",
            title=gettext("Point-of-sale API"),
            base=openapi.BASE,
            sections=openapi.sections(PosApi),
            worded=_worded,
        )


def _worded(kind: type[Refusal]) -> str:
    """Return the sentence of a refusal with the names of its facts in their places."""
    return str(gettext(kind.sentence)) % {name: f"{{{name}}}" for name in kind.fact_names()}
