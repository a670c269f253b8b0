"""What a browser or a command asks of cluster detection is read in one place, and held to its bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dashboard import cluster_filters
from dashboard.cluster_filters import ClusterQuery
from surveillance.errors import UsageError
from surveillance.scan import periods, settings

NAMES = (
    "disease", "by", "place", "cases_are", "model", "time", "time_unit", "from", "to", "min_duration",
    "max_duration", "max_population_share", "max_radius_km", "rates", "min_cases", "covariates",
    "purely_temporal", "earlier_analyses", "replicates", "seed", "max_reported_share",
    "limit_by",
)  # fmt: skip
FULL = {
    "disease": "malaria",
    "by": "province",
    "place": "infection",
    "cases_are": "all",
    "model": "space-time-permutation",
    "time": "prospective",
    "time_unit": "week",
    "from": "2024-01-01",
    "to": "2025-06-29",
    "min_duration": "2",
    "max_duration": "12",
    "max_population_share": "1",
    "max_radius_km": "50.5",
    "rates": "both",
    "min_cases": "3",
    "covariates": "sex,day_of_week",
    "purely_temporal": "no",
    "earlier_analyses": "10",
    "replicates": "9999",
    "seed": "0",
    "max_reported_share": "0.1",
}


def test_the_words_are_those_of_the_engine():
    assert (cluster_filters.MODELS, cluster_filters.TIMES, cluster_filters.RATES) == (
        settings.MODELS,
        settings.TIMES,
        settings.RATES,
    )
    assert cluster_filters.TIME_UNITS == periods.TIME_UNITS


def test_a_question_with_everything_is_read():
    assert ClusterQuery.read(FULL) == ClusterQuery(
        "malaria", "province", "infection", "all", "space-time-permutation", "prospective", "week",
        date(2024, 1, 1), date(2025, 6, 29), 2, 12, 1.0, 50.5, "both", 3, ("weekday", "sex"), False, 10,
        9_999, 0, 0.1,
    )  # fmt: skip


def test_a_question_with_the_disease_alone_takes_what_is_usual():
    assert ClusterQuery.read({"disease": "tb"}) == ClusterQuery("tb")
    assert ClusterQuery("tb").parameters() == {"disease": "tb"}


@pytest.mark.parametrize(
    "query",
    [
        ClusterQuery("tb"),
        ClusterQuery.read(FULL),
        ClusterQuery("tb", max_duration=0.5, purely_temporal=True, time="retrospective"),
        ClusterQuery("awd", by="crossing", covariates=("weekday",)),
    ],
    ids=lambda query: query.disease,
)
def test_a_question_comes_back_from_an_address_and_from_the_store_as_it_was(query):
    assert ClusterQuery.read(query.parameters()) == query
    assert ClusterQuery.from_canonical(query.canonical()) == query


def test_runs_of_one_question_are_one_series_whatever_the_last_day_replicates_and_seed():
    query = ClusterQuery.read(FULL)
    same = replace(query, end=date(2025, 7, 6), replicates=99, seed=7)
    assert query.series() == same.series()
    assert query.series() != replace(query, min_duration=1).series()
    assert query.canonical() != same.canonical()


WRONG = {
    "disease": ("", "plague", "tb' OR 1=1"),
    "by": ("village",),
    "place": ("work",),
    "cases_are": ("suspected",),
    "model": ("poison", "normal"),
    "time": ("sometimes",),
    "time_unit": ("hour",),
    "from": ("1989-12-31", "2101-01-01", "2024-1-1", "20240101", "yesterday", "2025-06-30"),
    "to": ("2023-12-31", "2025-02-30"),
    "min_duration": ("0", "-1", "1.5", "13", "5001", "９"),
    "max_duration": ("0", "1.0", "1.5", "-0.5", "1", "5001", "nan", "1" * 30),
    "max_population_share": ("0", "1.1", "-1", "nan", "inf", "half", "1e-400"),
    "max_reported_share": ("0", "1.1", "-1", "nan", "tenth"),
    "max_radius_km": ("0", "2001", "inf", "-5", "0x10"),
    "rates": ("medium",),
    "min_cases": ("1001", "-1", "two"),
    "covariates": ("legal_status", "person", "sex;age"),
    "purely_temporal": ("yes", "perhaps"),  # the permutation has nothing to find in time alone
    "earlier_analyses": ("-1", "100001"),
    "limit_by": ("cases", "population"),  # records have no column of people
    "replicates": ("0", "10000", "1e3", "٩٩"),
    "seed": ("-1", "9007199254740992", "1" * 40),
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts], ids=str
)
def test_what_is_wrong_is_named(name, text):
    with pytest.raises(UsageError) as refused:
        ClusterQuery.read(FULL | {name: text})
    assert name in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"by": "facility"}, "a facility has no infection"),
        ({"model": "space-time-permutation", "time": "none"}, "needs time"),
        ({"model": "bernoulli", "covariates": ""}, "positive"),
        ({"model": "bernoulli", "cases_are": "positive"}, "takes none"),
        ({"purely_temporal": "yes", "model": "poisson", "time": "none"}, "needs time"),
    ],
    ids=str,
)
def test_what_contradicts_itself_is_refused_with_what_to_choose(more, said):
    with pytest.raises(UsageError, match=said):
        ClusterQuery.read(FULL | more)


@hypothesis_settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.one_of(st.none(), st.text(max_size=60), st.integers())))
def test_whatever_a_browser_sends_is_read_or_refused(given_by_browser):
    try:
        query = ClusterQuery.read({"disease": "tb"} | given_by_browser)
    except UsageError:
        return
    assert 1 <= query.replicates <= cluster_filters.MOST_REPLICATES
    assert ClusterQuery.read(query.parameters()) == query


#: As an earlier version kept a run: without what could not be asked then, and with what is refused now.
STORED = (
    '{"by": "facility", "cases_are": "positive", "covariates": [], "disease": "dengue", '
    '"earlier_analyses": 30, "end": "2025-06-29", "max_duration": 0.5, "max_population_share": 0.5, '
    '"max_radius_km": null, "min_cases": 2, "min_duration": 1, "model": "space-time-permutation", '
    '"place": "care", "purely_temporal": false, "rates": "high", "replicates": 999, "seed": 1, '
    '"start": "1989-01-02", "time": "prospective", "time_unit": "day"}'
)


def test_a_stored_question_opens_as_it_was_kept_though_it_would_be_refused_now():
    query = ClusterQuery.from_canonical(STORED)
    assert (query.earlier_analyses, query.start, query.max_reported_share) == (30, date(1989, 1, 2), None)
    assert query.canonical() == STORED
    assert query.series() == "49ab319fb19f2483d2c23a38b590e0c2b2aa6fcf47ae7061a356c751a578f3b3"
    with pytest.raises(UsageError, match="cannot limit the size"):
        query.check()
