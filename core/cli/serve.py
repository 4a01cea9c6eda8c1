"""`guibin setup` and `guibin serve`."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Any

import click

from core import clock
from core.addons import install, registry
from core.addons.discover import available
from core.config import database_url, var_folder
from core.db import session
from core.db.scope import system_scope


@click.command()
@click.option("--demo", is_flag=True, help="Load the demo and make one login per role.")
@click.pass_context
def setup(context: click.Context, demo: bool) -> None:
    """Make or bring up to date the database with all addons; harmless when run again."""
    engine = session.connect(database_url())
    new = install.install(engine, sorted(available()), clock.now())
    _sync_permissions()
    click.echo(f"database: {engine.url.render_as_string()} ({len(new)} addons new)")
    if demo:
        _load_demo(context)
        for line in _logins(var_folder() / "demo-logins.txt"):
            click.echo(line)


def _sync_permissions() -> None:
    from core.web.deploy import sync_permissions

    sync_permissions()


def _load_demo(context: click.Context) -> None:
    """Run the addons' `demo load`, which does nothing where the demo is there already."""
    group = next(command for command in registry.loaded().commands() if command.name == "demo")
    context.invoke(group.commands["load"])


def _logins(path: Path) -> list[str]:
    """Make one login per role with a generated password, once; return them as printed."""
    if not path.exists():
        with system_scope("set up the demonstration"):
            made = [_login(role) for role in registry.loaded().items("services", "DEMO_LOGINS")]
        path.touch(mode=0o600)
        path.write_text("\n".join(made) + "\n", "utf-8")
    return path.read_text("utf-8").splitlines()


def _login(login: Any) -> str:
    from core.web.deploy import create_user

    password = secrets.token_urlsafe(12)
    user_id = create_user(username=login.username, role=login.role, password=password, name=login.name)
    login.grant(user_id)
    return f"{login.role:15} {login.username:15} {password}"


@click.command()
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000, type=int, envvar="PORT")
@click.option("--workers", default=2, type=int)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the product with gunicorn: synchronous workers, one thread each."""
    click.echo(f"http://{host}:{port}")
    gunicorn = Path(sys.executable).with_name("gunicorn")
    # Not preloaded: workers that are started anew (SIGHUP) must read the addons of then.
    os.execv(  # noqa: S606 - gunicorn takes this process over, so that signals reach it
        gunicorn,

        ["gunicorn", "--bind", f"{host}:{port}", "--workers", str(workers), "--worker-class", "sync",
         "--max-requests", "5000", "--max-requests-jitter", "500", "core.web.wsgi:app"],
    )  # fmt: skip
