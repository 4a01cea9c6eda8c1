"""The sex of a member may choose the words of a message; a rule that gives anything of value by it is refused (C33)."""

from __future__ import annotations

import pytest

from rules.errors import BookRefused
from rules.policy import read_book
from tests.rules.shop import words

BOOK = """
book: sample
brand: ""
currency: CNY
groups: [{{group: member, label: {{zh_hant: 會員, zh_hans: 会员, en: member}}, policy: best, base: selling}}]
rules:
- rule: by-sex
  reference: C33
  event: {event}
  {group}
  when: {when}
  then: [{then}]
"""
SEX = "{fact: member.sex, is: female}"
HIDDEN = "{all: [{fact: member.tier, is: gold}, {none: [{fact: member.sex, is: male}]}]}"
TIER = "{fact: member.tier, is: gold}"
PRICE = ("quote", "group: member", "{effect: price.pay_ratio, ratio: 9000}")
POINTS = ("quote", "", "{effect: points.multiply, ratio: 20000}")
VOUCHER = ("daily", "", "{effect: voucher.issue, kind: cash, value: 1000}")
GIFT = ("daily", "", "{effect: gift.give, gift: birthday}")
MESSAGE = ("daily", "", "{effect: message.send, template: birthday}")
TASK = ("daily", "", "{effect: task.create, task: call}")


def book(given: tuple[str, str, str], when: str) -> str:
    event, group, then = given
    return BOOK.format(event=event, group=group, then=then, when=when)


@pytest.mark.parametrize("when", [SEX, HIDDEN])
@pytest.mark.parametrize("given", [PRICE, POINTS, VOUCHER, GIFT])
def test_what_is_of_value_never_depends_on_it(given: tuple[str, str, str], when: str) -> None:
    with pytest.raises(BookRefused) as refused:
        read_book(book(given, when), words())
    assert [problem.path for problem in refused.value.problems] == ["rules[0]"]
    assert "member.sex" in refused.value.problems[0].sentence


@pytest.mark.parametrize("given", [MESSAGE, TASK])
def test_words_and_tasks_may(given: tuple[str, str, str]) -> None:
    assert read_book(book(given, SEX), words()).rules[0].name == "by-sex"


def test_the_tier_may_set_a_price() -> None:
    assert read_book(book(PRICE, TIER), words()).rules[0].name == "by-sex"
