"""What a template brings: the shape of its data, its tables, and whatever else its page needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.table import Table
from reports.words import Words


@dataclass(frozen=True, slots=True)
class Tools:
    """What a document may use while it prepares its page: text made printable, times as people read them."""

    plain: Callable[[str], str]
    moment: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One document's definition.

    `tables` gives every table of the data, the main one first. `prepare` gives what the template needs beyond data and
    tables: head block, charts and checks, computed from the whole data. `long` names the list of the data that may be
    very long (its table has the same name). A document holds at most `most_rows` rows.
    """

    template: str
    shape: type
    tables: Callable[[Mapping[str, Any], Words], Sequence[Table]]
    prepare: Callable[[Mapping[str, Any], Words, Tools], dict[str, Any]]
    count: Callable[[Mapping[str, Any]], int]
    long: str | None = None
    most_rows: int = 6_000

    def rows(self, data: Mapping[str, Any]) -> int:
        """How many table rows the data makes."""
        return self.count(data)
