from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from addons.catalog.models import Category, Style
from addons.stores.models import Brand
from addons.vouchers import queries, services
from addons.vouchers.domain import DEFAULT_PATTERN, code_of, is_code, pattern_problem
from addons.vouchers.jobs import issue_next
from addons.vouchers.models import Batch, Budget, Download, Voucher
from addons.vouchers.services import Limits, Wanted
from addons.vouchers.tests.counter import TODAY, Counter
from addons.vouchers.tests.shop import NOON, Shop, open_shop
from core import clock
from core.db.models import Job
from core.db.posting import Operation, post
from core.db.scope import Scope, acting, system_scope
from core.db.session import reading, work
from core.errors import Invalid, NotFound, OutOfScope, Refusal
from core.jobs import ask

END = date(2026, 12, 31)


def wanted(shop: Shop, **more: Any) -> Wanted:
    facts: dict[str, Any] = {
        "store_id": shop.store_id,
        "name": "春季",
        "reason": "開店五週年",
        "kind": "cash",
        "value": 5_000,
        "valid_until": END,
        "count": 3,
    }
    return Wanted(**(facts | more))


def asked(counter: Counter, **more: Any) -> Batch:
    return services.ask_batch(counter.session, wanted(counter.shop, **more), day=TODAY, now=NOON, by="anna")


def issued(counter: Counter, batch: Batch, limit: int = 100) -> dict[str, int]:
    return services.issue_part(
        counter.session, batch_id=batch.id, after=batch.issued, limit=limit, day=TODAY, now=NOON, by="anna"
    )


def of_batch(counter: Counter, batch: Batch) -> list[Voucher]:
    return list(counter.session.scalars(select(Voucher).where(Voucher.batch_id == batch.id).order_by(Voucher.id)))


# -- patterns ---------------------------------------------------------------------------------------------------------


def test_codes_follow_the_pattern_of_their_kind(counter: Counter) -> None:
    services.set_pattern(counter.session, brand_id=counter.shop.brand_id, kind="cash", pattern="cash-??????????#")
    code = counter.issue()
    assert code.startswith("CASH")
    assert len(code) == 15
    assert is_code(code)
    gift = counter.issue(kind="gift")
    assert len(gift) == 14  # its kind has none of its own
    services.set_pattern(counter.session, brand_id=counter.shop.brand_id, kind="cash", pattern="V????????????#")
    assert counter.issue().startswith("V")
    assert counter.voucher(code).code == code  # what was drawn stays


def test_a_pattern_that_was_put_away_draws_no_code_until_it_is_set_again(counter: Counter) -> None:
    own: dict[str, Any] = {"brand_id": counter.shop.brand_id, "kind": "cash", "pattern": "V????????????#"}
    services.set_pattern(counter.session, **own).archived_at = NOON
    counter.session.flush()
    assert len(counter.issue()) == len(DEFAULT_PATTERN)
    assert asked(counter).pattern == DEFAULT_PATTERN
    assert services.set_pattern(counter.session, **own).archived_at is None
    assert counter.issue().startswith("V")


@pytest.mark.parametrize(
    "pattern",
    ["", "#", "?????????#", "??????????", "VIP??????????#", "A?B?????????#", "ABCDEFGHJK??????????#", "??????????##"],
)
def test_a_pattern_that_could_be_guessed_or_misread_is_refused(counter: Counter, pattern: str) -> None:
    with pytest.raises(Invalid):
        services.set_pattern(counter.session, brand_id=counter.shop.brand_id, kind="cash", pattern=pattern)


def test_only_headquarters_sets_patterns_and_budgets(counter: Counter) -> None:
    own = frozenset({counter.shop.store_id})
    with acting(Scope(reads=own, writes=own)):
        with pytest.raises(OutOfScope):
            services.set_pattern(counter.session, brand_id=counter.shop.brand_id, kind="cash", pattern="?" * 13 + "#")
        counter.session.rollback()
        with pytest.raises(OutOfScope):
            services.open_budget(counter.session, brand_id=1, name="x", granted=1)


