"""Strong colour means *act here*, few people are pale, and nothing that is absent looks like a value."""

from __future__ import annotations

from itertools import combinations, pairwise

import plotly.graph_objects as go
import pytest

from dashboard.components.coverage.legend import legend
from dashboard.figures import theme
from dashboard.figures.area_map import Layers, Point, Polygon, area_map
from dashboard.figures.ground import FRAME, around
from dashboard.figures.hatch import hatch
from dashboard.figures.province_map import ProvinceMap, frame_of, look_of
from dashboard.figures.svg.province_map import Dot, keys, provinces
from dashboard.figures.tokens import BY_CHANCE, MEMBER, TOKENS, mixed, variable
from dashboard.pages.explorer.first_map import _WHOLE
from geodata.boundaries import province_boxes
from geodata.outlines import outlines, project
from geodata.provinces import PROVINCES
from surveillance.coverage.area_changes import changes, compared
from surveillance.coverage.estimates import WIDEST, Counts, Estimate, estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.status import Status
from tests.support.command_line import ROOT

CARE, BURDEN = sorted(theme.LITTLE_IS_BAD), sorted(theme.MUCH_IS_BAD)


def value(numerator: int, denominator: int) -> Estimate:
    """A value of so many."""
    return estimate([Counts(True, denominator, numerator, denominator)])[0]


