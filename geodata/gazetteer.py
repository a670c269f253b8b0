"""From what a file says of a place to its code, without guessing.

A spelling matches when it is known: a code, a name in either language, a spelling in
`geodata/data/spellings.csv`, or one an administrator resolved. Anything else is not matched, and
:meth:`Gazetteer.explain` says why; near spellings are offered there as suggestions only.

Numbers are a trap. Official numbering calls Tboung Khmum 25, GeoNames calls Banteay Meanchey 25. A bare
number on which the two disagree is ambiguous and never matched; `KH25` (official), `KH-25` (ISO 3166-2)
and `KH.25` (GeoNames) say which numbering they are in. The malaria programme numbers its operational
districts in the same form as the official districts: `0102` is Mongkol Borei here and Poipet there. Both
are in the province the first two digits name, and no more than that is read from four digits.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from geodata.boundaries import DATA
from geodata.countries import COUNTRIES, HOME
from geodata.crossings import ALL_CROSSINGS, Crossing
from geodata.provinces import PROVINCES
from geodata.spelling import DECORATIONS, SpellingConflictError, SpellingIndex, fold, undecorated
from surveillance.vocabulary import SPECIAL_CROSSINGS, UNKNOWN

Kind = Literal["province", "crossing", "country", "place"]
Reason = Literal["matched", "blank", "ambiguous", "no_such_district", "unknown"]

#: Words that say that a place is a district, of any kind.
_DISTRICT_WORDS = (*DECORATIONS["area"], *map(fold, ("krong", "city", "municipality", "ក្រុង")))
_AREA_CODE = re.compile(r"(kh)?(\d{3,8})")


@dataclass(frozen=True)
class Diagnosis:
    """What became of a text: why, and the codes it is, could be (ambiguous) or resembles (unknown)."""

    reason: Reason
    candidates: tuple[str, ...] = ()


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _districts_by_name() -> dict[str, tuple[str, ...]]:
    """Districts by their folded names, in either language, of today and before."""
    found: dict[str, set[str]] = {}
    former = [
        {"code": row["now"], "name_en": row["name"], "name_km": ""} for row in _rows("districts_former.csv")
    ]
    for row in (*_rows("districts.csv"), *former):
        for name in filter(None, (row["name_en"], row["name_km"])):
            for key in undecorated(fold(name), _DISTRICT_WORDS):
                found.setdefault(key, set()).add(row["code"])
    return {key: tuple(sorted(codes)) for key, codes in found.items()}


def _opposite_names(crossing: Crossing) -> list[str]:
    """Names of the gate on the other side: `Ban Khlong Luek/Aranyaprathet (Sa Kaeo)` holds two."""
    names = (name.strip() for name in crossing.opposite_side.partition("(")[0].split("/"))
    return [name for name in names if name]


def _numbers() -> dict[str, tuple[str, ...]]:
    """Pcodes that each bare two-digit number stands for: the official one first, GeoNames' after it."""
    official = {pcode[2:]: pcode for pcode in PROVINCES}
    geonames = {province.geonames_a1: pcode for pcode, province in PROVINCES.items()}
    return {
        number: tuple(dict.fromkeys(system[number] for system in (official, geonames) if number in system))
        for number in official | geonames
    }


