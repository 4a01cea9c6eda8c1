"""The customer at the till, as much as the cashier may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from addons.membership.queries import TillMember, till_members
from addons.points import queries as points_read
from addons.points import services as points
from addons.stores.queries import StorePlace
from addons.tiers import queries as tiers_read
from addons.till.queries import Progress, exchange_price, progress
from addons.vouchers import queries as vouchers_read
from addons.vouchers.queries import UsableVoucher
from core.db.scope import current_scope
from core.periods import local_day
from rules.book import RuleBook


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys; contact data is masked. `in_sight` tells that the file may be opened."""

    member: TillMember
    in_sight: bool
    waiting: str | None
    progress: Progress | None
    balance: int
    exchangeable: int
    family_has: int | None
    voucher_from: int | None
    offers: tuple[points.Offer, ...]
    vouchers: tuple[UsableVoucher, ...]
    is_birthday: bool

    @property
    def tender(self) -> tuple[UsableVoucher, ...]:
        """Return the vouchers that pay or lower the price."""
        return tuple(voucher for voucher in self.vouchers if voucher.kind in ("cash", "discount"))

    @property
    def handed_out(self) -> tuple[UsableVoucher, ...]:
        """Return the vouchers for which something is handed out."""
        return tuple(voucher for voucher in self.vouchers if voucher.kind in ("gift", "parking"))

    @property
    def must_convert(self) -> bool:
        """Tell whether the card should be converted now."""
        member = self.member
        lower = member.card_status == "active" and member.card_tier != member.tier
        return self.waiting is not None or (lower and bool(member.tier))


def customer(session: Session, member_id: int, at: StorePlace, book: RuleBook, now: datetime) -> Customer | None:
    """Return a member of the store's brand; None for anybody else."""
    member = till_members(session, [member_id]).get(member_id)
    if member is None or member.brand_id != at.brand_id:
        return None
    day = local_day(now, at.zone)
    state = points_read.state_many(session, [member_id], day)[member_id]
    usable = vouchers_read.usable(session, member_id, at.brand_id, day)
    price = exchange_price(book, day)
    family = points_read.family_has(session, member_id, day)
    makes_some = price is not None and (family or state).purchase_12m >= price
    return Customer(
        member,
        current_scope().may_read(member.store_id),
        tiers_read.waiting_many(session, [member_id]).get(member_id),
        progress(session, member_id, member.tier, book, day) if member.tier else None,
        state.balance,
        state.purchase_12m,
        None if family is None else family.balance,
        price,
        tuple(points.exchange_offers(session, member_id=member_id, store_id=at.id, now=now)) if makes_some else (),
        tuple(usable),
        any(birthday.is_on(day) for birthday in member.birthdays),
    )
