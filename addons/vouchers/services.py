"""Issuing, using and cancelling vouchers; called inside a posting, never committing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.vouchers import domain, queries
from addons.vouchers.models import Use, Voucher
from addons.vouchers.queries import UsableVoucher
from core import settings
from core.addons.person import PersonHooks
from core.db.scope import require_store
from core.errors import Invalid, NotFound, Refusal

_V = Voucher.__table__
_CHUNK = 5000  # codes looked up and rows written at a time


class VoucherExpired(Refusal):
    """Its last day is over."""

    sentence = "The voucher %(voucher)s was valid until %(valid_until)s."
    voucher: str
    valid_until: str


class VoucherUsed(Refusal):
    """It has been used before, or at this very moment at another till."""

    sentence = "The voucher %(voucher)s has been used already."
    voucher: str


class VoucherCancelled(Refusal):
    """Headquarters cancelled it."""

    sentence = "The voucher %(voucher)s has been cancelled."
    voucher: str


class VoucherOfOtherBrand(Refusal):
    """It belongs to another brand."""

    sentence = "The voucher %(voucher)s belongs to another brand."
    voucher: str


class VoucherOfOtherMember(Refusal):
    """It belongs to another member."""

    sentence = "The voucher %(voucher)s belongs to another member."
    voucher: str


class VoucherTooSmall(Refusal):
    """More was to be paid with it than it is worth; amounts are fen."""

    sentence = "The voucher %(voucher)s is worth less than was to be paid with it."
    voucher: str


@dataclass(frozen=True, slots=True)
class Issue:
    """A voucher to be issued: value in fen; `days` it is good for, the setting vouchers.valid_days where not given."""

    member_id: int
    brand_id: int
    store_id: int
    kind: str
    value: int
    day: date
    now: datetime
    source: str
    rule: str = ""
    days: int | None = None


class Redeemed(NamedTuple):
    """A voucher that was used: the number of the use and its amount in fen."""

    voucher_id: int
    code: str
    use_number: int
    amount: int


_INSERT = _V.insert()
_REDEEM = (
    update(_V)
    .where(_V.c.id == bindparam("b_id"), _V.c.status == "active", _V.c.uses == bindparam("b_uses"))
    .values(status="used", remaining=0, uses=_V.c.uses + 1)
)
_INSERT_USE = Use.__table__.insert()
_MOVE = update(_V).where(_V.c.member_id == bindparam("b_from")).values(member_id=bindparam("b_into"))


def issue_many(
    session: Session, issues: Sequence[Issue], *, new_code: Callable[[], str] = domain.new_code
) -> list[str]:
    """Issue vouchers and return their codes in the same order; a code that exists already is drawn again.

    Refuses with OutOfScope for a store that may not be written, Invalid for a value below nothing or no days.
    """
    for store_id in {issue.store_id for issue in issues}:
        require_store(store_id, write=True)
    days: int = settings.value(session, "vouchers.valid_days") if any(i.days is None for i in issues) else 0
    codes: list[str] = []
    connection = session.connection()
    for start in range(0, len(issues), _CHUNK):
        chunk = issues[start : start + _CHUNK]
        drawn = _free_codes(session, len(chunk), new_code)
        connection.execute(_INSERT, [_row(i, code, days) for i, code in zip(chunk, drawn, strict=True)])
        codes += drawn
    return codes


def _free_codes(session: Session, count: int, new_code: Callable[[], str]) -> list[str]:
    """Draw codes that are not there yet; two tills drawing one code at once meet the unique constraint."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        drawn = {new_code(): None for _ in range(count - len(codes))}
        taken = queries.by_code(session, list(drawn))
        codes |= {code: None for code in drawn if code not in taken}
    return list(codes)


def _row(issue: Issue, code: str, default_days: int) -> dict[str, Any]:
    days = default_days if issue.days is None else issue.days
    if issue.value < 0 or days < 1:
        raise Invalid(field="voucher", problem="the value or the number of days is not allowed")
    return {
        "code": code,
        "member_id": issue.member_id,
        "brand_id": issue.brand_id,
        "store_id": issue.store_id,
        "kind": issue.kind,
        "value": issue.value,
        "remaining": issue.value,
        "status": "active",
        "uses": 0,
        "issued_at": issue.now,
        "valid_until": domain.last_day(issue.day, days),
        "source": issue.source,
        "rule": issue.rule,
    }


def redeem(
    session: Session,
    *,
    uses: Sequence[tuple[str, int]],
    receipt_id: int,
    store_id: int,
    brand_id: int,
    day: date,
    now: datetime,
    member_id: int | None = None,
) -> list[Redeemed]:
    """Pay parts of a receipt with vouchers, (code, fen) each; there is no change: nothing of a voucher remains (C18).

    Refuses with OutOfScope, NotFound, VoucherOfOtherBrand, VoucherOfOtherMember (where the member is given),
    VoucherUsed, VoucherCancelled, VoucherExpired, VoucherTooSmall.
    """
    require_store(store_id, write=True)
    found = queries.by_code(session, [domain.typed(code) for code, _ in uses])
    done: list[Redeemed] = []
    for text, amount in uses:
        code = domain.typed(text)
        voucher = found.get(code)
        if voucher is None:
            raise NotFound(what="voucher", which=code)
        require_usable(voucher, brand_id=brand_id, member_id=member_id, day=day)
        if not 0 <= amount <= voucher.remaining:
            raise VoucherTooSmall(voucher=code)
        done.append(_use(session, voucher, amount, store_id=store_id, receipt_id=receipt_id, now=now))
    return done


def require_usable(voucher: UsableVoucher, *, brand_id: int, member_id: int | None, day: date) -> None:
    """Do nothing for a voucher that can be used.

    Refuses with VoucherOfOtherBrand, VoucherOfOtherMember, VoucherUsed, VoucherCancelled, VoucherExpired.
    """
    if voucher.brand_id != brand_id:
        raise VoucherOfOtherBrand(voucher=voucher.code)
    if member_id is not None and voucher.member_id != member_id:
        raise VoucherOfOtherMember(voucher=voucher.code)
    if voucher.status == "used":
        raise VoucherUsed(voucher=voucher.code)
    if voucher.status == "void":
        raise VoucherCancelled(voucher=voucher.code)
    if voucher.valid_until < day:
        raise VoucherExpired(voucher=voucher.code, valid_until=voucher.valid_until.isoformat())


def _use(
    session: Session, voucher: UsableVoucher, amount: int, *, store_id: int, receipt_id: int, now: datetime
) -> Redeemed:
    connection = session.connection()
    # The guard: of two tills that both read "active", one finds the row changed and is refused.
    if connection.execute(_REDEEM, {"b_id": voucher.id, "b_uses": voucher.uses}).rowcount != 1:
        raise VoucherUsed(voucher=voucher.code)
    number = voucher.uses + 1
    row = {
        "voucher_id": voucher.id,
        "use_number": number,
        "store_id": store_id,
        "receipt_id": receipt_id,
        "amount": amount,
        "at": now,
    }
    connection.execute(_INSERT_USE, row)
    return Redeemed(voucher.id, voucher.code, number, amount)


def _merge(session: Session, from_member: int, into_member: int, _now: datetime) -> None:
    session.connection().execute(_MOVE, {"b_from": from_member, "b_into": into_member})


def _erase(_session: Session, _member: int, _now: datetime) -> None:
    """Nothing here says who a member is; vouchers stay as what the brand owes."""


PERSON = PersonHooks(merge=_merge, erase=_erase)
