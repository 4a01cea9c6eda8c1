"""Somebody is given points or a voucher while her file becomes a part of another one: nothing stays behind in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from addons.membership.services import merge_members
from addons.points import queries, services
from addons.points.models import Account
from addons.points.tests.book import TODAY, earn
from addons.points.tests.pooled import family
from addons.vouchers import services as vouchers
from addons.vouchers.models import Batch, Voucher
from addons.vouchers.services import Issue, Wanted
from addons.vouchers.tests.shop import NOON, Shop, open_shop
from core.db.scope import system_scope
from core.db.session import money_work, reading, work
from core.errors import Refusal
from core.settings import change
from rules.decide import Program

#: What is given: the shop, who gives, and to whom.
Gives = Callable[[Session, Program, int, tuple[int, int, int]], Any]


def visit(session: Session, program: Program, store_id: int, members: tuple[int, int, int]) -> Any:
    asked: dict[str, Any] = {"invited": True, "confirmed_by": "guide", "now": NOON, "program": program}
    return services.record_visit(session, member_id=members[1], store_id=store_id, **asked)


def transfer(session: Session, _: Program, store_id: int, members: tuple[int, int, int]) -> Any:
    asked: dict[str, Any] = {"points": 100, "store_id": store_id, "by": "one", "now": NOON}
    return services.transfer(session, from_id=members[0], into_id=members[1], **asked)


def voucher(session: Session, _: Program, store_id: int, members: tuple[int, int, int]) -> Any:
    [key] = session.scalars(select(Voucher.id))
    asked: dict[str, Any] = {"store_id": store_id, "day": TODAY, "now": NOON, "by": "one"}
    return vouchers.give(session, voucher_id=key, member_id=members[1], **asked)


def referral(session: Session, program: Program, store_id: int, members: tuple[int, int, int]) -> Any:
    asked: dict[str, Any] = {"receipt_id": 5, "first_net": 100_000, "now": NOON, "program": program}
    return services.refer(session, friend_id=members[0], referrer_id=members[1], store_id=store_id, **asked)


def batch(session: Session, _: Program, store_id: int, members: tuple[int, int, int]) -> Any:
    [key] = session.scalars(select(Batch.id))
    asked: dict[str, Any] = {"after": 0, "limit": 10, "day": TODAY, "now": NOON, "by": "one"}
    return vouchers.issue_part(session, batch_id=key, **asked)


def opened() -> tuple[Shop, tuple[int, int, int]]:
    """A family of two who may give each other points, and a third file of the second of them."""
    with work() as session:
        shop = open_shop(session)
        change(session, name="points.family_transfers", to=True, by="t", reason="t", now=NOON)
        home = family(shop)
        giver, old = (shop.member(str(number), family_id=home) for number in (1, 2))
        new = shop.member("3")
        earn(shop, giver, 300)
        given = (giver, shop.brand_id, shop.store_id, "cash", 1000, TODAY, NOON, "rule")
        vouchers.issue_many(session, [Issue(*given)])
        about: dict[str, Any] = {"name": "b", "reason": "r", "kind": "cash", "value": 1000, "valid_until": TODAY}
        wanted = Wanted(shop.store_id, binding="member", members=[old], **about)
        vouchers.ask_batch(session, wanted, day=TODAY, now=NOON, by="one")
        return shop, (giver, old, new)


def waited_for(session: Session) -> bool:
    """Tell whether somebody waits for a lock of this database."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    session.execute(text("SELECT pg_stat_clear_snapshot()"))
    return bool(session.execute(text(waits)).scalar_one())


@pytest.mark.postgresql
@pytest.mark.parametrize("gives", [visit, transfer, voucher, batch, referral])
def test_nothing_is_left_in_a_file_that_was_merged_meanwhile(
    postgresql: Engine, program: Program, gives: Gives
) -> None:
    with system_scope("test"):
        shop, members = opened()

    def at_another_desk() -> Any:
        with system_scope("desk"), money_work() as session:
            return gives(session, program, shop.store_id, members)

    with system_scope("test"), ThreadPoolExecutor(1) as desk:
        with money_work() as session:
            merge_members(session, from_id=members[1], into_id=members[2], reason="one", by="hq", now=NOON)
            asked = desk.submit(at_another_desk)
            while not (asked.done() or waited_for(session)):
                time.sleep(0.01)
        refused = isinstance(asked.exception(), Refusal)
    with system_scope("test"), reading() as session:
        assert list(queries.audit(session)) == []
        left = session.get(Account, members[1])
        assert left is None or (left.balance, left.pending) == (0, 0)
        assert not session.scalars(select(Voucher.id).where(Voucher.member_id == members[1])).all()
        kept = session.get(Account, members[2])
        has_voucher = session.scalars(select(Voucher.id).where(Voucher.member_id == members[2])).all()
        assert refused or has_voucher or (kept is not None and kept.pending > 0)
    assert asked.exception() is None or refused
