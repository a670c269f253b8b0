"""Places in a system of codes other than the gazetteer's."""

from __future__ import annotations

import re

from db.intake.cleaning.line_list import Places
from db.intake.values.digits import plain

_DISTRICT = re.compile(r"(\d{2})\d{1,2}|(\d)\d{2}")
_LONGER = re.compile(r"(\d{2})\d{4,8}")


class MalariaPlaces:
    """Places of the malaria information system.

    Its numbers of four digits are operational districts, of which only the province is the gazetteer's: the
    first two digits. Villages and communes have the gazetteer's numbers; where a number is not there any
    more, its province still is.
    """

    def __init__(self, gazetteer: Places) -> None:
        self._gazetteer = gazetteer

    def match_place(self, text: str) -> str | None:
        """Code of a province or country."""
        number = plain(text)
        if _DISTRICT.fullmatch(number):
            return self._province(number.zfill(4))
        found = self._gazetteer.match_place(text)
        return found or (self._province(number) if _LONGER.fullmatch(number) else None)

    def _province(self, number: str) -> str | None:
        return self._gazetteer.match_place(f"KH{number[:2]}")

    def match_commune(self, text: str) -> str | None:
        """Official code of a commune; an operational district is in none."""
        return None if _DISTRICT.fullmatch(plain(text)) else self._gazetteer.match_commune(text)

    def match_district(self, text: str, province: str | None = None) -> str | None:
        """Official number of a district; a number of four digits is an operational district, and none."""
        if _DISTRICT.fullmatch(plain(text)):
            return None
        return self._gazetteer.match_district(text, province)

    def match_crossing(self, text: str) -> str | None:
        """Code of a crossing."""
        return self._gazetteer.match_crossing(text)
