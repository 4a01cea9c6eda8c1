"""Money, days, codes and refusals are exact."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import Refusal, refusals
from core.ids import ALPHABET, has_luhn_digit, luhn_digit, unguessable
from core.money import LARGEST, MINUS, Fen, from_yuan, yuan
from core.periods import local_day, months_after, months_before, window_opens


@given(st.integers(-LARGEST, LARGEST))
def test_money_written_and_read_is_the_same(amount: int) -> None:
    """Yuan and back loses nothing."""
    assert from_yuan(yuan(amount)) == amount


@pytest.mark.parametrize("text", ["", "abc", "1.001", "1e20", "NaN", "Infinity", "1..2", "--1"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Half fen, words and monsters are no money."""
    with pytest.raises(ValueError, match=r".*"):
        from_yuan(text)


def test_money_is_written_with_a_true_minus_and_commas() -> None:
    """Negative amounts carry U+2212."""
    assert yuan(-248820) == f"{MINUS}2,488.20"


@pytest.mark.parametrize(
    ("today", "first"),
    [("2026-07-09", "2026-01-10"), ("2026-07-10", "2026-01-11"), ("2026-08-31", "2026-03-01")],
)
def test_the_rolling_half_year(today: str, first: str) -> None:
    """A purchase of day d counts while d > today - 6 months (C03)."""
    assert window_opens(date.fromisoformat(today), 6) == date.fromisoformat(first)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 48))
def test_months_never_pass_the_end_of_a_month(day: date, months: int) -> None:
    """31 March less one month is the last of February."""
    earlier = months_before(day, months)
    assert (day.year * 12 + day.month) - (earlier.year * 12 + earlier.month) == months
    assert earlier.day <= day.day
    assert months_after(day, months) >= day


def test_the_business_day_is_that_of_the_market() -> None:
    """An evening in UTC is the next day in Shanghai."""
    assert local_day(datetime(2026, 5, 1, 17, 0, tzinfo=UTC)) == date(2026, 5, 2)


@given(st.text("0123456789", min_size=1, max_size=18), st.integers(0, 18))
def test_a_changed_digit_is_noticed(digits: str, place: int) -> None:
    """Luhn finds every single wrong digit."""
    number = digits + luhn_digit(digits)
    assert has_luhn_digit(number)
    at = place % len(number)
    wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    assert not has_luhn_digit(wrong)


def test_codes_have_no_letters_that_are_mistaken() -> None:
    """No 0 and O, no 1, I and L."""
    assert set(unguessable(200)) <= set(ALPHABET)
    assert not set("01OIL") & set(ALPHABET)


class TooLittle(Refusal):
    """A refusal for these tests."""

    sentence = "%(wanted)s of %(there)s"
    wanted: Fen
    there: int


def test_a_refusal_is_a_code_facts_and_a_sentence() -> None:
    """Money facts are written as yuan."""
    refusal = TooLittle(wanted=Fen(12345), there=3)
    assert (refusal.code, refusal.wanted, str(refusal)) == ("too_little", 12345, "123.45 of 3")
    assert refusals()["too_little"] is TooLittle
    assert refusal.worded(lambda sentence: sentence.replace(" of ", "/")) == "123.45/3"


def test_a_refusal_takes_exactly_its_facts() -> None:
    """A missing fact is a programming error."""
    with pytest.raises(TypeError, match="takes the facts"):
        TooLittle(wanted=1)


def test_the_clock_can_be_stopped() -> None:
    """Tests say what time it is."""
    at = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
    with clock.fixed(at):
        assert clock.now() == at
    assert clock.now().tzinfo is UTC