class Gazetteer:
    """Every known spelling of provinces, crossings and countries.

    Parameters
    ----------
    extra
        Spellings that an administrator resolved, and the code each stands for: of a province, a
        crossing, a country, `unknown`, or an official district, commune or village number. They may settle
        an ambiguous number; they may not give a known spelling another meaning.

    Raises
    ------
    SpellingConflictError
        Two places would share a spelling.
    ValueError
        A code in `extra` does not exist, or a spelling is blank.

    Examples
    --------
    >>> places = Gazetteer()
    >>> places.match_province("Khaet Otdar Mean Chey"), places.match_place("170204")
    ('KH22', 'KH17')
    >>> places.match_province("25") is None
    True
    """

    def __init__(self, extra: Mapping[str, str] | None = None) -> None:
        self._districts = {row["code"]: row["name_en"] for row in _rows("districts.csv")}
        self._former = {row["code"]: row["now"] for row in _rows("districts_former.csv")}
        self._named = _districts_by_name()
        self._numbers = _numbers()
        self._by_kind = {kind: SpellingIndex(kind) for kind in DECORATIONS}
        self._provinces = self._by_kind["province"]
        self._crossings = self._by_kind["crossing"]
        self._countries = self._by_kind["country"]
        self._unknown = self._by_kind["unknown"]
        self._areas = self._by_kind["area"]
        self._add_names()
        for row in _rows("spellings.csv"):
            self._by_kind[row["kind"]].put(row["spelling"], row["code"])
        self._add_pairs()
        for spelling, code in (extra or {}).items():
            self._resolve(spelling, code)
        self._check_apart()

    def _add_names(self) -> None:
        for pcode, province in PROVINCES.items():
            names = (
                province.name_en,
                province.name_km,
                province.name_cod,
                province.name_iso,
                province.map_key,
            )
            codes = (pcode, province.iso_3166_2, f"{HOME}.{province.geonames_a1}")
            self._provinces.put_all((*names, *codes), pcode)
        for number, pcodes in self._numbers.items():
            if len(pcodes) == 1:
                self._provinces.put(number, pcodes[0])
        for code, crossing in ALL_CROSSINGS.items():
            own = (code, crossing.name_en, crossing.name_km or "")
            self._crossings.put_all((*own, *_opposite_names(crossing)), code)
        for value in SPECIAL_CROSSINGS:
            self._crossings.put_all(value.aliases, value.code)
        for code, country in COUNTRIES.items():
            self._countries.put_all((code, country.alpha3, country.name_en, country.name_km), code)
        self._unknown.put_all((UNKNOWN, ALL_CROSSINGS[UNKNOWN].name_km or ""), UNKNOWN)

    def _add_pairs(self) -> None:
        """Gates written with both sides, such as `Poipet - Aranyaprathet`, in either order."""
        spellings: dict[str, list[str]] = {}
        for key, code in self._crossings.items():
            spellings.setdefault(code, []).append(key)
        for code, crossing in ALL_CROSSINGS.items():
            for other in _opposite_names(crossing):
                for key in spellings[code]:
                    if key != fold(other):
                        self._crossings.put(f"{key} {other}", code)
                        self._crossings.put(f"{other} {key}", code)

    def _resolve(self, spelling: str, code: str) -> None:
        targets = [
            index
            for index, known in (
                (self._provinces, PROVINCES),
                (self._crossings, ALL_CROSSINGS),
                (self._countries, COUNTRIES),
                (self._unknown, (UNKNOWN,)),
            )
            if code in known
        ]
        area = self._area(fold(code))
        if not targets and area is None:
            raise ValueError(f"'{spelling}' cannot stand for '{code}': there is no such place")
        known = None if targets == [self._crossings] else self.match_place(spelling)
        if known not in {None, f"{HOME}{area[:2]}" if area else code}:
            raise SpellingConflictError(f"'{spelling}' would stand for both {known} and {code}")
        for index in targets:
            index.put(spelling, code)
        if area is not None:
            self._areas.put(spelling, area)

    def _check_apart(self) -> None:
        """A place is a country, a province, an area or unknown: no spelling may be two of them."""
        seen: dict[str, str] = {}
        for index in (self._countries, self._provinces, self._areas, self._unknown):
            for key, code in index.items():
                if seen.setdefault(key, code) != code:
                    raise SpellingConflictError(f"'{key}' would stand for both {seen[key]} and {code}")

    def _area(self, key: str) -> str | None:
        """Official number of 4, 6 or 8 digits that a folded text is, if its district exists.

        A number written without its leading zero, as the official list itself does, has one digit less.
        """
        match = _AREA_CODE.fullmatch(key)
        if match is None:
            return None
        number = match[2] if match[1] or len(match[2]) % 2 == 0 else f"0{match[2]}"
        return number if len(number) % 2 == 0 and number[:4] in self._districts else None

    def match_province(self, text: str | None) -> str | None:
        """Pcode of a province, by name or code; None if the text is not one, or is ambiguous."""
        return self._provinces.find(text)

    def match_crossing(self, text: str | None) -> str | None:
        """Id of a gate, by its name on either side, both, or its id; or `informal`, `airport`, `unknown`."""
        return self._crossings.find(text) or self._unknown.find(text)

    def match_country(self, text: str | None) -> str | None:
        """Code of a country, by name or ISO code; `abroad` for words that say no more than that."""
        return self._countries.find(text)

    def match_place(self, text: str | None) -> str | None:
        """Place of infection or home: a country (`TH`), a province (`KH01`), or `unknown` where it says so.

        The official number of a district, commune or village gives its province.
        """
        found = self.match_country(text) or self.match_province(text) or self._unknown.find(text)
        area = None if found else self._area_of(text)
        return found or (f"{HOME}{area[:2]}" if area else None)

    def match_commune(self, text: str | None) -> str | None:
        """Six digits of the commune that the official number of a commune or village is in.

        The district is checked against the official list, the last two digits are not.
        """
        area = self._area_of(text)
        return area[:6] if area and len(area) >= 6 else None

    def match_area(self, text: str | None) -> str | None:
        """Official number of 4, 6 or 8 digits of a district, commune or village; None if the text is none.

        The district is checked against the official list, the digits after it are not.
        """
        return None if self.match_province(text) else self._area_of(text)

    def match_district(self, text: str | None, province: str | None = None) -> str | None:
        """Four digits of a district, by its number (of today or before it moved), its name, or what it holds.

        Parameters
        ----------
        province : str, optional
            Its pcode, where it is known: names that two provinces have are told apart by it.

        Examples
        --------
        >>> places = Gazetteer()
        >>> places.match_district("ស្រុកមង្គលបូរី"), places.match_district("0310")
        ('0102', '2503')
        >>> places.match_district("Samraong"), places.match_district("Samraong", "KH22")
        (None, '2204')
        """
        area = self._area_of(text)
        if area:
            return area[:4]
        for key in self._areas.keys_of(text):
            number = _AREA_CODE.fullmatch(key)
            if number and (now := self._former.get(number[2].zfill(4)[:4])) is not None:
                return now
        for key in undecorated(fold(text or ""), _DISTRICT_WORDS):
            codes = self._named.get(key, ())
            own = [code for code in codes if province is None or province == f"{HOME}{code[:2]}"]
            if len(own) == 1:
                return own[0]
        return None

    def _area_of(self, text: str | None) -> str | None:
        found = self._areas.find(text)
        return found or next(filter(None, map(self._area, self._areas.keys_of(text))), None)

    def diagnose(self, text: str | None, kind: Kind = "place") -> Diagnosis:
        """Whether a text matches as `kind`, and if not, why."""
        match = getattr(self, f"match_{kind}")(text)
        if match:
            return Diagnosis("matched", (match,))
        keys = self._by_kind["province" if kind == "place" else kind].keys_of(text)
        if not keys:
            return Diagnosis("blank")
        if kind in {"province", "place"}:
            ambiguous = next((self._numbers[key] for key in keys if key in self._numbers), None)
            if ambiguous:
                return Diagnosis("ambiguous", ambiguous)
            if kind == "place" and any(map(_AREA_CODE.fullmatch, self._areas.keys_of(text))):
                return Diagnosis("no_such_district")
        return Diagnosis("unknown", self._similar(min(keys, key=len), kind))

    def _similar(self, key: str, kind: Kind) -> tuple[str, ...]:
        import difflib  # noqa: PLC0415 only the worklist asks

        if any(character.isdigit() for character in key):
            return ()
        kinds = ("province", "country") if kind == "place" else (kind,)
        known = {spelling: code for name in kinds for spelling, code in self._by_kind[name].items()}
        near = difflib.get_close_matches(key, known, n=12, cutoff=0.7)
        return tuple(dict.fromkeys(known[spelling] for spelling in near))[:3]

    def explain(self, text: str | None, kind: Kind = "place") -> str:
        """One English sentence on what a text matches or why it matches nothing."""
        diagnosis = self.diagnose(text, kind)
        named = [f"{label(code)} ({code})" for code in diagnosis.candidates]
        shown = (text or "").strip()
        if diagnosis.reason == "blank":
            return "No letter or digit is written here."
        if diagnosis.reason == "matched":
            area = self._area_of(text) if kind == "place" else None
            inside = f"in {self._districts[area[:4]]}, " if area else ""
            return f"'{shown}' is {inside}{named[0]}."
        if diagnosis.reason == "ambiguous":
            official, geonames = diagnosis.candidates
            return (
                f"'{shown}' is ambiguous: {named[0]} in the official numbering, {named[1]} in GeoNames'; "
                f"write {official} or {geonames}, or the name."
            )
        if diagnosis.reason == "no_such_district":
            return f"'{shown}' is not the number of an area: the official list has no such district."
        hint = f"; is it {' or '.join(named)}?" if named else "."
        return f"'{shown}' is not a known {kind}{hint}"


@cache
def gazetteer() -> Gazetteer:
    """The spellings that are shipped, without any that an administrator resolved: read once."""
    return Gazetteer()


@cache
def districts() -> dict[str, tuple[str, str]]:
    """Official number of each district -> its name in English and Khmer."""
    return {row["code"]: (row["name_en"], row["name_km"]) for row in _rows("districts.csv")}


def label(code: str) -> str:
    """English name of a province, crossing or country, by its code; `Unknown` for `unknown`.

    Raises
    ------
    KeyError
        The code is of none of them.
    """
    for places in (PROVINCES, COUNTRIES, ALL_CROSSINGS):
        if code in places:
            return places[code].name_en
    raise KeyError(code)