def test_there_is_no_sequence_in_codes() -> None:
    drawn = [code_of("AB" + "?" * 10 + "#") for _ in range(200)]
    assert len({code[:4] for code in drawn}) > 100
    assert pattern_problem("AB" + "?" * 10 + "#") == ""


# -- asking and deciding ----------------------------------------------------------------------------------------------


def test_a_small_batch_is_issued_by_one_person(counter: Counter) -> None:
    batch = asked(counter)
    assert (batch.state, batch.count, batch.pattern) == ("approved", 3, "?" * 13 + "#")
    assert issued(counter, batch, 2) == {"issued": 2, "count": 3}
    assert issued(counter, batch, 2) == {"issued": 3, "count": 3}
    assert batch.state == "issued"
    rows = of_batch(counter, batch)
    assert {(row.member_id, row.binding, row.value, row.valid_until) for row in rows} == {(None, "bearer", 5_000, END)}
    assert issued(counter, batch) == {"issued": 3, "count": 3}  # nothing more
    assert counter.differences() == []


def test_a_part_is_issued_once_however_often_it_is_asked_for(counter: Counter) -> None:
    batch = asked(counter)
    for _ in range(2):
        services.issue_part(counter.session, batch_id=batch.id, after=0, limit=2, day=TODAY, now=NOON, by="anna")
    assert len(of_batch(counter, batch)) == 2


def test_what_is_worth_much_needs_another_person(counter: Counter) -> None:
    batch = asked(counter, count=200)
    assert batch.state == "asked"
    assert issued(counter, batch) == {"issued": 0, "count": 200}
    with pytest.raises(services.VoucherBatchNeedsAnother):
        decide(counter, batch, by="anna")
    assert decide(counter, batch, by="bruno").state == "approved"
    with pytest.raises(services.VoucherBatchDecided):
        decide(counter, batch, by="bruno")
    batch.decided_by = "anna"
    with pytest.raises(IntegrityError, match="two_persons"):
        counter.session.flush()


def decide(counter: Counter, batch: Batch, by: str, *, approve: bool = True) -> Batch:
    return services.decide_batch(counter.session, batch_id=batch.id, approve=approve, now=NOON, by=by)


def test_a_batch_whose_last_day_is_over_is_not_approved_but_can_be_refused(counter: Counter) -> None:
    batch = asked(counter, count=200, valid_from=TODAY, valid_until=TODAY)
    tomorrow = NOON + timedelta(days=1)
    with pytest.raises(services.VoucherBatchOver) as refused:
        services.decide_batch(counter.session, batch_id=batch.id, approve=True, now=tomorrow, by="bruno")
    assert refused.value.facts == {"batch": "春季", "valid_until": TODAY.isoformat()}
    assert batch.state == "asked"
    refuse: dict[str, Any] = {"batch_id": batch.id, "approve": False, "now": tomorrow, "by": "bruno"}
    assert services.decide_batch(counter.session, **refuse).state == "refused"


@pytest.mark.parametrize("first", [None, TODAY])
def test_nothing_is_issued_that_has_ended_already(counter: Counter, first: date | None) -> None:
    batch = asked(counter, valid_from=first, valid_until=TODAY)
    assert issued(counter, batch, 1) == {"issued": 1, "count": 3}  # the last day counts
    day, now = TODAY + timedelta(days=1), NOON + timedelta(days=1)
    late: dict[str, Any] = {"after": 1, "limit": 9, "day": day, "now": now, "by": "anna"}
    with pytest.raises(services.VoucherBatchOver):
        services.issue_part(counter.session, batch_id=batch.id, **late)
    assert len(of_batch(counter, batch)) == 1


