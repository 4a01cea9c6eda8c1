"""A family spends its points at the same moment, at several tills: never more than there are."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from addons.membership.services import leave_family, record_consent
from addons.points import queries, services
from addons.points.models import Account
from addons.points.services.taking import lock_family
from addons.points.tests.book import earn, states
from addons.points.tests.pooled import pool, relatives
from addons.vouchers.tests.shop import NOON, open_shop
from core.db.posting import Operation, post
from core.db.scope import system_scope
from core.db.session import money_work, reading, work
from core.errors import Refusal

THREADS = 8


@pytest.fixture
def home(every_database: Engine) -> tuple[int, list[int]]:
    """A store, and three members of one family with 100 points each."""
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        pool(shop)
        ids = relatives(shop, 3)
        for member_id in ids:
            earn(shop, member_id, 100, receipt_id=member_id)
        return shop.store_id, ids


def at_once(asked: list[Any]) -> list[Any]:
    """What each command answers, or why it was refused."""

    def one(numbered: tuple[int, Any]) -> Any:
        number, command = numbered
        with system_scope("till"):
            try:
                return post(Operation("points.pooled", f"pooled:{number}", {}), command).answer
            except Refusal as refusal:
                return refusal

    with ThreadPoolExecutor(THREADS) as hands:
        return list(hands.map(one, enumerate(asked)))


def spends(store_id: int, member_id: int, points: int) -> Any:
    def command(session: Session) -> dict[str, Any]:
        asked: dict[str, Any] = {"member_id": member_id, "points": points, "store_id": store_id, "now": NOON}
        services.spend(session, **asked, reason="gift")
        return {"points": points}

    return command


def holds_and_lets_go(store_id: int, member_id: int, points: int) -> Any:
    def command(session: Session) -> dict[str, Any]:
        asked: dict[str, Any] = {"member_id": member_id, "points": points, "store_id": store_id, "now": NOON}
        kept = services.hold(session, **asked, by="till")
        services.release(session, hold_id=kept.hold_id, now=NOON)
        return {"points": 0}

    return command


def left() -> tuple[int, dict[str, int]]:
    with system_scope("test"), reading() as session:
        assert list(queries.audit(session)) == []
        balances = session.scalars(select(Account.balance)).all()
        assert min(balances) >= 0
        return sum(balances), states(session)


def test_two_of_a_family_cannot_spend_the_same_points(home: tuple[int, list[int]]) -> None:
    store_id, (one, two, _) = home
    answers = at_once([spends(store_id, one, 300), spends(store_id, two, 300)])
    assert sorted(type(answer).__name__ for answer in answers) == ["InsufficientPoints", "dict"]
    assert left() == (0, {"issued": -300, "redeemed": 300})


def test_however_many_hands_reach_for_it_a_family_spends_what_it_has(home: tuple[int, list[int]]) -> None:
    store_id, ids = home
    asked = [spends(store_id, ids[number % 3], 70) for number in range(24)]
    asked += [holds_and_lets_go(store_id, ids[number % 3], 110) for number in range(12)]
    answers = at_once(asked)
    spent = sum(answer["points"] for answer in answers if isinstance(answer, dict))
    assert {type(answer) for answer in answers} <= {dict, services.InsufficientPoints}
    assert spent == 280  # four times 70: the fifth would be more than there is
    assert left() == (20, {"available": 20, "issued": -300, "redeemed": 280})


def leaves(session: Session, member_id: int) -> None:
    leave_family(session, member_id=member_id, by="one", now=NOON)


def takes_back(session: Session, member_id: int) -> None:
    asked: dict[str, Any] = {"purpose": "family_points", "given": False, "wording": "v1", "by": "one", "now": NOON}
    record_consent(session, member_id=member_id, **asked)


@pytest.mark.postgresql
@pytest.mark.parametrize("goes", [leaves, takes_back])
def test_nobody_leaves_between_the_look_at_the_family_and_what_is_taken(
    postgresql: Engine, goes: Callable[[Session, int], None]
) -> None:
    """Whoever goes while her points are drawn waits for that: it is never after she went."""
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        pool(shop)
        store_id, (one, two) = shop.store_id, relatives(shop, 2)
        for member_id in (one, two):
            earn(shop, member_id, 100, receipt_id=member_id)

    def at_another_desk() -> None:
        with system_scope("desk"), work() as session:
            session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            goes(session, two)

    with system_scope("till"), ThreadPoolExecutor(1) as desk:
        with money_work() as session:
            assert list(lock_family(session, one).others) == [two]
            with pytest.raises(OperationalError, match="lock timeout"):
                desk.submit(at_another_desk).result()
            spends(store_id, one, 150)(session)
        desk.submit(at_another_desk).result()
        with pytest.raises(services.InsufficientPoints), money_work() as session:
            spends(store_id, one, 50)(session)
    assert left()[0] == 50
