"""Whatever happens to points, in whatever order: nothing is lost, doubled or unexplained.

A few examples on each database; more with GUIBIN_TEST_EXAMPLES.
"""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from addons.membership.models import Family, Member
from addons.points import queries, services
from addons.points.domain import LOWEST_BALANCE
from addons.points.models import Account, ReasonCode, Review
from addons.points.services import Candidate, Earning, Reversal
from addons.points.tests.book import assert_sound, states
from addons.points.tests.pooled import agree, pool
from addons.vouchers.tests.shop import Shop, at
from core import settings as decisions
from core.errors import Refusal
from core.periods import moment
from rules.trace import EffectFired

BEGIN = date(2026, 1, 5)
PRICE = 100  # purchase points a voucher takes here
EXAMPLES = int(os.environ.get("GUIBIN_TEST_EXAMPLES", "8"))

people = st.integers(0, 1)
amounts = st.sampled_from([1, 99, 100, 250, 3000, 6000]) | st.integers(1, 7000)
shares = st.sampled_from([0, 50, 100, 100]) | st.integers(0, 100)


@dataclass
class Person:
    """What a member has, worked out without lots."""

    balance: int = 0
    pending: int = 0
    reserved: int = 0


@dataclass
class Bought:
    """A receipt: whose it is, what is left to take back, and until when it waits."""

    who: int
    purchase: int
    bonus: int
    waits: date | None


@dataclass
class Holding:
    """What a till holds: for whom, how many points, how many of them were drawn from the other, until when."""

    who: int
    points: int
    drawn: int
    until: datetime


