"""Invented names, as they are written in Hong Kong and Taipei, and as they are written in Shanghai."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

_FAMILY_HANT = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高簡鍾游詹施沈盧梁趙顏"
_FAMILY_HANS = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余"
_GIVEN_HANT = (
    *("雅婷", "怡君", "淑芬", "美玲", "思穎", "詠詩", "嘉慧", "麗華", "靜宜", "佩珊", "慧敏", "婉儀", "曉彤", "子晴"),
    *("家豪", "志明", "俊傑", "建宏", "冠宇", "偉倫", "浩然", "啟賢", "國華", "文軒", "宗翰", "承恩", "彥廷", "柏翰"),
)
_GIVEN_HANS = (
    *("丽娜", "静怡", "晓燕", "雪梅", "婷婷", "思远", "梦瑶", "佳琪", "雨欣", "欣怡", "晨曦", "若兰", "诗涵", "美琳"),
    *("伟强", "建国", "志远", "俊杰", "浩宇", "子轩", "文博", "天宇", "明哲", "海涛", "东升", "立群", "宏伟", "凯文"),
)
_WOMEN = 14  # the first of the given names
_OF_THE_MOON = 45  # of those who are older, some keep the lunar birthday
DISTRICTS = ("黃浦區", "靜安區", "徐匯區", "西湖区", "天河区", "福田区", "武侯区", "鼓楼区")
CHANNELS = ("walk_in", "walk_in", "walk_in", "referral", "partner", "campaign")


def person(chance: Random) -> tuple[str, str]:
    """Return a name and a sex."""
    family, given = (_FAMILY_HANT, _GIVEN_HANT) if chance.randrange(3) == 0 else (_FAMILY_HANS, _GIVEN_HANS)
    place = chance.randrange(len(given))
    return chance.choice(family) + given[place], "female" if place < _WOMEN else "male"


def birthday(chance: Random, today: date) -> dict[str, Any]:
    """Return the birthday of somebody who is grown up on a day; some are on 29 February, some keep the lunar one."""
    year = chance.randrange(today.year - 68, today.year - 20)
    born = date.fromordinal(date(year, 1, 1).toordinal() + chance.randrange(365 + (year % 4 == 0)))
    return {"birthday": born, "birthday_lunar": today.year - year > _OF_THE_MOON and chance.randrange(3) == 0}


def phone(number: int) -> str:
    """Return the mobile number of the member so numbered."""
    return f"+86138{number:08d}"
