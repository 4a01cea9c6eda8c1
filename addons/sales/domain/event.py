"""From a basket to the event the rules decide on; only what the live book asks about goes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from addons.catalog.queries import ProductRow
from addons.sales.domain.request import SaleLine
from addons.sales.domain.state import MemberState, counters, member_facts
from addons.stores.queries import StorePlace
from addons.vouchers.queries import UsableVoucher
from core.policy.live import Live
from rules.event import Event, Line, Offer, Place
from rules.vocabulary import Value

COUPON = "vouchers.coupon"
NEW_FOR = 30  # days (C39)
_NO_FACTS: dict[str, Value] = {}

#: What a line may be asked about, from its product and the day.
_LINE_FACTS: dict[str, Callable[[ProductRow, date], Value]] = {
    "line.product": lambda product, _: product.code,
    "line.style": lambda product, _: product.style,
    "line.category": lambda product, _: product.category,
    "line.season": lambda product, _: product.season,
    "line.size": lambda product, _: product.size,
    "line.colour": lambda product, _: product.colour,
    "line.is_new_arrival": lambda product, day: 0 <= _days_since_launch(product, day) < NEW_FOR,
    "line.days_since_launch": lambda product, day: max(0, _days_since_launch(product, day)),
    "line.members_only": lambda product, _: product.members_only,
}


def _days_since_launch(product: ProductRow, day: date) -> int:
    return NEW_FOR if product.launched_on is None else (day - product.launched_on).days


def quote_event(
    live: Live,
    place: StorePlace,
    *,
    at: datetime,
    lines: Sequence[tuple[SaleLine, ProductRow]],
    member: MemberState | None,
    vouchers: Sequence[UsableVoucher] = (),
    specials: bool = True,
) -> Event:
    """Return the event of a basket at a store's wall time; special prices above the list price do not exist.

    Without `specials` those of the catalogue do not hold. Where prices are firm no rule goes below the selling price,
    whatever it says (C35).
    """
    day = at.date()
    asked = live.used.facts.get("quote", frozenset())
    for fact, limited in (("line.category", "categories"), ("line.style", "products")):
        if any(getattr(voucher, limited) is not None for voucher in vouchers):
            asked |= {fact}
    facts = member_facts(member, day)
    if member is not None:
        facts |= counters(member, asked)
    if place.no_discount:
        facts["stores.no_discount"] = True
    if place.doubles_points(day):
        facts["points.double_day"] = True
    readers = [(name, reader) for name, reader in _LINE_FACTS.items() if name in asked]
    if "line.brand" in asked:
        readers.append(("line.brand", lambda _product, _day: place.brand_code))
    return Event(
        "quote",
        at,
        Place(place.brand_code, place.region, place.franchisee, place.format, place.code),
        facts,
        [_line(line, product, readers, place, day, specials=specials) for line, product in lines],
        [_offer(voucher) for voucher in vouchers],
        birthday_list_used=0 if member is None else member.birthday_list_used,
    )


def _offer(voucher: UsableVoucher) -> Offer:
    goods = (None if codes is None else frozenset(codes) for codes in (voucher.categories, voucher.products))
    return Offer(voucher.kind, voucher.remaining, voucher.code, voucher.min_spend or 0, *goods)


_Readers = Sequence[tuple[str, Callable[[ProductRow, date], Value]]]


def _line(
    line: SaleLine, product: ProductRow, readers: _Readers, place: StorePlace, day: date, *, specials: bool
) -> Line:
    full, special = line.list_price, line.special_price
    if full is None:
        full, special = product.list_price, product.special_price if specials else None
    facts = {name: reader(product, day) for name, reader in readers} if readers else _NO_FACTS
    floor = product.floor_price or 0
    if place.no_discount:
        floor = full if special is None else special
    return Line(product.code, line.quantity, full, special, facts, floor)
