"""Which clusters lie at a border and go on: cells and sentences of the list of standing clusters."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components.clusters.border import at_each_border, border_cell, goes_on_cell
from dashboard.components.clusters.watched import watch_view
from dashboard.messages import translator
from dashboard.services.clusters.border import NO_BORDER, AtBorder, Border, border_of
from dashboard.services.clusters.locations import Place
from dashboard.services.clusters.watch import WAITING, Unanswered, Watch, WatchedCluster
from dashboard.services.places.areas import Area
from geodata.borders import NEAR_KM, near_gates
from geodata.crossings import CROSSINGS
from geodata.distance import EARTH_RADIUS_KM
from surveillance.windows import Window

WEEK = Window(date(2026, 6, 22), date(2026, 6, 28))
t = translator("en")


def chord_km(one, other):
    """The distance by the straight line through the Earth, another way than the haversine formula."""

    def point(latitude, longitude):
        phi, lam = math.radians(latitude), math.radians(longitude)
        return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)

    half = math.dist(point(*one), point(*other)) / 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, half))


@given(st.lists(st.tuples(st.floats(10, 14.7), st.floats(102.3, 107.6)), max_size=4))
def test_near_gates_are_the_nearest_of_each_country_as_a_slow_count_finds_them(places):
    nearest = {}
    for gate in CROSSINGS.values():
        if gate.position is None or not places:
            continue
        km = min(chord_km(place, gate.position) for place in places)
        if km <= NEAR_KM and km < nearest.get(gate.neighbour, ("", math.inf))[1]:
            nearest[gate.neighbour] = (gate.id, km)
    found = {one.gate.neighbour: one for one in near_gates(places)}
    assert {country: one.gate.id for country, one in found.items()} == {
        country: gate for country, (gate, _) in nearest.items()
    }
    assert [one.km for one in found.values()] == sorted(one.km for one in found.values())
    for country, one in found.items():
        assert one.km == pytest.approx(nearest[country][1], abs=1e-3)


def facility(code, *position):
    return Place(Area(code, code, "", "KH01"), *position)


@pytest.mark.parametrize(
    ("view", "held", "near", "known"),
    [
        ("crossing:care", {"TH03", "VN01"}, [("TH", "TH03"), ("VN", "VN01")], True),
        ("crossing:care", {"informal"}, [], False),
        ("province:home", {"KH01"}, [("TH", None)], True),
        ("province:home", {"KH16", "TH"}, [("LA", None), ("VN", None)], True),
        ("province:home", {"KH12"}, [], True),
        ("province:home", {"TH"}, [], False),
        ("facility:care", {"far", "poipet"}, [("TH", "TH01")], True),
        ("facility:care", {"far"}, [], True),
        ("facility:care", {"nowhere", "unlisted"}, [], False),
    ],
)
def test_a_cluster_lies_at_the_borders_of_its_places(view, held, near, known):
    places = {
        "far": facility("far", 12.5, 105.0),
        "poipet": facility("poipet", 13.67, 102.55),
        "nowhere": facility("nowhere"),
    }
    found = border_of(view, None, held, places)
    assert ([(one.country, one.gate) for one in found.near], found.known) == (near, known)


def cluster(end="2026-06-26", start="2026-06-10", time="prospective", rate="high", border=NO_BORDER):
    day = lambda text: date.fromisoformat(text) if text else None  # noqa: E731
    return WatchedCluster(
        "0" * 12, 1, "measles", "crossing:care", "TH01", 1, day(start), day(end), 9, 1.0, 9.0, 0.001, 999.0,
        rate, None, "", time=time, border=border,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (cluster(), "yes, for 3 weeks"),
        (cluster(start="2026-06-20"), "yes, for a week"),
        (cluster(end="2026-06-22"), "yes, for 2 weeks"),
        (cluster(end="2026-06-21"), "no"),
        (cluster(time="none"), "the whole period at once"),
        (cluster(end=None), "the whole period at once"),
    ],
)
def test_a_cluster_goes_on_while_it_reaches_into_the_last_complete_week(one, said):
    assert goes_on_cell(one, WEEK, t).text == said


def test_beside_the_days_of_a_cluster_of_the_whole_period_it_says_so():
    both = (replace(one, first_found="2026-07-01T00:00:00Z") for one in (cluster(), cluster(time="none")))
    rows = watch_view(watched(*both), "en", t, looks=True).rows
    assert [row.whole for row in rows] == ["", "the whole period at once"]


def test_gates_are_named_with_their_country_and_distance_in_both_languages():
    gate = Border((AtBorder("TH", "TH01"),))
    assert border_cell(gate, "en", t).text == "at Poipet (Thailand)"
    near = Border((AtBorder("TH", "TH01", 11.6), AtBorder("LA", "LA01", 29.0)))
    assert border_cell(near, "en", t).text == "12 km from Poipet (Thailand); 29 km from Trapeang Kreal (Laos)"
    assert "ប៉ោយប៉ែត" in border_cell(near, "km", translator("km")).text
    close = Border((AtBorder("LA", "LA01", 0.4),))
    assert border_cell(close, "en", t).text == "less than 1 km from Trapeang Kreal (Laos)"
    provinces = Border((AtBorder("LA"), AtBorder("VN")))
    assert border_cell(provinces, "en", t).text == "province at the border: Laos, Vietnam"
    assert border_cell(NO_BORDER, "en", t).text == "none"
    assert border_cell(Border(known=False), "en", t).text == "position not known"


def watched(*clusters, waiting=0):
    left = tuple(Unanswered("tb", "facility:care", WAITING, None) for _ in range(waiting))
    return Watch("2026-07-01", answered=3, clusters=clusters, unanswered=left, week=WEEK)


def said(found):
    return at_each_border(found, ["Measles: Poipet"] * len(found.clusters), "en", t)[0]


def test_the_sentence_of_the_thai_border_names_what_goes_on_there_and_nothing_else():
    thai, vietnamese = Border((AtBorder("TH", "TH01"),)), Border((AtBorder("VN", "VN01"),))
    none = "At the border with Thailand, going on in the week to 2026-06-28: none."
    assert said(watched()) == none
    others = (cluster(border=vietnamese), cluster(border=thai, end="2026-06-01"),
              cluster(border=thai, rate="low"), cluster(border=thai, time="none"))  # fmt: skip
    assert said(watched(*others)) == none
    assert said(watched(cluster(border=thai))) == none.replace("none", "Measles: Poipet")
    old = cluster(border=thai, start="2025-01-30")
    assert said(watched(old)) == none.replace("none", "Measles: Poipet (for 74 weeks)")
    many = watched(*[cluster(border=thai)] * 4)
    assert said(many) == none.replace("none", "Measles: Poipet; Measles: Poipet and 2 more")
    assert "none so far" in said(watched(waiting=1))
    assert at_each_border(replace(watched(), answered=0), [], "en", t) == []
