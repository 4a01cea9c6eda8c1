from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from addons.vouchers import queries, services
from addons.vouchers.domain import code_of, most_within
from addons.vouchers.models import Attempt, Print
from addons.vouchers.services import Hold
from addons.vouchers.tests.counter import TILL_2, Counter
from addons.vouchers.tests.shop import NOON
from core.db.scope import Scope, acting
from core.errors import Invalid, NotFound, OutOfScope, Refusal


def tried(counter: Counter, code: str, till: str = "till-1", **more: object) -> str:
    """Try a code and keep what came of it."""
    with pytest.raises(Refusal) as refused:
        counter.lock(code, hold=Hold(till, "x"), **more)
    services.note_attempt(
        counter.session, refusal=refused.value, store_id=counter.shop.store_id, till=till, by="anna", now=counter.now
    )
    return str(counter.session.scalars(select(Attempt.outcome).order_by(Attempt.id.desc())).first())


def test_what_is_tried_in_vain_is_kept_with_what_was_wrong(counter: Counter) -> None:
    used, void, ended, split, held, later = (counter.issue(days=3) for _ in range(6))
    counter.pay(used, 30_000)
    counter.cancel(void)
    counter.split(split, 10_000, 20_000)
    counter.lock(held, hold=TILL_2)
    early = counter.issue(valid_from=counter.day + timedelta(days=1))
    wrong = used[:-1] + next(letter for letter in "ABC" if letter != used[-1])
    assert tried(counter, used) == "used"
    assert tried(counter, void) == "void"
    assert tried(counter, split) == "replaced"
    assert tried(counter, held) == "locked"
    assert tried(counter, early) == "not_yet"
    assert tried(counter, later, member_id=counter.shop.member("2")) == "other_member"
    assert tried(counter, wrong) == "mistyped"
    assert tried(counter, code_of("?" * 13 + "#")) == "unknown"
    counter.later(days=4)
    assert tried(counter, ended) == "expired"
    row = counter.session.scalars(select(Attempt).where(Attempt.outcome == "used")).one()
    assert (row.ending, row.voucher_id, row.by) == (used[-4:], counter.voucher(used).id, "anna")


def test_other_refusals_are_no_attempts(counter: Counter) -> None:
    for refusal in (Invalid(field="hold", problem="x"), NotFound(what="member", which="1")):
        assert not services.note_attempt(
            counter.session, refusal=refusal, store_id=counter.shop.store_id, now=counter.now
        )
    assert counter.session.scalars(select(Attempt)).all() == []


def test_codes_tried_one_after_another_are_seen(counter: Counter) -> None:
    for number in range(6):
        tried(counter, f"ABCDEFGH{number + 2}", till="till-9")
        counter.later(minutes=1)
    used = counter.issue()
    counter.pay(used, 30_000)
    tried(counter, used)
    found = queries.attempts_by_till(counter.session, NOON, timedelta(minutes=3))
    assert [(each.till, each.guesses, each.total) for each in found] == [("till-9", 4, 6), ("till-1", 0, 1)]
    assert queries.attempts_by_till(counter.session, counter.now + timedelta(hours=1), timedelta(minutes=3)) == []
    second = frozenset({counter.shop.stores[1]})
    with acting(Scope(reads=second, writes=second)):
        assert queries.attempts_by_till(counter.session, NOON, timedelta(minutes=3)) == []
        with pytest.raises(OutOfScope):
            tried(counter, "ABC2")


@given(st.lists(st.integers(0, 100), max_size=12).map(sorted), st.integers(0, 30))
def test_the_most_within_a_span_is_counted_right(seconds: list[int], span: int) -> None:
    moments = [datetime(2026, 5, 4) + timedelta(seconds=s) for s in seconds]  # noqa: DTZ001 - only differences count
    expected = max((sum(first <= s <= first + span for s in seconds) for first in seconds), default=0)
    assert most_within(moments, timedelta(seconds=span)) == expected


def test_each_print_of_a_voucher_is_counted(counter: Counter) -> None:
    code = counter.issue()
    note = {"voucher_id": counter.voucher(code).id, "store_id": counter.shop.store_id, "now": NOON, "by": "anna"}
    assert services.note_print(counter.session, **note) == 1  # type: ignore[arg-type]
    assert services.note_print(counter.session, **note) == 2  # type: ignore[arg-type]
    assert counter.session.scalars(select(Print.number).order_by(Print.id)).all() == [1, 2]
    counter.pay(code, 30_000)
    with pytest.raises(Invalid):
        services.note_print(counter.session, **note)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        services.note_print(counter.session, **(note | {"voucher_id": 99}))  # type: ignore[arg-type]
