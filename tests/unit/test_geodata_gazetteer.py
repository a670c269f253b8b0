"""Matching places: what is known matches, what is ambiguous or unknown never does."""

import csv
import doctest

import pytest

from geodata import distance, gazetteer, spelling
from geodata.boundaries import DATA
from geodata.countries import COUNTRIES
from geodata.crossings import ALL_CROSSINGS, CROSSINGS
from geodata.gazetteer import Diagnosis, Gazetteer, label
from geodata.provinces import PROVINCES
from geodata.spelling import SpellingConflictError, fold


@pytest.fixture(scope="module")
def places():
    return Gazetteer()


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("text", "pcode"),
    [
        ("Banteay Mean Choăy", "KH01"),
        ("Batdambang", "KH02"),
        ("Kompong Cham", "KH03"),
        ("Kg. Chhnang", "KH04"),
        ("កំពង់ស្ពឺ", "KH05"),
        ("Kâmpóng Thum", "KH06"),
        ("ខេត្តកណ្តាល", "KH08"),
        ("kaoh-kong", "KH09"),
        ("Kracheh", "KH10"),
        ("Mondul Kiri", "KH11"),
        ("រាជធានីភ្នំពេញ", "KH12"),
        ("Phnom Penh Municipality", "KH12"),
        ("Pousat", "KH15"),
        ("Ratanak Kiri", "KH16"),
        ("Siemreap", "KH17"),
        ("SIHANOUKVILLE", "KH18"),
        ("Krong Preah Sihanouk", "KH18"),
        ("Steung Treng", "KH19"),
        ("Svay Reang", "KH20"),
        ("Takêv", "KH21"),
        ("Otdor Mean Chey", "KH22"),
        ("Khaet Oddar  Mean-Chey Province", "KH22"),
        ("ឧត្តរ\u200bមានជ័យ", "KH22"),
        ("Krong Pailin", "KH24"),
        ("Khett Takeo", "KH21"),
        ("Khet Takeo", "KH21"),
        ("Tbong Khmum", "KH25"),
    ],
)
def test_a_known_spelling_of_a_province_matches(places, text, pcode):
    assert places.match_province(text) == pcode
    assert places.match_place(text) == pcode


@pytest.mark.parametrize("column", ["pcode", "iso_3166_2", "name_en", "name_km", "name_cod", "name_iso"])
def test_every_code_and_name_column_matches_its_province(places, column):
    for province in PROVINCES.values():
        assert places.match_province(getattr(province, column)) == province.pcode


def test_geonames_codes_match_in_their_full_form_only(places):
    for province in PROVINCES.values():
        assert places.match_province(f"KH.{province.geonames_a1}") == province.pcode
    assert places.match_province("KH.25") == "KH01"
    assert places.match_province("Province KH.25") == "KH01"
    assert {places.match_province(text) for text in ("KH25", "KH-25", "kh 25", "KH_25")} == {"KH25"}
    assert places.match_province("KH.01") is None


def test_a_bare_number_matches_exactly_where_the_two_numberings_do_not_disagree(places):
    geonames = {province.geonames_a1: pcode for pcode, province in PROVINCES.items()}
    for number in (f"{n:02d}" for n in range(100)):
        named = {geonames.get(number), f"KH{number}" if f"KH{number}" in PROVINCES else None} - {None}
        expected = named.pop() if len(named) == 1 else None
        assert places.match_province(number) == places.match_place(number) == expected, number


@pytest.mark.parametrize("text", ["25", "២៥", "ខេត្ត 25", "25.0", "2", "02"])
def test_an_ambiguous_number_is_never_matched_and_says_why(places, text):
    assert places.match_province(text) is None
    assert places.match_place(text) is None
    diagnosis = places.diagnose(text)
    assert diagnosis.reason == "ambiguous"
    assert len(diagnosis.candidates) == 2


def test_the_explanation_of_an_ambiguous_number_names_both_with_their_numbering(places):
    assert places.explain("25") == (
        "'25' is ambiguous: Tboung Khmum (KH25) in the official numbering, Banteay Meanchey (KH01) in "
        "GeoNames'; write KH25 or KH01, or the name."
    )


def test_digits_apart_are_not_one_number(places):
    assert places.match_province("12") is None
    assert places.match_province("1-3") is None
    assert places.match_place("01/03/02") is None


