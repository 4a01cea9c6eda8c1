"""Small exact charts as inline SVG: selectable text, a title that is read aloud, and nothing but integers inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from markupsafe import Markup, escape

from reports.table import Unit
from reports.text import cell, decimal
from reports.words import Words

INK, GREY, HAIR = "#1f2328", "#5b6470", "#e3e2de"
COLOURS = ("#7d2d4a", "#c98a2b", "#175cd3", "#1a7f4b", "#5b6470", "#b0688a", "#7fa6e8", "#8fbf9f")
TOP, BOTTOM, SIZE = 8, 20, 8


@dataclass(frozen=True, slots=True)
class Series:
    """One named row of values, as long as the chart's labels."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Chart:
    """What every chart needs; `title` is read aloud, sizes are px (340 is half a page wide).

    `plain` makes a label printable.
    """

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: Unit
    words: Words
    width: int = 340
    height: int = 150
    plain: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class _Scale:
    """A value axis from low to high in steps, mapped to whole px."""

    low: int
    high: int
    step: int
    start: int
    length: int

    def at(self, value: int) -> int:
        """Where a value lies: px from the axis' beginning."""
        return self.start + (value - self.low) * self.length // (self.high - self.low)

    def ticks(self) -> range:
        """The values with a guide line."""
        return range(self.low, self.high + 1, self.step)


def nice_step(span: int, most: int = 5) -> int:
    """The smallest 1, 2 or 5 times a power of ten that covers the span in at most `most` steps."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * most >= span:
                return factor * power
        power *= 10


def _scale(values: Sequence[int], start: int, length: int) -> _Scale:
    lowest, highest = min(0, *values, 0), max(0, *values, 0)
    step = nice_step(max(1, highest - lowest))
    low = lowest // step * step
    return _Scale(low, max(-(-highest // step) * step, low + step), step, start, length)


def axis_unit(highest: int, unit: Unit, words: Words) -> tuple[int, str]:
    """What axis figures are divided by (a power of ten), and the word for it: 1000000 fen -> "萬"."""
    base = 100 if unit in ("money", "rate", "share") else 1
    if unit in ("rate", "share"):
        return base, "%"
    for power, word in ((100_000_000, "axis.e8"), (1_000_000, "axis.e6"), (10_000, "axis.e4"), (1_000, "axis.e3")):
        if words(word) and highest >= 5 * power * base:
            return power * base, words(word)
    return base, ""


def text_width(text: str) -> int:
    """About how wide a text is, in px at the charts' size."""
    return sum(10 if east_asian_width(character) in "WFA" else 6 for character in text) * SIZE // 10


def _text(x: int, y: int, text: str, anchor: str = "middle", colour: str = GREY) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-size="{SIZE}">{escape(text)}</text>'


def _box(x: int, y: int, width: int, height: int, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}"/>'


def _line(x1: int, y1: int, x2: int, y2: int, colour: str = HAIR) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="1"/>'


def _svg(chart: Chart, parts: Sequence[str], height: int | None = None) -> Markup:
    height = height or chart.height
    frame = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="Noto Sans CJK TC" role="img"><title>{title}</title>{drawing}</svg>'
    )
    drawing = Markup("".join(parts))  # noqa: S704 - every text in it went through escape() in _text
    return frame.format(width=chart.width, height=height, title=chart.plain(chart.title), drawing=drawing)


def _legend(chart: Chart) -> list[str]:
    if len(chart.series) < 2:
        return []
    parts, x = [], 0
    for index, series in enumerate(chart.series):
        name = chart.plain(series.name)
        parts += [_box(x, 1, 8, 8, _colour(index)), _text(x + 11, 8, name, "start", INK)]
        x += 11 + text_width(name) + 12
    return parts


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The drawing area of a chart with an upright value axis, and what is already drawn in it."""

    scale: _Scale
    left: int
    right: int
    parts: list[str]

    def y(self, value: int) -> int:
        """Height of a value in px from the top."""
        return 2 * self.scale.start + self.scale.length - self.scale.at(value)

    def middle(self, index: int, count: int) -> int:
        """The middle of one label's place."""
        return self.left + (self.right - self.left) * (2 * index + 1) // (2 * count)


def _frame(chart: Chart, values: Sequence[int]) -> _Frame:
    """Guide lines, axis figures, labels and legend, before the data is drawn."""
    top = TOP + (14 if len(chart.series) > 1 else 4)
    scale = _scale(values, top, chart.height - top - BOTTOM)
    divisor, word = axis_unit(max(abs(scale.low), scale.high), chart.unit, chart.words)
    figures = [decimal(tick, divisor) + ("\u00a0%" if word == "%" else "") for tick in scale.ticks()]
    left = 6 + max(text_width(figure) for figure in figures)
    frame = _Frame(scale, left, chart.width - 2, _legend(chart))
    for tick, figure in zip(scale.ticks(), figures, strict=True):
        frame.parts.append(_line(left, frame.y(tick), frame.right, frame.y(tick), GREY if tick == 0 else HAIR))
        frame.parts.append(_text(left - 4, frame.y(tick) + 3, figure, "end"))
    if word not in ("", "%"):
        frame.parts.append(_text(chart.width - 2, 8, chart.words("axis.unit", unit=word), "end"))
    frame.parts.extend(_labels(chart, frame))
    return frame


