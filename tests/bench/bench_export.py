"""The member list of 100,000 rows as CSV and XLSX, beside a bare csv writer over the same rows in the same run."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import resource
import secrets
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import insert, select, text

from addons.membership.models import Member
from addons.stores.models import Brand, Franchisee, Market, Region, Store
from addons.stores.services import grant_scope
from core import clock
from core.addons import registry
from core.addons.discover import available
from core.db import migrate, session
from core.db.models import Job
from core.db.scope import system_scope
from core.jobs import record, run_now
from core.testing.screens import PASSWORD
from core.web import roles
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import create_user, sync_permissions
from core.web.lists import exporting

ROWS = 100_000
_JOINED = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
_TIERS = ("ordinary", "gold", "diamond")


class Spent(NamedTuple):
    """What one way of writing the file cost: processor and wall time in seconds, memory in MB, bytes of the file."""

    processor: float
    wall: float
    memory: int
    size: int


def build(folder: Path) -> Flask:
    """Return the product over a database with the members, and headquarters' account."""
    loaded = registry.load(available())
    migrate.create_all(session.connect(f"sqlite:///{folder / 'bench.db'}"), loaded.manifests)
    app = create_app(WebConfig(secret_key=secrets.token_urlsafe(48), var=folder), registry=loaded)
    sync_permissions(app)
    user_id = create_user(username="hq", role=roles.HQ_APPROVER, password=PASSWORD)
    with system_scope("benchmark"), session.work() as opened:
        _fill(opened)
        grant_scope(opened, user_id=user_id, kind="hq", target_id=None)
    return app


def _fill(opened: Any) -> None:
    brand, market = Brand(code="YS", name="雲裳"), Market(code="CN", name="中國內地", currency="CNY")
    owner = Franchisee(code="F1", name="江南服飾")
    opened.add_all([brand, market, owner])
    opened.flush()
    region = Region(code="EAST", name="華東", market_id=market.id)
    opened.add(region)
    opened.flush()
    same = {"brand_id": brand.id, "region_id": region.id, "franchisee_id": owner.id, "format": "boutique"}
    stores = [Store(code=f"S{n:02}", name=f"第 {n} 門市", opened_on=date(2020, 1, 1), **same) for n in range(40)]
    opened.add_all(stores)
    opened.flush()
    rows = [
        {
            "store_id": stores[n % 40].id, "brand_id": brand.id, "home_market_id": market.id, "number": f"1{n:08}",
            "name": f"會員{n:06}", "phone": f"+86138{n:08}", "tier": _TIERS[n % 3], "status": "active",
            "birthday": date(1990, n % 12 + 1, n % 28 + 1), "joined_at": _JOINED, "activated_at": _JOINED,
        }
        for n in range(ROWS)
    ]  # fmt: skip
    opened.execute(insert(Member.__table__), rows)
    opened.execute(text("ANALYZE"))


def bare(_app: Flask) -> bytes:
    """Write the same columns with one statement and a csv writer."""
    m, s = Member.__table__.c, Store.__table__.c
    shown = select(m.name, m.number, m.tier, m.phone, m.status, m.birthday, s.name, m.joined_at)
    out = io.StringIO()
    with session.engine().connect() as connection:
        found = connection.execute(shown.join_from(Member.__table__, Store.__table__).order_by(m.id.desc()))
        csv.writer(out).writerows(found)
    return out.getvalue().encode()


def exported(kind: str) -> Callable[[Flask], bytes]:
    """Return what writes the file as the product does: a recorded job, run by a process that builds the product."""

    def write(_app: Flask) -> bytes:
        user_id, wanted = 1, exporting.Wanted("MemberView", kind, "", f"members.{kind}")
        person = {"user_id": user_id, "language": "zh_Hant_TW", "zone": None, "count": ROWS}
        job_id = record(exporting.JOB, {**asdict(wanted), **person}, user_id)
        run_now(job_id)
        with system_scope("benchmark"), session.reading() as opened:
            job = opened.get_one(Job, job_id)
            assert job.result is not None, job.error
            return (exporting.folder() / str(job.result["file"])).read_bytes()

    return write


def spent(app: Flask, way: Callable[[Flask], bytes]) -> Spent:
    """Write the file in a process of its own, and return what it cost."""
    ours, theirs = multiprocessing.Pipe()

    def child() -> None:
        session.engine().dispose(close=False)
        began, wall = clock.processor_seconds(), clock.elapsed_seconds()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = len(way(app))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        theirs.send(Spent(clock.processor_seconds() - began, clock.elapsed_seconds() - wall, memory // 1024, size))

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    theirs.close()  # so that a child that fails is noticed
    found: Spent = ours.recv()
    process.join()
    return found


def main() -> int:
    """Print one line for each way, with its ratio to the bare writer."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GUIBIN_VAR"] = folder
        app = build(Path(folder))
        base = spent(app, bare)
        print(f"{ROWS:,} members; bare csv writer: {_line(base)}")
        for name in ("csv", "xlsx"):
            found = spent(app, exported(name))
            print(f"  {name:5} {_line(found)}  {found.processor / base.processor:5.1f} x bare")
        session.disconnect()
    return 0


def _line(one: Spent) -> str:
    return f"{one.processor:6.2f} s processor, {one.wall:6.2f} s wall, {one.memory:4} MB more, {one.size:,} bytes"


if __name__ == "__main__":
    sys.exit(main())
