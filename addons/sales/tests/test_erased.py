"""A person who was erased stops nobody else: not her friends, not the night's work."""

from __future__ import annotations

from datetime import timedelta

from addons.membership.services import erase_member
from addons.points import services as points
from addons.points.models import Account, Referral
from addons.sales.tests.shop import NOON, Shop
from core import settings
from core.db.posting import Operation, post
from core.db.session import work


def erase(member: int) -> None:
    with work() as session:
        erase_member(session, member_id=member, reason="asked for it", by="test", now=NOON)


def test_a_friend_of_somebody_who_was_erased_buys_as_anybody_does(shop: Shop) -> None:
    """There is nobody to be thanked (C16)."""
    referrer = shop.member("ordinary")
    friend = shop.member("ordinary", referrer_id=referrer)
    erase(referrer)
    assert shop.sell(shop.product(10000), member_id=friend)["referral_points"] == 0
    assert shop.rows(Referral) == []


def test_points_of_others_are_released_where_somebody_was_erased(shop: Shop) -> None:
    with work() as session:
        settings.change(session, name="points.purchase_pending_days", to=14, by="test", reason="test", now=NOON)
    gone, other = shop.member("gold"), shop.member("gold")
    for member in (gone, other):
        shop.sell(shop.product(400000), member_id=member)
    erase(gone)
    later = NOON + timedelta(days=15)
    released = post(
        Operation("points.release_pending", "night", {}),
        lambda session: {"lots": points.release_pending(session, day=later.date(), now=later)},
    )
    assert released.answer == {"lots": 2}
    [account] = shop.rows(Account, member_id=other)
    assert (account.balance, account.pending) == (600, 0)  # 3,600 points, of which 3,000 became a voucher
