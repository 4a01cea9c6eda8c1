"""The tier review of a brand beside one bare aggregate over the same credit: everybody, again, and the night after.

    ./dev bench tiers                          100,000 members, 1,000,000 purchases, on SQLite in a folder of its own
    ./dev bench tiers --full                   100,000 members, 5,000,000 purchases, on SQLite
    ./dev bench tiers --full --postgresql URL  1,000,000 members, 10,000,000 purchases, in a database that is dropped

The purchases are of the last year, in the order of their days, by members drawn at random; about one in five has
enough for gold and waits for it. Making them is not timed. Processor time is that of this process alone: what the
PostgreSQL server spends is in the seconds. The goal is two minutes for everybody on two cores.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, create_engine, func, make_url, select, text

from addons.tiers.models import Credit, Review, TierChange
from addons.vouchers.tests.shop import open_shop
from core import clock, settings
from core.addons import registry
from core.addons.discover import available
from core.db import migrate, session
from core.db.models import Job
from core.db.scope import system_scope
from core.jobs import ask

NIGHT = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
LAST = date(2026, 11, 26)
DAYS = 365
GOAL_SECONDS = 120
GOLD = 300_000
NAME = "guibin_bench_tiers"


@dataclass(frozen=True)
class Size:
    """How many."""

    members: int
    purchases: int

    @property
    def each_day(self) -> int:
        return self.purchases // DAYS


# --- making ----------------------------------------------------------------------------------------------------------

_SERIES = {
    "postgresql": "generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS s(n)",
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n < :last)"
    " SELECT n FROM s) AS s",
}
_DAY = {"postgresql": "CAST(:begins AS date) + CAST({} AS int)", "sqlite": "date(:begins, ({}) || ' days')"}
_MOMENT = {"postgresql": "({})::timestamp AT TIME ZONE 'UTC'", "sqlite": "{} || ' 08:00:00.000000'"}
_DRAWN = {"postgresql": "floor(random() * {})::bigint", "sqlite": "abs(random() % {})"}


def make(engine: Engine, size: Size) -> None:
    """Make a brand with its members and their purchases by statements over whole sets."""
    loaded = registry.load(available())
    loaded.load_jobs()
    migrate.create_all(engine, loaded.manifests)
    with system_scope("bench"), session.work() as work:
        open_shop(work)
    indexes = list(Credit.__table__.indexes)
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    _fill(engine, size)
    with engine.begin() as connection:
        for index in indexes:
            index.create(connection)
    tidy = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(tidy))


def _fill(engine: Engine, size: Size) -> None:
    name = engine.dialect.name
    first_day = LAST - timedelta(days=DAYS - 1)
    step = 1_000_000
    with engine.begin() as connection:
        connection.execute(text(_members(name)), {"first": 1, "last": size.members, "begins": first_day.isoformat()})
    for start in range(1, size.purchases + 1, step):
        asked = {"first": start, "last": min(start + step - 1, size.purchases), "begins": first_day.isoformat()}
        with engine.begin() as connection:
            connection.execute(text(_purchases(name, size)), asked)
    _renumber(engine)


def _members(name: str) -> str:
    number = "lpad(n::text, 10, '0')" if name == "postgresql" else "printf('%010d', n)"
    joined = _MOMENT[name].format(_DAY[name].format("0"))
    columns = (
        "id, store_id, brand_id, number, name, phone, birthday_declined, sex, email, district, street, tier, status,"
        " recruited_by, recruited_note, home_market_id, is_staff, joined_at, activated_at"
    )
    values = (
        f"n, 1 + n % 2, 1, {number}, '', '+86' || {number}, true, 'unknown', '', '', '',"
        " CASE WHEN n % 20 = 0 THEN 'diamond' WHEN n % 7 = 0 THEN 'gold' ELSE 'ordinary' END, 'active',"
        f" 'walk_in', '', 1, false, {joined}, {joined}"
    )
    return f"INSERT INTO membership_member ({columns}) SELECT {values} FROM {_SERIES[name]}"


def _purchases(name: str, size: Size) -> str:
    day = _DAY[name].format(f"(n - 1) * {DAYS} / {size.purchases}")
    member = f"1 + {_DRAWN[name].format(size.members)}"
    amount = f"1000 + {_DRAWN[name].format(GOLD * 27 * size.members // (size.purchases * 10))}"
    columns = (
        "id, member_id, store_id, receipt_id, number, kind, day, sold_at, amount, points, amount_left, points_left,"
        " at, row_hash"
    )
    drawn = f"SELECT n, {member} AS member, {amount} AS fen, {day} AS day FROM {_SERIES[name]}"
    at = _MOMENT[name].format("day")
    values = (
        f"n, member, 1 + n % 2, n, 1, 'purchase', day, {at}, fen, fen / 100, fen, fen / 100, {at},"
        " 'b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184'"
    )
    return f"INSERT INTO tiers_credit ({columns}) WITH drawn AS MATERIALIZED ({drawn}) SELECT {values} FROM drawn"


def _renumber(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        for table in ("membership_member", "tiers_credit"):
            following = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            connection.execute(text(following))


# --- running ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """What something took: seconds, and processor seconds of this process."""

    seconds: float
    processor: float


def timed(work: Callable[[], object]) -> Taken:
    """Run something and measure it."""
    begun, used = clock.elapsed_seconds(), clock.processor_seconds()
    work()
    return Taken(clock.elapsed_seconds() - begun, clock.processor_seconds() - used)


def bare(engine: Engine) -> None:
    """Add up what counts for each member, the least that a review could do, and count who has enough for gold."""
    c = Credit.__table__.c
    opens = date(2026, 5, 27)
    sums = (
        select(c.member_id)
        .where(c.day >= opens, c.day <= LAST)
        .group_by(c.member_id)
        .having(func.sum(c.amount) >= GOLD)
    )
    with engine.connect() as connection:
        found = connection.scalar(select(func.count()).select_from(sums.subquery()))
    print(f"    {found:,} members with {GOLD // 100:,} yuan")


def run_review(night: datetime) -> None:
    """Run the job as the night does."""
    with clock.fixed(night):
        job_id = ask("tiers.review", {})
    with system_scope("bench"), session.reading() as read:
        row = read.get_one(Job, job_id)
        assert row.state == "done", row.error
        review = read.scalars(select(Review).order_by(Review.id.desc())).first()
        waits = read.scalar(select(func.count(TierChange.id)))
    assert review is not None
    told = "everybody" if review.whole else "what is new"
    print(f"    {told}: {review.members:,} members, {review.climbed:,} climbed in it; {waits:,} steps in all")


def sell_a_day(engine: Engine, size: Size) -> None:
    """Sell as much as on any day, on the day after the last."""
    asked = {"first": size.purchases + 1, "last": size.purchases + size.each_day, "begins": LAST.isoformat()}
    whole = Size(size.members, size.each_day * DAYS)  # one day further on
    statement = _purchases(engine.dialect.name, whole).replace(f"(n - 1) * {DAYS} / {whole.purchases}", "1")
    with engine.begin() as connection:
        connection.execute(text(statement), asked)
    _renumber(engine)


def measure(engine: Engine, size: Size) -> bool:
    """Print what each run takes, and tell whether the goal holds."""
    settings.forget_values()
    aggregate = timed(lambda: bare(engine))
    runs = {"everybody": timed(lambda: run_review(NIGHT)), "once more": timed(lambda: run_review(NIGHT))}
    sell_a_day(engine, size)
    runs["the night after"] = timed(lambda: run_review(NIGHT + timedelta(days=1)))
    again = timed(lambda: bare(engine))
    base = (aggregate.seconds + again.seconds) / 2
    print(f"\n{'':18} {'seconds':>9} {'processor':>10} {'x bare aggregate':>17}")
    for name, taken in {"bare aggregate": Taken(base, aggregate.processor), **runs}.items():
        print(f"{name:18} {taken.seconds:9.1f} {taken.processor:10.1f} {taken.seconds / base:17.1f}")
    print(f"goal for everybody: {GOAL_SECONDS} s")
    return runs["everybody"].seconds <= GOAL_SECONDS


@contextmanager
def sqlite() -> Iterator[Engine]:
    """A database in a folder that goes afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="guibin-tiers-"))
    try:
        yield session.connect(f"sqlite:///{folder / 'tiers.db'}")
    finally:
        session.disconnect()
        shutil.rmtree(folder)


