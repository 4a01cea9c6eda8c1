"""A rule book in several files: lists follow each other, everything else is said once."""

from __future__ import annotations

import pytest

from core.policy.version import shipped_text
from rules.errors import BookRefused
from rules.parts import put_together
from rules.yaml_text import read_yaml


def test_lists_follow_each_other_in_the_order_of_the_parts() -> None:
    parts = [("a", {"book": "x", "rules": [1]}), ("b", {"rules": [2, 3]}), ("c", {"tables": [4]})]
    assert put_together(parts) == {"book": "x", "rules": [1, 2, 3], "tables": [4]}
    assert put_together([]) == {}


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ([("a", {"book": "x"}), ("b", {"book": "y"})], "b.book"),
        ([("a", {"rules": [1]}), ("b", {"rules": "none"})], "b.rules"),
        ([("a", {"rules": "none"}), ("b", {"rules": [1]})], "b.rules"),
        ([("a", 3)], "a"),
        ([("a", {}), ("b", None)], "b"),
    ],
)
def test_files_that_do_not_make_one_book_are_refused(parts: list[tuple[str, object]], where: str) -> None:
    with pytest.raises(BookRefused) as refused:
        put_together(parts)
    assert [problem.path for problem in refused.value.problems] == [where]


def test_the_programme_that_ships_is_put_together_the_same_way() -> None:
    whole = read_yaml(shipped_text() or "")
    assert isinstance(whole, dict)
    assert {"book", "settings", "groups", "parameters", "rules", "tables"} <= whole.keys()
