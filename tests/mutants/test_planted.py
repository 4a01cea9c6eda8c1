"""The list of planted bugs stays true: each still applies, its tests are there, and some are planted in every run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.catalogue import PLANTED
from tests.mutants.planted import Planted

ROOT = Path(__file__).parents[2]
#: One of each area that is noticed quickly; `./dev bench mutants` plants them all.
PLANTED_IN_EVERY_RUN = (
    "a key is good for any request",
    "the oldest points go last",
    "a budget is no limit",
    "a return gives vouchers back in money",
)


def test_there_are_enough_bugs_each_with_a_name_of_its_own() -> None:
    assert len(PLANTED) >= 40
    assert len({bug.name for bug in PLANTED}) == len(PLANTED)


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_bug_applies_once_to_the_code_as_it_is(bug: Planted) -> None:
    assert (ROOT / bug.file).read_text(encoding="utf-8").count(bug.old) == 1
    assert bug.old != bug.new
    assert bug.breaks


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_the_tests_that_must_notice_it_are_there(bug: Planted) -> None:
    assert bug.tests
    for test in bug.tests:
        file, *_, function = test.split("::")
        assert re.search(rf"^ *def {function}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), test


def test_planted_bugs_are_noticed() -> None:
    command = [sys.executable, "-m", "tests.bench", "mutants", *PLANTED_IN_EVERY_RUN]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("caught ") == len(PLANTED_IN_EVERY_RUN), done.stdout