class Ledger(RuleBasedStateMachine):
    """Two members of one family, who may spend together, against plain arithmetic."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop, self.session = shop, shop.session
        self.savepoint = self.session.begin_nested()
        self.day, self.minute, self.receipts = BEGIN, 0, 0
        self.people = [Person(), Person()]
        self.bought: dict[int, Bought] = {}
        self.holds: dict[int, Holding] = {}
        self.agreed = [False, False]
        self.queued, self.files = 0, 2
        self.ids = self._begin()

    def _begin(self) -> list[int]:
        chosen = {"family_transfers": True, "expiry": True, "transfer_monthly": 10**6, "exchange_mode": "on_request"}
        for name, to in chosen.items():
            decisions.change(self.session, name=f"points.{name}", to=to, by="hq", reason="test", now=self.now)
        pool(self.shop)
        family = Family(store_id=self.shop.store_id, name="家")
        self.session.add_all([family, ReasonCode(code="error", name="更正")])
        self.session.flush()
        return [self.shop.member(str(number), family_id=family.id) for number in range(1, 3)]

    def teardown(self) -> None:
        self.savepoint.rollback()
        self.session.expunge_all()  # the next example uses the same keys again
        decisions.forget_values()

    @property
    def now(self) -> datetime:
        return moment(self.day) + timedelta(hours=10, minutes=self.minute)

    def _try(self, command: Any) -> Any:
        """Return what a command answers; None where it refuses, and then nothing has changed."""
        try:
            with self.session.begin_nested():
                return command()
        except Refusal:
            self.session.expire_all()
            return None

    # -- what may happen ----------------------------------------------------------------------------------------------

    @rule(who=people, base=amounts, bonus=st.integers(0, 500), waits=st.sampled_from([0, 0, 14]))
    def earn(self, who: int, base: int, bonus: int, waits: int) -> None:
        self.receipts += 1
        earning = Earning(
            self.ids[who], self.shop.store_id, self.receipts, base + bonus, base, self.day, self.now, "r",
            pending_days=waits,
        )  # fmt: skip
        services.earn_many(self.session, [earning])
        due = self.day + timedelta(days=waits) if waits else None
        self.bought[self.receipts] = Bought(who, base, bonus, due)
        if waits:
            self.people[who].pending += base + bonus
        else:
            self.people[who].balance += base + bonus

    @initialize(bases=st.tuples(amounts, amounts))
    def buy(self, bases: tuple[int, int]) -> None:
        """Both have bought something before anything else happens."""
        for who, base in enumerate(bases):
            self.earn(who=who, base=base, bonus=base // 3, waits=0)

    @rule(who=people, given=st.sampled_from([True, True, False]))
    def agree(self, who: int, given: bool) -> None:
        """Somebody agrees to spend together with the family, or no longer."""
        agree(self.shop, self.ids[who], given=given)
        self.agreed[who] = given

    @precondition(lambda self: any(person.balance > 0 for person in self.people))
    @rule(data=st.data(), share=st.sampled_from([100, 100, 30, 101]))
    def spend(self, data: st.DataObject, share: int) -> None:
        who = data.draw(st.sampled_from([who for who in range(2) if self._there(who) > 0]))
        points = max(1, self._there(who) * share // 100 + (share > 100))
        self._free(who, points)
        done = self._try(lambda: services.spend(self.session, **self._asked(who, points), reason="gift"))
        assert (done is not None) == (points <= self._there(who))
        if done:
            self._take(who, points)

    @rule(who=people, points=st.sampled_from([1, 50, 100]) | st.integers(1, 3000))
    def hold(self, who: int, points: int) -> None:
        self._free(who, points)
        done = self._try(lambda: services.hold(self.session, **self._asked(who, points), by="till"))
        assert (done is not None) == (points <= self._there(who))
        if done:
            drawn = self._take(who, points)
            self.people[who].reserved += points
            self.holds[done.hold_id] = Holding(who, points, drawn, done.until)

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), release=st.booleans(), share=st.integers(1, 100))
    def end_hold(self, data: st.DataObject, release: bool, share: int) -> None:
        hold_id = data.draw(st.sampled_from(sorted(self.holds)))
        holding = self.holds[hold_id]
        spent = 0 if release else max(1, holding.points * share // 100)
        if release:
            done = self._try(lambda: services.release(self.session, hold_id=hold_id, now=self.now))
        else:
            done = self._try(lambda: services.spend_held(
                self.session, hold_id=hold_id, points=spent, reason="gift", now=self.now
            ))  # fmt: skip
            assert (done is not None) == (self.now < holding.until)
        if done is not None:
            self._end(hold_id, holding.points - spent)

    @precondition(lambda self: any(self._there(who) >= PRICE for who in range(2)))
    @rule(who=people)
    def exchange(self, who: int) -> None:
        services.release_overdue(self.session, now=self.now)
        for each in range(2):
            self._free_overdue(each)
        found = queries.state_many(self.session, self.ids, self.day)
        own, other = found[self.ids[who]].purchase_12m, found[self.ids[1 - who]].purchase_12m
        shared = self._shares() and self.people[who].balance >= 0
        times = (own + (other if shared else 0)) // PRICE
        params = {"points": PRICE, "times": times, "voucher_kind": "cash", "voucher_value": 1000, "days": 30}
        effect = EffectFired(effect="points.exchange", rule="r", params=params)
        candidate = Candidate(self.ids[who], self.shop.brand_id, self.shop.store_id, 0, self.day, self.now)
        done = self._try(lambda: services.exchange_on_request(self.session, candidate, lambda _c: [effect]))
        assert (done is not None) == (times > 0)
        drawn = max(0, times * PRICE - own)
        self.people[who].balance -= times * PRICE - drawn
        self.people[1 - who].balance -= drawn

    @precondition(lambda self: any(bought.purchase for bought in self.bought.values()))
    @rule(data=st.data(), share=shares, bonus=shares)
    def take_back(self, data: st.DataObject, share: int, bonus: int) -> None:
        receipt = data.draw(st.sampled_from([r for r, bought in sorted(self.bought.items()) if bought.purchase]))
        bought = self.bought[receipt]
        base, more = bought.purchase * share // 100, bought.bonus * bonus // 100
        member_id = self.ids[bought.who]
        reversal = Reversal(member_id, self.shop.stores[1], receipt, base + more, base, self.day)
        done = services.reverse(self.session, reversals=[reversal], now=self.now)[member_id]
        person = self.people[bought.who]
        waits = bought.waits is not None
        lost = 0 if waits else min(base + more, person.balance - LOWEST_BALANCE)
        queued = 0 if waits else base + more - lost
        person.pending -= base + more if waits else 0
        person.balance -= lost
        self.queued += queued
        bought.purchase -= base
        bought.bonus -= more
        assert (done.points, done.queued, done.balance) == (base + more - queued, queued, person.balance)

    @rule(giver=people, taker=people, points=amounts)
    def transfer(self, giver: int, taker: int, points: int) -> None:
        done = self._try(lambda: services.transfer(
            self.session, from_id=self.ids[giver], into_id=self.ids[taker], points=points,
            store_id=self.shop.store_id, by="one", now=self.now,
        ))  # fmt: skip
        assert (done is not None) == (giver != taker and points <= self.people[giver].balance)
        if done:
            self.people[giver].balance -= points
            self.people[taker].balance += points

    @rule(who=people, points=st.sampled_from([-7000, -3000, -100, 50, 3000]) | st.integers(1, 7000))
    def adjust(self, who: int, points: int) -> None:
        self._free_overdue(who)
        done = self._try(lambda: self._adjust(who, points))
        assert (done is not None) == (self.people[who].balance + points >= LOWEST_BALANCE or points > 0)
        if done:
            self.people[who].balance += points

    def _adjust(self, who: int, points: int) -> Any:
        asked = services.ask_adjustment(
            self.session, member_id=self.ids[who], points=points, code="error", note="", by="ann", now=self.now
        )
        return services.decide_adjustment(self.session, adjustment_id=asked, approve=True, by="bob", now=self.now)

    @precondition(lambda self: self.queued)
    @rule(data=st.data(), outcome=st.sampled_from(["write_off", "collect"]))
    def decide(self, data: st.DataObject, outcome: str) -> None:
        open_ = select(Review.id).where(Review.state == "waiting").order_by(Review.id)
        number = data.draw(st.sampled_from(list(self.session.scalars(open_))))
        claim = self.session.get_one(Review, number)
        who, points = self.ids.index(claim.member_id), claim.points
        self._free_overdue(who)
        done = self._try(lambda: self._decide(number, outcome))
        assert (done is not None) == (outcome == "write_off" or self.people[who].balance - points >= LOWEST_BALANCE)
        if done:
            self.queued -= points
            self.people[who].balance -= points if outcome == "collect" else 0

    def _decide(self, number: int, outcome: str) -> Any:
        asked: dict[str, Any] = {"review_id": number, "now": self.now}
        services.propose(self.session, **asked, outcome=outcome, reason="-", by="ann")
        return services.decide_review(self.session, **asked, approve=True, by="bob")

    @rule(source=people, into=people)
    def merge(self, source: int, into: int) -> None:
        """The files become one; somebody new takes the empty place."""
        if source == into:
            return
        services.PERSON.merge(self.session, self.ids[source], self.ids[into], self.now)
        self.session.expire_all()
        gone, stays = self.people[source], self.people[into]
        row = self.session.get_one(Member, self.ids[source])
        row.status, row.merged_into_id, row.phone = "merged", self.ids[into], None
        together = gone.balance + gone.reserved + stays.balance
        self.queued += max(0, LOWEST_BALANCE - together)
        stays.balance = max(LOWEST_BALANCE, together)
        stays.pending += gone.pending
        self.people[source] = Person()
        self.holds = {hold: replace(held, drawn=0) for hold, held in self.holds.items() if held.who != source}
        self.agreed[source] = False
        for bought in self.bought.values():
            bought.who = into if bought.who == source else bought.who
        self.files += 1
        self.ids[source] = self.shop.member(str(self.files), family_id=row.family_id)

    @rule(days=st.sampled_from([0, 1, 15, 200, 400]), minutes=st.integers(0, 20))
    def pass_time(self, days: int, minutes: int) -> None:
        """The clock jumps, and the night's work is done."""
        self.day, self.minute = self.day + timedelta(days=days), (self.minute + minutes) % 600
        if not days:
            return
        services.release_pending(self.session, day=self.day, now=self.now)
        for bought in self.bought.values():
            if bought.waits is not None and bought.waits < self.day:
                self.people[bought.who].pending -= bought.purchase + bought.bonus
                self.people[bought.who].balance += bought.purchase + bought.bonus
                bought.waits = None
        services.release_overdue(self.session, now=self.now)
        for who in range(2):
            self._free_overdue(who)
        self._expire()

    def _expire(self) -> None:
        before = states(self.session).get("expired", 0)
        services.expire(self.session, day=self.day, now=self.now)
        self.session.expire_all()
        went = 0
        for person, member_id in zip(self.people, self.ids, strict=True):
            account = self.session.get(Account, member_id)
            if account is not None and person.balance > account.balance >= 0:
                went += person.balance - account.balance
                person.balance = account.balance
        assert states(self.session).get("expired", 0) - before == went

    # -- what holds ---------------------------------------------------------------------------------------------------

    @invariant()
    def everything_adds_up(self) -> None:
        assert_sound(self.session)
        for person, member_id in zip(self.people, self.ids, strict=True):
            row = self.session.get(Account, member_id)
            found = Person() if row is None else Person(row.balance, row.pending, row.reserved)
            assert found == person
        assert -states(self.session).get("queued", 0) == self.queued
        for receipt, bought in self.bought.items():
            left = queries.reversible(self.session, receipt)
            assert left == (bought.purchase + bought.bonus, bought.purchase)

    # -- a till's time-outs -------------------------------------------------------------------------------------------

    def _asked(self, who: int, points: int) -> dict[str, Any]:
        return {
            "member_id": self.ids[who], "points": points, "store_id": self.shop.store_id, "now": self.now,
        }  # fmt: skip

    def _shares(self) -> bool:
        return all(self.agreed)

    def _there(self, who: int) -> int:
        """What can be spent, with what the other has where both agreed; it does not pay debts."""
        own, other = self.people[who].balance, self.people[1 - who].balance
        return own + max(0, other) if own >= 0 and self._shares() else own

    def _take(self, who: int, points: int) -> int:
        """Take points, one's own first; return how many were drawn from the other."""
        drawn = max(0, points - self.people[who].balance)
        self.people[who].balance -= points - drawn
        self.people[1 - who].balance -= drawn
        return drawn

    def _free(self, who: int, points: int) -> None:
        """What is held too long gives way, but only where the points are needed."""
        if self.people[who].balance >= points:
            return
        before, holds = deepcopy(self.people), dict(self.holds)
        for owner in range(2) if self._shares() else (who,):
            self._free_overdue(owner)
        if self._there(who) < points:  # it is refused, and nothing is freed
            self.people, self.holds = before, holds

    def _free_overdue(self, who: int) -> None:
        for hold_id, holding in sorted(self.holds.items()):
            if holding.who == who and holding.until <= self.now:
                self._end(hold_id, holding.points)

    def _end(self, hold_id: int, freed: int) -> None:
        """What is free again is whose it was; what was drawn is spent last."""
        holding = self.holds.pop(hold_id)
        back = min(freed, holding.drawn)
        self.people[holding.who].reserved -= holding.points
        self.people[holding.who].balance += freed - back
        self.people[1 - holding.who].balance += back


def test_whatever_happens_to_points_they_add_up(everywhere: Shop) -> None:
    assert at(BEGIN) > datetime(2026, 1, 1, tzinfo=UTC)
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=25,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    begun: Any = lambda: Ledger(everywhere)  # noqa: E731 - a machine for each example
    run_state_machine_as_test(begun, settings=chosen)
