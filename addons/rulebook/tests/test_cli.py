"""`guibin rules try|show|check` on files, without a database."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from addons.rulebook.cli import rules
from addons.rulebook.domain import book_at, default_book
from core import clock
from core.addons.words import vocabulary
from core.policy.version import ShippedVersions
from rules.policy import read_book, write_book
from rules.vocabulary import Text

CASE = "case: gold\nmember: {tier: gold}\nat: 2026-05-04T12:00\nlines: [{product: A, list_price: 100000}]\n"
BOOK = """
book: halves
groups:
- {group: g, label: {zh_hant: 組, zh_hans: 组, en: Group}, policy: best, base: list}
rules:
- {rule: half, event: quote, group: g, then: [{effect: price.pay_ratio, ratio: 5000}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "case.yaml").write_text(CASE, "utf-8")
    (tmp_path / "book.yml").write_text(BOOK, "utf-8")
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(rules, [str(argument) for argument in arguments])


def test_try_prints_one_json_object_a_case(folder: Path) -> None:
    (folder / "case.yaml").write_text(f"{CASE}---\n{CASE}", "utf-8")
    result = run("try", folder / "case.yaml", "--json")
    assert result.exit_code == 0
    found = [json.loads(line) for line in result.stdout.splitlines()]
    keys = ["case", "pay", "total", "tendered", "vouchers_used", "cash", "points", "credit", "rules", "effects"]
    assert [list(each) for each in found] == [keys, keys]
    assert found[0]["pay"] == [90_000]


def test_try_prints_the_waterfall_and_on_request_what_did_not_apply(folder: Path) -> None:
    plain = run("try", folder / "case.yaml")
    assert "Member price  CNY 1,000 -> CNY 900  tier-gold" in plain.stdout
    assert "Not applied" not in plain.stdout
    explained = run("try", folder / "case.yaml", "--explain", "--language", "zh_Hant")
    assert "會員價  1,000 元 -> 900 元  tier-gold" in explained.stdout
    assert "birthday-price: 須符合：今天生日" in explained.stdout


def test_try_takes_goods_back_and_says_what_goes_back(folder: Path) -> None:
    (folder / "case.yaml").write_text(f"{CASE}returns: [{{line: 1, quantity: 1}}]\n", "utf-8")
    said = run("try", folder / "case.yaml")
    assert said.exit_code == 0
    assert "back in money 900.00, to vouchers 0.00, points 900" in said.stdout
    after = json.loads(run("try", folder / "case.yaml", "--json").stdout)["after"]
    assert (after["total"], after["cash_back"], after["points_back"]) == (0, 90_000, 900)


def test_try_exits_with_1_when_an_expectation_is_not_met(folder: Path) -> None:
    (folder / "case.yaml").write_text(f"{CASE}expect: {{pay: [1]}}\n", "utf-8")
    result = run("try", folder / "case.yaml", "--json")
    assert result.exit_code == 1
    assert "gold: pay: expected [1], found [90000]" in result.stderr
    assert json.loads(result.stdout)["pay"] == [90_000]


def test_try_takes_another_book_or_a_folder_that_is_a_book(folder: Path) -> None:
    assert json.loads(run("try", folder / "case.yaml", "--book", folder / "book.yml", "--json").stdout)["pay"] == [
        50_000
    ]
    parts = folder / "parts"
    parts.mkdir()
    head, _, its_rules = BOOK.partition("rules:")
    (parts / "a.yaml").write_text(head, "utf-8")
    (parts / "b.yaml").write_text("rules:" + its_rules, "utf-8")
    assert json.loads(run("try", folder / "case.yaml", "--book", parts, "--json").stdout)["pay"] == [50_000]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("color: red\n", "case.yaml: case[0].color: is not a key"),
        ("{", "is not YAML"),
        ("", "there is no case"),
    ],
)
def test_a_bad_case_file_is_named_and_exits_with_2(folder: Path, text: str, complaint: str) -> None:
    (folder / "case.yaml").write_text(text, "utf-8")
    result = run("try", folder / "case.yaml")
    assert result.exit_code == 2
    assert complaint in result.stderr


def test_a_file_that_is_not_text_is_refused(folder: Path) -> None:
    (folder / "case.yaml").write_bytes(b"\xff\xfe\x00")
    assert run("try", folder / "case.yaml").exit_code == 2


