"""Guesses of what foreign columns hold: from names in English and Khmer, and from values."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.intake.mappings.draft import draft
from db.intake.mappings.file import parse
from db.intake.mappings.model import Mapping
from db.intake.mappings.personal_columns import bare, holds_persons
from db.intake.mappings.suggest import suggest, synonyms
from geodata.gazetteer import Gazetteer
from surveillance.line_list import READ

PLACES = Gazetteer()


def guessed(header, *rows) -> dict[str, str | None]:
    """Column -> the field that is offered for it."""
    return {one.column: one.field for one in suggest(header, rows, places=PLACES)}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("ភេទ", "sex"),
        ("អាយុ", "age_years"),
        ("អាយុ (ឆ្នាំ)", "age_years"),
        ("ថ្ងៃខែឆ្នាំពិនិត្យ", "date_visit"),
        ("ថ្ងៃចាប់ផ្តើមឈឺ", "date_onset"),
        ("ខេត្តកំណើត", "province_home"),
        ("ច្រកព្រំដែន", "crossing"),
        ("មណ្ឌលសុខភាព", "facility_id"),
        ("ជំងឺ", "disease"),
        ("លេខសម្គាល់អ្នកជំងឺ", "person_id"),
        ("ឆ្នាំកំណើត", "birth_year"),
        ("ថ្ងៃខែឆ្នាំកំណើត", "birth_date"),
        ("បានធ្វើតេស្ត", "tested"),
        ("វិជ្ជមាន", "positive"),
        ("មុខរបរ", "activity"),
        ("ភេទ\u200b", "sex"),
        ("Gender", "sex"),
        ("SEX (M/F)", "sex"),
        ("Age (yrs)", "age_years"),
        ("DOB", "birth_date"),
        ("Date_of_Visit", "date_visit"),
        ("patient/Age in months", "age_months"),
        ("Occupation", "activity"),
        ("Border gate", "crossing"),
        ("HC code", "facility_id"),
        ("date_onset", "date_onset"),
        ("Treatment start date", "date_treated"),
        ("Treatment outcome", "outcome"),
    ],
)
def test_a_column_is_known_by_its_name(column, field):
    (one,) = suggest([column], [])
    assert one.field == field
    assert one.confidence >= 0.5
    assert one.why


@pytest.mark.parametrize(
    "column",
    [
        "ឈ្មោះ",
        "គោត្តនាម និងនាម",
        "លេខទូរស័ព្ទ",
        "Name",
        "First_Name",
        "patient/phone",
        "Address",
        "NameK",
        "Full name:",
    ],
)
def test_what_tells_who_somebody_is_is_offered_for_nothing(column):
    (one,) = suggest([column], [["ស្រី"], ["F"]], places=PLACES)
    assert one.field is None
    assert "nobody" in one.why


@pytest.mark.parametrize(
    "column", ["Facility name", "Name of health centre", "Village name", "ឈ្មោះមណ្ឌលសុខភាព"]
)
def test_a_facility_is_nobodys_name(column):
    assert not holds_persons(column)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (("ស្រី", "ប្រុស", "ស្រី"), "sex"),
        (("F", "M", "F", "F"), "sex"),
        (("TB", "malaria", "HIV"), "disease"),
        (("ពោធិ៍សាត់", "Battambang", "Siem Reap"), "province_home"),
        (("Poipet", "Bavet", "TH01"), "crossing"),
        (("25/03/2025", "3 មីនា 2025", "45720"), "date_visit"),
    ],
)
def test_values_tell_where_names_do_not(values, field):
    assert guessed(["X1"], *[[value] for value in values]) == {"X1": field}


@pytest.mark.parametrize("values", [("1", "2", "1"), ("a", "b"), ("", ""), ("yes", "no"), ("x", "✓")])
def test_values_that_could_be_anything_tell_nothing(values):
    assert guessed(["X1"], *[[value] for value in values]) == {"X1": None}


def test_values_that_contradict_a_name_make_it_doubtful():
    (sure,) = suggest(["Date"], [["2025-03-04"], ["5/3/2025"]])
    (doubtful,) = suggest(["Date"], [["yes"], ["no"]])
    assert sure.confidence > 0.9 > 0.5 > doubtful.confidence
    assert guessed(["Sex"], ["1"], ["2"]) == {"Sex": "sex"}  # codes of the sender's own do not contradict


def test_a_field_is_offered_for_the_surest_column_only():
    found = guessed(["Date", "Date of visit", "date_visit"], ["2025-03-04", "2025-03-04", "2025-03-04"])
    assert found == {"Date": None, "Date of visit": None, "date_visit": "date_visit"}


def test_of_two_columns_of_days_without_a_name_none_is_the_visit():
    row = ["2025-03-04", "2025-03-05"]
    assert guessed(["A", "B"], row) == {"A": None, "B": None}
    assert guessed(["A", "Onset date"], row) == {"A": "date_visit", "Onset date": "date_onset"}


def test_reasons_are_said_in_khmer():
    (one,) = suggest(["ភេទ"], [["ស្រី"]], "km")
    assert "តម្លៃ" in one.why


def test_every_synonym_stands_for_a_field_and_is_nobodys_name():
    for spelling, field in synonyms().items():
        assert field in READ, spelling
        assert spelling == bare(spelling)
        assert not holds_persons(spelling), spelling


def test_no_synonym_stands_for_two_fields():
    import tomllib

    from db.intake.mappings import suggest as suggestion

    table = tomllib.loads(suggestion._SYNONYMS.read_text(encoding="utf-8"))
    owner: dict[str, str] = {}
    for field, spellings in table.items():
        for spelling in (*spellings["en"], *spellings["km"]):
            assert owner.setdefault(bare(spelling), field) == field, spelling


MESSY = ["", "ល.រ", "ឈ្មោះ", "ភេទ", "Date", "Result", "=1+1", 'quo"ted\\', "tab\there", "\x7f"]


def test_a_draft_can_be_used_once_it_has_been_looked_at():
    rows = [["", "1", "x", "ស្រី", "03/04/2025", "pos 012345678", "", "", "", ""]]
    text = draft("ours", suggest(MESSY, rows, places=PLACES), rows)
    made = parse(text.encode(), "ours.toml")
    assert isinstance(made, Mapping)
    assert made.columns["sex"] == ("ភេទ",)
    assert made.columns["date_visit"] == ("date",)
    for part in ("# facility_id = ", '# date_order = "day-first"', '# "pos #" = ""', "[values.positive]"):
        assert part in text
    assert "ឈ្មោះ" not in str(made.columns)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.text(max_size=12), max_size=6),
    st.lists(st.lists(st.text(max_size=10), max_size=6), max_size=4),
)
def test_any_header_and_values_give_a_suggestion_for_each_column_and_a_readable_draft(header, rows):
    found = suggest(header, rows, places=PLACES)
    assert [one.column for one in found] == header
    fields = [one.field for one in found if one.field]
    assert len(fields) == len(set(fields))
    assert all(0 <= one.confidence <= 1 for one in found)
    text = draft("any", found, rows)
    assert "\n[columns]\n" in text
    if any(one.field and one.confidence >= 0.5 for one in found):
        parse(text.encode(), "any.toml")
