"""Packs: what a till takes along so that it can sell without a connection."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from addons.catalog.queries import ProductRow, priced_lines
from addons.pos import queries
from addons.pos.domain import packs
from addons.pos.domain.packs import COLUMNS, PackMember, content_digest, hashed, masked_name, member_token, written
from addons.pos.models import Pack, PriceList
from addons.pos.queries import KnownTill, PackedMember
from addons.sales import queries as sales_read
from addons.sales.domain.event import quote_event
from addons.sales.domain.request import SaleLine
from addons.sales.domain.state import MemberState
from addons.stores.queries import StorePlace, place, specials_hold
from core import settings
from core.db.scope import brand_wide
from core.db.session import reading, work
from core.periods import local, local_day
from core.policy.live import Live, live_program

Plain = dict[str, Any]


def make_pack(*, till: KnownTill, now: datetime, secret: str) -> Plain:
    """Make a pack for a till of its store: products with prices, members by hashed card number, the rule book's name.

    That it was given is kept, with its prices. Refuses with NotFound, NoLiveBook.
    """
    with reading() as session:
        at = place(session, till.store_id)
        live = live_program(session, at.brand_code, now)
        hours: int = settings.value(session, "pos.pack_hours")
        products = _products(session, at, live, now)
        salt = secrets.token_hex(16)
        members = _members(session, at, salt, now, secret)
    prices = {row["product"]: packs.price_row(row["list_price"], row["special_price"]) for row in products}
    kept = Pack(
        store_id=at.id,
        till_id=till.id,
        issued_at=now,
        valid_until=now + timedelta(hours=hours),
        version=live.version,
        digest=live.digest,
        products=len(products),
        members=len(members),
    )
    _keep(kept, prices)
    content = {"products": products, "members": members}
    return {
        "pack": packs.pack_token(secret, till.id, kept.id),
        "issued_at": now.isoformat(),
        "valid_until": kept.valid_until.isoformat(),
        "store": at.code,
        "currency": at.currency,
        "version": live.version,
        "digest": live.digest,
        "salt": salt,
        "content": content_digest(written(content)),
        **content,
    }


_L = PriceList.__table__
_INSERT = {
    name: insert(_L).on_conflict_do_nothing(index_elements=["digest"])
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def _keep(pack: Pack, prices: Mapping[str, Sequence[int | None]]) -> None:
    digest = content_digest(written(dict(prices)))
    with work() as session:
        connection = session.connection()
        connection.execute(_INSERT[connection.dialect.name], {"digest": digest, "prices": dict(prices)})
        pack.prices_digest = digest
        session.add(pack)


# -- products ---------------------------------------------------------------------------------------------------------


def _products(session: Session, at: StorePlace, live: Live, now: datetime) -> list[Plain]:
    """Return the products on sale with the price of one piece for each kind of customer."""
    codes = queries.product_codes(session, at.brand_id, settings.value(session, "pos.pack_products"))
    day = local_day(now, at.zone)
    rows = priced_lines(session, codes, day)
    pricer = _Pricer(live, at, local(now, at.zone), specials=specials_hold(session, at))
    return [_product(rows[code], pricer) for code in sorted(codes)]


def _product(row: ProductRow, pricer: _Pricer) -> Plain:
    return {
        "product": row.code,
        "list_price": row.list_price,
        "special_price": row.special_price if pricer.specials else None,
        "members_only": row.members_only,
        "prices": pricer.prices(row),
    }


class _Pricer:
    """Prices of one piece; products that the rules cannot tell apart are decided once."""

    def __init__(self, live: Live, at: StorePlace, when: datetime, *, specials: bool) -> None:
        self.live, self.at, self.when, self.specials = live, at, when, specials
        self.known: dict[Any, dict[str, int]] = {}

    def prices(self, row: ProductRow) -> dict[str, int]:
        """Return the price for each kind of customer, in fen."""
        line = self._event(row, "none").lines[0]
        told = (line.list_price, line.special_price, line.floor_price, tuple(sorted(line.facts.items(), key=str)))
        if told not in self.known:
            decide = self.live.program.decide
            self.known[told] = {column: decide(self._event(row, column)).total for column in COLUMNS}
        return self.known[told]

    def _event(self, row: ProductRow, column: str) -> Any:
        member = None if column == "none" or not self.at.has_programme else self._member(column)
        lines = [(SaleLine(row.code), row)]
        return quote_event(self.live, self.at, at=self.when, lines=lines, member=member, specials=self.specials)

    def _member(self, column: str) -> MemberState:
        tier, before = ("ordinary", 0) if column == "first" else (column, 1)
        return MemberState(0, "", self.at.id, self.at.brand_id, "active", tier, card_id=1, receipts_before=before)


# -- members ----------------------------------------------------------------------------------------------------------


@brand_wide("whether a member bought before, and her vouchers, are of every store")
def _members(session: Session, at: StorePlace, salt: str, now: datetime, secret: str) -> list[Plain]:
    """Return the members of the store; nothing in it says who they are but to whom they show their card."""
    if not at.has_programme:
        return []
    found = queries.packed_members(session, at.id, settings.value(session, "pos.pack_members"))
    ids, day = [member.id for member in found], local_day(now, at.zone)
    bought = sales_read.histories(session, ids, day) if ids else {}
    vouchers = queries.packed_vouchers(session, ids, at.brand_id, day) if ids else {}
    rows = [
        {
            "card": hashed(salt, member.card),
            "member": member_token(secret, PackMember(at.id, member.id, member.tier)),
            "name": masked_name(member.name),
            "tier": member.tier,
            "prices": _column(member, has_bought=member.id in bought),
            "vouchers": list(_vouchers(vouchers.get(member.id, ()), salt)),
        }
        for member in found
    ]
    return sorted(rows, key=lambda row: str(row["card"]))


def _column(member: PackedMember, *, has_bought: bool) -> str:
    """Return which prices are the member's."""
    if member.tier == "ordinary" and not has_bought:
        return "first"
    return member.tier if member.tier in COLUMNS else "none"


def _vouchers(found: Iterable[queries.PackedVoucher], salt: str) -> Iterable[Plain]:
    for voucher in found:
        yield {
            "code": hashed(salt, voucher.code),
            "remaining": voucher.remaining,
            "valid_until": _iso(voucher.valid_until),
        }


def _iso(day: date) -> str:
    return day.isoformat()
