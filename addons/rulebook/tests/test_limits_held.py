"""A limit that nobody would count is refused wherever a book is written, approved or published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from addons.rulebook import services
from addons.rulebook.models import Publication, Version
from addons.stores.models import Brand
from core.db.scope import GuardedSession, system_scope
from core.policy.live import live_program, words_in_force
from core.policy.version import shipped_text
from rules.limits import limits_not_held
from rules.policy import read_book
from rules.yaml_text import read_yaml, write_yaml

COUNT = {"per": "member", "period": "month", "count": 1}
BUDGET = {"per": "all", "period": "month", "budget": 30_000}
VOUCHER = {"effect": "voucher.issue", "kind": "cash", "value": 5000}
POINTS = {"effect": "points.multiply", "ratio": 20_000}
OFF = {"effect": "price.amount_off", "amount": 1000}


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    """A session that sees everything."""
    with system_scope("test"), GuardedSession(database, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def brand(session: Session) -> int:
    """A brand."""
    row = Brand(code="lan", name="Lan", currency="CNY")
    session.add(row)
    session.flush()
    return row.id


def limited(name: str, *limits: dict[str, Any]) -> str:
    """Return the shipped programme with limits on one of its rules."""
    whole: Any = read_yaml(shipped_text() or "")
    for rule in whole["rules"]:
        if rule["rule"] == name:
            rule["limits"] = list(limits)
    return write_yaml(whole)


def with_rule(event: str, limit: dict[str, Any], *then: dict[str, Any]) -> str:
    """Return the shipped programme with one rule more."""
    whole: Any = read_yaml(shipped_text() or "")
    rule = {"rule": "mine", "event": event, "group": "basket", "limits": [limit], "then": list(then)}
    return write_yaml({**whole, "rules": [*whole["rules"], rule]})


def found(text: str) -> list[tuple[str, str]]:
    words = words_in_force()
    return [(each.path, each.sentence) for each in limits_not_held(read_book(text, words), words)]


def test_the_programme_that_ships_promises_no_limit_that_nobody_counts(session: Session) -> None:
    assert found(shipped_text() or "") == []


@pytest.mark.parametrize(
    "text",
    [
        with_rule("quote", COUNT, OFF),
        with_rule("quote", BUDGET, OFF, VOUCHER),
        with_rule("quote", COUNT, POINTS),
        with_rule("quote", BUDGET, OFF, {"effect": "message.send", "template": "thanks"}),
        with_rule("quote", BUDGET | {"per": "member"}, OFF, POINTS),
        limited("visit-points", COUNT, COUNT | {"per": "store"}, COUNT | {"per": "all"}),
        limited("visit-points", BUDGET, BUDGET | {"per": "store"}),
    ],
)
def test_what_is_counted_may_be_limited(session: Session, text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (limited("referral-share", COUNT), "referral-share[0]", "nothing counts the limits of the event referral"),
        (limited("points-to-voucher", BUDGET), "points-to-voucher[0]", "of the event points_review"),
        (
            limited("visit-points", COUNT, COUNT | {"budget": 500}),
            "visit-points[1]",
            "per all or store alone; per member",
        ),
        (with_rule("visit", COUNT, VOUCHER), "mine[0]", "only points.earn is counted"),
        (with_rule("quote", BUDGET, OFF, {"effect": "gift.give", "gift": "scarf"}), "mine[0]", "gift.give"),
    ],
)
def test_what_nobody_counts_is_refused(session: Session, brand: int, text: str, where: str, said: str) -> None:
    now = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
    [(path, sentence)] = found(text)
    assert path == where.replace("[", ".limits[")
    assert said in sentence
    with pytest.raises(services.LimitsNotHeld) as refused:
        services.import_book(session, brand_id=brand, text=text, note="", by="ann", now=now)
    assert f"{path}: {sentence}" in refused.value.limits
    assert session.scalar(select(func.count()).select_from(Version)) == 0


def test_a_version_from_before_is_neither_changed_into_nor_approved_nor_published(
    session: Session, brand: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = limited("referral-share", COUNT)
    draft = services.import_book(session, brand_id=brand, text=shipped_text() or "", note="", by="ann", now=now)
    with pytest.raises(services.LimitsNotHeld):
        services.edit_draft(session, version_id=draft.id, text=text, by="ann", now=now)
    with monkeypatch.context() as before:
        for module in ("drafts", "publishing"):
            before.setattr(f"addons.rulebook.services.{module}.require_limits_held", lambda _: None)
        old = services.import_book(session, brand_id=brand, text=text, note="", by="ann", now=now)
        services.submit(session, version_id=old.id, by="ann", now=now)
    with pytest.raises(services.LimitsNotHeld):
        services.approve(session, version_id=old.id, by="bo", now=now)
    with monkeypatch.context() as before:
        before.setattr("addons.rulebook.services.publishing.require_limits_held", lambda _: None)
        services.approve(session, version_id=old.id, by="bo", now=now)
    with pytest.raises(services.LimitsNotHeld):
        services.publish(session, version_id=old.id, since=now, by="bo", now=now)
    assert session.scalar(select(func.count()).select_from(Publication)) == 0


def test_the_kill_switch_waits_for_no_limit_of_another_rule(
    session: Session, brand: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        for module in ("drafts", "publishing"):
            before.setattr(f"addons.rulebook.services.{module}.require_limits_held", lambda _: None)
        old = services.import_book(
            session, brand_id=brand, text=limited("referral-share", COUNT), note="", by="ann", now=now
        )
        services.submit(session, version_id=old.id, by="ann", now=now)
        services.approve(session, version_id=old.id, by="bo", now=now)
        services.publish(session, version_id=old.id, since=now, by="bo", now=now)
    later = now + timedelta(minutes=1)
    services.switch_off(session, brand_id=brand, rule="visit-points", reason="abused", by="bo", now=later)
    assert live_program(session, "lan", later).version == "v2"
