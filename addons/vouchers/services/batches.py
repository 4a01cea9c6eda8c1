"""Batches of vouchers: one person asks, another approves where they are worth much, then they are issued in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.catalog.models import Category
from addons.catalog.queries import goods_named
from addons.membership.services import take_turns
from addons.stores.queries import place as place_of
from addons.vouchers import queries
from addons.vouchers.domain import BINDINGS, DEFAULT_PATTERN, KINDS, UNLIMITED, Limits, pattern_problem
from addons.vouchers.models import Batch, BatchMember, Budget, Pattern
from addons.vouchers.services.ending import cancel
from addons.vouchers.services.issuing import Issue, issue_many
from addons.vouchers.services.terms import terms_of
from core import settings
from core.db.scope import require_store
from core.db.statement import Statement, write_rows
from core.errors import Invalid, NotFound, Refusal
from core.periods import local_day

MOST = 1_000_000  # vouchers in a batch


class VoucherBatchNeedsAnother(Refusal):
    """Whoever asks for a batch does not decide about it."""

    sentence = "Another person must decide about the batch %(batch)s."
    batch: str


class VoucherBatchDecided(Refusal):
    """The batch was approved, refused or stopped before."""

    sentence = "The batch %(batch)s was decided before."
    batch: str


class VoucherBatchOver(Refusal):
    """The last day of its vouchers is over: they could not be used any more."""

    sentence = "The vouchers of the batch %(batch)s were valid until %(valid_until)s: none is issued any more."
    batch: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A batch that somebody asks for: so many for bearers, or one for each member; value in fen."""

    store_id: int
    name: str
    reason: str
    kind: str
    value: int
    valid_until: date
    binding: str = "bearer"
    count: int = 0
    members: Sequence[int] = ()
    title: str = ""
    valid_from: date | None = None
    pattern: str = ""
    limits: Limits = UNLIMITED
    budget_id: int | None = None

    @property
    def size(self) -> int:
        """Return how many vouchers it is."""
        return len(self.members) if self.binding == "member" else self.count


def ask_batch(session: Session, wanted: Wanted, *, day: date, now: datetime, by: str) -> Batch:
    """Ask for a batch; it is approved at once unless it is worth vouchers.second_person_from or more.

    Refuses with OutOfScope, NotFound for a store, a budget, a category or a product, Invalid for what no batch can be.
    """
    require_store(wanted.store_id, write=True)
    _check(wanted, day)
    brand_id = place_of(session, wanted.store_id).brand_id
    if wanted.budget_id is not None:
        budget = session.get(Budget, wanted.budget_id)
        if budget is None or budget.brand_id != brand_id:
            raise NotFound(what="budget", which=str(wanted.budget_id))
    _require_goods(session, wanted.limits, brand_id)
    large = wanted.value * wanted.size >= settings.value(session, "vouchers.second_person_from")
    batch = Batch(
        store_id=wanted.store_id,
        brand_id=brand_id,
        name=wanted.name.strip(),
        reason=wanted.reason.strip(),
        kind=wanted.kind,
        binding=wanted.binding,
        title=wanted.title.strip(),
        value=wanted.value,
        count=wanted.size,
        valid_from=wanted.valid_from,
        valid_until=wanted.valid_until,
        pattern=wanted.pattern or _pattern_of(session, brand_id, wanted.kind),
        terms_id=terms_of(session, wanted.limits),
        budget_id=wanted.budget_id,
        state="asked" if large else "approved",
        asked_by=by,
        asked_at=now,
        decided_at=None if large else now,
    )
    session.add(batch)
    session.flush()
    rows = [{"batch_id": batch.id, "place": place, "member_id": m} for place, m in enumerate(_members(wanted), 1)]
    write_rows(session, BatchMember.__table__, rows)
    return batch


def _members(wanted: Wanted) -> Sequence[int]:
    return wanted.members if wanted.binding == "member" else ()


def _check(wanted: Wanted, day: date) -> None:
    if not wanted.name.strip() or not wanted.reason.strip():
        raise Invalid(field="reason", problem="a batch needs a name and a reason")
    if wanted.kind not in KINDS or wanted.binding not in BINDINGS:
        raise Invalid(field="kind", problem="there is no such voucher")
    if wanted.value < (wanted.kind == "cash"):
        raise Invalid(field="value", problem="a cash voucher is worth something, no voucher less than nothing")
    if wanted.kind == "discount" and wanted.value:
        raise Invalid(field="value", problem="a discount coupon has no value: a rule says what it takes off")
    if not 1 <= wanted.size <= MOST:
        raise Invalid(field="count", problem="a batch has at least one voucher and at most a million")
    if wanted.valid_until < max(day, wanted.valid_from or day):
        raise Invalid(field="valid_until", problem="the last day is before the first")
    if wanted.limits.min_spend < 0:
        raise Invalid(field="min_spend", problem="the least spend is not below nothing")
    if wanted.pattern and (problem := pattern_problem(wanted.pattern)):
        raise Invalid(field="pattern", problem=problem)


def _require_goods(session: Session, limits: Limits, brand_id: int) -> None:
    wanted = limits.categories or ()
    known = set(session.scalars(select(Category.code).where(Category.code.in_(wanted)))) if wanted else set()
    missing = [code for code in wanted if code not in known]
    if missing:
        raise NotFound(what="category", which=missing[0])
    require_products(session, limits.products or (), brand_id)


