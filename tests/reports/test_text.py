from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reports import text
from reports.fonts import covered
from reports.text import Cleaner
from reports.words import words


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("應付\u202e000,1\u202c元", "應付000,1元"),  # printed as stored, not turned round
        ("a\u2066b\u2069c\u200ed\u061ce\ufefff", "abcdef"),
        ("tag\U000e0041\U000e007fged", "tagged"),
        ("one\ttwo\r\nthree\u2028four", "one two three four"),
        ("nul\x00 bell\x07 c1\x9f", "nul bellU+0007 c1U+009F"),
        ("\ufffe\uffff\ufff9\ufffd\U0001fffe", "U+FFFEU+FFFFU+FFF9U+FFFDU+1FFFE"),
        ("葛\U000e0100飾", "葛\U000e0100飾"),  # a variant selector belongs to the name
        ("王小明　Ａ", "王小明　Ａ"),
    ],
)
def test_marks_that_hide_or_turn_text_are_taken_out(raw: str, clean: str) -> None:
    assert text.clean(raw) == clean


def test_an_endless_cell_is_cut_and_says_where_the_rest_is() -> None:
    assert text.cut("好" * 500, "!") == "好" * 500
    assert text.cut("好" * 501, "〔全文見附件〕") == "好" * 500 + "…〔全文見附件〕"


def test_a_character_without_a_glyph_becomes_its_code_point_and_is_remembered() -> None:
    cleaner = Cleaner(covered(), "")
    assert cleaner.html("王𪚥<b>") == '王〓<small class="missing">[U+2A6A5]</small>&lt;b&gt;'
    assert cleaner.plain("😀 ไทย") == "〓 〓〓〓"
    assert cleaner.missing == ("ท", "ย", "ไ", "😀", "𪚥")
    assert Cleaner(covered(), "").html("堃喆㛃𠮷峯䶮㵘𣎴 — − ○") == "堃喆㛃𠮷峯䶮㵘𣎴 — − ○"


def test_variant_selectors_and_joiners_are_not_missing() -> None:
    cleaner = Cleaner(covered(), "")
    cleaner.html("葛\U000e0100 a\u200db\u00ad")
    assert cleaner.missing == ()


def test_endless_latin_words_may_break_and_stay_escaped() -> None:
    html = Cleaner(covered(), "").html("x" * 39 + "<" + "y" * 10)
    assert html == "x" * 39 + "&lt;<wbr>" + "y" * 10


def test_numbers_as_the_paper_writes_them() -> None:
    assert text.money(248_820) == "2,488.20"
    assert text.money(-5) == "−0.05"
    assert text.number(-1_234_567) == "−1,234,567"
    assert text.share(1_250) == "12.50\u00a0%"
    assert text.percent(6_000) == "60\u00a0%"
    assert text.times(15_000) == "×\u00a01.5"
    assert text.moment("2026-05-01T15:04:31+08:00") == "2026-05-01\u00a015:04"
    assert text.moment("unknown") == "unknown"
    assert text.second(datetime(2026, 5, 1, 7, tzinfo=UTC)) == "2026-05-01\u00a007:00:00"


def test_times_are_of_one_zone_that_has_a_name() -> None:
    shanghai, new_york = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
    assert text.moment("2026-05-01T07:04:31+00:00", shanghai) == "2026-05-01\u00a015:04"
    assert text.moment("2026-05-01T23:04:31+00:00", shanghai) == "2026-05-02\u00a007:04"
    assert text.moment("2026-05-01T15:04:31", shanghai) == "2026-05-01\u00a015:04"  # says no zone: it is the market's
    assert text.zone(datetime(2026, 5, 1, 15, tzinfo=shanghai)) == "Asia/Shanghai (UTC+08:00)"
    assert text.zone(datetime(2026, 8, 31, 15, tzinfo=new_york)) == "America/New_York"  # the offset changes in the year
    assert text.zone(datetime(2026, 5, 1, 7, tzinfo=UTC)) == "UTC+00:00"


@pytest.mark.parametrize(
    ("points", "chinese", "english"),
    [
        (9_500, "9.5 折", "pays 95 %"),
        (9_000, "9 折", "pays 90 %"),
        (7_825, "7.825 折", "pays 78.25 %"),
        (10_000, "不打折", "full price"),
        (0, "免費", "free"),
    ],
)
def test_rates_in_folds_and_in_percent(points: int, chinese: str, english: str) -> None:
    assert text.rate(points, words("zh_Hant_TW")) == chinese
    assert text.rate(points, words("en")) == english
