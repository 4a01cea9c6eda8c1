"""The basket that is open in this browser: kept on the server with the session, so that a reload loses nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import session as kept
from sqlalchemy.orm import Session

from addons.stores.queries import StorePlace, place
from addons.till.domain import Basket
from addons.till.services import let_go, new_key, selling_stores
from core.db.scope import current_scope
from core.periods import local_day
from core.web.scope import works_in
from core.web.sessions import UNFINISHED
from core.web.working import work_in

PLACE = f"{UNFINISHED}till"


def open_basket(session: Session, now: datetime, wanted: int | None = None) -> tuple[Basket | None, list[StorePlace]]:
    """Return the open basket and the stores one may sell in; no basket where there are several and none was chosen.

    The basket goes along to the store one works in.
    """
    stores = selling_stores(session, local_day(now))
    own = {store.id for store in stores}
    here = works_in(current_scope())
    if wanted in own and here is not None and wanted != here:
        work_in(wanted)  # what is chosen at the till holds everywhere
    wanted = wanted if wanted in own else here
    plain: dict[str, Any] | None = kept.get(PLACE)
    basket = None if plain is None else Basket.from_plain(plain)
    if basket is not None and basket.store_id not in own:
        basket = None
    if wanted in own and (basket is None or basket.store_id != wanted):
        basket = _moved(session, basket, wanted, now)
    if basket is None and len(stores) == 1:
        basket = Basket(stores[0].id, new_key())
    return basket, stores


def _moved(session: Session, basket: Basket | None, store_id: int, now: datetime) -> Basket:
    """Take the basket to another store; its vouchers are free again, what is of another brand stays behind."""
    if basket is not None and basket.store_id != store_id:
        let_go(basket, basket.vouchers, now=now)
    if basket is None or place(session, basket.store_id).brand_id != place(session, store_id).brand_id:
        basket = Basket(store_id, new_key())
    basket.store_id = store_id
    keep(basket)
    return basket


def keep(basket: Basket) -> None:
    """Keep the basket with the session."""
    kept[PLACE] = basket.as_plain()


def begin_anew(basket: Basket) -> Basket:
    """Put a new basket in the place of one that was sold or given up."""
    fresh = Basket(basket.store_id, new_key())
    keep(fresh)
    return fresh