def require_products(session: Session, codes: Sequence[str], brand_id: int) -> None:
    """Refuse with NotFound the first code that is no product or style of a brand."""
    goods = goods_named(session, codes)
    for code in codes:
        if code not in goods or goods[code].brand_id != brand_id:
            raise NotFound(what="product", which=code)


def _pattern_of(session: Session, brand_id: int, kind: str) -> str:
    own = select(Pattern.pattern).where(Pattern.brand_id == brand_id, Pattern.kind == kind)
    found = session.scalar(own.where(Pattern.archived_at.is_(None)))
    return found or DEFAULT_PATTERN


def decide_batch(session: Session, *, batch_id: int, approve: bool, now: datetime, by: str) -> Batch:
    """Approve or refuse a batch, as another person than the one who asked.

    Refuses with NotFound, OutOfScope, VoucherBatchNeedsAnother, VoucherBatchDecided; approving one whose last day is
    over in its store with VoucherBatchOver.
    """
    batch = _batch(session, batch_id)
    require_store(batch.store_id, write=True)
    if batch.state != "asked":
        raise VoucherBatchDecided(batch=batch.name)
    if batch.asked_by == by:
        raise VoucherBatchNeedsAnother(batch=batch.name)
    if approve:
        _require_time_left(batch, local_day(now, place_of(session, batch.store_id).zone))
    batch.state, batch.decided_by, batch.decided_at = "approved" if approve else "refused", by, now
    session.flush()
    return batch


def _require_time_left(batch: Batch, day: date) -> None:
    if batch.valid_until < day:
        raise VoucherBatchOver(batch=batch.name, valid_until=batch.valid_until.isoformat())


def _batch(session: Session, batch_id: int) -> Batch:
    found = session.scalar(
        select(Batch).where(Batch.id == batch_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(what="batch", which=str(batch_id))
    return found


_NEXT = Statement(
    select(BatchMember.__table__.c.member_id)
    .where(
        BatchMember.__table__.c.batch_id == bindparam("b_batch"), BatchMember.__table__.c.place > bindparam("b_after")
    )
    .order_by(BatchMember.__table__.c.place)
    .limit(bindparam("b_limit"))
)


def issue_part(
    session: Session, *, batch_id: int, after: int, limit: int, day: date, now: datetime, by: str
) -> dict[str, int]:
    """Issue the next vouchers of an approved batch, at most so many; return how many are issued of how many.

    Nothing is issued where not `after` are issued so far: somebody else went on. Refuses with NotFound, OutOfScope,
    VoucherBatchOver, VoucherBudgetUsedUp; a batch that is not approved, or is complete, stays as it is.
    """
    batch = _batch(session, batch_id)
    if batch.state == "approved" and batch.issued == after:
        _require_time_left(batch, day)
        part = min(limit, batch.count - batch.issued)
        members: Sequence[int | None] = [None] * part
        if batch.binding == "member":
            members = _next_members(session, batch, part)
        issue_many(session, [_issue(batch, member, day, now, by) for member in members])
        batch.issued += part
        batch.state = "issued" if batch.issued == batch.count else "approved"
        batch.held_up = None
        session.flush()
    return {"issued": batch.issued, "count": batch.count}


def _next_members(session: Session, batch: Batch, part: int) -> list[int]:
    """Return who gets the next vouchers, behind their turns: no file becomes a part of another one meanwhile."""
    place = {"b_batch": batch.id, "b_after": batch.issued, "b_limit": part}
    take_turns(session, sorted(_NEXT.scalars(session, **place)))
    return _NEXT.scalars(session, **place)  # again: a file may have become a part of another one before


def hold_up(session: Session, *, batch_id: int, refusal: Refusal) -> Batch:
    """Keep on an approved batch why it does not go on; one whose last day is over is stopped.

    Called outside the operation that was refused. Refuses with NotFound, OutOfScope.
    """
    batch = _batch(session, batch_id)
    require_store(batch.store_id, write=True)
    if batch.state == "approved":
        batch.held_up = {"code": refusal.code, "facts": refusal.facts}
        batch.state = "stopped" if isinstance(refusal, VoucherBatchOver) else "approved"
        session.flush()
    return batch


def _issue(batch: Batch, member_id: int | None, day: date, now: datetime, by: str) -> Issue:
    facts: dict[str, Any] = {name: getattr(batch, name) for name in _ALIKE}
    return Issue(member_id=member_id, day=day, now=now, source="batch", batch_id=batch.id, by=by, **facts)


#: What a voucher has of its batch.
_ALIKE = (
    "brand_id",
    "store_id",
    "kind",
    "value",
    "binding",
    "title",
    "valid_from",
    "valid_until",
    "terms_id",
    "budget_id",
    "pattern",
)


def stop_part(
    session: Session, *, batch_id: int, reason: str, limit: int, day: date, now: datetime, by: str
) -> dict[str, int]:
    """Stop a batch: nothing more of it is issued, and at most so many of its vouchers that are left are cancelled.

    Returns how many were. Refuses with NotFound, OutOfScope, Invalid without a reason.
    """
    batch = _batch(session, batch_id)
    require_store(batch.store_id, write=True)
    batch.state = "refused" if batch.state == "asked" else "stopped"
    session.flush()
    left = queries.left_of_batch(session, batch_id, day, limit)
    cancelled = cancel(session, voucher_ids=left, reason=reason, day=day, now=now, by=by)
    return {"cancelled": len(cancelled)}
