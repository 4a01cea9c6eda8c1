"""Any sequence of what can be done with vouchers, with jumps of the clock: nothing is lost, doubled or unexplained."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from addons.vouchers.services import Hold
from addons.vouchers.tests.counter import Counter
from addons.vouchers.tests.shop import open_shop
from addons.vouchers.tests.specification import LOCK, Voucher
from core.db.scope import GuardedSession, system_scope
from core.errors import Refusal

HOLDS = [Hold("till-1", "a"), Hold("till-1", "b"), Hold("till-2", "c")]
AMOUNTS = st.integers(1, 300)


class Machine(RuleBasedStateMachine):
    """The ledger beside its specification; whatever one refuses, the other must refuse too."""

    engine: Engine
    codes = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.scope = system_scope("test")
        self.scope.__enter__()
        self.session = GuardedSession(self.engine, expire_on_commit=False)
        shop = open_shop(self.session)
        self.members = [shop.member("1"), shop.member("2")]
        self.counter = Counter(shop, self.members[0])
        self.should: dict[str, Voucher] = {}
        self.given: dict[int, list[str]] = {}  # receipt -> vouchers a rule gave with it, in their order
        self.settled: set[str] = set()

    def teardown(self) -> None:
        self.session.rollback()
        self.session.close()
        self.scope.__exit__(None, None, None)

    def tried(self, may: bool, act: Callable[[], Any]) -> Any:
        """Act; refused must be what may not be, and then nothing changes."""
        before = self.counter.standing()
        try:
            done = act()
        except Refusal:
            assert not may
            assert self.counter.standing() == before
            return None
        assert may
        return done

    # -- the time -----------------------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 14, 15, 16]))
    def minutes_pass(self, minutes: int) -> None:
        self.counter.later(minutes=minutes)

    @rule(days=st.sampled_from([1, 5, 30]))
    def days_pass(self, days: int) -> None:
        self.counter.later(days=days)

    @rule()
    def night(self) -> None:
        over = [v for v in self.should.values() if v.status == "active" and v.until < self.day]
        assert self.counter.expire() == len(over)
        for voucher in over:
            voucher.take("expired")

    @property
    def day(self) -> date:
        return self.counter.day

    # -- vouchers come ------------------------------------------------------------------------------------------------

    @rule(target=codes, value=AMOUNTS, days=st.integers(1, 20), receipt=st.none() | st.integers(900, 902))
    def issue(self, value: int, days: int, receipt: int | None) -> str:
        code = self.counter.issue(value, days=days, receipt_id=receipt, rule="gift")
        self._know(code, value, self.members[0], code)
        self.should[code].until = self.counter.voucher(code).valid_until
        if receipt is not None:
            self.given.setdefault(receipt, []).append(code)
        return code

    def _know(self, code: str, value: int, member: int, parent: str) -> None:
        root = self.should[parent].root if parent in self.should else parent
        until = self.should[parent].until if parent in self.should else self.day
        self.should[code] = Voucher(value, member, until, root, value)

    @rule(target=codes, code=codes, amount=AMOUNTS)
    def split(self, code: str, amount: int) -> Any:
        voucher = self.should[code]
        may = voucher.is_live(self.day) and voucher.is_free(self.counter.now) and 0 < amount < voucher.remaining
        parts = (amount, voucher.remaining - amount)
        made = self.tried(may, lambda: self.counter.split(code, *parts)) or []
        for each, part in zip(made, parts, strict=False):
            self._know(each, part, voucher.member, code)
        if made:
            voucher.take("split")
        return multiple(*made)

    @rule(target=codes, code=codes, to=st.integers(0, 1))
    def give(self, code: str, to: int) -> Any:
        voucher, member = self.should[code], self.members[to]
        may = voucher.is_live(self.day) and voucher.is_free(self.counter.now) and voucher.member != member
        new = self.tried(may, lambda: self.counter.give(code, member))
        if new is None:
            return multiple()
        self._know(new, voucher.take("transferred"), member, code)
        return new

    # -- tills --------------------------------------------------------------------------------------------------------

    @rule(code=codes, hold=st.sampled_from(HOLDS))
    def lock(self, code: str, hold: Hold) -> None:
        voucher = self.should[code]
        may = voucher.is_live(self.day) and voucher.is_free(self.counter.now, hold)
        if self.tried(may, lambda: self.counter.lock(code, hold=hold)):
            voucher.hold, voucher.held_until = hold, self.counter.now + LOCK

    @rule(code=codes, hold=st.sampled_from(HOLDS))
    def release(self, code: str, hold: Hold) -> None:
        voucher = self.should[code]
        own = voucher.hold == hold
        assert self.counter.release(code, hold=hold) == ([code] if own else [])
        if own:
            voucher.hold = voucher.held_until = None

    @rule(code=codes, amount=AMOUNTS, hold=st.sampled_from([*HOLDS, None]))
    def pay(self, code: str, amount: int, hold: Hold | None) -> None:
        voucher = self.should[code]
        may = voucher.is_live(self.day) and voucher.is_free(self.counter.now, hold) and amount <= voucher.remaining
        receipt = self.tried(may, lambda: self.counter.pay(code, amount, hold=hold))
        if receipt is not None:
            voucher.pay(receipt, amount)

    @rule(code=codes, data=st.data())
    def restore(self, code: str, data: st.DataObject) -> None:
        voucher = self.should[code]
        receipt = data.draw(st.sampled_from(sorted(voucher.uses) or [0]))
        use = voucher.uses.get(receipt)
        left = 0 if use is None else use.redeemed - use.restored
        amount = data.draw(st.integers(1, left + 1))
        ended = voucher.status == "void" or voucher.root in self.settled
        if self.tried(amount <= left, lambda: self.counter.restore(receipt, (code, amount))):
            voucher.restore(receipt, amount, voucher.until if ended else self.day)
            if ended:
                voucher.take("void")

    # -- headquarters, returns ----------------------------------------------------------------------------------------

    @rule(code=codes)
    def cancel(self, code: str) -> None:
        voucher = self.should[code]
        if self.tried(voucher.is_live(self.day), lambda: self.counter.cancel(code)):
            voucher.take("void")

    @rule(receipt=st.integers(900, 902), count=st.integers(1, 2))
    def withdraw(self, receipt: int, count: int) -> None:
        due = [code for code in reversed(self.given.get(receipt, [])) if self._is_due(code)]
        unused = [code for code in due if not self._spent(code)][:count]
        used = [code for code in due if self._spent(code)][: count - len(unused)]
        spent = [self.counter.spent(code, self._spent(code)) for code in used]
        assert self.counter.withdraw(receipt, "gift", count) == (unused, spent)
        self.settled |= set(used)
        for voucher in (v for code in [*unused, *used] for v in self._family(code)):
            if voucher.status == "active":
                voucher.take("void")
            elif voucher.status == "expired":
                voucher.take("void", voucher.gone.pop("expired"))

    def _family(self, root: str) -> list[Voucher]:
        return [voucher for voucher in self.should.values() if voucher.root == root]

    def _spent(self, root: str) -> int:
        return sum(use.redeemed - use.restored for v in self._family(root) for use in v.uses.values())

    def _is_due(self, root: str) -> bool:
        live = any(v.status in ("active", "used", "expired") for v in self._family(root))
        return (live or self._spent(root) > 0) and root not in self.settled

    # -- what must be true --------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost(self) -> None:
        standing = self.counter.standing()
        assert sum(standing.values()) == 0
        assert {"split", "transferred"} & set(standing) == set()
        assert self.counter.differences() == []

    @invariant()
    def every_voucher_stands_as_it_should(self) -> None:
        for code, should in self.should.items():
            voucher = self.counter.voucher(code)
            assert (voucher.remaining, voucher.status, voucher.member_id, voucher.holding) == (
                should.remaining,
                should.status,
                should.member,
                should.hold,
            )
            assert (voucher.valid_until, voucher.uses) == (should.until, len(should.uses))

    @invariant()
    def the_accounts_say_the_same(self) -> None:
        standing, all_ = self.counter.standing(), self.should.values()
        uses = [use for voucher in all_ for use in voucher.uses.values()]
        held = sum(v.remaining for v in all_ if v.hold is not None)
        expected = {
            "outstanding": sum(v.remaining for v in all_) - held,
            "locked": held,
            "redeemed": sum(use.redeemed - use.restored for use in uses),
            "forfeited": sum(use.forfeited - use.returned for use in uses),
            "expired": sum(v.gone.get("expired", 0) for v in all_),
            "void": sum(v.gone.get("void", 0) for v in all_),
        }
        assert {name: amount for name, amount in standing.items() if name != "issued"} == {
            name: amount for name, amount in expected.items() if amount
        }


def test_any_sequence_keeps_every_fen(every_database: Engine) -> None:
    examples = 60 if every_database.dialect.name == "sqlite" else 15
    machine = type("Vouchers", (Machine,), {"engine": every_database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
