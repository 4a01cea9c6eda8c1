"""The matrix says what the database says, to those who may read it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import assoc_permissionview_role
from sqlalchemy import delete, select

from core.db.session import engine
from core.testing.screens import BrowserAs
from core.web import roles
from core.web.admin import matrix
from core.web.security.models import Role


def cells(page: str, screen: str) -> list[str]:
    """The words beside a screen, role by role."""
    row = re.search(rf'<th scope="row">{screen}</th>(.*?)</tr>', page, re.DOTALL)
    assert row is not None, screen
    found = re.findall(r"<td.*?</td>", row[1], re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).replace("·", "").strip() for cell in found]


@pytest.mark.parametrize("role", ["HQMarketing", "HQApprover", "Auditor", "SystemAdmin"])
def test_those_who_may_read_see_every_role_beside_every_screen(role: str, browser_as: BrowserAs) -> None:
    page = browser_as(role).get("/permissions/").text
    assert page.count('scope="col"') == len(roles.ALL) + 1
    by_role = dict(zip(roles.ALL, cells(page, "門市"), strict=True))
    assert by_role["Cashier"] == by_role["Auditor"] == "讀"
    assert by_role["HQMarketing"] == "寫"
    assert by_role["SystemAdmin"] == "無"
    accounts = dict(zip(roles.ALL, cells(page, "帳號"), strict=True))
    assert accounts["Cashier"] == accounts["HQMarketing"] == "無"
    assert accounts["FranchiseAdmin"] == accounts["SystemAdmin"] == "寫"
    assert accounts["Auditor"] == "讀"


@pytest.mark.parametrize("role", ["Cashier", "Guide", "StoreManager", "FranchiseAdmin"])
def test_stores_do_not(role: str, browser_as: BrowserAs) -> None:
    assert browser_as(role).get("/permissions/").status_code == 403
    assert browser_as(role).get("/permissions/role/Cashier").status_code == 403


def test_it_reads_the_tables_and_not_the_code(browser_as: BrowserAs) -> None:
    """A grant that was taken away in the database is gone from the page."""
    auditor = browser_as("Auditor")
    assert dict(zip(roles.ALL, cells(auditor.get("/permissions/").text, "門市"), strict=True))["Cashier"] == "讀"
    table = assoc_permissionview_role
    with engine().begin() as connection:
        cashier = select(Role.__table__.c.id).where(Role.__table__.c.name == "Cashier").scalar_subquery()
        connection.execute(delete(table).where(table.c.role_id == cashier))
    assert dict(zip(roles.ALL, cells(auditor.get("/permissions/").text, "門市"), strict=True))["Cashier"] == "無"


def test_roles_are_compared_and_shown_alone(browser_as: BrowserAs) -> None:
    auditor = browser_as("Auditor")
    page = auditor.get("/permissions/?role=Cashier&role=Auditor&role=Nobody").text
    assert len(cells(page, "門市")) == 2
    alone = auditor.get("/permissions/role/Cashier").text
    assert "門市" in alone
    assert "/accounts/" not in alone.split("<main", 1)[1]
    assert auditor.get("/permissions/role/Nobody").status_code == 404


def test_nothing_is_written_there_by_hand(browser_as: BrowserAs) -> None:
    """There is no address that would change a role, not even for the administrator."""
    admin = browser_as("SystemAdmin")
    admin.get("/permissions/")
    for address in ("/permissions/", "/permissions/role/Cashier"):
        assert admin.post(address, {"x": "y"}).status_code == 405
    for address in ("/roles/list/", "/roles/add", "/permissionviews/list/", "/users/add", "/resetpassword/form?pk=1"):
        assert admin.get(address).status_code == 404, address


#: Letters that stay as they are in Chinese.
KEPT = {"API", "PDF", "XLSX", "CSV", "Excel", "Webhook", "Webhooks"}


def test_every_screen_and_every_step_is_called_by_words(product: Flask) -> None:
    """Never by the name of a class or a method."""
    builder = product.extensions["appbuilder"]
    in_menu = {entry.view for entry in builder.entries}
    nameless = set()
    with product.test_request_context():
        for view in builder.baseviews:
            called, name = matrix.words_of(view), type(view).__name__
            if view.base_permissions and type(view) not in in_menu and not matrix.title_of(view):
                nameless.add(name)
            nameless |= {
                f"{name}.{permission}"
                for permission in view.base_permissions
                if permission not in called and permission.removeprefix("can_") not in matrix.VERBS
            }
    assert not nameless, sorted(nameless)


def test_what_roles_may_is_said_in_the_language_of_the_reader(browser_as: BrowserAs) -> None:
    auditor = browser_as("Auditor")
    for language in ("zh_Hans_CN", "zh_Hant_TW"):
        auditor.get(f"/lang/{language}")
        for role in roles.ALL:
            page = auditor.get(f"/permissions/role/{role}").text.split('id="content">', 1)[1].split("</main>", 1)[0]
            said = re.sub(r"<[^>]+>", " ", page)
            assert not set(re.findall(r"[A-Za-z]{3,}", said)) - KEPT, (language, role)
