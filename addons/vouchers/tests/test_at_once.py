"""Vouchers are split, given on, paid with and cancelled at the same moment: of each, one thing happens, and once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from addons.vouchers import queries, services
from addons.vouchers.models import Budget, Entry, Voucher
from addons.vouchers.services import Issue
from addons.vouchers.services.changing import About, Change, Move, post_changes
from addons.vouchers.tests.counter import TODAY
from addons.vouchers.tests.shop import NOON, open_shop
from core.db.posting import DatabaseBusy, Operation, post
from core.db.scope import system_scope
from core.db.session import money_work, reading, work
from core.errors import Refusal

VOUCHERS, HANDS, VALUE = 6, 8, 30_000


@dataclass(frozen=True)
class Place:
    """A shop with members, and vouchers of one of them from a budget."""

    store: int
    brand: int
    members: tuple[int, int, int]
    budget: int
    vouchers: tuple[int, ...]


@pytest.fixture
def there(every_database: Engine) -> Place:
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        members = tuple(shop.member(str(number)) for number in (1, 2, 3))
        granted = VALUE * VOUCHERS
        budget = services.open_budget(session, brand_id=shop.brand_id, name="b", granted=granted)
        facts = (members[0], shop.brand_id, shop.store_id, "cash", VALUE, TODAY, NOON, "rule")
        codes = services.issue_many(session, [Issue(*facts, budget_id=budget.id)] * VOUCHERS)
        found = queries.by_code(session, codes)
        return Place(shop.store_id, shop.brand_id, members, budget.id, tuple(found[code].id for code in codes))  # type: ignore[arg-type]


def common(place: Place) -> dict[str, Any]:
    return {"store_id": place.store, "day": TODAY, "now": NOON, "by": "till"}


def split(place: Place, voucher: int) -> Callable[[Session], Any]:
    parts = (VALUE // 3, VALUE - VALUE // 3)
    return lambda session: services.split(session, voucher_id=voucher, parts=parts, **common(place))


def give(place: Place, voucher: int) -> Callable[[Session], Any]:
    return lambda session: services.give(session, voucher_id=voucher, member_id=place.members[1], **common(place))


def pay(place: Place, voucher: int) -> Callable[[Session], Any]:
    def command(session: Session) -> Any:
        [found] = queries.to_change(session, [voucher]).values()
        asked: dict[str, Any] = {"receipt_id": voucher, "brand_id": place.brand, "member_id": place.members[0]}
        return services.redeem(session, uses=[(found.code, VALUE)], **asked, **common(place))[0].code

    return command


def cancel_all(place: Place, voucher: int) -> Callable[[Session], Any]:
    """Cancel this one and the next, as the action over chosen rows does: all of them or none."""
    chosen = [voucher, place.vouchers[(place.vouchers.index(voucher) + 1) % VOUCHERS]]
    asked: dict[str, Any] = {"reason": "r", "day": TODAY, "now": NOON, "by": "hq"}
    return lambda session: services.cancel(session, voucher_ids=chosen, **asked)


ACTS = (split, give, pay, cancel_all)


def at_once(place: Place) -> Counter[str]:
    """Let many hands do everything with every voucher, in another order each; return what they were told."""

    def one(hand: int) -> list[str]:
        wanted = [(act, voucher) for act in ACTS for voucher in place.vouchers]
        Random(hand).shuffle(wanted)
        return [told(hand, act, voucher) for act, voucher in wanted]

    def told(hand: int, act: Any, voucher: int) -> str:
        operation = Operation("test.voucher", f"{hand}:{act.__name__}:{voucher}", {})
        while True:
            with system_scope("test"):
                try:
                    post(operation, lambda session: {"done": act(place, voucher)(session)})
                except DatabaseBusy:
                    continue
                except Refusal as refusal:
                    return refusal.code
            return f"{act.__name__} {voucher}"

    with ThreadPoolExecutor(HANDS) as hands:
        return sum((Counter(answers) for answers in hands.map(one, range(HANDS))), Counter())


def test_of_each_voucher_one_thing_happens_and_no_fen_is_made_or_lost(there: Place) -> None:
    told = at_once(there)
    done = {what: times for what, times in told.items() if " " in what}
    assert set(done.values()) == {1}
    known = {"voucher_used", "voucher_cancelled", "voucher_replaced"}
    assert set(told) - set(done) <= known
    with system_scope("test"), reading() as session:
        assert list(queries.audit(session)) == []
        remaining = session.scalar(select(func.sum(Voucher.remaining))) or 0
        by_state: dict[str, int] = dict(
            session.execute(select(Entry.to_state, func.sum(Entry.amount)).group_by(Entry.to_state)).all()
        )
        gone = by_state.get("redeemed", 0) + by_state.get("void", 0)
        assert remaining + gone == VALUE * VOUCHERS
        assert session.get_one(Budget, there.budget).used == VALUE * VOUCHERS - by_state.get("void", 0)
        ended = session.execute(select(Voucher.id, Voucher.status).where(Voucher.id.in_(there.vouchers))).all()
    assert all(status in {"split", "transferred", "used", "void"} for _, status in ended)


def test_a_budget_pays_once_however_often_its_vouchers_are_split_and_given(there: Place) -> None:
    """It has not a fen left: the parts are there because they were paid for."""
    with system_scope("test"), work() as session:
        codes = split(there, there.vouchers[0])(session)
        part = queries.by_code(session, codes)[codes[0]]
        give(there, part.id)(session)
        assert session.get_one(Budget, there.budget, populate_existing=True).used == VALUE * VOUCHERS
        [last] = [row.id for row in session.scalars(select(Voucher).where(Voucher.source == "gift"))]
        services.cancel(session, voucher_ids=[last], reason="r", day=TODAY, now=NOON, by="hq")
        left = VALUE * VOUCHERS - part.remaining
        assert session.get_one(Budget, there.budget, populate_existing=True).used == left


def test_a_change_of_what_was_read_before_another_one_is_none(there: Place) -> None:
    key = there.vouchers[0]
    with system_scope("test"), reading() as session:
        [before] = queries.by_id(session, [key]).values()
    with system_scope("test"), money_work() as session:
        give(there, key)(session)
    late = Change(before, [Move("outstanding", "void", VALUE)], gone="void")
    with system_scope("test"), pytest.raises(RuntimeError, match="changed although"), money_work() as session:
        post_changes(session, [late], About(there.store, NOON))
