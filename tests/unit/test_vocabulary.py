"""The words every layer speaks: one spelling, one value; no silent guess."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from surveillance import diseases
from surveillance import vocabulary as v
from surveillance.line_list import BY_NAME

LISTS: dict[str, tuple[v.Value, ...]] = {
    "sex": v.SEX,
    "residence": v.RESIDENCE,
    "activity": v.ACTIVITY,
    "legal_status": v.LEGAL_STATUS,
    "movement": v.MOVEMENT,
    "case_status": v.CASE_STATUS,
    "origin": v.ORIGIN,
    "outcome": v.OUTCOME,
    "test_method": v.TEST_METHOD,
    "facility_kind": v.FACILITY_KIND,
    "report_frequency": v.REPORT_FREQUENCY,
    "age": v.AGE,
    "age_unit": v.AGE_UNIT,
    "special_crossings": v.SPECIAL_CROSSINGS,
    "disease": diseases.VALUES,
}

#: Codes in the order cubes number them: new ones go to the end, none moves.
STORED_ORDER = {
    "residence": ["resident", "migrant", "mobile", "unknown"],
    "activity": [
        "seasonal_farm", "construction_mine", "forest", "factory", "fishing", "domestic",
        "security_forces", "visitor", "accompanying_child", "other", "unknown",
    ],
    "movement": ["outbound", "returning", "deported", "commuter", "internal", "none", "unknown"],
    "sex": ["female", "male", "other", "unknown"],
    "age": ["0-4", "5-14", "15-24", "25-49", "50-64", "65+", "unknown"],
}  # fmt: skip


def spellings(value: v.Value) -> set[str]:
    """Every way a file may write a value, as it is matched."""
    return {v.normalise(text) for text in value.spellings}


def test_every_list_of_values_of_the_module_is_looked_at_here():
    found = {
        id(value)
        for name, value in vars(v).items()
        if name.isupper() and isinstance(value, tuple) and value and isinstance(value[0], v.Value)
    }
    assert found <= {id(values) for values in LISTS.values()}


@pytest.mark.parametrize("name", LISTS)
def test_no_spelling_stands_for_two_values(name):
    for one, other in combinations(LISTS[name], 2):
        assert not spellings(one) & spellings(other), (one.code, other.code)


@pytest.mark.parametrize("name", LISTS)
def test_every_spelling_is_found_whatever_its_case_spaces_and_hyphens(name):
    table = v.lookup(LISTS[name])
    for value in LISTS[name]:
        for text in (value.code, value.name, *value.aliases):
            for written in (
                text,
                text.upper(),
                f"  {text} ",
                text.replace(" ", "_"),
                text.replace(" ", " - "),
            ):
                assert table[v.normalise(written)] == value.code
    assert set(table.values()) == {value.code for value in LISTS[name]}


@pytest.mark.parametrize("name", LISTS)
def test_codes_and_names_are_unique_and_codes_are_fit_for_files_and_addresses(name):
    codes = [value.code for value in LISTS[name]]
    assert len(set(codes)) == len(codes)
    assert len({value.name for value in LISTS[name]}) == len(codes)
    if name != "age":
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for code in codes)


@pytest.mark.parametrize(
    "name", sorted(set(LISTS) - {"age_unit", "disease", "facility_kind", "report_frequency"})
)
def test_what_may_be_unknown_has_a_value_that_says_so(name):
    assert v.UNKNOWN in {value.code for value in LISTS[name]}


def test_no_value_takes_the_word_that_stands_for_a_breakdown_never_stored():
    assert all(value.code != v.HIDDEN for values in LISTS.values() for value in values)


def test_the_axes_and_the_order_of_their_values_are_as_cubes_hold_them():
    assert list(v.AXES) == list(STORED_ORDER)
    for axis, values in v.AXES.items():
        assert [value.code for value in values] == STORED_ORDER[axis]


def test_an_axis_is_a_field_of_the_line_list_with_the_same_values():
    for axis, values in v.AXES.items():
        if axis != "age":
            assert BY_NAME[axis].values is values
    assert "age_years" in BY_NAME


def test_hiv_and_syphilis_are_sensitive_and_lose_the_axes_that_tell_how_somebody_moved():
    assert {code for code, disease in diseases.DISEASES.items() if disease.sensitive} == {"hiv", "syphilis"}
    assert {"activity", "movement"} == v.NOT_STORED_AXES
    assert {"activity", "movement", "residence"} == v.SENSITIVE_AXES


def test_legal_status_is_no_axis():
    assert "legal_status" not in v.AXES


def test_the_places_are_care_home_and_infection():
    assert v.PLACES == ("care", "home", "infection")


@pytest.mark.parametrize("code", diseases.DISEASES)
def test_a_disease_knows_its_code_and_when_completion_is_due_and_why(code):
    disease = diseases.DISEASES[code]
    assert disease.code == code
    assert 0 < disease.follow_up_days <= 730
    assert disease.follow_up_source


@pytest.mark.parametrize(("code", "days"), [("malaria", 28), ("tb", 365), ("hiv", 365), ("hepatitis_c", 168)])
def test_follow_up_times_change_only_on_purpose(code, days):
    assert diseases.DISEASES[code].follow_up_days == days


@pytest.mark.parametrize(
    ("written", "code"),
    [("TB", "tb"), ("Tuberculosis", "tb"), ("HIV/AIDS", "hiv"), ("Hep B", "hepatitis_b"),
     ("Malaria", "malaria"),
     ("Dengue fever", "dengue"), ("SARS-CoV-2", "covid19"), ("acute watery diarrhea", "awd"),
     ("ជំងឺគ្រុនចាញ់", "malaria"), ("របេង", "tb"), ("ជំងឺ\u200bអេដស៍", "hiv"), ("រលាកថ្លើមប្រភេទ b", "hepatitis_b")],
)  # fmt: skip
def test_a_disease_is_found_by_the_names_clinics_use(written, code):
    assert diseases.disease_lookup()[v.normalise(written)] == code


def test_a_disease_nobody_declared_is_not_guessed():
    assert v.normalise("malari") not in diseases.disease_lookup()


@pytest.mark.parametrize(
    ("written", "folded"),
    [("  Seasonal_Farm ", "seasonal farm"), ("Mobile -  < 6\tmonths", "mobile < 6 months"),
     ("X-RAY", "x ray"), ("", ""), (" _ - ", ""), ("ស្រី", "ស្រី")],
)  # fmt: skip
def test_a_spelling_is_folded(written, folded):
    assert v.normalise(written) == folded


@pytest.mark.parametrize("text", ["yes", "Y", " YES ", "1", "True", "បាទ", "ចាស", "បាទ/ចាស", "មាន"])
def test_yes_is_read(text):
    assert v.parse_yes_no(text) is True


@pytest.mark.parametrize("text", ["no", "N", " No ", "0", "FALSE", "ទេ", "មិន", "គ្មាន"])
def test_no_is_read(text):
    assert v.parse_yes_no(text) is False


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_a_blank_is_neither_yes_nor_no(text):
    assert v.parse_yes_no(text) is None


@pytest.mark.parametrize("text", ["maybe", "2", "-", "yes no", "non", "01"])
def test_what_is_neither_yes_no_nor_blank_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        v.parse_yes_no(text)


def test_age_bands_follow_one_another_without_gap_or_overlap():
    covered = [year for _, first, last in v.AGE_BANDS for year in range(first, last + 1)]
    assert covered == list(range(131))


@pytest.mark.parametrize("year", range(131))
def test_every_age_has_the_band_whose_name_holds_it(year):
    band = v.age_band(year)
    low, _, high = band.partition("-")
    assert year >= 65 if band == "65+" else int(low) <= year <= int(high)


@pytest.mark.parametrize("years", [None, -1, 131])
def test_an_age_that_cannot_be_is_unknown_and_not_dropped(years):
    assert v.age_band(years) == "unknown"


def test_every_run_of_bands_can_be_asked_for_by_its_ends():
    for i in range(len(v.AGE_BANDS)):
        for j in range(i, len(v.AGE_BANDS)):
            run = v.AGE_BANDS[i : j + 1]
            expected = tuple(code for code, _, _ in run)
            assert v.age_bands_between(f" {run[0][1]}-{run[-1][2]} ") == expected
            if j == len(v.AGE_BANDS) - 1:
                assert v.age_bands_between(f"{run[0][1]}+") == expected


@pytest.mark.parametrize(
    "text",
    ["", "15", "15-48", "16-49", "49-15", "0-3", "1-4", "66+", "15-49-64", "-4", "x", "15 - 49", "15-"],
)
def test_a_range_that_cuts_a_band_is_refused_and_the_bands_are_named(text):
    with pytest.raises(ValueError, match=r"not made of whole age bands; the bands are 0-4, 5-14, .*65\+"):
        v.age_bands_between(text)


def test_whole_bands_are_the_only_ranges_accepted():
    edges = {f"{a[1]}-{b[2]}" for a in v.AGE_BANDS for b in v.AGE_BANDS if a[1] <= b[1]}
    accepted = set()
    for low in range(132):
        for high in (3, 4, 5, 14, 15, 24, 25, 49, 50, 64, 65, 129, 130, 131):
            try:
                v.age_bands_between(f"{low}-{high}")
            except ValueError:
                continue
            accepted.add(f"{low}-{high}")
    assert accepted == edges
