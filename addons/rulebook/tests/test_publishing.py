"""Versions: drafted, reviewed, approved by another person, live at a minute, never changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from addons.rulebook import services
from addons.rulebook.models import Approval, BookText, Publication, Version, VersionEvent
from addons.stores.models import Brand
from core.db.scope import GuardedSession, system_scope
from core.policy.live import live_program, overruled, program_of_digest
from core.policy.version import shipped_text

CASE = """
case: gold pays nine tenths
at: 2026-05-04T15:00
member: {tier: gold, receipts_before: 3, card_active: true}
lines: [{product: A, quantity: 1, list_price: 100000}]
expect: {total: TOTAL}
"""


@pytest.fixture
def session(every_database: Engine) -> Iterator[Session]:
    """A session that sees everything."""
    with system_scope("test"), GuardedSession(every_database, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def brand(session: Session) -> int:
    """A brand."""
    row = Brand(code="lan", name="Lan", currency="CNY")
    session.add(row)
    session.flush()
    return row.id


@pytest.fixture
def text(session: Session) -> str:
    """The shipped programme."""
    shipped = shipped_text()
    assert shipped is not None
    return shipped


@pytest.fixture
def draft(session: Session, brand: int, text: str, now: datetime) -> Version:
    """A draft by Ann."""
    return services.import_book(session, brand_id=brand, text=text, note="first", by="ann", now=now)


def approved(session: Session, version: Version, now: datetime) -> Version:
    """Let Ann submit and Bo approve."""
    services.submit(session, version_id=version.id, by="ann", now=now)
    return services.approve(session, version_id=version.id, by="bo", now=now)


def test_a_brand_without_publication_is_decided_by_the_shipped_programme(
    session: Session, brand: int, now: datetime
) -> None:
    """A new brand has a programme at once."""
    assert brand
    assert live_program(session, "lan", now).version == "default"


def test_a_version_is_live_from_its_minute_until_the_next(session: Session, draft: Version, now: datetime) -> None:
    """One live version at any minute; an older one can come back."""
    approved(session, draft, now)
    changed = services.import_book(
        session, brand_id=draft.brand_id, text=draft.body.text + "\n", note="second", by="ann", now=now
    )
    approved(session, changed, now)
    for hours, version in ((1, draft), (2, changed), (3, draft)):
        services.publish(session, version_id=version.id, since=now + timedelta(hours=hours), by="bo", now=now)
    found = [live_program(session, "lan", now + timedelta(hours=h, minutes=5)).version for h in range(4)]
    assert found == ["default", "v1", "v2", "v1"]
    assert program_of_digest(session, changed.digest).version == "v2"


def test_a_text_with_problems_is_refused_and_nothing_is_kept(session: Session, brand: int, now: datetime) -> None:
    """All problems are named."""
    with pytest.raises(services.BookHasProblems, match="rules"):
        services.import_book(session, brand_id=brand, text="book: x\nrules: 3", note="", by="ann", now=now)
    assert session.scalar(select(func.count()).select_from(Version)) == 0
    assert session.scalar(select(func.count()).select_from(BookText)) == 0


def test_nobody_approves_their_own_version(session: Session, draft: Version, now: datetime) -> None:
    """Two persons, in the service and in the database."""
    services.submit(session, version_id=draft.id, by="ann", now=now)
    with pytest.raises(services.SamePerson):
        services.approve(session, version_id=draft.id, by="ann", now=now)
    assert draft.state == "in_review"
    own = Approval(version_id=draft.id, digest=draft.digest, author="ann", approver="ann", approved_at=now)
    session.add(own)
    with pytest.raises(DBAPIError, match="two_persons"):
        session.flush()


def test_a_draft_belongs_to_its_author(session: Session, draft: Version, now: datetime) -> None:
    """Nobody else changes or submits it."""
    with pytest.raises(services.NotTheAuthor):
        services.edit_draft(session, version_id=draft.id, text=draft.body.text, by="bo", now=now)
    with pytest.raises(services.NotTheAuthor):
        services.submit(session, version_id=draft.id, by="bo", now=now)


def test_an_approved_version_never_changes(session: Session, draft: Version, now: datetime) -> None:
    """Not by the service, not by a statement."""
    approved(session, draft, now)
    with pytest.raises(services.WrongState):
        services.edit_draft(session, version_id=draft.id, text=draft.body.text, by="ann", now=now)
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(update(BookText.__table__).values(text="rules: []"))
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(update(Approval.__table__).values(approver="ann"))


def test_only_approved_versions_are_published_and_not_in_the_past(
    session: Session, draft: Version, now: datetime
) -> None:
    """A publication is for a free moment that is not over."""
    with pytest.raises(services.NotApproved):
        services.publish(session, version_id=draft.id, since=now, by="bo", now=now)
    approved(session, draft, now)
    with pytest.raises(services.TooLate):
        services.publish(session, version_id=draft.id, since=now - timedelta(minutes=1), by="bo", now=now)
    services.publish(session, version_id=draft.id, since=now, by="bo", now=now)
    with pytest.raises(services.TooLate):
        services.publish(session, version_id=draft.id, since=now, by="bo", now=now)
    assert session.scalar(select(func.count()).select_from(Publication)) == 1


def test_a_failing_pinned_case_blocks_approval(session: Session, draft: Version, now: datetime) -> None:
    """What HQ pinned must hold."""
    services.pin_case(session, brand_id=draft.brand_id, text=CASE.replace("TOTAL", "80000"), by="cy")
    services.submit(session, version_id=draft.id, by="ann", now=now)
    with pytest.raises(services.PinnedCasesFail, match="gold pays nine tenths"):
        services.approve(session, version_id=draft.id, by="bo", now=now)
    services.pin_case(session, brand_id=draft.brand_id, text=CASE.replace("TOTAL", "90000"), by="cy")
    services.approve(session, version_id=draft.id, by="bo", now=now)
    assert draft.state == "approved"


def test_a_rule_can_be_switched_off_at_once(session: Session, brand: int, now: datetime) -> None:
    """By one person; what was decided before stays explainable."""
    before = live_program(session, "lan", now)
    rule = next(rule.name for rule in before.program.book.rules if rule.enabled and rule.event == "quote")
    services.switch_off(session, brand_id=brand, rule=rule, reason="priced wrongly", by="bo", now=now)
    live = live_program(session, "lan", now)
    off = [r.name for r in live.program.book.rules if not r.enabled]
    assert live.version == "v1"
    assert rule in off
    with pytest.raises(services.NoSuchRule):
        services.switch_off(session, brand_id=brand, rule=rule, reason="again", by="bo", now=now)
    events = session.scalars(select(VersionEvent.what).order_by(VersionEvent.id)).all()
    assert list(events) == ["drafted", "approved", "published"]


def test_a_kill_switch_overrules_what_was_promised_before_it_and_nothing_else(
    session: Session, brand: int, draft: Version, now: datetime
) -> None:
    """An ordinary publication leaves a promise standing."""
    assert brand
    before = now - timedelta(minutes=30)
    promised = live_program(session, "lan", before)
    services.publish(session, version_id=approved(session, draft, now).id, since=now, by="bo", now=now)
    assert not overruled(session, "lan", promised.digest, (before, now))
    rule = promised.program.book.rules[0].name
    killed = now + timedelta(minutes=5)
    services.switch_off(session, brand_id=brand, rule=rule, reason="priced wrongly", by="bo", now=killed)
    assert overruled(session, "lan", promised.digest, (before, killed))
    assert not overruled(session, "lan", promised.digest, (before, killed - timedelta(seconds=1)))
    after = live_program(session, "lan", killed)
    assert not overruled(session, "lan", after.digest, (killed, killed + timedelta(hours=1)))


def test_an_addon_whose_words_are_live_stays(session: Session, brand: int) -> None:
    """Nobody takes the tiers away under a rule that asks for them."""
    assert brand
    with pytest.raises(services.WordsInUse, match=r"member\.tier"):
        services.MAY_UNINSTALL(session, "membership")
    services.MAY_UNINSTALL(session, "audit")
