"""Two people edit one record: the second is told, sees both versions, and decides."""

from __future__ import annotations

import re
from collections.abc import Callable

from core.db.scope import system_scope
from core.db.session import reading
from tests.web.conftest import Client
from tests.web.trial import Customer

As = Callable[[str], Client]
EDIT = "/customerview/edit/10"


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found is not None
    return found[1]


def fields(name: str, seal: str = "", **more: str) -> dict[str, str]:
    typed = {"name": name, "phone": "13800000010", "spent": "248820", "shop": "1", "town": "1", "active": "y"}
    return typed | {"seen": seal} | more


def stored() -> Customer:
    with system_scope("tests"), reading() as session:
        return session.get_one(Customer, 10)


def test_the_second_to_save_is_told_and_nothing_is_lost(as_: As) -> None:
    one, other = as_("one"), as_("half")
    mine, theirs = seen(one.get(EDIT).text), seen(other.get(EDIT).text)
    assert other.post(EDIT, fields("Theirs", theirs)).status_code == 302
    one.get(EDIT)
    page = one.post(EDIT, fields("Mine", mine, spent="100"))
    assert page.status_code == 409
    assert "另一位同仁已儲存這筆紀錄" in page.text
    for text in ("Theirs", "Mine", "248820", "100"):
        assert text in page.text
    assert 'value="Mine"' in page.text
    assert stored().name == "Theirs"


def test_saving_again_keeps_mine(as_: As) -> None:
    one, other = as_("one"), as_("half")
    mine = seen(one.get(EDIT).text)
    other.post(EDIT, fields("Theirs", seen(other.get(EDIT).text)))
    one.get(EDIT)
    again = seen(one.post(EDIT, fields("Mine", mine)).text)
    assert again != mine
    assert one.post(EDIT, fields("Mine", again)).status_code == 302
    assert stored().name == "Mine"


def test_a_third_change_is_told_again(as_: As) -> None:
    one, other = as_("one"), as_("half")
    mine = seen(one.get(EDIT).text)
    other.post(EDIT, fields("Theirs", seen(other.get(EDIT).text)))
    one.get(EDIT)
    again = seen(one.post(EDIT, fields("Mine", mine)).text)
    other.post(EDIT, fields("Theirs again", seen(other.get(EDIT).text)))
    assert one.post(EDIT, fields("Mine", again)).status_code == 409
    assert stored().name == "Theirs again"


def test_a_mistake_in_the_form_does_not_renew_the_seal(as_: As) -> None:
    one, other = as_("one"), as_("half")
    mine = seen(one.get(EDIT).text)
    page = one.post(EDIT, fields("", mine)).text
    assert seen(page) == mine
    other.post(EDIT, fields("Theirs", seen(other.get(EDIT).text)))
    assert one.post(EDIT, fields("Mine", mine)).status_code == 409


def test_alone_nobody_is_disturbed(as_: As) -> None:
    one = as_("one")
    assert one.post(EDIT, fields("Mine", seen(one.get(EDIT).text))).status_code == 302
    assert one.post(EDIT, fields("Mine too")).status_code == 302
    assert stored().name == "Mine too"


def test_the_seal_tells_nothing_and_changes_with_the_row(as_: As) -> None:
    one = as_("one")
    first = seen(one.get(EDIT).text)
    assert seen(one.get(EDIT).text) == first
    assert seen(one.get("/customerview/edit/11").text) != first
    assert re.fullmatch(r"[0-9a-f]{32}", first)
