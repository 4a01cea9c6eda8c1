"""Tills of the company, nights and jumps of the clock, and what must hold whatever happens.

After each step every account of every ledger is the sum of its entries, by SQL of its own. In the end everybody has
what they would have if what came back whole had never been bought, and whatever came back in parts had come at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from addons.sales import queries as sales_read
from addons.sales.domain.returning import SoldLine
from addons.vouchers.models import Voucher
from core import settings as decisions
from core.db.session import reading
from tests.machine import history, sums
from tests.machine.company import BEGIN, PRODUCTS, Company
from tests.machine.history import Returns
from tests.machine.life import Life, Name, Step
from tests.product.books import agreeing

Basket = list[tuple[str, int]]

who_ = st.integers(0, 3)
maybe = st.sampled_from([0, 1, 2, 3, None])
store_ = st.integers(0, 1)
pick = st.integers(0, 99)
line_ = st.tuples(st.sampled_from(list(PRODUCTS)), st.sampled_from([1, 1, 2, 3]))
lines_ = st.lists(line_, min_size=1, max_size=3, unique_by=lambda line: line[0])
#: Without the coat what is kept is just above what spend-and-save asks for, without the socks below.
EDGE: Basket = [("COAT", 1), ("SOCKS", 1), ("SHIRT", 6)]
units_ = st.lists(st.integers(0, 3), min_size=3, max_size=3)


@dataclass(frozen=True)
class Ground:
    """Where lives are lived: a database as the company was founded, and how to begin anew on it."""

    company: Company
    begin: Callable[[], None]
    begin_twin: Callable[[], None]


def alike(found: dict[str, Any], expected: dict[str, Any], what: str) -> None:
    """Fail where two are not the same, and say in what they differ: (found, expected)."""
    names = sorted({*found, *expected})
    other = {n: (found.get(n), expected.get(n)) for n in names if found.get(n) != expected.get(n)}
    if other:
        raise AssertionError(what, other)


class Tills(RuleBasedStateMachine):
    """The company, step by step, as its tills and nights know it."""

    ground: ClassVar[Ground]

    def __init__(self) -> None:
        super().__init__()
        self.ground.begin()
        self.life = Life(self.ground.company)
        self.now = BEGIN
        self.steps: list[Step] = []
        self.returns: dict[int, Returns] = {}
        self.answer: dict[str, Any] | None = None  # of the last step that was done

    @initialize(days=st.sampled_from([0, 0, 14]))
    def headquarters_decide_how_long_points_wait(self, days: int) -> None:
        """Points of a purchase wait while its goods may come back, or not."""
        self.do("decide", name="points.purchase_pending_days", to=days)

    # -- how a step is done -----------------------------------------------------------------------------------------

    def do(self, kind: str, *members: int | None, **told: Any) -> dict[str, Any] | None:
        """Do a step a minute later; `members` are those to whom something happens."""
        self.now += timedelta(minutes=1)
        step = Step(len(self.steps), kind, self.now, told)
        self.steps.append(step)
        answer = self.answer = self.life.do(step)
        if answer is None:
            self.steps[-1] = Step(step.number, "night" if kind == "night" else "refused", self.now, told)
            return None
        self._meanwhile(step, {who for who in members if who is not None})
        return answer

    def _meanwhile(self, step: Step, members: set[int]) -> None:
        """Receipts of these members that have not come back whole were not alone."""
        own = step.told["receipt"] if step.kind == "back" else -1
        for number, each in self.returns.items():
            who: int | None = each.sale.told["who"]
            if number != own and not each.whole and who in members:
                each.alone = False

    def _kept(self) -> list[tuple[int, list[SoldLine]]]:
        """Receipts of which something is kept, with their lines."""
        with reading() as session:
            found = [(n, sales_read.sold_lines(session, receipt)) for n, receipt in self.life.receipts.items()]
        return [(number, lines) for number, lines in found if any(line.kept for line in lines)]

    def _vouchers(self) -> list[tuple[Name, int, int]]:
        """Vouchers that can still be used: name, whose, fen left."""
        with reading() as session:
            wanted = select(Voucher.code, Voucher.member_id, Voucher.remaining).where(Voucher.status == "active")
            rows = {code: (member, left) for code, member, left in session.execute(wanted)}
        of: dict[int | None, int] = {member: place for place, member in enumerate(self.life.members)}
        names = sorted(self.life.codes.items())
        return [(name, of[rows[code][0]], rows[code][1]) for name, code in names if code in rows]

    # -- tills --------------------------------------------------------------------------------------------------------

    @rule(who=maybe, store=store_, lines=lines_)
    def sell(self, who: int | None, store: int, lines: list[tuple[str, int]]) -> None:
        self._sell(who, store, lines, ())

    def _sell(
        self, who: int | None, store: int, lines: list[tuple[str, int]], uses: tuple[Name, ...], till: str = ""
    ) -> None:
        told = {"who": who, "store": store, "lines": lines, "uses": uses, "till": till}
        if self.do("sell", who, **told) is not None:
            sale = self.steps[-1]
            self.returns[sale.number] = Returns(sale)

    @precondition(lambda self: self._vouchers())
    @rule(store=store_, lines=lines_, which=pick, till=st.sampled_from(["", "", "a", "b"]))
    def pay_by_voucher(self, store: int, lines: list[tuple[str, int]], which: int, till: str) -> None:
        usable = self._vouchers()
        name, who, _ = usable[which % len(usable)]
        self._sell(who, store, lines, (name,), till)

    @precondition(lambda self: self._kept())
    @rule(which=pick, store=store_, units=units_)
    def bring_back(self, which: int, store: int, units: list[int]) -> None:
        kept = self._kept()
        number, lines = kept[which % len(kept)]
        wanted = zip(lines, units, strict=False)
        self._back(
            number,
            store,
            [{"line_no": line.line_no, "quantity": min(n, line.kept)} for line, n in wanted if min(n, line.kept)],
        )

    @precondition(lambda self: self._kept())
    @rule(which=pick, store=store_)
    def bring_all_back(self, which: int, store: int) -> None:
        kept = self._kept()
        number, lines = kept[which % len(kept)]
        self._back(number, store, [{"line_no": line.line_no, "quantity": line.kept} for line in lines if line.kept])

    @precondition(lambda self: self._kept())
    @rule(which=pick, store=store_, share=st.integers(0, 99))
    def correct_a_price(self, which: int, store: int, share: int) -> None:
        kept = self._kept()
        number, lines = kept[which % len(kept)]
        line = next(line for line in lines if line.kept)
        list_price, special = PRODUCTS[line.code]
        price = (special or list_price) * share // 100  # perhaps above an earlier correction, which is refused
        self._back(number, store, [{"line_no": line.line_no, "price": price}])

    @rule(
        who=who_,
        store=store_,
        other=store_,
        lines=lines_,
        parts=st.lists(units_, max_size=2),
        hours=st.sampled_from([0, 0, 30, 24 * 20]),
    )
    def buy_and_bring_back(  # noqa: PLR0917 - drawn by name
        self, who: int, store: int, other: int, lines: Basket, parts: list[list[int]], hours: int
    ) -> None:
        """All of it comes back, in parts and perhaps elsewhere, and nothing else happens to her meanwhile."""
        self._buy_and_bring_back(who, store, other, lines, (), parts, hours)

    @rule(who=who_, store=store_, other=store_, lines=st.just(EDGE) | lines_, order=st.permutations(range(3)))
    def buy_for_a_voucher_and_bring_back(
        self, who: int, store: int, other: int, lines: Basket, order: list[int]
    ) -> None:
        """A voucher pays for all of it, and it comes back line by line: thresholds are lost after value went back."""
        parts = [[9 if place == line else 0 for place in range(3)] for line in order]
        self.do("issue", who, who=who, store=store, value=900_000, days=180)
        name = (self.steps[-1].number, 0)
        if name in self.life.codes:
            self._buy_and_bring_back(who, store, other, lines, (name,), parts, 0)

    def _buy_and_bring_back(  # noqa: PLR0917 - as drawn
        self,
        who: int,
        store: int,
        other: int,
        lines: Basket,
        uses: tuple[Name, ...],
        parts: list[list[int]],
        hours: int,
    ) -> None:
        self._sell(who, store, lines, uses)
        number = self.steps[-1].number
        if number not in self.returns:
            return
        for units in [*parts, [9, 9, 9]]:
            if hours:
                self.time_passes(hours)
            wanted = zip(self._lines(number), units, strict=False)
            told = [{"line_no": line.line_no, "quantity": min(n, line.kept)} for line, n in wanted if min(n, line.kept)]
            self._back(number, other, told)

    def _back(self, number: int, store: int, lines: list[dict[str, Any]]) -> None:
        if not lines:
            return
        each = self.returns.get(number)
        who = each.sale.told["who"] if each else None
        answer = self.do("back", who, receipt=number, store=store, lines=lines)
        if answer is None or each is None:
            return
        each.backs.append(self.steps[-1])
        each.owed += answer.get("points_debt", 0) + answer.get("points_queued", 0)
        each.whole = not any(line.kept for line in self._lines(number))
        if answer["cash"] < 0 and each.sale.told["uses"]:
            each.alone = False  # what went back to a voucher does not pay a lost threshold; at once it does

    def _lines(self, number: int) -> list[SoldLine]:
        with reading() as session:
            return sales_read.sold_lines(session, self.life.receipts[number])

    @precondition(lambda self: any(line.code == "DRESS-S" for _, lines in self._kept() for line in lines if line.kept))
    @rule(store=store_)
    def swap(self, store: int) -> None:
        number, line = next(
            (n, line) for n, lines in self._kept() for line in lines if line.code == "DRESS-S" and line.kept
        )
        each = self.returns.get(number)
        who = each.sale.told["who"] if each else None
        told = [{"line_no": line.line_no, "quantity": 1, "swap": "DRESS-M"}]
        if self.do("back", who, receipt=number, store=store, lines=told) is not None and each is not None:
            each.alone = False  # a swapped piece is another line of the twin's

    @precondition(lambda self: self._kept())
    @rule(which=pick, store=store_, lines=lines_)
    def exchange(self, which: int, store: int, lines: list[tuple[str, int]]) -> None:
        kept = self._kept()
        number, sold = kept[which % len(kept)]
        each = self.returns.get(number)
        who = each.sale.told["who"] if each else None
        line = next(line for line in sold if line.kept)
        back = {"receipt": number, "store": store, "lines": [{"line_no": line.line_no, "quantity": 1}]}
        sale = {"who": who, "store": store, "lines": lines, "uses": ()}
        if self.do("exchange", who, back=back, sale=sale) is not None and each is not None:
            each.alone = False

    # -- the clock ----------------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 30, 24 * 7, 24 * 16, 24 * 45, 24 * 200]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        if hours > 1:
            self.night()

    @rule()
    def night(self) -> None:
        self.do("night")
        self._settled()

    # -- what holds ---------------------------------------------------------------------------------------------------

    @invariant()
    def everything_adds_up(self) -> None:
        alike(sums.wrong(), {}, "added up again")

    def _settled(self) -> None:
        """What members have is owed by somebody, to the fen; nothing is owed to nobody."""
        points, vouchers = sums.owed()
        sides = sums.parties()
        owed = {"points": points * self._point_value(), "vouchers": vouchers, "clearing": 0, "in all": 0}
        alike(
            {"in all": sum(sides.values())} | {name: sides.get(name, 0) for name in ("points", "vouchers", "clearing")},
            owed,
            "owed",
        )
        paid, due, left = sums.refunds()
        alike({"due": due, "left between": left}, {"due": paid, "left between": 0}, "money paid back for another")

    @staticmethod
    def _point_value() -> int:
        with reading() as session:
            return int(decisions.value(session, "settlement.point_value"))

    def teardown(self) -> None:
        try:
            agreeing()
            self._like_its_twins()
        finally:
            self.ground.begin_twin()  # nobody works on with what is left of this life

    def _like_its_twins(self) -> None:
        nights = history.last_nights(self.now)
        steps = [step for step in self.steps if step.kind != "refused"]
        never = {n: each for n, each in self.returns.items() if each.whole and each.alone and self._clean(each)}
        parts = {n: each for n, each in self.returns.items() if len(each.backs) > 1 and each.alone}
        if not never and not parts:
            return
        for night in nights:
            self.life.do(night)
        lived = history.value_state(self.life, nights[-1].at)
        for told, change in ((never, history.without), (parts, history.at_once)):
            if told:
                twin = self._twin([*change(steps, told), *nights])
                if not all(each.at_home for each in told.values()):
                    twin["settlement"] = lived["settlement"]
                alike(lived, twin, change.__name__)

    def _clean(self, each: Returns) -> bool:
        """Tell whether nothing stayed on purpose: a voucher made of older points, a last day that was put off.

        A voucher whose points are owed since is none of these.
        """
        during = range(each.sale.number, each.backs[-1].number + 1)
        codes = [code for (step, _), code in self.life.codes.items() if step in during]
        with reading() as session:
            made = select(Voucher.code).where(Voucher.code.in_(codes), Voucher.source == "exchange")
            stay = session.scalars(made.where(Voucher.status != "void")).all()
        later = each.backs[-1].at - each.sale.at > timedelta(days=1)
        return (each.owed > 0 or not stay) and not (each.sale.told["uses"] and later)

    def _twin(self, steps: list[Step]) -> dict[str, Any]:
        self.ground.begin_twin()
        twin = Life(self.ground.company)
        for step in steps:
            twin.do(step)
        return history.value_state(twin, steps[-1].at)