@pytest.mark.parametrize(
    ("text", "pcode", "commune"),
    [
        ("0102", "KH01", None),
        ("170204", "KH17", "170204"),
        ("KH170204", "KH17", "170204"),
        ("KH-1702-04", None, None),
        ("17020401", "KH17", "170204"),
        ("១៧០២០៤", "KH17", "170204"),
        ("10203", "KH01", "010203"),
        ("1020304", "KH01", "010203"),
        ("ឃុំ 010203", "KH01", "010203"),
        ("KH102", None, None),
        ("0304", None, None),
        ("20250601", None, None),
        ("2566", None, None),
        ("010", None, None),
    ],
)
def test_an_official_number_gives_its_province_and_commune(places, text, pcode, commune):
    assert places.match_place(text) == pcode
    assert places.match_commune(text) == commune


def test_a_number_of_no_district_says_so_and_a_district_is_named(places):
    assert places.diagnose("0304") == Diagnosis("no_such_district")
    assert "no such district" in places.explain("0304")
    assert places.explain("0102") == "'0102' is in Mangkul Bourei, Banteay Meanchey (KH01)."


def test_every_district_of_the_official_list_is_in_its_province(places):
    for row in rows("districts.csv"):
        assert places.match_place(row["code"]) == f"KH{row['code'][:2]}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Paoy Paet", "TH01"),
        ("Poi Pet international border checkpoint", "TH01"),
        ("Aranyaprathet", "TH01"),
        ("Poipet – Aranyaprathet", "TH01"),
        ("Ban Khlong Luek / Poi Pet", "TH01"),
        ("ច្រកទ្វារព្រំដែនអន្តរជាតិប៉ោយប៉ែត", "TH01"),
        ("O Smach", "TH03"),
        ("osmach", "TH03"),
        ("ព្រំ", "TH06"),
        ("Hat Lek", "TH08"),
        ("Mộc Bài", "VN01"),
        ("Kaoh Roka", "VN06"),
        ("Dong Kralor", "LA01"),
        ("informal", "informal"),
        ("Informal crossing", "informal"),
        ("ព្រលានយន្តហោះ", "airport"),
        ("Unknown", "unknown"),
        ("មិនដឹង", "unknown"),
        ("Poi", None),
        ("border", None),
        ("Kampot", None),
    ],
)
def test_crossings_match_by_either_side(places, text, code):
    assert places.match_crossing(text) == code


def test_every_gate_matches_by_id_and_by_its_names(places):
    for gate in CROSSINGS.values():
        assert places.match_crossing(gate.id.lower()) == gate.id
        assert places.match_crossing(gate.name_en) == gate.id
        assert gate.name_km is None or places.match_crossing(gate.name_km) == gate.id


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("th", "TH"),
        ("THA", "TH"),
        ("ប្រទេសថៃ", "TH"),
        ("Viet Nam", "VN"),
        ("Lao PDR", "LA"),
        ("Kingdom of Cambodia", "KH"),
        ("overseas", "abroad"),
        ("ក្រៅប្រទេស", "abroad"),
        ("unknown", "unknown"),
        ("not known", "unknown"),
        ("Thai border", None),
        ("Korea", None),
        ("Atlantis", None),
    ],
)
def test_a_place_of_infection_may_be_a_country_or_unknown(places, text, code):
    assert places.match_place(text) == code
    assert places.match_country(text) == (None if code == "unknown" else code)


@pytest.mark.parametrize("text", [None, "", "  ", "\u200b", "-", "?"])
def test_a_blank_is_none_everywhere(places, text):
    for match in (
        places.match_province,
        places.match_crossing,
        places.match_country,
        places.match_place,
        places.match_commune,
    ):
        assert match(text) is None
    assert places.diagnose(text) == Diagnosis("blank")
    assert places.explain(text) == "No letter or digit is written here."


def test_a_near_spelling_is_suggested_and_not_matched(places):
    assert places.match_province("Kampong Chm") is None
    diagnosis = places.diagnose("Kampong Chm", "province")
    assert diagnosis.reason == "unknown"
    assert diagnosis.candidates[0] == "KH03"
    assert "is it Kampong Cham (KH03)" in places.explain("Kampong Chm", "province")
    assert places.explain("Zzyzx") == "'Zzyzx' is not a known place."


