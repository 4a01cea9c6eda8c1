"""Whether the books between the parties are explained: by the ledgers of points and vouchers, and line by line.

Each source that was settled is worked out again and held against its lines, part by part in the order of the keys; what
stands in the accounts of points and vouchers is what members hold, less what is not settled yet; what passes between
franchisees is nothing, in each currency. Over bare tables of the whole programme.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, bindparam, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from addons.points.models import Lot
from addons.settlement.domain import CLEARING, CUSTOMERS, EXPLAINED, HQ, POINTS, VOUCHERS, in_account
from addons.settlement.models import Dispute, Done, Entry, Mark
from addons.settlement.queries.legs import Books, legs_of
from addons.settlement.queries.sources import SOURCES, Row, Source, pending
from addons.stores.models import Brand, Change, Store
from addons.vouchers.models import Voucher
from core.db.listed import any_of
from core.db.statement import Statement
from core.ledger.books import Finding
from rules.vocabulary import Text

PART = 2000  # sources looked at together
_SHOWN = 200  # characters of lines that a finding shows

_E, _X, _MARK, _Q = Entry.__table__, Done.__table__, Mark.__table__, Dispute.__table__
_L, _V, _S, _N, _C = Lot.__table__, Voucher.__table__, Store.__table__, Brand.__table__, Change.__table__
_O = _L.alias("origin")

ACCOUNT = Text("清算科目與帳冊不符", "清算科目与账册不符", "An account of settlement is not what its ledger says")
OPEN = Text("加盟商之間的帳不為零", "加盟商之间的账不为零", "What passes between franchisees is not zero")
OTHERWISE = Text("清算明細與來源不符", "清算明细与来源不符", "The lines are not what follows from their source")
MISSING = Text("應清算而未清算", "应清算而未清算", "This should have been settled and was not")
UNMARKED = Text("有明細而無清算記號", "有明细而无清算记号", "Lines of something that is not marked as settled")
DISPUTED = Text("爭議更正與裁決不符", "争议更正与裁决不符", "The counter line of a dispute is not what was decided")

#: Store, who owes, who gets, kind, fen, currency, rule: a line, without its number.
_Line = tuple[int, str, str, str, int, str, str]
_Totals = dict[tuple[str, str], int]  # by account and currency


def check(session: Session) -> Iterator[Finding]:
    """Yield what is not explained; nothing where all of it is."""
    books = Books.opened(session)
    yield from _accounts(session, books)
    changed_hands = _changed_hands(session)
    for source in SOURCES:
        yield from _missing(session, source)
        yield from _sources(session, source, books, changed_hands)
    for name, key, lines in session.connection().execute(_UNMARKED):
        yield Finding(_E.name, f"{name} {key}", UNMARKED, "0", str(lines))
    for key, expected, found in session.connection().execute(_DECIDED):
        yield Finding(_Q.name, str(key), DISPUTED, str(expected), str(found))


# --- accounts --------------------------------------------------------------------------------------------------------

_HELD = (
    select(
        _N.c.currency,
        func.coalesce(_O.c.earned_on, _L.c.earned_on),
        func.sum(_L.c.pending + _L.c.remaining + _L.c.reserved),
    )
    .select_from(
        _L.outerjoin(_O, _O.c.id == _L.c.origin_id)
        .join(_S, _S.c.id == func.coalesce(_O.c.store_id, _L.c.store_id))
        .join(_N, _N.c.id == _S.c.brand_id)
    )
    .where(or_(_L.c.pending != 0, _L.c.remaining != 0, _L.c.reserved != 0))
    .group_by(_N.c.currency, func.coalesce(_O.c.earned_on, _L.c.earned_on))
)
_LEFT = select(_V.c.currency, func.sum(_V.c.remaining)).group_by(_V.c.currency)


def _stands(account: str) -> CompoundSelect[Any]:
    """Return what an account gets and owes, by currency."""
    gets = select(_E.c.currency, func.sum(_E.c.amount)).where(_E.c.to_party == account).group_by(_E.c.currency)
    owes = select(_E.c.currency, -func.sum(_E.c.amount)).where(_E.c.from_party == account).group_by(_E.c.currency)
    return union_all(gets, owes)


def outstanding(session: Session, books: Books | None = None) -> _Totals:
    """Return what members hold in points and in vouchers, in fen by account and currency."""
    books = books or Books.opened(session)
    held: _Totals = defaultdict(int)
    for currency, day, points in session.connection().execute(_HELD):
        held[POINTS, currency] += int(points) * books.worth_on(day)
    for currency, fen in session.connection().execute(_LEFT):
        held[VOUCHERS, currency] += int(fen)
    return dict(held)


def _accounts(session: Session, books: Books) -> Iterator[Finding]:
    expected = Counter(outstanding(session, books))
    expected.subtract(_not_settled(session, books))
    found: Counter[tuple[str, str]] = Counter()
    for account in EXPLAINED:
        for currency, amount in session.connection().execute(_stands(account)):
            found[account, currency] += int(amount)
    for account, currency in sorted({*expected, *found}):
        wanted, stands = expected[account, currency], found[account, currency]
        if wanted != stands:
            problem = OPEN if account == CLEARING else ACCOUNT
            yield Finding(_E.name, f"{account} {currency}", problem, str(wanted), str(stands))


def _not_settled(session: Session, books: Books) -> Counter[tuple[str, str]]:
    """Return what settling will still move into the accounts of points and vouchers."""
    coming: Counter[tuple[str, str]] = Counter()
    for source in SOURCES:
        last = 0
        while keys := pending(session, source, PART, after=last):
            last = keys[-1]
            for row in _rows(session, source, keys):
                legs = legs_of(source.name, row, books)
                for account in (POINTS, VOUCHERS):
                    coming[account, row.currency] += in_account(account, legs)
    return coming


# --- sources ---------------------------------------------------------------------------------------------------------

_KEYS = Statement(
    select(_X.c.source_id)
    .where(_X.c.source == bindparam("b_source"), _X.c.source_id > bindparam("b_after"))
    .order_by(_X.c.source_id)
    .limit(bindparam("b_limit"))
)
_LINES = Statement(
    select(
        _E.c.source_id, _E.c.store_id, _E.c.from_party, _E.c.to_party, _E.c.what, _E.c.amount, _E.c.currency, _E.c.rule
    ).where(_E.c.source == bindparam("b_source"), any_of(_E.c.source_id, "b_ids"))
)
_NAMES = tuple(source.name for source in SOURCES)
_UNMARKED = (
    select(_E.c.source, _E.c.source_id, func.count())
    .select_from(_E.outerjoin(_X, and_(_X.c.source == _E.c.source, _X.c.source_id == _E.c.source_id)))
    .where(_E.c.source.in_(_NAMES), _X.c.source_id.is_(None))
    .group_by(_E.c.source, _E.c.source_id)
)


def _rows(session: Session, source: Source, keys: Sequence[int]) -> list[Row]:
    return [Row(*row) for row in source.rows.all(session, b_ids=keys)]


def _missing(session: Session, source: Source) -> Iterator[Finding]:
    """Yield what lies before the mark of its source and was not settled."""
    key = source.table.c.id
    below = select(_MARK.c.below).where(_MARK.c.source == source.name).scalar_subquery()
    wanted: Select[Any] = (
        select(key)
        .select_from(source.table.outerjoin(_X, and_(_X.c.source == literal(source.name), _X.c.source_id == key)))
        .where(key <= below, _X.c.source_id.is_(None))
    )
    for (found,) in session.connection().execute(wanted):
        yield Finding(source.table.name, str(found), MISSING)


def _sources(session: Session, source: Source, books: Books, changed_hands: frozenset[int]) -> Iterator[Finding]:
    """Yield what was settled otherwise than it is worked out again."""
    last = 0
    while keys := [key for (key,) in _KEYS.all(session, b_source=source.name, b_after=last, b_limit=PART)]:
        last = keys[-1]
        expected, stores = _worked_out(session, source, keys, books)
        found = _written(session, source, keys)
        for key in keys:
            wanted, lines = expected[key], found[key]
            if wanted == lines or (stores[key] & changed_hands and _totals(wanted) == _totals(lines)):
                continue
            yield Finding(source.table.name, str(key), OTHERWISE, _said(wanted - lines), _said(lines - wanted))


def _worked_out(
    session: Session, source: Source, keys: Sequence[int], books: Books
) -> tuple[dict[int, Counter[_Line]], dict[int, set[int]]]:
    """Return the lines that follow from each key, and the stores they are about."""
    lines: dict[int, Counter[_Line]] = defaultdict(Counter)
    stores: dict[int, set[int]] = defaultdict(set)
    for row in _rows(session, source, keys):
        stores[row.source_id] |= {row.store_id, row.home_id}
        for leg in legs_of(source.name, row, books):
            line = (leg.store_id, leg.from_party, leg.to_party, leg.what, leg.amount, row.currency, leg.rule)
            lines[row.source_id][line] += 1
    return lines, stores


def _written(session: Session, source: Source, keys: Sequence[int]) -> dict[int, Counter[_Line]]:
    lines: dict[int, Counter[_Line]] = defaultdict(Counter)
    for key, *line in _LINES.all(session, b_source=source.name, b_ids=keys):
        lines[key][tuple(line)] += 1
    return lines


def _totals(lines: Counter[_Line]) -> Counter[tuple[str, str]]:
    """Return what lines leave in the accounts that are no company's."""
    totals: Counter[tuple[str, str]] = Counter()
    for (_, owes, gets, _, amount, currency, _), times in lines.items():
        for party, fen in ((gets, amount * times), (owes, -amount * times)):
            if party in (*EXPLAINED, CUSTOMERS):
                totals[party, currency] += fen
    return Counter({key: fen for key, fen in totals.items() if fen})


