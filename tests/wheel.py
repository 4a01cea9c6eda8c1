"""`python -m tests.wheel`: the wheel holds every file of the product and works away from the repository.

Nothing is downloaded: the wheel is built with the pinned builder, and an environment of its own borrows the
dependencies of this one (but not this one's link to the repository).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("core", "rules", "reports", "addons")
HANDBOOK, ITS_COPY = "docs/handbook/", "core/web/handbook/pages/"


def repository() -> list[Path]:
    """The files of the repository, committed or about to be."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    answer = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(name) for name in sorted(answer.stdout.split("\0")) if name and (ROOT / name).is_file()]


def build(place: Path) -> Path:
    """Build the wheel from a copy, since a build leaves its traces beside the sources."""
    source = place / "source"
    for name in repository():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(source)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return next(place.glob("*.whl"))


def _is_test(parts: tuple[str, ...]) -> bool:
    return parts[0] == "addons" and "tests" in parts


def missing(wheel: Path) -> list[str]:
    """What the repository has and the wheel has not; tests stay at home, the handbook travels as a copy."""
    packed = set(zipfile.ZipFile(wheel).namelist())
    travels = [p for p in repository() if not _is_test(p.parts) and not p.name.startswith(".")]
    product = [p.as_posix() for p in travels if p.parts[0] in PACKAGES]
    pages = [p.as_posix() for p in repository() if p.as_posix().startswith(HANDBOOK)]
    return [name for name in (*product, *(page.replace(HANDBOOK, ITS_COPY) for page in pages)) if name not in packed]


def unwanted(wheel: Path) -> list[str]:
    """What the wheel holds beside the four packages and its own description."""
    names = (tuple(name.split("/")) for name in zipfile.ZipFile(wheel).namelist())
    ours = (*PACKAGES, f"{'-'.join(wheel.name.split('-')[:2])}.dist-info")
    return ["/".join(n) for n in names if n[0] not in ours or _is_test(n)]


def install(wheel: Path, place: Path) -> Path:
    """Put the wheel into an environment of its own; return that environment's folder of commands."""
    home = place / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    target = Path(sysconfig.get_path("purelib", scheme="venv", vars={"base": str(home)}))
    # A plain line is a folder to look in; .pth files over there, such as the link to the repository, are not followed.
    (target / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(home / "bin" / "python")]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    return home / "bin"


def answers(commands: Path, place: Path) -> None:
    """Run the command and start the application from a folder that is not the repository."""
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    surroundings = {**os.environ, "GUIBIN_VAR": str(elsewhere / "var")}
    surroundings.pop("PYTHONPATH", None)

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=elsewhere, env=surroundings, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    where = run(str(commands / "python"), "-c", "import core; print(core.__file__)").strip()
    assert where.startswith(str(place)), where
    assert run(str(commands / "guibin"), "--help").startswith("Usage: guibin")
    run(str(commands / "guibin"), "setup")
    run(str(commands / "python"), "-c", BOOTS)


BOOTS = """
from core.web.app import create_app
client = create_app().test_client()
page = client.get("/login/", follow_redirects=True)  # without an account: the first set-up
assert page.status_code == 200, page.status_code
assert "\\u767b\\u5165" in page.text or "\\u5e33" in page.text, page.text[:500]
from core.web.handbook import pages
assert pages.folder().name == "pages" and len(pages.names()) > 10, pages.folder()
style = client.get("/static/appbuilder/css/bootstrap.min.css")
assert style.status_code == 200, style.status_code
"""


def main() -> int:
    """Build, compare, install and start; 1 when a file is missing or does not belong."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        wheel = build(place)
        faults = [f"missing: {name}" for name in missing(wheel)] + [f"unwanted: {name}" for name in unwanted(wheel)]
        print("\n".join(faults) or f"{wheel.name}: complete")
        if not faults:
            answers(install(wheel, place), place)
            print("installed, set up and started away from the repository")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main())
