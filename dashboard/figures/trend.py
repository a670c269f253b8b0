"""A trend: the value of each period with its interval; a period without one leaves a gap and a sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

from dashboard.figures import theme
from dashboard.figures.area_map import much_unknown
from dashboard.figures.ground import Figure, Trace
from dashboard.figures.tokens import CLEAR, seen_through
from dashboard.messages import Translate
from surveillance.coverage.estimates import Estimate

#: Days; a shorter trend is marked by days.
_SHORT = 120
#: So many periods at most stand with their names on the axis.
_NAMED = 5
#: So many people at most are counted one by one.
_FEW = 3


@dataclass(frozen=True)
class TrendValue:
    """One period: its name, first and last day (ISO) and value; `part` are the days left of one cut off."""

    label: str
    start: str
    value: Estimate
    part: str = ""
    end: str = ""

    @property
    def name(self) -> str:
        """The name for the pointer, with the days where they are not the whole period."""
        return f"<b>{self.label}</b>" + (f" ({self.part})" if self.part else "")


def trend(points: Sequence[TrendValue], title: str, t: Translate) -> Figure:
    """Draw a trend from zero to the highest limit, and beneath it how many were counted, as bars."""
    traces: list[Trace] = []
    for shown, run in groupby(points, key=lambda p: p.value.coverage is not None):
        members = list(run)
        if shown:
            traces.append(_band(members))
            traces.append(_line(members, title, t))
    missing = [p for p in points if p.value.coverage is None]
    if missing:
        traces.append(_gaps(missing, t))
    traces += _bars(points, t)
    layout = {
        "margin": {"l": 44, "r": 8, "t": 8, "b": 32},
        "height": 255,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "hoverlabel": theme.HOVER | {"align": "left"},
        "font": {"family": theme.FONT, "size": 12, "color": theme.INK},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "yaxis": {
            "tickformat": ".0%",
            "range": [0, _top(points)],
            "domain": [0.34, 1],
            "gridcolor": theme.GRID,
            "fixedrange": True,
            "zeroline": True,
            "zerolinecolor": theme.AXIS,
            "zerolinewidth": 2,
            "automargin": True,
        },
        "yaxis2": {
            "domain": [0, 0.24],
            "anchor": "x",
            "rangemode": "tozero",
            "zeroline": False,
            "automargin": True,
            "tickformat": ",d",
            **_whole_numbers(points),
            "gridcolor": theme.GRID,
            "fixedrange": True,
        },
        "xaxis": {
            "type": "date",
            "gridcolor": theme.DAYS,
            "fixedrange": True,
            "anchor": "y2",
            "automargin": True,
            "range": _span(points),
            **_ticks(points),
        },
    }
    return {"data": traces, "layout": layout}


def _ticks(points: Sequence[TrendValue]) -> dict[str, object]:
    """The names of few periods; else months, and days where the months alone would repeat themselves."""
    if len(points) <= _NAMED:
        names = {"tickvals": [p.start for p in points], "ticktext": [p.label for p in points]}
        return names | ({"tickangle": 0} if len(points) < _NAMED else {})
    if all(p.label.isdigit() for p in points):  # years
        some = points[:: -(-len(points) // (_NAMED + 1))]
        return {"tickvals": [p.start for p in some], "ticktext": [p.label for p in some]}
    span = date.fromisoformat(points[-1].start) - date.fromisoformat(points[0].start)
    return {"tickformat": "%d/%m" if span.days < _SHORT else "%m/%Y", "nticks": 6}


def _whole_numbers(points: Sequence[TrendValue]) -> dict[str, object]:
    """Few people are counted one by one: half a person has no tick."""
    most = max(((p.value.denominator or 0) + (p.value.unknown or 0) for p in points), default=0)
    return {"dtick": 1} if most <= _FEW else {"nticks": 3}


def _length(points: Sequence[TrendValue]) -> timedelta:
    """The days between two points; of a single one its own days."""
    first = date.fromisoformat(points[0].start)
    if len(points) > 1:
        return min(
            (date.fromisoformat(after.start) - date.fromisoformat(before.start))
            for before, after in pairwise(points)
        )
    return date.fromisoformat(points[0].end or points[0].start) - first + timedelta(days=1)


def _span(points: Sequence[TrendValue]) -> list[str] | None:
    """First and last day of the axis: a single point stands in the middle of its own period."""
    if not points:
        return None
    half = _length(points) * (0.6 if len(points) > 1 else 1.0)
    first, last = (datetime.fromisoformat(p.start) for p in (points[0], points[-1]))
    return [(first - half).isoformat(), (last + half).isoformat()]


def _top(points: Sequence[TrendValue]) -> float:
    """Upper end of the axis of proportions."""
    highest = max((p.value.upper for p in points if p.value.upper is not None), default=1.0)
    return max(0.02, min(1.02, highest * 1.08))


def _bars(points: Sequence[TrendValue], t: Translate) -> list[Trace]:
    """How many were counted, and on top of them how many are unknown.

    Drawn as areas: the bundle of Plotly that pages use has no bars.
    """
    shown = [p for p in points if p.value.denominator is not None]
    if not shown:
        return []
    half = _length(points) * 0.35
    counted = [p.value.denominator or 0 for p in shown]
    every = [known + (p.value.unknown or 0) for p, known in zip(shown, counted, strict=True)]
    nothing = [0] * len(shown)
    parts = (
        (t("Counted"), nothing, counted, theme.TREND),
        (t("Unknown"), counted, every, theme.UNKNOWN.colour),
    )
    return [_boxes(shown, half, *part) for part in parts] + [
        {
            "type": "scatter",
            "x": [p.start for p in shown],
            "y": every,
            "yaxis": "y2",
            "mode": "markers",
            "marker": {"size": 14, "opacity": 0},
            "text": [
                f"{p.name}<br>{t('Counted')}: {known:,}<br>{theme.unknown(p.value, t)}"
                for p, known in zip(shown, counted, strict=True)
            ],
            "hovertemplate": "%{text}<extra></extra>",
        }
    ]


def _boxes(
    shown: Sequence[TrendValue],
    half: timedelta,
    name: str,
    low: Sequence[int],
    high: Sequence[int],
    colour: str,
) -> Trace:
    """One box for each period, from `low` to `high`."""
    x: list[str | None] = []
    y: list[int | None] = []
    for point, bottom, top in zip(shown, low, high, strict=True):
        if top == bottom:
            continue
        middle = datetime.fromisoformat(point.start)
        left, right = (middle - half).isoformat(), (middle + half).isoformat()
        x += [left, left, right, right, left, None]
        y += [bottom, top, top, bottom, bottom, None]
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "yaxis": "y2",
        "mode": "lines",
        "line": {"width": 0.8, "color": theme.MUTED, "shape": "linear"},
        "fill": "toself",
        "fillcolor": colour,
        "hoverinfo": "skip",
        "name": name,
    }


def _band(members: Sequence[TrendValue]) -> Trace:
    forth = [p.start for p in members]
    return {
        "type": "scatter",
        "x": [*forth, *reversed(forth)],
        "y": [*(p.value.upper for p in members), *(p.value.lower for p in reversed(members))],
        "fill": "toself",
        "fillcolor": seen_through(theme.TREND, 0.2),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "mode": "lines",
    }


def _line(members: Sequence[TrendValue], title: str, t: Translate) -> Trace:
    of = t("{numerator:,} of {denominator:,}")
    return {
        "type": "scatter",
        "x": [p.start for p in members],
        "y": [p.value.coverage for p in members],
        "mode": "lines+markers",
        "line": {"color": theme.TREND, "width": 2},
        "marker": {
            "size": [9 if len(members) == 1 else 7 if p.part else 4 for p in members],
            "symbol": [_symbol(p) for p in members],
        },
        **_limits(members),
        "cliponaxis": False,
        "text": [
            f"{p.name}<br>{theme.percent(p.value.coverage)} "
            f"({theme.percent(p.value.lower)}–{theme.percent(p.value.upper)})<br>"
            + of.format(numerator=p.value.numerator, denominator=p.value.denominator)
            + (f"<br>{much_unknown(p.value, t)}" if p.value.mostly_unknown else "")
            + (f"<br>{theme.FEW_REPORTS} {theme.reports_said(p.value, t)}" if p.value.few_reports else "")
            for p in members
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "name": title,
    }


def _limits(members: Sequence[TrendValue]) -> Trace:
    """The interval of a point that stands alone, where a band has no width."""
    if len(members) != 1:
        return {}
    value = members[0].value
    if value.coverage is None or value.lower is None or value.upper is None:
        return {}
    limits = {
        "type": "data",
        "symmetric": False,
        "array": [value.upper - value.coverage],
        "arrayminus": [value.coverage - value.lower],
        "color": theme.TREND,
        "thickness": 1.5,
        "width": 5,
    }
    return {"error_y": limits}


def _symbol(point: TrendValue) -> str:
    """Open where days are cut off, a diamond where much is unknown, a square where few reports came."""
    shape = "diamond" if point.value.mostly_unknown else "circle"
    if point.value.few_reports and not point.part:
        return "square-open"
    return f"{shape}-open" if point.part or point.value.mostly_unknown else shape


def _gaps(missing: Sequence[TrendValue], t: Translate) -> Trace:
    """Periods without a value, along the foot of the chart, each with the sign of its status."""
    looks = [theme.look_of(p.value, "testing") for p in missing]
    return {
        "type": "scatter",
        "x": [p.start for p in missing],
        "y": [0] * len(missing),
        "mode": "text",
        "text": [look.sign for look in looks],
        "textposition": "top center",
        "textfont": {"family": theme.FONT, "size": 11, "color": theme.MUTED},
        "hovertext": [f"{p.name}<br>{t(look.label)}" for p, look in zip(missing, looks, strict=True)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