def test_a_book_with_problems_names_them_all(folder: Path) -> None:
    (folder / "book.yml").write_text(BOOK.replace("5000", "50000").replace("event: quote", "event: 3"), "utf-8")
    result = run("check", folder / "book.yml")
    assert result.exit_code == 2
    assert "rules[0].event" in result.stderr
    assert "ratio" in result.stderr


def test_check_counts_the_rules_and_runs_cases(folder: Path) -> None:
    result = run("check", folder / "book.yml", "--cases", folder / "case.yaml")
    assert result.exit_code == 0
    assert re.fullmatch(
        r"halves: 1 rules \(1 on\), 0 parameters, tried on \d+ events, 1 of 1 cases hold\n", result.stdout
    )
    (folder / "case.yaml").write_text(f"{CASE}expect: {{total: 1}}\n", "utf-8")
    assert run("check", folder / "book.yml", "--cases", folder / "case.yaml").exit_code == 1


def test_check_names_limits_that_nobody_would_count(folder: Path) -> None:
    limited = "limits: [{per: member, period: day, count: 1}], then"
    text = BOOK.replace("group: g, then", f"group: g, {limited}")
    (folder / "book.yml").write_text(text, "utf-8")
    assert run("check", folder / "book.yml").exit_code == 0
    text = text.replace("event: quote", "event: referral").replace(
        "price.pay_ratio, ratio: 5000", "points.earn, points: 5"
    )
    (folder / "book.yml").write_text(text, "utf-8")
    result = run("check", folder / "book.yml")
    assert result.exit_code == 2
    assert "half.limits[0]: nothing counts the limits of the event referral" in result.stderr


def test_a_basket_of_nobody_gets_nothing_that_is_counted_per_member(folder: Path) -> None:
    """As at a till; one that names a member, or says what was used of the limit, gets it."""
    limited = "limits: [{per: member, period: day, count: 1}], then"
    (folder / "book.yml").write_text(BOOK.replace("group: g, then", f"group: g, {limited}"), "utf-8")
    for more, total in (("", 10_000), ("member: {}\n", 5000), ("usage: {half: {counts: [0]}}\n", 5000)):
        text = f"case: c\nlines: [{{product: A, list_price: 10000}}]\n{more}expect: {{total: {total}}}\n"
        (folder / "case.yaml").write_text(text, "utf-8")
        result = run("try", folder / "case.yaml", "--book", folder / "book.yml")
        assert result.exit_code == 0, result.output


def test_show_says_every_rule_of_the_programme_that_ships() -> None:
    result = run("show", "--language", "zh_Hant")
    assert result.exit_code == 0
    for rule in default_book(vocabulary()).rules:
        assert f"  {rule.name}" in result.stdout
    assert "按定價 7.8 折結算" in result.stdout


def test_show_one_rule_and_refuse_an_unknown_one() -> None:
    only = run("show", "--rule", "tier-gold").stdout
    assert "tier-gold" in only
    assert "tier-diamond" not in only
    assert run("show", "--rule", "nothing").exit_code == 2


def test_the_programme_that_ships_goes_out_and_in_without_loss(tmp_path: Path) -> None:
    words = vocabulary()
    book = default_book(words)
    (tmp_path / "one.yaml").write_text(write_book(book), "utf-8")
    assert book_at(tmp_path / "one.yaml", words) == book


def test_every_rule_and_parameter_that_ships_names_its_requirement() -> None:
    book = default_book(vocabulary())
    assert all(rule.reference for rule in book.rules)
    assert all(parameter.reference for parameter in book.parameters.values())
    notes = [rule.note for rule in book.rules if not rule.enabled]
    assert all(isinstance(note, Text) and note.zh_hant != note.en for note in notes)


def test_what_shipped_before_is_still_known_by_its_digest() -> None:
    """Receipts keep the digest of the book that decided: goods come back by it, whatever ships today."""
    shipped, digest = ShippedVersions(), "dfa37b336f3f541d9d25239cfbe3859948f3fac9e1aeb11c8518fca79adf6845"
    earlier, today = shipped.by_digest(Session(), digest), shipped.live(Session(), "", clock.now())
    assert earlier is not None
    assert today is not None
    assert earlier.digest == digest != today.digest
    names = [{rule.name for rule in read_book(each.text, vocabulary()).rules} for each in (earlier, today)]
    assert names[0] == names[1]
