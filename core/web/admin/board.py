"""Home of the system administrator: accounts, addons, and whether the work of the night went well."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.db.models import InstalledAddon, Job
from core.periods import local_day, moment
from core.web import formats, roles
from core.web.admin.account_screens import HAPPENED
from core.web.admin.matrix import holders
from core.web.admin.models import AccountEvent
from core.web.home import Board, Chart, Series, Short, Tile
from core.web.security.models import User

_DAYS, _ROWS = 14, 6


def admin_board(session: Session) -> Board:
    """Return the board."""
    now = clock.now()
    today = local_day(now)
    days = [today - timedelta(days=back) for back in reversed(range(_DAYS))]
    ended = _ended(session, moment(days[0]))
    return Board(
        tiles=_tiles(session, now, ended),
        charts=(_work(ended, days), _accounts(session)),
        lists=(_failed(session), _events(session)),
    )


def _ended(session: Session, since: datetime) -> dict[tuple[date, str], int]:
    """Count the jobs that ended since a moment by day and how."""
    found: dict[tuple[date, str], int] = {}
    rows: Any = session.execute(select(Job.ended_at, Job.state).where(Job.ended_at >= since))
    for at, state in rows:
        key = local_day(at), state
        found[key] = found.get(key, 0) + 1
    return found


def _tiles(session: Session, now: datetime, ended: dict[tuple[date, str], int]) -> tuple[Tile, ...]:
    failed = sum(count for (_, state), count in ended.items() if state == "failed")
    return (
        Tile(gettext("Accounts in use"), formats.count(_counted(session, User, User.active)), "/accounts/"),
        Tile(
            gettext("Locked accounts"),
            formats.count(_counted(session, User, User.active, User.locked_until > now)),
            "/accounts/?_flt_0_state=locked",
            gettext("after wrong passwords"),
        ),
        Tile(gettext("Addons installed"), formats.count(_counted(session, InstalledAddon)), "/addons/"),
        Tile(
            gettext("Background work that failed"),
            formats.count(failed),
            note=gettext("in the last %(days)s days", days=_DAYS),
        ),
    )


def _counted(session: Session, model: Any, *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def _work(ended: dict[tuple[date, str], int], days: list[date]) -> Chart:
    states = (("done", gettext("done")), ("failed", gettext("failed")))
    return Chart(
        "work-by-day",
        gettext("Did the background work go well?"),
        tuple(f"{day.month}/{day.day}" for day in days),
        tuple(Series(words, tuple(ended.get((day, state), 0) for day in days)) for state, words in states),
    )


def _accounts(session: Session) -> Chart:
    counted = holders(session)
    return Chart(
        "accounts-by-role",
        gettext("How many accounts has each role?"),
        tuple(roles.title(role) for role in counted),
        (Series(gettext("Accounts"), tuple(counted.values())),),
        sideways=True,
    )


def _failed(session: Session) -> Short:
    wanted = select(Job).where(Job.state == "failed").order_by(Job.id.desc()).limit(_ROWS)
    rows = tuple(("", (job.name, formats.moment(job.ended_at))) for job in session.scalars(wanted))
    return Short(gettext("Work that failed"), rows, empty=gettext("Nothing failed."))


def _events(session: Session) -> Short:
    wanted = select(AccountEvent).order_by(AccountEvent.id.desc()).limit(_ROWS)
    rows = tuple(
        (
            f"/accounts/{event.user_id}",
            (event.username, str(HAPPENED.get(event.what, event.what)), formats.moment(event.at)),
        )
        for event in session.scalars(wanted)
    )
    return Short(gettext("Newest changes of accounts"), rows, "/accounts/")
