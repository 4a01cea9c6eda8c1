"""The engine against the plain evaluator on random books and events: any difference is a bug of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from rules.book import RuleBook
from rules.engine import Engine
from rules.normal import check_rule
from rules.oracle import fire_plain
from tests.rules.random_books import VOCABULARY, random_book, random_event

EVENTS = 50


def books_of(seed: int, count: int, rules: int) -> Iterator[tuple[Random, RuleBook]]:
    draw = Random(seed)
    while count:
        book = random_book(draw, rules)
        if not any(check_rule(rule, "") for rule in book.rules):
            count -= 1
            yield draw, book


@pytest.mark.parametrize("remembered", [0, 50])
@pytest.mark.parametrize(("count", "rules"), [(60, 3), (40, 12), (6, 60)])
def test_random_books_fire_as_the_plain_evaluator_says(count: int, rules: int, remembered: int) -> None:
    evaluations = fired = 0
    for draw, book in books_of(20260101 + rules, count, rules):
        engine = Engine(book, VOCABULARY, remembered)
        for _ in range(EVENTS):
            event = random_event(draw, book)
            answer = engine.fire(event)
            assert answer == fire_plain(book, VOCABULARY, event)
            evaluations += len(book.rules)
            fired += len(answer.rules)
        engine.close()
    assert evaluations == count * rules * EVENTS
    assert fired * 20 > evaluations  # enough of it really fires
