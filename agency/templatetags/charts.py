"""Charts drawn on the server: SVG with a title, a description and the same figures as a table. No script, no style."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from html import escape

from django import template
from django.utils import formats, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from ..views.words import short
from .show import number, percent

register = template.Library()

WIDTH, HEIGHT = 640, 230
LEFT, RIGHT, TOP, BOTTOM = 66, 10, 14, 30
MOST_TICKS, MOST_LABELS, MOST_DOTS = 4, 7, 31
LENGTHS = (60, 300, 600, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000)
LEVELS = 5  # shades of the heatmap
CELL, ROW_NAMES, COLUMN_NAMES = 26, 34, 20


@dataclass(frozen=True)
class Series:
    """One line: a value a day, None where there is none; `style` is line, area, bars or before."""

    name: str
    values: Sequence[float | None]
    style: str = "line"


@dataclass(frozen=True)
class Chart:
    """`slug` is its id on the page; `unit` is number, percent (0 to 1) or length (seconds)."""

    slug: str
    title: str
    days: Sequence[date]
    series: Sequence[Series]
    unit: str = "number"
    note: str = ""

    @property
    def empty(self) -> bool:
        return all(value is None for one in self.series for value in one.values)


@dataclass(frozen=True)
class Bar:
    """`share` and `target` are lengths from 0 to 1, `text` is what stands beside the bar."""

    name: str
    share: float
    text: str
    target: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Heat:
    """`cells` by (row, column): the value and what is said of it; `best` are marked with a star."""

    slug: str
    title: str
    rows: Sequence[str]
    columns: Sequence[int]
    cells: dict[tuple[int, int], tuple[float, str]]
    best: Sequence[tuple[int, int]] = field(default=())


def told(value: float | None, unit: str) -> str:
    """A value as people read it; a dash where there is none."""
    if value is None:
        return "–"
    if unit == "percent":
        return percent(value, 0 if value in (0, 1) else 1)
    return short(value) if unit == "length" else number(value)


def day_told(day: date) -> str:
    return _day_told(day, translation.get_language())


@lru_cache(maxsize=1_000)
def _day_told(day: date, language: str) -> str:
    return formats.date_format(day, "SHORT_DATE_FORMAT")


@register.inclusion_tag("parts/chart_lines.html")
def chart(chart: Chart) -> dict:
    step = _step(chart)
    top = step * max(1, -(-_highest(chart) // step))
    plot = _Plot(len(chart.days), top)
    rows = [
        [day_told(day), *(told(one.values[place], chart.unit) for one in chart.series)]
        for place, day in enumerate(chart.days)
        if any(one.values[place] is not None for one in chart.series)
    ]
    return {
        "chart": chart,
        "summary": _summary(chart),
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "floor": HEIGHT - BOTTOM,
        "ticks": [(plot.y(step * n), _tick(step * n, chart.unit)) for n in range(int(top / step + 0.5) + 1)],
        "labels": [(plot.x(place), HEIGHT - 10, _label(chart.days[place])) for place in _labelled(len(chart.days))],
        "drawn": [_drawn(one, plot) for one in chart.series],
        "hits": _hits(chart, plot),
        "table": body(rows, [True] + [False] * len(chart.series)),
    }


@register.inclusion_tag("parts/chart_bars.html")
def bars(title: str, rows: Sequence[Bar], targets: bool = False) -> dict:
    drawn = [(row, _round(row.share * 100), row.target and _round(row.target * 100)) for row in rows]
    return {"title": title, "rows": drawn, "targets": targets}


@register.inclusion_tag("parts/chart_heat.html")
def heat(heat: Heat) -> dict:
    highest = max((value for value, _ in heat.cells.values()), default=0) or 1
    cells = [
        {
            "x": ROW_NAMES + heat.columns.index(column) * CELL,
            "y": COLUMN_NAMES + row * CELL,
            "level": min(LEVELS, int(value / highest * LEVELS) + 1) if value > 0 else 0,
            "said": said,
            "best": (row, column) in heat.best,
        }
        for (row, column), (value, said) in sorted(heat.cells.items())
    ]
    return {
        "heat": heat,
        "width": ROW_NAMES + len(heat.columns) * CELL,
        "height": COLUMN_NAMES + len(heat.rows) * CELL,
        "bed": "".join(
            f"M{ROW_NAMES + n * CELL} {COLUMN_NAMES + m * CELL}h24v24h-24z"
            for m in range(len(heat.rows))
            for n in range(len(heat.columns))
        ),
        "cells": cells,
        "rows": [(COLUMN_NAMES + place * CELL + CELL * 0.68, name) for place, name in enumerate(heat.rows)],
        "columns": [
            (ROW_NAMES + place * CELL + CELL / 2 - 1, hour) for place, hour in enumerate(heat.columns) if hour % 3 == 0
        ],
    }


class _Plot:
    """Places in the drawing: x by the number of the day, y by value from 0 to `top`."""

    def __init__(self, days: int, top: float):
        self.days, self.top = days, top
        self.wide = (WIDTH - LEFT - RIGHT) / max(days, 1)

    def x(self, place: int) -> float:
        return _round(LEFT + (place + 0.5) * self.wide)

    def y(self, value: float) -> float:
        return _round(HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM))


def _drawn(series: Series, plot: _Plot) -> dict:
    floor = HEIGHT - BOTTOM
    points = [(plot.x(place), plot.y(value)) for place, value in enumerate(series.values) if value is not None]
    if series.style == "bars":
        wide = _round(plot.wide * 0.7)
        return {"style": "bars", "rects": [(_round(x - wide / 2), y, wide, _round(floor - y)) for x, y in points]}
    runs = [run for run in _runs(series.values, plot) if len(run) > 1]
    paths = ["M" + "L".join(f"{x} {y}" for x, y in run) for run in runs]
    areas = []
    if series.style == "area":
        areas = [
            f"{path}L{run[-1][0]} {floor}L{run[0][0]} {floor}Z" for path, run in zip(paths, runs, strict=True)
        ]
    lonely = [run[0] for run in _runs(series.values, plot) if len(run) == 1]
    dots = points if plot.days <= MOST_DOTS and series.style == "line" else lonely
    return {"style": series.style, "paths": paths, "areas": areas, "dots": dots}


def _runs(values: Sequence[float | None], plot: _Plot) -> Iterator[list[tuple[float, float]]]:
    """The stretches of days that have a value."""
    run: list[tuple[float, float]] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            run.append((plot.x(place), plot.y(value)))
        elif run:
            yield run
            run = []


def _hits(chart: Chart, plot: _Plot) -> str:
    """For each day a strip that tells its values to who points at it."""
    size = f'y="0" width="{_round(plot.wide)}" height="{HEIGHT - BOTTOM}"'
    strips = []
    for place, day in enumerate(chart.days):
        said = [f"{one.name}: {told(one.values[place], chart.unit)}" for one in chart.series]
        title = escape("\n".join([day_told(day), *said]))
        strips.append(f'<rect class="hit" x="{_round(LEFT + place * plot.wide)}" {size}><title>{title}</title></rect>')
    return mark_safe("".join(strips))


def _highest(chart: Chart) -> float:
    return max((value for one in chart.series for value in one.values if value is not None), default=0)


def _step(chart: Chart) -> float:
    """The distance of the lines behind a chart: a number that people count in."""
    highest = _highest(chart)
    if chart.unit == "length":
        return next((one for one in LENGTHS if highest <= one * MOST_TICKS), LENGTHS[-1] * (highest // LENGTHS[-1] + 1))
    if chart.unit == "percent" and highest > 0.5:
        return 0.25
    least, size = (1, 1.0) if chart.unit == "number" else (0.001, 0.001)
    while highest > 10 * size * MOST_TICKS:
        size *= 10
    return max(least, next(size * one for one in (1, 2, 5, 10) if highest <= size * one * MOST_TICKS))


def _tick(value: float, unit: str) -> str:
    if unit == "percent":
        return percent(value, 0 if round(value * 1000) % 10 == 0 else 1)
    return "0" if not value else told(value, unit)


def _labelled(days: int) -> list[int]:
    apart = max(1, -(-days // MOST_LABELS))
    return list(range(days - 1, -1, -apart))[::-1]


def _label(day: date) -> str:
    return formats.date_format(day, "j.n." if translation.get_language() == "de" else "j M")


def _summary(chart: Chart) -> str:
    main = chart.series[0]
    known = [(value, day) for value, day in zip(main.values, chart.days, strict=True) if value is not None]
    if not known:
        return _("No figures in this period.")
    value, day = max(known)
    return _("%(name)s from %(from)s to %(to)s; the highest value is %(value)s on %(day)s.") % {
        "name": main.name, "from": day_told(chart.days[0]), "to": day_told(chart.days[-1]),
        "value": told(value, chart.unit), "day": day_told(day),
    }  # fmt: skip


def _round(value: float) -> float:
    return round(value, 1)


@register.inclusion_tag("parts/sheet.html")
def sheet(table, most: int = 100) -> dict:
    """A table of `sheets.Table` as people read it, with at most so many rows."""
    units = [unit for _name, unit in table.columns]
    rows = [[_told(value, unit) for value, unit in zip(row, units, strict=True)] for row in table.rows[:most]]
    return {"table": table, "body": body(rows, [unit in ("text", "day") for unit in units])}


def body(rows: Sequence[Sequence[str]], words: Sequence[bool]) -> str:
    """The rows of a table as HTML, a heading first; what is no words stands to the right.

    A template would take most of a page's time for a thousand cells.
    """
    tags = ["<td>" if word else '<td class="num">' for word in words[1:]]
    lines = (
        f'<th scope="row">{escape(first)}</th>'
        + "".join(f"{tag}{escape(text)}</td>" for tag, text in zip(tags, rest, strict=True))
        for first, *rest in rows
    )
    return mark_safe("".join(f"<tr>{line}</tr>" for line in lines))


def _told(value, unit: str) -> str:
    if unit == "day":
        return "–" if value is None else day_told(value)
    if unit == "points":
        return "–" if value is None else f"{'+' if value > 0 else ''}{number(value, 1)}"
    return str(value) if unit == "text" else told(value, unit)
