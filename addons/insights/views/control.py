"""Home of the auditor: the newest decisions and publications, what was changed and overridden, what rules give away."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import get_locale, gettext, lazy_gettext
from sqlalchemy.orm import Session

from addons.insights.queries import control, programme, shop
from addons.insights.queries.kept import kept
from addons.insights.queries.money import Money, common_money
from addons.insights.queries.programme import Month
from addons.insights.views.shop import receipts_since
from addons.insights.views.words import as_of, counted_in, last_months, month_label
from addons.stores.queries import stores_in_scope
from core import clock, settings
from core.money import yuan
from core.periods import local, local_day, moment
from core.policy.saying import rules_in_short
from core.web import formats
from core.web.home import Board, Chart, Series, Short, Tile
from core.web.people import person

_MONTHS, _ROWS, _RULES = 12, 5, 8
_KINDS = {
    "published": lazy_gettext("Rule books published"),
    "settings": lazy_gettext("Settings changed"),
    "grants": lazy_gettext("Tiers granted"),
    "killed": lazy_gettext("Rules switched off in an emergency"),
}
_STATES = {
    "asked": lazy_gettext("asked"),
    "approved": lazy_gettext("approved"),
    "refused": lazy_gettext("refused"),
    "ended": lazy_gettext("ended"),
}


def control_board(session: Session) -> Board:
    """Return the auditor's board."""
    now = clock.now()
    day = local_day(now)
    months = last_months(day, _MONTHS)
    changes = _by_month(control.moments(session, moment(date(*months[0], 1))))
    return Board(
        tiles=_tiles(shop.sold(session, day, day, common_money(session)), changes, day),
        charts=(_changes(changes, months), _given_away(session, day, now)),
        lists=(_decisions(session), _publications(session), _settings(session), _grants(session)),
    )


def _by_month(moments: dict[str, list[datetime]]) -> dict[str, dict[Month, int]]:
    """Count moments by the month of their business day."""
    counted: dict[str, dict[Month, int]] = {name: {} for name in moments}
    for name, found in moments.items():
        for at in found:
            shown = local(at)
            month = shown.year, shown.month
            counted[name][month] = counted[name].get(month, 0) + 1
    return counted


def _tiles(today: shop.Sold, changes: dict[str, dict[Month, int]], day: date) -> tuple[Tile, ...]:
    number = {name: counted.get((day.year, day.month), 0) for name, counted in changes.items()}
    return (
        Tile(gettext("Receipts decided today"), formats.count(today.receipts), receipts_since(day, day)),
        Tile(gettext("Rule books published"), formats.count(number["published"]), "/rulebook/", gettext("this month")),
        Tile(gettext("Settings changed"), formats.count(number["settings"]), "/decisions/", gettext("this month")),
        Tile(
            gettext("Overrides"),
            formats.count(number["grants"] + number["killed"]),
            url_for("GrantView.list"),
            gettext("this month: tiers granted, rules switched off"),
        ),
    )


def _changes(changes: dict[str, dict[Month, int]], months: list[Month]) -> Chart:
    return Chart(
        "changes-by-month",
        gettext("What was changed or overridden each month?"),
        tuple(month_label(month) for month in months),
        tuple(
            Series(str(words), tuple(changes[name].get(month, 0) for month in months)) for name, words in _KINDS.items()
        ),
    )


def _given_away(session: Session, day: date, now: datetime) -> Chart:
    since = day - timedelta(days=29)
    (found, money), read_at = kept(session, f"rules:{since}", now, lambda session: _most_given(session, since))
    brands = {store.brand.code for store in stores_in_scope(session)}
    short = rules_in_short(session, brands, now, str(get_locale() or "zh_Hant"))
    return Chart(
        "given-away",
        gettext("Which rules gave most away in the last 30 days?"),
        tuple(f"{short[rule]} ({rule})" if short.get(rule) else rule for rule, _ in found),
        (Series(gettext("Discount"), tuple(amount for _, amount in found)),),
        "money",
        sideways=True,
        note=f"{as_of(read_at)} · {counted_in(money)}",
    )


def _most_given(session: Session, since: date) -> tuple[list[tuple[str, int]], Money]:
    money = common_money(session)
    return programme.discount_by_rule(session, since, _RULES, money), money


def _decisions(session: Session) -> Short:
    rows = tuple(
        (
            f"/receipt-decisions/{row.id}",
            (f"{row.number} · {row.name}", formats.amount(row.total, row.currency), row.version),
        )
        for row in control.latest_decisions(session, _ROWS)
    )
    return Short(gettext("Newest decisions"), rows, "/receipt-decisions/")


def _publications(session: Session) -> Short:
    rows = tuple(
        ("/rulebook/", (f"{row.name} v{row.number}", formats.moment(row.since), person(row.published_by)))
        for row in control.latest_publications(session, _ROWS)
    )
    return Short(gettext("Newest publications"), rows, "/rulebook/", gettext("No rule book was published yet."))


def _settings(session: Session) -> Short:
    rows = tuple(
        ("/decisions/", (*_changed(row.name, row.new), person(row.changed_by), formats.moment(row.changed_at)))
        for row in control.latest_settings(session, _ROWS)
    )
    return Short(gettext("Newest setting changes"), rows, "/decisions/", gettext("Every setting has its default."))


def _changed(name: str, value: Any) -> tuple[str, str]:
    """Return a setting by its label and what it is now, in the person's language; a removed addon's as it was kept."""
    setting = settings.known_as(name)
    if setting is None:
        return name, f"→ {value}"
    language = str(get_locale() or "")
    return setting.label.in_language(language), f"→ {_value(setting, value, language)}"


def _value(setting: settings.Setting, value: Any, language: str) -> str:
    if setting.kind == "yes_no":
        return formats.yes_no(value)
    if setting.kind == "choice":
        return next((one.label.in_language(language) for one in setting.choices if one.code == value), str(value))
    if setting.kind in ("ratio", "text"):
        return formats.rate_text(value) if setting.kind == "ratio" else str(value)
    return yuan(value) if setting.kind == "money" else f"{value:,}"


def _grants(session: Session) -> Short:
    rows = tuple(
        (
            url_for("GrantView.show", pk=row.id),
            (row.name, formats.tier_chip(row.tier), _STATES.get(row.state, row.state), person(row.asked_by)),
        )
        for row in control.latest_grants(session, _ROWS)
    )
    return Short(gettext("Newest overrides"), rows, url_for("GrantView.list"), gettext("No tier was granted."))
