"""What is asked where nothing was chosen: what is going on now, no half of the country, no blind spot."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from dashboard.cluster_filters import BERNOULLI, PERMUTATION, ClusterQuery
from dashboard.commands.clusters.output import to_read_beside
from dashboard.components.clusters import form as cluster_form
from dashboard.components.clusters import words as cluster_words
from dashboard.components.clusters.cautions import sentences
from dashboard.components.clusters.run import run_view
from dashboard.components.clusters.verdict import cases_scanned, verdict
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.clusters import cautions as cluster_cautions
from dashboard.services.clusters import defaults
from dashboard.services.clusters import export as cluster_exports
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.data import ClusterData
from dashboard.services.clusters.data import _period as study_period
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.clusters.population_shift import Grown, grown
from surveillance.errors import NotPermittedError, StatisticsError, UsageError
from tests.support import outbreaks
from tests.support.cluster_site import grant, ran, result_of
from tests.support.command_line import CommandLine
from tests.support.files import write_csv

NOW = (PERMUTATION, "prospective", "day", 0.1, 0.5)
SHARE = (BERNOULLI, "none", "day", 0.1, 0.5)


DISEASES = ("measles", "tb", "covid19", "dengue", "awd", "cholera", "ili", "sari")


@pytest.fixture(scope="module")
def shared(sqlite_files, tmp_path_factory):
    """A command line on one outbreak of each disease, of which 85% of the people came by one crossing."""
    rows = [
        row | {"crossing": "TH01" if number % 20 < 17 else ("TH03", "VN01", "LA01")[number % 20 - 17]}
        for disease in DISEASES
        for number, row in enumerate(outbreaks.rows(disease))
    ]
    with sqlite_files.fresh(migrated=True) as url:
        cli = CommandLine(url)
        outbreaks.fill(cli, tmp_path_factory.mktemp("outbreaks"), rows)
        yield cli, url


@pytest.fixture
def cli(shared):
    """The command line."""
    return shared[0]


@pytest.fixture
def filled(shared):
    """The database."""
    database = open_database(shared[1])
    yield database
    database.dispose()


def decided(query):
    """What was left open, as it was decided."""
    return (query.model, query.time, query.time_unit, query.max_reported_share, query.max_population_share)


def test_of_outbreaks_the_question_is_what_is_going_on_now_at_every_door(filled, cli):
    for disease in DISEASES:
        wanted = NOW if disease in ("dengue", "measles", "awd", "cholera") else SHARE
        for query in (
            ClusterQuery(disease, by="facility"),
            ClusterQuery.read({"disease": disease, "by": "facility"}),
            cluster_form.read_form({"disease": disease}),
        ):
            assert decided(defaults.resolved(filled, grant(), query)) == wanted, disease
    asked = ("--disease", "dengue", "--by", "facility", "--replicates", "9", "--format", "json")
    run = cli("clusters", *asked)
    used = json.loads(run.stdout)["parameters"]
    assert (used["model"], used["time"], used["end"]) == (
        PERMUTATION,
        "prospective",
        used["last_complete_day"],
    )
    assert (used["max_reported_share"], used["reported_share_asked"], used["max_population_share"]) == (
        0.1, 0.1, 0.5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"time": "none"}, (BERNOULLI, "none", "day", 0.1)),
        ({"time": "retrospective"}, (PERMUTATION, "retrospective", "week", 0.1)),
        ({"model": PERMUTATION}, (PERMUTATION, "retrospective", "week", None)),
        ({"model": BERNOULLI}, (BERNOULLI, "none", "day", None)),
        ({"max_reported_share": 0.3}, (PERMUTATION, "prospective", "day", 0.3)),
        ({"max_population_share": 0.05}, (PERMUTATION, "prospective", "day", 0.05)),
        ({"purely_temporal": True}, (BERNOULLI, "retrospective", "week", None)),
    ],
    ids=str,
)
def test_what_is_chosen_is_asked(asked, wanted, filled):
    query = defaults.resolved(filled, grant(), ClusterQuery("measles", by="facility", **asked))
    assert decided(query)[:4] == wanted


def test_the_form_states_the_tenth_also_with_a_model(filled):
    query = cluster_form.read_form({"disease": "measles", "model": BERNOULLI})
    assert query.max_reported_share == 0.1
    assert cluster_form.read_form({"max_reported_share": "0.5"}).max_reported_share == 0.5
    said = cluster_words.limits(defaults.resolved(filled, grant(), query), str)
    assert any(
        text.startswith("Reported clusters hold at most 10% of what the scan can judge") for text in said
    )


def test_a_default_scan_never_answers_with_most_places(filled):
    """Of twenty facilities two hold a tenth; the outbreak has three."""
    for disease in ("tb", "measles"):
        found = result_of(filled, ran(filled, grant(), ClusterQuery(disease, by="facility", replicates=9)))
        assert found.clusters
        assert max(item.n_locations for item in found.clusters) <= 2
        assert ("Largest share that is reported", "10%") in run_view(found, "en", str).facts


def test_a_place_of_more_than_half_is_named_and_watched_in_time(filled, cli):
    query = ClusterQuery("tb", by="crossing", replicates=99)
    number = ran(filled, grant(), query)
    found = result_of(filled, number)
    assert all("TH01" not in item.locations for item in found.clusters)
    (place,) = found.parameters["cannot_be_judged"]
    assert (place["locations"], place["by_larger_size"]) == (["TH01"], False)
    assert place["share"] == pytest.approx(0.85, abs=0.02)
    assert found.parameters["max_reported_share"] == pytest.approx(0.1 * (1 - place["share"]), rel=1e-3)
    watched = place["watched"]
    assert watched["start"] <= outbreaks.OUTBREAK_LAST.isoformat()
    assert watched["end"] >= outbreaks.OUTBREAK_FIRST.isoformat()
    assert watched["p_value"] == 0.01
    (note,) = (text for text in run_view(found, "en", str).notes if "cannot be judged" in text)
    assert note.startswith("Poipet holds 85% of those tested: it cannot be judged by this scan")
    assert "watched in time alone, against its own usual: hardly chance" in note
    assert "cannot be judged" not in "".join(run_view(found, "km", translator("km")).notes)
    export = cluster_exports.export(filled, grant(), number, "csv", language="en", link="")
    text = export.result.parameters["cannot_be_judged"]["TH01"]
    assert (
        text.startswith("a share of 0.85") and "cannot be judged by this scan; in time alone 2025-04" in text
    )
    assert any("TH01: a share of 0.85" in line for line in to_read_beside(export))
    done = cli("clusters", "--disease", "tb", "--by", "crossing", "--replicates", "9", "--format", "table")
    assert "TH01: a share of 0.85" in done.stderr


DAYS = [date(2025, 1, 1) + timedelta(days=number) for number in range(200)]


def data_of(shares, burst=()):
    """Ten people tested a day, dealt to places; `burst`: places and days on which all of them are cases."""
    rows = [
        {"location": place, "date": pd.Timestamp(day), "records": many, "tested": many,
         "count": many if (place, number) in burst else int(number % 5 == 0)}
        for number, day in enumerate(DAYS) for place, many in shares.items()
    ]  # fmt: skip
    daily = pd.DataFrame(rows)
    places = pd.DataFrame({"location": list(shares), "latitude": range(len(shares)), "longitude": 103.0})
    silent = pd.DataFrame([], columns=["location", "start", "end"])
    return ClusterData(
        daily,
        daily[["location", "count", "tested"]],
        places,
        [],
        DAYS[0],
        DAYS[-1],
        DAYS[0],
        None,
        [],
        {},
        silent,
    )


ASKED = ClusterQuery(
    "tb", by="crossing", model=BERNOULLI, time="none", time_unit="day", max_reported_share=0.1, replicates=99
)


def test_places_above_a_half_and_above_the_reported_size_are_told_apart():
    data = data_of({"A": 6, "B": 2, "C": 1, "D": 1})
    large = cluster_cautions.large_places(ASKED, data, data.locations)
    assert [(place.locations, place.share, place.by_larger_size) for place in large] == [(("A",), 0.6, False)]
    assert cluster_cautions.reported_sizes(ASKED, large) == {
        "max_reported_share": pytest.approx(0.04), "report_single_places": True,
    }  # fmt: skip
    by_facility = replace(ASKED, by="facility")
    large = cluster_cautions.large_places(by_facility, data, data.locations)
    assert [place.locations for place in large if place.by_larger_size] == [("B",), ("C",), ("D",)]
    assert cluster_cautions.reported_sizes(by_facility, large)["report_single_places"] is False
    wide = replace(ASKED, max_reported_share=0.5)
    assert cluster_cautions.reported_sizes(wide, large) == {}
    assert cluster_cautions.large_places(replace(ASKED, purely_temporal=True), data, data.locations) == []


def test_places_at_one_point_are_one_place():
    data = data_of({"A": 4, "B": 4, "C": 2})
    at_one = data.locations.assign(latitude=[1.0, 1.0, 2.0])
    (place,) = cluster_cautions.large_places(ASKED, data, at_one)
    assert place.locations == ("A", "B")


def test_the_watch_finds_when_and_hides_few_cases_of_hiv():
    data = data_of({"A": 8, "B": 2}, burst={("A", number) for number in range(100, 107)})
    large = cluster_cautions.large_places(ASKED, data, data.locations)
    (said,) = cluster_cautions.cautions(ASKED, data, large, 1)["cannot_be_judged"]
    assert (said["watched"]["p_value"], said["share"]) == (0.01, 0.8)
    assert said["watched"]["start"] <= DAYS[100].isoformat() <= said["watched"]["end"]
    hiv = replace(ASKED, disease="hiv", by="province", place="home", time_unit="week")
    (said,) = cluster_cautions.cautions(hiv, data, large, 1)["cannot_be_judged"]
    assert said["share"] is None and said["watched"]["observed"] >= 5


def test_a_permutation_over_more_than_a_year_names_the_places_that_grew():
    assert grown({"A": 100, "B": 900}, {"A": 160, "B": 840}) == [Grown("A", 1.6)]
    assert grown({"B": 900}, {"A": 60, "B": 840}) == [Grown("A", None)]
    assert grown({"A": 2, "B": 900}, {"A": 8, "B": 900}) == []
    assert grown({}, {"A": 5}) == []
    found = [{"location": "A", "factor": 1.6}, {"location": "C", "factor": None}]
    used = {"model": PERMUTATION, "time": "prospective", "population_shift": {"grown": found}}
    (said,) = sentences(used, lambda code: f"<{code}>", str)
    assert said.startswith("The period is longer than a year")
    assert said.endswith("no cases: <A> (1.6 times), <C> (from none).")
    (none,) = sentences(used | {"population_shift": {"grown": []}}, str, str)
    assert "no place has a clearly larger share" in none
    (unknown,) = sentences(used | {"population_shift": {"grown": None}}, str, str)
    assert "is not known from these records" in unknown
    text = {"population_shift": "the period is longer than a year; a larger share of people: A times 1.60"}
    beside = to_read_beside(SimpleNamespace(result=SimpleNamespace(parameters=used | text)))
    assert any("A times 1.60; what grew looks like a late cluster" in line for line in beside)


def test_a_longer_period_than_a_year_is_warned_of_and_a_shorter_one_is_not(filled, cli, tmp_path):
    query = ClusterQuery("awd", by="facility", replicates=9)
    assert "population_shift" not in result_of(filled, ran(filled, grant(), query)).parameters
    early = outbreaks.rows("awd")[0] | {"record_id": "e", "person_id": "e", "date_visit": "2024-01-02"}
    assert cli("import", write_csv(tmp_path / "early.csv", early)).code == 0
    found = result_of(filled, ran(filled, grant(), query))
    assert found.parameters["population_shift"]["grown"] is not None
    assert any("longer than a year" in note for note in run_view(found, "en", str).notes)
    export = cluster_exports.export(filled, grant(), found.run.id, "json", language="en", link="")
    assert export.result.parameters["population_shift"].startswith("the period is longer than a year")


def test_an_account_of_some_provinces_is_offered_what_it_may_ask():
    one = Grant("one@example.org", "official", Scope.of("KH01"))
    assert defaults.offered(one, cluster_words.VIEWS) == ["facility:care", "district:care"]
    two = Grant("two@example.org", "official", Scope.of("KH01", "KH02"))
    assert defaults.offered(two, cluster_words.VIEWS) == ["province:care", "facility:care", "district:care"]
    national = Grant("all@example.org", "official", Scope.everything())
    assert defaults.offered(national, cluster_words.VIEWS) == list(cluster_words.VIEWS)


def test_an_account_of_one_province_scans_its_own_facilities(filled):
    one = grant("one", "KH01")
    found = result_of(filled, ran(filled, one, ClusterQuery("measles", by="facility", replicates=9)), one)
    assert found.parameters["locations"] == 10
    with pytest.raises(NotPermittedError, match=r"your account covers one province\. Choose the facilities"):
        clusters.start(filled, one, ClusterQuery("tb", replicates=9))
    for by in ("facility", "province"):
        with pytest.raises(NotPermittedError, match=r"by province only.*nothing to compare"):
            clusters.start(filled, one, ClusterQuery("hiv", by=by, replicates=9))
    in_time = ClusterQuery("tb", purely_temporal=True, replicates=9)
    assert defaults.resolved(filled, one, in_time).purely_temporal


def test_the_form_of_one_province_keeps_its_places_and_says_why_nothing_is_left():
    asked = {"disease": "hiv", "view": "facility:care"}
    assert cluster_form.kept_places(asked, ["facility:care"]) == (asked, {})
    assert cluster_form.kept_places(asked)[1] == {"view": "province:care"}


@pytest.mark.parametrize(
    ("cases", "places", "widened"),
    [(1, 12, True), (4, 12, True), (5, 12, False), (40, 9, True), (40, 10, False)],
)
def test_the_tenth_applies_only_where_it_leaves_room(cases, places, widened):
    """`cases`: those of each place; of five cases in twelve places a tenth is six."""
    data = data_of({f"P{number}": 1 for number in range(places)})
    rows = data.daily.groupby("location", as_index=False).first().assign(count=cases, tested=100)
    data = replace(data, cases=rows[["location", "count", "tested"]])
    asked = replace(ASKED, by="facility")
    found = cluster_cautions.with_room(asked, data, data.locations)
    assert found.max_reported_share == (0.5 if widened else 0.1)
    chosen = replace(asked, max_reported_share=0.05)
    assert cluster_cautions.with_room(chosen, data, data.locations) is chosen
    by_crossing = cluster_cautions.with_room(ASKED, data, data.locations)  # a single one may be reported
    assert by_crossing is ASKED


def test_the_default_scan_of_a_small_province_can_report_and_says_how_much(filled):
    one = grant("one", "KH01")
    few = ClusterQuery("measles", by="facility", replicates=9, start=date(2025, 4, 7), end=date(2025, 4, 20))
    few = replace(few, time="none", min_cases=6)
    found = result_of(filled, ran(filled, one, few), one)
    assert found.parameters["reported_share_widened"] is True
    assert found.clusters
    shown = run_view(found, "en", str)
    assert ("Largest share that is reported", "50%") in shown.facts
    (note,) = (text for text in shown.notes if "clusters of up to 50% are reported" in text)
    assert not any("at most 10%" in text for text in shown.limits)
    export = cluster_exports.export(filled, one, found.run.id, "json", language="en", link="")
    assert note in to_read_beside(export)


def test_places_above_the_reported_size_are_one_sentence():
    watched = {"start": "2025-01-01", "end": "2025-01-07", "observed": 9, "expected": 2.0, "p_value": 0.01,
               "recurrence_interval_days": None}  # fmt: skip
    places = [
        {"locations": [code], "share": 0.12, "by_larger_size": True, "watched": found}
        for code, found in (("A", None), ("B", watched), ("C", watched | {"p_value": 0.4}))
    ]
    used = {"model": PERMUTATION, "max_reported_share": 0.1, "max_population_share": 0.5}
    (said,) = sentences(used | {"cannot_be_judged": places}, lambda code: f"<{code}>", str)
    assert said.count("watched in time alone") == 1
    assert "reports nothing of that size: <A>, <B>, <C>." in said
    assert said.endswith("<B>: hardly chance, 2025-01-01 – 2025-01-07, 9 cases, 2.0 expected (p = 0.01).")
    (quiet,) = sentences(used | {"cannot_be_judged": [places[0], places[2]]}, str, str)
    assert quiet.endswith("No time stands out more than chance explains.")


def test_what_only_the_database_knows_is_not_said_of_own_files():
    query = ClusterQuery("measles", by="facility", model=PERMUTATION, time="prospective")
    here, own = (" ".join(cluster_words.limits(query, str, own_files=own)) for own in (False, True))
    for text in ("stand beside every cluster", "it ends where most facilities have reported"):
        assert text in here
        assert text not in own
    used = {"model": PERMUTATION, "time": "prospective"}
    for more, said in (({}, False), ({"cases_are": "positive"}, True)):
        beside = to_read_beside(SimpleNamespace(result=SimpleNamespace(parameters=used | more)))
        assert any("stand beside every cluster" in text for text in beside) is said
    assert any("The last days may still be incomplete." in text for text in beside)


def test_where_all_clusters_are_withheld_only_that_is_said():
    said = verdict([], str, withheld=1)
    assert said.endswith("Clusters withheld: 1.")
    assert "No cluster" not in said and "nowhere" not in said
    hidden = SimpleNamespace(parameters={"cases": 40}, not_scanned=[SimpleNamespace(cases=None)])
    assert cases_scanned(hidden) == (40, None)
    hidden.not_scanned = [SimpleNamespace(cases=0), SimpleNamespace(cases=7)]
    assert cases_scanned(hidden) == (40, 7)


def test_a_message_on_a_page_names_controls_and_no_parameter():
    for asked in (
        {"purely_temporal": "yes", "time": "none"},
        {"earlier_analyses": "3", "time": "prospective"},
        {"limit_by": "population", "model": BERNOULLI},
        {"min_cases": "x"},
    ):
        with pytest.raises(UsageError) as refused:
            ClusterQuery.read({"disease": "tb"} | asked)
        assert "_" not in cluster_form.problem(refused.value, str)


def test_hiv_is_scanned_up_to_no_day_after_the_newest_record(filled):
    seen = (date(2025, 1, 6), date(2025, 6, 25))  # a Monday, and a Wednesday
    query = ClusterQuery("hiv", by="province", time="retrospective")
    assert study_period(query, seen, None, [date(2025, 6, 26)]) == (date(2025, 1, 6), date(2025, 6, 22))
    assert study_period(query, seen, None, [date(2025, 6, 30)]) == (date(2025, 1, 6), date(2025, 6, 29))
    with pytest.raises(StatisticsError, match="whole weeks"):
        study_period(query, (date(2025, 6, 23), date(2025, 6, 25)), None, [])


def test_no_cluster_is_said_of_the_places_that_were_judged():
    assert verdict([], str) == "No cluster: nowhere do cases stand out."
    assert verdict([], str, all_judged=False).startswith("No cluster in the places that this scan can judge")
