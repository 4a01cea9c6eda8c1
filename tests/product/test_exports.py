"""A long list as a file: prepared beside the web processes as the person who asked, for that person alone."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import update

from core import clock
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import reading, work
from core.jobs import run_now
from core.testing.screens import Browser
from core.web import background, roles
from core.web.lists import exporting, files
from core.web.security.models import User
from tests.product.world import World
from tests.web_admin.wire import until

BrowserFor = Callable[[str], Browser]
LIST = "/memberview"


@pytest.fixture(autouse=True)
def short(product: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows are a long list; files lie in the test's own folder."""
    monkeypatch.setattr(files, "AT_ONCE", 2)
    monkeypatch.setenv("GUIBIN_VAR", str(tmp_path))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The jobs that would be run by a process of their own."""
    found: list[int] = []
    monkeypatch.setattr(background, "start", found.append)
    return found


def asked(person: Browser, kind: str = "csv", query: str = "") -> str:
    """Ask for the file of the member list and return the page that shows how far it is."""
    person.get(f"{LIST}/list/?{query}")
    answer = person.post(f"{LIST}/export/{kind}?{query}")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def fetched(person: Browser, page: str) -> tuple[str, bytes]:
    """Download the file: what it is called, and what is in it."""
    answer = person.get(f"{page}/file")
    assert answer.status_code == 200
    content = answer.data
    answer.close()
    return answer.headers["Content-Disposition"], content


def job() -> Job:
    with system_scope("tests"), reading() as session:
        return session.get_one(Job, 1)


def test_a_process_of_its_own_writes_what_the_person_sees(browser_for: BrowserFor, world: World) -> None:
    manager = browser_for(roles.STORE_MANAGER)
    manager.get("/lang/en")
    page = asked(manager, query="_oc_MemberView=number&_od_MemberView=asc")
    assert "data-progress" in manager.get(page).text

    def state() -> tuple[int, str, str]:
        answer = manager.get(f"{page}/state")
        return answer.status_code, str((answer.json or {})["state"]), ""

    assert until(state, lambda found: found[1] not in ("waiting", "running"))[1] == "done"
    assert f'href="{page}/file"' in manager.get(page).text
    called, content = fetched(manager, page)
    assert called.startswith("attachment; filename=memberview-")
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert head[:3] == ["Full name", "Member number", "Tier"]
    assert [row[0] for row in rows] == [f"{world.own.mark}-會員{n}" for n in range(3)] + [f"{world.own.mark}-新客"]
    assert not any(world.foreign.mark in cell for row in rows for cell in row)
    assert not any(text in cell for row in rows for cell in row for text in world.own.contacts())


def test_a_workbook_follows_filters_and_headquarters_see_all(
    browser_for: BrowserFor, world: World, started: list[int]
) -> None:
    office = browser_for(roles.HQ_MARKETING)
    office.get("/lang/zh_Hant_TW")
    page = asked(office, "xlsx", "_flt_2_name=會員")
    run_now(started[0])
    sheet: Any = openpyxl.load_workbook(io.BytesIO(fetched(office, page)[1])).active
    names = [row[0].value for row in sheet.rows]
    assert names[0] == "姓名"
    assert len(names) == 1 + 6
    assert {name[:5] for name in names[1:]} == {world.own.mark, world.foreign.mark}
    assert (job().done, job().total) == (0, 6)


def test_a_file_is_for_the_person_who_asked_alone(browser_for: BrowserFor, started: list[int]) -> None:
    office, other = browser_for(roles.HQ_MARKETING), browser_for(roles.HQ_APPROVER)
    page = asked(office)
    run_now(started[0])
    for path in (page, f"{page}/state", f"{page}/file"):
        assert other.get(path).status_code == 404, path
    assert office.get(page).status_code == 200
    assert fetched(office, page)[1]
    assert exporting.folder().stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in exporting.folder().iterdir())


def test_a_long_list_is_not_written_while_the_page_waits(browser_for: BrowserFor, started: list[int]) -> None:
    office = browser_for(roles.HQ_MARKETING)
    answer = office.get(f"{LIST}/export/csv")
    assert answer.status_code == 409
    assert (office.post(f"{LIST}/export/pdf").status_code, started) == (404, [])
    short = office.get(f"{LIST}/export/csv?_flt_2_name=會員1")
    assert (short.status_code, short.mimetype) == (200, "text/csv")
    assert 'action="/memberview/export/csv?"' in office.get(f"{LIST}/list/").text


def test_the_next_file_waits_for_the_last(browser_for: BrowserFor, started: list[int]) -> None:
    office = browser_for(roles.HQ_MARKETING)
    asked(office)
    assert office.post(f"{LIST}/export/csv").status_code == 409
    assert started == [1]
    with clock.fixed(clock.now() + exporting.FORGOTTEN_AFTER * 2):
        page = asked(office, "xlsx")  # a process that was killed is not waited for
    assert started == [1, 2]
    assert page.endswith("/2")


def test_whoever_lost_the_right_meanwhile_gets_nothing(browser_for: BrowserFor, started: list[int]) -> None:
    office = browser_for(roles.HQ_MARKETING)
    page, asked_by = asked(office), job().asked_by
    with system_scope("tests"), work() as session:
        session.execute(update(User).where(User.id == asked_by).values(active=False))
    run_now(started[0])
    assert job().state == "failed"
    assert list(exporting.folder().iterdir()) == []
    assert office.get(page).status_code in (302, 401, 404)


def test_a_file_is_kept_for_a_day(browser_for: BrowserFor, started: list[int]) -> None:
    office = browser_for(roles.HQ_MARKETING)
    page = asked(office)
    run_now(started[0])
    assert len(list(exporting.folder().iterdir())) == 1
    for path in exporting.folder().iterdir():
        path.unlink()
    assert office.get(f"{page}/file").status_code == 404
    assert office.get(f"{page}/state").json == {"state": "gone", "done": 0, "total": 8}
    assert office.get(page).status_code == 200


def test_files_whose_day_is_over_are_removed_when_the_next_is_asked_for(
    browser_for: BrowserFor, started: list[int]
) -> None:
    old, new = (exporting.folder() / name for name in ("1-old.csv", "2-new.csv"))
    for path, age in ((old, exporting.KEPT_FOR + timedelta(minutes=1)), (new, timedelta(hours=1))):
        path.write_text("x")
        written = (clock.now() - age).timestamp()
        os.utime(path, (written, written))
    asked(browser_for(roles.HQ_MARKETING))
    assert [path.name for path in exporting.folder().iterdir()] == [new.name]
