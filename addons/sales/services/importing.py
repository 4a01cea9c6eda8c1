"""Past sales from a file: every row is checked and put in order first, then receipts are sold in time order.

A receipt is written whole or not at all; a receipt that was imported before stays as it is. What passing days bring
(cards that convert by themselves, rewards that are due) happens between the days, as it would have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.catalog.queries import ProductRow, priced_lines
from addons.points import services as points
from addons.points.models import Lot
from addons.sales import queries
from addons.sales.domain.refusals import NoSuchCard
from addons.sales.domain.request import SaleRequest
from addons.sales.services.lines import CHOICES, FIELDS, Pieces, line, pieces_of
from addons.sales.services.preparing import Known, prepare
from addons.sales.services.selling import sell_batch
from addons.stores.queries import StorePlace, place_by_code
from addons.tiers import queries as tiers_read
from addons.tiers import services as tiers
from addons.tiers.models import TierChange
from addons.vouchers import services as vouchers
from addons.vouchers.models import Voucher
from core import settings
from core.db.posting import Operation, Plain, post
from core.db.session import reading
from core.errors import Refusal
from core.imports.mapping import CellRejected, Mapper
from core.imports.records import Summary, Wanted, opened
from core.imports.rejects import Rejects
from core.imports.source import Source
from core.imports.staging import Stage
from core.periods import local_day

MOST_TOGETHER = 500  # receipts a transaction
_PRICES = ("list_price", "list_amount")


@dataclass(slots=True)
class _Run:
    """One import on its way."""

    wanted: Wanted
    rejects: Rejects
    now: datetime
    summary: Summary = field(default_factory=Summary)
    broken: set[tuple[str, str]] = field(default_factory=set)  # receipts with a row that cannot be taken
    known: Known = field(default_factory=Known)
    members: dict[tuple[int, str], int] = field(default_factory=dict)
    keeps_products: bool = False
    done: int = 0
    total: int = 0
    day: date | None = None


@dataclass(frozen=True, slots=True)
class _Basket:
    """A receipt of the file; `row` is the number of its first row."""

    row: int
    place: StorePlace
    day: date
    member: str
    request: SaleRequest

    @property
    def key(self) -> str:
        return f"receipt:{self.place.code}:{self.request.number}"


def import_purchases(wanted: Wanted, now: datetime) -> Summary:
    """Import receipts in time order.

    Refuses with what `opened` refuses, before anything is written. A dry run prices everything and writes nothing.
    """
    source, mapper = opened(wanted, "purchases", FIELDS, CHOICES)
    with reading() as session:
        pieces = pieces_of(mapper, settings.value(session, "sales.largest_quantity"))
    with Rejects(wanted.rejects, source.columns) as rejects, Stage([f.name for f in FIELDS]) as stage:
        run = _Run(wanted, rejects, now)
        run.keeps_products = any(name in mapper.names for name in _PRICES)
        _fill(stage, source, mapper, pieces, run)
        run.total = stage.count(of="receipt")
        for batch in _batches(_baskets(stage, run)):
            _take(batch, run)
            run.done += len(batch)
            wanted.progress(run.done, run.total)
        run.summary.rejected, run.summary.first_problems = rejects.count, tuple(rejects.first)
    return run.summary


# --- rows ----------------------------------------------------------------------------------------------------------


def _fill(stage: Stage, source: Source, mapper: Mapper, pieces: Pieces, run: _Run) -> None:
    """Check every row and stage what can be sold, with the quantity it is sold in."""
    order = [mapper.names.index(f.name) if f.name in mapper.names else None for f in FIELDS]
    stage.add(_staged(source, mapper, order, pieces, run))


def _staged(
    source: Source, mapper: Mapper, order: Sequence[int | None], pieces: Pieces, run: _Run
) -> Iterator[list[Any]]:
    at_place, quantity_place = (1 + [f.name for f in FIELDS].index(name) for name in ("at", "quantity"))
    for number, cells in source.rows():
        run.summary.rows += 1
        try:
            found = mapper.read(cells)
            row: list[Any] = [number, *(None if place is None else found[place] for place in order)]
            row[quantity_place] = pieces.of(row)
        except CellRejected as problem:
            run.rejects.add(number, problem.field, problem.problem, cells)
            run.broken.add((str(mapper.one("store", cells)), str(mapper.one("receipt", cells))))
            continue
        row[at_place] = int(row[at_place].timestamp())
        yield row


# --- receipts ------------------------------------------------------------------------------------------------------


def _baskets(stage: Stage, run: _Run) -> Iterator[_Basket]:
    places: dict[str, StorePlace] = {}
    for (_, code, receipt), rows in groupby(stage.in_order("at", "store", "receipt"), _identity):
        found = list(rows)
        problem = _problem(found, (code, receipt), places, run)
        if problem:
            _reject(run, found, problem)
        else:
            yield _basket(found, places[code])


def _problem(
    rows: Sequence[Sequence[Any]], identity: tuple[str, str], places: dict[str, StorePlace], run: _Run
) -> str | None:
    """Return why the rows of a receipt cannot be one; find the store."""
    code = identity[0]
    if identity in run.broken:
        return "another row of this receipt cannot be taken"
    if len({row[10] for row in rows}) > 1:
        return "the rows of this receipt name several members"
    if code not in places:
        try:
            with reading() as session:
                places[code] = place_by_code(session, code)
        except Refusal as refusal:
            return str(refusal)
    return None


def _identity(row: Sequence[Any]) -> tuple[int, str, str]:
    return row[3], row[2], row[1]


def _basket(rows: Sequence[Sequence[Any]], place: StorePlace) -> _Basket:
    first = rows[0]
    at = datetime.fromtimestamp(first[3], UTC)
    request = SaleRequest(
        store_id=place.id,
        lines=[line(row) for row in rows],
        currency=first[11],
        cashier=first[12] or "",
        number=first[1],
        at=at,
        source="import",
    )
    return _Basket(first[0], place, local_day(at, place.zone), first[10] or "", request)


def _reject(run: _Run, rows: Iterable[Sequence[Any]], problem: str) -> None:
    for row in rows:
        run.rejects.add(row[0], "", problem)


def _batches(baskets: Iterable[_Basket]) -> Iterator[list[_Basket]]:
    """Yield batches of one day and one brand in which nobody buys twice."""
    batch: list[_Basket] = []
    buyers: set[str] = set()
    for basket in baskets:
        other = batch and (basket.day != batch[0].day or basket.place.brand_id != batch[0].place.brand_id)
        if other or len(batch) == MOST_TOGETHER or basket.member in buyers:
            yield batch
            batch, buyers = [], set()
        batch.append(basket)
        if basket.member:
            buyers.add(basket.member)
    if batch:
        yield batch


def _take(batch: list[_Basket], run: _Run) -> None:
    """Sell a batch; what a day brings comes before its first sale."""
    if run.day is not None and run.day != batch[0].day and not run.wanted.dry_run:
        pass_days(batch[0].day, batch[0].request.at or run.now, occasion=batch[0].key)
    run.day = batch[0].day
    with reading() as session:
        sellable = list(_resolved(session, batch, run))
        _remember_products(session, sellable, run)
    _sell_or_halve(sellable, run)


def _sell_or_halve(sellable: Sequence[tuple[_Basket, SaleRequest]], run: _Run) -> None:
    """Sell baskets at once; if that is refused, each half by itself, so that only the wrong ones are left out."""
    try:
        _sell([basket.key for basket, _ in sellable], [request for _, request in sellable], run)
    except Refusal as refusal:
        if len(sellable) == 1:
            basket, request = sellable[0]
            run.rejects.add(basket.row, "", f"receipt {request.number}: {refusal}")
        else:
            middle = len(sellable) // 2
            _sell_or_halve(sellable[:middle], run)
            _sell_or_halve(sellable[middle:], run)


def _sell(keys: Sequence[str], requests: Sequence[SaleRequest], run: _Run) -> None:
    if run.wanted.dry_run:
        with reading() as session:
            prepare(session, requests, run.now, run.known)
        run.summary.added += len(requests)
    elif requests:
        new = sell_batch(requests, keys, run.now, run.known)
        run.summary.added += new
        run.summary.unchanged += len(requests) - new


def _resolved(session: Session, batch: Sequence[_Basket], run: _Run) -> Iterator[tuple[_Basket, SaleRequest]]:
    """Find the members of the baskets; a basket of somebody unknown is rejected."""
    brand_id = batch[0].place.brand_id
    new = {basket.member for basket in batch if basket.member and (brand_id, basket.member) not in run.members}
    if new:
        found = queries.members_called(session, brand_id, new)
        run.members.update(((brand_id, key), member_id) for key, member_id in found.items())
    for basket in batch:
        member_id = run.members.get((brand_id, basket.member))
        if basket.member and member_id is None:
            refusal = NoSuchCard(which=basket.member)
            run.rejects.add(basket.row, "member", f"receipt {basket.request.number}: {refusal}")
            continue
        yield basket, basket.request if member_id is None else _for_member(basket.request, member_id)


def _for_member(request: SaleRequest, member_id: int) -> SaleRequest:
    return SaleRequest(
        store_id=request.store_id,
        lines=request.lines,
        member_id=member_id,
        currency=request.currency,
        cashier=request.cashier,
        number=request.number,
        at=request.at,
        source=request.source,
    )


def _remember_products(session: Session, baskets: Sequence[tuple[_Basket, SaleRequest]], run: _Run) -> None:
    """Keep the products of a file that has its own prices: nothing in the catalogue that depends on the day is used."""
    if not run.keeps_products or not baskets:
        return
    kept: dict[str, ProductRow] = run.known.products  # type: ignore[assignment]
    new = {line.product for _, request in baskets for line in request.lines if line.product not in kept}
    if new:
        kept.update(priced_lines(session, sorted(new), baskets[0][0].day))


# --- days ----------------------------------------------------------------------------------------------------------

_Work = Callable[[Session, date, datetime], int]
_WAITING = TierChange.__table__.c
_LOT = Lot.__table__.c
_VOUCHER = Voucher.__table__.c
#: What is done, whether there is anything to do, and how.
_DUE: tuple[tuple[str, Any, _Work], ...] = (
    (
        "tiers.convert_due",
        select(_WAITING.id).where(tiers_read.WAITS, _WAITING.conversion_due <= bindparam("b_day")),
        lambda session, day, now: len(tiers.convert_due(session, day=day, now=now)),
    ),
    (
        "points.release_pending",
        select(_LOT.id).where(_LOT.pending != 0, _LOT.due_on < bindparam("b_day")),
        lambda session, day, now: points.release_pending(session, day=day, now=now),
    ),
    (
        "vouchers.expire",
        select(_VOUCHER.id).where(_VOUCHER.status == "active", _VOUCHER.valid_until < bindparam("b_day")),
        lambda session, day, now: vouchers.expire(session, day=day, now=now),
    ),
)


def pass_days(day: date, now: datetime, *, occasion: str) -> None:
    """Do what is due on a day before its first sale, once an occasion.

    Cards are converted (C06), points released (C16), vouchers whose last day is over ended.
    """
    for kind, waiting, work in _DUE:
        for part in range(1_000):
            with reading() as session:
                if session.connection().execute(waiting.limit(1), {"b_day": day}).first() is None:
                    break
            operation = Operation(kind, f"{kind}:{day.isoformat()}:{occasion}:{part}", {"day": day.isoformat()})
            if not post(operation, _due(work, day, now)).answer["done"]:
                break


def _due(work: _Work, day: date, now: datetime) -> Callable[[Session], Plain]:
    return lambda session: {"done": work(session, day, now)}
