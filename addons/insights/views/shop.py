"""Home of those who work in stores: today's sales, who is close to an upgrade, whose birthday it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.insights.queries import shop
from addons.insights.queries.kept import kept
from addons.insights.queries.money import Money, common_money
from addons.insights.views.words import TIERS, beside, counted_in, share, short_day
from addons.stores.models import Brand
from addons.tiers import services as tiers
from addons.tiers.queries import NearUpgrade
from core import clock, settings
from core.money import yuan
from core.periods import local_day
from core.policy.live import live_program
from core.web import formats
from core.web.home import Board, Chart, Series, Short, Task, Tile
from core.web.record_pages import page_of

_DAYS, _SOON, _ROWS = 30, 7, 6


def shop_board(session: Session) -> Board:
    """Return the board of the person's stores; sales are of this moment, the rest at most a quarter of an hour old."""
    now = clock.now()
    day = local_day(now)
    first = day.replace(day=1)
    money = common_money(session)
    sold = shop.sold_by_day(session, min(first, day - timedelta(days=_DAYS - 1)), day, money)
    near, _ = kept(session, f"near:{day}", now, lambda session: _near_upgrades(session, day, now))
    soon, _ = kept(session, f"birthdays:{day}", now, lambda session: shop.birthdays_soon(session, day, _SOON, _ROWS))
    born, _ = kept(session, f"born:{day}", now, lambda session: shop.birthdays_in_month(session, day))
    return Board(
        tiles=(*_sales(sold, day, money), _birthdays_tile(born)),
        tasks=(Task(gettext("Members close to an upgrade"), len(near), "/near-upgrades/"),),
        charts=(_days(sold, day, money), _by_tier(session, day, money)),
        lists=(_closest(near), _birthdays(soon, day)),
    )


def _sales(sold: dict[date, shop.Sold], day: date, money: Money) -> tuple[Tile, ...]:
    first = day.replace(day=1)
    today, month = sold.get(day, shop.Sold()), shop.together(sold[one] for one in sold if one >= first)
    return (
        _sales_tile(gettext("Sales today"), today, receipts_since(day, day), money),
        _sales_tile(gettext("Sales this month"), month, receipts_since(first, day), money),
        Tile(
            gettext("VIP share this month"),
            formats.percent(share(month.vip, month.total)),
            receipts_since(first, day, tiers=[tier for tier in TIERS if tier]),
            gettext("of the sales at a member's price"),
        ),
    )


def _sales_tile(title: str, sold: shop.Sold, link: str, money: Money) -> Tile:
    note = beside(money, how_many_receipts(sold.receipts))
    return Tile(title, formats.money(sold.total), link, note, money.currency)


def how_many_receipts(count: int) -> str:
    """Say how many receipts there are."""
    return str(gettext("1 receipt") if count == 1 else gettext("%(count)s receipts", count=f"{count:,}"))


def receipts_since(first: date, day: date, tiers: Sequence[str] = ()) -> str:
    """Return the address of the receipts from a first day on, or of one day; at the price of some tiers, or all."""
    wanted: dict[str, Any] = {"_flt_0_day": day} if first == day else {"_flt_1_day": first - timedelta(days=1)}
    return url_for("ReceiptView.list", **wanted | ({"_flt_8_tier": tiers} if tiers else {}))


def _birthdays_tile(born: int) -> Tile:
    return Tile(gettext("Birthdays this month"), formats.count(born), "/birthdays/", gettext("members with a card"))


def _near_upgrades(session: Session, day: date, now: datetime) -> list[NearUpgrade]:
    within = settings.value(session, "tiers.near_upgrade_within")
    brands = session.scalars(select(Brand).where(Brand.has_programme).order_by(Brand.id))
    found = [
        near
        for brand in brands
        for near in tiers.near_upgrade(
            session, day, within, live_program(session, brand.code, now).program, brand_id=brand.id
        )
    ]
    return sorted(found, key=lambda near: (near.missing, near.member_id))


def _days(sold: dict[date, shop.Sold], day: date, money: Money) -> Chart:
    days = [day - timedelta(days=back) for back in reversed(range(_DAYS))]
    found = [sold.get(one, shop.Sold()) for one in days]
    return Chart(
        "sales-by-day",
        gettext("How much did VIPs buy in the last 30 days?"),
        tuple(short_day(one) for one in days),
        (
            Series(gettext("VIP"), tuple(one.vip for one in found)),
            Series(gettext("Others"), tuple(one.total - one.vip for one in found)),
        ),
        "money",
        note=counted_in(money),
    )


def _by_tier(session: Session, day: date, money: Money) -> Chart:
    sold = shop.sold_by_tier(session, day.replace(day=1), day, money)
    return Chart(
        "sales-by-tier",
        gettext("Which cards bought this month?"),
        tuple(str(words) for words in TIERS.values()),
        (Series(gettext("Sales"), tuple(sold.get(tier, 0) for tier in TIERS)),),
        "money",
        sideways=True,
        note=counted_in(money),
    )


def _closest(near: list[NearUpgrade]) -> Short:
    rows = tuple((page_of("member", one.member_id), _missing(one)) for one in near[:_ROWS])
    return Short(
        gettext("Whom to call: close to the next tier"), rows, "/near-upgrades/", gettext("Nobody is close just now.")
    )


def _missing(near: NearUpgrade) -> tuple[Any, ...]:
    amount = yuan(near.missing) if near.metric == "credit" else f"{near.missing:,}"
    missing = gettext("%(amount)s to go, until %(day)s", amount=amount, day=formats.day_in_words(near.last_day))
    return near.name or near.number, missing, formats.tier_chip(near.to)


def _birthdays(found: list[tuple[date, Any]], day: date) -> Short:
    rows = tuple((page_of("member", row.id), _birthday(on, row, day)) for on, row in found)
    return Short(
        gettext("Birthdays in the next 7 days"), rows, "/birthdays/", gettext("No birthday in the next 7 days.")
    )


def _birthday(on: date, row: Any, day: date) -> tuple[Any, ...]:
    when = gettext("Today") if on == day else formats.day_in_words(on)
    return row.name or row.number, when, formats.tier_chip(row.tier)
