"""The invented shop: it ends with the day it is given, its seasons are where they belong, and it is always the same."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from shutil import copy
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from addons.points import queries as points
from addons.sales.demo import people, shop, wardrobe
from addons.sales.demo.span import seasons, span_until
from addons.sales.models import Receipt
from core.addons import install
from core.addons.registry import Registry
from core.db import session as database
from core.db.session import reading
from core.periods import moment
from core.testing.plugin import NOW

SMALL = shop.Size(months=1, members=60, prospects=5, receipts=150)
A_DAY = timedelta(days=1)
LAST_DAYS = (
    date(2026, 4, 30), date(2026, 11, 25), date(2027, 2, 12), date(2028, 2, 29), date(2028, 8, 31), date(2030, 12, 31),
)  # fmt: skip


@pytest.fixture(scope="module")
def sqlite_template(addons: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as whoever tries the product sets it up: by migrations, with the lists that addons bring."""
    path = tmp_path_factory.mktemp("set_up") / "guibin.db"
    engine = database.connect(f"sqlite:///{path}")
    install.install(engine, [manifest.name for manifest in addons.manifests], NOW)
    database.disconnect()
    return path


def numbers(*statements: str) -> list[Any]:
    with reading() as session:
        return [session.scalar(text(statement)) for statement in statements]


@pytest.mark.parametrize("last", LAST_DAYS)
def test_eighteen_months_end_with_the_day_given(last: date) -> None:
    span = span_until(last)
    assert span.days[-1] == last
    assert 545 <= len(span.days) <= 550
    assert span_until(last + A_DAY).last == last + A_DAY


@pytest.mark.parametrize("last", LAST_DAYS)
def test_every_day_has_a_season_and_winter_stays_winter(last: date) -> None:
    span = span_until(last)
    hung = seasons(span)
    assert 4 <= len(hung) <= 5
    assert all(one.ends_on + A_DAY == following.starts_on for one, following in pairwise(hung))
    assert hung[0].starts_on + timedelta(days=60) <= span.first
    assert hung[-1].starts_on <= last <= hung[-1].ends_on
    assert {one.code[4:] for one in hung if one.starts_on.month == 8} == {"AW"}
    assert all(one.code.startswith(str(one.starts_on.year)) for one in hung)


@pytest.mark.parametrize("last", LAST_DAYS)
def test_every_day_has_enough_to_sell(last: date) -> None:
    """A basket has up to six products that have been launched and are not yet old."""
    span = span_until(last)
    launches = [record["launched_on"] for record in wardrobe.products("YS", seasons(span), Random(7))]
    fewest = min(sum(one <= day <= one + timedelta(days=300) for one in launches) for day in span.days)
    assert fewest > 100


def test_the_same_chance_gives_the_same_people_and_clothes() -> None:
    hung = seasons(span_until(date(2026, 4, 30)))
    found = [list(wardrobe.products("YS", hung, Random(7))) for _ in range(2)]
    assert found[0] == found[1]
    assert len(found[0]) > 700
    names = [people.person(Random(seed))[0] for seed in range(200)]
    assert len(set(names)) > 100


def test_everybody_is_grown_up_on_the_last_day() -> None:
    today = date(2040, 2, 29)
    found = [people.birthday(Random(seed), today) for seed in range(500)]
    born = [one["birthday"] for one in found]
    assert date(1972, 1, 1) <= min(born)
    assert max(born) < date(2021, 1, 1)
    assert 20 < sum(one["birthday_lunar"] for one in found) < 150


#: Everything but the codes of the vouchers, which nobody may foretell.
_TABLES = {
    "membership_member": "*",
    "membership_card": "*",
    "sales_receipt": "*",
    "sales_line": "*",
    "points_entry": "*",
    "tiers_credit": "*",
    "vouchers_voucher": "id, member_id, store_id, value, status, valid_until",
}


