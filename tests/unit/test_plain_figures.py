"""Figures are plain dictionaries that Plotly's own objects would take as they are: each part has its name."""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random

import plotly.graph_objects as go
import pytest

from dashboard.figures.area_map import Layers, Point, Polygon, area_map
from dashboard.figures.groups import groups
from dashboard.figures.overlay import Circle, Overlay, RingAt
from dashboard.figures.trend import TrendValue, trend
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Change, Counts, Estimate, estimate


def values(many: int, seed: int) -> list[Estimate]:
    """Values of every kind."""
    draw = Random(seed)
    counts = []
    for _ in range(many):
        of = draw.choice((0, 2, 40, 900))
        some = draw.randint(0, of)
        unknown = draw.choice((0, 3, of))
        counts.append(
            Counts(draw.random() < 0.9, of + unknown, some, of, unknown, hidden=draw.random() < 0.1)
        )
    return estimate(counts)


def taken(figure: dict) -> go.Figure:
    """The figure as Plotly's objects hold it: they refuse a part that is none, and a value that is wrong."""
    text = json.dumps(figure)  # nothing in it that a browser would not get
    held = go.Figure(json.loads(text))
    written = json.loads(held.to_json())
    written["layout"].pop("template", None)
    assert written == json.loads(text)
    return held


@pytest.mark.parametrize("seed", range(6))
def test_a_map_of_every_layer_is_one_of_plotlys(seed):
    held = values(25, seed)
    provinces = [
        Polygon(p.pcode, p.name_en, p.label_lat, p.label_lon, value, outside=number == 7)
        for number, (p, value) in enumerate(zip(PROVINCES.values(), held, strict=True))
    ]
    points = [Point(f"F{n}", f"<{n}>", 12 + n / 9, 104, n % 2 == 0, n == 1, held[n]) for n in range(9)]
    over = [
        Overlay(),
        Overlay("crossings", [Circle("TH01", 13.6, 102.5, "a", 40), Circle("TH02", 13, 103, "b", None)]),
        Overlay("counts", [Circle("KH01", 13.6, 102.5, "a", 40, "40")], plain=True),
        Overlay("clusters", rings=[RingAt(13, 104, "c", "/clusters/1/1")]),
    ][seed % 4]
    changes = {"KH03": Change(-0.3, -0.4, -0.2, 0.95)}
    layers = Layers("testing", "/geo/p", "/geo/n", provinces, points, "KH05", changes, over=over)
    assert {trace.type for trace in taken(area_map(layers, str)).data} == {"choropleth", "scattergeo"}


@pytest.mark.parametrize(("many", "seed"), [(1, 1), (3, 2), (12, 3), (52, 4)])
def test_a_trend_is_one_of_plotlys(many, seed):
    monday = date(2025, 1, 6)
    points = [
        TrendValue(
            f"W{n}", str(monday + timedelta(weeks=n)), value, end=str(monday + timedelta(weeks=n, days=6))
        )
        for n, value in enumerate(values(many, seed))
    ]
    assert {trace.type for trace in taken(trend(points, "Tested", str)).data} <= {"scatter"}


@pytest.mark.parametrize("seed", range(4))
def test_groups_are_one_of_plotlys_and_ages_are_no_days(seed):
    named = list(zip(("0-4", "5-14", "15-24", "25-49", "Unknown"), values(5, seed), strict=True))
    figure = taken(groups(named, str))
    assert figure.layout.yaxis.type == "category"
    assert figure.layout.height == 44 + 27 * 5
