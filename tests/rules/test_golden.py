"""The golden cases of the programme (A17): exact to the fen, by the engine and by the plain evaluator."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.cases import Case, read_cases
from rules.decide import decide_plain
from rules.scenarios import run_case
from tests.rules.shop import program, words

FOLDER = Path(__file__).parent / "golden"
CASES = [each for path in sorted(FOLDER.glob("*.yaml")) for each in read_cases(path.read_text("utf-8"), words())]
IN_THE_DATABASE = {"E26"}  # the edge list: tested where the receipts are


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case: Case) -> None:
    outcome = run_case(program(), case)
    assert outcome.mismatches == ()
    assert outcome.decision == decide_plain(program().book, words(), case.event)


def test_all_worked_examples_are_there() -> None:
    covered = {number for each in CASES for number in re.findall(r"\bE\d\d\b", each.reference)}
    assert covered == {f"E{number:02}" for number in range(1, 27)} - IN_THE_DATABASE


def test_every_golden_case_expects_something_and_has_its_own_name() -> None:
    assert all(each.expect for each in CASES)
    assert len({each.name for each in CASES}) == len(CASES)
