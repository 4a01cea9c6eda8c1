"""Counters of the rate limits in the product's own database, so that all workers count together without Redis."""

from __future__ import annotations

from datetime import timedelta

from limits.storage import Storage
from sqlalchemy import bindparam, case, delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.db.session import engine
from core.web.security.models import Counter

_TABLE = Counter.__table__
_COUNT = select(_TABLE.c.count).where(_TABLE.c.key == bindparam("k"), _TABLE.c.expires_at > bindparam("now"))
_EXPIRY = select(_TABLE.c.expires_at).where(_TABLE.c.key == bindparam("k"))


class DatabaseCounters(Storage):
    """Fixed windows counted in one row a key (`RATELIMIT_STORAGE_URI = "guibin://"`)."""

    STORAGE_SCHEME = ["guibin"]

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """Return what the database may raise."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count and return how often, within the window that is open or a new one."""
        now = clock.now()
        insert = sqlite.insert if engine().dialect.name == "sqlite" else postgresql.insert
        over = _TABLE.c.expires_at <= now
        until = now + timedelta(seconds=expiry)
        statement = (
            insert(_TABLE)
            .values(key=key[:250], count=amount, expires_at=until)
            .on_conflict_do_update(
                index_elements=[_TABLE.c.key],
                set_={
                    "count": case((over, literal(amount)), else_=_TABLE.c.count + amount),
                    "expires_at": case((over, literal(until, _TABLE.c.expires_at.type)), else_=_TABLE.c.expires_at),
                },
            )
            .returning(_TABLE.c.count)
        )
        with engine().begin() as connection:
            connection.execute(delete(_TABLE).where(_TABLE.c.expires_at <= now, _TABLE.c.key != key[:250]))
            return int(connection.execute(statement).scalar_one())

    def get(self, key: str) -> int:
        """Return how often in the open window."""
        with engine().connect() as connection:
            return int(connection.execute(_COUNT, {"k": key[:250], "now": clock.now()}).scalar() or 0)

    def get_expiry(self, key: str) -> float:
        """Return when the window closes, in seconds since 1970."""
        with engine().connect() as connection:
            at = connection.execute(_EXPIRY, {"k": key[:250]}).scalar()
        return (at or clock.now()).timestamp()

    def check(self) -> bool:
        """Tell that the database is there."""
        return True

    def reset(self) -> int | None:
        """Forget everything that was counted."""
        with engine().begin() as connection:
            return int(connection.execute(delete(_TABLE)).rowcount)

    def clear(self, key: str) -> None:
        """Forget one key."""
        with engine().begin() as connection:
            connection.execute(delete(_TABLE).where(_TABLE.c.key == key[:250]))
