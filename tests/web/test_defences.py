"""Each defence taken away shows the fault it is there for: so the tests beside would notice its loss."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, current_app
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.api.convert import Model2SchemaConverter
from flask_appbuilder.baseviews import BaseModelView
from flask_appbuilder.forms import GeneralModelConverter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_babel import Domain, get_babel
from wtforms.validators import InputRequired

from core.db import scope
from core.db.scope import Scope
from core.web import crud
from core.web.forms import GuibinModelConverter
from core.web.here import builder
from core.web.security.manager import GuibinSecurity
from core.web.views import GuibinInterface, GuibinModelApi
from tests.web.conftest import Client
from tests.web.test_isolation import stored
from tests.web.test_lists import many, queries
from tests.web.trial import Customer, CustomerView

As = Callable[[str], Client]


class _Keys(GuibinModelApi):
    resource_name = "keys"
    datamodel = GuibinInterface(Customer)
    list_columns = ["store_id"]
    show_columns = ["store_id"]
    add_columns = ["store_id"]
    edit_columns = ["store_id"]
    search_columns = ["name"]


def test_without_the_schema_converter_no_api_over_a_foreign_key_starts(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.test_request_context():
        _Keys().create_blueprint(builder())
        monkeypatch.setattr(ModelRestApi, "model2schemaconverter", Model2SchemaConverter)
        with pytest.raises(KeyError, match="store_id"):
            _Keys().create_blueprint(builder())


def _filtered(app: Flask, view: Any) -> list[int]:
    """Set a filter in one request and look at it from another one at the same time."""

    def elsewhere() -> int:
        with app.test_request_context("/"):
            return len(view._filters.values)

    with app.test_request_context("/"), ThreadPoolExecutor(1) as pool:
        view._filters.add_filter_index("name", 0, ["x"])
        return [pool.submit(elsewhere).result(), len(view._filters.values)]


def test_without_filters_of_the_request_people_get_those_of_others(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    view = next(v for v in app.extensions["appbuilder"].baseviews if isinstance(v, CustomerView))
    assert _filtered(app, view) == [0, 1]
    shared = view.__dict__["_filters_prototype"]
    monkeypatch.setattr(BaseModelView, "_filters", shared)
    assert _filtered(app, view) == [1, 1]
    shared.clear_filters()


def test_without_the_session_guard_other_stores_are_seen(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    one = as_("one")
    assert "BRAVO" not in one.get("/customerview/list/").text
    monkeypatch.setattr(scope, "_provider", lambda: Scope(reads=None, writes=None))
    assert "BRAVO" in one.get("/customerview/list/").text
    assert one.post("/customerview/action/reward/20").status_code == 302
    assert stored(20).spent == 249820


def test_without_the_interface_the_words_of_the_database_come_through(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"name": "Wang", "shop": "1", "spent": "1", "phone": "13800000020"}
    one = as_("one")
    assert one.post("/customerview/add", fields).status_code == 200
    monkeypatch.setattr(GuibinInterface, "add", SQLAInterface.add)
    monkeypatch.setattr(crud, "NotSaved", Exception)
    assert "INSERT INTO" in one.post("/customerview/add", fields).text


def test_without_the_form_converter_no_cannot_be_stored(app: Flask) -> None:
    with app.test_request_context():
        plain = GeneralModelConverter(GuibinInterface(Customer)).create_form({}, ["active"])()
        ours = GuibinModelConverter(GuibinInterface(Customer), {}).create_form({}, ["active"])()
    assert any(isinstance(check, InputRequired) for check in plain.active.validators)
    assert not any(isinstance(check, InputRequired) for check in ours.active.validators)


def test_without_the_cap_a_page_is_as_long_as_one_asks(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    many(300)
    monkeypatch.setattr(CustomerView, "max_page_size", 10**9)
    text = as_("one").get("/customerview/list/?psize_CustomerView=100000").text
    assert text.count("<tr data-href") == 303


def test_without_the_token_check_a_page_elsewhere_could_delete(
    app: Flask, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = as_("one")
    assert one.inner.post("/customerview/delete/11").status_code == 400
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    assert one.inner.post("/customerview/delete/11").status_code == 302


def test_without_the_permission_set_every_button_asks_the_database(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    one = as_("one")
    few = len(queries(one, "/customerview/list/"))
    monkeypatch.setattr(GuibinSecurity, "has_access", SecurityManager.has_access)
    assert len(queries(one, "/customerview/list/")) >= few + 4


def test_without_our_catalogues_traditional_pages_speak_simplified(app: Flask) -> None:
    with app.test_request_context():
        instance = get_babel().instance
        ours = instance.domain_instance
        assert ours.gettext("Search") == "搜尋"
        assert ours.gettext("Ends with") == "結尾是"
        theirs = Domain(f"{current_app.extensions['babel'].translation_directories[0]}")
        assert theirs.gettext("Search") == "搜索"
