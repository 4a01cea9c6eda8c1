"""Whose vouchers are: splitting one, giving one to another member, merging two members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.membership.queries import till_members
from addons.membership.services import take_turns
from addons.stores.queries import place as place_of
from addons.vouchers import queries
from addons.vouchers.models import BatchMember, Voucher
from addons.vouchers.queries import UsableVoucher
from addons.vouchers.services.changing import About, Change, Move, post_changes
from addons.vouchers.services.issuing import Issue, issue_many
from addons.vouchers.services.refusals import VoucherOfOtherBrand
from addons.vouchers.services.tills import require_active, require_free
from core import settings
from core.addons.person import PersonHooks
from core.db.scope import require_store, system_scope
from core.db.statement import Statement
from core.errors import Invalid, NotFound, Refusal

_V, _M = Voucher.__table__, BatchMember.__table__


class VoucherGiftsForbidden(Refusal):
    """Headquarters does not let vouchers be given to somebody else."""

    sentence = "Vouchers may not be given to somebody else."


class VoucherSplitForbidden(Refusal):
    """Headquarters does not let vouchers be split."""

    sentence = "Vouchers may not be split."


def split(
    session: Session, *, voucher_id: int, parts: Sequence[int], store_id: int, day: date, now: datetime, by: str
) -> list[str]:
    """Split a cash voucher into several that are together worth what remains of it (fen); return their codes.

    They are the same member's, under the same terms, owed by the same store, and end on the same day. Refuses with
    OutOfScope, NotFound, VoucherSplitForbidden (setting), VoucherOfOtherBrand, VoucherLocked, Invalid for parts that do
    not add up or for another kind, and with what `require_active` refuses.
    """
    if not settings.value(session, "vouchers.split_allowed"):
        raise VoucherSplitForbidden
    voucher = _own(session, voucher_id, store_id, day, now)
    if voucher.kind != "cash":
        raise Invalid(field="voucher", problem="only cash vouchers are split")
    if len(parts) < 2 or min(parts) < 1 or sum(parts) != voucher.remaining:
        raise Invalid(field="parts", problem="at least two parts that come to what remains")
    about = About(store_id, now, by)
    post_changes(session, [_closed(voucher, "split")], about)
    return _issued(session, [_anew(voucher, part, "split", about, day) for part in parts])


def give(session: Session, *, voucher_id: int, member_id: int, store_id: int, day: date, now: datetime, by: str) -> str:
    """Give a voucher to another member of the brand, under a new code that the giver does not know; return it.

    Refuses with OutOfScope, VoucherGiftsForbidden (setting), NotFound for the voucher or the member,
    VoucherOfOtherBrand, VoucherLocked, Invalid for a gift to oneself, and with what `require_active` refuses.
    """
    if not settings.value(session, "vouchers.gifts_allowed"):
        raise VoucherGiftsForbidden
    voucher = _own(session, voucher_id, store_id, day, now)
    if voucher.member_id == member_id:
        raise Invalid(field="member", problem="the voucher is this member's already")
    take_turns(session, [member_id])  # so that her file does not become a part of another one meanwhile
    member = till_members(session, [member_id]).get(member_id)
    if member is None or member.brand_id != voucher.brand_id or member.status not in ("prospect", "active"):
        raise NotFound(what="member", which=str(member_id))
    about = About(store_id, now, by)
    post_changes(session, [_closed(voucher, "transferred")], about)
    given = _anew(voucher, voucher.remaining, "gift", about, day)
    return _issued(session, [replace(given, member_id=member_id, binding="member")])[0]


def _own(session: Session, voucher_id: int, store_id: int, day: date, now: datetime) -> UsableVoucher:
    """Return a voucher of the store's brand that nobody holds and of which something is left."""
    require_store(store_id, write=True)
    voucher = queries.to_change(session, [voucher_id]).get(voucher_id)
    if voucher is None:
        raise NotFound(what="voucher", which=str(voucher_id))
    if voucher.brand_id != place_of(session, store_id).brand_id:
        raise VoucherOfOtherBrand(voucher=voucher.code)
    require_active(voucher, day)
    require_free(voucher, now)
    return voucher


def _issued(session: Session, issues: Sequence[Issue]) -> list[str]:
    """Issue what takes over value of another voucher, in whichever store of the brand that is done."""
    with system_scope("a voucher stays the store's that owes it"):
        return issue_many(session, issues)


def _closed(voucher: UsableVoucher, account: str) -> Change:
    """Let all that remains go to an account from which other vouchers take it."""
    return Change(voucher, [Move(voucher.state, account, voucher.remaining)], gone=account)


def _anew(voucher: UsableVoucher, value: int, source: str, about: About, day: date) -> Issue:
    """Return a voucher that takes over value of another one, with all that limits it."""
    return Issue(
        member_id=voucher.member_id,
        brand_id=voucher.brand_id,
        store_id=voucher.store_id,
        kind=voucher.kind,
        value=value,
        day=day,
        now=about.now,
        source=source,
        rule=voucher.rule,
        binding=voucher.binding,
        title=voucher.title,
        valid_from=voucher.valid_from,
        valid_until=voucher.valid_until,
        terms_id=voucher.terms_id,
        batch_id=voucher.batch_id,
        budget_id=voucher.budget_id,
        origin_id=voucher.origin_id or voucher.id,
        acting_store_id=about.store_id,
        by=about.by,
    )


# --- members -------------------------------------------------------------------------------------------------------

_MOVE = [
    Statement(update(table).where(table.c.member_id == bindparam("b_from")).values(member_id=bindparam("b_into")))
    for table in (_V, _M)
]


def _merge(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Give all vouchers of one to the other; what remains of them goes from one's accounts to the other's."""
    found = queries.to_change(session, queries.of_member(session, from_member)).values()
    active = [voucher for voucher in found if voucher.status == "active"]
    changes = [_transferred(voucher, from_member, into_member) for voucher in active]
    post_changes(session, changes, About(0, now, reason="merge"))
    for statement in _MOVE:
        statement.run(session, b_from=from_member, b_into=into_member)


def _transferred(voucher: UsableVoucher, from_member: int, into_member: int) -> Change:
    moves = [
        Move(voucher.state, "transferred", voucher.remaining, from_member),
        Move("transferred", voucher.state, voucher.remaining),
    ]
    return Change(voucher, moves, member_id=into_member, keeps_hold=True, store_id=voucher.store_id)


def _erase(_session: Session, _member: int, _now: datetime) -> None:
    """Nothing here says who a member is; vouchers stay as what the brand owes."""


PERSON = PersonHooks(merge=_merge, erase=_erase)
