"""Lets the handbook travel: docs/handbook is its one source, and the wheel carries a copy within this package."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py


class BuildWithHandbook(build_py):
    """Copies the pages of the handbook into the wheel; an editable install reads them where they are written."""

    def run(self) -> None:
        """Build the packages, then add the pages."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "core/web/handbook/pages")
            shutil.copytree("docs/handbook", target, dirs_exist_ok=True)
