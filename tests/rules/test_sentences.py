"""Rules as sentences in three languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rules.book import (
    Calendar,
    Combine,
    Compare,
    Funding,
    Group,
    Limit,
    Parameter,
    Ref,
    Rule,
    RuleBook,
    Settings,
    Stores,
    Then,
    Total,
    Yearly,
)
from rules.sentences import LANGUAGES, money, percent, rate, sentence, sentences, times
from rules.vocabulary import Kind
from tests.rules.random_prices import LABEL
from tests.rules.shop import program, words

PARAMETERS = {
    "rate": Parameter("rate", Kind.RATIO, LABEL, "", ((date(2026, 1, 1), 9000), (date(2026, 6, 1), 8800))),
}
GROUPS = (Group("g", LABEL, "best", "selling"),)
TIER = Compare("member.tier", "in", ("gold", "diamond"))


def said(language: str = "zh_Hant", day: date | None = None, then: Then | None = None, **parts: Any) -> str:
    effect = then or Then("price.pay_ratio", {"ratio": 9000})
    rule = Rule("r", "", "quote", (effect,), group="g", **parts)
    book = RuleBook("b", "", "CNY", GROUPS, (rule,), PARAMETERS, Settings())
    return sentence(rule, book, words(), language, day)


@pytest.mark.parametrize(
    ("ratio", "chinese", "english"),
    [
        (9500, "9.5 折", "95 %"),
        (9000, "9 折", "90 %"),
        (7800, "7.8 折", "78 %"),
        (8550, "8.55 折", "85.5 %"),
        (10_000, "原價", "100 %"),
        (500, "0.5 折", "5 %"),
    ],
)
def test_rates_are_said_as_people_say_them(ratio: int, chinese: str, english: str) -> None:
    assert rate(ratio, "zh_Hant") == chinese
    assert rate(ratio, "en") == english


@pytest.mark.parametrize(
    ("fen", "chinese", "english"),
    [
        (300_000, "3,000 元", "CNY 3,000"),
        (1_250, "12.50 元", "CNY 12.50"),
        (-5, "\N{MINUS SIGN}0.05 元", "CNY \N{MINUS SIGN}0.05"),
        (0, "0 元", "CNY 0"),
    ],
)
def test_money_has_its_currency(fen: int, chinese: str, english: str) -> None:
    assert money(fen, "CNY", "zh_Hant") == chinese
    assert money(fen, "CNY", "en") == english


def test_other_currencies_and_multipliers() -> None:
    assert money(100, "HKD", "zh_Hans") == "1 港元"
    assert money(100, "XYZ", "zh_Hans") == "XYZ 1"
    assert times(20_000, "zh_Hant") == "雙倍積分"
    assert times(15_000, "en") == "1.5 times the points"
    assert percent(3000) == "30 %"


def test_the_tier_rate_in_three_languages() -> None:
    special = Compare("line.price_ratio", "at_least", 8000)
    assert said(when=TIER, items=special).startswith("結帳時，若會員等級是金卡或鑽石卡，對")
    assert said(when=TIER, items=special).endswith("不低於 8 折的商品：按售價 9 折結算。")
    assert said("zh_Hans", when=TIER).endswith("若会员等级是金卡或钻石卡：按售价 9 折结算。")
    assert said("en", when=TIER) == "At the till, if tier is gold or diamond: pay 90 % of the selling price."


def test_groups_of_conditions_are_bracketed() -> None:
    birthday = Compare("member.is_birthday", "is", operand=True)
    both = Combine("all", (TIER, Combine("any", (birthday, Compare("member.receipts_before", "more_than", 5)))))
    assert "若會員等級是金卡或鑽石卡且（今天生日或之前的消費次數多於 5）：" in said(when=both)
    neither = Combine("none", (birthday, Compare("member.tier", "is", "gold")))
    assert "if it is not so that (has a birthday today or tier is gold):" in said("en", when=neither)


def test_a_parameter_has_its_value_of_the_day() -> None:
    then = Then("price.pay_ratio", {"ratio": Ref("rate")})
    assert "9 折" in said(then=then, day=date(2026, 5, 1))
    assert "8.8 折" in said(then=then, day=date(2026, 6, 1))
    assert "8.8 折" in said(then=then)


def test_calendar_stores_totals_and_limits_are_said() -> None:
    text = said(
        calendar=Calendar(
            date(2026, 1, 1),
            date(2026, 12, 31),
            frozenset({6, 7}),
            ((600, 720),),
            (Yearly((5, 18), (5, 18)), Yearly((1, 1), (1, 15), lunar=True)),
        ),
        stores=Stores(formats=frozenset({"outlet"}), regions=frozenset({"east"})),
        totals=(Total("amount", at_least=100_000), Total("quantity", at_most=3)),
        limits=(Limit("member", "day", count=1), Limit("all", "ever", budget=1_000_000)),
    )
    assert text == (
        "結帳時，2026-01-01起，至2026-12-31，每年 5 月 18 日、農曆 1 月 1 日至1 月 15 日，週六、週日，10:00–12:00，"
        "區域 east，店型 奧特萊斯，這些商品滿 1,000 元，這些商品至多 3 件："
        "按售價 9 折結算；每位會員每天至多 1 次；全部總共至多 10,000 元。"
    )


@pytest.mark.parametrize(
    ("then", "text"),
    [
        (Then("price.amount_off", {"amount": 30_000}), "減 300 元"),
        (Then("price.fixed", {"price": 9_900}), "一口價每件 99 元"),
        (Then("price.add_on", {"price": 4_900}), "加 49 元換購，至多 1 件"),
        (Then("points.multiply", {"ratio": 20_000}), "雙倍積分"),
        (Then("points.earn_share", {"ratio": 3000, "cap": 3000}), "按新會員首次消費淨額的 30 % 贈積分，上限 3,000 分"),
        (
            Then("points.exchange", {"points": 3000, "voucher_kind": "cash", "voucher_value": 30_000, "days": 90}),
            "每滿 3,000 積分換 300 元代金券一張，90 天內有效",
        ),
        (
            Then("points.exchange", {"points": 3000, "voucher_kind": "cash", "voucher_value": 30_000}),
            "每滿 3,000 積分換 300 元代金券一張",  # as long as the setting says
        ),
        (Then("voucher.issue", {"kind": "discount", "value": 0}), "發 0 元折扣券一張"),
        (
            Then(
                "voucher.issue", {"kind": "cash", "value": 5000, "min_spend": 30_000, "categories": frozenset({"bag"})}
            ),
            "發 50 元代金券一張，消費滿 300 元可用，限品類 bag",
        ),
        (
            Then(
                "points.exchange",
                {"points": 1000, "voucher_kind": "cash", "voucher_value": 5000, "products": frozenset({"P7", "S1"})},
            ),
            "每滿 1,000 積分換 50 元代金券一張，限款式或商品 P7或S1",
        ),
        (Then("tier.raise", {"to": "gold"}), "升為金卡"),
        (
            Then("price.pay_ratio", {"ratio": 7800, "base": "list", "list_cap": 500_000}),
            "按定價 7.8 折結算，每天以定價 5,000 元為限",
        ),
    ],
)
def test_effects_are_said(then: Then, text: str) -> None:
    assert said(then=then) == f"結帳時：{text}。"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_that_ships_is_a_finished_sentence(language: str) -> None:
    every = sentences(program().book, words(), language)
    assert list(every) == [rule.name for rule in program().book.rules]
    for text in every.values():
        assert "{" not in text
        assert "None" not in text
        assert text.endswith("." if language == "en" else "。")


def test_every_effect_can_be_said_in_every_language() -> None:
    for effect in words().effects.values():
        params = {
            param.name: (param.choices[0].code if param.choices else "x" if param.kind is Kind.CHOICE else 10_000)
            for param in effect.params
        }
        for language in LANGUAGES:
            assert "{" not in said(language, then=Then(effect.name, params))


def test_several_values_are_listed() -> None:
    some = Compare("member.tier", "not_in", ("ordinary", "gold", "diamond"))
    assert "若會員等級不是普卡、金卡或鑽石卡：" in said(when=some)
    assert "tier is not ordinary, gold or diamond:" in said("en", when=some)


def test_who_pays_is_said_unless_it_is_hq_alone() -> None:
    assert said(funding=Funding(5_000, 3_000, 2_000)).endswith("；費用由總部 50 %、銷售門市 30 %、發卡門市 20 %承擔。")
    assert "paid by" not in said("en", funding=Funding())


def test_once_a_line_is_said() -> None:
    text = said("en", then=Then("price.amount_off", {"amount": 100}), once="line")
    assert text == "At the till: take CNY 1 off; once for each line."


def test_a_rule_that_is_off_says_so() -> None:
    assert said(enabled=False).endswith("（已停用）。")


def test_what_the_shipped_book_names_is_said_in_words() -> None:
    every = {language: sentences(program().book, words(), language) for language in LANGUAGES}
    assert every["zh_Hant"]["birthday-greeting"].endswith("發送訊息 生日祝賀。")
    assert every["en"]["birthday-greeting"].endswith("send the message with birthday greetings.")
    assert "辦理轉卡" in every["zh_Hant"]["gold-by-spend"]
    assert said("en", then=Then("message.send", {"template": "own-words"})).endswith("send the message own-words.")
