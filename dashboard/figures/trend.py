"""A trend: the value of each period with its interval; a period without one leaves a gap and a sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.area_map import much_unknown
from dashboard.messages import Translate
from surveillance.estimates import Estimate

#: Days; a shorter trend is marked by days.
_SHORT = 120


@dataclass(frozen=True)
class TrendValue:
    """One period: its name, its first day (ISO), its value; `part` are the days left of one cut off."""

    label: str
    start: str
    value: Estimate
    part: str = ""

    @property
    def name(self) -> str:
        """The name for the pointer, with the days where they are not the whole period."""
        return f"<b>{self.label}</b>" + (f" ({self.part})" if self.part else "")


def trend(points: Sequence[TrendValue], title: str, t: Translate) -> go.Figure:
    """Draw a trend from zero to the highest limit."""
    figure = go.Figure()
    for shown, run in groupby(points, key=lambda p: p.value.coverage is not None):
        members = list(run)
        if shown:
            figure.add_trace(_band(members))
            figure.add_trace(_line(members, title, t))
    missing = [p for p in points if p.value.coverage is None]
    if missing:
        figure.add_trace(_gaps(missing, t))
    figure.update_layout(
        margin={"l": 44, "r": 8, "t": 8, "b": 32},
        height=230,
        paper_bgcolor="white",
        plot_bgcolor="white",
        font={"family": theme.FONT, "size": 12, "color": theme.INK},
        showlegend=False,
        hovermode="closest",
        dragmode=False,
        yaxis={
            "tickformat": ".0%",
            "rangemode": "tozero",
            "gridcolor": "#e3e7eb",
            "fixedrange": True,
            "zeroline": True,
            "zerolinecolor": "#9aa3ab",
        },
        xaxis={
            "type": "date",
            "gridcolor": "#f0f2f4",
            "fixedrange": True,
            "tickformat": _ticks(points),
            "nticks": 6,
        },
    )
    return figure


def _ticks(points: Sequence[TrendValue]) -> str:
    """Days where the months alone would repeat themselves."""
    if not points:
        return "%m/%Y"
    span = date.fromisoformat(points[-1].start) - date.fromisoformat(points[0].start)
    return "%d/%m" if span.days < _SHORT else "%m/%Y"


def _band(members: Sequence[TrendValue]) -> go.Scatter:
    forth = [p.start for p in members]
    return go.Scatter(
        x=[*forth, *reversed(forth)],
        y=[*(p.value.upper for p in members), *(p.value.lower for p in reversed(members))],
        fill="toself",
        fillcolor=theme.BAND,
        line={"width": 0},
        hoverinfo="skip",
        mode="lines",
    )


def _line(members: Sequence[TrendValue], title: str, t: Translate) -> go.Scatter:
    of = t("{numerator:,} of {denominator:,}")
    return go.Scatter(
        x=[p.start for p in members],
        y=[p.value.coverage for p in members],
        mode="lines+markers",
        line={"color": theme.TREND, "width": 2},
        marker={
            "size": [7 if p.part else 4 for p in members],
            "symbol": [_symbol(p) for p in members],
        },
        text=[
            f"{p.name}<br>{theme.percent(p.value.coverage)} "
            f"({theme.percent(p.value.lower)}–{theme.percent(p.value.upper)})<br>"
            + of.format(numerator=p.value.numerator, denominator=p.value.denominator)
            + (f"<br>{much_unknown(p.value, t)}" if p.value.mostly_unknown else "")
            for p in members
        ],
        hovertemplate="%{text}<extra></extra>",
        name=title,
    )


def _symbol(point: TrendValue) -> str:
    """Open where days are cut off, a diamond where more than a fifth is unknown."""
    shape = "diamond" if point.value.mostly_unknown else "circle"
    return f"{shape}-open" if point.part or point.value.mostly_unknown else shape


def _gaps(missing: Sequence[TrendValue], t: Translate) -> go.Scatter:
    """Periods without a value, along the foot of the chart, each with the sign of its status."""
    looks = [theme.look_of(p.value, "testing") for p in missing]
    return go.Scatter(
        x=[p.start for p in missing],
        y=[0] * len(missing),
        mode="text",
        text=[look.sign for look in looks],
        textposition="top center",
        textfont={"family": theme.FONT, "size": 11, "color": theme.MUTED},
        hovertext=[f"{p.name}<br>{t(look.label)}" for p, look in zip(missing, looks, strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
    )
