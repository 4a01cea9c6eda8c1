"""What head office did with the rule book while the invented shop traded: publish, change, switch a rule off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from addons.rulebook import services
from addons.rulebook.models import Version
from addons.rulebook.queries import brand_by_code
from core.db.session import work
from core.policy.version import live_version
from rules.yaml_text import read_yaml, write_yaml

_AUTHOR, _APPROVER = "marketing", "approver"
_FOR_ALL = "birthday-double-points-for-all"
_Edit = Callable[[Any], None]


def happenings(first: date, last: date, brand: str) -> Iterator[tuple[date, Callable[[datetime], None]]]:
    """Yield days and what is done on them, for whoever lets them pass; called with the moment."""
    yield first, lambda now: _put_live(brand, "方案上線 The programme begins", _as_it_is, now)
    more = last - timedelta(days=280)
    yield more, lambda now: _put_live(brand, "每月到店計分改為六次 Six visits a month", _more_visits(more), now)
    yield last - timedelta(days=24), lambda now: _put_live(brand, "普卡生日也雙倍 For all cards", _for_all, now)
    yield last - timedelta(days=9), lambda now: _switch_off(brand, now)
    yield last - timedelta(days=2), lambda now: _ask(brand, "深折商品取較低價 The better of both (C10)", now)


def _as_it_is(_book: Any) -> None:
    """The shipped programme begins unchanged."""


def _more_visits(day: date) -> _Edit:
    def edit(book: Any) -> None:
        found = next(one for one in book["parameters"] if one["parameter"] == "visits-a-month")
        found["values"] = {**found["values"], day: 6}

    return edit


def _for_all(book: Any) -> None:
    next(rule for rule in book["rules"] if rule["rule"] == _FOR_ALL)["enabled"] = True


def _better_of_both(book: Any) -> None:
    next(table for table in book["tables"] if table["table"] == "deep-special-price")["enabled"] = True


def _draft(session: Session, brand: str, note: str, edit: _Edit, now: datetime) -> Version:
    book = read_yaml(live_version(session, brand, now).text)
    edit(book)
    brand_id = brand_by_code(session, brand).id
    version = services.import_book(session, brand_id=brand_id, text=write_yaml(book), note=note, by=_AUTHOR, now=now)
    return services.submit(session, version_id=version.id, by=_AUTHOR, now=now)


def _put_live(brand: str, note: str, edit: _Edit, now: datetime) -> None:
    with work() as session:
        version = _draft(session, brand, note, edit, now)
        services.approve(session, version_id=version.id, by=_APPROVER, now=now)
        services.publish(session, version_id=version.id, since=now, by=_APPROVER, now=now)


def _switch_off(brand: str, now: datetime) -> None:
    reason = "費用超出預算 Over budget"
    with work() as session:
        brand_id = brand_by_code(session, brand).id
        services.switch_off(session, brand_id=brand_id, rule=_FOR_ALL, reason=reason, by=_APPROVER, now=now)


def _ask(brand: str, note: str, now: datetime) -> None:
    """Leave a version in review: somebody must approve it."""
    with work() as session:
        _draft(session, brand, note, _better_of_both, now)


HAPPENINGS = (happenings,)
