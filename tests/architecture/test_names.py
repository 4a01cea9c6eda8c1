"""Path = import name: the four packages are this repository's, from wherever Python starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import PACKAGES, ROOT


def test_the_four_names_mean_this_repository_from_an_isolated_interpreter_elsewhere(tmp_path: Path) -> None:
    program = f"import {', '.join(PACKAGES)}; print(*(p.__file__ for p in ({', '.join(PACKAGES)})), sep=chr(10))"
    answer = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert [Path(line) for line in answer.stdout.split()] == [ROOT / name / "__init__.py" for name in PACKAGES]


def test_the_command_is_called_guibin_everywhere() -> None:
    command = Path(sys.executable).with_name("guibin")
    answer = subprocess.run([command, "--help"], capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("Usage: guibin")
