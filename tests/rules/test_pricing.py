"""The arithmetic of prices, point by point (rules.md section 3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import pytest

from rules.book import Group, Parameter, Ref, Rule, RuleBook, Settings, Then
from rules.errors import BookRefused, ParameterMissing
from rules.event import SHORTFALL, Event, Line, Offer
from rules.pricing import Pricer
from rules.trace import Decision, EffectFired, Shortfall, Step
from rules.vocabulary import Kind
from tests.rules.random_prices import DAY, LABEL, VOCABULARY, book_of, off, quote, rate

BEST, FIRST, ALL = (
    Group("g", LABEL, "best", "selling"),
    Group("g", LABEL, "first", "selling"),
    Group("g", LABEL, "all", "selling"),
)
SHIRT = Line("shirt", 1, 100_000)
SALE = Line("sale", 1, 100_000, 80_000)


def decide(book: RuleBook, event: Event, *fired: tuple[int, int]) -> Decision:
    return Pricer(book, VOCABULARY).decide(event, fired or tuple((place, -1) for place in range(len(book.rules))))


def pay(book: RuleBook, event: Event, *fired: tuple[int, int]) -> list[int]:
    return [line.pay for line in decide(book, event, *fired).lines]


def rule(
    *then: Then, name: str = "r", group: str | None = None, once: Literal["rule", "line"] = "rule", event: str = "quote"
) -> Rule:
    return Rule(name, "", event, then, group=group, once=once)


class TestGroups:
    def test_the_best_group_takes_the_lowest_price_of_each_line(self) -> None:
        book = book_of(rate("nine", 9000), rate("list-78", 7800, base="list"))
        assert pay(book, quote(SHIRT, SALE)) == [78_000, 72_000]

    def test_a_special_price_stands_where_no_rule_is_lower(self) -> None:
        assert decide(book_of(rate("r", 7800, base="list")), quote(Line("a", 1, 100_000, 70_000))).lines[0].rules == []

    def test_equal_prices_go_to_the_higher_priority_then_to_the_name(self) -> None:
        book = book_of(rate("b", 9000), rate("a", 9000), rate("c", 9000, priority=1))
        assert decide(book, quote(SHIRT)).lines[0].rules == ["c"]
        assert decide(book_of(rate("b", 9000), rate("a", 9000)), quote(SHIRT)).lines[0].rules == ["a"]

    def test_the_first_group_takes_the_rule_of_highest_priority_though_another_is_lower(self) -> None:
        book = book_of(rate("low", 5000), rate("high", 9000, priority=1), groups=[FIRST])
        assert pay(book, quote(SHIRT)) == [90_000]

    def test_the_first_group_leaves_other_lines_to_the_next_rule(self) -> None:
        book = book_of(rate("low", 5000), rate("high", 9000, priority=1), groups=[FIRST])
        assert pay(book, quote(SHIRT, SALE), (0, 0), (0, 1), (1, 1)) == [50_000, 72_000]

    def test_the_all_group_applies_each_in_turn_on_the_running_amount(self) -> None:
        book = book_of(rate("a", 9000), rate("b", 8000), groups=[ALL])
        assert pay(book, quote(SHIRT)) == [72_000]

    def test_groups_run_in_the_order_of_the_book(self) -> None:
        groups = [Group("late", LABEL, "all"), Group("early", LABEL, "all")]
        book = book_of(off("off", 10_000, group="late"), rate("rate", 9000, group="early"), groups=groups)
        assert pay(book, quote(SHIRT)) == [81_000]

    @pytest.mark.parametrize(("base", "amount"), [("list", 90_000), ("selling", 72_000), ("running", 72_000)])
    def test_a_group_says_what_its_rates_are_taken_of(
        self, base: Literal["list", "selling", "running"], amount: int
    ) -> None:
        groups = [Group("g", LABEL, "best", base)]
        assert pay(book_of(rate("r", 9000), groups=groups), quote(SALE)) == [min(80_000, amount)]

    def test_a_rule_never_raises_a_price(self) -> None:
        book = book_of(rule(Then("price.fixed", {"price": 90_000}), group="g"), groups=[ALL])
        assert pay(book, quote(SALE, SHIRT)) == [80_000, 90_000]

    def test_a_price_rule_without_a_group_is_refused_by_name(self) -> None:
        with pytest.raises(BookRefused, match="loose changes prices"):
            Pricer(book_of(rate("loose", 9000, group=None)), VOCABULARY)


class TestAmountsOff:
    def test_it_is_shared_out_by_what_the_lines_cost_so_far(self) -> None:
        decision = decide(book_of(off("off", 10_000), groups=[ALL]), quote(SHIRT, Line("b", 1, 50_000)))
        assert [line.pay for line in decision.lines] == [93_333, 46_667]

    def test_it_is_given_on_each_line_where_the_rule_says_so(self) -> None:
        book = book_of(off("off", 10_000, once="line"), groups=[ALL])
        assert pay(book, quote(SHIRT, Line("b", 1, 5_000))) == [90_000, 0]

    def test_what_a_small_basket_cannot_take_is_reported(self) -> None:
        decision = decide(book_of(off("off", 30_000), groups=[ALL]), quote(Line("a", 1, 20_000)))
        assert decision.total == 0
        assert decision.shortfalls == (Shortfall("off", None, 10_000),)

    def test_a_floor_price_moves_the_rest_to_the_other_lines(self) -> None:
        lines = [Line("a", 1, 10_000, floor_price=9_000), Line("b", 1, 10_000)]
        decision = decide(book_of(off("off", 4_000), groups=[ALL]), quote(*lines))
        assert [line.pay for line in decision.lines] == [9_000, 7_000]
        assert decision.shortfalls == ()

    def test_the_amount_of_a_losing_rule_is_nobody_s_shortfall(self) -> None:
        decision = decide(book_of(off("off", 30_000), rate("r", 0)), quote(Line("a", 1, 20_000)))
        assert decision.total == 0
        assert decision.lines[0].rules == ["off"]
        less = decide(book_of(off("off", 10_000), rate("r", 0)), quote(Line("a", 1, 20_000)))
        assert less.lines[0].rules == ["r"]
        assert less.shortfalls == ()


class TestUnitsAndFloors:
    def test_rounding_is_once_a_line_unless_the_brand_says_by_unit(self) -> None:
        line = Line("a", 3, 333)
        assert pay(book_of(rate("r", 9500)), quote(line)) == [949]
        assert pay(book_of(rate("r", 9500), rounding="unit"), quote(line)) == [948]

    def test_no_rule_goes_below_the_floor_and_the_rest_is_reported(self) -> None:
        decision = decide(book_of(rate("r", 5000), floor_price=30_000), quote(Line("a", 2, 40_000)))
        assert decision.lines[0].pay == 60_000
        assert decision.shortfalls == (Shortfall("r", 0, 20_000),)

    def test_a_special_price_below_the_floor_stays(self) -> None:
        assert pay(book_of(rate("r", 5000), floor_price=90_000), quote(SALE)) == [80_000]

    def test_an_add_on_price_is_for_so_many_units_in_basket_order(self) -> None:
        book = book_of(rule(Then("price.add_on", {"price": 1_000, "units": 3}), group="g"))
        assert pay(book, quote(Line("bag", 2, 10_000), Line("hat", 2, 10_000))) == [2_000, 11_000]

    def test_an_add_on_price_is_for_one_unit_by_default(self) -> None:
        book = book_of(rule(Then("price.add_on", {"price": 1_000}), group="g"))
        assert pay(book, quote(Line("bag", 2, 10_000))) == [11_000]


class TestBirthdayCap:
    BOOK = book_of(rate("birthday", 7800, base="list", list_cap=500_000), rate("tier", 9000, priority=1))

    def test_lines_take_the_cap_in_basket_order_and_whole(self) -> None:
        lines = [Line("a", 1, 300_000), Line("b", 1, 250_000), Line("c", 1, 200_000)]
        assert pay(self.BOOK, quote(*lines)) == [234_000, 225_000, 156_000]

    def test_what_was_used_earlier_that_day_counts(self) -> None:
        assert pay(self.BOOK, quote(SHIRT, birthday_list_used=400_001)) == [90_000]
        assert pay(self.BOOK, quote(SHIRT, birthday_list_used=400_000)) == [78_000]

    def test_a_line_priced_otherwise_uses_nothing_of_it(self) -> None:
        lines = [Line("a", 1, 400_000, 310_000), Line("b", 1, 500_000)]
        assert pay(self.BOOK, quote(*lines)) == [279_000, 390_000]


class TestVouchers:
    def test_they_are_tender_shared_out_over_the_lines(self) -> None:
        event = quote(SHIRT, Line("b", 1, 50_000), vouchers=[Offer("cash", 30_000)])
        decision = decide(book_of(rate("gold", 9000)), event)
        assert [(line.pay, line.tendered, line.net) for line in decision.lines] == [
            (90_000, 20_000, 70_000),
            (45_000, 10_000, 35_000),
        ]
        assert (decision.total, decision.tendered, decision.cash, decision.points) == (135_000, 30_000, 105_000, 1_050)

    def test_no_more_than_the_brand_allows_and_none_below_its_spend(self) -> None:
        offers = [Offer("cash", 10_000), Offer("cash", 20_000)]
        assert decide(book_of(), quote(SHIRT, vouchers=offers)).vouchers_used == ((0, 10_000),)
        two = book_of(voucher_max_per_receipt=2)
        assert decide(two, quote(SHIRT, vouchers=offers)).vouchers_used == ((0, 10_000), (1, 20_000))
        assert decide(book_of(voucher_min_spend=100_001), quote(SHIRT, vouchers=offers)).vouchers_used == ()

    def test_the_least_spend_itself_is_enough(self) -> None:
        offers = [Offer("cash", 10_000)]
        assert decide(book_of(voucher_min_spend=100_000), quote(SHIRT, vouchers=offers)).vouchers_used == ((0, 10_000),)

    def test_a_voucher_for_some_categories_pays_for_these_alone(self) -> None:
        shoes = Line("shoes", 1, 50_000, facts={"line.category": "shoes"})
        event = quote(SHIRT, shoes, vouchers=[Offer("cash", 60_000, categories=frozenset({"shoes", "bags"}))])
        decision = decide(book_of(), event)
        assert [line.tendered for line in decision.lines] == [0, 50_000]
        assert decision.vouchers_used == ((0, 50_000),)
        assert decide(book_of(), quote(SHIRT, vouchers=event.vouchers)).vouchers_used == ()

    @pytest.mark.parametrize(
        ("categories", "products", "tendered"),
        [
            (None, {"boot-39"}, [0, 10_000, 0]),  # one product by its own code
            (None, {"boot"}, [0, 10_000, 5_000]),  # all of a style
            ({"bags"}, {"boot-39"}, [0, 10_000, 0]),  # a category or a product: either is enough
            ({"shoes"}, {"shirt"}, [25_000, 10_000, 5_000]),
            (None, {"bag"}, None),
        ],
    )
    def test_a_voucher_for_some_products_pays_for_these_alone(
        self, categories: set[str] | None, products: set[str], tendered: list[int] | None
    ) -> None:
        facts = {"line.category": "shoes", "line.style": "boot"}
        lines = [
            Line("shirt", 1, 25_000),
            Line("boot-39", 1, 10_000, facts=facts),
            Line("boot-40", 1, 5_000, facts=facts),
        ]
        good_for = None if categories is None else frozenset(categories)
        offer = Offer("cash", 60_000, categories=good_for, products=frozenset(products))
        decision = decide(book_of(), quote(*lines, vouchers=[offer]))
        assert [line.tendered for line in decision.lines] == (tendered or [0, 0, 0])
        assert bool(decision.vouchers_used) is (tendered is not None)

    def test_the_least_spend_of_a_voucher_counts_what_it_is_good_for(self) -> None:
        shoes = Line("shoes", 1, 50_000, facts={"line.category": "shoes"})
        for least, used in ((50_000, ((0, 10_000),)), (50_001, ())):
            offer = Offer("cash", 10_000, min_spend=least, categories=frozenset({"shoes"}))
            assert decide(book_of(), quote(SHIRT, shoes, vouchers=[offer])).vouchers_used == used
        both = [Offer("cash", 10_000), Offer("cash", 10_000, min_spend=100_000)]  # counted before any voucher
        two = book_of(voucher_max_per_receipt=2)
        assert decide(two, quote(SHIRT, vouchers=both)).vouchers_used == ((0, 10_000), (1, 10_000))

    def test_what_nobody_paid_is_no_voucher_and_earns_nothing(self) -> None:
        offers = [Offer("cash", 10_000), Offer(SHORTFALL, 40_000)]
        decision = decide(book_of(), quote(SHIRT, vouchers=offers))
        assert decision.vouchers_used == ((0, 10_000), (1, 40_000))
        assert (decision.tendered, decision.cash, decision.points) == (50_000, 50_000, 500)
        alone = decide(book_of(voucher_min_spend=100_001), quote(SHIRT, vouchers=offers))
        assert (alone.vouchers_used, alone.cash) == (((1, 40_000),), 60_000)

    def test_an_empty_voucher_takes_no_place(self) -> None:
        offers = [Offer("cash", 0), Offer("cash", 500)]
        assert decide(book_of(), quote(SHIRT, vouchers=offers)).vouchers_used == ((1, 500),)


class TestPoints:
    @pytest.mark.parametrize(("paid", "points"), [(99, 0), (100, 1), (199, 1), (43_278, 432)])
    def test_whole_yuan_of_the_receipt(self, paid: int, points: int) -> None:
        assert decide(book_of(), quote(Line("a", 1, paid))).points == points

    def test_fen_of_several_lines_come_together_before_rounding(self) -> None:
        assert decide(book_of(), quote(Line("a", 1, 150), Line("b", 1, 150))).points == 3

    @pytest.mark.parametrize(
        ("how", "multiplier", "points"), [("max", 30_000, 3000), ("add", 40_000, 4000), ("multiply", 60_000, 6000)]
    )
    def test_multipliers_combine_as_the_brand_says(
        self, how: Literal["max", "multiply", "add"], multiplier: int, points: int
    ) -> None:
        rules = [rule(Then("points.multiply", {"ratio": ratio}), name=f"x{ratio}") for ratio in (20_000, 30_000)]
        decision = decide(book_of(*rules, multiplier_combination=how), quote(SHIRT))
        assert (decision.multiplier, decision.points, decision.points_base) == (multiplier, points, 1000)

    def test_a_fraction_of_a_point_is_dropped_once_at_the_end(self) -> None:
        decision = decide(book_of(rule(Then("points.multiply", {"ratio": 15_000}))), quote(Line("a", 1, 399)))
        assert (decision.points_base, decision.points) == (3, 4)

    def test_of_list_prices_where_the_brand_says_so(self) -> None:
        assert decide(book_of(points_base="list", points_per_yuan=2), quote(SALE)).points == 2000


class TestEffects:
    def test_they_are_collected_once_a_rule_or_once_a_line(self) -> None:
        perk = Then("perk.grant", {"perk": "washing"})
        event = quote(SHIRT, SALE, SHIRT)
        assert decide(book_of(rule(perk)), event, (0, 0), (0, 2)).effects == (
            EffectFired("r", "perk.grant", {"perk": "washing"}),
        )
        each = decide(book_of(rule(perk, once="line")), event, (0, 0), (0, 2)).effects
        assert [effect.line for effect in each] == [0, 2]

    def test_parameters_not_given_have_their_defaults(self) -> None:
        effect = decide(book_of(rule(Then("task.create", {"task": "call"}))), quote()).effects[0]
        assert effect.params == {"task": "call", "days": 7}

    def test_how_long_a_voucher_is_good_is_left_to_the_setting(self) -> None:
        """C18: a rule that names no days has none; who issues the voucher asks the setting."""
        effect = decide(book_of(rule(Then("voucher.issue", {"kind": "cash", "value": 5_000}))), quote()).effects[0]
        assert effect.params == {"kind": "cash", "value": 5_000}

    @pytest.mark.parametrize(("counter", "times"), [(2_999, None), (3_000, 1), (3_120, 1), (6_400, 2)])
    def test_points_are_exchanged_for_as_many_vouchers_as_they_fill(self, counter: int, times: int | None) -> None:
        then = Then("points.exchange", {"points": 3_000, "voucher_kind": "cash", "voucher_value": 30_000})
        event = Event("points_review", DAY, facts={"points.purchase_12m": counter})
        effects = decide(book_of(rule(then, event="points_review")), event).effects
        assert [effect.params["times"] for effect in effects] == ([] if times is None else [times])

    @pytest.mark.parametrize(("net", "points"), [(235_050, 705), (0, None), (333, None), (334, 1), (2_000_000, 3_000)])
    def test_a_share_of_an_amount_is_rounded_down_and_capped(self, net: int, points: int | None) -> None:
        then = Then("points.earn_share", {"ratio": 3_000, "cap": 3_000})
        event = Event("referral", DAY, facts={"referral.first_net": net})
        effects = decide(book_of(rule(then, event="referral")), event).effects
        assert [effect.params["points"] for effect in effects] == ([] if points is None else [points])

    def test_only_a_quote_has_prices(self) -> None:
        decision = decide(book_of(rate("r", 9000)), Event("checkout", DAY, lines=[SHIRT]))
        assert (decision.lines, decision.total, decision.fired) == ((), 0, (("r", -1),))


class TestParameters:
    RATE = Parameter("rate", Kind.RATIO, LABEL, "", ((date(2026, 1, 1), 9000), (date(2026, 6, 1), 8000)))
    BOOK = RuleBook("b", "", "CNY", (BEST,), (rate("r", Ref("rate")),), {"rate": RATE}, Settings())

    @pytest.mark.parametrize(("day", "amount"), [(DAY.replace(day=31), 90_000), (DAY.replace(month=6, day=1), 80_000)])
    def test_they_have_their_value_of_the_day(self, day: datetime, amount: int) -> None:
        pricer = Pricer(self.BOOK, VOCABULARY)
        for _ in range(2):
            assert pricer.decide(Event("quote", day, lines=[SHIRT]), ((0, -1),)).total == amount

    def test_before_the_first_value_there_is_no_answer(self) -> None:
        with pytest.raises(ParameterMissing):
            Pricer(self.BOOK, VOCABULARY).decide(Event("quote", DAY.replace(year=2025), lines=[SHIRT]), ((0, -1),))


def test_each_step_names_its_group_its_rule_and_who_pays() -> None:
    event = quote(SALE, vouchers=[Offer("cash", 1_000)])
    steps = decide(book_of(rate("gold", 9000)), event).lines[0].steps
    assert steps == (
        Step("special", None, 100_000, 80_000),
        Step("g", "gold", 80_000, 72_000),
        Step("voucher", None, 72_000, 71_000),
    )
