"""Home of headquarters: members by tier, what discounts cost, which points are owed."""

from __future__ import annotations

from datetime import date, datetime

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from addons.insights.queries import control, programme, shop
from addons.insights.queries.kept import kept
from addons.insights.queries.money import Money, common_money
from addons.insights.queries.programme import Cost, Month
from addons.insights.views.shop import how_many_receipts, receipts_since
from addons.insights.views.words import TIERS, as_of, beside, counted_in, last_months, month_label
from core import clock
from core.periods import local_day
from core.web import formats
from core.web.home import Board, Chart, Series, Task, Tile

_MONTHS = 12
_APPROVE = "can_approve", "ApprovalView"


def programme_board(session: Session) -> Board:
    """Return the board of the whole programme; what covers all years is at most a quarter of an hour old."""
    now = clock.now()
    day = local_day(now)
    months = last_months(day, _MONTHS)
    since = date(*months[0], 1)
    members, _ = kept(session, "members_by_tier", now, programme.members_by_tier)
    (costs, money), read_at = kept(session, f"discounts:{since}", now, lambda session: _costs(session, since))
    owed, owed_at = kept(session, "points_owed", now, programme.points_owed_by_month)
    return Board(
        tiles=(
            _sales(session, day),
            Tile(
                gettext("Active members"),
                formats.count(sum(members.values())),
                url_for("MemberView.list", _flt_3_status="active"),
            ),
            _discounts_tile(costs.get(months[-1], Cost(0, 0)), money, day),
            _owed_tile(owed),
        ),
        tasks=_tasks(session),
        charts=(
            _by_tier(members),
            _discounts(costs, months, f"{as_of(read_at)} · {counted_in(money)}"),
            _points(owed, months, owed_at),
        ),
    )


def _costs(session: Session, since: date) -> tuple[dict[Month, Cost], Money]:
    money = common_money(session)
    return programme.discount_by_month(session, since, money), money


def _sales(session: Session, day: date) -> Tile:
    money = common_money(session)
    today = shop.sold(session, day, day, money)
    return Tile(
        gettext("Sales today"),
        formats.money(today.total),
        receipts_since(day, day),
        beside(money, how_many_receipts(today.receipts)),
        money.currency,
    )


def _discounts_tile(cost: Cost, money: Money, day: date) -> Tile:
    return Tile(
        gettext("Discounts this month"),
        formats.money(cost.programme),
        url_for("ProgrammeSummaryPage.show", since=day.replace(day=1), until=day),
        beside(money, gettext("by the programme, without special prices")),
        money.currency,
    )


def _owed_tile(owed: dict[Month, int]) -> Tile:
    """Lead to the balances; those below nothing, which count against the others, are among them."""
    return Tile(
        gettext("Points owed"),
        formats.points(sum(owed.values())),
        url_for("AccountView.list", _flt_3_balance=0),
        gettext("members can still spend them"),
    )


def _tasks(session: Session) -> tuple[Task, ...]:
    grants = url_for("GrantView.list", _flt_3_state="asked")
    return (
        Task(gettext("Rule books to approve"), control.versions_in_review(session), "/rulebook/", _APPROVE),
        Task(gettext("Grants to approve"), control.grants_asked(session), grants, ("approve", "GrantView")),
    )


def _by_tier(members: dict[str, int]) -> Chart:
    tiers = [tier for tier in TIERS if tier]
    return Chart(
        "members-by-tier",
        gettext("How many members hold each card?"),
        tuple(str(TIERS[tier]) for tier in tiers),
        (Series(gettext("Members"), tuple(members.get(tier, 0) for tier in tiers)),),
        sideways=True,
    )


def _discounts(costs: dict[Month, Cost], months: list[Month], note: str) -> Chart:
    found = [costs.get(month, Cost(0, 0)) for month in months]
    return Chart(
        "discounts-by-month",
        gettext("What do discounts cost each month?"),
        tuple(month_label(month) for month in months),
        (
            Series(gettext("Rules of the programme"), tuple(cost.programme for cost in found)),
            Series(gettext("Special prices"), tuple(cost.special for cost in found)),
        ),
        "money",
        note=note,
    )


def _points(owed: dict[Month, int], months: list[Month], read_at: datetime) -> Chart:
    before = sum(points for month, points in owed.items() if month < months[0])
    return Chart(
        "points-owed",
        gettext("In which months were the points earned that we still owe?"),
        (gettext("Earlier"), *(month_label(month) for month in months)),
        (Series(gettext("Points"), (before, *(owed.get(month, 0) for month in months))),),
        "points",
        note=as_of(read_at),
    )
