"""Every list offers what people need: filters to keep, columns to choose, files to take along; history and archive."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask, url_for

from core.db.archive import Archivable
from core.db.history import WithHistory
from core.testing.screens import Browser
from core.web import roles
from core.web.crud import Crud
from core.web.lists.keeping import Keeping
from core.web.lists.views import ListFeatures
from tests.product.walk import Walk
from tests.product.world import World

BrowserFor = Callable[[str], Browser]

#: Pages with a table that are no list of records to be filtered and taken along, with the reason.
NO_LIST = {
    "AddonsView": "the parts of the product, as many as are installed",
    "BirthdaysPage": "goes on paper alone, with who printed it and the day it is destroyed (C32)",
    "CreditBalancePage": "sums by store; what they sum is the list Tier credit",
    "DecisionsView": "a form: each row is a setting to decide",
    "HandbookPage": "tables of texts",
    "HomeView": "today's work; each table leads to its list",
    "MatrixView": "roles beside screens, to be compared on one page",
    "PosGuidePage": "tables of texts",
    "PointsStatementPage": "finds one member to print her statement; members are a list",
    "ProgrammeSummaryPage": "sums; printed as a whole",
    "ReviewsPage": "the last runs of a job, with how far one is",
    "RuleBookView": "the versions of a book, read beside each other",
    "SealsPage": "the last verifications, with how far one is",
    "SearchPage": "what was found of several kinds",
    "SettlementPage": "statements with files of their own; their lines are the list Settlement lines",
    "TrialPage": "sums by store; what they sum is the list Points ledger",
    "VoucherAccountsPage": "sums by store; what they sum is the list Voucher ledger",
    "VoucherAttemptsPage": "sums by till; what they sum is the list Codes tried one by one",
}


def views(product: Flask) -> list[Any]:
    return list(product.extensions["appbuilder"].baseviews)


def lists(product: Flask) -> list[Any]:
    found: list[Any] = [view for view in views(product) if isinstance(view, Keeping)]
    return [view for view in found if "can_list" in view.base_permissions]


def pages(product: Flask) -> list[tuple[Any, str]]:
    """Return the pages that are opened without a key, of views that are no lists."""
    found = []
    for view in views(product):
        for rule in product.url_map.iter_rules():
            name = rule.endpoint.partition(".")[0]
            if name == view.endpoint and not rule.arguments and "GET" in (rule.methods or ()):
                found.append((view, rule.rule))
    return [(view, rule) for view, rule in found if not isinstance(view, Keeping) and rule != "/logout/"]


def reader_of(view: Any) -> str:
    """Return a role that sees every row of a list: the auditor; of what is not hers who keeps the accounts."""
    return roles.SYSTEM_ADMIN if view.admin else roles.AUDITOR


def test_a_page_with_a_table_is_a_list_or_says_why_not(product: Flask, browser_for: BrowserFor) -> None:
    seen = {role: browser_for(role) for role in (roles.AUDITOR, roles.HQ_APPROVER, roles.STORE_MANAGER)}
    seen[roles.SYSTEM_ADMIN] = browser_for(roles.SYSTEM_ADMIN)
    with_table = {
        type(view).__name__
        for view, address in pages(product)
        for person in seen.values()
        if 'class="rows' in person.get(address).text
    }
    assert with_table <= set(NO_LIST), "pages with a table that offer nothing a list offers"
    assert set(NO_LIST) <= {type(view).__name__ for view, _ in pages(product)}, "exceptions nobody needs"


def test_every_list_keeps_filters_and_columns_and_gives_files(product: Flask, browser_for: BrowserFor) -> None:
    people = {role: browser_for(role) for role in (roles.AUDITOR, roles.SYSTEM_ADMIN)}
    for view in lists(product):
        person, name = people[reader_of(view)], type(view).__name__
        with product.test_request_context():
            address = url_for(f"{view.endpoint}.list")
        page = person.get(address)
        assert page.status_code == 200, name
        assert f'action="{view.route_base}/columns"' in page.text, name
        for kind in ("csv", "xlsx"):
            answer = person.get(f"{view.route_base}/export/{kind}")
            assert answer.status_code == 200, (name, kind)
        assert 'class="filter-panel"' in page.text, name
        kept(person, view, address)


def kept(person: Browser, view: Any, address: str) -> None:
    """Keep the order of a list under a name and see its tab."""
    name = type(view).__name__
    column = next(iter(view.order_columns), "x")
    query = f"_oc_{name}={column}&_od_{name}=desc"
    assert person.post(f"{view.route_base}/filters", {"name": "Mine", "query": query}).status_code == 302
    page = person.get(f"{address}?{query}").text
    assert re.search(r'<span class="tab active"><a href="[^"]*" aria-current="page">Mine</a>', page), name


#: Records that are changed on a page without a history of its own, with the reason.
NO_HISTORY = {
    "CardView": "a step ends a card and begins another; each keeps its moments, the member's page shows them in order",
    "DisputeView": "answered once: the record says who asked and who answered, when and why",
    "PosConflictView": "resolved once: the record says by whom, when and how",
    "ReviewView": "decided by two persons: the record says who proposed and who decided, when and why",
}
#: Views with a history of another make, and the related list it is.
OTHER_HISTORY = {"MemberView": "MemberChangeView"}


def test_every_record_that_people_change_shows_its_history(
    product: Flask, browser_for: BrowserFor, world: World
) -> None:
    auditor, walk = browser_for(roles.AUDITOR), Walk(product, world.own)
    changed = [view for view in lists(product) if isinstance(view, Crud) and "can_edit" in view.base_permissions]
    without = {type(view).__name__ for view in changed if not has_history(view)}
    assert without == {*NO_HISTORY, *OTHER_HISTORY}
    for view in changed:
        name = type(view).__name__
        if name in OTHER_HISTORY:
            assert OTHER_HISTORY[name] in [related.__name__ for related in view.related_views]
        elif name not in NO_HISTORY:
            for key in walk.rows_of(view)[:1]:
                assert 'id="history"' in auditor.get(f"{view.route_base}/show/{key}").text, name


def has_history(view: Crud) -> bool:
    own = getattr(type(view), "_history", None)
    return issubclass(view.datamodel.obj, WithHistory) or own is not ListFeatures._history


#: Master data without an archive: what stands in its place.
INSTEAD_OF_ARCHIVE = {
    "CardSegmentView": "numbers that were given away stay given away",
    "PosSubscriptionView": "In use: yes or no",
    "PosTillView": "Revoke",
    "ProductView": "On sale: yes or no",
    "RateView": "the next rate takes its place from its day on",
    "ReasonCodeView": "In use: yes or no",
    "StaffView": "Works here: yes or no",
    "StoreView": "Last day",
    "TierQuotaView": "a limit in force; it is set to another number",
    "UserScopeView": "taken back, with its history",
}
_MASTER_DATA = ("Settings", "Campaigns")


def test_master_data_can_be_put_away_or_says_why_not(product: Flask) -> None:
    entries = product.extensions["appbuilder"].entries
    names = {entry.view.__name__ for entry in entries if entry.category in _MASTER_DATA}
    shown = [view for view in lists(product) if isinstance(view, Crud) and type(view).__name__ in names]
    made = [view for view in shown if "can_add" in view.base_permissions and not hasattr(view.datamodel.obj, "state")]
    without = {type(view).__name__ for view in made if not issubclass(view.datamodel.obj, Archivable)}
    assert without == set(INSTEAD_OF_ARCHIVE)
    for view in made:
        if type(view).__name__ not in INSTEAD_OF_ARCHIVE:
            assert {"archive", "restore"} <= set(view.actions), type(view).__name__


def test_what_was_put_away_comes_back(product: Flask, browser_for: BrowserFor, world: World) -> None:
    office, walk = browser_for(roles.HQ_APPROVER), Walk(product, world.own)
    office.get("/lang/en")
    for view in lists(product):
        if not isinstance(view, Crud) or "archive" not in view.actions:
            continue
        for key in walk.rows_of(view)[:1]:
            name, marked = type(view).__name__, f'name="rowid" value="{key}"'
            rows, away = f"{view.route_base}/list/", f"{view.route_base}/list/?archived=only"
            office.get(rows)
            acted(office, view, "archive", key)
            listed = office.get(rows).text
            assert (marked in listed, marked in office.get(away).text) == (False, True), name
            assert "Done with 1 of 1." in listed, name
            page = office.get(f"{view.route_base}/show/{key}").text
            assert "Put away" in page.partition('id="history"')[2], name
            acted(office, view, "restore", key)
            assert marked in office.get(rows).text, name


def acted(person: Browser, view: Any, action: str, key: Any) -> None:
    answer = person.post(f"{view.route_base}/action_post", {"action": action, "rowid": [key]})
    assert answer.status_code == 302, (type(view).__name__, action)
