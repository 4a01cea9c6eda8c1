"""The files that say what the project is, how it is checked and what it needs."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import tomllib

import pytest

from tests.architecture.tree import ROOT, told

LOCKS = ("requirements/run.txt", "requirements/all.txt")


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _pins(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+==\S+)", _read(name), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_registry(name: str) -> None:
    assert re.findall(r"https?:|file:|--(?:extra-)?index-url|--find-links|--trusted-host", _read(name)) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_pinned_and_has_its_hashes(name: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", _read(name))
    faults = [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert not faults, told(faults)


def test_the_running_product_uses_what_was_tested() -> None:
    assert _pins("requirements/run.txt") - _pins("requirements/all.txt") == set()


def test_the_locks_hold_every_dependency_of_the_project() -> None:
    project = tomllib.loads(_read("pyproject.toml"))["project"]
    wanted = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    names = {re.split(r"[\[<>=!~ ;]", line)[0].lower().replace("_", "-") for line in wanted}
    assert names - {pin.split("==")[0] for pin in _pins("requirements/all.txt")} == set()


def test_checks_are_configured_in_one_place() -> None:
    """One empty table in pyproject.toml takes a tool away from setup.cfg, without a word."""
    tools = set(tomllib.loads(_read("pyproject.toml"))["tool"])
    assert tools == {"setuptools", "ruff"}
    checked = configparser.ConfigParser()
    checked.read_string(_read("setup.cfg"))
    assert {"tool:pytest", "coverage:run", "mypy", "importlinter"} <= set(checked.sections())


def test_warnings_are_errors_and_nothing_is_run_again() -> None:
    checked = configparser.ConfigParser()
    checked.read_string(_read("setup.cfg"))
    assert checked["tool:pytest"]["filterwarnings"].split()[0] == "error"
    assert "rerun" not in _read("setup.cfg") + _read("dev") + _read("requirements/all.txt")


def test_the_chores_are_a_small_plain_script() -> None:
    assert _read("dev").startswith("#!/bin/sh\n")
    assert len(_read("dev").splitlines()) < 200
    subprocess.run(["sh", "-n", ROOT / "dev"], check=True)
    assert os.access(ROOT / "dev", os.X_OK)


def test_help_lists_every_chore() -> None:
    answer = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    offered = set(re.findall(r"^\./dev (\w+)", answer, re.MULTILINE))
    known = set(re.findall(r"[a-z]+", " ".join(re.findall(r"^    ([a-z |]+)\)", _read("dev"), re.MULTILINE))))
    assert offered == known - {"help"}


def test_ci_asks_for_what_people_ask_for() -> None:
    assert "exec ./dev check" in _read(".ci/run")


def _bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_benchmarks_are_listed_with_what_they_measure() -> None:
    listed = dict(line.split(maxsplit=1) for line in _bench().stdout.splitlines())
    assert set(listed) == {path.stem.removeprefix("bench_") for path in (ROOT / "tests/bench").glob("bench_*.py")}


def test_a_benchmark_that_is_not_there_is_a_failure() -> None:
    assert _bench("nothing").returncode == 1
