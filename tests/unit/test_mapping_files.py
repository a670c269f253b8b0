"""Mapping files: what ships is right, and everything wrong with one is said at once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.intake.cleaning.place_systems import MalariaPlaces
from db.intake.mappings import file as mapping_file
from db.intake.mappings.aggregates import AggregateMapping, Element
from db.intake.mappings.file import load, load_line_list, parse
from geodata.gazetteer import Gazetteer
from surveillance.errors import MappingError

PLACES = Gazetteer()
HEAD = 'name = "ours"\nversion = 1\nkind = "line-list"\n'
SHIPPED = ("dhis2-events", "dhis2-values", "fhir-r4", "kobo", "malaria-mis", "odk", "schema", "who-srv")


def problems(text: str) -> list[str]:
    """What is wrong with a mapping."""
    with pytest.raises(MappingError) as raised:
        parse(text.encode(), "ours.toml", PLACES)
    return str(raised.value).split("\n  - ")[1:] or [str(raised.value)]


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_is_right_and_named_as_its_file(name):
    assert tuple(mapping_file.shipped()) == SHIPPED
    found = load(name, PLACES)
    assert found.name == name
    assert found.description
    assert len(found.fingerprint) == 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[columns]\nsecks = "Sex"', "'secks' is no field"),
        ('[columns]\n"detail.colour" = "C"', "items of detail"),
        ('[columns]\nsex = ""', "needs the name of a column"),
        ("[columns]\nsex = 3", "needs the name of a column"),
        ('[columns]\nsex = "S"\nage_years = "s "', "column 's' is given to sex and to age_years"),
        ('[columns]\nsex = ["S", "s"]', "stands twice"),
        ('[columns]\nperson_id = "Full name"', "tells who somebody is"),
        (
            'own_names = true\n[rules]\nperson_id = { join = ["First name", "Last name"] }',
            "tells who somebody is",
        ),
        ('own_names = true\n[rules]\nrecord_id = { column = "ឈ្មោះ" }', "tells who somebody is"),
        ('own_names = true\n[values.sex]\n1 = "man of war"', "'man of war' is none of female, male"),
        ('own_names = true\n[values.tested]\nx = "perhaps"', "neither yes nor no"),
        ('own_names = true\n[values.province_home]\nx = "Atlantis"', "no known place"),
        ('own_names = true\n[values.date_visit]\nx = "2025-01-01"', "has no values to name"),
        ('own_names = true\n[values.sex]\nF = "male"\nf = "female"', "two meanings"),
        ('own_names = true\n[constants]\ndisease = "plague"', "'plague' is none of malaria"),
        ('own_names = true\n[constants]\ndate_report = "soon"', "no day"),
        ('own_names = true\n[constants]\nage_years = "old"', "no age"),
        ('own_names = true\n[constants]\n"detail.species" = "pf2"', "none of pf"),
        ('own_names = true\n[rules]\ntested = { column = "A", filled = ["B"] }', "exactly one of"),
        ("own_names = true\n[rules]\ntested = { }", "exactly one of"),
        ('own_names = true\n[rules]\ntested = "A"', "needs { ... }"),
        ('own_names = true\n[rules]\nsex = { column = "A", yes = ["x"] }', "does not hold yes or no"),
        ('own_names = true\n[rules]\nsex = { filled = ["A"] }', "answers yes or no"),
        ('own_names = true\n[rules]\ntested = { column = "A", yes = ["x"], no = ["X"] }', "two meanings"),
        ('own_names = true\n[rules]\ntested = { column = "A", ja = ["x"] }', "'ja' is not understood"),
        ('own_names = true\n[rules]\norigin = { flags = { nowhere = "A" } }', "'nowhere' is none of"),
        ('[columns]\nsex = "S"\n[rules]\nsex = { column = "T" }', "stands in [columns] and in [rules]"),
        ('own_names = true\ndate_order = "day"', "date_order: needs one of day-first, month-first"),
        ('own_names = true\nplace_system = "moon"', "place_system: needs one of"),
        ('own_names = "yes"', "needs true or false"),
        ("own_names = true\ncolour = 1", "'colour' is not understood"),
        ("", "nothing is mapped"),
    ],
)
def test_what_is_wrong_is_said(text, said):
    assert any(said in sentence for sentence in problems(HEAD + text)), problems(HEAD + text)


def test_everything_wrong_is_said_at_once():
    text = 'name = "Ours!"\nkind = "list"\n[columns]\nsecks = "a"\n'
    text += '[constants]\ndisease = "plague"\n[rules]\ntested = {}\n'
    said = "\n".join(problems(text))
    for part in ("name:", "version:", "kind:", "'secks'", "'plague'", "exactly one of"):
        assert part in said


@pytest.mark.parametrize("raw", [b"name = ", b"\xff\xfe", b"[[", b"a" * 10])
def test_what_is_no_toml_is_said(raw):
    with pytest.raises(MappingError, match=r"not TOML|not UTF-8"):
        parse(raw, "ours.toml")


def test_the_fingerprint_is_of_what_the_file_says_not_of_its_line_ends():
    text = HEAD + "own_names = true\n"
    plain = parse(text.encode(), "a").fingerprint
    assert parse(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), "a").fingerprint == plain
    assert parse((text + "# a remark\n").encode(), "a").fingerprint != plain


def test_a_mapping_of_aggregate_reports_is_parsed_and_refused_for_line_lists():
    found = load("dhis2-values")
    assert isinstance(found, AggregateMapping)
    assert found.elements["mal_tested"] == Element("malaria", "tested")
    assert found.categories["male, 0-4"] == {"sex": "male", "age": "0-4"}
    assert found.columns["data_element"] == ("dataelement",)
    with pytest.raises(MappingError, match="maps aggregate reports"):
        load_line_list("dhis2-values")


def test_what_is_wrong_with_a_mapping_of_aggregate_reports_is_said():
    head = 'name = "ours"\nversion = 1\nkind = "aggregate"\n'
    said = "\n".join(
        problems(
            head + '[columns]\nvalue = "v"\ncolour = "c"\n[elements]\nB = 1\n'
            'A = { disease = "plague", counts = "all" }\n'
            '[categories]\nM = { sex = "m", age = "0-3", shoe = "9" }\n'
        )
    )
    for part in (
        "lacks period",
        "'colour'",
        "'plague'",
        "counts is one of",
        "'B'",
        "'0-3' is no age",
        "'shoe'",
    ):
        assert part in said


def test_numbers_that_collide_are_read_in_the_system_of_the_mapping():
    malaria = MalariaPlaces(PLACES)
    assert malaria.match_place("0102") == malaria.match_place("102") == malaria.match_place("០១០២") == "KH01"
    assert malaria.match_place("0199") == "KH01"  # an operational district that is no district
    assert PLACES.match_place("0199") is None
    assert malaria.match_commune("0102") is None
    assert malaria.match_place("9902") is None
    assert malaria.match_place("0199040501") == "KH01"
    for text in ("01020304", "Poipet", "ភ្នំពេញ", "TH", "25", "", "KH01"):
        assert malaria.match_place(text) == PLACES.match_place(text)
        assert malaria.match_commune(text) == PLACES.match_commune(text)
        assert malaria.match_crossing(text) == PLACES.match_crossing(text)


VALUES = st.recursive(
    st.one_of(
        st.text(max_size=6), st.integers(), st.booleans(), st.sampled_from(["A", "yes", "male", "pf", "TB"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["column", "yes", "values", "flags", "filled", "join", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "columns",
                "values",
                "constants",
                "rules",
                "ignore",
                "own_names",
                "date_order",
                "elements",
                "categories",
                "kind",
                "group_separators",
            ]
        ),
        st.one_of(
            VALUES,
            st.dictionaries(st.sampled_from(["sex", "tested", "detail", "detail.species", "x"]), VALUES),
        ),
    )
)
def test_any_content_is_a_mapping_or_refused_with_reasons(content):
    import json
    from unittest import mock

    given_content = {"name": "ours", "version": 1, "kind": "line-list"} | content
    with mock.patch("tomllib.loads", return_value=given_content):
        try:
            parse(json.dumps(given_content).encode(), "ours.toml", PLACES)
        except MappingError as error:
            assert str(error)
