"""All about one member, in a constant number of reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.membership import queries as membership_read
from addons.membership.models import BirthdayRequest, Card, Consent, Member, MemberChange
from addons.points import queries as points_read
from addons.points.models import Account, Lot, Referral, Visit
from addons.sales.models import Receipt
from addons.tiers import queries as tiers_read
from addons.tiers.models import TierChange
from addons.till.queries.looking import Progress, exchange_price, progress
from addons.vouchers.models import Voucher
from rules.book import RuleBook

MOST = 50  # rows of a kind; older ones are on their own lists


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member of one's stores with everything that belongs to the member.

    Points and vouchers are whole, wherever they come from; receipts and visits are those of one's own stores.
    """

    member: Member
    cards: Sequence[Card]
    waiting: str | None
    progress: Progress | None
    balance: int
    exchangeable: int
    voucher_from: int | None
    earned: int
    lots: Sequence[Lot]
    vouchers: Sequence[Voucher]
    receipts: Sequence[Receipt]
    changes: Sequence[MemberChange]
    steps: Sequence[TierChange]
    visits: Sequence[Visit]
    consents: Sequence[Consent]
    answers: dict[str, bool]
    family: Sequence[Member]
    guardian: Member | None
    referrer: Member | None
    brought: Sequence[Referral]
    birthday_request: BirthdayRequest | None

    @property
    def card(self) -> Card | None:
        """The card that is out: in use, waiting for activation or lost."""
        held = [card for card in self.cards if card.status in ("active", "issued", "lost")]
        return next((card for card in held if card.status == "active"), held[0] if held else None)

    @property
    def may_exchange(self) -> bool:
        """Tell whether the points make a voucher."""
        return self.voucher_from is not None and self.exchangeable >= self.voucher_from

    @property
    def must_convert(self) -> bool:
        """Tell whether the card is due to be converted: a tier waits, or the card is of a lower one."""
        card = self.card
        return self.waiting is not None or (card is not None and card.tier != self.member.tier != "")


def member_file(session: Session, member_id: int, book: RuleBook | None, day: date) -> MemberFile | None:
    """Return all about a member of one's stores, None where there is no such member in sight."""
    member = session.scalar(select(Member).where(Member.id == member_id))
    if member is None:
        return None
    state = points_read.state_many(session, [member_id], day)[member_id]
    account = session.get(Account, member_id)
    return MemberFile(
        member=member,
        cards=_own(session, Card, member_id),
        waiting=tiers_read.waiting_many(session, [member_id]).get(member_id),
        progress=progress(session, member_id, member.tier, book, day) if book and member.tier else None,
        balance=state.balance,
        exchangeable=state.purchase_12m,
        voucher_from=exchange_price(book, day) if book else None,
        earned=0 if account is None else account.earned,
        lots=_lots(session, member_id),
        vouchers=_own(session, Voucher, member_id),
        receipts=_own(session, Receipt, member_id),
        changes=_own(session, MemberChange, member_id),
        steps=_own(session, TierChange, member_id),
        visits=_own(session, Visit, member_id),
        consents=_own(session, Consent, member_id),
        answers=membership_read.consents(session, member_id),
        family=membership_read.family_of(session, member),
        guardian=_one(session, member.guardian_id),
        referrer=_one(session, member.referrer_id),
        brought=list(
            session.scalars(select(Referral).where(Referral.referrer_id == member_id).order_by(Referral.id.desc()))
        ),
        birthday_request=session.scalar(
            select(BirthdayRequest).where(BirthdayRequest.member_id == member_id, BirthdayRequest.state == "asked")
        ),
    )


def _own(session: Session, model: Any, member_id: int) -> list[Any]:
    """Return a member's rows of a class, the newest first, those of one's own stores."""
    return list(
        session.scalars(select(model).where(model.member_id == member_id).order_by(model.id.desc()).limit(MOST))
    )


def _lots(session: Session, member_id: int) -> list[Lot]:
    """Return the lots with something left or still pending, in the order they are spent."""
    wanted = select(Lot).where(Lot.member_id == member_id, Lot.remaining != 0, Lot.state != "cancelled")
    return list(session.scalars(wanted.order_by(Lot.earned_on, Lot.id).limit(MOST)))


def _one(session: Session, member_id: int | None) -> Member | None:
    return None if member_id is None else session.scalar(select(Member).where(Member.id == member_id))