def test_a_refused_batch_is_never_issued(counter: Counter) -> None:
    batch = asked(counter, count=200)
    decide(counter, batch, by="bruno", approve=False)
    assert issued(counter, batch) == {"issued": 0, "count": 200}
    with pytest.raises(NotFound):
        services.decide_batch(counter.session, batch_id=99, approve=True, now=NOON, by="bruno")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"name": " "}, Invalid),
        ({"reason": ""}, Invalid),
        ({"kind": "coupon"}, Invalid),
        ({"binding": "anybody"}, Invalid),
        ({"value": 0}, Invalid),
        ({"value": -1, "kind": "discount"}, Invalid),
        ({"value": 1, "kind": "discount"}, Invalid),  # a rule says what it takes off
        ({"count": 0}, Invalid),
        ({"count": 1_000_001}, Invalid),
        ({"binding": "member"}, Invalid),  # for nobody
        ({"valid_until": TODAY - timedelta(days=1)}, Invalid),
        ({"valid_from": END + timedelta(days=1)}, Invalid),
        ({"limits": Limits(min_spend=-1)}, Invalid),
        ({"pattern": "???#"}, Invalid),
        ({"budget_id": 9}, NotFound),
        ({"store_id": 99}, NotFound),
    ],
)
def test_a_batch_that_cannot_be_is_refused(counter: Counter, change: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        asked(counter, **change)


def test_a_batch_for_members_gives_each_one(counter: Counter) -> None:
    members = [counter.member, counter.shop.member("2"), counter.shop.member("3")]
    batch = asked(counter, binding="member", members=members)
    issued(counter, batch, 2)
    issued(counter, batch, 2)
    assert [row.member_id for row in of_batch(counter, batch)] == members
    assert len(queries.usable(counter.session, members[1], counter.shop.brand_id, TODAY)) == 1


def test_members_are_named_by_number_or_phone_or_taken_by_tier(counter: Counter) -> None:
    other = counter.shop.member("2", tier="gold")
    brand = counter.shop.brand_id
    found = queries.members_named(counter.session, brand, ["M1", "+8613900000002", "M9"])
    assert found == {"M1": counter.member, "+8613900000002": other}
    assert queries.members_in_tiers(counter.session, brand, ["gold", "diamond"]) == [other]


def test_limits_go_with_the_vouchers(counter: Counter) -> None:
    first, second = counter.shop.stores
    counter.session.add(Category(code="top", name="上衣"))
    counter.session.flush()
    batch = asked(counter, limits=Limits(min_spend=50_000, stores=(first,), categories=("top",)))
    issued(counter, batch)
    code = of_batch(counter, batch)[0].code
    voucher = counter.voucher(code)
    assert (voucher.min_spend, voucher.stores, voucher.categories) == (50_000, [first], ["top"])
    with pytest.raises(services.VoucherOfOtherStore):
        counter.pay(code, 5_000, store_id=second)
    counter.pay(code, 5_000)


def test_a_batch_is_limited_to_goods_that_there_are(counter: Counter) -> None:
    session, brand = counter.session, counter.shop.brand_id
    other = Brand(code="other", name="別牌")
    session.add_all([other, Category(code="top", name="上衣")])
    session.flush()
    for code, of in (("S1", brand), ("X1", other.id)):
        session.add(Style(code=code, name=f"款{code}", brand_id=of, category_code="top"))
        session.flush()
    for wrong in (Limits(categories=("none",)), Limits(products=("S1", "S2")), Limits(products=("X1",))):
        with pytest.raises(NotFound):
            asked(counter, limits=wrong)
    batch = asked(counter, limits=Limits(categories=("top",), products=("S1", "S1")))
    issued(counter, batch)
    voucher = counter.voucher(of_batch(counter, batch)[0].code)
    assert (voucher.categories, voucher.products) == (["top"], ["S1"])
    names = queries.limit_names(session, [voucher])
    assert (names.goods(voucher), names.places(voucher)) == (["上衣", "款S1"], [])


def test_a_budget_stops_a_batch_and_goes_on_when_there_is_more(counter: Counter) -> None:
    budget = services.open_budget(counter.session, brand_id=counter.shop.brand_id, name="春季", granted=12_000)
    batch = asked(counter, budget_id=budget.id)
    issued(counter, batch, 2)
    with pytest.raises(services.VoucherBudgetUsedUp):
        issued(counter, batch, 1)
    services.grant(counter.session, budget_id=budget.id, granted=15_000)
    assert issued(counter, batch, 1) == {"issued": 3, "count": 3}


def test_what_is_cancelled_is_in_the_budget_again(counter: Counter) -> None:
    budget = services.open_budget(counter.session, brand_id=counter.shop.brand_id, name="春季", granted=15_000)
    batch = asked(counter, budget_id=budget.id)
    issued(counter, batch)
    counter.cancel(of_batch(counter, batch)[0].code)
    counter.session.expire_all()
    assert budget.used == 10_000
    assert counter.differences() == []


def test_a_brand_has_many_budgets_and_one_of_a_name_or_for_a_rule(counter: Counter) -> None:
    def opened(name: str, rule: str = "") -> Budget:
        return services.open_budget(counter.session, brand_id=counter.shop.brand_id, name=name, granted=1, rule=rule)

    rules = [opened(*said).rule for said in (("spring",), ("summer",), ("autumn", "welcome"), ("winter", "birthday"))]
    assert rules == [None, None, "welcome", "birthday"]
    for said in (("summer",), ("another", "welcome")):
        with pytest.raises(Invalid):
            opened(*said)


def test_a_budget_holds_whoever_issues_at_once(every_database: Engine) -> None:
    """Without the guard in `budgets.take` all eight would read that enough is left."""
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        budget = services.open_budget(session, brand_id=shop.brand_id, name="春季", granted=50_000).id
    issue = services.Issue(None, shop.brand_id, shop.store_id, "cash", 10_000, TODAY, NOON, "batch", binding="bearer")

    def till(number: int) -> bool:
        def command(session: Session) -> dict[str, Any]:
            return {"codes": services.issue_many(session, [replace(issue, budget_id=budget)])}

        with system_scope("test"):
            try:
                return bool(post(Operation("test.issue", f"issue-{number}", {}), command).answer)
            except services.VoucherBudgetUsedUp:
                return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(till, range(24))) == 5
    with system_scope("test"), reading() as session:
        assert list(queries.audit(session)) == []
        assert session.get_one(Budget, budget).used == 50_000


