"""`python -m core.web.admin.apart JOB`: runs one recorded change of addons in this process and ends."""

from __future__ import annotations

import sys

from core.addons.install import load_installed
from core.config import database_url
from core.db import session
from core.jobs import run_now
from core.web.admin import change


def main() -> None:
    """Run the job whose number is the argument; how it ended stands on its row."""
    load_installed(session.connect(database_url()))
    if change.JOB:  # importing it has declared the job
        run_now(int(sys.argv[1]))


if __name__ == "__main__":
    main()
