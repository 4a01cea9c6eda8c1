"""The ledger and the tiers counted again: clean after everything that happens, and every change of a row is noticed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.orm import Session

from addons.membership import services as membership
from addons.membership.models import Member
from addons.tiers import queries, services
from addons.tiers.models import TierChange
from addons.tiers.queries import verifying as checks
from addons.tiers.tests.buying import buy, paid, set_to, tier
from addons.vouchers.tests.shop import Shop, at, open_shop
from core.addons.registry import Registry
from core.testing.master import unguard
from rules.decide import Program

TODAY = date(2026, 5, 4)
END = TODAY + timedelta(days=90)


def found(session: Session) -> list[tuple[str, str]]:
    session.flush()
    return sorted((finding.table, finding.problem.en) for finding in queries.audit(session))


@dataclass
class Life:
    """Six members who buy, return, climb, convert, are granted, merged and reassessed at random."""

    shop: Shop
    program: Program
    draw: Random
    members: list[int]
    receipts: list[tuple[int, date]]

    @classmethod
    def begun(cls, shop: Shop, program: Program, seed: int) -> Life:
        return cls(shop, program, Random(seed), [shop.member(str(n)) for n in range(1, 7)], [])

    def lived(self, steps: int) -> None:
        happenings = [self.buy, self.buy, self.bring_back, self.convert, self.grant, self.end, self.night, self.merge]
        day = TODAY
        for _ in range(steps):
            day += timedelta(days=self.draw.randrange(9))
            self.draw.choice(happenings)(self.draw.choice(self.members), day)

    def buy(self, member: int, day: date) -> None:
        buy(self.shop, self.program, member, self.draw.choice([500, 1500, 3000, 8200]), day)
        self.receipts.append((paid(self.shop, member, self.draw.randrange(1, 90_000), day), day))

    def bring_back(self, _member: int, day: date) -> None:
        if not self.receipts:
            return
        receipt, sold = self.draw.choice(self.receipts)
        session, store, now = self.shop.session, self.shop.store_id, at(day)
        back = services.Uncredit(0, store, receipt, sold, self.draw.randrange(90_000), 0)
        for taken in services.uncredit(session, returns=[back], now=now):
            asked = {"store_id": store, "day": day, "now": now, "program": self.program}
            keep = self.draw.random() < 0.5
            services.reassess(session, member_id=taken.member_id, keep=keep, **asked)  # type: ignore[arg-type]

    def convert(self, _member: int, day: date) -> None:
        services.convert_due(self.shop.session, day=day, now=at(day))

    def grant(self, member: int, day: date) -> None:
        asked = {"tier": "diamond", "reason": "star", "ends_on": day + timedelta(days=20), "by": "ann", "now": at(day)}
        with suppress(services.TierNotAbove):
            grant = services.request_grant(self.shop.session, member_id=member, **asked)  # type: ignore[arg-type]
            services.decide_grant(self.shop.session, grant_id=grant, approve=True, by="bob", now=at(day))

    def end(self, _member: int, day: date) -> None:
        services.end_grants(self.shop.session, day=day, now=at(day))

    def night(self, member: int, day: date) -> None:
        services.evaluate(self.shop.session, member, day, at(day), self.program)

    def merge(self, member: int, day: date) -> None:
        if len(self.members) < 4:
            return
        self.members.remove(member)
        into = self.draw.choice(self.members)
        services.PERSON.merge(self.shop.session, member, into, at(day))
        gone = update(Member).where(Member.id == member)
        self.shop.session.execute(gone.values(status="merged", merged_into_id=into, phone=None))


@pytest.mark.parametrize("seed", range(10))
def test_whatever_happens_the_books_agree(everywhere: Shop, program: Program, seed: int) -> None:
    shop = everywhere
    set_to(shop, "tiers.activation", "at_once" if seed % 3 == 0 else "on_card_conversion")
    Life.begun(shop, program, seed).lived(60)
    assert found(shop.session) == []


#: What somebody with the database in their hands might do, and what is told of it.
_SECOND = "(SELECT id FROM membership_member WHERE number = 'M2')"
TAMPERED = {
    "an entry is taken out": ("DELETE FROM tiers_credit WHERE number = 2", {checks.GAP, checks.RUNNING}),
    "more was paid": (
        "UPDATE tiers_credit SET amount = amount + 100, amount_left = amount_left + 100 WHERE number = 1",
        {checks.RUNNING},
    ),
    "less was taken back": (
        "UPDATE tiers_credit SET amount_left = amount_left + 1 WHERE number = 2",
        {checks.RUNNING},
    ),
    "points as well": (
        "UPDATE tiers_credit SET points_left = points_left + 1 WHERE number = 2 AND points_left > 0",
        {checks.RUNNING},
    ),
    "a correction counts more than the sale": (
        "UPDATE tiers_credit SET kind = 'correction', amount = 900, amount_left = 100900 WHERE amount_left = 80000",
        {checks.MORE},
    ),
    "an entry is given to another": (
        f"UPDATE tiers_credit SET member_id = {_SECOND} WHERE amount = 100000",
        {checks.HOLDER},
    ),
    "half a merge": (
        "UPDATE tiers_credit SET amount = amount - 7, amount_left = amount_left - 7 WHERE number = 4",
        {checks.MERGED},
    ),
    "a tier is given": (
        "UPDATE membership_member SET tier = 'diamond' WHERE number = 'M2'",
        {checks.TIER, checks.IDLE},
    ),
    "a step is skipped": (
        "UPDATE tiers_change SET tier_after = 'diamond' WHERE converted_at IS NOT NULL",
        {checks.TIER, checks.LEAP},
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_somebody_changed_in_the_database_is_told(
    every_database: Engine, program: Program, system: None, what: str
) -> None:
    statement, problems = TAMPERED[what]
    with Session(every_database, expire_on_commit=False) as session:
        _small(session, program)
        assert found(session) == []
        unguard(session.connection(), "tiers_credit")
        session.execute(text(statement))
        told = {finding.problem for finding in queries.audit(session)}
        assert told == problems
        session.rollback()


def _small(session: Session, program: Program) -> None:
    shop = open_shop(session)
    one, two, three = (shop.member(str(n)) for n in range(1, 4))
    receipt = paid(shop, one, 100_000, TODAY, points=10)
    back = services.Uncredit(one, shop.store_id, receipt, TODAY, 20_000, 2)
    services.uncredit(session, returns=[back], now=at(TODAY))
    buy(shop, program, two, 3000, TODAY)
    services.confirm_conversion(session, member_id=two, now=at(TODAY))
    buy(shop, program, two, 8000, TODAY)
    merged = paid(shop, three, 5_000, TODAY)
    services.uncredit(session, returns=[services.Uncredit(three, shop.store_id, merged, TODAY, 1, 0)], now=at(TODAY))
    services.PERSON.merge(session, three, two, at(TODAY))


def test_a_card_that_was_issued_directly_explains_the_tier(shop: Shop, program: Program) -> None:
    """Where headquarters allow it, a card above the tier is written into the history of the file."""
    member = shop.member()
    buy(shop, program, member, 3000, TODAY)
    services.confirm_conversion(shop.session, member_id=member, now=at(TODAY))
    set_to(shop, "membership.direct_issue", True)
    later = at(TODAY + timedelta(days=1))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("addons.membership.services.cards._issue", lambda *_, **__: None)
        membership.issue_card(
            shop.session, member_id=member, store_id=shop.store_id, now=later, by="ann", tier="diamond"
        )
    assert found(shop.session) == []


def test_the_ledger_is_among_the_books(addons: Registry) -> None:
    [book] = [book for book in addons.books() if book.name == "tiers_credit"]
    assert book.entries.name == "tiers_credit"
    assert TierChange.__tablename__ == "tiers_change"


@pytest.mark.parametrize("own", ["gold", "ordinary"])
def test_after_a_merge_a_grant_leads_back_to_the_higher_own_tier(everywhere: Shop, program: Program, own: str) -> None:
    shop = everywhere
    star, other = shop.member("1"), shop.member("2", own)
    asked = {"tier": "diamond", "reason": "star", "ends_on": END, "by": "ann", "now": at(TODAY)}
    grant = services.request_grant(shop.session, member_id=star, **asked)  # type: ignore[arg-type]
    services.decide_grant(shop.session, grant_id=grant, approve=True, by="bob", now=at(TODAY))
    services.PERSON.merge(shop.session, star, other, at(TODAY))
    assert tier(shop, other) == "diamond"
    after = END + timedelta(days=1)
    services.end_grants(shop.session, day=after, now=at(after))
    assert tier(shop, other) == own


def test_a_merge_never_leads_down_by_a_step_that_waited(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    one, other = shop.member("1"), shop.member("2", "diamond")
    buy(shop, program, one, 3000, TODAY)
    services.PERSON.merge(shop.session, one, other, at(TODAY))
    assert queries.waiting_many(shop.session, [one, other]) == {}
    due = TODAY + timedelta(days=30)
    assert services.convert_due(shop.session, day=due, now=at(due)) == []
    assert tier(shop, other) == "diamond"
