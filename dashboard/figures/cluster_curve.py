"""A cluster's curve: cases inside with those expected, cases outside below, the cluster's dates shaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.tokens import CLEAR, light, seen_through
from dashboard.messages import Translate

_FEW = 5
#: Colours of both sides.
INSIDE, OUTSIDE = light("rank-1"), light("chance")
_SHADE = seen_through(light("rank-2"), 0.14)


@dataclass(frozen=True)
class Step:
    """One unit of time, from its first day on."""

    start: date
    inside: int
    outside: int
    expected: float


def curve(steps: Sequence[Step], dates: tuple[date, date] | None, t: Translate) -> go.Figure:
    """Draw both sides on one axis of time. `dates`: the cluster's first and last day."""
    days = [step.start.isoformat() for step in steps] + [end_of(steps).isoformat()]
    figure = go.Figure(
        [
            _side(days, [step.outside for step in steps], OUTSIDE, t("Outside"), "y2"),
            _side(days, [step.inside for step in steps], INSIDE, t("Inside"), "y"),
            _expected(days, [step.expected for step in steps], t),
        ]
    )
    axis = {
        "rangemode": "tozero",
        "gridcolor": theme.GRID,
        "fixedrange": True,
        "nticks": 5,
        "tickformat": ",d",
    }
    figure.update_layout(
        margin={"l": 44, "r": 8, "t": 22, "b": 30},
        height=360,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        hoverlabel=theme.HOVER,
        font={"family": theme.FONT, "size": 12, "color": theme.INK},
        showlegend=False,
        hovermode="closest",
        dragmode=False,
        xaxis={
            "type": "date",
            "fixedrange": True,
            "gridcolor": theme.DAYS,
            "nticks": 5,
            "tickformat": "%m/%Y",
            "tickangle": 0,
            "anchor": "y2",
        },
        yaxis=axis
        | {"domain": [0.56, 1]}
        | _whole([*(s.inside for s in steps), *(s.expected for s in steps)]),
        yaxis2=axis | {"domain": [0, 0.42]} | _whole([s.outside for s in steps]),
        annotations=[_title(t("Inside; expected dashed"), 1.0), _title(t("Outside"), 0.42)],
        shapes=[_shade(*dates)] if dates else [],
    )
    return figure


def _whole(values: Sequence[float]) -> dict[str, object]:
    """Of few cases each is a step of the axis: between them there is nothing to write."""
    most = max(values, default=0)
    if most >= _FEW:
        return {}
    return {"dtick": 1, "range": [0, 1.1]} if most <= 1 else {"dtick": 1}


def end_of(steps: Sequence[Step]) -> date:
    """The day after the last unit, which is as long as the one before it."""
    if len(steps) < 2:
        return steps[-1].start + timedelta(days=1)
    return steps[-1].start + (steps[-1].start - steps[-2].start)


def _side(days: list[str], counts: list[int], colour: str, name: str, axis: str) -> go.Scatter:
    """Steps: each count holds until the next unit begins."""
    texts = [f"<b>{day}</b><br>{name}: {count:,}" for day, count in zip(days, counts, strict=False)]
    return go.Scatter(
        x=days,
        y=[*counts, counts[-1]] if counts else [],
        text=[*texts, texts[-1]] if texts else [],
        hovertemplate="%{text}<extra></extra>",
        mode="lines",
        line={"shape": "hv", "color": colour, "width": 1.5},
        fill="tozeroy",
        yaxis=axis,
        name=name,
    )


def _expected(days: list[str], values: list[float], t: Translate) -> go.Scatter:
    return go.Scatter(
        x=days,
        y=[*values, values[-1]] if values else [],
        mode="lines",
        line={"shape": "hv", "color": theme.INK, "width": 1.4, "dash": "dash"},
        hovertemplate=t("Expected") + ": %{y:.2~f}<extra></extra>",
        name=t("Expected"),
    )


def _title(text: str, y: float) -> dict[str, object]:
    return {
        "text": f"<b>{text}</b>", "x": 0, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left",
        "yanchor": "bottom", "showarrow": False, "font": {"family": theme.FONT, "size": 12},
    }  # fmt: skip


def _shade(first: date, last: date) -> dict[str, object]:
    return {
        "type": "rect", "xref": "x", "yref": "paper", "x0": first.isoformat(), "y0": 0, "y1": 1,
        "x1": (last + timedelta(days=1)).isoformat(), "fillcolor": _SHADE, "line": {"width": 0},
        "layer": "below",
    }  # fmt: skip
