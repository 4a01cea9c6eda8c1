"""Families that spend their points together, for tests."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from addons.membership.models import Consent, Family, Member
from addons.stores.models import Brand
from addons.vouchers.tests.shop import NOON, Shop


def pool(shop: Shop, *, on: bool = True) -> None:
    """Let families of the brand spend together, or not."""
    shop.session.get_one(Brand, shop.brand_id).pools_points = on
    shop.session.flush()


def family(shop: Shop, name: str = "王家") -> int:
    row = Family(store_id=shop.store_id, name=name)
    shop.session.add(row)
    shop.session.flush()
    return row.id


def agree(shop: Shop, member_id: int, *, given: bool = True) -> None:
    """Keep what a member says to spending points with her family."""
    shop.session.add(answer(shop.store_id, member_id, given=given))
    shop.session.flush()


def answer(store_id: int, member_id: int, *, given: bool = True) -> Consent:
    facts = {"purpose": "family_points", "wording": "v1", "by": "one", "at": NOON}
    return Consent(store_id=store_id, member_id=member_id, given=given, **facts)


def relatives(shop: Shop, count: int = 2) -> list[int]:
    """Members of one family who agreed to spend together."""
    home = family(shop)
    ids = [shop.member(str(number), family_id=home) for number in range(1, count + 1)]
    for member_id in ids:
        agree(shop, member_id)
    return ids


def share(session: Session, brand_id: int, store_id: int, member_ids: Sequence[int]) -> None:
    """Let members there are be a family that spends together."""
    home = Family(store_id=store_id, name="王家")
    session.add(home)
    session.flush()
    session.execute(update(Brand).where(Brand.id == brand_id).values(pools_points=True))
    session.execute(update(Member).where(Member.id.in_(member_ids)).values(family_id=home.id))
    session.add_all([answer(store_id, member_id) for member_id in member_ids])
    session.flush()
