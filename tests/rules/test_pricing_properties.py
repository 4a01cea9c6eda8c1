"""The arithmetic held against a second pricer, and what must be so whatever the rules are."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.book import RuleBook
from rules.event import Event
from rules.pricing import Pricer
from rules.trace import Decision
from tests.rules.random_prices import VOCABULARY, Case, Fired, book_of, price_books, quotes, rate
from tests.rules.reference_pricer import Reference

MANY = settings(max_examples=300, deadline=None, derandomize=True, database=None)
PRICES = settings(MANY, max_examples=60)


def decide(book: RuleBook, event: Event, fired: Fired) -> Decision:
    return Pricer(book, VOCABULARY).decide(event, fired)


@MANY
@given(quotes())
def test_the_pricer_agrees_with_the_second_pricer(case: Case) -> None:
    book, event, fired = case
    decision, reference = decide(book, event, fired), Reference(book, event, set(fired))
    assert [line.pay for line in decision.lines] == reference.pay
    assert [line.net for line in decision.lines] == reference.net
    assert [line.rules for line in decision.lines] == list(reference.winners.values())
    assert decision.vouchers_used == tuple(reference.used)
    assert (decision.cash, decision.points) == (reference.cash, reference.points)


@PRICES
@given(quotes())
def test_every_total_adds_up_and_no_line_leaves_its_bounds(case: Case) -> None:
    book, event, fired = case
    decision = decide(book, event, fired)
    assert decision.total == sum(line.pay for line in decision.lines)
    assert decision.tendered == sum(line.tendered for line in decision.lines)
    assert decision.tendered == sum(amount for _, amount in decision.vouchers_used)
    assert decision.cash == decision.credit == decision.total - decision.tendered
    assert decision.points == decision.points_base
    for line, given_line in zip(decision.lines, event.lines, strict=True):
        floor = max(given_line.floor_price, book.settings.floor_price) * given_line.quantity
        assert min(floor, line.selling) <= line.pay <= line.selling
        assert 0 <= line.net == line.pay - line.tendered


@PRICES
@given(quotes())
def test_the_steps_of_a_line_lead_from_list_price_to_what_is_paid(case: Case) -> None:
    book, event, fired = case
    for line in decide(book, event, fired).lines:
        at = line.list_amount
        for step in line.steps:
            assert step.before == at
            assert step.rule is None or step.after < step.before
            at = step.after
        assert at == line.net


@PRICES
@given(quotes())
def test_a_decision_survives_json_and_is_the_same_each_time(case: Case) -> None:
    book, event, fired = case
    decision = decide(book, event, fired)
    assert Decision.from_json(decision.as_json()) == decision
    assert decide(book, event, fired).as_json() == decision.as_json()


@PRICES
@given(quotes())
def test_vouchers_give_no_change(case: Case) -> None:
    book, event, fired = case
    decision = decide(book, event, fired)
    assert len(decision.vouchers_used) <= book.settings.voucher_max_per_receipt
    assert all(0 < amount <= event.vouchers[place].value for place, amount in decision.vouchers_used)
    if decision.total < book.settings.voucher_min_spend:
        assert not decision.vouchers_used


@PRICES
@given(quotes(price_books(most_effects=1)), st.randoms(use_true_random=False))
def test_the_order_of_the_rules_in_the_book_does_not_matter(case: Case, shuffle: Random) -> None:
    book, event, fired = case
    places = list(range(len(book.rules)))
    shuffle.shuffle(places)
    shuffled = book_of(*(book.rules[place] for place in places), groups=book.groups)
    plain = book_of(*book.rules, groups=book.groups)
    moved = tuple(sorted((places.index(place), line) for place, line in fired))
    assert decide(shuffled, event, moved).lines == decide(plain, event, fired).lines


@PRICES
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6), quotes())
def test_the_best_of_a_group_is_the_lowest_of_its_rules_alone(some: list[int], case: Case) -> None:
    _, event, _ = case
    rules = [rate(f"r{place}", ratio) for place, ratio in enumerate(some)]
    alone = [decide(book_of(rule), event, ((0, -1),)) for rule in rules]
    together = decide(book_of(*rules), event, tuple((place, -1) for place in range(len(rules))))
    for place, line in enumerate(together.lines):
        assert line.pay == min([each.lines[place].pay for each in alone], default=line.selling)
