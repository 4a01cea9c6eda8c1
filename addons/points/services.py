"""Commands of the points ledger: earn, spend, take back, exchange, visits, referrals.

They run inside a posting and never commit. Whatever changes an account changes its row first, by a guarded update:
that row is the lock behind which lots are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from addons.membership.queries import TillMember, till_members
from addons.points import domain, queries
from addons.points.models import Account, Entry, Lot, Referral, Visit
from addons.stores.queries import StorePlace
from addons.stores.queries import place as place_of
from addons.vouchers import services as vouchers
from core import settings
from core.addons.person import PersonHooks
from core.db.scope import require_store
from core.db.statement import write_rows
from core.errors import Invalid, NotFound, Refusal
from core.periods import local, local_day
from rules.decide import Program
from rules.event import Event, Place, Usage
from rules.trace import EffectFired
from rules.vocabulary import Value

_A, _L, _E = Account.__table__, Lot.__table__, Entry.__table__
_R, _V = Referral.__table__, Visit.__table__


class InsufficientPoints(Refusal):
    """More points were asked for than can be spent."""

    sentence = "%(wanted)s points were asked for and %(balance)s are there."
    wanted: int
    balance: int


class BalanceTooLow(Refusal):
    """Points cannot be taken back: the balance would fall below the lowest that is allowed (C21)."""

    sentence = "Taking back %(points)s points would leave less than %(lowest)s."
    points: int
    lowest: int


class NothingToExchange(Refusal):
    """The member has too few purchase points for a voucher."""

    sentence = "There are not enough purchase points for a voucher: %(points)s."
    points: int


@dataclass(frozen=True, slots=True)
class Earning:
    """Points of one receipt, visit or reward; `purchase_points` of a purchase are the part that can become vouchers."""

    member_id: int
    store_id: int
    receipt_id: int | None
    points: int
    purchase_points: int
    day: date
    now: datetime
    rule: str = ""
    source: str = "purchase"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member whose purchase points of 12 months may be worth vouchers; `store_id` issues them."""

    member_id: int
    brand_id: int
    store_id: int
    purchase_12m: int
    day: date
    now: datetime


class Exchanged(NamedTuple):
    """Vouchers a member got for points."""

    member_id: int
    points: int
    codes: list[str]
    rule: str


class Spent(NamedTuple):
    """Points taken from one lot, the balance after and the number of the entry."""

    lot_id: int
    points: int
    balance_after: int
    number: int


class Visited(NamedTuple):
    """A confirmed visit: the points it gave (0 beyond the caps) and the balance after."""

    visit_id: int
    points: int
    balance: int


#: Decides what a candidate gets: the effects of the rules that fired.
Decide = Callable[[Candidate], Iterable[EffectFired]]

# --- earning -------------------------------------------------------------------------------------------------------


def _credit_account(insert: Any) -> Any:
    new = insert.excluded
    kept = {name: _A.c[name] + new[name] for name in ("balance", "earned", "spent", "entries")}
    change = insert.on_conflict_do_update(index_elements=["member_id"], set_=kept)
    return change.returning(_A.c.member_id, _A.c.balance, _A.c.entries)


_CREDIT = {"sqlite": _credit_account(sqlite.insert(_A)), "postgresql": _credit_account(postgresql.insert(_A))}
# Rows come back in any order: in a fixed order each would be a statement of its own.
_LOT_KEY = ("member_id", "receipt_id", "source", "points", "store_id", "earned_on", "rule")
_INSERT_LOTS = _L.insert().returning(_L.c.id, *[_L.c[name] for name in _LOT_KEY])


class _Movement(NamedTuple):
    """One entry to be written."""

    member_id: int
    store_id: int
    lot_id: int
    kind: str
    points: int
    now: datetime
    receipt_id: int | None = None
    rule: str = ""
    reason: str = ""
    ref: str = ""


def earn_many(session: Session, earnings: Sequence[Earning]) -> dict[int, int]:
    """Credit points as lots with their entries; return the balance of each member named.

    Refuses with OutOfScope for a store that may not be written, Invalid for points that cannot be.
    """
    if not earnings:
        return {}
    for store_id in {earning.store_id for earning in earnings}:
        require_store(store_id, write=True)
    months = settings.value(session, "points.expiry_months")
    lots = [row for earning in earnings for row in _lots(earning, months)]
    moments = [earning.now for earning in earnings for _ in _parts(earning)]
    ids = _insert_lots(session, lots)
    movements = [_credit(row, lot_id, at) for row, lot_id, at in zip(lots, ids, moments, strict=True)]
    return _post(session, movements, {earning.member_id for earning in earnings})


