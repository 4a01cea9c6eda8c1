"""What an address says about a list: page, size, order and filters; anything that makes no sense is left aside."""

from __future__ import annotations

import re
from typing import Any

from flask import request

_LARGEST_PAGE = 10**9
FILTER = re.compile(r"_flt_(\d{1,2})_(\w[\w.]*)")


def numbers(prefix: str) -> dict[str, int]:
    """Return the numbers of `prefix_VIEW=n` by view; a negative or absurd one counts as 0."""
    found = {}
    for name, value in request.args.items():
        if name.startswith(prefix) and value.isascii() and value.isdigit():
            number = int(value[:12])
            found[name.removeprefix(prefix)] = number if number <= _LARGEST_PAGE else 0
    return found


def pages() -> dict[str, int]:
    """Return the page of each list, from 0."""
    return numbers("page_")


def sizes() -> dict[str, int]:
    """Return the rows a page of each list."""
    return numbers("psize_")


def orders() -> dict[str, tuple[str, str]]:
    """Return the column and direction of each list."""
    found = {}
    for name, column in request.args.items():
        direction = request.args.get(f"_od_{name[4:]}")
        if name.startswith("_oc_") and direction in ("asc", "desc"):
            found[name[4:]] = (column, direction)
    return found


def fill(filters: Any, *, searched: bool) -> None:
    """Set a view's filters from `_flt_N_COLUMN=value`.

    With `searched` only the columns of the search form count; without it those that may be preset for a form.
    """
    filters.clear_filters()
    allowed = filters.get_search_filters() if searched else filters._all_filters  # noqa: SLF001 - no other way in
    for name in request.args:
        named = FILTER.fullmatch(name)
        if named is None or named[2] not in allowed:
            continue
        values = [value for value in request.args.getlist(name) if value]
        if values and int(named[1]) < len(filters._all_filters[named[2]]):  # noqa: SLF001 - same
            filters.add_filter_index(named[2], int(named[1]), values)
