"""The record schema: what a sender may and must send, and what has nowhere to go."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import combinations
from typing import get_args

import pytest

from surveillance import vocabulary as v
from surveillance.coverage.indicators import STEPS
from surveillance.diseases import DISEASES
from surveillance.line_list import (
    BY_NAME,
    DETAIL_ITEMS,
    FIELDS,
    REQUIRED,
    RETURNED_COLUMNS,
    FieldType,
    Sensitivity,
)

BY_ID = [field.name for field in FIELDS]
CODED = [field for field in FIELDS if field.type == "code"]


def spellings(value: v.Value) -> set[str]:
    """Every way a file may write a value, as it is matched."""
    return {v.normalise(text) for text in (value.code, value.name, *value.aliases)}


def test_names_are_unique_even_when_spaces_and_case_are_folded():
    assert len({v.normalise(name) for name in (*BY_ID, *RETURNED_COLUMNS)}) == len(FIELDS) + len(
        RETURNED_COLUMNS
    )
    assert list(BY_NAME) == BY_ID
    assert all(BY_NAME[field.name] is field for field in FIELDS)


def test_a_record_needs_a_facility_a_disease_and_a_day_and_nothing_else():
    assert set(REQUIRED) == {"facility_id", "disease", "date_visit"}
    assert {field.name for field in FIELDS if field.required} == set(REQUIRED)


@pytest.mark.parametrize("field", FIELDS, ids=BY_ID)
def test_a_field_is_described_with_a_known_type_and_sensitivity(field):
    assert field.type in get_args(FieldType)
    assert field.sensitivity in get_args(Sensitivity)
    assert field.meaning.endswith(".")
    assert field.name == v.normalise(field.name).replace(" ", "_")


@pytest.mark.parametrize("field", FIELDS, ids=BY_ID)
def test_coded_fields_have_values_and_only_they(field):
    assert bool(field.values) is (field.type == "code")


@pytest.mark.parametrize("field", CODED, ids=lambda field: field.name)
def test_no_two_values_of_a_field_share_a_spelling(field):
    for one, other in combinations(field.values, 2):
        assert not spellings(one) & spellings(other), (one.code, other.code)


@pytest.mark.parametrize("field", CODED, ids=lambda field: field.name)
def test_a_coded_field_may_be_unknown_unless_it_is_required(field):
    if field.name == "record_status":
        return  # a record stands or it does not: what cannot be read is sent back
    assert (v.UNKNOWN in {value.code for value in field.values}) is not field.required


def test_the_diseases_of_the_schema_are_those_of_the_vocabulary():
    assert [value.code for value in BY_NAME["disease"].values] == list(DISEASES)


def test_the_steps_of_the_cascade_are_the_yes_no_fields_in_order():
    assert tuple(field.name for field in FIELDS if field.type == "yes_no") == STEPS


def test_a_field_is_a_day_exactly_when_its_name_begins_with_date():
    assert {f.name for f in FIELDS if f.type == "date"} == {n for n in BY_ID if n.startswith("date_")}


def test_home_crossing_and_infection_are_three_places():
    assert {field.name for field in FIELDS if field.type == "place"} == {
        "province_home",
        "crossing",
        "place_infection",
    }


def test_what_tells_one_person_or_record_from_another_is_marked_identifying():
    marked = {field.name for field in FIELDS if field.sensitivity == "identifying"}
    assert marked == {"record_id", "person_id", "person_id_issuer", "arrival_id"}


def test_legal_status_is_the_sensitive_field():
    assert {field.name for field in FIELDS if field.sensitivity == "sensitive"} == {"legal_status"}


def test_only_disease_sex_and_age_may_be_published_in_aggregate():
    assert {f.name for f in FIELDS if f.sensitivity == "public"} == {"disease", "sex", "age_years"}


@pytest.mark.parametrize(
    "word", ["name", "phone", "telephone", "address", "village", "passport", "birth", "note"]
)
def test_a_name_a_number_or_an_exact_home_has_nowhere_to_go(word):
    parts = {part for name in (*BY_ID, *DETAIL_ITEMS) for part in name.split("_")}
    assert word not in parts


@pytest.mark.parametrize("item", DETAIL_ITEMS)
def test_a_detail_item_has_a_closed_list_of_values_and_a_meaning(item):
    values, meaning = DETAIL_ITEMS[item]
    assert len(values) >= 2
    assert len({v.normalise(value) for value in values}) == len(values)
    assert item == v.normalise(item).replace(" ", "_")
    assert meaning.endswith(".")


def test_a_detail_item_never_has_the_name_of_a_field():
    assert not set(DETAIL_ITEMS) & set(BY_ID)


def test_every_basis_of_treatment_that_a_no_can_be_followed_by_is_there():
    assert set(DETAIL_ITEMS["treatment_basis"][0]) >= {"clinical", "presumptive", "preventive", "transfer"}


def test_the_schema_cannot_be_changed_while_the_program_runs():
    with pytest.raises(FrozenInstanceError):
        BY_NAME["sex"].required = True
