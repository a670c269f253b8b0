"""What stands first on a run's page, in the list of runs and beside the map, so that nobody misreads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.cluster_filters import BERNOULLI, PERMUTATION, ClusterQuery
from dashboard.components.clusters.legend import signs
from dashboard.components.clusters.run import run_view
from dashboard.components.clusters.standing import heading, listed_run, standing
from dashboard.components.clusters.table import cluster_row, expected_text, risk
from dashboard.components.clusters.verdict import notes, strongest, verdict
from dashboard.components.moments import local, moment, whole
from dashboard.messages import translator
from dashboard.services.clusters.history import PastRun, Strength
from dashboard.services.clusters.models import ClusterResult, ClusterRun, NotScanned
from tests.unit.test_cluster_page_parts import CLUSTER, PLACES, t

RUN = ClusterRun(
    id="0123456789ab",
    query=ClusterQuery("dengue", by="crossing", model=PERMUTATION, time="retrospective", time_unit="week",
                       cases_are="positive"),
    status="done",
    done=99,
    total=99,
    author="somebody@example.org",
    made_at="2026-11-22T20:30:00.000+00:00",
    started_at="2026-11-22T20:30:01.000+00:00",
    finished_at="2026-11-22T20:31:00.000+00:00",
    data_version=1,
    cancelled_by=None,
    error=None,
    error_values={},
    provinces=None,
    start="2025-01-01",
    end="2026-06-30",
)  # fmt: skip


def result(*left_out: int, run: ClusterRun = RUN, **used: object) -> ClusterResult:
    dropped = tuple(NotScanned(f"X{number}", "no position", cases, cases, cases)
                    for number, cases in enumerate(left_out))  # fmt: skip
    return ClusterResult(run, (CLUSTER,), dropped, {"cases": 124, "locations": 25} | used, PLACES, None, ())


def test_most_cases_left_out_are_told_of_before_the_map():
    view = run_view(result(5, 28, 724), "en", t)
    assert view.notes[0] == "757 of 881 cases have no known place and were not scanned."
    facts = dict(view.facts)
    assert (facts["Cases scanned"], facts["Cases not scanned"], facts["Places scanned"]) == (
        "124",
        "757",
        "25",
    )


@pytest.mark.parametrize("language", ["en", "km"])
def test_places_without_a_row_in_the_file_of_people_are_named_on_the_page(language):
    code = next(iter(PLACES))
    used = {"without_population": 2, "without_population_first": [code, "gone"], "cases_are": "all"}
    (said,) = notes(result(**used), language, translator(language))
    assert f"2 ({PLACES[code].area.name(language)}, gone)" in said
    assert ("They were not scanned" in said) is (language == "en")


@pytest.mark.parametrize("left_out", [(), (13,)])
def test_few_cases_left_out_stay_in_their_table(left_out):
    assert notes(result(*left_out), "en", t) == []


def test_a_run_that_did_not_keep_its_numbers_says_none():
    found = replace(result(500), parameters={})
    view = run_view(found, "en", t)
    assert view.notes == []
    assert "Cases scanned" not in dict(view.facts)


@pytest.mark.parametrize(("language", "name"), [("en", "Banteay Meanchey"), ("km", "បន្ទាយមានជ័យ")])
def test_an_account_of_a_province_is_told_that_only_its_province_was_scanned(language, name):
    found = result(run=replace(RUN, provinces=("KH01",)))
    (note,) = notes(found, language, t)
    assert note.startswith(f"Only records of {name} were scanned")


def test_the_strongest_cluster_is_named_with_where_when_and_how_many():
    row = cluster_row(replace(CLUSTER, change="growing"), PLACES, "en", t)
    said = strongest([row], t)
    assert said == "1: Place <A>, places: 3, cases: 45, expected: 12.3; 2025-04-07 – 2025-04-20; growing"
    fewer = cluster_row(replace(CLUSTER, rate="low"), PLACES, "en", t)
    assert strongest([fewer], t).endswith("2025-04-20; Fewer than expected")
    timeless = cluster_row(replace(CLUSTER, start=None, end=None), PLACES, "en", t)
    assert strongest([timeless], t).endswith("expected: 12.3")


def test_what_may_be_chance_is_not_named_as_the_strongest():
    row = cluster_row(replace(CLUSTER, p_value=0.8), PLACES, "en", t)
    assert strongest([row], t) == "" and strongest([], t) == ""
    assert verdict([row], t).startswith("No cluster: the strongest candidate may well be chance")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.0004, "<0.01"), (0.034, "0.03"), (0.99, "0.99"), (1.0, "1.0"), (1234.56, "1,234.6")],
)
def test_expected_cases_are_never_written_as_nought_where_there_are_any(value, text):
    assert expected_text(value) == text


def test_an_infinite_risk_is_words_and_sorts_last():
    cell = risk(float("inf"), t)
    assert cell.text == "all cases are inside"
    assert float(cell.order) > 1e200
    assert risk(None, t).text == "–" and risk(1.5, t).text == "1.50"


def test_the_figures_of_statisticians_stand_apart_and_every_column_is_explained():
    view = run_view(result(), "en", t)
    assert [column.name for column in view.more] == ["LLR", "Gumbel p"]
    assert {column.name for column in view.heads} >= {"Observed", "Expected", "O/E", "p"}
    assert all(column.meaning for column in (*view.heads, *view.more))


def test_runs_of_the_list_differ_by_their_period_and_say_what_they_found():
    past = PastRun(RUN, (Strength(0.001, None), Strength(0.6, None), Strength(0.01, 20.0)))
    row = listed_run(past, t)
    assert row["period"] == "2025-01-01 – 2026-06-30"
    assert row["found"] == "clusters: 1 (others, perhaps chance: 2)"
    assert row["when"] == "2026-11-23 03:30", "by the clock of Phnom Penh"
    assert listed_run(PastRun(RUN, ()), t)["found"] == "no cluster"
    waiting = replace(RUN, status="queued", start=None, end=None)
    row = listed_run(PastRun(waiting, ()), t)
    assert (row["period"], row["found"], row["status"]) == ("first record – last record", "", "waiting")
    assert heading(RUN, t) == "Dengue: Crossings, 2025-01-01 – 2026-06-30"


def test_a_waiting_run_says_how_many_are_before_it():
    waiting = replace(RUN, status="queued")
    assert standing(waiting, t, 3).endswith("Runs asked for before it and not done yet: 3.")
    assert "before it" not in standing(waiting, t, 0)


def test_a_run_that_is_stopping_says_that_it_may_take_long():
    stopping = replace(RUN, status="running", cancelled_by="somebody@example.org")
    assert stopping.stopping
    assert standing(stopping, t).startswith("Stopping …")
    assert not replace(stopping, status="cancelled").stopping
    assert listed_run(PastRun(stopping, ()), t)["status"] == "stopping"


SPOTS = {
    "place of a cluster, in the cluster's colour",
    "place of a cluster that may well be chance",
    "circle: how far a cluster reaches",
    "scanned, in no cluster",
}
AREAS = {
    "province of a cluster, in the cluster's colour",
    "province of a cluster that may well be chance",
    "circle: how far a cluster reaches",
    "province in no cluster",
    "crossing",
}


@pytest.mark.parametrize(
    ("by", "texts"),
    [
        ("facility", SPOTS | {"crossing", "both: a facility at a crossing"}),
        ("crossing", SPOTS),
        ("province", AREAS),
    ],
)
def test_the_legend_names_every_sign_of_the_map(by, texts):
    run = replace(RUN, query=replace(RUN.query, by=by))
    rows = [cluster_row(replace(CLUSTER, rank=rank, p_value=p), PLACES, "en", t)
            for rank, p in ((1, 0.001), (2, 0.9))]  # fmt: skip
    assert {sign.text for sign in signs(run, rows, t)} == texts
    mine = signs(replace(run, provinces=("KH01",)), rows, t)
    assert mine[-1].text == "not scanned: outside your provinces"
    bare = {sign.text for sign in signs(run, [], t)}
    assert not any("chance" in text or "colour" in text or "reaches" in text for text in bare)


def test_a_bernoulli_run_says_how_many_were_tested_where_it_kept_that():
    run = replace(RUN, query=replace(RUN.query, model=BERNOULLI))
    assert dict(run_view(result(run=run, tested=1234), "en", t).facts)["Tested"] == "1,234"


def test_moments_are_of_phnom_penh_and_days_stay_whole():
    assert local(None) == moment(None, t) == "–"
    assert moment("2026-06-30T18:05:59.123+00:00", t) == "2026-07-01 01:05, Phnom Penh time"
    assert whole("<b> 2026-06-30 – 2026-07-01 01:05") == (
        '&lt;b&gt; <span class="day">2026-06-30</span> – <span class="day">2026-07-01 01:05</span>'
    )