def test_a_stopped_batch_cancels_what_is_left(counter: Counter) -> None:
    batch = asked(counter, count=5)
    issued(counter, batch, 4)
    used, split, *_ = (row.code for row in of_batch(counter, batch))
    counter.pay(used, 5_000)
    counter.split(split, 2_000, 3_000)
    stop = {"batch_id": batch.id, "reason": "印錯了", "day": TODAY, "now": NOON, "by": "bruno"}
    assert services.stop_part(counter.session, limit=3, **stop) == {"cancelled": 3}  # type: ignore[arg-type]
    assert services.stop_part(counter.session, limit=3, **stop) == {"cancelled": 1}  # type: ignore[arg-type]
    assert services.stop_part(counter.session, limit=3, **stop) == {"cancelled": 0}  # type: ignore[arg-type]
    assert batch.state == "stopped"
    assert issued(counter, batch) == {"issued": 4, "count": 5}
    assert counter.standing() == {"issued": -20_000, "redeemed": 5_000, "void": 15_000}
    assert counter.differences() == []


def test_codes_for_the_print_house_are_written_down(counter: Counter) -> None:
    batch = asked(counter, title="五週年")
    issued(counter, batch)
    codes = list(queries.codes_of(counter.session, batch.id))
    assert [(code.value, code.valid_until, code.title, code.member) for code in codes] == [
        (5_000, END, "五週年", None)
    ] * 3
    services.note_download(counter.session, batch_id=batch.id, file="csv", now=NOON, by="anna")
    assert counter.session.scalars(select(Download.codes)).all() == [3]
    with pytest.raises(NotFound):
        services.note_download(counter.session, batch_id=99, file="csv", now=NOON, by="anna")


