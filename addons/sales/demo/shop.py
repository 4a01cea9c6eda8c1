"""The invented shop: one brand, three franchisees, eight stores, 2,000 members and 20,000 receipts over 18 months.

The same every time for the same last day, but for what was sold since; everything goes through the services that tills
and offices use, with the time passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import select

from addons.catalog.models import Season
from addons.catalog.services import import_products
from addons.membership.services import import_members
from addons.points.services import record_visit
from addons.sales.demo import people, wardrobe
from addons.sales.demo.calendar import MEMBER_DAY
from addons.sales.demo.company import BRAND, SHARES, STORES, Company, open_company
from addons.sales.demo.counter import convert_cards
from addons.sales.demo.office import at_nine, diary
from addons.sales.demo.span import MONTHS, Span, seasons, span_until
from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.services import pass_days, sell_batch
from addons.stores.models import Brand
from addons.vouchers.models import Voucher
from core.db.posting import Operation, post
from core.db.session import reading, work
from core.imports.records import Progress
from core.periods import local_day, moment
from core.policy.live import live_program

_OPENS = time(10)
_SEED = 888  # which of the many possible shops is made


class Size(NamedTuple):
    """How much there is of the shop."""

    months: int = MONTHS
    members: int = 2000
    prospects: int = 60
    receipts: int = 20_000


WHOLE = Size()


@dataclass(slots=True)
class _Buyer:
    """A member with how often she comes and where."""

    id: int
    joined: date
    store: int
    weight: int


@dataclass(slots=True)
class _Stage:
    """What was made, and what the days draw from."""

    chance: Random
    span: Span
    size: Size
    hurry: Random = field(default_factory=lambda: Random(_SEED))  # who has no time for a new card
    company: Company = field(default_factory=Company)
    products: list[tuple[str, date]] = field(default_factory=list)
    buyers: list[_Buyer] = field(default_factory=list)
    vouchers: dict[int, str] = field(default_factory=dict)


def is_there() -> bool:
    """Tell whether the shop was made before."""
    with reading() as session:
        return session.scalar(select(Brand.id).where(Brand.code == BRAND)) is not None


def load(progress: Progress, last: date, size: Size = WHOLE, until: datetime | None = None) -> bool:
    """Make the shop and the 18 months that end with a day, once; return whether there was anything to do.

    `until` is a moment of the day after: what was sold before it on that day is made too.
    """
    if is_there():
        return False
    stage = _Stage(Random(_SEED), span_until(last, size.months), size)
    stage.company = open_company(stage.chance, stage.span.first)
    _fill_wardrobe(stage)
    _enrol(stage)
    office, done = diary(stage.span, BRAND), 0
    for day, receipts in _days(stage):
        for act in office.get(day, ()):
            act(at_nine(day))
        done += _trade(stage, day, receipts)
        progress(done, size.receipts)
    if until is not None:
        _open_today(stage, until, office)
    return True


def _open_today(stage: _Stage, until: datetime, office: Mapping[date, Sequence[Callable[[datetime], None]]]) -> None:
    """Trade the day after the last until now, so that whoever looks around finds the shops open."""
    today = local_day(until)
    for act in office.get(today, ()):
        if at_nine(today) <= until:
            act(at_nine(today))
    if moment(today, _OPENS) <= until:
        _trade(stage, today, stage.size.receipts // len(stage.span.days), until)


def _fill_wardrobe(stage: _Stage) -> None:
    hung = seasons(stage.span)
    with work() as session:
        for code, name, since, until in hung:
            session.add(Season(code=code, name=name, starts_on=since, ends_on=until))
    records = list(wardrobe.products(BRAND, hung, stage.chance))
    with work() as session:
        import_products(session, records, approved_by="demo")
    stage.products = [(record["code"], record["launched_on"]) for record in records]


# --- the members ---------------------------------------------------------------------------------------------------


def _enrol(stage: _Stage) -> None:
    # Prospects first: whoever looks at the newest members sees people with a name.
    numbers = [*range(stage.size.members, stage.size.members + stage.size.prospects), *range(stage.size.members)]
    records = [_record(stage, number) for number in numbers]
    with work() as session:
        result = import_members(session, records, by="demo", now=moment(stage.span.last), issue_cards=True)
    for record, member_id in zip(records, result.member_ids, strict=True):
        if member_id is not None and "name" in record:
            weight = stage.chance.choice((1, 1, 1, 2, 2, 3, 5, 8, 13))
            store = stage.company.stores[record["store"]]
            stage.buyers.append(_Buyer(member_id, record["joined_on"], store, weight))
    stage.buyers.sort(key=lambda buyer: (buyer.joined, buyer.id))


def _record(stage: _Stage, number: int) -> dict[str, Any]:
    """Return a member; the last ones are prospects of whom only the phone number is known (MEM-10)."""
    chance, span = stage.chance, stage.span
    store = chance.choices([code for code, *_ in STORES], SHARES)[0]
    days = (span.last - span.first).days
    joined = span.first - timedelta(days=200) if number % 3 == 0 else span.first
    record: dict[str, Any] = {
        "store": store,
        "phone": people.phone(number * 37 + 1_000_003),
        "joined_on": joined + timedelta(days=chance.randrange(days * 3 // 4)),
        "recruited_by": chance.choice(people.CHANNELS),
    }
    if number >= stage.size.members:
        return record
    name, sex = people.person(chance)
    record |= {"name": name, "sex": sex, "district": chance.choice(people.DISTRICTS)}
    return record | ({"birthday_declined": True} if chance.randrange(12) == 0 else people.birthday(chance, span.last))


# --- the days ------------------------------------------------------------------------------------------------------


def _days(stage: _Stage) -> Iterator[tuple[date, int]]:
    """Yield each day with its number of receipts: weekends and the end of the year are busy; 20,000 in all."""
    days = stage.span.days
    weights = [_busy(day) + stage.chance.randrange(5) for day in days]
    whole, done, so_far = sum(weights), 0, 0
    for day, weight in zip(days, weights, strict=True):
        so_far += weight
        until = stage.size.receipts * so_far // whole
        yield day, until - done
        done = until


def _busy(day: date) -> int:
    weekend = 8 if day.isoweekday() >= 6 else 0
    season = {1: 6, 2: 2, 5: 4, 10: 5, 11: 6, 12: 8}.get(day.month, 0)
    return 14 + weekend + season + (6 if day.day == MEMBER_DAY else 0)


def _trade(stage: _Stage, day: date, receipts: int, until: datetime | None = None) -> int:
    """Sell a day's receipts, or those before a moment of it; each member buys once."""
    opens = moment(day, _OPENS)
    pass_days(day, opens, occasion="demo")
    if day.isoweekday() == 1:
        _look_for_vouchers(stage, day)
        if until is None:
            _welcome(stage, day)
    _forget_withdrawn(stage)
    buyers = _buyers_of(stage, day, receipts * 3 // 4)
    requests = [_basket(stage, day, buyer) for buyer in buyers]
    requests += [_basket(stage, day, None) for _ in range(receipts - len(requests))]
    requests = [one for one in requests if until is None or (one.at or opens) <= until]
    requests.sort(key=lambda request: request.at or opens)
    keys = [f"demo:{day.isoformat()}:{number}" for number in range(len(requests))]
    sold = sell_batch(requests, keys, opens) if requests else 0
    if until is None:
        convert_cards(stage.hurry, day, stage.company.cashiers)
    return sold


def _buyers_of(stage: _Stage, day: date, count: int) -> list[_Buyer]:
    here = [buyer for buyer in stage.buyers if buyer.joined <= day]
    drawn = stage.chance.choices(here, [buyer.weight for buyer in here], k=count) if here else []
    return list({buyer.id: buyer for buyer in drawn}.values())


def _basket(stage: _Stage, day: date, buyer: _Buyer | None) -> SaleRequest:
    chance = stage.chance
    stores = list(stage.company.stores.values())
    home = buyer is not None and chance.randrange(10) < 8
    store_id = buyer.store if buyer is not None and home else chance.choices(stores, SHARES)[0]
    pieces = chance.choices((1, 2, 3, 4, 5, 6), (30, 32, 20, 10, 5, 3))[0]
    lines = [SaleLine(code, chance.choice((1, 1, 1, 1, 2))) for code in _picked(stage, day, pieces)]
    vouchers: tuple[str, ...] = ()
    if buyer is not None and buyer.id in stage.vouchers and chance.randrange(2):
        vouchers = (stage.vouchers.pop(buyer.id),)
    return SaleRequest(
        store_id=store_id,
        lines=lines,
        member_id=None if buyer is None else buyer.id,
        vouchers=vouchers,
        cashier=stage.company.cashiers[store_id],
        at=moment(day, time(10 + chance.randrange(11), chance.randrange(60))),
        source="demo",
    )


def _picked(stage: _Stage, day: date, pieces: int) -> list[str]:
    """Return products that have been launched by the day and are not over a year old."""
    found: dict[str, None] = {}
    while len(found) < pieces:
        code, launched = stage.chance.choice(stage.products)
        if launched <= day <= launched + timedelta(days=300):
            found[code] = None
    return list(found)


def _look_for_vouchers(stage: _Stage, day: date) -> None:
    with reading() as session:
        usable = select(Voucher.member_id, Voucher.code).where(
            Voucher.status == "active",
            Voucher.brand_id == stage.company.brand_id,
            Voucher.valid_until >= day + timedelta(days=7),
        )
        rows = session.execute(usable.order_by(Voucher.id)).all()
    stage.vouchers = {row.member_id: row.code for row in rows}


def _forget_withdrawn(stage: _Stage) -> None:
    """A voucher that went back with goods since it was seen is not used."""
    held = list(stage.vouchers.values())
    with reading() as session:
        active = set(session.scalars(select(Voucher.code).where(Voucher.code.in_(held), Voucher.status == "active")))
    stage.vouchers = {member: code for member, code in stage.vouchers.items() if code in active}


def _welcome(stage: _Stage, day: date) -> None:
    """A few members come by without buying, and staff confirm it (C22)."""
    for number, buyer in enumerate(_buyers_of(stage, day, 4)):
        at = moment(day, time(15, number))
        with reading() as session:
            live = live_program(session, BRAND, at)
        post(
            Operation("points.visit", f"demo:visit:{day.isoformat()}:{number}", {"member": buyer.id}),
            lambda session, buyer=buyer, at=at, live=live: {  # type: ignore[misc]
                "points": record_visit(
                    session,
                    member_id=buyer.id,
                    store_id=buyer.store,
                    invited=buyer.weight > 2,
                    confirmed_by=stage.company.cashiers[buyer.store],
                    now=at,
                    program=live.program,
                    digest=live.digest,
                ).points
            },
        )