def grey(colour: str) -> float:
    """CIE lightness, 0 to 100: what a print in grey shows."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    light = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 116 * light ** (1 / 3) - 16 if light > 0.008856 else 903.3 * light


@pytest.mark.parametrize("measure", CARE)
def test_care_that_falls_short_is_strong_and_care_that_reaches_people_is_pale(measure):
    shares = [value(share * 10, 1_000) for share in (0, 20, 60, 80, 95)]
    steps = [grey(theme.look_of(one, measure).colour) for one in shares]
    assert steps == sorted(steps)
    assert steps[0] < steps[1] < 40
    assert steps[-1] > 90


@pytest.mark.parametrize("measure", BURDEN)
def test_a_high_burden_is_strong_and_none_found_is_pale(measure):
    shares = [value(found, 10_000) for found in (0, 50, 300, 700, 3_000)]
    steps = [grey(theme.look_of(one, measure).colour) for one in shares]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > steps[1] > 90
    assert steps[-1] < 40


def test_how_many_were_eligible_has_no_strong_colour():
    assert min(map(grey, theme.colours_of("eligibility"))) > 60
    assert set(MEASURES) == theme.LITTLE_IS_BAD | theme.MUCH_IS_BAD | {"eligibility"}


@pytest.mark.parametrize("measure", [*CARE, *BURDEN])
def test_the_classes_of_a_measure_are_told_apart_in_grey(measure):
    steps = sorted(map(grey, theme.colours_of(measure)))
    assert len(steps) == 5
    assert min(after - before for before, after in pairwise(steps)) > 12


@pytest.mark.parametrize("measure", MEASURES)
def test_a_value_on_an_edge_begins_the_next_class_and_the_last_class_is_open(measure):
    for number, edge in enumerate(theme.edges_of(measure)):
        assert theme.class_of(edge, measure) == number + 1
        assert theme.class_of(edge - 1e-9, measure) == number
    assert theme.class_of(1.0, measure) == 4
    labels = [theme.class_label(number, measure, str) for number in range(5)]
    assert labels[0].startswith("under ")
    assert labels[-1].endswith("% and more")


@pytest.mark.parametrize("measure", MEASURES)
def test_few_people_look_the_same_under_a_sign_whatever_their_share(measure):
    for numerator in (1, 3, 5, 6):
        few = value(numerator, 7)
        assert few.upper - few.lower > WIDEST
        look = theme.look_of(few, measure)
        assert look.sign == "~"
        assert look.colour == theme.FEW
        assert look.colour not in theme.colours_of(measure)
        assert grey(look.colour) > 75
    nobody_tested = theme.look_of(value(0, 3), measure)
    assert (nobody_tested.sign, grey(nobody_tested.colour) > 75) == ("0~", True)


@pytest.mark.parametrize("measure", MEASURES)
def test_zero_nobody_unknown_not_reported_not_due_and_hidden_never_look_alike(measure):
    counts = (
        Counts(True, 900, 0, 900),
        Counts(True),
        Counts(True, 5, unknown=5),
        Counts(False),
        Counts(True, 5, not_due=5),
        Counts(False, hidden=True),
    )
    looks = [theme.look_of(one, measure) for one in estimate(counts)]
    assert [look.key for look in looks] == [
        "zero", "nobody", "unknown", "not reported", "not yet due", "hidden",
    ]  # fmt: skip
    assert len({look.sign for look in looks}) == 6
    assert all(look.sign for look in looks)
    assert tuple(looks) == theme.other_looks(measure)
    for one, other in combinations(looks, 2):
        assert (one.colour, one.sign) != (other.colour, other.sign)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_legend_names_every_class_every_absence_and_what_a_strong_colour_says(measure):
    texts = str(legend(measure, "", "province", str))
    for number, colour in enumerate(theme.colours_of(measure)):
        assert variable(colour) in texts
        assert theme.class_label(number, measure, str) in texts
    for look in theme.other_looks(measure):
        assert look.label in texts
    assert "few people" in texts
    assert ("act here" in texts) is (measure != "eligibility")
    assert "classes never change" in texts


@pytest.mark.parametrize("look", ["light", "dark"])
def test_in_grey_a_cluster_of_chance_is_told_from_what_was_not_scanned_and_from_what_was(look):
    plain, chance, apart = (getattr(TOKENS[name], look) for name in ("map-plain", "chance", "map-unscanned"))
    steps = sorted(map(grey, (plain, mixed(chance, plain, BY_CHANCE), apart)))
    assert min(after - before for before, after in pairwise(steps)) > 11
    assert abs(grey(mixed(chance, plain, BY_CHANCE)) - grey(apart)) > 14
    # In grey a cluster is as light: lines over what was not scanned tell them, and they are seen on it.
    assert abs(grey(getattr(TOKENS["card"], look)) - grey(apart)) > 25


def test_the_legend_of_clusters_mixes_its_colours_as_the_map_does():
    rules = (ROOT / "dashboard" / "assets" / "clusters.css").read_text(encoding="utf-8")
    for kind, share in (("filled", MEMBER), ("maybe", BY_CHANCE)):
        mixing = (
            f".swatch.{kind} {{ background: color-mix(in srgb, var(--sign) {share:.0%}, var(--map-plain))"
        )
        assert mixing in rules


# --- the map ---------------------------------------------------------------------------------------


def drawn(polygons, points=(), **more):
    """Traces by name."""
    layers = Layers("testing", "/geo/p", "/geo/n", polygons, points, None, **more)
    figure = go.Figure(area_map(layers, str))  # which checks every part
    return {trace.name: trace for trace in figure.data}, figure


def province(code, one, *, outside=False):
    """A province of the map."""
    return Polygon(code, code, 13.0, 103.0, one, outside)


def test_provinces_outside_an_account_are_plain_without_a_sign_and_cannot_be_chosen():
    hidden = estimate([Counts(False, hidden=True)])[0]
    traces, _ = drawn([province("KH01", value(80, 100)), province("KH02", hidden, outside=True)])
    assert traces["outside"].locations == ("KH02",)
    assert traces["outside"].hoverinfo == "skip"
    assert traces["outside"].colorscale[0][1] == theme.OUTSIDE
    assert "signs" not in traces


def test_the_map_of_an_account_shows_its_province_as_large_as_the_frame_lets_it():
    box = province_boxes()["KH01"]
    window = around([box])
    _, figure = drawn([province("KH01", None)], window=window)
    west, east = figure.layout.geo.lonaxis.range
    south, north = figure.layout.geo.lataxis.range
    assert west < box[0] < box[1] < east
    assert south < box[2] < box[3] < north
    filled = max((box[1] - box[0]) / (east - west), (box[3] - box[2]) / (north - south))
    assert filled > 0.85
    assert 0.9 * FRAME < (east - west) * 0.972 / (north - south) < 1.1 * FRAME  # cosine of 13.5 degrees


def test_what_stands_on_the_map_for_orientation_leads_nowhere():
    points = [
        Point("TH01", "Poipet", 13.6, 102.5, False, True, None),
        Point("HC1", "Centre", 13.5, 102.6, False, False, None, facility=True),
    ]
    traces, _ = drawn([province("KH01", value(80, 100))], points)
    assert set(traces["crossings"].customdata) == {""}
    assert len(set(traces["crossings"].marker.color)) == 2
    valued = [Point("TH01", "Poipet", 13.6, 102.5, False, True, value(8, 100))]
    traces, _ = drawn([province("KH01", None)], valued)
    assert traces["crossings"].customdata == ("TH01",)


def test_names_and_values_stand_where_the_map_of_the_server_has_them():
    polygons = [province(code, value(50 + number, 100)) for number, code in enumerate(PROVINCES)]
    traces, figure = drawn(polygons, language="km")
    held = {code: outline.labels["km"] for code, outline in outlines().provinces.items()}
    for number, (code, place) in enumerate(held.items()):
        lat, lon = traces["names"].lat[number], traces["names"].lon[number]
        assert project(lat, lon) == pytest.approx((place.x, place.y), abs=0.2), code
        words = PROVINCES[code].name("km").replace(" ", "<br>" if place.split else " ")
        assert traces["names"].text[number].startswith(words)
    lines = sum(place.leader is not None for place in held.values())
    assert traces["names-lines"].lat.count(None) == lines > 0
    west, east = figure.layout.geo.lonaxis.range
    south, north = figure.layout.geo.lataxis.range
    assert frame_of((west, east, south, north)) == pytest.approx(_WHOLE, abs=1), "the same frame"


def test_what_is_less_certain_is_hatched_on_both_maps():
    sure, wide, over, few = value(450, 1_000), value(60, 100), value(4, 100), value(1, 3)
    assert not theme.is_unsure(sure, "testing") and look_of(sure, "testing") == "s3"
    assert theme.is_unsure(wide, "testing") and look_of(wide, "testing") == "s2 unsure"
    assert theme.is_unsure(over, "positivity"), "narrower than ten points, and from one class into a third"
    assert not theme.is_unsure(over, "testing")
    assert not theme.is_unsure(few, "testing"), "it has no class at all"
    traces, _ = drawn([province("KH01", sure), province("KH02", wide)])
    assert traces["hatch"].lat == hatch("KH02")[0]
    traces, _ = drawn([province("KH01", sure), province("KH02", few)])
    assert "hatch" not in traces


def test_a_point_that_is_less_certain_is_hollow_and_the_legend_says_so():
    sure, wide, few = value(450, 1_000), value(60, 100), value(1, 3)
    points = [
        Point(f"TH0{n}", "Gate", 13.0 + n, 102.5, n == 1, False, one)
        for n, one in enumerate((sure, wide, few, None))
    ]
    traces, figure = drawn([province("KH01", None)], points)
    names = [trace.name for trace in figure.data]
    assert names.index("hollow") > names.index("crossings"), "it lies over its point"
    assert (traces["hollow"].lat, traces["hollow"].hoverinfo) == ((14.0,), "skip")
    assert 0 < traces["hollow"].marker.size[0] < 0.6 * min(traces["crossings"].marker.size)
    assert "hollow" not in drawn([province("KH01", None)], points[:1])[0]
    for by in ("province", "crossing", "facility"):
        page = str(legend("testing", "", by, str))
        picture = [key.label for key in keys("testing", by, str, outside="")]
        for text, where in ((theme.UNSURE, by == "province"), (theme.UNSURE_POINT, by != "province")):
            assert (text in page) is (text in picture) is where, by

    drawing = [
        str(provinces(ProvinceMap("", []), [Dot(13.0, 103.0, theme.PLAIN, "", "Gate", hollow)]).markup)
        for hollow in (False, True)
    ]
    assert [markup.count("<circle") for markup in drawing] == [1, 2]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_hatch_is_seen_on_every_class_in_grey(look):
    lines = [grey(getattr(TOKENS[name], look)) for name in ("map-paper", "map-unsure")]
    for name in (*(f"s{n}" for n in range(5)), *(f"n{n}" for n in range(5)), "s-none"):
        ground = grey(getattr(TOKENS[name], look))
        assert max(abs(line - ground) for line in lines) > 20, name


def test_a_closed_crossing_is_a_cross_and_has_no_value():
    point = Point("TH01", "Poipet", 13.6, 102.5, False, True, value(0, 900), closed="closed since 2026-06-10")
    other = Point("TH02", "Daung", 13.2, 102.4, False, False, value(8, 900))
    traces, _ = drawn([province("KH01", None)], [point, other])
    assert traces["crossings"].customdata == ("TH02",)
    assert traces["closed"].marker.symbol == "circle-x"
    assert "closed since 2026-06-10" in traces["closed"].text[0]
    assert "signs" not in traces


def test_an_area_that_became_clearly_worse_has_its_arrow_also_where_people_are_few():
    now, before = value(1, 12), value(200, 200)
    traces, _ = drawn([province("KH01", now)], changes={"KH01": changes([compared(now, before)])[0]})
    for name in ("names", "values"):
        (text,) = traces[name].text
        assert text.endswith(f'<b><span style="color:{theme.ACCENT}">▼</span> ~</b>')
    assert Status.VALUE is now.status
