"""Goods that come back to a till: previewed, taken back, exchanged, corrected; without a receipt for a voucher."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.pos.queries import KnownTill
from addons.pos.services.keys import own_key, plain, post_own
from addons.pos.services.refusals import MayNotApproveHere
from addons.pos.services.selling import OURS, request_of
from addons.sales import queries as sales_read
from addons.sales import services as sales
from addons.sales.domain.refusals import ApprovedByOneself, SeveralReceipts
from addons.sales.domain.returning import BackLine, ReturnRequest, Sold, Unreceipted
from addons.stores.queries import manager_called, place
from core.db.posting import Operation, Posted
from core.db.scope import brand_wide, require_store
from core.errors import NotFound

Plain = dict[str, Any]


@brand_wide("goods come back to every store of the brand")
def preview_return(session: Session, *, till: KnownTill, asked: Mapping[str, Any], now: datetime) -> Plain:
    """Return all that a return would bring, by doing it and undoing it; amounts are fen.

    Refuses with NotFound for a receipt that is not there or of another day, SeveralReceipts where the store has to be
    named, and like `sales.services.rehearse_return`.
    """
    seen = sales.rehearse_return(_request(session, till, asked), now=now)
    told = _public(seen.answer)
    return {name: value for name, value in told.items() if name not in _OF_WRITTEN} | {
        "borne_by": _bearer(seen),
        "keeping": _keeping(seen),
        "vouchers_lost": sum(seen.returning.vouchers_lost().values()),
        "approval": seen.approval,
    }


#: What a return has that was written.
_OF_WRITTEN = ("number", "kind")


def _bearer(seen: sales.Rehearsed) -> str:
    """Return who bears what lost offers cost."""
    if not seen.answer["shortfall"]:
        return ""
    return "store" if seen.returning.forgone else "customer"


def _keeping(seen: sales.Rehearsed) -> Plain | None:
    lacks = seen.shortfall
    if lacks is None:
        return None
    return {"tier": lacks.tier_before, "metric": lacks.metric, "missing": lacks.missing, "kept": lacks.kept}


def take_back(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Take goods back, swap them or correct their price, once under the till's own key.

    Refuses like `preview_return` and `sales.services.take_back`, with MayNotApproveHere where the second person is no
    manager of the store, with KeyReused for another body under the key.
    """
    require_store(till.store_id, write=True)
    operation = Operation("pos.return", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        answer = sales.return_goods(session, _request(session, till, asked), operation.key, now)
        _require_manager(session, till, asked)
        return answer

    return _told(post_own(operation, command, key))


def exchange(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Take goods back and sell others in one transaction, once under the till's own key.

    Refuses like `take_back` and like `sales.services.checkout`.
    """
    require_store(till.store_id, write=True)
    operation = Operation("pos.exchange", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        back, basket = _request(session, till, asked["back"]), request_of(till, asked["sale"])
        answer = sales.exchange_goods(session, back, basket, operation.key, now)
        _require_manager(session, till, asked["back"])
        return answer

    posted = post_own(operation, command, key)
    back, sale = _public(posted.answer["return"]), _public(posted.answer["sale"])
    return Posted({"back": back, "sale": sale, "to_pay": posted.answer["to_pay"]}, posted.repeated)


def take_back_unreceipted(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Take goods without a receipt for a voucher of the member, once under the till's own key.

    Refuses like `sales.services.take_back_unreceipted`, with MayNotApproveHere where the second person is no manager of
    the store, with KeyReused for another body under the key.
    """
    require_store(till.store_id, write=True)
    operation = Operation("pos.return_unreceipted", own_key(till, key), plain(asked))
    request = Unreceipted(
        store_id=till.store_id,
        product=asked["product"],
        quantity=asked["quantity"],
        member_id=asked["member"],
        reason=asked["reason"],
        note=asked.get("note", ""),
        cashier=asked.get("cashier") or till.name,
        approved_by=asked.get("approved_by", ""),
    )

    def command(session: Session) -> Plain:
        answer = sales.give_voucher_for(session, request, operation.key, now)
        _require_manager(session, till, asked)
        return answer

    return _told(post_own(operation, command, key))


def _request(session: Session, till: KnownTill, asked: Mapping[str, Any]) -> ReturnRequest:
    """Read a return; whoever shows a receipt knows its day, so that numbers of other stores are not tried out."""
    found = _found(session, till, asked)
    lines = tuple(
        BackLine(line["line"], line.get("quantity", 0), line.get("price"), line.get("swap")) for line in asked["lines"]
    )
    return ReturnRequest(
        store_id=till.store_id,
        receipt_id=found.id,
        lines=lines,
        reason=asked["reason"],
        note=asked.get("note", ""),
        cashier=asked.get("cashier") or till.name,
        approved_by=asked.get("approved_by", ""),
        told=asked.get("told"),
    )


def _found(session: Session, till: KnownTill, asked: Mapping[str, Any]) -> Sold:
    """Return the receipt that is meant: of the store that is named, else of the till's own, else the only one."""
    brand_id, number = place(session, till.store_id).brand_id, asked["receipt"]
    found = sales_read.find_receipts(session, brand_id, number, here=till.store_id, sold_on=asked["sold_on"])
    if "store" in asked:
        found = [sold for sold in found if place(session, sold.store_id).code == asked["store"]]
    if not found:
        raise NotFound(what="receipt", which=number)
    if len(found) > 1 and found[0].store_id != till.store_id:
        stores = ", ".join(sorted(place(session, sold.store_id).code for sold in found))
        raise SeveralReceipts(number=number, stores=stores)
    return found[0]


def _require_manager(session: Session, till: KnownTill, asked: Mapping[str, Any]) -> None:
    """Refuse with MayNotApproveHere who may not approve, with ApprovedByOneself the cashier under another of her names.

    Asked last: what cannot be at all is said first, and nothing stays written of what is refused.
    """
    person = asked.get("approved_by", "")
    if not person:
        return
    names = manager_called(session, till.store_id, person)
    if not names:
        raise MayNotApproveHere(person=person)
    if asked.get("cashier") in names:
        raise ApprovedByOneself(person=asked["cashier"])


def _told(posted: Posted) -> Posted:
    return Posted(_public(posted.answer), posted.repeated)


def _public(answer: Mapping[str, Any]) -> Plain:
    """Return an answer without numbers of rows, and with names for what it lists."""
    told = {name: value for name, value in answer.items() if name not in OURS}
    if "vouchers_restored" in told:
        named = ("code", "amount", "valid_until")
        told["vouchers_restored"] = [dict(zip(named, one, strict=True)) for one in told["vouchers_restored"]]
    if "vouchers_void" in told:
        told["vouchers_void"] = [{"code": code, "amount": amount} for code, amount in told["vouchers_void"]]
    return told
