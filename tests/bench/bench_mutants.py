"""Planted bugs where value moves, each noticed by a test within five seconds: at most two may escape of forty."""

from __future__ import annotations

import resource
import sys

from tests.mutants.catalogue import PLANTED
from tests.mutants.planting import LIMIT, plant

#: 38 of 40.
ENOUGH = 95  # per cent


def main(names: list[str]) -> int:
    """Plant the bugs of these names, or all; print a table; 1 where too many escaped, of named ones where any did."""
    unknown = sorted(set(names) - {bug.name for bug in PLANTED})
    if unknown:
        print(f"there is no bug {', '.join(unknown)}")
        return 1
    bugs = [bug for bug in PLANTED if not names or bug.name in names]
    print(f"{len(bugs)} bugs, {LIMIT} seconds of processor time for each, starting and collecting left out")
    caught = 0
    for bug, result in plant(bugs):
        caught += result.caught
        word = "caught" if result.caught else "MISSED"
        print(f"{word} {result.seconds:5.2f} s  {bug.name:46} {result.test.rpartition('::')[2]}", flush=True)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{caught} of {len(bugs)} caught; {spent.ru_utime + spent.ru_stime:.0f} s of processor time in all")
    return int(caught < len(bugs) if names else caught * 100 < ENOUGH * len(bugs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
