"""Every command of the handbook that is marked to be run is run, in the order of its page, and says what the page says.

```shell run        is run; all blocks of a page share one shell and one folder
```yaml file=NAME   is written to that folder
```output           its lines are among those the command before it printed
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from addons.stores.services import first_place
from core.addons import install
from core.addons.discover import available
from core.db import session
from core.db.scope import system_scope
from core.testing.plugin import NOW

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "docs/handbook"
MARK = "@@end@@"


@dataclass(frozen=True)
class Block:
    """A fenced block: what it is for, and its text."""

    info: str
    text: str

    @property
    def file(self) -> str:
        """The file it is written to."""
        return next((word.removeprefix("file=") for word in self.info.split() if word.startswith("file=")), "")

    def script(self) -> str:
        """What the shell does about it."""
        if self.file:
            return f"mkdir -p $(dirname {self.file})\ncat > {self.file} <<'END OF FILE'\n{self.text}END OF FILE\n"
        return self.text if self.info == "shell run" else ""


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page that have to do with running."""
    for token in MarkdownIt("commonmark").parse(page.read_text("utf-8")):
        if token.type == "fence":
            block = Block(token.info.strip(), token.content)
            if block.file or block.info in {"shell run", "output"}:
                yield block


RUN = [page for page in sorted(HANDBOOK.rglob("*.md")) if any(block.info == "shell run" for block in blocks(page))]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as `guibin setup` makes it, with one open store, to be copied."""
    path = tmp_path_factory.mktemp("installed") / "guibin.db"
    install.install(session.connect(f"sqlite:///{path}"), sorted(available()), NOW)
    _open_a_store()
    session.disconnect()
    return path


@pytest.fixture
def home(installed: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a shell over a copy of that database."""
    var = tmp_path / "var"
    var.mkdir()
    shutil.copy(installed, var / "guibin.db")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GUIBIN_", "PYTEST_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {"GUIBIN_LEDGER_KEY": os.environ["GUIBIN_LEDGER_KEY"]}  # with it the rows that are there were written
    return environment | kept | {"GUIBIN_VAR": str(var), "PATH": path, "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}


def _open_a_store() -> None:
    with system_scope("handbook"), session.work() as work:
        first_place(work, brand="雲裳", store="南京西路店", market="CN", day=date(2020, 1, 1))


@pytest.mark.parametrize("page", RUN, ids=[page.stem for page in RUN])
def test_the_commands_of_a_page_work_and_say_what_it_says(page: Path, home: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    listed = list(blocks(page))
    script = "set -eu\n" + "".join(f"{block.script()}\necho {MARK}\n" for block in listed)
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(f"{MARK}\n")
    for number, block in enumerate(listed):
        if block.info == "output":
            lines = printed[number - 1].splitlines()
            assert [line for line in block.text.splitlines() if line not in lines] == [], printed[number - 1]


def test_the_pages_that_promise_it_are_run() -> None:
    assert {"tutorial", "importing", "system-admin"} <= {page.stem for page in RUN}
