from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from addons.vouchers import domain, queries, services
from addons.vouchers.models import Entry, Voucher
from addons.vouchers.tests.shop import NOON, Shop, open_shop
from core.db.posting import Operation, post
from core.db.scope import Scope, acting, system_scope
from core.db.session import work
from core.errors import Invalid, NotFound, OutOfScope, Refusal
from core.ids import ALPHABET

TODAY = date(2026, 5, 4)


@pytest.fixture
def shop(db_session: Session) -> Shop:
    return open_shop(db_session)


def an_issue(shop: Shop, member_id: int, **more: object) -> services.Issue:
    facts = {
        "member_id": member_id,
        "brand_id": shop.brand_id,
        "store_id": shop.store_id,
        "kind": "cash",
        "value": 30_000,
        "day": TODAY,
        "now": NOON,
        "source": "test",
    }
    return services.Issue(**(facts | more))  # type: ignore[arg-type]


def a_voucher(shop: Shop, **more: object) -> str:
    return services.issue_many(shop.session, [an_issue(shop, shop.member(), **more)])[0]


def pay(shop: Shop, code: str, amount: int = 30_000, **more: Any) -> list[services.Redeemed]:
    of = queries.by_code(shop.session, [domain.typed(code)]).get(domain.typed(code))
    facts = {
        "uses": [(code, amount)],
        "receipt_id": 1,
        "store_id": shop.store_id,
        "brand_id": shop.brand_id,
        "day": TODAY,
        "now": NOON,
        "member_id": of and of.member_id,  # who is at the till, where nobody else is named
    }
    return services.redeem(shop.session, **(facts | more))  # type: ignore[arg-type]


@given(st.text(ALPHABET, min_size=1, max_size=20), st.data())
def test_one_wrong_letter_of_a_code_is_always_seen(letters: str, data: st.DataObject) -> None:
    code = letters + domain.check_letter(letters)
    assert domain.is_code(code)
    place = data.draw(st.integers(0, len(code) - 1))
    wrong = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != code[place]]))
    assert not domain.is_code(code[:place] + wrong + code[place + 1 :])


def test_a_voucher_is_good_for_180_days_and_the_last_day_counts(shop: Shop) -> None:
    code = a_voucher(shop)
    last = TODAY + timedelta(days=180)
    assert queries.by_code(shop.session, [code])[code].valid_until == last
    member = queries.by_code(shop.session, [code])[code].member_id or 0
    assert [v.code for v in queries.usable(shop.session, member, shop.brand_id, last)] == [code]
    assert queries.usable(shop.session, member, shop.brand_id, last + timedelta(days=1)) == []
    with pytest.raises(services.VoucherExpired):
        pay(shop, code, day=last + timedelta(days=1))
    assert pay(shop, code, day=last)


def test_a_rule_may_say_how_many_days(shop: Shop) -> None:
    code = a_voucher(shop, days=30)
    assert queries.by_code(shop.session, [code])[code].valid_until == TODAY + timedelta(days=30)


def test_there_is_no_change_so_nothing_of_a_used_voucher_remains(shop: Shop) -> None:
    code = a_voucher(shop)
    assert pay(shop, code, 25_000) == [
        services.Redeemed(queries.by_code(shop.session, [code])[code].id, code, 1, 25_000)
    ]
    kept = queries.by_code(shop.session, [code])[code]
    assert (kept.status, kept.remaining, kept.value, kept.uses) == ("used", 0, 30_000, 1)
    assert shop.session.scalars(select(Entry.amount).where(Entry.to_state == "redeemed")).all() == [25_000]


def test_a_code_may_be_typed_with_dashes_and_small_letters(shop: Shop) -> None:
    code = a_voucher(shop)
    assert pay(shop, f"{code[:5].lower()}-{code[5:]} ")[0].code == code


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"brand_id": 99}, services.VoucherOfOtherBrand),
        ({"member_id": 99}, services.VoucherOfOtherMember),
        ({"uses": [("2222", 1)]}, NotFound),
    ],
)
def test_what_is_not_hers_or_not_there_is_refused(shop: Shop, change: dict[str, Any], refusal: type[Refusal]) -> None:
    code = a_voucher(shop)
    with pytest.raises(refusal):
        pay(shop, code, **change)
    assert queries.by_code(shop.session, [code])[code].status == "active"


def test_more_than_its_worth_is_refused(shop: Shop) -> None:
    code = a_voucher(shop)
    for amount in (30_001, -1):
        with pytest.raises(services.VoucherTooSmall):
            pay(shop, code, amount)


