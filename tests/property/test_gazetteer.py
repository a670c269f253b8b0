"""However a known spelling is typed it matches the same place; no text at all makes matching fail."""

import csv
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from geodata.boundaries import DATA
from geodata.countries import COUNTRIES
from geodata.crossings import ALL_CROSSINGS
from geodata.gazetteer import Gazetteer
from geodata.provinces import PROVINCES
from geodata.spelling import fold

PLACES = Gazetteer()
MATCH = {
    "province": PLACES.match_province,
    "crossing": PLACES.match_crossing,
    "country": PLACES.match_country,
    "unknown": PLACES.match_place,
}
INVISIBLE = ["\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad"]
SEPARATORS = [" ", "-", "\u2013", "_", "\u00a0", "  ", "'"]
ACCENTS = ["\u0300", "\u0301", "\u0302", "\u0306", "\u030c"]


def known():
    """(kind, code, spelling) of everything that must match."""
    for pcode, p in PROVINCES.items():
        codes = (pcode, p.iso_3166_2, f"KH.{p.geonames_a1}")
        for spelling in (p.name_en, p.name_km, p.name_cod, p.name_iso, *codes):
            yield "province", pcode, spelling
    for code, crossing in ALL_CROSSINGS.items():
        for spelling in filter(None, (code, crossing.name_en, crossing.name_km)):
            yield "crossing", code, spelling
    for code, country in COUNTRIES.items():
        for spelling in filter(None, (code, country.alpha3, country.name_en, country.name_km)):
            yield "country", code, spelling
    with (DATA / "spellings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["kind"], row["code"], row["spelling"]


KNOWN = list(known())


def khmer_digits(text):
    return "".join(chr(0x17E0 + int(c)) if c in "0123456789" else c for c in text)


@st.composite
def retyped(draw):
    """A known spelling as another hand would type it, and what it must match."""
    kind, code, spelling = draw(st.sampled_from(KNOWN))
    if draw(st.booleans()):
        spelling = spelling.replace("\u17d2\u178a", "\u17d2\u178f")
    if draw(st.booleans()):
        spelling = khmer_digits(spelling)
    if draw(st.booleans()):
        spelling = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), spelling)
    text = draw(st.sampled_from(["", *SEPARATORS, *INVISIBLE]))
    for index, character in enumerate(spelling):
        following = spelling[index + 1 : index + 2]
        text += draw(st.sampled_from([character, character.upper(), character.lower()]))
        between = [""] * 4 + INVISIBLE
        if not (character.isdigit() and following.isdigit()):
            between += SEPARATORS
        if "a" <= character.lower() <= "z":
            between += ACCENTS
        text += draw(st.sampled_from(between))
    return kind, code, text


@given(retyped())
def test_a_known_spelling_matches_however_it_is_typed(case):
    kind, code, text = case
    assert MATCH[kind](text) == code


@given(st.sampled_from([case for case in KNOWN if case[0] == "province"]), st.data())
def test_the_words_around_a_province_do_not_matter(case, data):
    _, code, spelling = case
    before = data.draw(st.sampled_from(["", "Province of ", "Khaet ", "Krong", "ខេត្ត", "រាជធានី"]))
    after = data.draw(st.sampled_from(["", " Province", " prov.", "-city", " Municipality"]))
    assert PLACES.match_province(before + spelling + after) == code


NEAR_PLACES = st.text(alphabet="KkHh.-0123456789 កខណ្ដាល\u200b\u0301/", max_size=12)


@given(st.one_of(st.text(), NEAR_PLACES))
def test_no_text_makes_matching_fail_and_every_answer_is_a_place(text):
    assert PLACES.match_province(text) in {None, *PROVINCES}
    assert PLACES.match_crossing(text) in {None, *ALL_CROSSINGS}
    assert PLACES.match_country(text) in {None, *COUNTRIES}
    assert PLACES.match_place(text) in {None, "unknown", *PROVINCES, *COUNTRIES}
    commune = PLACES.match_commune(text)
    assert commune is None or (len(commune) == 6 and PLACES.match_place(text) == f"KH{commune[:2]}")
    for kind in ("province", "crossing", "country", "place"):
        assert PLACES.explain(text, kind).endswith((".", "?"))


@given(st.integers(0, 99), st.sampled_from(["{}", "{:02d}", " {:02d}.0", "Province {:02d}"]))
def test_a_number_on_which_the_numberings_disagree_is_never_guessed(number, form):
    official = f"KH{number:02d}" if f"KH{number:02d}" in PROVINCES else None
    geonames = next((c for c, p in PROVINCES.items() if int(p.geonames_a1) == number), None)
    expected = official or geonames
    if official and geonames and official != geonames:
        expected = None
    assert PLACES.match_place(form.format(number)) == expected


@given(st.one_of(st.sampled_from([spelling for _, _, spelling in KNOWN]), NEAR_PLACES))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)
