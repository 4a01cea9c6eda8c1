"""Whose birthday it is: by day, within one's stores, and on paper no more than a name, a month and a day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from addons.membership.queries import birthdays
from addons.membership.tests.people import NOW, member, open_shop
from addons.membership.tests.screens import Screens
from addons.stores.models import Store
from core import clock
from core.db.scope import system_scope
from core.db.session import reading, work


def open_rows(session: Session) -> dict[str, Store]:
    """Return the stores by code."""
    return {store.code: store for store in session.scalars(select(Store))}


def test_birthdays_are_listed_by_the_day_they_are_kept(every_database: Engine) -> None:
    with system_scope("test"), work() as session:
        stores = open_shop(session)
        for name, born in (("甲", date(1988, 2, 29)), ("乙", date(1990, 2, 3)), ("丙", date(1990, 3, 1))):
            member(session, stores["S1"], name=name, birthday=born)
        member(session, stores["S2"], name="丁", birthday=date(2001, 2, 3))
    with system_scope("test"), reading() as session:
        found = birthdays(session, 2026, 2, limit=9)
        assert [(row.day, row.name) for row in found] == [
            (date(2026, 2, 3), "丁"),
            (date(2026, 2, 3), "乙"),
            (date(2026, 2, 28), "甲"),  # no 29 February this year (C14)
        ]
        assert birthdays(session, 2028, 2, limit=9)[-1].day == date(2028, 2, 29)
        assert [row.name for row in birthdays(session, 2026, 2, store_id=stores["S2"].id, limit=9)] == ["丁"]
        assert len(birthdays(session, 2026, 2, limit=1)) == 1


def test_the_page_shows_this_month_and_the_next_of_ones_own_stores(screens: Screens) -> None:
    with screens.working() as session:
        stores = open_rows(session)
        member(session, stores["S1"], name="五月", birthday=date(1990, 5, 4))
        member(session, stores["S1"], name="六月", birthday=date(1985, 6, 2))
        member(session, stores["S2"], name="別店", birthday=date(1990, 6, 2))
    with clock.fixed(NOW):
        manager, hq = screens.as_("one"), screens.as_("hq")
        may, june = manager.get("/birthdays/").text, manager.get("/birthdays/?month=2026-06").text
        assert ("五月" in may, "六月" in may) == (True, False)
        assert ("五月" in june, "六月" in june, "別店" in june) == (False, True, False)
        assert "06-02" in june
        assert "1985" not in june  # nobody's age is pinned up (C32)
        assert "7月1日（週三）" in june  # when the paper is destroyed
        assert "別店" in hq.get("/birthdays/?month=2026-06").text
        of_one = hq.get(f"/birthdays/?month=2026-06&store={screens.stores['S1']}").text
        assert ("六月" in of_one, "別店" in of_one) == (True, False)


def test_what_is_no_month_and_a_store_of_others_change_nothing(screens: Screens) -> None:
    with screens.working() as session:
        member(session, open_rows(session)["S2"], name="別店", birthday=date(1990, 6, 2))
    manager = screens.as_("one")
    for month in ("2026-13", "June", "2026-6-1", "0000-01"):
        assert manager.get(f"/birthdays/?month={month}").status_code == 422, month
    assert "別店" not in manager.get(f"/birthdays/?month=2026-06&store={screens.stores['S2']}").text
