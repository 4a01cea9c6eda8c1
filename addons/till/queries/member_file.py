"""All about one member, in a constant number of reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, lazyload

from addons.membership import queries as membership_read
from addons.membership.models import BirthdayRequest, Card, Consent, Member, MemberChange
from addons.points import queries as points_read
from addons.points.models import Lot, Referral, Visit
from addons.points.queries import PointsState
from addons.sales.models import Receipt, Return
from addons.tiers import queries as tiers_read
from addons.tiers.models import TierChange
from addons.till.queries.looking import Progress, exchange_price, progress
from addons.vouchers import queries as vouchers_read
from addons.vouchers.models import Voucher
from addons.vouchers.queries import Step, UsableVoucher
from core.db.scope import current_scope
from rules.book import RuleBook

MOST = 20  # rows of a kind; older ones are on their own lists


class LotLeft(NamedTuple):
    """Points with where they came from; `left` of pending ones is what will be given."""

    earned_on: date
    source: str
    state: str
    left: int
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member of one's stores with everything that belongs to the member.

    Points and vouchers that can be spent are whole, wherever they come from; everything else is of one's own stores.
    """

    member: Member
    cards: Sequence[Card]
    waiting: str | None
    progress: Progress | None
    balance: int
    exchangeable: int
    family_has: PointsState | None  # what the family can spend together, her own included; None where it does not
    voucher_from: int | None
    lots: Sequence[LotLeft]
    vouchers: Sequence[Voucher | UsableVoucher]
    voucher_lives: Mapping[int, Sequence[Step]]
    receipts: Sequence[Receipt]
    returns: Sequence[Return]
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
    counts: Mapping[str, int]  # how many rows of a kind there are in one's own stores
    hidden: Mapping[str, int]  # how many of them are not among these

    @property
    def card(self) -> Card | None:
        """The card that is out: in use, waiting for activation or lost."""
        held = [card for card in self.cards if card.status in ("active", "issued", "lost")]
        return next((card for card in held if card.status == "active"), held[0] if held else None)

    @property
    def spendable(self) -> int:
        """How many points can be spent, with those of the family where it spends together."""
        return self.balance if self.family_has is None else self.family_has.balance

    @property
    def may_exchange(self) -> bool:
        """Tell whether the points make a voucher, with those of the family where it spends together."""
        there = self.exchangeable if self.family_has is None else self.family_has.purchase_12m
        return self.voucher_from is not None and there >= self.voucher_from

    @property
    def must_convert(self) -> bool:
        """Tell whether the card is due to be converted: a tier waits, or the card is of a lower one."""
        card = self.card
        return self.waiting is not None or (card is not None and card.tier != self.member.tier != "")


def member_file(session: Session, member: Member, book: RuleBook | None, day: date) -> MemberFile:
    """Return all about a member of one's stores."""
    member_id = member.id
    state = points_read.state_many(session, [member_id], day)[member_id]
    vouchers = _vouchers(session, member, day)
    counts, ready = _counts(session, member_id), points_read.open_lots(session, member_id)
    return MemberFile(
        member=member,
        cards=_own(session, Card, member_id),
        waiting=tiers_read.waiting_many(session, [member_id]).get(member_id),
        progress=progress(session, member_id, member.tier, book, day) if book and member.tier else None,
        balance=state.balance,
        exchangeable=state.purchase_12m,
        family_has=points_read.family_has(session, member_id, day),
        voucher_from=exchange_price(book, day) if book else None,
        lots=_lots(session, member_id, ready[:MOST]),
        vouchers=vouchers,
        voucher_lives=vouchers_read.lives(session, [voucher.id for voucher in vouchers]) if vouchers else {},
        receipts=_own(session, Receipt, member_id),
        returns=_own(session, Return, member_id),
        changes=_own(session, MemberChange, member_id),
        steps=_own(session, TierChange, member_id),
        visits=_own(session, Visit, member_id),
        consents=_own(session, Consent, member_id),
        answers=membership_read.consents(session, member_id),
        family=membership_read.family_of(session, member),
        guardian=_one(session, member.guardian_id),
        referrer=_one(session, member.referrer_id),
        brought=list(session.scalars(select(Referral).where(Referral.referrer_id == member_id).options(lazyload("*")))),
        birthday_request=session.scalar(
            select(BirthdayRequest)
            .where(BirthdayRequest.member_id == member_id, BirthdayRequest.state == "asked")
            .options(lazyload("*"))
        ),
        counts=counts,
        hidden=_hidden(counts, len(ready), vouchers),
    )


_PENDING = "pending"
#: What a member has many of, by the names of the file.
KINDS: Mapping[str, Any] = {
    "cards": Card,
    "lots": Lot,
    "vouchers": Voucher,
    "receipts": Receipt,
    "returns": Return,
    "changes": MemberChange,
    "steps": TierChange,
    "visits": Visit,
    "consents": Consent,
}


def _counts(session: Session, member_id: int) -> dict[str, int]:
    """Count the rows of each kind in one's own stores, in one read."""
    counted = [
        select(func.count()).where(model.member_id == member_id).scalar_subquery().label(name)
        for name, model in KINDS.items()
    ]
    waits = select(func.count()).where(Lot.member_id == member_id, Lot.pending != 0).scalar_subquery().label(_PENDING)
    return dict(session.execute(select(*counted, waits)).mappings().one())


def _hidden(counts: Mapping[str, int], ready: int, vouchers: Sequence[Voucher | UsableVoucher]) -> dict[str, int]:
    """Return how many rows of each kind are left out; lots are shown while they are `ready` or pending."""
    left_out = {kind: max(0, count - MOST) for kind, count in counts.items()}
    own = sum(current_scope().may_read(voucher.store_id) for voucher in vouchers)
    return left_out | {"lots": max(0, ready - MOST) + left_out[_PENDING], "vouchers": counts["vouchers"] - own}


def _own(session: Session, model: Any, member_id: int) -> list[Any]:
    """Return a member's rows of a class, the newest first, those of one's own stores."""
    wanted = select(model).where(model.member_id == member_id).order_by(model.id.desc()).limit(MOST)
    # Related rows are not shown here, so none of them is read.
    return list(session.scalars(wanted.options(lazyload("*"))))


def _lots(session: Session, member_id: int, ready: Sequence[Any]) -> list[LotLeft]:
    """Return what can be spent, in that order, and what is still pending in one's own stores."""
    waits = select(Lot).where(Lot.member_id == member_id, Lot.pending != 0).order_by(Lot.id)
    pending = session.scalars(waits.limit(MOST).options(lazyload("*")))
    return [
        *(LotLeft(lot.earned_on, lot.source, "available", lot.remaining, lot.expires_on) for lot in ready),
        *(LotLeft(lot.earned_on, lot.source, "pending", lot.pending, lot.expires_on) for lot in pending),
    ]


def _vouchers(session: Session, member: Member, day: date) -> list[Voucher | UsableVoucher]:
    """Return what can be used, wherever it was issued, and the other vouchers of one's own stores."""
    usable = vouchers_read.usable(session, member.id, member.brand_id, day)
    codes = {voucher.code for voucher in usable}
    return [*usable, *(voucher for voucher in _own(session, Voucher, member.id) if voucher.code not in codes)]


def _one(session: Session, member_id: int | None) -> Member | None:
    return None if member_id is None else session.scalar(select(Member).where(Member.id == member_id))
