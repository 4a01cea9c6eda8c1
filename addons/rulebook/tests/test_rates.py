"""What members really pay: the tier's rate, and of that once the points of the purchase are vouchers (C19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from addons.rulebook.documents import SaidBook
from addons.rulebook.domain import default_book, effective_rates
from core.policy.version import shipped_text
from rules.vocabulary import Vocabulary
from tests.rules.shop import words

AT = datetime(2026, 5, 4, 12)  # noqa: DTZ001 - local time of the store, like Event.at


def rates(vocabulary: Vocabulary) -> dict[tuple[str, str], tuple[int, int]]:
    found = effective_rates(default_book(vocabulary), vocabulary, AT)
    return {(rate.tier, rate.occasion): (rate.pays, rate.with_vouchers) for rate in found}


@pytest.mark.parametrize(
    ("tier", "occasion", "pays", "with_vouchers"),
    [
        ("ordinary", "plain", 9500, 8550),
        ("gold", "plain", 9000, 8100),
        ("diamond", "plain", 8500, 7650),
        ("ordinary", "special", 7600, 6840),
        ("gold", "special", 7200, 6480),
        ("diamond", "special", 6800, 6120),
        ("ordinary", "birthday", 9500, 8550),
        ("gold", "birthday", 7800, 7020),
        ("diamond", "birthday", 7800, 7020),  # bonus points make no voucher (C17)
    ],
)
def test_what_each_tier_really_pays(tier: str, occasion: str, pays: int, with_vouchers: int) -> None:
    assert rates(words())[tier, occasion] == (pays, with_vouchers)


def test_without_a_rule_that_makes_vouchers_points_are_worth_nothing() -> None:
    book = default_book(words())
    without = replace(book, rules=tuple(rule for rule in book.rules if not rule.name.startswith("points-to-voucher")))
    assert all(rate.pays == rate.with_vouchers for rate in effective_rates(without, words(), AT))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gold-rate", "9 折"),
        ("referral-share", "30 %"),
        ("double-day-multiplier", "雙倍積分"),
        ("gold-spend", "3,000 元"),
    ],
)
def test_a_number_is_written_as_the_rules_mean_it(name: str, shown: str) -> None:
    said = SaidBook(shipped_text() or "", "zh_Hant_TW", AT.date()).parameters()
    assert [each.today for each in said if each.name == name] == [shown]


def test_without_tiers_there_is_nothing_to_say() -> None:
    facts = {name: fact for name, fact in words().facts.items() if not name.startswith("member.")}
    book = replace(default_book(words()), rules=(), tables=())
    assert effective_rates(book, replace(words(), facts=facts), AT) == []
