"""What pages of clusters say and draw: the form's reading, the words, map and curve."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dashboard.cluster_filters import BERNOULLI, MODELS, PERMUTATION, TIMES, ClusterQuery
from dashboard.components.clusters import form as cluster_form
from dashboard.components.clusters import words as cluster_words
from dashboard.components.clusters.table import cluster_row, heads, small, without_empty
from dashboard.figures import theme
from dashboard.figures.cluster_curve import Step, curve
from dashboard.figures.cluster_map import ClusterLayers, Ring, Spot, cluster_map, unscanned
from dashboard.messages import translator
from dashboard.services.clusters.defaults import usual_unit
from dashboard.services.clusters.locations import Place
from dashboard.services.clusters.models import BaselineShift, Cluster, Member
from dashboard.services.places.areas import Area
from geodata.boundaries import province_boxes
from geodata.distance import circle_around, great_circle_km
from surveillance.errors import UsageError

CLUSTER = Cluster(
    rank=1,
    key="a-1",
    change=None,
    previous_rank=None,
    centre="A",
    n_locations=3,
    radius_km=12.0,
    start=date(2025, 4, 7),
    end=date(2025, 4, 20),
    observed=45,
    expected=12.34,
    observed_expected=3.6467,
    relative_risk=None,
    llr=23.4567,
    p_value=0.001,
    gumbel_p_value=2.8e-30,
    recurrence_interval_days=None,
    population=None,
    rate="high",
    members=tuple(Member(code, 15, 4.1, 3.66, None, None) for code in "ABC"),
    context=(),
    warnings=(BaselineShift("tested", 3.0, None, None),),
)
PLACES = {code: Place(Area(code, f"Place <{code}>", f"កន្លែង {code}"), 13.0, 103.0) for code in "ABC"}


def t(text: str) -> str:
    return text


def test_an_empty_form_asks_of_tuberculosis_by_facility_and_leaves_the_rest_to_the_data():
    query = cluster_form.read_form({})
    assert (query.disease, query.by, query.model, query.time, query.cases_are) == (
        "tb", "facility", None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"model": PERMUTATION, "time": "none"}, {"time": None}),
        ({"model": BERNOULLI, "cases_are": "all"}, {"cases_are": None}),
        ({"model": BERNOULLI, "covariates": "sex"}, {"covariates": ()}),
        ({"model": BERNOULLI, "view": "province:infection"}, {"model": PERMUTATION, "place": "infection"}),
    ],
)
def test_a_wish_that_contradicts_another_is_dropped_by_the_form(given, kept):
    query = cluster_form.read_form(given)
    for name, value in kept.items():
        assert getattr(query, name) == value
    query.check()


@pytest.mark.parametrize("time", ["none", "retrospective", "prospective"])
@pytest.mark.parametrize("model", [BERNOULLI, PERMUTATION])
def test_the_form_offers_nothing_that_the_services_refuse(model, time):
    for view in cluster_words.VIEWS:
        query = cluster_form.read_form({"model": model, "time": time, "view": view})
        off = cluster_form.state(query)["off"]
        assert query.model not in off["model"]
        assert query.time not in off["time"]
        query.check()


@pytest.mark.parametrize(
    ("given", "unit"),
    [({"time": "retrospective"}, "week"), ({"time": "prospective"}, "day"),
     ({"time": "retrospective", "time_unit": "month"}, "month")],
)  # fmt: skip
def test_a_unit_that_nobody_chose_suits_the_time(given, unit):
    query = cluster_form.read_form(given)
    assert (query.time_unit or usual_unit("tb", str(query.time))) == unit
    assert usual_unit("hiv", "prospective") == "week"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_population_share": "7"}, "Largest share of the whole (0 to 1): '7' is not a number above 0"),
        ({"max_duration": "2", "min_duration": "3"},
         "Longest duration, in units: 2 is below Shortest duration, in units (3)"),
        ({"seed": "x"}, "Seed: 'x' is not a whole number"),
        ({"from": "1800-01-01"}, "From: '1800-01-01' is not a day"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_control_as_the_page_calls_it(given, said):
    with pytest.raises(UsageError) as caught:
        cluster_form.read_form(given)
    assert cluster_form.problem(caught.value, t).startswith(said)
    assert "_" not in cluster_form.problem(caught.value, translator("km"))


@pytest.mark.parametrize("disease", ["hiv", "syphilis"])
@pytest.mark.parametrize("view", [None, "facility:care", "crossing:care"])
def test_a_sensitive_disease_takes_the_form_to_provinces(disease, view):
    given = {"disease": disease} | ({"view": view} if view else {})
    kept, switched = cluster_form.kept_places(given)
    assert switched == {"view": "province:care"}
    assert cluster_form.read_form(kept).by == "province"
    assert cluster_form.off_of(kept)["view"] == ["facility:care", "district:care", "crossing:care"]


@pytest.mark.parametrize(
    "given",
    [
        {"disease": "hiv", "view": "province:home"},
        {"disease": "tb"},
        {},
        {"disease": "nonsense"},
        {"disease": "hiv", "by": "province"},
    ],
)
def test_other_questions_keep_their_places(given):
    assert cluster_form.kept_places(given) == (given, {})


@pytest.mark.parametrize(("time", "off"), [("none", True), ("retrospective", False)])
def test_durations_are_asked_only_of_scans_with_time(time, off):
    query = cluster_form.read_form({"model": BERNOULLI, "time": time})
    assert cluster_form.state(query)["off"]["max_duration"] is off
    assert cluster_form.state(query)["off"]["min_duration"] is off


@pytest.mark.parametrize("view", ["planet:care", "province", "province:nowhere", ":"])
def test_places_that_are_not_offered_are_refused(view):
    with pytest.raises(UsageError, match="view"):
        cluster_form.read_form({"view": view})


def test_every_question_has_words_for_what_it_asks_and_what_it_does_not_say():
    for model in MODELS:
        for time in TIMES:
            query = ClusterQuery("tb", model=model, time=time)
            assert cluster_words.question(query, t).endswith("?")
            assert len(cluster_words.limits(query, t)) >= 2
    alone = ClusterQuery("tb", model=BERNOULLI, time="retrospective", purely_temporal=True)
    assert cluster_words.question(alone, t).startswith("When")


def test_a_permutation_says_first_what_it_cannot_tell_apart():
    query = ClusterQuery("tb", model=PERMUTATION, time="retrospective")
    first = cluster_words.limits(query, t)[0]
    for word in ("mass return", "screening drive", "falling silent"):
        assert word in first


@pytest.mark.parametrize(
    ("p_value", "interval", "said"),
    [
        (0.001, None, "Hardly chance: it brings one as strong in at most 1 of 1,000 scans"),
        (0.002, None, "Hardly chance: it brings one as strong in 2 of 1,000 scans"),
        (0.05, None, "Hardly chance: it brings one as strong in 5 of 100 scans"),
        (0.051, None, "May well be chance: it brings one as strong in 5 of 100 scans"),
        (0.765, None, "May well be chance: it brings one as strong in 76 of 100 scans"),
        (None, None, "Its strength was not tested"),
        (0.04, 25.0, "May well be chance: looking daily, it brings one as strong every 25 days"),
        (0.01, 100.0, "May well be chance: looking daily, it brings one as strong every 3 months"),
        (0.002, 500.0, "Hardly chance: looking daily, it brings one as strong every 16 months"),
        (0.001, 1000.0, "Hardly chance: looking daily, it brings one as strong at most once in 3 years"),
        (0.001, 30.0, "May well be chance: looking daily, it brings one as strong at most once in 30 days"),
    ],
)
def test_the_strength_is_said_for_people_who_read_no_p_values(p_value, interval, said):
    found = replace(CLUSTER, p_value=p_value, recurrence_interval_days=interval, replicates=999)
    assert cluster_words.strength(found, t) == said


def test_the_smallest_p_value_that_the_replicates_allow_is_a_bound():
    few = replace(CLUSTER, p_value=0.1, recurrence_interval_days=None, replicates=9)
    assert (
        cluster_words.strength(few, t)
        == "May well be chance: it brings one as strong in at most 10 of 100 scans"
    )
    many = replace(CLUSTER, p_value=0.0001, recurrence_interval_days=10_000.0, replicates=9_999)
    cells = cluster_row(many, {}, "en", t).cells
    assert (cells["p"].text, cells["interval"].text) == ("≤ 0.0001", "≥ 10,000 days")
    more = replace(many, p_value=0.0002, recurrence_interval_days=5_000.0)
    cells = cluster_row(more, {}, "en", t).cells
    assert (cells["p"].text, cells["interval"].text) == ("0.0002", "5,000 days")


def test_a_row_says_what_moved_and_columns_without_a_value_are_left_out():
    row = cluster_row(CLUSTER, PLACES, "en", t)
    assert row.centre == "Place <A>"
    assert row.warnings == [
        "Testing changed differently here: this alone may make the cluster. People tested without being "
        "cases: inside 3.0 times as many as before, outside some where there were none before."
    ]
    assert row.signs == ["Testing changed differently here"]
    columns = without_empty(heads(t), [row])
    assert {column.name: row.cells[column.key].text for column in columns} == {
        "Observed": "45",
        "Expected": "12.3",
        "First day": "2025-04-07",
        "Last day": "2025-04-20",
        "Places": "3: Place <A>; Place <B> +1",
        "O/E": "3.65",
        "p": "0.001",
        "LLR": "23.46",
        "Gumbel p": "<0.0001",
    }
    assert [column.name for column in columns[:2]] == ["Observed", "Expected"], "a phone shows them first"
    assert [column.name for column in columns if column.deep] == ["LLR", "Gumbel p"]
    assert all(column.meaning for column in columns)
    assert cluster_row(CLUSTER, PLACES, "km", t).centre == "កន្លែង A"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7641989, "0.76"), (0.5, "0.50"), (1.0, "1.00"), (0.0, "<0.0001"), (0.0123456, "0.0123"),
     (0.0001, "0.0001"), (0.00009, "<0.0001")],
)  # fmt: skip
def test_small_p_values_stay_readable(value, text):
    assert small(value) == text


def layers(*rings: Ring, areas: bool = False, near: bool = False) -> ClusterLayers:
    return ClusterLayers("/geo/p", "/geo/n", areas, rings, (), (), near)


def ring(rank: int, chance: bool, radius: float | None = 20.0) -> Ring:
    return Ring(rank, chance, (13.0, 103.0), radius, [Spot("KH01", "<b>R & D</b>", 13.0, 103.0)])


def test_the_map_draws_members_circle_and_rank_and_takes_no_markup():
    figure = cluster_map(layers(ring(1, False), ring(2, True), ring(3, False, 0.0)))
    names = [trace.name for trace in figure.data]
    assert {"cluster 1", "circle 1", "cluster 2", "circle 2", "cluster 3", "ranks"} <= set(names)
    assert "circle 3" not in names, "a single place has no circle"
    assert names.index("cluster 1") > names.index("cluster 3") > names.index("cluster 2")
    text = next(trace for trace in figure.data if trace.name == "cluster 1").text[0]
    assert text == "<b>&lt;b&gt;R &amp; D&lt;/b&gt;</b>"
    ranks = next(trace for trace in figure.data if trace.name == "ranks")
    assert sorted(ranks.text) == ["<b>1</b>", "<b>2</b>", "<b>3</b>"]


def test_provinces_are_joined_by_code_to_the_boundaries():
    figure = cluster_map(layers(ring(1, False), areas=True))
    trace = next(trace for trace in figure.data if trace.name == "cluster 1")
    assert (trace.type, list(trace.locations), trace.geojson) == ("choropleth", ["KH01"], "/geo/p")


def test_a_near_map_holds_the_whole_circle_and_is_never_a_point():
    for radius in (0.0, 5.0, 80.0):
        figure = cluster_map(layers(ring(1, False, radius), near=True))
        west, east = figure.layout.geo.lonaxis.range
        south, north = figure.layout.geo.lataxis.range
        lats, lons = circle_around(13.0, 103.0, radius)
        assert south < min(lats) and max(lats) < north and west < min(lons) and max(lons) < east
        assert north - south > 0.8


def test_a_circle_has_its_radius_everywhere():
    lats, lons = circle_around(13.0, 103.0, 47.0)
    assert great_circle_km(13.0, 103.0, lats, lons) == pytest.approx(47.0, abs=0.01)
    assert (lats[0], lons[0]) == (lats[-1], lons[-1])


def test_the_curve_holds_each_count_until_the_next_unit_and_shades_the_dates():
    steps = [Step(date(2025, 1, 6), 1, 4, 1.5), Step(date(2025, 1, 13), 3, 2, 1.0)]
    figure = curve(steps, (date(2025, 1, 13), date(2025, 1, 19)), t)
    outside, inside, expected = figure.data
    assert list(inside.x) == ["2025-01-06", "2025-01-13", "2025-01-20"]
    assert (
        list(inside.y) == [1, 3, 3] and list(outside.y) == [4, 2, 2] and list(expected.y) == [1.5, 1.0, 1.0]
    )
    assert inside.line.shape == "hv" and expected.line.dash == "dash"
    (shade,) = figure.layout.shapes
    assert (shade.x0, shade.x1) == ("2025-01-13", "2025-01-20")
    assert not curve(steps, None, t).layout.shapes


@pytest.mark.parametrize(
    ("unit", "said"), [("day", "daily"), ("week", "weekly"), ("month", "monthly"), ("year", "yearly")]
)
def test_how_often_a_scan_looks_is_said_by_its_unit(unit, said):
    cluster = replace(CLUSTER, p_value=0.001, recurrence_interval_days=1_000.0, time_unit=unit)
    assert f"looking {said}, it brings" in cluster_words.strength(cluster, str)


def test_of_few_cases_every_step_of_the_axis_is_a_whole_number():
    few = [Step(date(2025, 1, 6), 1, 400, 0.02), Step(date(2025, 1, 13), 2, 250, 0.03)]
    figure = curve(few, None, t)
    assert figure.layout.yaxis.dtick == 1
    assert figure.layout.yaxis2.dtick is None
    none = curve([Step(date(2025, 1, 6), 0, 0, 0.0)], None, t)
    assert tuple(none.layout.yaxis.range) == (0, 1.1), "an axis without cases has room for one"


def test_of_an_account_of_a_province_the_map_shows_that_province_and_greys_the_rest():
    whole = cluster_map(layers(ring(1, True)))
    mine = cluster_map(replace(layers(ring(1, True)), within=("KH01",), boxes=province_boxes()))
    west, east, south, north = province_boxes()["KH01"]
    shown = mine.layout.geo
    assert shown.lonaxis.range[0] < west and east < shown.lonaxis.range[1]
    assert shown.lataxis.range[0] < south and north < shown.lataxis.range[1]
    assert east - west > 0.4 * (shown.lonaxis.range[1] - shown.lonaxis.range[0]), "and little else"
    ground = {trace.name: trace for trace in mine.data}["provinces"]
    assert [code for code, z in zip(ground.locations, ground.z, strict=True) if z] == ["KH01"]
    lines = {trace.name: trace for trace in mine.data}["unscanned"]
    assert set(unscanned(layers(ring(1, True)))) == set()
    assert lines.lat.count(None) > 100, "lines over 24 provinces"
    assert lines.line.color == theme.CARD
    everywhere = {trace.name: trace for trace in whole.data}
    assert all(everywhere["provinces"].z)
    assert "unscanned" not in everywhere
    assert tuple(whole.layout.geo.lonaxis.range) == (102.1, 107.85)


def test_every_province_has_a_box_within_the_country():
    boxes = province_boxes()
    assert len(boxes) == 25
    for west, east, south, north in boxes.values():
        assert 102 < west < east < 108 and 9.5 < south < north < 15
