"""Members, their cards, and what is done for them at a till of the product."""

from __future__ import annotations

from typing import Any

from addons.membership import services as membership
from addons.points import services as points
from addons.points.tests import book
from addons.sales.tests.shop import NOON
from addons.stores.queries import place
from addons.till import services as till
from addons.till.domain import Basket
from addons.till.services import Asked, take_step
from addons.vouchers import services as vouchers
from core.db.session import reading, work
from tests.crash.points import with_points
from tests.crash.scene import TODAY, Act, World, posted, scene

SAID: dict[str, Any] = {"now": NOON, "by": "amy"}


def numbers(world: World) -> None:
    """Have card numbers for the store."""
    with work() as session:
        for tier, first in (("ordinary", 30_000_000), ("gold", 40_000_000)):
            membership.open_segment(session, store_id=world.shop.store, tier=tier, first=first, last=first + 99)


def prospect(world: World) -> int:
    with work() as session:
        return membership.register_prospect(
            session, store_id=world.shop.store, phone="+8613700000009", name="新客", now=NOON
        ).id


def carded(world: World, *, active: bool = True) -> tuple[int, int]:
    """Make a member with a card; return both."""
    numbers(world)
    member = world.shop.member(card=False)
    with work() as session:
        card = membership.issue_card(session, member_id=member, store_id=world.shop.store, **SAID)
        if active:
            membership.activate_card(session, card_id=card.id, **SAID)
        return member, card.id


# --- the office -------------------------------------------------------------------------------------------------------


@scene("membership.register", "till.prospect")
def a_file_is_begun(world: World) -> Act:
    asked: dict[str, Any] = {"store_id": world.shop.store, "phone": "+8613700000009", "name": "新客"}
    return posted("membership.register", lambda s: membership.register_prospect(s, now=NOON, **asked).id, **asked)


@scene("membership.issue")
def a_card_is_issued(world: World) -> Act:
    numbers(world)
    asked: dict[str, Any] = {"member_id": world.shop.member(card=False), "store_id": world.shop.store}
    return posted("membership.issue", lambda s: membership.issue_card(s, **SAID, **asked).number, **asked)


@scene("membership.replace")
def a_card_is_replaced(world: World) -> Act:
    asked: dict[str, Any] = {"card_id": carded(world)[1], "store_id": world.shop.store}
    return posted("membership.replace", lambda s: membership.replace_card(s, **SAID, **asked).number, **asked)


# --- steps at the till ------------------------------------------------------------------------------------------------


def step(world: World, which: str, member: int, **values: str) -> Act:
    """Take a step with a member at the till."""
    asked = Asked(member, world.shop.store, "amy", NOON, values)
    return posted(f"till.{which}", lambda s: take_step(s, step=which, asked=asked), member=member, **values)


@scene("till.activate")
def a_prospect_becomes_a_member(world: World) -> Act:
    numbers(world)
    return step(world, "activate", prospect(world), birthday_declined="yes")


@scene("till.issue_card")
def a_card_is_given_at_the_till(world: World) -> Act:
    numbers(world)
    return step(world, "issue_card", world.shop.member(card=False))


@scene("till.activate_card")
def a_card_is_put_in_use(world: World) -> Act:
    member, card = carded(world, active=False)
    return step(world, "activate_card", member, card_id=str(card))


@scene("till.report_loss")
def a_card_is_lost(world: World) -> Act:
    member, card = carded(world)
    return step(world, "report_loss", member, card_id=str(card))


@scene("till.replace_card")
def a_card_is_replaced_at_the_till(world: World) -> Act:
    member, card = carded(world)
    return step(world, "replace_card", member, card_id=str(card))


@scene("till.convert_card")
def a_card_is_converted_at_the_till(world: World) -> Act:
    member, _ = carded(world)
    world.shop.sell(world.shop.product(400_000), member_id=member)
    return step(world, "convert_card", member)


@scene("till.gift")
def a_gift_is_given_for_points(world: World) -> Act:
    member = world.shop.member("gold")
    for price in (30_000, 50_000):
        world.shop.sell(world.shop.product(price), member_id=member)
    return step(world, "gift", member, gift="umbrella, blue", points="400")


@scene("till.visit")
def a_visit_is_confirmed_at_the_till(world: World) -> Act:
    return step(world, "visit", world.shop.member(), invited="yes")


@scene("till.exchange")
def points_become_vouchers_at_the_till(world: World) -> Act:
    with world.ledgers() as ledgers:
        member = with_points(ledgers, 2000, 1700)
    return step(world, "exchange", member)


@scene("till.consent")
def a_consent_is_kept(world: World) -> Act:
    return step(world, "consent", world.shop.member(), purpose="messages", given="yes", wording="v1")


@scene("till.change")
def a_file_is_corrected(world: World) -> Act:
    return step(world, "change", world.shop.member(), name="王芳", reason="typed wrongly")


@scene("till.hand_over")
def a_gift_voucher_is_handed_in_at_the_till(world: World) -> Act:
    member = world.shop.member()
    with work() as session:
        issue = vouchers.Issue(
            member, world.shop.brand, world.shop.store, "gift", 0, TODAY, NOON, "test", title="scarf"
        )
        [code] = vouchers.issue_many(session, [issue])
    asked: dict[str, Any] = {
        "code": code,
        "ref": "scarf 7",
        "store_id": world.shop.store,
        "member_id": member,
        "by": "amy",
    }
    return posted("till.hand_over", lambda s: vouchers.hand_over(s, day=TODAY, now=NOON, **asked).amount, **asked)


@scene("till.hold", "till.let_go", in_parts=True)
def one_voucher_is_chosen_instead_of_another(world: World) -> Act:
    member = world.shop.member()
    first, second = world.voucher(member), world.voucher(member)
    hold = ["S1 amy", "a sale"]
    with reading() as session:
        at = place(session, world.shop.store)

    def choose(basket: Basket, *codes: str) -> list[str]:
        till.choose_vouchers(basket, codes, at=at, by="amy", now=NOON)
        return basket.vouchers

    def ask() -> list[str]:  # the basket lies in the session of the browser, and survives
        basket = Basket(at.id, "k", member_id=member, vouchers=[first], hold=hold)
        return choose(basket, second)

    choose(Basket(at.id, "k", member_id=member, hold=hold), first)
    return ask


@scene("points.spend")
def points_are_spent_from_three_lots(world: World) -> Act:
    with world.ledgers() as ledgers:
        member = with_points(ledgers, 100, 100, 100)
        book.earn(ledgers, member, 100, day=TODAY.replace(year=2025), receipt_id=7)
    asked: dict[str, Any] = {"member_id": member, "points": 350, "store_id": world.shop.store, "reason": "gift"}
    return posted("points.spend", lambda s: [w.points for w in points.spend(s, now=NOON, **asked)], **asked)
