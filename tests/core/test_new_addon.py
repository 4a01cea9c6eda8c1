"""`guibin addons new NAME` writes an addon that installs, keeps its contract and passes its own tests at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIBIN = Path(sys.executable).with_name("guibin")


def run(folder: Path, *command: str | Path) -> str:
    """Run a command where the product keeps its things in a folder of its own."""
    environment = os.environ | {
        "GUIBIN_VAR": str(folder / "var"),
        "GUIBIN_ADDONS_PATH": str(folder / "more"),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("GUIBIN_DATABASE", None)
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_new_addon_works_at_once(tmp_path: Path) -> None:
    """Written, installed, tested, removed."""
    (tmp_path / "more").mkdir()
    run(tmp_path, GUIBIN, "addons", "new", "lending", "--folder", tmp_path / "more")
    assert "lending" in run(tmp_path, GUIBIN, "addons", "install", "lending")
    assert "* lending" in run(tmp_path, GUIBIN, "addons", "list")
    tests = tmp_path / "more" / "lending" / "tests"
    run(tmp_path, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", tests)
    assert "uninstalled" in run(tmp_path, GUIBIN, "addons", "uninstall", "lending", "--purge")


def test_an_addon_that_others_need_stays(tmp_path: Path) -> None:
    """Removing is refused while another addon depends on it; the message names it."""
    (tmp_path / "more").mkdir()
    run(tmp_path, GUIBIN, "addons", "install", "catalog")
    environment = os.environ | {"GUIBIN_VAR": str(tmp_path / "var")}
    done = subprocess.run(
        [str(GUIBIN), "addons", "uninstall", "stores"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "stores is needed by catalog" in done.stderr