def _said(lines: Counter[_Line]) -> str:
    """Write lines for whoever looks into it."""
    return "; ".join(_in_short(sorted(lines.elements())))[:_SHOWN]


def _in_short(lines: Iterable[_Line]) -> Iterator[str]:
    for store, owes, gets, what, amount, currency, rule in lines:
        yield f"{what} {owes} > {gets} {currency} {amount} ({store} {rule})"


def _changed_hands(session: Session) -> frozenset[int]:
    """Return the stores that another franchisee ran before: whose the lines are is not worked out again of those."""
    changes = session.connection().execute(select(_C.c.record, _C.c.fields).where(_C.c.kind == _S.name))
    return frozenset(
        int(record) for record, fields in changes if (fields.get("franchisee_id") or [None])[0] is not None
    )


# --- disputes --------------------------------------------------------------------------------------------------------

_OF, _BY = _E.alias("disputed"), _E.alias("counter")
_REVERSED = and_(
    _BY.c.amount == _OF.c.amount,
    _BY.c.currency == _OF.c.currency,
    or_(_BY.c.from_party == _OF.c.to_party, and_(_BY.c.from_party == HQ, _OF.c.to_party.in_(EXPLAINED))),
    or_(_BY.c.to_party == _OF.c.from_party, and_(_BY.c.to_party == HQ, _OF.c.from_party.in_(EXPLAINED))),
)
_DECIDED = union_all(
    select(_Q.c.id, _OF.c.amount, func.coalesce(_BY.c.amount, 0))
    .select_from(
        _Q.join(_OF, _OF.c.id == _Q.c.entry_id).outerjoin(
            _BY, and_(_BY.c.source == "dispute", _BY.c.source_id == _Q.c.id)
        )
    )
    .where(_Q.c.state == "accepted", or_(_BY.c.id.is_(None), ~_REVERSED)),
    select(_BY.c.source_id, literal(0), _BY.c.amount)
    .select_from(_BY.outerjoin(_Q, _Q.c.id == _BY.c.source_id))
    .where(
        _BY.c.source == "dispute",
        or_(_Q.c.id.is_(None), _Q.c.state != "accepted", _BY.c.part != 1),
    ),
)
