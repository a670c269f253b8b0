"""A bulletin and the language in which it is said: names of areas, diseases, facilities."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.messages import Translate
from dashboard.services.bulletin.models import Bulletin
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES, PROGRAMMES


@dataclass(frozen=True)
class Said:
    """A bulletin, and the language in which it is said."""

    bulletin: Bulletin
    language: str
    t: Translate

    def area(self, code: str | None) -> str:
        """The name of a province; None: the country."""
        if code is None:
            return self.t("The whole country")
        province = PROVINCES.get(code)
        return province.name(self.language) if province else code

    def disease(self, code: str) -> str:
        """The name of a disease."""
        return self.t(DISEASES[code].name)

    def named(self, english: str, khmer: str, code: str) -> str:
        """The name of a facility or place, in the other language where it has none in this."""
        return (khmer or english if self.language == "km" else english or khmer) or code

    def programmes(self) -> str:
        """Of which programmes it is."""
        held = ", ".join(self.t(PROGRAMMES[code]) for code in self.bulletin.programmes or ())
        return self.t("Diseases of: {programmes}").format(programmes=held or "–")
