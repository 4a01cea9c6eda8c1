from __future__ import annotations

import re
from importlib.resources import files
from string import Formatter

import pytest

from reports.document import LANGUAGES
from reports.words import words

TEMPLATES = [path for path in (files("reports") / "templates").iterdir() if path.name.endswith(".html")]
SOURCES = [
    *(files("reports").iterdir()),
    *((files("reports") / "documents").iterdir()),
    *TEMPLATES,
]


def _facts(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_all_languages_have_the_same_words_with_the_same_facts() -> None:
    first, *others = [words(language).texts for language in LANGUAGES]
    for other in others:
        assert other.keys() == first.keys()
        for key, text in first.items():
            if key != "rate.pays":  # folds in Chinese, percent in English
                assert _facts(text) == _facts(other[key]), key


def test_every_word_that_is_asked_for_is_there() -> None:
    asked: set[str] = set()
    for path in SOURCES:
        if path.name.endswith((".py", ".html")):
            asked |= set(re.findall(r'(?:words|speech)\("([a-z_]+\.[a-z_0-9]+)"', path.read_text("utf-8")))
    assert len(asked) > 60
    assert asked - words("en").texts.keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_printable_in_the_print_fonts(language: str) -> None:
    from reports.fonts import covered

    assert {
        character for text in words(language).texts.values() for character in text if ord(character) not in covered()
    } == set()


def test_traditional_texts_hold_no_simplified_characters_and_the_other_way_round() -> None:
    simplified = set(
        "页内审计号编导资时点讯无见数据单额亿万价规则实门银会员级间话属变动笔围币类给与应从获计减结余负担谁张发条个对账载项还积图几为开题复说调码节连续总"
    )
    traditional = set(
        "頁內稽號編匯資時點訊無見數據單額億萬價規則實門銀會員級間話屬變動筆圍幣類給與應從獲計減結餘負擔誰張發條個對帳載項還積圖幾為開題複說調碼節連續總"
    )
    both = simplified & traditional
    assert not (simplified - both) & set("".join(words("zh_Hant_TW").texts.values()))
    assert not (traditional - both) & set("".join(words("zh_Hans_CN").texts.values()))


def test_no_template_switches_escaping_off() -> None:
    assert TEMPLATES
    for path in TEMPLATES:
        assert not re.search(r"\|\s*safe|autoescape|Markup", path.read_text("utf-8")), path.name