def _whole() -> dict[str, list[tuple[Any, ...]]]:
    with reading() as session:
        return {
            table: [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1, 2"))]
            for table, columns in _TABLES.items()
        }


def test_it_goes_through_the_services_and_is_made_once(database: Engine, system: None) -> None:
    """A month of it: the whole is the business of benchmarks and of setting up."""
    assert shop.load(lambda _done, _total: None, date(2026, 11, 25), SMALL)
    assert not shop.load(lambda _done, _total: None, date(2027, 1, 1), SMALL)
    assert numbers("SELECT count(*) FROM sales_receipt", "SELECT count(*) FROM stores_store") == [150, 8]
    assert numbers("SELECT count(DISTINCT format) FROM stores_store") == [5]
    first, last = numbers("SELECT min(day) FROM sales_receipt", "SELECT max(day) FROM sales_receipt")
    assert (str(first), str(last)) == ("2026-10-26", "2026-11-25")


@pytest.mark.parametrize(("until", "sold"), [(time(8), False), (time(16), True)])
def test_the_shops_are_open_since_this_morning(database: Engine, system: None, until: time, sold: bool) -> None:
    """Whoever looks around finds sales of today, none of which is still to come, and the night's seal."""
    busy, today = SMALL._replace(receipts=600), date(2026, 11, 26)
    now = moment(today, until)
    assert shop.load(lambda _done, _total: None, date(2026, 11, 25), busy, until=now)
    whole, since = numbers(
        "SELECT count(*) FROM sales_receipt WHERE day < '2026-11-26'",
        "SELECT count(*) FROM sales_receipt WHERE day = '2026-11-26'",
    )
    assert (whole, since > 0) == (600, sold)
    with reading() as session:
        assert session.scalars(select(func.max(Receipt.at))).one() < now
    assert (numbers("SELECT count(*) FROM core_ledger_seal") == [5]) is sold


def test_head_office_published_changed_granted_and_left_work_to_do(database: Engine, system: None) -> None:
    """The boards of head office and the auditor have something to show."""
    assert shop.load(lambda _done, _total: None, date(2026, 11, 25), SMALL)
    assert numbers("SELECT count(*) FROM rulebook_publication", "SELECT count(*) FROM core_setting_change") == [3, 1]
    assert numbers("SELECT count(*) FROM rulebook_version WHERE state = 'in_review'") == [1]
    assert numbers("SELECT count(*) FROM rulebook_approval WHERE reason = 'kill_switch'") == [1]
    assert numbers("SELECT count(DISTINCT version) FROM core_decision") == [3]


def test_most_cards_are_converted_where_the_tier_was_reached(database: Engine, system: None) -> None:
    """The till has a few to convert, not everybody."""
    busy = SMALL._replace(months=3, receipts=600)
    assert shop.load(lambda _done, _total: None, date(2026, 11, 25), busy)
    at_the_till, other = numbers(
        "SELECT count(*) FROM tiers_change WHERE converted_by = 'card'",
        "SELECT count(*) FROM tiers_change WHERE converted_by <> 'card'",
    )
    lower = numbers(
        "SELECT count(*) FROM membership_member m JOIN membership_card c ON c.member_id = m.id AND c.status = 'active'"
        " WHERE c.tier <> m.tier"
    )[0]
    assert at_the_till > 3 * other
    assert lower < at_the_till // 4


def test_goods_came_back_and_months_were_settled_and_closed(database: Engine, system: None) -> None:
    assert shop.load(lambda _done, _total: None, date(2026, 11, 25), SMALL)
    returned, settled = numbers("SELECT count(*) FROM sales_return", "SELECT count(*) FROM settlement_entry")
    assert returned > 1
    assert settled > 50
    assert numbers("SELECT sum(amount) FROM settlement_entry WHERE source = 'return'")[0] > 0
    with reading() as session:
        closed = session.execute(text("SELECT book, month FROM core_ledger_close")).all()
        asked = session.execute(text("SELECT month, state FROM core_ledger_close_request ORDER BY id")).all()
    assert [(book, str(month)) for book, month in closed] == [("settlement", "2026-09-01")]
    assert [(str(month), state) for month, state in asked] == [("2026-09-01", "approved"), ("2026-10-01", "asked")]


def test_vouchers_past_their_last_day_have_expired(database: Engine, system: None) -> None:
    assert shop.load(lambda _done, _total: None, date(2026, 11, 25), SMALL._replace(months=9, receipts=600))
    past = "SELECT count(*) FROM vouchers_voucher WHERE valid_until < '2026-11-25' AND status"
    active, expired = numbers(f"{past} = 'active'", f"{past} = 'expired'")
    assert (active, expired > 0) == (0, True)


def test_points_are_doubled_on_the_member_day(database: Engine, system: None) -> None:
    assert shop.load(lambda _done, _total: None, date(2026, 11, 25), SMALL)
    sold = "SELECT count(*) FROM sales_receipt WHERE member_id IS NOT NULL AND day = '2026-11-18'"
    all_of_them, doubled = numbers(sold, f"{sold} AND points = 2 * (cash / 100)")
    assert all_of_them == doubled > 0


def test_the_same_day_gives_the_same_data(sqlite_template: Any, tmp_path: Any, system: None) -> None:
    made = []
    for name in ("one", "other"):
        path = tmp_path / f"{name}.db"
        copy(sqlite_template, path)
        database.connect(f"sqlite:///{path}")
        assert shop.load(lambda _done, _total: None, date(2026, 2, 20), SMALL)
        made.append(_whole())
        database.disconnect()
    assert made[0] == made[1]
    assert len(made[0]["sales_receipt"]) == 150


def test_members_and_points_were_looked_after_by_hand(database: Engine, system: None) -> None:
    """The lists of families, consents, corrections and transfers have something to show, and work waits."""
    busy = SMALL._replace(months=5, members=120, receipts=900)
    assert shop.load(lambda _done, _total: None, date(2026, 11, 25), busy)
    families, in_families = numbers(
        "SELECT count(*) FROM membership_family",
        "SELECT count(*) FROM membership_member WHERE family_id IS NOT NULL",
    )
    assert in_families == 2 * families > 2
    answers = "SELECT count(*) FROM membership_consent WHERE purpose = 'messages' AND"
    assert numbers(f"{answers} given", f"{answers} NOT given") == [6, 3]
    assert numbers("SELECT state FROM membership_birthday_request") == ["asked"]
    with reading() as session:
        corrections = session.execute(text("SELECT state, points FROM points_adjustment ORDER BY id")).all()
        wrong = list(points.audit(session))
    assert corrections == [("approved", 120), ("approved", -80), ("refused", 2_000), ("asked", 200)]
    assert numbers("SELECT count(*) FROM points_transfer") == [1]
    assert wrong == []