@contextmanager
def postgresql(server: str) -> Iterator[Engine]:
    """A database of its own on a server, dropped afterwards."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    drop = text(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    with admin.connect() as connection:
        connection.execute(drop)
        connection.execute(text(f"CREATE DATABASE {NAME}"))
    try:
        yield session.connect(make_url(server).set(database=NAME).render_as_string(hide_password=False))
    finally:
        session.disconnect()
        with admin.connect() as connection:
            connection.execute(drop)
        admin.dispose()


def main() -> int:
    """Make the data, run the reviews, print the figures; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgresql", metavar="URL", help="a server on which a database may be made")
    parser.add_argument("--full", action="store_true", help="the size of the goal")
    parser.add_argument("--members", type=int)
    parser.add_argument("--purchases", type=int)
    wanted = parser.parse_args()
    large = Size(1_000_000, 10_000_000) if wanted.postgresql else Size(100_000, 5_000_000)
    size = large if wanted.full else Size(100_000, 1_000_000)
    size = Size(wanted.members or size.members, wanted.purchases or size.purchases)
    with postgresql(wanted.postgresql) if wanted.postgresql else sqlite() as engine:
        print(f"{engine.dialect.name}: {size.members:,} members, {size.purchases:,} purchases")
        print(f"made in {timed(lambda: make(engine, size)).seconds:.0f} s\n")
        return int(not measure(engine, size))


if __name__ == "__main__":
    raise SystemExit(main())
