"""Any sequence of sale, return, exchange, correction, vouchers, points, merges, nights and jumps of the clock.

A few examples on each database; more with GUIBIN_TEST_EXAMPLES.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from addons.points import services as points
from addons.points.models import Account
from addons.sales.services import writing_returns
from addons.tiers import services as tiers
from addons.vouchers import services as vouchers
from core.db.session import reading
from core.periods import months_after
from tests.machine.tills import Ground, Tills, pick, store_, who_

EXAMPLES = int(os.environ.get("GUIBIN_TEST_EXAMPLES", "0"))
STEPS = 25


class Machine(Tills):
    """The company as everybody knows it."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = 0

    # -- vouchers -----------------------------------------------------------------------------------------------------

    @rule(who=who_, store=store_, value=st.sampled_from([5000, 30000, 400_000]), days=st.sampled_from([1, 30, 180]))
    def give_a_voucher(self, who: int, store: int, value: int, days: int) -> None:
        self.do("issue", who, who=who, store=store, value=value, days=days)

    @precondition(lambda self: self._vouchers())
    @rule(which=pick, store=store_, till=st.sampled_from("ab"), kind=st.sampled_from(["lock", "lock", "release"]))
    def hold_a_voucher(self, which: int, store: int, till: str, kind: str) -> None:
        usable = self._vouchers()
        name, who, _ = usable[which % len(usable)]
        self.do(kind, who, name=name, store=store, till=till)

    @precondition(lambda self: self._vouchers())
    @rule(
        which=pick,
        store=store_,
        part=st.integers(1, 29_999),
        to=who_,
        kind=st.sampled_from(["split", "give", "cancel"]),
    )
    def change_a_voucher(self, which: int, store: int, part: int, to: int, kind: str) -> None:
        usable = self._vouchers()
        name, who, left = usable[which % len(usable)]
        if kind == "split":
            self.do(kind, who, name=name, store=store, parts=[part, left - part])
        elif kind == "give":
            self.do(kind, who, to, name=name, store=store, who=to)
        else:
            self.do(kind, who, name=name)

    # -- points -------------------------------------------------------------------------------------------------------

    def _balance(self, who: int) -> int:
        with reading() as session:
            account = session.get(Account, self.life.members[who])
            return 0 if account is None else account.balance

    @rule(who=who_, store=store_, share=st.sampled_from([30, 100, 101]))
    def hold_points(self, who: int, store: int, share: int) -> None:
        self.do("hold", who, who=who, store=store, amount=max(1, self._balance(who) * share // 100))

    @precondition(lambda self: self.life.holds)
    @rule(which=pick, spend=st.sampled_from([0, 1, 100]))
    def end_a_hold(self, which: int, spend: int) -> None:
        holds = sorted(self.life.holds)
        self.do("end_hold", 0, 1, 2, 3, hold=holds[which % len(holds)], spend=spend)

    @rule(giver=st.integers(0, 1), store=store_, share=st.sampled_from([20, 100]))
    def transfer(self, giver: int, store: int, share: int) -> None:
        amount = max(1, self._balance(giver) * share // 100)
        self.do("transfer", 0, 1, giver=giver, taker=1 - giver, store=store, amount=amount)

    @rule(who=who_, amount=st.sampled_from([-5000, -100, 100, 3000]))
    def adjust(self, who: int, amount: int) -> None:
        self.do("adjust", who, who=who, amount=amount)

    @rule(outcome=st.sampled_from(["write_off", "collect"]))
    def decide_a_claim(self, outcome: str) -> None:
        self.do("review", 0, 1, 2, 3, outcome=outcome)

    # -- headquarters -------------------------------------------------------------------------------------------------

    @rule(source=who_, into=who_)
    def merge(self, source: int, into: int) -> None:
        if source != into and self.do("merge", source, into, source=source, into=into) is not None:
            for each in self.returns.values():  # whose she is now, nobody may be told apart any more
                each.alone = each.alone and each.sale.told["who"] not in {source, into}

    @rule()
    def close_a_month(self) -> None:
        self.do("close", month=months_after(date(2026, 1, 1), self.closed).isoformat())
        self.closed += self.steps[-1].kind == "close"


def live(ground: Ground, kind: type[Tills], examples: int) -> None:
    machine = type(kind.__name__, (kind,), {"ground": ground})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES or examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not EXAMPLES,
            database=None,
            phases=(Phase.generate, Phase.shrink) if EXAMPLES else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )


def test_nothing_is_lost_doubled_or_unexplained(ground: Ground) -> None:
    live(ground, Machine, 10)


#: A fault put into the product: where, which function, and what it does instead.
PLANTED: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "a return forgets the tier credit": (tiers, "uncredit", lambda *_args, **_named: []),
    "a return forgets the value of vouchers": (vouchers, "restore", lambda *_args, **_named: []),
    "a return leaves the voucher its points became": (points, "undo_exchanges", lambda *_args, **_named: []),
    "a return leaves the vouchers a rule gave": (
        vouchers,
        "withdraw",
        lambda *_args, **_named: vouchers.Withdrawn([], []),
    ),
    "a return leaves limited offers used up": (writing_returns, "_release_uses", lambda *_args: None),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_noticed(here: Ground, planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, instead = PLANTED[planted]
    monkeypatch.setattr(where, name, instead)
    with pytest.raises(AssertionError):
        live(here, Tills, 20)
