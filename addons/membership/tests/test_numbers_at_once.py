"""Eight tills draw at the same moment: no number twice, no quota exceeded, nobody lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from addons.membership.models import Card, CardSegment, Member, TierQuota
from addons.membership.services import enrol, open_segment, set_quota
from addons.membership.services.errors import NoCardNumbers, PhoneTaken, QuotaFull
from addons.membership.tests.people import NOW, open_shop, phone
from core.db.posting import Operation, post
from core.db.scope import system_scope
from core.db.session import reading, work
from core.errors import Refusal

THREADS, EACH = 8, 3


def run(store_id: int, numbers: list[str]) -> list[Any]:
    def customer(number: str) -> Any:
        def command(session: Session) -> dict[str, Any]:
            done = enrol(session, store_id=store_id, phone=number, name="王", birthday_declined=True, now=NOW, by="t")
            return {"card": done.number}

        with system_scope("till"):
            try:
                return post(Operation("membership.enrol", f"enrol:{number}", {"phone": number}), command).answer["card"]
            except Refusal as refusal:
                return refusal

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(customer, numbers))


def shop(tier_numbers: int | None = None, allowed: int | None = None) -> int:
    with system_scope("test"), work() as session:
        store = open_shop(session)["S1"]
        if tier_numbers is not None:
            for segment in session.scalars(select(CardSegment).filter_by(store_id=store.id, tier="ordinary")):
                segment.next = segment.last + 1
            open_segment(session, store_id=store.id, tier="ordinary", first=80_000_000, last=79_999_999 + tier_numbers)
        if allowed is not None:
            set_quota(session, brand_id=store.brand_id, tier="ordinary", allowed=allowed)
        return store.id


def counts() -> tuple[int, int, int]:
    with system_scope("test"), reading() as session:
        numbers = session.scalars(select(Card.number)).all()
        members = session.scalar(select(func.count()).select_from(Member)) or 0
        return len(numbers), len(set(numbers)), members


def test_each_customer_gets_a_number_of_their_own(every_database: Engine) -> None:
    """Without the guarded UPDATE two tills would read the same `next`, and one would fail on the unique number."""
    answers = run(shop(), [phone() for _ in range(THREADS * EACH)])
    assert all(isinstance(answer, str) for answer in answers), answers
    assert len(set(answers)) == THREADS * EACH
    assert counts() == (THREADS * EACH, THREADS * EACH, THREADS * EACH)


def test_the_last_numbers_of_a_segment_go_once(every_database: Engine) -> None:
    answers = run(shop(tier_numbers=10), [phone() for _ in range(24)])
    refused = [answer for answer in answers if not isinstance(answer, str)]
    assert [type(answer) for answer in refused] == [NoCardNumbers] * 14
    assert counts() == (10, 10, 10)  # who got no card is not half a member


def test_a_quota_is_never_exceeded(every_database: Engine) -> None:
    answers = run(shop(allowed=7), [phone() for _ in range(24)])
    assert [type(answer) for answer in answers if not isinstance(answer, str)] == [QuotaFull] * 17
    assert counts() == (7, 7, 7)
    with system_scope("test"), reading() as session:
        assert session.scalars(select(TierQuota.used)).one() == 7


def test_one_phone_number_becomes_one_member(every_database: Engine) -> None:
    store_id, number = shop(), phone()

    def customer(attempt: int) -> Any:
        def command(session: Session) -> dict[str, Any]:
            done = enrol(session, store_id=store_id, phone=number, name="王", birthday_declined=True, now=NOW, by="t")
            return {"card": done.number}

        with system_scope("till"):
            try:
                return post(Operation("membership.enrol", f"try:{attempt}", {}), command).answer["card"]
            except PhoneTaken as refusal:
                return refusal

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(customer, range(THREADS)))
    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert counts() == (1, 1, 1)
