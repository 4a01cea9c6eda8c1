"""Reading rule books: the live one, every version, and what two versions say differently."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import request
from flask_babel import get_locale, gettext, lazy_gettext
from sqlalchemy import desc, select
from werkzeug.utils import secure_filename

from addons.rulebook import queries
from addons.rulebook.documents import SaidBook
from addons.rulebook.models import Publication, VersionEvent
from addons.rulebook.views.goods import unknown_goods
from addons.stores.models import Brand
from core import clock
from core.periods import local_day
from core.policy.version import live_version
from core.web.paper import handed
from core.web.roles import HQ, MANAGERS, NOBODY
from core.web.views import GuibinPage, expose, has_access


class RuleBookView(GuibinPage):
    """Rule books as sentences."""

    route_base = "/rulebook"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "difference": lazy_gettext("Compare versions"),
        "live": lazy_gettext("Read the rules"),
        "text": lazy_gettext("Download the text"),
        "version": lazy_gettext("Read a version"),
    }
    default_view = "list"
    read_roles = (*HQ, *MANAGERS)
    write_roles = NOBODY
    also_reads = ("list", "live", "version", "difference", "text")

    @expose("/")
    @has_access
    def list(self) -> Any:
        """List the versions of a brand, newest first."""
        brand, brands = self._brand()
        versions = queries.versions(self._reads(), brand.id) if brand else ()
        publications = self._publications(brand.id) if brand else ()
        live = live_version(self._reads(), brand.code, clock.now()) if brand else None
        return self.render_template(
            "rulebook/list.html",
            title=gettext("Rule books"),
            brand=brand,
            brands=brands,
            versions=versions,
            publications=publications,
            live=live,
        )

    @expose("/live/<string:code>")
    @has_access
    def live(self, code: str) -> Any:
        """Show what decides for a brand now."""
        brand = queries.brand_by_code(self._reads(), code)
        live = live_version(self._reads(), brand.code, clock.now())
        title = f"{brand} · {live.version}"
        return self.render_template(
            "rulebook/version.html",
            title=title,
            brand=brand,
            version=None,
            said=said(live.text),
            unknown=unknown_goods(self._reads(), brand.id, live.text),
        )

    @expose("/version/<int:version_id>")
    @has_access
    def version(self, version_id: int) -> Any:
        """Show a version: every rule as a sentence, its history, and what can be done with it."""
        version = queries.version(self._reads(), version_id)
        events = select(VersionEvent).where(VersionEvent.version_id == version_id).order_by(VersionEvent.id)
        return self.render_template(
            "rulebook/version.html",
            title=f"{version.brand} · {version}",
            brand=version.brand,
            version=version,
            said=said(version.body.text),
            events=self._reads().scalars(events).all(),
            others=[other for other in queries.versions(self._reads(), version.brand_id) if other.id != version_id],
            live=live_version(self._reads(), version.brand.code, clock.now()),
            unknown=unknown_goods(self._reads(), version.brand_id, version.body.text),
        )

    @expose("/text/<string:code>")
    @has_access
    def text(self, code: str) -> Any:
        """Give the text of what is live, or of a version (?version=), as a file."""
        brand, version_id = queries.brand_by_code(self._reads(), code), request.args.get("version", type=int)
        if version_id is None:
            live = live_version(self._reads(), brand.code, clock.now())
            name, text = live.version, live.text or ""
        else:
            version = queries.version(self._reads(), version_id)
            name, text = str(version), version.body.text
        return handed(text.encode(), "application/yaml", f"rules-{secure_filename(brand.code)}-{name}.yaml")

    @expose("/difference/<int:version_id>")
    @has_access
    def difference(self, version_id: int) -> Any:
        """Show what a version says differently from another one (?to=), or from the live one."""
        version = queries.version(self._reads(), version_id)
        to = request.args.get("to", type=int)
        if to is None:
            live = live_version(self._reads(), version.brand.code, clock.now())
            name, text = live.version, live.text
        else:
            other = queries.version(self._reads(), to)
            name, text = str(other), other.body.text
        found = said(text).differences(said(version.body.text))
        title = f"{version.brand} · {name} → {version}"
        return self.render_template("rulebook/difference.html", title=title, version=version, differences=found)

    def _reads(self) -> Any:
        return self.appbuilder.session

    def _brand(self) -> tuple[Brand | None, Any]:
        brands = self._reads().scalars(select(Brand).order_by(Brand.code)).all()
        wanted = request.args.get("brand")
        return next((b for b in brands if b.code == wanted), brands[0] if brands else None), brands

    def _publications(self, brand_id: int) -> Any:
        found = select(Publication).where(Publication.brand_id == brand_id).order_by(desc(Publication.since)).limit(20)
        return self._reads().scalars(found).all()


def said(text: str) -> SaidBook:
    """Return a book in the language of the person."""
    return SaidBook(text, language(), local_day(clock.now()))


def language() -> str:
    """Return the language of the person: zh_hant, zh_hans or en for data, as `Text.in_language` takes it."""
    return str(get_locale() or "zh_Hant_TW")
