"""The store one works in now: lists, the first page and the till show it, within one's own stores and never beyond.

It is kept with the session and with the account, so that it is there again at the next login.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from flask import current_app, flash, g, redirect, request
from flask import session as kept
from flask_babel import gettext, lazy_gettext

from core import clock
from core.addons.scopes import ScopeHooks, Shop
from core.db.session import work
from core.errors import OutOfScope
from core.web.admin.events import record
from core.web.here import builder
from core.web.returning import back_to
from core.web.roles import ALL, Roles
from core.web.scope import WORKS_IN, follows_store, scope_of_person, works_in
from core.web.security.models import User
from core.web.views import GuibinPage, expose, has_access

#: More stores than these are chosen on a page of their own, which can be searched.
IN_MENU = 12
_SHOWN = 100
_TYPED = 60


@dataclass(frozen=True, slots=True)
class Switch:
    """What the top bar shows: one's stores, and the one that was chosen (None: all of them)."""

    shops: Sequence[Shop]
    chosen: Shop | None

    @property
    def is_menu(self) -> bool:
        """Tell whether the stores are few enough for a menu."""
        return len(self.shops) <= IN_MENU


def own_shops() -> Sequence[Shop]:
    """Return the stores the person of this request may work in."""
    hooks: ScopeHooks | None = current_app.extensions["guibin_scopes"]
    return () if hooks is None else hooks.shops(builder().session, scope_of_person(g.user.id))


def switch() -> Switch:
    """Return what the top bar shows of the person's stores."""
    shops = own_shops()
    store_id = works_in(scope_of_person(g.user.id))
    return Switch(shops, next((shop for shop in shops if shop.id == store_id), None))


def shown() -> str:
    """Return which stores the figures of this page are of, "" for whoever has no choice of stores."""
    here = switch()
    if len(here.shops) <= 1:
        return ""
    if not follows_store():
        return str(gettext("Figures of all your stores, whichever one you work in."))
    if here.chosen is None:
        return str(gettext("Figures of all your stores."))
    return str(gettext("Figures of %(store)s alone, where you work.", store=here.chosen.name))


def work_in(store_id: int | None) -> None:
    """Let the person of this request work in a store, or in all of theirs.

    Refuses with OutOfScope a store that is not theirs or is none; that stands in the history of the account.
    """
    user = g.user
    if store_id is not None and store_id not in {shop.id for shop in own_shops()}:
        names = {"user_id": user.id, "username": user.username, "by_id": user.id, "by": user.username}
        with work() as session:
            record(session.connection(), now=clock.now(), what="store_refused", place=f"store:{store_id}", **names)
        raise OutOfScope
    kept[WORKS_IN] = store_id
    if user.works_in != store_id:
        builder().session.get_one(User, user.id).works_in = store_id
        builder().session.commit()


class WorkingPage(GuibinPage):
    """Where one works now; everybody may choose among their own stores."""

    route_base = "/working"
    title = lazy_gettext("The store I work in")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"choose": lazy_gettext("Choose a store")}
    default_view = "page"
    read_roles: ClassVar[Roles] = ALL
    write_roles: ClassVar[Roles] = ALL

    @expose("/")
    @has_access
    def page(self) -> Any:
        """Show one's stores, or those that fit what was typed (`q`)."""
        typed = request.args.get("q", "").strip()[:_TYPED]
        found = [shop for shop in own_shops() if typed.lower() in f"{shop.code} {shop.name}".lower()]
        return self.render_template(
            "guibin/working.html",
            title=gettext("The store I work in"),
            found=found[:_SHOWN],
            more=len(found) > _SHOWN,
            q=typed,
            back=back_to("/"),
        )

    @expose("/choose", methods=["POST"])
    @has_access
    def choose(self) -> Any:
        """Work in a store, or in all of one's own, and go back."""
        wanted = request.form.get("store", "")
        if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 18):
            raise OutOfScope
        work_in(int(wanted) if wanted else None)
        chosen = switch().chosen
        said = gettext("You work in %(store)s now.", store=chosen.name) if chosen else gettext("All your stores now.")
        flash(said, "success")
        return redirect(_without_store(back_to("/")), 303)


def _without_store(address: str) -> str:
    """Return an address that asks for no store of its own: the one just chosen holds."""
    path, _, query = address.partition("?")
    left = urlencode([(name, value) for name, value in parse_qsl(query) if name != "store"])
    return f"{path}?{left}" if left else path