# -- the job ----------------------------------------------------------------------------------------------------------


def test_the_job_issues_what_is_approved_with_its_progress(every_database: Engine) -> None:
    with system_scope("test"), clock.fixed(NOON):
        with work() as session:
            shop = open_shop(session)
            budget = services.open_budget(session, brand_id=shop.brand_id, name="small", granted=5_000)
            plain = wanted(shop, value=10, count=6_000)
            batches = [
                services.ask_batch(session, each, day=TODAY, now=NOON, by="anna").id
                for each in (plain, replace(plain, count=3, value=2_000, budget_id=budget.id), replace(plain, count=2))
            ]
            waits = services.ask_batch(session, replace(plain, value=10_000), day=TODAY, now=NOON, by="anna").id
        job_id = ask("vouchers.issue_batches", {})
        with reading() as session:
            job = session.get_one(Job, job_id)
            assert (job.state, job.result, job.done, job.total) == ("done", {"issued": 6_002}, 6_002, 6_005), job.error
            counted = dict(session.execute(select(Voucher.batch_id, func.count()).group_by(Voucher.batch_id)).all())
            assert counted == {batches[0]: 6_000, batches[2]: 2}
            assert session.get_one(Batch, waits).issued == 0
            assert session.get_one(Batch, batches[1]).state == "approved"  # its budget is too small
            assert list(queries.audit(session)) == []
        with work() as session:
            services.grant(session, budget_id=budget.id, granted=6_000)
        with clock.fixed(NOON + timedelta(minutes=1)):
            assert issue_next(batches[1], 0, by="anna") == 3


def test_a_batch_that_cannot_go_on_keeps_none_of_the_others_waiting(every_database: Engine) -> None:
    """One is over, one has too small a budget: the night tells why on each and issues the third."""
    with system_scope("test"):
        with work() as session:
            shop = open_shop(session)
            budget = services.open_budget(session, brand_id=shop.brand_id, name="small", granted=5_000)
            ends, waits = wanted(shop, valid_until=TODAY), wanted(shop, budget_id=budget.id)
            over, poor, good = (
                services.ask_batch(session, each, day=TODAY, now=NOON, by="anna").id
                for each in (ends, waits, wanted(shop))
            )
        for days in (1, 2):  # the second night finds no more of it
            with clock.fixed(NOON + timedelta(days=days)):
                job_id = ask("vouchers.issue_batches", {})
            with reading() as session:
                job = session.get_one(Job, job_id)
                assert (job.state, job.result) == ("done", {"issued": 3 if days == 1 else 0}), job.error
                found = {batch.id: (batch.state, batch.issued) for batch in session.scalars(select(Batch))}
                assert found == {over: ("stopped", 0), poor: ("approved", 0), good: ("issued", 3)}
                why = {batch.id: batch.held_up and batch.held_up["code"] for batch in session.scalars(select(Batch))}
                assert why == {over: "voucher_batch_over", poor: "voucher_budget_used_up", good: None}
        with work() as session:
            services.grant(session, budget_id=budget.id, granted=15_000)
        with clock.fixed(NOON + timedelta(days=3)):
            assert issue_next(poor, 0, by="anna") == 3
        with reading() as session:
            assert session.get_one(Batch, poor).held_up is None  # it goes on
            assert list(queries.audit(session)) == []


def test_the_night_ends_vouchers_in_parts(every_database: Engine) -> None:
    with system_scope("test"), clock.fixed(NOON):
        with work() as session:
            shop = open_shop(session)
            counter = Counter(shop, shop.member())
            for _ in range(3):
                counter.issue(days=1)
        with clock.fixed(NOON + timedelta(days=2)):
            job_id = ask("vouchers.expire", {})
        with reading() as session:
            assert session.get_one(Job, job_id).result == {"expired": 3}
            assert session.scalars(select(Voucher.status)).all() == ["expired"] * 3
