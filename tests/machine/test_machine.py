"""Any sequence of sale, return, exchange, correction, vouchers, points, merges, nights and jumps of the clock.

A few examples on each database; more with GUIBIN_TEST_EXAMPLES.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from addons.points import services as points
from addons.points.models import Account
from addons.sales import queries
from addons.sales.services import returning
from addons.tiers import services as tiers
from addons.vouchers import services as vouchers
from addons.vouchers.models import Voucher
from addons.vouchers.services import returning as vouchers_returning
from addons.vouchers.services.changing import Change
from core.db.session import reading
from core.periods import months_after
from tests.machine.company import PRODUCTS
from tests.machine.history import Returns
from tests.machine.life import Name
from tests.machine.tills import Ground, Tills, pick, store_, units_, who_

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


class Sold(NamedTuple):
    """A receipt: what the till was told, and what came back of it."""

    answer: dict[str, Any]
    returns: Returns


class Spenders(Tills):
    """The tills, where what a receipt brought is spent at once, and all of it comes back in either order."""

    @rule(
        who=who_,
        stores=st.tuples(store_, store_, store_),
        lines=st.lists(st.sampled_from(list(PRODUCTS)), max_size=2, unique=True),
        small=st.sampled_from(["SHIRT", "SALE"]),
        parts=st.lists(units_, max_size=2),
        order=st.permutations(["dear", "cheap", "dear"]),
    )
    def buy_spend_and_bring_back(  # noqa: PLR0917 - drawn by name
        self,
        who: int,
        stores: tuple[int, int, int],
        lines: list[str],
        small: str,
        parts: list[list[int]],
        order: list[str],
    ) -> None:
        """Whatever the order, everybody has the money and the vouchers that there were before."""
        dear = self._sold(who, stores[0], [("FUR", 1), *((code, 1) for code in lines if code != "FUR")], ())
        if dear is None:
            return
        brought = self._brought(dear)
        cheap = self._sold(who, stores[1], [(small, 1)], brought[:1])
        if cheap is None:
            return
        pair = {"dear": dear, "cheap": cheap}
        paid = sum(each.answer["cash"] for each in pair.values())
        dear.returns.spent_in = stores[1] if brought else None
        got = sum(self._in_parts(pair[name], stores[2], parts) for name in order)
        got += sum(self._in_parts(each, stores[2], []) for each in pair.values())
        if all(each.returns.whole for each in pair.values()):
            assert got == paid, (got, paid)
            for each in pair.values():  # nothing but the two happened to her meanwhile
                each.returns.alone = True

    def _sold(self, who: int, store: int, lines: list[tuple[str, int]], uses: tuple[Name, ...]) -> Sold | None:
        """Sell it; None where it is refused."""
        self._sell(who, store, lines, uses)
        return None if self.answer is None else Sold(self.answer, self.returns[self.steps[-1].number])

    def _brought(self, sold: Sold) -> tuple[Name, ...]:
        """Name the vouchers that a rule gave with a receipt."""
        rules = select(Voucher.code).where(Voucher.source == "rule", Voucher.receipt_id == sold.answer["receipt_id"])
        with reading() as session:
            codes = set(session.scalars(rules))
        return tuple(name for name, code in sorted(self.life.codes.items()) if code in codes)

    def _in_parts(self, sold: Sold, store: int, parts: list[list[int]]) -> int:
        """Bring it back in parts, the rest of it last where no parts are said; return what is paid back in money."""
        number, got = sold.returns.sale.number, 0
        for units in parts or [[9, 9, 9]]:
            wanted = zip(self._lines(number), units, strict=False)
            told = [{"line_no": line.line_no, "quantity": min(n, line.kept)} for line, n in wanted if min(n, line.kept)]
            got += self._money(number, store, told) if told else 0
        return got

    def _money(self, number: int, store: int, told: list[dict[str, int]]) -> int:
        self.answer = None
        self._back(number, store, told)
        answer: dict[str, Any] | None = self.answer
        return 0 if answer is None else int(answer["cash"])


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
    "a return leaves limited offers used up": (returning, "release_uses", lambda *_args: None),
}
#: Those of vouchers that were spent.
SPENT: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "what was kept back is not paid back": (queries, "deducted_for", lambda *_args: {}),
    "what goes back to a settled voucher is good again": (
        vouchers_returning,
        "_void_at_once",
        lambda voucher, moves: Change(voucher, moves, keeps_hold=True),
    ),
}


def test_what_was_spent_and_comes_back_ends_as_if_never_bought(here: Ground) -> None:
    live(here, Spenders, 10)


@pytest.mark.parametrize("planted", SPENT)
def test_a_fault_of_spent_vouchers_is_noticed(here: Ground, planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, instead = SPENT[planted]
    monkeypatch.setattr(where, name, instead)
    with pytest.raises(AssertionError):
        live(here, Spenders, 20)


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_noticed(here: Ground, planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, instead = PLANTED[planted]
    monkeypatch.setattr(where, name, instead)
    with pytest.raises(AssertionError):
        live(here, Tills, 20)
