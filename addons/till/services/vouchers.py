"""Vouchers of an open basket: held for this till while they are chosen, let go when they are not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from addons.stores.queries import StorePlace
from addons.till.domain import Basket
from addons.till.services.selling import new_key
from addons.vouchers import services as vouchers
from addons.vouchers.domain import Hold
from core.db.posting import Command, Operation, Plain, post
from core.errors import Refusal
from core.periods import local_day


def basket_hold(basket: Basket, at: StorePlace, by: str) -> Hold:
    """Return under what name the vouchers of a basket are held; others read it, so it says which store and who."""
    if not basket.hold:
        basket.hold = [f"{at.code} {by}"[:80], new_key()]
    return Hold(*basket.hold)


def choose_vouchers(basket: Basket, wanted: Iterable[str], *, at: StorePlace, by: str, now: datetime) -> list[Refusal]:
    """Hold the vouchers that are wanted and let go of the others; return why some cannot be had.

    What is held already is held on for longer. What cannot be had is left out of the basket.
    """
    before, hold = basket.vouchers, basket_hold(basket, at, by)
    wanted = list(dict.fromkeys(wanted))
    let_go(basket, [code for code in before if code not in wanted], now=now)
    basket.vouchers, refused = [], []
    for code in wanted:
        try:
            basket.vouchers.append(_held(code, hold, basket, at, now))
        except Refusal as problem:
            refused.append(problem)
    return refused


def _held(code: str, hold: Hold, basket: Basket, at: StorePlace, now: datetime) -> str:
    day, member_id = local_day(now, at.zone), basket.member_id

    def command(session: Session) -> Plain:
        [held] = vouchers.lock(session, codes=[code], hold=hold, store_id=at.id, day=day, now=now, member_id=member_id)
        return {"code": held.code}

    return str(_posted("hold", basket, [code], command)["code"])


def let_go(basket: Basket, codes: Iterable[str], *, now: datetime) -> None:
    """Let go of vouchers that are not wanted any more; the basket keeps the others."""
    gone, store_id = list(codes), basket.store_id
    if not gone or not basket.hold:
        return
    hold = Hold(*basket.hold)

    def command(session: Session) -> Plain:
        return {"codes": vouchers.release(session, codes=gone, hold=hold, store_id=store_id, now=now)}

    _posted("let_go", basket, gone, command)
    basket.vouchers = [code for code in basket.vouchers if code not in gone]


def _posted(kind: str, basket: Basket, codes: list[str], command: Command) -> Plain:
    """Post once for each click: holding twice what is held already changes nothing."""
    request = {"store_id": basket.store_id, "hold": basket.hold, "codes": codes}
    operation = Operation(f"till.{kind}", f"till.{kind}:{new_key()}", request)
    return post(operation, command).answer
