from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from reports.charts import (
    Chart,
    Series,
    across_chart,
    axis_unit,
    bar_chart,
    line_chart,
    nice_step,
    stacked_chart,
    waterfall_chart,
)
from reports.words import words

DRAW: list[Callable[[Chart], Markup]] = [bar_chart, line_chart, stacked_chart, across_chart, waterfall_chart]
SVG = "{http://www.w3.org/2000/svg}"


def chart(values: list[int], **more: Any) -> Chart:
    labels = [f"2026-{index:02} <&>" for index in range(len(values))]
    return Chart("哪些 <規則>?", labels, [Series("a & b", values)], "money", words("zh_Hant_TW"), **more)


@pytest.mark.parametrize("draw", DRAW)
@pytest.mark.parametrize("values", [[1], [0, 0], [5, 3, 0], [10**15, 1, 2], [100] * 60])
def test_charts_are_well_formed_whole_numbered_and_have_a_title(
    draw: Callable[[Chart], Markup], values: list[int]
) -> None:
    drawing = draw(chart(values))
    root = ET.fromstring(drawing)
    assert root.findtext(f"{SVG}title") == "哪些 <規則>?"
    for element in root.iter():
        for name in ("x", "y", "width", "height", "cx", "cy", "x1", "y1", "x2", "y2"):
            assert re.fullmatch(r"-?\d+", element.get(name, "0"))
            if name in ("width", "height"):
                assert int(element.get(name, "0")) >= 0


@pytest.mark.parametrize("draw", [bar_chart, line_chart])
def test_negative_values_hang_below_the_zero_line(draw: Callable[[Chart], Markup]) -> None:
    root = ET.fromstring(draw(chart([500, -300])))
    figures = [element.text for element in root.iter(f"{SVG}text")]
    assert "0" in figures
    assert any(figure and figure.startswith("−") for figure in figures)


def test_bars_are_as_tall_as_their_values() -> None:
    root = ET.fromstring(bar_chart(chart([10_000, 5_000, 2_500])))
    tall = [int(element.get("height", "0")) for element in root.iter(f"{SVG}rect")]
    assert tall[0] // 2 - 1 <= tall[1] <= tall[0] // 2 + 1
    assert tall[0] // 4 - 1 <= tall[2] <= tall[0] // 4 + 1


def test_a_waterfall_ends_where_its_steps_lead() -> None:
    root = ET.fromstring(waterfall_chart(chart([10_000, -2_000, -3_000, 5_000])))
    bars = [(int(e.get("y", "0")), int(e.get("height", "0"))) for e in root.iter(f"{SVG}rect")]
    assert bars[1][0] == bars[0][0]
    assert bars[2][0] + bars[2][1] == bars[3][0]


def test_steps_of_an_axis_are_one_two_or_five() -> None:
    assert [nice_step(span) for span in (1, 5, 6, 11, 26, 51, 999)] == [1, 1, 2, 5, 10, 20, 200]


def test_axis_words_follow_the_language() -> None:
    assert axis_unit(1_000_000_000, "money", words("zh_Hant_TW")) == (1_000_000, "萬")
    assert axis_unit(1_000_000_000, "money", words("en")) == (100_000_000, "millions")
    assert axis_unit(900, "count", words("en")) == (1, "")
