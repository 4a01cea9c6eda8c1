"""A tier given by headquarters: two persons, a reason, an end (C27)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from addons.membership.models import Member
from addons.tiers import services
from addons.tiers.models import Grant, TierChange
from addons.tiers.tests.buying import buy, tier
from addons.vouchers.tests.shop import NOON, Shop, at
from core.errors import Invalid, NotFound
from rules.decide import Program

TODAY = date(2026, 5, 4)
END = date(2026, 8, 31)


def ask(shop: Shop, member: int, **more: object) -> int:
    facts = {"tier": "diamond", "reason": "film star", "ends_on": END, "by": "ann", "now": NOON}
    return services.request_grant(shop.session, member_id=member, **(facts | more))  # type: ignore[arg-type]


def decide(shop: Shop, grant: int, by: str = "bob", *, approve: bool = True) -> Grant:
    return services.decide_grant(shop.session, grant_id=grant, approve=approve, by=by, now=NOON)


def test_a_grant_holds_once_a_second_person_approved_it_and_ends(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    grant = ask(shop, member)
    assert tier(shop, member) == "ordinary"
    assert decide(shop, grant).state == "approved"
    assert tier(shop, member) == "diamond"
    assert services.end_grants(shop.session, day=END, now=at(END)) == []
    after = END + timedelta(days=1)
    assert services.end_grants(shop.session, day=after, now=at(after)) == [services.Converted(member, "ordinary")]
    assert tier(shop, member) == "ordinary"
    assert services.end_grants(shop.session, day=after, now=at(after)) == []
    changes = shop.session.execute(select(TierChange.reason, TierChange.tier_after, TierChange.grant_id)).all()
    assert changes == [("grant", "diamond", grant), ("grant_ended", "ordinary", grant)]


def test_nobody_decides_on_a_grant_of_their_own(shop: Shop) -> None:
    grant = ask(shop, shop.member())
    for approve in (True, False):
        with pytest.raises(services.GrantNeedsSecondPerson):
            decide(shop, grant, "ann", approve=approve)
    with pytest.raises(IntegrityError), shop.session.begin_nested():  # nor does the database let them
        shop.session.execute(update(Grant).values(state="approved", decided_by="ann"))


def test_a_grant_is_decided_once(shop: Shop) -> None:
    member = shop.member()
    grant = ask(shop, member)
    assert decide(shop, grant, approve=False).state == "refused"
    with pytest.raises(services.GrantIsDecided):
        decide(shop, grant)
    with pytest.raises(NotFound):
        decide(shop, 99)
    assert tier(shop, member) == "ordinary"


@pytest.mark.parametrize("wrong", [{"reason": "  "}, {"ends_on": date(2026, 5, 3)}, {"ends_on": date(2027, 5, 5)}])
def test_a_grant_needs_a_reason_and_an_end_within_a_year(shop: Shop, wrong: dict[str, object]) -> None:
    member = shop.member()
    with pytest.raises(Invalid):
        ask(shop, member, **wrong)
    assert ask(shop, member, ends_on=date(2027, 5, 4))


def test_a_grant_raises_and_never_lowers(shop: Shop) -> None:
    gold = shop.member("1", tier="gold")
    for not_above in ("gold", "ordinary", "platinum"):
        with pytest.raises(services.TierNotAbove):
            ask(shop, gold, tier=not_above)
    with pytest.raises(services.TierNotAbove):
        ask(shop, shop.member("2", tier=""))  # nobody without a card
    first, second = ask(shop, gold), ask(shop, gold)
    decide(shop, first)
    with pytest.raises(services.TierNotAbove):
        decide(shop, second)


def test_who_climbed_meanwhile_keeps_what_she_earned(shop: Shop, program: Program) -> None:
    member = shop.member()
    decide(shop, ask(shop, member, tier="gold"))
    buy(shop, program, member, 8000, TODAY)  # diamond, from gold
    after = END + timedelta(days=1)
    services.convert_due(shop.session, day=after, now=at(after))
    assert services.end_grants(shop.session, day=after, now=at(after)) == [services.Converted(member, "diamond")]
    assert tier(shop, member) == "diamond"
    assert shop.session.scalars(select(Grant.state)).one() == "ended"


def test_an_erased_person_leaves_no_reason(shop: Shop) -> None:
    member = shop.member()
    grant = ask(shop, member)
    services.PERSON.erase(shop.session, member, NOON)
    shop.session.expire_all()
    assert shop.session.get_one(Grant, grant).reason == "-"
    assert shop.session.get_one(Member, member).tier == "ordinary"
