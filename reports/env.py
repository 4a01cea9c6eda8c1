"""What printing needs from the machine: shared libraries and fonts. Runs with the standard library alone.

`python -m reports.env` says what is missing; with `--install` it installs it (as root, on Debian and its children).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

FONT_FOLDER = Path("/usr/share/fonts/opentype/noto")
FONT_FILES = (FONT_FOLDER / "NotoSansCJK-Regular.ttc", FONT_FOLDER / "NotoSansCJK-Bold.ttc")


@dataclass(frozen=True, slots=True)
class Problem:
    """A missing system package and what does not work without it."""

    package: str
    reason: str


def problems() -> list[Problem]:
    """What is missing on this machine for printing; empty when all is there."""
    found = [
        Problem(package, reason)
        for package, library, reason in (
            ("libpango-1.0-0", "libpango-1.0.so.0", "text layout; without it no PDF can be made"),
            ("libpangoft2-1.0-0", "libpangoft2-1.0.so.0", "fonts for text layout; without it no PDF can be made"),
            ("libharfbuzz-subset0", "libharfbuzz-subset.so.0", "font subsets; without it a PDF takes 5 to 13 s more"),
        )
        if not _loads(library)
    ]
    if not all(path.is_file() for path in FONT_FILES):
        found.append(Problem("fonts-noto-cjk", "Chinese glyphs; without them every character is an empty box"))
    return found


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def fontconfig() -> str:
    """A private fontconfig file: only our two font files, so that the same data gives the same bytes everywhere."""
    accepted = "".join(f"<glob>{escape(str(path))}</glob>" for path in FONT_FILES)
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        f"<dir>{escape(str(FONT_FOLDER))}</dir>"
        f"<selectfont><rejectfont><glob>*</glob></rejectfont><acceptfont>{accepted}</acceptfont></selectfont>"
        # The system's cache saves the scan of 40 MB of fonts; it does not change what is found.
        '<cachedir>/var/cache/fontconfig</cachedir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>'
    )


def install(missing: list[Problem]) -> int:
    """Install the packages with apt-get and give its return code; refuses (1) without apt-get or without root."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *(problem.package for problem in missing)]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        sys.stderr.write("Please run as root: apt-get update && " + " ".join(command) + "\n")
        return 1
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], command):
        done = subprocess.run(step, env=quiet, check=False)  # noqa: S603 - our own words
        if code := done.returncode:
            return code
    return 0


def main(arguments: list[str]) -> int:
    """Say what is missing, install it if asked to; 0 when nothing is missing at the end."""
    missing = problems()
    for problem in missing:
        sys.stdout.write(f"missing: {problem.package}: {problem.reason}\n")
    if missing and "--install" in arguments and install(missing) == 0:
        missing = problems()
    elif missing and "--install" not in arguments:
        sys.stdout.write("install: apt-get install " + " ".join(problem.package for problem in missing) + "\n")
    if not missing:
        sys.stdout.write("printing: all there\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
