"""How values look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask, session

from core.web import formats
from core.web.config import WeakSecret, WebConfig, check_secret, from_environment
from core.web.returning import own_path
from rules.vocabulary import Choice, Text
from tests.web.conftest import SECRET


@pytest.fixture
def chinese(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def test_amounts_are_exact(chinese: None) -> None:
    assert formats.money(248820) == '<span class="num">2,488.20</span>'
    assert formats.money(-5) == '<span class="num">\u22120.05</span>'
    assert formats.points(-12345) == '<span class="num">\u221212,345</span>'
    assert formats.money(None) == formats.points(None) == '<span class="num">–</span>'


@pytest.mark.parametrize(("rate", "text"), [(9500, "9.5 折"), (9000, "9 折"), (8550, "8.55 折"), (7800, "7.8 折")])
def test_rates_are_written_in_tenths(chinese: None, rate: int, text: str) -> None:
    assert formats.rate_text(rate) == text


def test_rates_in_english(app: Flask) -> None:
    with app.test_request_context():
        session["locale"] = "en"
        assert formats.rate_text(9500) == "pays 95 %"
        assert formats.rate_text(8525) == "pays 85.25 %"
        assert formats.percent(1250) == '<span class="num">12.5 %</span>'


@pytest.mark.parametrize(
    ("language", "this_year", "another"),
    [
        ("zh_Hant_TW", "5月1日（週五）", "2027年5月1日（週六）"),
        ("zh_Hans_CN", "5月1日（周五）", "2027年5月1日（周六）"),
        ("en", "Fri 1 May", "Sat 1 May 2027"),
    ],
)
def test_a_sentence_says_a_day_in_words(app: Flask, now: datetime, language: str, this_year: str, another: str) -> None:
    with app.test_request_context():
        session["locale"] = language
        assert formats.day_in_words(date(2026, 5, 1)) == formats.day_in_words("2026-05-01") == this_year
        assert formats.day_in_words(date(2027, 5, 1)) == another
        assert formats.day_in_words(None) == formats.day_in_words("") == "–"


def test_days_and_moments(chinese: None) -> None:
    assert formats.day(date(2026, 5, 1)) == "2026-05-01"
    assert formats.moment(datetime(2026, 5, 1, 16, 30, tzinfo=UTC)) == "2026-05-02 00:30"
    assert formats.day(None) == formats.moment(None) == formats.text("") == "–"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (101, "農曆正月初一"),
        (815, "農曆八月十五"),
        (1020, "農曆十月二十"),
        (1229, "農曆十二月廿九"),
        (1130, "農曆十一月三十"),
        (-610, "農曆閏六月初十"),
        (None, "–"),
    ],
)
def test_lunar_days_are_written_as_people_say_them(chinese: None, key: int | None, text: str) -> None:
    assert formats.lunar_day(key) == text


def test_lunar_days_in_english(app: Flask) -> None:
    with app.test_request_context():
        session["locale"] = "en"
        assert (formats.lunar_day(815), formats.lunar_day(-610)) == ("lunar 8-15", "lunar leap 6-10")


def test_chips_carry_the_word_and_escape_it(chinese: None) -> None:
    assert formats.tier_chip("gold") == '<span class="chip chip-gold">金卡</span>'
    assert formats.tier_chip("") == '<span class="chip chip-prospect">潛在顧客</span>'
    assert "<b>" not in formats.tier_chip("<b>")
    assert formats.state_chip({"a": ("good", "Fine")})("a") == '<span class="chip chip-good">Fine</span>'
    assert formats.state_chip({})("z") == '<span class="chip chip-quiet">z</span>'
    assert formats.state_chip({"a": ("good", "Fine")})(None) == "–"


def test_a_formatter_of_codes_knows_them() -> None:
    """Filters are chosen from them."""
    assert formats.codes_of(formats.worded({"a": "Kind A", "b": "Kind B"})) == ("a", "b")
    assert formats.codes_of(formats.state_chip({"a": ("good", "Fine")})) == ("a",)
    assert formats.codes_of(formats.tier_or_none) == ("ordinary", "gold", "diamond")
    assert formats.codes_of(formats.money) == formats.codes_of(None) == ()


def test_choices_speak_the_persons_language(app: Flask) -> None:
    shown = formats.choice((Choice("a", Text("甲種", "甲种", "Kind A")),))
    with app.test_request_context():
        assert shown("a") == "甲種"
        assert shown("unknown") == "unknown"
    with app.test_request_context():
        session["locale"] = "en"
        assert shown("a") == "Kind A"


def test_phones_are_masked() -> None:
    assert formats.masked_phone("+8613812345678") == "+86138****5678"
    assert formats.masked_phone(None) == "–"


@pytest.mark.parametrize("secret", ["", "short", "a" * 64, "secret" * 10, "changeme-changeme-changeme-changeme-1"])
def test_weak_secrets_are_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(WeakSecret):
        check_secret(secret)
    with pytest.raises(WeakSecret):
        WebConfig(secret_key=secret, var=tmp_path)


def test_the_secret_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIBIN_VAR", str(tmp_path))
    monkeypatch.delenv("GUIBIN_SECRET_KEY", raising=False)
    first, second = from_environment(), from_environment()
    assert first.secret_key == second.secret_key
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
    assert not first.secure
    monkeypatch.setenv("GUIBIN_SECRET_KEY", "weak")
    with pytest.raises(WeakSecret):
        from_environment()
    monkeypatch.setenv("GUIBIN_SECRET_KEY", SECRET)
    monkeypatch.setenv("GUIBIN_PUBLIC_HOSTS", "vip.example.com, shop.example.com")
    config = from_environment()
    assert config.secure
    assert config.hosts[-2:] == ["vip.example.com", "shop.example.com"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/x",
        "/\\evil",
        "mailto:x",
        "x",
        "",
        None,
        "/a\nb",
        "http://localhost@evil/",
    ],
)
def test_addresses_off_the_product_are_none(app: Flask, address: str | None) -> None:
    with app.test_request_context():
        assert own_path(address) is None
        assert own_path("http://localhost/x?y=1") == own_path("/x?y=1") == "/x?y=1"