def test_a_used_or_cancelled_voucher_is_refused(shop: Shop) -> None:
    used, void = a_voucher(shop), services.issue_many(shop.session, [an_issue(shop, shop.member("2"))])[0]
    pay(shop, used)
    shop.session.execute(update(Voucher).where(Voucher.code == void).values(status="void", remaining=0))
    with pytest.raises(services.VoucherUsed):
        pay(shop, used)
    with pytest.raises(services.VoucherCancelled):
        pay(shop, void)


def test_one_voucher_twice_on_a_receipt_is_refused(shop: Shop) -> None:
    code = a_voucher(shop)
    with pytest.raises(services.VoucherUsed):
        pay(shop, code, uses=[(code, 10_000), (code, 10_000)])


def test_only_a_store_of_ones_own_issues_and_takes_vouchers(shop: Shop) -> None:
    member = shop.member()
    code = services.issue_many(shop.session, [an_issue(shop, member)])[0]
    only_second = frozenset({shop.stores[1]})
    with acting(Scope(reads=only_second, writes=only_second)):
        with pytest.raises(OutOfScope):
            services.issue_many(shop.session, [an_issue(shop, member)])
        with pytest.raises(OutOfScope):
            pay(shop, code)
        assert pay(shop, code, store_id=shop.stores[1])  # of the brand: good in every store (C18)


def test_impossible_vouchers_are_refused(shop: Shop) -> None:
    for wrong in ({"value": -1}, {"days": 0}):
        with pytest.raises(Invalid):
            a_voucher(shop, **wrong)
        shop.session.rollback()
        shop = open_shop(shop.session)


def test_a_code_that_is_there_already_is_drawn_again(shop: Shop) -> None:
    codes = iter(["AAA2", "AAA2", "BBB3", "BBB3", "AAA2", "CCC4"])
    drawn: Iterator[str] = codes
    member = shop.member()
    issues = [an_issue(shop, member), an_issue(shop, member)]
    assert services.issue_many(shop.session, issues, new_code=lambda: next(drawn)) == ["AAA2", "BBB3"]
    assert services.issue_many(shop.session, issues[:1], new_code=lambda: next(drawn)) == ["CCC4"]
    row = dict(shop.session.execute(select(Voucher.__table__).where(Voucher.code == "CCC4")).mappings().one())
    with pytest.raises(IntegrityError):  # and if two tills drew it at once, the database refuses the second
        shop.session.execute(Voucher.__table__.insert(), row | {"id": 99})


def test_a_use_number_is_there_once(shop: Shop) -> None:
    code = a_voucher(shop)
    pay(shop, code)
    voucher_id = queries.by_code(shop.session, [code])[code].id
    used = dict(shop.session.execute(select(Entry.__table__).where(Entry.use_number == 1)).mappings().one())
    with pytest.raises(IntegrityError):
        shop.session.execute(Entry.__table__.insert(), used | {"id": 99, "number": 9, "voucher_id": voucher_id})


def test_merged_members_keep_their_vouchers(shop: Shop) -> None:
    one, other = shop.member("1"), shop.member("2")
    code = services.issue_many(shop.session, [an_issue(shop, one)])[0]
    services.PERSON.merge(shop.session, one, other, NOON)
    assert [v.code for v in queries.usable(shop.session, other, shop.brand_id, TODAY)] == [code]


def test_eight_tills_use_one_voucher_once(every_database: Engine) -> None:
    """Eight threads at once on five vouchers: one use each, through the posting service.

    Without the guard (`status = 'active' AND uses = :seen` in the update, rowcount checked) all eight read "active"
    before the first one commits on PostgreSQL, and all would update the row; with it seven find no row and are refused.
    """
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        member = shop.member()
        codes = services.issue_many(session, [an_issue(shop, member)] * 5)

    def use(attempt: int) -> str | None:
        code = codes[attempt % 5]

        def command(session: Session) -> dict[str, object]:
            uses = services.redeem(
                session,
                uses=[(code, 100)],
                receipt_id=attempt,
                store_id=shop.store_id,
                brand_id=shop.brand_id,
                day=TODAY,
                now=NOON,
                member_id=member,
            )
            return {"code": uses[0].code}

        with system_scope("test"):
            try:
                return str(post(Operation("test.use", f"use-{attempt}", {"n": attempt}), command).answer["code"])
            except services.VoucherUsed:
                return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(use, range(40)))
    assert sorted(code for code in answers if code) == sorted(codes)
    with system_scope("test"), work() as session:
        assert session.scalar(select(func.count(Entry.use_number))) == 5
        assert session.scalars(select(Voucher.remaining)).all() == [0] * 5


def test_tens_of_thousands_of_vouchers_are_issued_in_one_go(shop: Shop) -> None:
    member = shop.member()
    codes = services.issue_many(shop.session, [an_issue(shop, member)] * 20_000)
    assert len(set(codes)) == 20_000
    assert shop.session.scalar(select(func.count()).select_from(Voucher)) == 20_000
