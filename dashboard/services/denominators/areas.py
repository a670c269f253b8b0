"""The areas that population figures stand for: found in texts, and named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from db.intake.denominators.read import Area
from db.intake.values.codes import visible
from db.intake.values.reasons import Reason
from geodata.countries import COUNTRIES
from geodata.gazetteer import districts, gazetteer, label
from geodata.provinces import PROVINCES
from surveillance.denominators.kinds import COUNTRY
from surveillance.sameness import letters, same

#: How the code of an operational district begins where it leaves Chhlang: a district may have the same name.
OD = "OD "
_OD_WORDS = f"od|operational district|{letters('ស្រុកប្រតិបត្តិ')}"
_OD = re.compile(rf"(?:{_OD_WORDS})[ :\-]*(.+)|(.+?)[ ,\-]+(?:{_OD_WORDS})")
_LEVELS = {4: "district", 6: "commune", 8: "village"}
_SHOWN = 40
_WHOLE = Reason("for the whole country write {country}", country="Cambodia")


@dataclass(frozen=True)
class Finder:
    """Finds the area that a text names.

    `operational`: operational districts of the facility list, by their folded names.
    """

    operational: Mapping[str, str]

    @classmethod
    def of(cls, operational: Iterable[str]) -> Finder:
        """A finder that knows these operational districts."""
        return cls({same(name): name for name in operational})

    def __call__(self, text: str) -> Area | Reason:
        """The area, or why there is none: nothing is guessed."""
        places = gazetteer()
        if (own := self._operational(text)) is not None:
            return Area(f"{OD}{own}", "operational_district")
        if (province := places.match_province(text)) is not None:
            return Area(province, "province")
        if (country := places.match_country(text)) is not None:
            if country == COUNTRY:
                return Area(COUNTRY, "country")
            return _no(text, Reason("figures are of Cambodia and its areas"))
        if (number := places.match_area(text)) is not None:
            return Area(f"{COUNTRY}{number}", _LEVELS[len(number)])
        return _no(text, self._advice(text))

    def _operational(self, text: str) -> str | None:
        folded = same(text)
        if folded in self.operational and gazetteer().match_province(text) is None:
            return self.operational[folded]
        match = _OD.fullmatch(folded)
        name = (match[1] or match[2]).strip() if match else ""
        return self.operational.get(name)

    def _advice(self, text: str) -> Reason:
        found = gazetteer().diagnose(text, "place")
        if found.reason == "ambiguous":
            names = dict(zip(("one", "other"), map(label, found.candidates), strict=True))
            codes = dict(zip(("code", "other_code"), found.candidates, strict=True))
            return Reason(
                "the number is {one} in the official numbering and {other} in another; write {code} or "
                "{other_code}, or the name",
                **names,
                **codes,
            )
        if found.reason == "no_such_district":
            return Reason("the official list has no district with this number")
        if near := [label(code) for code in found.candidates if code in PROVINCES]:
            return Reason("perhaps {names}", names=", ".join(near))
        if _OD.fullmatch(same(text)):
            return Reason("the facility list has no such operational district")
        return _WHOLE if same(text) in _TOTALS else _BY_NUMBER


_TOTALS = frozenset(
    map(same, ("total", "all", "national", "country", "សរុប", "ទូទាំងប្រទេស", "whole kingdom", "nation"))
)
_BY_NUMBER = Reason(
    "write a province by its name or code, and a district, commune or village by its official number"
)


def _no(text: str, advice: Reason) -> Reason:
    return Reason(
        "{field}: '{text}' is no known area; {advice}",
        field="area",
        text=visible(text, _SHOWN),
        advice=advice,
    )


def area_name(code: str, language: str) -> str:
    """What an area is called: of a commune or village its district, with the number."""
    if code in PROVINCES:
        province = PROVINCES[code]
        return province.name_km if language == "km" else province.name_en
    if code in COUNTRIES:
        country = COUNTRIES[code]
        return country.name_km if language == "km" else country.name_en
    number = code.removeprefix(COUNTRY)
    names = districts().get(number[:4]) if number.isdigit() else None
    if names is None:
        return code
    name = names[1] if language == "km" else names[0]
    return name if len(number) == 4 else f"{name} {number}"


def province_of(code: str) -> str | None:
    """The province that an area is in, as far as its code tells."""
    return code[:4] if code[:4] in PROVINCES else None
