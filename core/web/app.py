"""The application factory: everything is registered here, once, before the first request."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy import Engine
from sqlalchemy.orm import scoped_session, sessionmaker
from werkzeug.middleware.proxy_fix import ProxyFix

from core.addons.registry import Registry
from core.config import database_url
from core.db import session as database
from core.db.scope import GuardedSession
from core.web import (
    errors,
    files,
    formats,
    generation,
    headers,
    languages,
    leaving,
    patches,
    people,
    posting,
    record_pages,
    roles,
    ruled,
    scope,
    sessions,
    working,
)
from core.web.admin import entries as admin
from core.web.builder import GuibinBuilder
from core.web.config import WebConfig, flask_settings, from_environment
from core.web.handbook import screen as handbook
from core.web.lists.export_page import ExportPage

_HERE = Path(__file__).parent


class WebSession(GuardedSession):
    """The session of a request; it follows the process's database."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Engine:
        """Return the database of this process."""
        return database.engine()


class Csrf(CSRFProtect):
    """The token is asked for wherever a browser could be led; a request that carries a bearer token was not led."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Check the token unless the request carries its own credentials."""
        if request.path.startswith("/api/") and request.headers.get("Authorization", "").startswith("Bearer "):
            return
        super().protect(apply_exemptions)


def create_app(
    config: WebConfig | None = None,
    *,
    registry: Registry | None = None,
    scope_of: scope.ScopeOf | None = None,
    entries: Iterable[Any] = (),
    hidden: Iterable[Any] = (),
    apis: Iterable[Any] = (),
) -> Flask:
    """Return the application with the screens of the registry (default: the installed addons) and those given.

    Connects the configured database if none is connected. Refuses with WeakSecret a guessable secret; TypeError and
    ValueError name a view or a menu entry that cannot be taken.
    """
    config = config or from_environment()
    _connect()
    number = generation.at_start()  # before the addons are read: what changes in between makes this worker a stale one
    registry = registry or _installed()
    patches.apply()
    app = Flask("guibin", template_folder=str(_HERE / "templates"), static_folder=None, root_path=str(_HERE))
    app.config.update(flask_settings(config))
    languages.set_up(app, registry.translations())
    sessions.set_up(app, config)
    Csrf(app)  # before Flask-AppBuilder, which exempts its token API
    headers.set_up(app, config)
    errors.set_up(app)
    _set_up_templates(app, registry)
    with app.app_context():
        builder = GuibinBuilder()
        builder.init_app(app, _request_session(app))
        scope.set_up(app, scope_of or registry.scope_provider())
        generation.set_up(app, number, registry.items("api", "LOOKS"))
        admin.set_up(app, registry)
        listed = [*admin.ENTRIES, *handbook.ENTRIES, *registry.views(), *entries]
        kernel = (*admin.HIDDEN, ExportPage, working.WorkingPage)
        builder.register(listed, [*kernel, *registry.hidden_views(), *hidden], [*registry.apis(), *apis])
        builder.tiles = registry.items("views", "TILES")
        builder.home_parts = [*admin.HOME, *registry.items("views", "HOME")]
        builder.finders = registry.items("views", "SEARCH")
        builder.record_pages = registry.items("views", "PAGES")
        builder.people = registry.items("views", "PEOPLE")
    if config.proxies:
        hops = config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _connect() -> None:
    try:
        database.engine()
    except RuntimeError:
        database.connect(database_url())


def _installed() -> Registry:
    from core.addons import registry
    from core.addons.install import load_installed

    try:
        return registry.loaded()
    except RuntimeError:
        return load_installed(database.engine())


def _request_session(app: Flask) -> scoped_session[WebSession]:
    """Return the session of each request; what was not committed at its end is undone."""
    factory = scoped_session(sessionmaker(class_=WebSession, expire_on_commit=False))

    @app.teardown_appcontext
    def close(_problem: BaseException | None) -> None:
        factory.remove()

    return factory


def _set_up_templates(app: Flask, registry: Registry) -> None:
    """Find templates in the kernel first, then in addons: none can take the place of another's."""
    folders = [m.folder for m in registry.manifests]
    own = [str(f / "templates") for f in folders if (f / "templates").is_dir()]
    app.jinja_loader = ChoiceLoader([FileSystemLoader(str(_HERE / "templates")), FileSystemLoader(own)])
    # Jinja works out filters over constants once, when it compiles a template: `'can_add' | is_item_visible('X')` would
    # give everybody the answer of whoever came first.
    app.jinja_env.optimized = False
    app.jinja_env.globals.update(
        money=formats.money,
        points=formats.points,
        rate=formats.rate,
        day=formats.day,
        day_in_words=formats.day_in_words,
        lunar_day=formats.lunar_day,
        moment=formats.moment,
        tier_chip=formats.tier_chip,
        yes_no=formats.yes_no,
        NUMERIC=formats.NUMERIC,
        WHEN=formats.WHEN,
        page_of=record_pages.page_of,
        person=people.person,
        ruled=ruled.wholly,
        rule_named=ruled.named,
        shortly=ruled.shortly,
        role_title=roles.title,
        html_language=languages.html_language,
        form_key=posting.form_key,
        store_switch=working.switch,
        stores_shown=working.shown,
        is_typed=leaving.is_typed,
        LANGUAGES=languages.LANGUAGES,
    )
    own_files = {m.name: m.folder / "static" for m in registry.manifests if (m.folder / "static").is_dir()}
    files.serve(app, {"guibin": _HERE / "static", **own_files})