def _labels(chart: Chart, frame: _Frame) -> list[str]:
    labels = [chart.plain(label) for label in chart.labels]
    place = (frame.right - frame.left) // max(1, len(labels))
    every = max(1, -(-(max(map(text_width, labels), default=0) + 6) // max(1, place)))
    bottom = chart.height - 7
    shown = [(index, label) for index, label in enumerate(labels) if index % every == 0]
    return [_text(frame.middle(index, len(labels)), bottom, label) for index, label in shown]


def bar_chart(chart: Chart) -> Markup:
    """Bars side by side, one group a label."""
    frame = _frame(chart, [value for series in chart.series for value in series.values])
    count = max(1, len(chart.labels))
    width = max(1, (frame.right - frame.left) * 7 // (10 * count * max(1, len(chart.series))))
    for index, series in enumerate(chart.series):
        for place, value in enumerate(series.values):
            x = frame.middle(place, count) - width * len(chart.series) // 2 + index * width
            frame.parts.append(_upright(frame, (x, width), 0, value, _colour(index)))
    return _svg(chart, frame.parts)


def _upright(frame: _Frame, place: tuple[int, int], low: int, high: int, colour: str) -> str:
    """A bar from low to high; `place` is its left edge and width. What is not zero is seen: 1 px at least."""
    (x, width), (top, bottom) = place, sorted((frame.y(low), frame.y(high)))
    return _box(x, top, width, max(1, bottom - top) if high != low else 0, colour)


def stacked_chart(chart: Chart) -> Markup:
    """One bar a label, its series on top of each other; values are not negative."""
    count = max(1, len(chart.labels))
    sums = [sum(series.values[place] for series in chart.series) for place in range(len(chart.labels))]
    frame = _frame(chart, sums)
    width = max(1, (frame.right - frame.left) * 6 // (10 * count))
    for place in range(len(chart.labels)):
        x, base = frame.middle(place, count) - width // 2, 0
        for index, series in enumerate(chart.series):
            value = series.values[place]
            frame.parts.append(_upright(frame, (x, width), base, base + value, _colour(index)))
            base += value
    return _svg(chart, frame.parts)


def line_chart(chart: Chart) -> Markup:
    """One line a series, a dot a value."""
    frame = _frame(chart, [value for series in chart.series for value in series.values])
    count = max(1, len(chart.labels))
    for index, series in enumerate(chart.series):
        points = [(frame.middle(place, count), frame.y(value)) for place, value in enumerate(series.values)]
        path = " ".join(f"{x},{y}" for x, y in points)
        frame.parts.append(f'<polyline points="{path}" fill="none" stroke="{_colour(index)}" stroke-width="2"/>')
        if count <= 40:  # more dots than that are a smear
            frame.parts.extend(f'<circle cx="{x}" cy="{y}" r="2" fill="{_colour(index)}"/>' for x, y in points)
    return _svg(chart, frame.parts)


def across_chart(chart: Chart) -> Markup:
    """Bars from left to right, one a label with its figure: for long names. Only the first series is drawn."""
    values = chart.series[0].values
    names = [_shortened(chart.plain(label), chart.width * 45 // 100) for label in chart.labels]
    figures = [cell(value, chart.unit, chart.words) for value in values]
    left = 6 + max(map(text_width, names), default=0)
    room = chart.width - left - 6 - max(map(text_width, figures), default=0)
    highest = max(1, *values, 1)
    parts = []
    for index, (name, value, figure) in enumerate(zip(names, values, figures, strict=True)):
        y, width = index * 16 + 2, max(0, value) * room // highest
        parts += [_text(left - 4, y + 9, name, "end", INK), _box(left, y, max(1, width), 11, _colour(0))]
        parts.append(_text(left + width + 4, y + 9, figure, "start", INK))
    return _svg(chart, parts, max(16, 16 * len(names) + 2))


def _shortened(text: str, room: int) -> str:
    if text_width(text) <= room:
        return text
    while text and text_width(text + "…") > room:
        text = text[:-1]
    return text + "…"


def waterfall_chart(chart: Chart) -> Markup:
    """Steps from one sum to another: the first and last label are sums, the labels between are signed changes."""
    values = chart.series[0].values
    levels = [values[0]]
    for change in values[1:-1]:
        levels.append(levels[-1] + change)
    frame = _frame(chart, [*levels, values[-1]])
    count = len(chart.labels)
    width = (frame.right - frame.left) * 6 // (10 * count)
    for place, value in enumerate(values):
        total = place in (0, count - 1)
        low, high = (0, value) if total else (levels[place - 1], levels[place])
        x = frame.middle(place, count)
        colour = COLOURS[0] if total else COLOURS[1] if value <= 0 else COLOURS[3]
        frame.parts.append(_upright(frame, (x - width // 2, width), low, high, colour))
        frame.parts.append(_text(x, frame.y(max(low, high)) - 3, cell(value, chart.unit, chart.words), colour=INK))
    return _svg(chart, frame.parts)
