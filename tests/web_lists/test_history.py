"""Records keep who changed what; archived ones leave lists and choices and come back. On the catalogue's screens."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from addons.catalog.models import Season
from core.db.models import RecordChange
from core.db.scope import GuardedSession, Scope, acting, system_scope
from core.db.session import reading, work
from core.testing.screens import BrowserAs

SPRING = {"code": "2026-1", "name": "2026 spring"}


def season() -> int:
    with system_scope("import of seasons"), work() as session:
        row = Season(**SPRING)
        session.add(row)
        session.flush()
        return row.id


def changes(session: Session) -> list[RecordChange]:
    return list(session.scalars(select(RecordChange).order_by(RecordChange.id)))


def test_a_flush_writes_what_it_changed(every_database: Engine) -> None:
    key = season()
    with acting(Scope(reads=None, writes=None, user_id=7)), work() as session:
        row = session.get_one(Season, key)
        row.name = "Spring"
        session.flush()
        row.name = "Spring"  # the same again is no change
    with system_scope("clearing"), work() as session:
        session.delete(session.get_one(Season, key))
    with reading() as session:
        made, changed, deleted = changes(session)
        assert (made.what, made.reason, made.user_id) == ("created", "import of seasons", None)
        assert made.fields == {"id": [None, key], "code": [None, "2026-1"], "name": [None, "2026 spring"]}
        assert (changed.what, changed.user_id, changed.fields) == ("changed", 7, {"name": ["2026 spring", "Spring"]})
        assert (deleted.what, deleted.fields["name"]) == ("deleted", ["Spring", None])
        assert {one.record for one in (made, changed, deleted)} == {str(key)}


def test_what_is_undone_leaves_no_trace(every_database: Engine) -> None:
    with system_scope("test"), GuardedSession(every_database) as session:
        session.add(Season(**SPRING))
        session.flush()
        assert len(changes(session)) == 1
        session.rollback()
    with reading() as session:
        assert not changes(session)


@pytest.mark.parametrize(
    "statement", ["UPDATE core_record_change SET what = 'deleted'", "DELETE FROM core_record_change"]
)
def test_nobody_rewrites_history(every_database: Engine, statement: str) -> None:
    season()
    with pytest.raises(IntegrityError), every_database.begin() as connection:
        connection.execute(text(statement))


def test_the_page_of_a_record_ends_with_its_history(browser_as: BrowserAs) -> None:
    key = season()
    hq = browser_as("HQMarketing")
    hq.get(f"/seasonview/edit/{key}")
    assert hq.post(f"/seasonview/edit/{key}", {"name": "春季新品"}).status_code == 302
    page = hq.get(f"/seasonview/show/{key}").text
    assert page.index('id="record"') < page.index('id="history"')
    assert "2026 spring → 春季新品" in page
    assert "import of seasons" in page
    assert 'href="#history"' in page


def test_archived_records_are_hidden_until_asked_for(browser_as: BrowserAs) -> None:
    key = season()
    hq = browser_as("HQMarketing")
    assert "2026 spring" in hq.get("/seasonview/list/").text
    assert hq.post("/seasonview/action_post", {"action": "archive", "rowid": [str(key)]}).status_code == 302
    assert "2026 spring" not in hq.get("/seasonview/list/").text
    assert "2026 spring" in hq.get("/seasonview/list/?archived=only").text
    assert "2026 spring" in hq.get("/seasonview/list/?archived=all").text
    assert "2026 spring" not in hq.get("/seasonview/export/csv").text
    assert "2026 spring" in hq.get("/seasonview/export/csv?archived=only").text
    assert hq.get("/productview/lookup/season?q=spring").json == {"results": []}
    hq.get(f"/seasonview/show/{key}")
    assert hq.post(f"/seasonview/action/restore/{key}").status_code == 302
    assert "2026 spring" in hq.get("/seasonview/list/").text
    found = hq.get("/productview/lookup/season?q=spring").json
    assert found is not None
    assert len(found["results"]) == 1


def test_those_who_only_read_archive_nothing(browser_as: BrowserAs) -> None:
    key = season()
    for role in ("Cashier", "Auditor"):
        person = browser_as(role)
        assert "archive" not in person.get("/seasonview/list/").text.split("<main")[1].replace(
            "?archived=only", ""
        ).replace("box-archive", "")
        assert person.post(f"/seasonview/action/archive/{key}").status_code == 403
