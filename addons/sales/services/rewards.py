"""What members get for a receipt: points, tier credit, a step, vouchers; and the vouchers they paid with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy.orm import Session

from addons.points import queries as points_read
from addons.points import services as points
from addons.sales.domain.prepared import Numbered, Prepared
from addons.tiers import queries as tiers_read
from addons.tiers import services as tiers
from addons.vouchers import services as vouchers
from core.ledger.periods import open_day
from core.periods import local
from rules.event import Event, Place
from rules.given import points_given
from rules.trace import EffectFired


def redeem(session: Session, numbered: Sequence[Numbered]) -> None:
    """Use the vouchers that the receipts were paid with; refuses what vouchers.redeem refuses."""
    for n in numbered:
        sale = n.sale
        used = [(sale.offered[place], amount) for place, amount in sale.decision.vouchers_used]
        uses = [(voucher.code, amount) for voucher, amount in used if voucher.id]
        uses += [(coupon.code, 0) for coupon in sale.coupons]  # it lowered the price, and pays nothing
        if uses:
            vouchers.redeem(
                session,
                uses=uses,
                receipt_id=n.receipt_id,
                store_id=sale.place.id,
                brand_id=sale.place.brand_id,
                day=sale.day,
                now=sale.at,
                member_id=n.member_id,
                hold=sale.request.hold,
                by=sale.request.cashier,
            )


def reward(session: Session, numbered: Sequence[Numbered]) -> None:
    """Credit points and tier credit, let members climb one step, and exchange points for vouchers (C17)."""
    earning = [n for n in numbered if n.member_id is not None and n.sale.earns]
    if not earning:
        return
    _book(session, earning)
    balances = points.earn_many(session, [_earning(n) for n in earning])
    for n in earning:
        n.extra["balance"] = balances.get(n.member_id or 0, 0)
    tiers.credit_many(session, [_credit(n) for n in earning])
    for day, points_day in {(n.sale.day, n.sale.points_day) for n in earning}:
        own = [n for n in earning if (n.sale.day, n.sale.points_day) == (day, points_day)]
        _look_ahead(session, own, day, points_day)
        _climb(session, own, day)
        _exchange(session, own, points_day)
    _issue(session, earning)
    for n in earning:
        if n.holder.referrer_id is not None:
            _refer(session, n, n.holder.referrer_id)


def _book(session: Session, earning: Sequence[Numbered]) -> None:
    """Let points of goods that are gone count in the first open month where their own is closed."""
    for n in earning:
        if n.sale.request.is_done:
            n.sale.booked = open_day(session, points.MONTHS.book, n.sale.day)


def _refer(session: Session, n: Numbered, referrer_id: int) -> None:
    """Promise points to who brought the member (E16), pending until goods can no longer come back."""
    sale = n.sale
    n.extra["referral_points"] = points.refer(
        session,
        friend_id=n.member_id or 0,
        referrer_id=referrer_id,
        store_id=sale.place.id,
        receipt_id=n.receipt_id,
        first_net=sale.decision.credit,
        now=sale.at,
        program=sale.live.program,
        day=sale.points_day,
    )


def _earning(n: Numbered) -> points.Earning:
    sale, decision = n.sale, n.sale.decision
    base = min(decision.points, decision.points_base)
    return points.Earning(
        n.member_id or 0,
        sale.place.id,
        n.receipt_id,
        sale.points,
        base,
        sale.points_day,
        sale.at,
        digest=sale.live.digest,
        shares=tuple(points_given(sale.live.program.book.settings.multiplier_combination, decision).items()),
        event=("receipt", n.receipt_id),
    )


def _credit(n: Numbered) -> tiers.Credit:
    sale = n.sale
    return tiers.Credit(
        n.member_id or 0, sale.place.id, n.receipt_id, sale.day, sale.credit, sale.at, sale.decision.points
    )


def _climb(session: Session, numbered: Sequence[Numbered], day: date) -> None:
    """Evaluate each buyer once (C04: one step; what is beyond is offered at the next evaluation)."""
    holders = [n for n in numbered if (n.sale.member.tier if n.sale.member else "ordinary")]
    half_years = tiers_read.credit_many(session, [n.member_id or 0 for n in holders], day)
    by_member = {n.member_id: n for n in holders}
    for live in {n.sale.live.digest: n.sale.live for n in holders}.values():
        own = [n for n in holders if n.sale.live.digest == live.digest]
        standings = [
            tiers.Standing(n.member_id or 0, n.sale.place.id, _tier_of(n), *half_years[n.member_id or 0]) for n in own
        ]
        for changed in tiers.evaluate_many(session, standings, day, own[-1].sale.at, live.program):
            by_member[changed.member_id].extra["tier"] = {
                "before": changed.tier_before,
                "after": changed.tier_after,
                "rule": changed.rule,
                "conversion_due": changed.conversion_due.isoformat(),
                "holds": changed.converted,
            }


def _look_ahead(session: Session, numbered: Sequence[Numbered], day: date, points_day: date) -> None:
    """Let the database begin with what climbing and exchanging ask."""
    member_ids = [n.member_id or 0 for n in numbered]
    tiers_read.credit_many_ahead(session, member_ids, day)
    tiers_read.waiting_many_ahead(session, member_ids)
    points_read.state_many_ahead(session, member_ids, points_day)


def _tier_of(n: Numbered) -> str:
    return "ordinary" if n.sale.member is None or not n.sale.member.tier else n.sale.member.tier


def _exchange(session: Session, numbered: Sequence[Numbered], day: date) -> None:
    states = points_read.state_many(session, [n.member_id or 0 for n in numbered], day)
    by_member = {n.member_id: n for n in numbered}
    candidates = [
        points.Candidate(
            m, n.sale.place.brand_id, n.sale.place.id, states[m].purchase_12m, day, n.sale.at, n.receipt_id
        )
        for m, n in by_member.items()
        if m is not None and "points_review" in n.sale.live.used.facts
    ]

    def decide(candidate: points.Candidate) -> Iterable[EffectFired]:
        return _points_review(by_member[candidate.member_id].sale, candidate)

    for exchanged in points.exchange_many(session, candidates, decide):
        n = by_member[exchanged.member_id]
        if exchanged.codes:
            n.extra.setdefault("vouchers", []).extend(exchanged.codes)
        n.extra["balance"] -= exchanged.points
        _tell(n, exchanged.rule, exchanged.not_given, exchanged.value, exchanged.points_kept)


def _tell(n: Numbered, rule: str, count: int, value: int, points: int = 0) -> None:
    """Say which vouchers (fen each) were not given since their budget has no room, and the points that stay."""
    if count:
        missed = {"rule": rule, "count": count, "value": value, "points": points}
        n.extra.setdefault("vouchers_not_given", []).append(missed)


def _points_review(sale: Prepared, candidate: points.Candidate) -> Iterable[EffectFired]:
    place = sale.place
    event = Event(
        "points_review",
        local(candidate.now, place.zone),
        Place(place.brand_code, place.region, place.franchisee, place.format, place.code),
        {"member.present": True, "points.purchase_12m": candidate.purchase_12m},
    )
    return sale.live.program.decide(event).effects


def _issue(session: Session, numbered: Sequence[Numbered]) -> None:
    """Issue the vouchers that rules of the receipt itself give, as far as their budgets have room."""
    given = [(n, e) for n in numbered for e in n.sale.decision.effects if e.effect == "voucher.issue"]
    if not given:
        return
    issues = [_issued(n, effect) for n, effect in given]
    codes = vouchers.issue_within_budgets(session, issues)
    for (n, effect), issue, code in zip(given, issues, codes, strict=True):
        if code is None:
            _tell(n, effect.rule, 1, issue.value)
        else:
            n.extra.setdefault("vouchers", []).append(code)


def _issued(n: Numbered, effect: EffectFired) -> vouchers.Issue:
    sale, params = n.sale, effect.params
    value, days = params["value"], params.get("days")
    return vouchers.Issue(
        member_id=n.member_id or 0,
        brand_id=sale.place.brand_id,
        store_id=sale.place.id,
        kind=str(params["kind"]),
        value=value if isinstance(value, int) else 0,
        day=sale.day,
        now=sale.at,
        source="rule",
        rule=effect.rule,
        days=days if isinstance(days, int) else None,
        limits=vouchers.limits_given(params),
        receipt_id=n.receipt_id,
    )
