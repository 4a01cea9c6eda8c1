from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest

from reports.document import Document
from reports.errors import BadData, TooManyRows, UnknownLanguage, UnknownTemplate
from reports.page import compose
from reports.tables import tables
from tests.reports import samples

TEMPLATES = samples.TEMPLATES


def made(data: Any, **other: Any) -> Document:
    plain = {"template": "decision", "language": "en", "as_of": samples.AS_OF, "title": "T", "code": "C"}
    return Document(**{**plain, "data": data, **other})


def test_an_unknown_template_or_language_is_refused() -> None:
    with pytest.raises(UnknownTemplate, match="invoice"):
        made(samples.decision(), template="invoice")
    with pytest.raises(UnknownLanguage, match="fr"):
        made(samples.decision(), language="fr")


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(BadData, match="no time zone"):
        made(samples.decision(), as_of=datetime(2026, 5, 1))  # noqa: DTZ001 - that is the point


def _drop(data: Any) -> None:
    del data["receipt"]["store"]


def _add(data: Any) -> None:
    data["lines"][1]["colour"] = "red"


def _float(data: Any) -> None:
    data["totals"]["cash"] = 28_853.2


def _bool(data: Any) -> None:
    data["lines"][0]["quantity"] = True


def _surrogate(data: Any) -> None:
    data["lines"][0]["name"] = "\ud83d"


def _huge(data: Any) -> None:
    data["totals"]["list"] = 2**63


def _choice(data: Any) -> None:
    data["reevaluation"]["verdict"] = "fine"


def _list(data: Any) -> None:
    data["vouchers"] = {}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (_drop, r"data\.receipt\.store, problem=is missing"),
        (_add, r"data\.lines\[1\]\.colour, problem=is unknown"),
        (_float, r"data\.totals\.cash, problem=is float, not int"),
        (_bool, r"data\.lines\[0\]\.quantity, problem=is bool, not int"),
        (_surrogate, "half a surrogate pair"),
        (_huge, "beyond 63 bits"),
        (_choice, r"data\.reevaluation\.verdict"),
        (_list, r"data\.vouchers, problem=is dict, not a list"),
    ],
)
def test_data_of_another_shape_is_refused_with_its_place(change: Callable[[Any], None], path: str) -> None:
    data = deepcopy(samples.decision())
    change(data)
    with pytest.raises(BadData, match=path):
        made(data)


def test_optional_parts_may_be_absent() -> None:
    data: Any = samples.decision()
    data.update(points=None, credit=None, note="x")
    assert made(data).data["note"] == "x"


def test_a_document_that_is_too_long_is_refused_before_any_work() -> None:
    data = samples.decision()
    data["not_applied"] = data["not_applied"] * 2_000
    with pytest.raises(TooManyRows, match="limit=6000"):
        made(data)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_hash_is_over_the_data_alone(template: str) -> None:
    one, other = samples.document(template), samples.document(template)
    assert one.data_sha256 == other.data_sha256 != samples.document(template, "en").data_sha256


@pytest.mark.parametrize("template", ["decision", "points_statement", "programme_summary", "settlement"])
@pytest.mark.parametrize("language", ["zh_Hant_TW", "zh_Hans_CN", "en"])
def test_the_samples_add_up(template: str, language: str) -> None:
    from reports.documents import decision, points_statement, programme_summary, settlement
    from reports.words import words

    modules: dict[str, Any] = {
        "decision": decision,
        "points_statement": points_statement,
        "programme_summary": programme_summary,
        "settlement": settlement,
    }
    document = samples.document(template, language)
    rows = modules[template].checks(document.data, words(language))
    assert rows
    assert [row for row in rows if row["posted"] != row["recomputed"]] == []


def html(template: str, data: Any) -> str:
    document = samples.document(template, "en", data)
    (section,) = compose(document, tables(document), (), divided=False).sections
    return section


def test_a_document_of_nothing_is_still_a_document() -> None:
    statement: Any = samples.points_statement("en", entries=0)
    statement.update(lots=[], credit=None, balance=dict.fromkeys(statement["balance"], 0))
    assert html("points_statement", statement).count("None") == 2
    summary: Any = samples.programme_summary("en")
    summary.update(months=[], rules=[], tiers=[], movements=[], checks=[])
    summary["figures"] = {**dict.fromkeys(summary["figures"], 0), "effective_rate": None}
    assert "<svg" not in html("programme_summary", summary)
    receipt: Any = samples.decision("en")
    receipt.update(lines=[], vouchers=[], points=None, credit=None, effects=[], not_applied=[])
    receipt["receipt"].update(member=None, tier=None)
    assert "No member" in html("decision", receipt)


def test_a_period_that_is_none_is_refused() -> None:
    data: Any = samples.points_statement("en", entries=1)
    data["period"]["until"] = "the end"
    with pytest.raises(BadData, match="not two ISO days"):
        html("points_statement", data)


def test_a_broken_balance_is_shown_not_hidden() -> None:
    from reports.documents.points_statement import checks
    from reports.words import words

    data = samples.points_statement()
    data["entries"][3]["points"] += 1
    wrong = [row["name"] for row in checks(data, words("en")) if row["posted"] != row["recomputed"]]
    assert wrong == ["Closing = opening + each entry", "Entries whose running balance does not follow"]
