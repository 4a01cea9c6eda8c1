"""Earning, spending, taking back: what is written always adds up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from addons.points import domain, queries, services
from addons.points.models import Account, Entry, Lot
from addons.points.tests.book import TODAY, assert_sound, earned, reverse, spend
from addons.vouchers.tests.shop import NOON, Shop, open_shop
from core import clock
from core import settings as decisions
from core.db.posting import Operation, post
from core.db.scope import Scope, acting, system_scope
from core.db.session import work
from core.errors import Invalid, OutOfScope, Refusal


def test_a_purchase_with_double_points_is_two_lots_and_only_one_can_become_vouchers(shop: Shop) -> None:
    member = shop.member()
    assert services.earn_many(shop.session, [earned(shop, member, 3000, of_purchase=1500)]) == {member: 3000}
    lots = shop.session.scalars(select(Lot)).all()
    assert [(lot.source, lot.points, lot.remaining) for lot in lots] == [
        ("purchase", 1500, 1500),
        ("bonus", 1500, 1500),
    ]
    assert queries.state_many(shop.session, [member], TODAY) == {member: queries.PointsState(3000, 1500)}
    assert_sound(shop.session)


def test_a_batch_of_many_members_writes_each_balance_after(everywhere: Shop) -> None:
    shop = everywhere
    one, other = shop.member("1"), shop.member("2")
    batch = [earned(shop, one, 10), earned(shop, other, 20), earned(shop, one, 30), earned(shop, other, 0)]
    assert services.earn_many(shop.session, batch) == {one: 40, other: 20}
    assert services.earn_many(shop.session, [earned(shop, other, 5)]) == {other: 25}
    assert services.earn_many(shop.session, []) == {}
    assert_sound(shop.session)


def test_what_a_receipt_gives_is_written_in_three_statements_and_asks_for_the_key_alone(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    services.earn_many(shop.session, [earned(shop, member, 3000, of_purchase=1500)])
    shop.session.commit()  # who listens to an engine hears the connections that come after
    seen: list[str] = []
    event.listen(shop.session.get_bind(), "before_cursor_execute", lambda *given: seen.append(given[2]))
    with clock.fixed(NOON):  # a receipt of the present month
        services.earn_many(shop.session, [earned(shop, member, 3000, of_purchase=1500)])
    key, *written = seen
    assert key.startswith("SELECT")
    assert [statement.split()[2] for statement in written] == ["points_lot", "points_account", "points_entry"]


def test_points_keep_the_day_they_would_expire(shop: Shop) -> None:
    member = shop.member()
    services.earn_many(shop.session, [earned(shop, member, 10)])
    assert shop.session.scalars(select(Lot.expires_on)).all() == [date(2028, 5, 4)]
    decisions.change(shop.session, name="points.expiry_months", to=0, by="hq", reason="never", now=NOON)
    services.earn_many(shop.session, [earned(shop, member, 10)])
    assert shop.session.scalars(select(Lot.expires_on).order_by(Lot.id)).all()[-1] is None


def test_spending_takes_first_what_expires_first(shop: Shop) -> None:
    member = shop.member()
    days = [TODAY, TODAY - timedelta(days=30), TODAY - timedelta(days=10)]
    services.earn_many(shop.session, [earned(shop, member, 100, day=day) for day in days])
    lots = {lot.earned_on: lot.id for lot in shop.session.scalars(select(Lot))}
    assert [(s.lot_id, s.points, s.balance_after, s.number) for s in spend(shop, member, 150)] == [
        (lots[days[1]], -100, 200, 4),
        (lots[days[2]], -50, 150, 5),
    ]
    assert_sound(shop.session)


def test_more_than_is_there_cannot_be_spent(shop: Shop) -> None:
    member = shop.member()
    services.earn_many(shop.session, [earned(shop, member, 100)])
    with pytest.raises(services.InsufficientPoints) as refused:
        spend(shop, member, 101)
    assert refused.value.facts == {"wanted": 101, "balance": 100}
    with pytest.raises(services.InsufficientPoints):
        spend(shop, shop.member("2"), 1)  # nobody without points has an account
    with pytest.raises(services.InsufficientPoints):
        spend(shop, 99, 1)
    for nothing in (0, -5):
        with pytest.raises(Invalid):
            spend(shop, member, nothing)
    assert spend(shop, member, 100)
    assert_sound(shop.session)


def test_the_database_itself_holds_the_floor_and_the_sums(shop: Shop) -> None:
    services.earn_many(shop.session, [earned(shop, shop.member(), 100)])
    for wrong in (
        "UPDATE points_account SET balance = -5001, earned = -5001",
        "UPDATE points_account SET balance = balance + 1",
        "UPDATE points_lot SET remaining = points + 1",
        "UPDATE points_lot SET remaining = -1",
        "UPDATE points_lot SET reserved = 1",
        "UPDATE points_lot SET reversed = points + 1",
        "UPDATE points_account SET reserved = -1, balance = balance + 1",
    ):
        with pytest.raises(IntegrityError), shop.session.begin_nested():
            shop.session.execute(text(wrong))


def test_entries_are_never_changed_or_removed(shop: Shop) -> None:
    services.earn_many(shop.session, [earned(shop, shop.member(), 100)])
    for wrong in ("UPDATE points_entry SET points = 1", "DELETE FROM points_entry"):
        with pytest.raises(IntegrityError, match="append"), shop.session.begin_nested():
            shop.session.execute(text(wrong))


def test_only_a_store_of_ones_own_earns_and_spends(shop: Shop) -> None:
    member = shop.member()
    services.earn_many(shop.session, [earned(shop, member, 100)])
    only_second = frozenset({shop.stores[1]})
    with acting(Scope(reads=only_second, writes=only_second)):
        with pytest.raises(OutOfScope):
            services.earn_many(shop.session, [earned(shop, member, 1)])
        with pytest.raises(OutOfScope):
            spend(shop, member, 1)
        services.spend(
            shop.session, member_id=member, points=1, store_id=shop.stores[1], reason="gift", now=NOON
        )  # her points are good in every store


def test_points_that_cannot_be_are_refused(shop: Shop) -> None:
    member = shop.member()
    for points, of_purchase in ((-1, 0), (10, 11), (10, -1)):
        with pytest.raises(Invalid):
            services.earn_many(shop.session, [earned(shop, member, points, of_purchase=of_purchase)])


@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 1000)), max_size=8), st.integers(0, 5000))
def test_lots_are_emptied_in_their_order(lots: list[tuple[int, int]], wanted: int) -> None:
    takes = domain.in_order(lots, wanted)
    held = sum(points for _, points in lots)
    assert sum(take.points for take in takes) == min(wanted, held)
    assert [take.lot_id for take in takes] == [lot for lot, _ in lots[: len(takes)]]
    assert all(take.points == points for take, (_, points) in zip(takes[:-1], lots, strict=False))


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["earn", "double", "spend", "reverse", "merge"]),
        st.integers(0, 1),
        st.integers(1, 4000),
        st.integers(0, 500),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_whatever_happens_the_ledger_adds_up(shop: Shop, moves: list[tuple[str, int, int, int]]) -> None:
    with shop.session.begin_nested() as savepoint:
        number = len(shop.session.scalars(select(Account.member_id)).all()) + 10
        members = [shop.member(str(number)), shop.member(str(number + 1))]
        for move in moves:
            try:
                with shop.session.begin_nested():
                    _move(shop, members, move)
            except Refusal:
                pass
        assert_sound(shop.session)
        savepoint.rollback()


def _move(shop: Shop, members: list[int], move: tuple[str, int, int, int]) -> None:
    what, who, points, days = move
    member, day = members[who], TODAY - timedelta(days=days)
    if what == "merge":
        services.PERSON.merge(shop.session, member, members[1 - who], NOON)
    elif what == "spend":
        spend(shop, member, points)
    elif what == "reverse":
        reverse(shop, member, points, receipt=member)
    else:
        of_purchase = points // 2 if what == "double" else points
        services.earn_many(
            shop.session, [earned(shop, member, points, of_purchase=of_purchase, day=day, receipt_id=member)]
        )


def test_eight_tills_spend_one_balance_once(every_database: Engine) -> None:
    """Eight threads spend 100 points one by one, 160 times: a hundred succeed, the balance ends at nothing.

    Without the guard (`WHERE balance - :points >= :floor` in the one update that also locks the account) eight tills
    that read the same balance on PostgreSQL would all take their point; measured there with read-check-write: 280 too
    many of 1000. On SQLite the posting service lets one writer in at a time, and the guard holds without it.
    """
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        member = shop.member()
        services.earn_many(session, [earned(shop, member, 60), earned(shop, member, 40)])

    def take(attempt: int) -> bool:
        def command(session: Session) -> dict[str, object]:
            done = services.spend(session, member_id=member, points=1, store_id=shop.store_id, reason="gift", now=NOON)
            return {"balance": done[0].balance_after}

        with system_scope("test"):
            try:
                return not post(Operation("test.spend", f"spend-{attempt}", {"n": attempt}), command).repeated
            except services.InsufficientPoints:
                return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(160))) == 100
    with system_scope("test"), work() as session:
        assert session.scalar(select(Account.balance)) == 0
        assert session.scalar(select(func.count()).select_from(Entry)) == 102
        assert_sound(session)
