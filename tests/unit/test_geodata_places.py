"""Provinces, crossings and countries: the facts are complete and their grades visible."""

import csv
import subprocess
import sys
from collections import Counter

import pytest

from geodata import crossings
from geodata.boundaries import DATA
from geodata.countries import ABROAD, COUNTRIES
from geodata.crossings import ALL_CROSSINGS, CROSSINGS, GRADES, SPECIAL
from geodata.provinces import POPULATION_CAVEAT, PROVINCES
from surveillance.vocabulary import SPECIAL_CROSSINGS


def is_khmer(text):
    return all("\u1780" <= character <= "\u17ff" for character in text.replace(" ", ""))


def test_there_are_25_provinces_by_their_official_codes():
    assert list(PROVINCES) == [f"KH{number:02d}" for number in range(1, 26)]
    assert all(p.iso_3166_2 == f"KH-{int(p.pcode[2:])}" for p in PROVINCES.values())
    assert len({p.geonames_a1 for p in PROVINCES.values()}) == 25


def test_the_census_adds_up_and_its_grade_is_on_every_figure():
    assert sum(p.population_2019 for p in PROVINCES.values()) == 15_552_211
    assert {p.population_grade for p in PROVINCES.values()} == {"mixed"}
    assert "fifteen were recalled" in POPULATION_CAVEAT


def test_lower_units_add_up_to_the_official_list():
    totals = [sum(getattr(p, u) for p in PROVINCES.values()) for u in ("districts", "communes", "villages")]
    assert totals == [210, 1661, 14576]
    with (DATA / "districts.csv").open(encoding="utf-8", newline="") as file:
        listed = Counter("KH" + row["code"][:2] for row in csv.DictReader(file))
    assert listed == {p.pcode: p.districts for p in PROVINCES.values()}


def test_names_come_in_the_language_asked_for():
    assert PROVINCES["KH12"].name() == PROVINCES["KH12"].name("en") == "Phnom Penh"
    assert PROVINCES["KH12"].name("km") == "ភ្នំពេញ"
    assert all(is_khmer(p.name("km")) for p in PROVINCES.values())


def test_there_are_41_gates_of_which_20_are_international():
    assert Counter(gate.kind for gate in CROSSINGS.values()) == {
        "international": 20,
        "local": 6,
        "bilateral": 15,
    }


def test_a_gate_is_named_after_its_neighbour_and_lies_in_a_province_that_borders_it():
    for gate in CROSSINGS.values():
        assert gate.id.startswith(gate.neighbour)
        assert gate.pcode is None or gate.neighbour in PROVINCES[gate.pcode].borders, gate.id
    assert [gate.id for gate in CROSSINGS.values() if gate.pcode is None] == ["VN21"]


def test_every_position_has_a_grade_and_only_estimates_are_approximate():
    for gate in CROSSINGS.values():
        assert gate.located == (gate.grade in GRADES), gate.id
        assert gate.approximate == (gate.grade in {"C", "D"})
    assert sum(gate.located for gate in CROSSINGS.values()) == 25


def test_an_unknown_position_is_none_and_never_zero():
    gate = CROSSINGS["TH12"]
    assert (gate.lat, gate.lon, gate.grade, gate.border_m) == (None, None, None, None)
    assert not gate.located
    assert not gate.approximate


def test_a_distance_to_the_border_is_told_from_a_snapped_position():
    assert (CROSSINGS["TH01"].border_m, CROSSINGS["TH01"].snapped) == (108, False)
    assert (CROSSINGS["TH02"].border_m, CROSSINGS["TH02"].snapped) == (None, True)


def test_a_gate_without_a_khmer_name_shows_its_english_one():
    assert CROSSINGS["TH01"].name("km") == "ប៉ោយប៉ែត"
    assert CROSSINGS["VN20"].name("km") == CROSSINGS["VN20"].name("en") == "Tonle Cham"


def test_a_khmer_name_of_a_gate_is_khmer_and_those_without_one_are_known():
    assert all(is_khmer(gate.name_km) for gate in CROSSINGS.values() if gate.name_km)
    without = [gate.id for gate in CROSSINGS.values() if not gate.name_km]
    assert without == ["VN14", "VN20", "VN21", "VN24", "VN25", "VN26"]


def test_a_class_nobody_knows_is_refused():
    row = dict.fromkeys(("name_en", "opposite_side"), "x") | {"id": "TH99", "class": "secret"}
    with pytest.raises(ValueError, match="TH99"):
        crossings._read(row)


def test_special_crossings_are_those_of_the_vocabulary_and_have_no_place():
    assert list(SPECIAL) == [value.code for value in SPECIAL_CROSSINGS]
    assert all(s.kind == "special" and s.pcode is None and not s.located for s in SPECIAL.values())
    assert all(is_khmer(s.name("km")) for s in SPECIAL.values())
    assert list(ALL_CROSSINGS) == [*CROSSINGS, *SPECIAL]


def test_countries_have_iso_codes_and_khmer_names():
    assert {"KH", "TH", "LA", "VN", "MY", "KR", "JP", ABROAD} <= set(COUNTRIES)
    for code, country in COUNTRIES.items():
        assert country.code == code
        assert is_khmer(country.name("km")), code
        assert code == ABROAD or (len(code), len(country.alpha3)) == (2, 3)


@pytest.mark.process
def test_places_start_without_heavy_libraries():
    code = "import sys, geodata.gazetteer, geodata.boundaries; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert {"pandas", "geopandas", "shapely", "numpy"}.isdisjoint(loaded.split())
