"""Groups side by side: a dot with its interval for each, names on the left where Khmer can be read.

Right of each stands how many people it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.figures import theme
from dashboard.figures.area_map import much_unknown
from dashboard.figures.ground import Figure, Trace
from dashboard.figures.tokens import CLEAR
from dashboard.messages import Translate
from surveillance.coverage.estimates import Estimate

#: The part of the width that the scale has; right of it stands how many people each point rests on.
_PLOT = 0.66


def groups(values: Sequence[tuple[str, Estimate]], t: Translate) -> Figure:
    """Draw one axis: (name, value) of each group, first on top."""
    shown = [(name, value) for name, value in values if value.coverage is not None]
    others = [(name, value) for name, value in values if value.coverage is None]
    names = [name for name, _ in values]
    of = t("{numerator:,} of {denominator:,}")
    counts = [(name, f"{value.numerator:,} / {value.denominator:,}") for name, value in shown]
    traces: list[Trace] = [
        {
            "type": "scatter",
            "x": [value.coverage for _, value in shown],
            "y": [name for name, _ in shown],
            "mode": "markers",
            "marker": {
                "size": 9,
                "color": theme.TREND,
                "symbol": ["diamond-open" if value.mostly_unknown else "circle" for _, value in shown],
            },
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": [value.upper - value.coverage for _, value in shown],  # type: ignore[operator]
                "arrayminus": [value.coverage - value.lower for _, value in shown],  # type: ignore[operator]
                "color": theme.TREND,
                "thickness": 1.5,
                "width": 3,
            },
            "text": [
                f"<b>{name}</b><br>{theme.percent(value.coverage)} "
                f"({theme.percent(value.lower)}–{theme.percent(value.upper)})<br>"
                + of.format(numerator=value.numerator, denominator=value.denominator)
                + (f"<br>{much_unknown(value, t)}" if value.mostly_unknown else "")
                for name, value in shown
            ],
            "hovertemplate": "%{text}<extra></extra>",
        }
    ]
    if others:
        looks = [theme.look_of(value, "testing") for _, value in others]
        traces.append(
            {
                "type": "scatter",
                "x": [0] * len(others),
                "y": [name for name, _ in others],
                "mode": "text",
                "text": [f" {look.sign} {t(look.label)}" for look in looks],
                "textposition": "middle right",
                "textfont": {"family": theme.FONT, "size": 11, "color": theme.MUTED},
                "hoverinfo": "skip",
            }
        )
    layout = {
        "margin": {"l": 8, "r": 12, "t": 4, "b": 28},
        "height": 44 + 27 * len(values),
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "hoverlabel": theme.HOVER | {"align": "left"},
        "font": {"family": theme.FONT, "size": 12, "color": theme.INK},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "annotations": [
            {
                "xref": "paper",
                "yref": "y",
                "x": 1,
                "y": name,
                "xanchor": "right",
                "text": text,
                "showarrow": False,
                "font": {"family": theme.FONT, "size": 11, "color": theme.MUTED},
            }
            for name, text in counts
        ],
        "xaxis": {
            "domain": [0, _PLOT],
            "range": [0, _upper([value for _, value in shown])],
            "tickformat": ".0%",
            "gridcolor": theme.GRID,
            "zeroline": False,
            "automargin": True,
            "fixedrange": True,
            "nticks": 5,
        },
        "yaxis": {
            # Plotly would read "5-14" as a day.
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(reversed(names)),
            "range": [-0.6, len(names) - 0.4],
            "automargin": True,
            "gridcolor": theme.CARD,
            "fixedrange": True,
        },
    }
    return {"data": traces, "layout": layout}


def _upper(values: Sequence[Estimate]) -> float:
    return min(1.02, max((value.upper or 0 for value in values), default=1.0) * 1.08) or 1.0
