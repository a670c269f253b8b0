"""An address as a question: faulty parts are named and left out, open ones have their usual value."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dashboard.filters import CoverageQuery
from dashboard.messages import translator
from dashboard.pages.explorer.question import completed, read, resolved, usual_period
from dashboard.services.imports.data_status import DataStatus
from surveillance.errors import NotPermittedError, UsageError

TODAY = date(2026, 8, 1)
STATUS = DataStatus(False, 1, "2026-07-01T00:00:00", date(2021, 7, 1), date(2026, 6, 30))


def asked(search: str):
    return read(search, STATUS, TODAY)


def test_an_open_address_is_malaria_tested_in_the_last_52_whole_weeks():
    query = asked("")
    assert (query.disease, query.measure, query.start, query.end) == (
        "malaria",
        "testing",
        date(2025, 6, 30),
        date(2026, 6, 28),
    )


@pytest.mark.parametrize(
    ("search", "wrong", "kept"),
    [
        ("?disease=xx&sex=female", ["disease"], {"sex": "female"}),
        ("?from=2025-99-99&disease=tb", ["from"], {"disease": "tb"}),
        ("?from=2026-01-01&to=2025-01-01&disease=tb", ["from"], {"to": "2025-01-01", "disease": "tb"}),
        ("?by=crossing&place=home", ["place"], {"by": "crossing"}),
        ("?age=15-30&sex=x&step=day&measure=mood", ["step", "age", "sex", "measure"], {}),
        ("?disease=tb&lost=1", [], {"disease": "tb"}),
        ("?from=2030-01-01", [], {"from": "2030-01-01"}),
        ("?to=1999-01-01", [], {"to": "1999-01-01"}),
    ],
)
def test_only_what_is_wrong_is_left_out_and_it_is_named(search, wrong, kept):
    question = asked(search)
    assert sorted(error.parameter for error in question.problems) == sorted(wrong)
    assert question.given == kept


@pytest.mark.parametrize("search", [17, "?" + "a" * 5_000, "?" + "&".join(f"a{n}=1" for n in range(60))])
def test_an_address_that_cannot_be_read_at_all_is_said_to_be_so_and_shows_the_map(search):
    question = asked(search)
    assert [error.text for error in question.problems] == ["the address cannot be read; open the map anew"]
    assert question.disease == "malaria"


def test_completion_is_asked_of_the_last_four_quarters_that_are_due():
    assert usual_period(STATUS, "tb", "completion", TODAY) == (date(2024, 7, 1), date(2025, 6, 30))
    # Not by the calendar alone: of what happened after the last visit nothing is known.
    assert usual_period(STATUS, "tb", "completion", date(2027, 6, 1)) == (date(2024, 7, 1), date(2025, 6, 30))
    assert usual_period(STATUS, "tb", "testing", TODAY) == (date(2026, 4, 1), date(2026, 6, 30))
    # Malaria is due after 28 days: 52 whole weeks to the last Sunday that is due.
    assert usual_period(STATUS, "malaria", "completion", TODAY) == (date(2025, 6, 2), date(2026, 5, 31))
    state = resolved(
        asked("?disease=tb&measure=completion"),
        "?disease=tb&measure=completion",
        None,
        TODAY,
        translator("en"),
    )
    assert state["periods"][0] == ("2024-07-01..2025-06-30", "The last that are due: 2024-07 – 2025-06")
    assert state["controls"]["period"] == state["usual"] == "2024-07-01..2025-06-30"
    assert state["address"] == {"disease": "tb", "measure": "completion"}


def test_a_database_that_is_younger_than_the_follow_up_time_shows_what_there_is():
    young = DataStatus(False, 1, "2026-07-01T00:00:00", date(2026, 5, 1), date(2026, 6, 30))
    assert usual_period(young, "tb", "completion", TODAY) == (date(2026, 4, 1), date(2026, 6, 30))
    malaria = CoverageQuery("malaria")
    assert completed(malaria, DataStatus(False, 0, None, None, None), TODAY) == malaria


def test_by_place_of_infection_treatment_is_the_usual_measure_and_the_others_are_greyed():
    question = asked("?place=infection")
    assert question.measure == "treatment"
    assert not question.unanswerable
    off = resolved(question, "?place=infection", None, TODAY, translator("en"))["off"]
    assert off == {"measure": ["testing", "eligibility", "positivity", "yield"]}


def test_what_a_sensitive_disease_is_never_shown_by_is_greyed():
    off = resolved(asked("?disease=hiv"), "?disease=hiv", None, TODAY, translator("en"))["off"]
    hidden = dict.fromkeys(("residence", "activity", "movement", "remote"), True)
    assert off == {"view": ["crossing:care", "district:care", "facility:care"]} | hidden


@pytest.mark.parametrize(
    "given",
    [
        {"disease": "plague"},
        {"disease": "tb", "from": "yesterday"},
        {"disease": "tb", "age": "1-2"},
        {"disease": "tb", "by": "facility", "place": "home"},
        {"disease": "tb", "from": "2025-02-02", "to": "2025-02-01"},
        {},
    ],
    ids=str,
)
def test_what_is_wrong_is_said_in_khmer_too_with_the_value_as_it_came(given):
    with pytest.raises(UsageError) as wrong:
        CoverageQuery.read(given)
    error = wrong.value
    assert error.parameter in {"disease", "from", "age", "place"}
    khmer = error.in_words(translator("km"))
    assert any("\u1780" <= sign <= "\u17ff" for sign in khmer)
    assert error.in_words(str) == str(error)


def test_a_value_from_the_address_is_never_read_as_a_place_for_values():
    with pytest.raises(UsageError) as wrong:
        CoverageQuery.read({"disease": "{offered.__class__}"})
    assert "'{offered.__class__}'" in wrong.value.in_words(translator("km"))
    assert NotPermittedError("plain {text}").in_words(str) == "plain {text}"


def offered(search: str, status=STATUS):
    """The periods that a page offers, by name."""
    found = resolved(read(search, status, TODAY), search, None, TODAY, translator("en"))["periods"]
    return {name.partition(":")[0]: span for span, name in found}


def test_the_recent_periods_are_whole_weeks_and_quarters_with_their_dates_in_the_name():
    assert offered("") == {
        "Last 52 weeks": "2025-06-30..2026-06-28",
        "Last 13 weeks": "2026-03-30..2026-06-28",
        "Last 4 weeks": "2026-06-01..2026-06-28",
        "Last week": "2026-06-22..2026-06-28",
        "Last quarter": "2026-04-01..2026-06-30",
        "Last 4 quarters": "2025-07-01..2026-06-30",
        "2026 so far": "2026-01-01..2026-06-30",
        **{str(year): f"{year}-01-01..{year}-12-31" for year in range(2025, 2020, -1)},
        "All": "2021-06-28..2026-07-05",
    }
    found = resolved(asked(""), "", None, TODAY, translator("en"))["periods"]
    assert found[2][1] == "Last 4 weeks: 2026-06-01 – 2026-06-28"


@pytest.mark.parametrize("disease", ["tb", "hiv", "hepatitis_b", "hepatitis_c"])
def test_slow_diseases_are_shown_by_the_last_whole_quarter(disease):
    query = asked(f"?disease={disease}")
    assert (query.start, query.end) == (date(2026, 4, 1), date(2026, 6, 30))
    a_day_less = DataStatus(False, 1, "2026-07-01T00:00:00", date(2021, 7, 1), date(2026, 6, 29))
    query = read(f"?disease={disease}", a_day_less, TODAY)
    assert (query.start, query.end) == (date(2026, 1, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("first", "last", "disease", "usual"),
    [
        # Less than a year of data: from the week of the first visit to the last whole week.
        ("2026-05-06", "2026-06-30", "malaria", ("2026-05-04", "2026-06-28")),
        # Not one whole week.
        ("2026-06-29", "2026-06-30", "malaria", ("2026-06-29", "2026-07-05")),
        # Not one whole quarter: whole weeks.
        ("2026-05-06", "2026-06-20", "tb", ("2026-05-04", "2026-06-14")),
        # Over New Year, with week 53 of 2026.
        ("2021-01-01", "2027-01-03", "malaria", ("2026-01-05", "2027-01-03")),
    ],
)
def test_the_usual_period_keeps_to_the_data(first, last, disease, usual):
    status = DataStatus(False, 1, "", date.fromisoformat(first), date.fromisoformat(last))
    found = usual_period(status, disease, None, date(2027, 6, 1))
    assert tuple(day.isoformat() for day in found) == usual


@pytest.mark.parametrize(
    ("search", "shown"),
    [("?disease=dengue", "year"), ("?disease=tb", "before"), ("?disease=tb&compare=year", "year")],
)
def test_the_control_shows_what_is_compared(search, shown):
    assert resolved(asked(search), search, None, TODAY, translator("en"))["controls"]["compare"] == shown


def test_a_comparison_that_is_not_offered_is_named_and_left_out():
    question = asked("?disease=tb&compare=week")
    assert [error.parameter for error in question.problems] == ["compare"]
    assert question.compare is None


def test_persons_from_a_day_that_is_none_are_shown_without_it():
    question = asked("?disease=measles&from=2025-99-99&to=2026-06-28&count=persons")
    assert [error.parameter for error in question.problems] == ["from"]
    assert (question.persons, question.start, question.end) == (True, date(2026, 1, 1), date(2026, 6, 28))


def test_persons_of_two_years_are_narrowed_to_one_by_the_map_and_refused_where_nothing_is_filled_in():
    given = {"disease": "tb", "count": "persons", "from": "2025-03-01", "to": "2026-06-28"}
    question = asked(f"?{urlencode(given)}")
    assert (question.problems, question.start) == ([], date(2026, 1, 1))
    assert question.days == (date(2025, 3, 1), date(2026, 6, 28))
    with pytest.raises(UsageError, match="persons are counted within one calendar year"):
        CoverageQuery.read(given)


def test_everything_that_is_wrong_is_said_at_once_in_the_readers_language():
    with pytest.raises(UsageError) as wrong:
        CoverageQuery.read({"disease": "plague", "from": "2568-01-01", "sex": "x", "age": "1-2", "zz": "1"})
    parameters = [fault.parameter for fault in wrong.value.faults]
    assert parameters == ["zz", "disease", "from", "sex", "age"]
    khmer = translator("km")
    assert wrong.value.in_words(khmer) == "; ".join(fault.in_words(khmer) for fault in wrong.value.faults)
    assert str(wrong.value).count("; ") >= len(parameters) - 1


_TEXTS = st.one_of(
    st.none(), st.integers(), st.text(max_size=60), st.sampled_from(["tb", "crossing", "home", "2025-01-01"])
)


@hypothesis_settings(deadline=None)
@given(st.dictionaries(st.sampled_from(CoverageQuery.names()), _TEXTS))
def test_whatever_a_browser_asks_of_coverage_is_read_or_refused_by_a_parameter_that_it_named(texts):
    try:
        query = CoverageQuery.read({"disease": "tb"} | texts)
    except UsageError as error:
        assert {fault.parameter for fault in error.faults} <= texts.keys() | {"disease"}
    else:
        assert CoverageQuery.read(query.parameters()) == query