def test_a_number_that_is_not_known_resembles_nothing(places):
    """Codes that differ by a digit are other places, not misspellings."""
    assert places.diagnose("KH.01") == Diagnosis("unknown")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("កោះកុង", "ក\u17c1\u17b6ះកុង"),  # the vowel oo as its two halves
        ("ស្ព\u17be", "ស្ព\u17c1\u17b8"),  # the vowel oe as its two halves
        ("ប៉ៃលិន", "ប\u17c3\u17c9លិន"),  # the sign after the vowel
        ("កណ្ដាល", "កណ\u17d2\u178fាល"),  # subscript ta for da
    ],
)
def test_khmer_that_looks_the_same_is_the_same(one, other):
    assert one != other
    assert fold(one) == fold(other)


def test_a_match_is_explained_by_its_name(places):
    assert places.explain("Krong Pailin") == "'Krong Pailin' is Pailin (KH24)."
    assert places.explain("poipet", "crossing") == "'poipet' is Poipet (TH01)."
    assert places.explain("unknown") == "'unknown' is Unknown (unknown)."


def test_a_resolved_spelling_matches():
    places = Gazetteer(
        {"25": "KH25", "Poipet town": "KH01", "old gate": "TH01", "Prey Lang": "060403", "???x": "unknown"}
    )
    assert places.match_place("25") == "KH25"
    assert places.match_province("POIPET-TOWN") == "KH01"
    assert places.match_crossing("Old Gate") == "TH01"
    assert (places.match_place("prey lang"), places.match_commune("prey lang")) == ("KH06", "060403")
    assert places.match_place("x") == places.match_crossing("x") == "unknown"


def test_resolving_a_spelling_does_not_leak_into_another_gazetteer():
    Gazetteer({"25": "KH25"})
    assert Gazetteer().match_place("25") is None


@pytest.mark.parametrize(
    ("spelling", "code"),
    [("Kandal", "KH05"), ("Thailand", "KH01"), ("0102", "KH05"), ("Poipet", "TH02"), ("unknown", "KH05")],
)
def test_a_known_spelling_cannot_be_given_another_meaning(spelling, code):
    with pytest.raises(SpellingConflictError, match=code):
        Gazetteer({spelling: code})


@pytest.mark.parametrize(("spelling", "code"), [("x", "KH26"), ("x", ""), ("x", "0304"), (" - ", "KH05")])
def test_a_resolution_to_nothing_is_refused(spelling, code):
    with pytest.raises(ValueError, match=r"cannot stand|no letter"):
        Gazetteer({spelling: code})


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "province", "code": "KH01", "spelling": "kan-dal"},
        {"kind": "crossing", "code": "TH02", "spelling": "POI PET"},
        {"kind": "country", "code": "TH", "spelling": "Kep"},
    ],
)
def test_two_places_with_one_spelling_stop_the_building(monkeypatch, row):
    read = gazetteer._rows
    monkeypatch.setattr(gazetteer, "_rows", lambda name: read(name) + [row] * (name == "spellings.csv"))
    with pytest.raises(SpellingConflictError):
        Gazetteer()


def test_the_list_of_spellings_names_places_that_exist_and_says_nothing_twice():
    known = {"province": PROVINCES, "crossing": ALL_CROSSINGS, "country": COUNTRIES, "unknown": {"unknown"}}
    listed = rows("spellings.csv")
    assert [row for row in listed if row["code"] not in known[row["kind"]]] == []
    folded = [(row["kind"], fold(row["spelling"])) for row in listed]
    assert len(set(folded)) == len(folded)


def test_no_spelling_of_a_province_is_the_name_of_a_district_elsewhere(places):
    for row in rows("districts.csv"):
        for name in (row["name_en"], row["name_km"]):
            assert places.match_place(name) in {None, f"KH{row['code'][:2]}"}, name


def test_a_label_of_no_place_is_an_error():
    assert [label(code) for code in ("KH01", "TH", "TH01", "informal")] == [
        "Banteay Meanchey",
        "Thailand",
        "Poipet",
        "Informal route",
    ]
    with pytest.raises(KeyError):
        label("ZZ")


@pytest.mark.parametrize("module", [distance, gazetteer, spelling])
def test_the_examples_in_the_docstrings_run(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