def _insert_lots(session: Session, lots: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write lots and return their ids in the same order; lots that are alike are taken in any order."""
    if not lots:
        return []
    found: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for lot_id, *key in session.connection().execute(_INSERT_LOTS, lots[0] if len(lots) == 1 else lots):
        found[tuple(key)].append(lot_id)
    return [found[_lot_key(lot)].pop() for lot in lots]


_lot_key = itemgetter(*_LOT_KEY)


def _parts(earning: Earning) -> list[domain.Part]:
    try:
        return domain.parts(earning.source, earning.points, earning.purchase_points)
    except ValueError as problem:
        raise Invalid(field="points", problem=str(problem)) from problem


def _lots(earning: Earning, months: int, state: str = "available") -> Iterator[dict[str, Any]]:
    for source, points in _parts(earning):
        yield {
            "member_id": earning.member_id,
            "store_id": earning.store_id,
            "source": source,
            "state": state,
            "earned_on": earning.day,
            "expires_on": domain.expiry(earning.day, months),
            "points": points,
            "remaining": points,
            "receipt_id": earning.receipt_id,
            "rule": earning.rule,
        }


def _credit(lot: Mapping[str, Any], lot_id: int, now: datetime) -> _Movement:
    return _Movement(
        lot["member_id"], lot["store_id"], lot_id, lot["source"], lot["points"], now, lot["receipt_id"], lot["rule"]
    )


def _post(session: Session, movements: Sequence[_Movement], members: Iterable[int]) -> dict[int, int]:
    """Credit the accounts and write the entries; return the balances."""
    totals = {member_id: [0, 0] for member_id in sorted(members)}  # sorted: two batches must not wait for each other
    for movement in movements:
        totals[movement.member_id][0] += movement.points
        totals[movement.member_id][1] += 1
    rows = [
        {"member_id": member_id, "balance": points, "earned": points, "spent": 0, "entries": count}
        for member_id, (points, count) in totals.items()
    ]
    connection = session.connection()
    credit = _CREDIT[connection.dialect.name]
    after = {row.member_id: row for row in connection.execute(credit, rows[0] if len(rows) == 1 else rows)}
    before = {m: (after[m].balance - points, after[m].entries - count) for m, (points, count) in totals.items()}
    _write(session, movements, domain.Running(before))
    return {member_id: row.balance for member_id, row in after.items()}


def _write(session: Session, movements: Sequence[_Movement], running: domain.Running) -> list[Spent]:
    """Write entries with their numbers and balances."""
    if not movements:
        return []
    rows, done = [], []
    for m in movements:
        balance, number = running.step(m.member_id, m.points)
        done.append(Spent(m.lot_id, m.points, balance, number))
        rows.append(
            {
                "member_id": m.member_id,
                "number": number,
                "store_id": m.store_id,
                "lot_id": m.lot_id,
                "kind": m.kind,
                "points": m.points,
                "balance_after": balance,
                "receipt_id": m.receipt_id,
                "rule": m.rule,
                "reason": m.reason,
                "ref": m.ref,
                "at": m.now,
            }
        )
    write_rows(session, _E, rows)
    return done


# --- spending ------------------------------------------------------------------------------------------------------

# The guard: of two tills that both saw enough points, the second finds the balance changed and takes nothing.
_DEBIT = (
    update(_A)
    .where(_A.c.member_id == bindparam("b_member"), _A.c.balance - bindparam("b_points") >= bindparam("b_floor"))
    .values(balance=_A.c.balance - bindparam("b_points"), spent=_A.c.spent + bindparam("b_points"))
    .returning(_A.c.balance, _A.c.entries)
)
_COUNT = update(_A).where(_A.c.member_id == bindparam("b_member")).values(entries=_A.c.entries + bindparam("b_count"))
_TAKE = (
    update(_L)
    .where(_L.c.id == bindparam("b_lot"), _L.c.remaining >= bindparam("b_take"))
    .values(remaining=_L.c.remaining - bindparam("b_take"))
)


def spend(
    session: Session,
    *,
    member_id: int,
    points: int,
    store_id: int,
    reason: str,
    ref: str = "",
    now: datetime,
) -> list[Spent]:
    """Spend available points, oldest lots first.

    Refuses with OutOfScope, Invalid for no points, InsufficientPoints if fewer are there.
    """
    movement = _Movement(member_id, store_id, 0, "spend", points, now, reason=reason, ref=ref)
    before = _debit(session, movement, floor=0)
    lots = [(lot.id, lot.remaining) for lot in queries.open_lots(session, member_id)]
    return _take_oldest(session, movement, lots, before)


def take_back(
    session: Session,
    *,
    member_id: int,
    points: int,
    store_id: int,
    reason: str,
    ref: str = "",
    now: datetime,
) -> list[Spent]:
    """Take points back, oldest lots first; what is spent already becomes a debt that later points make up for (C21).

    Refuses with OutOfScope, Invalid for no points or no reason, BalanceTooLow where the balance may not fall so far.
    """
    if not reason.strip():
        raise Invalid(field="reason", problem="points are not taken back without a reason")
    movement = _Movement(member_id, store_id, 0, "take_back", points, now, reason=reason, ref=ref)
    lowest = settings.value(session, "points.lowest_balance")
    _post(session, [], [member_id])  # there may be no account yet
    before = _debit(session, movement, floor=lowest)
    lots = [(lot.id, lot.remaining) for lot in queries.open_lots(session, member_id)]
    takes = domain.oldest_first(lots, points)
    _take_from_lots(session, takes)
    missing = points - sum(take.points for take in takes)
    if missing:
        takes.append(domain.Take(_owe(session, movement, missing), missing))
    return _write_taken(session, movement, takes, before)


def _debit(session: Session, movement: _Movement, *, floor: int) -> tuple[int, int]:
    """Take the points from the account, which locks it; return balance and number of entries before.

    Refuses with InsufficientPoints, or BalanceTooLow where a debt is allowed.
    """
    require_store(movement.store_id, write=True)
    if movement.points < 1:
        raise Invalid(field="points", problem="at least one point")
    parameters = {"b_member": movement.member_id, "b_points": movement.points, "b_floor": floor}
    row = session.connection().execute(_DEBIT, parameters).one_or_none()
    if row is not None:
        return row.balance + movement.points, row.entries
    if movement.kind == "take_back":
        raise BalanceTooLow(points=movement.points, lowest=floor)
    state = queries.state_many(session, [movement.member_id], local_day(movement.now))
    raise InsufficientPoints(wanted=movement.points, balance=state[movement.member_id].balance)


def _take_oldest(
    session: Session, movement: _Movement, lots: Iterable[tuple[int, int]], before: tuple[int, int]
) -> list[Spent]:
    """Take the points from these lots, oldest first; InsufficientPoints where they do not hold enough."""
    takes = domain.oldest_first(lots, movement.points)
    held = sum(take.points for take in takes)
    if held < movement.points:
        raise InsufficientPoints(wanted=movement.points, balance=held)
    _take_from_lots(session, takes)
    return _write_taken(session, movement, takes, before)


def _take_from_lots(session: Session, takes: Sequence[domain.Take]) -> None:
    if not takes:
        return
    rows = [{"b_lot": take.lot_id, "b_take": take.points} for take in takes]
    if session.connection().execute(_TAKE, rows).rowcount != len(takes):
        message = "a lot changed although its account was locked"
        raise RuntimeError(message)


def _write_taken(
    session: Session, movement: _Movement, takes: Sequence[domain.Take], before: tuple[int, int]
) -> list[Spent]:
    session.connection().execute(_COUNT, {"b_member": movement.member_id, "b_count": len(takes)})
    taken = [movement._replace(lot_id=take.lot_id, points=-take.points) for take in takes]
    return _write(session, taken, domain.Running({movement.member_id: before}))


def _owe(session: Session, movement: _Movement, points: int) -> int:
    """Open a lot of points that the member owes; return its id."""
    lot = {
        "member_id": movement.member_id,
        "store_id": movement.store_id,
        "source": "adjust",
        "state": "available",
        "earned_on": local_day(movement.now),
        "expires_on": None,
        "points": -points,
        "remaining": -points,
        "receipt_id": None,
        "rule": "",
    }
    return _insert_lots(session, [lot])[0]


# --- points become vouchers (C17) ----------------------------------------------------------------------------------


def exchange_many(
    session: Session, candidates: Sequence[Candidate], decide: Decide, *, requested: bool = False
) -> list[Exchanged]:
    """Give vouchers for purchase points as the rules decide: oldest points first, the remainder stays.

    Nothing happens by itself while the setting points.exchange_mode is on_request. Refuses with OutOfScope.
    """
    if not requested and settings.value(session, "points.exchange_mode") == "on_request":
        return []
    return [
        exchanged
        for candidate in candidates
        for effect in decide(candidate)
        if effect.effect == "points.exchange" and (exchanged := _exchange(session, candidate, effect))
    ]


def exchange_on_request(session: Session, candidate: Candidate, decide: Decide) -> list[Exchanged]:
    """Give vouchers for purchase points because the member asks for them.

    Refuses with OutOfScope, NothingToExchange where the points make no voucher.
    """
    done = exchange_many(session, [candidate], decide, requested=True)
    if not done:
        raise NothingToExchange(points=candidate.purchase_12m)
    return done


def _exchange(session: Session, candidate: Candidate, effect: EffectFired) -> Exchanged | None:
    """Exchange what the lots really hold now that the account is locked, at most what was decided."""
    price, times = _number(effect, "points"), _number(effect, "times")
    _post(session, [], [candidate.member_id])
    lots = queries.purchase_lots(session, candidate.member_id, candidate.day)
    balance = queries.state_many(session, [candidate.member_id], candidate.day)[candidate.member_id].purchase_12m
    times = min(times, balance // price)
    if times < 1:
        return None
    movement = _Movement(
        candidate.member_id, candidate.store_id, 0, "exchange", price * times, candidate.now, rule=effect.rule
    )
    before = _debit(session, movement, floor=0)
    _take_oldest(session, movement, lots, before)
    codes = vouchers.issue_many(session, [_issue(candidate, effect)] * times)
    return Exchanged(candidate.member_id, movement.points, codes, effect.rule)


def _issue(candidate: Candidate, effect: EffectFired) -> vouchers.Issue:
    return vouchers.Issue(
        member_id=candidate.member_id,
        brand_id=candidate.brand_id,
        store_id=candidate.store_id,
        kind=str(effect.params["voucher_kind"]),
        value=_number(effect, "voucher_value"),
        day=candidate.day,
        now=candidate.now,
        source="exchange",
        rule=effect.rule,
        days=_number(effect, "days"),
    )


def _number(effect: EffectFired, name: str) -> int:
    value = effect.params[name]
    if not isinstance(value, int):
        message = f"{effect.rule}: {name} = {value!r} is not a whole number"
        raise TypeError(message)
    return value


# --- visits (C22) --------------------------------------------------------------------------------------------------


def record_visit(
    session: Session,
    *,
    member_id: int,
    store_id: int,
    invited: bool,
    confirmed_by: str,
    now: datetime,
    program: Program,
) -> Visited:
    """Keep a visit that staff confirmed and give what the rules give for it: nothing beyond their caps.

    Refuses with OutOfScope, NotFound for no such member, Invalid where nobody confirms it.
    """
    require_store(store_id, write=True)
    if not confirmed_by.strip():
        raise Invalid(field="confirmed_by", problem="a visit needs the name of who confirms it")
    member = _till_member(session, member_id)
    place = place_of(session, store_id)
    at = local(now, ZoneInfo(place.timezone))
    _post(session, [], [member_id])  # locks the account: two visits at once are counted one after the other
    facts = _about(member) | {"visit.invited": invited, "visit.confirmed": True}
    usage = _usage(session, program, "visit", member_id=member_id, store_id=store_id, day=at.date())
    effects = program.decide(Event("visit", at, _place(place), facts, usage=usage)).effects
    gifts = [(effect.rule, _number(effect, "points")) for effect in effects if effect.effect == "points.earn"]
    earnings = [Earning(member_id, store_id, None, points, 0, at.date(), now, rule, "visit") for rule, points in gifts]
    balance = earn_many(session, earnings).get(member_id)
    points = sum(points for _, points in gifts)
    row = {
        "member_id": member_id,
        "store_id": store_id,
        "day": at.date(),
        "invited": invited,
        "confirmed_by": confirmed_by.strip(),
        "points": points,
        "rule": gifts[0][0] if gifts else "",
        "at": now,
    }
    visit_id: int = session.connection().execute(_V.insert().returning(_V.c.id), row).scalar_one()
    if balance is None:
        balance = queries.state_many(session, [member_id], at.date())[member_id].balance
    return Visited(visit_id, points, balance)


def _till_member(session: Session, member_id: int) -> TillMember:
    """Return a member of whichever store: she may visit and bring friends everywhere (C31)."""
    member = till_members(session, [member_id]).get(member_id)
    if member is None:
        raise NotFound(what="member", which=str(member_id))
    return member


def _about(member: TillMember) -> dict[str, Value]:
    return {
        "member.present": True,
        "member.tier": member.tier or "none",
        "member.card_active": member.card_status == "active",
        "member.is_staff": member.is_staff,
    }


def _place(place: StorePlace) -> Place:
    return Place(place.brand_code, place.region, place.franchisee, place.format, place.code)


def _usage(
    session: Session, program: Program, event: str, *, member_id: int, store_id: int, day: date
) -> dict[str, Usage]:
    """Return how far the limits of an event's rules are used up."""
    return {
        rule.name: Usage(
            [
                queries.times_given(session, rule.name, limit, member_id=member_id, store_id=store_id, day=day)
                for limit in rule.limits
            ]
        )
        for rule in program.book.rules
        if rule.event == event and rule.enabled and rule.limits
    }


# --- referrals (C16) -----------------------------------------------------------------------------------------------


def refer(
    session: Session,
    *,
    friend_id: int,
    referrer_id: int,
    store_id: int,
    receipt_id: int | None,
    first_net: int,
    now: datetime,
    program: Program,
) -> int:
    """Promise the referrer points for a friend's first receipt (net, fen), pending until goods can no longer come back.

    Once a friend; returns the points, 0 where the rules give none (self, staff, chains) or the friend was counted
    before. Refuses with OutOfScope, NotFound.
    """
    require_store(store_id, write=True)
    if friend_id == referrer_id or queries.referral_of(session, friend_id) is not None:
        return 0
    place = place_of(session, store_id)
    at = local(now, ZoneInfo(place.timezone))
    facts = _about_referral(session, friend_id, referrer_id, first_net)
    effects = program.decide(Event("referral", at, _place(place), facts)).effects
    best = max(
        ((_number(effect, "points"), effect.rule) for effect in effects if effect.effect in _REWARDS), default=(0, "")
    )
    if not best[0]:
        return 0
    earning = Earning(referrer_id, store_id, receipt_id, best[0], 0, at.date(), now, best[1], "referral")
    _promise(session, earning, friend_id, first_net)
    return best[0]


_REWARDS = ("points.earn", "points.earn_share")


def _about_referral(session: Session, friend_id: int, referrer_id: int, first_net: int) -> dict[str, Value]:
    friend, referrer = _till_member(session, friend_id), _till_member(session, referrer_id)
    chain = queries.referral_of(session, referrer_id) == "pending" or referrer.referrer_id == friend_id
    return _about(referrer) | {
        "referral.first_net": first_net,
        "referral.self": friend_id == referrer_id,
        "referral.staff": referrer.is_staff or friend.is_staff,
        "referral.chain": chain,
    }


def _promise(session: Session, earning: Earning, friend_id: int, first_net: int) -> None:
    months = settings.value(session, "points.expiry_months")
    days: int = settings.value(session, "points.return_period_days")
    connection = session.connection()
    [lot_id] = _insert_lots(session, list(_lots(earning, months, "pending")))
    row = {
        "friend_id": friend_id,
        "referrer_id": earning.member_id,
        "store_id": earning.store_id,
        "receipt_id": earning.receipt_id,
        "lot_id": lot_id,
        "first_net": first_net,
        "points": earning.points,
        "rule": earning.rule,
        "state": "pending",
        "due_on": earning.day + timedelta(days=days),
        "at": earning.now,
    }
    connection.execute(_R.insert(), row)


_RELEASE = (
    update(_R)
    .where(_R.c.id.in_(bindparam("b_ids", expanding=True)), _R.c.state == "pending")
    .values(state="released", released_at=bindparam("b_now"))
    .returning(_R.c.lot_id)
)


def release_pending(session: Session, *, day: date, now: datetime, limit: int = 500) -> int:
    """Give the rewards whose waiting time is over on a day; return how many, at most `limit`.

    Runs for the whole programme.
    """
    due = select(_R.c.id).where(_R.c.state == "pending", _R.c.due_on < day).order_by(_R.c.id).limit(limit)
    connection = session.connection()
    ids = list(connection.scalars(due))
    lot_ids = list(connection.scalars(_RELEASE, {"b_ids": ids, "b_now": now})) if ids else []
    if not lot_ids:
        return 0
    available = update(_L).where(_L.c.id.in_(lot_ids), _L.c.state == "pending").values(state="available")
    rows = connection.execute(available.returning(*_L.c)).mappings().all()
    movements = [_credit(dict(row), row["id"], now) for row in sorted(rows, key=lambda row: row["id"])]
    _post(session, movements, {movement.member_id for movement in movements})
    return len(movements)


# --- persons -------------------------------------------------------------------------------------------------------


def _merge(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Move what is left by entries of its own, lot by lot, so that the history stays as it was written."""
    _post(session, [], [from_member, into_member])  # locks both accounts
    connection = session.connection()
    left = select(_L).where(_L.c.member_id == from_member, _L.c.remaining != 0, _L.c.state == "available")
    lots = [dict(row) for row in connection.execute(left.order_by(_L.c.id)).mappings()]
    if lots:
        kept = [_moved_lot(lot, into_member) for lot in lots]
        ids = _insert_lots(session, kept)
        empty = update(_L).where(_L.c.id.in_([lot["id"] for lot in lots])).values(remaining=0)
        connection.execute(empty)
        _move_balance(
            session,
            [_merged(from_member, lot, lot["id"], -lot["remaining"], now) for lot in lots],
            [_merged(into_member, lot, new, lot["remaining"], now) for lot, new in zip(lots, ids, strict=True)],
        )
    connection.execute(update(_V).where(_V.c.member_id == from_member).values(member_id=into_member))
    _merge_referrals(session, from_member, into_member)


def _move_balance(session: Session, out: Sequence[_Movement], into: Sequence[_Movement]) -> None:
    """Change two accounts that are locked already; what was earned moves along."""
    connection = session.connection()
    members = [out[0].member_id, into[0].member_id]
    held = {row.member_id: row for row in connection.execute(select(_A).where(_A.c.member_id.in_(members)))}
    for part in (out, into):
        points, account = sum(movement.points for movement in part), held[part[0].member_id]
        change = {
            "balance": account.balance + points,
            "earned": account.earned + points,
            "entries": account.entries + len(part),
        }
        connection.execute(update(_A).where(_A.c.member_id == account.member_id).values(change))
        _write(session, part, domain.Running({account.member_id: (account.balance, account.entries)}))


def _moved_lot(lot: Mapping[str, Any], into_member: int) -> dict[str, Any]:
    same = {name: value for name, value in lot.items() if name != "id"}
    return same | {"member_id": into_member, "points": lot["remaining"]}


def _merged(member_id: int, lot: Mapping[str, Any], lot_id: int, points: int, now: datetime) -> _Movement:
    return _Movement(member_id, lot["store_id"], lot_id, "merge", points, now, lot["receipt_id"], lot["rule"])


def _merge_referrals(session: Session, from_member: int, into_member: int) -> None:
    """Keep pending rewards with the surviving member; nobody is rewarded for bringing herself or a friend twice."""
    connection = session.connection()
    between = _R.c.friend_id.in_((from_member, into_member)) & _R.c.referrer_id.in_((from_member, into_member))
    cancelled = update(_R).where(between, _R.c.state == "pending").values(state="cancelled").returning(_R.c.lot_id)
    lots = list(connection.scalars(cancelled))
    connection.execute(update(_L).where(_L.c.id.in_(lots)).values(state="cancelled", remaining=0))
    mine = (_R.c.referrer_id == from_member) & (_R.c.friend_id != into_member)
    connection.execute(update(_R).where(mine).values(referrer_id=into_member))
    pending = (_L.c.member_id == from_member) & (_L.c.state == "pending")
    connection.execute(update(_L).where(pending).values(member_id=into_member))
    if queries.referral_of(session, into_member) is None:
        brought = (_R.c.friend_id == from_member) & (_R.c.referrer_id != into_member)
        connection.execute(update(_R).where(brought).values(friend_id=into_member))


def _erase(_session: Session, _member: int, _now: datetime) -> None:
    """The ledger names nobody: entries hold the number of the member's row alone."""


PERSON = PersonHooks(merge=_merge, erase=_erase)
