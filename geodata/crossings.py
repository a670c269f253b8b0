"""Border crossings: the international gates and the main local and bilateral ones.

Whether a gate is open is not here: it changes by the month, and is dated data that an administrator
edits. A figure's source and grade stand beside it; what they mean, in `geodata/data/README.md`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Literal

from geodata.boundaries import DATA
from surveillance.vocabulary import SPECIAL_CROSSINGS

Kind = Literal["international", "local", "bilateral", "special"]

#: What a grade says of a position. None: the position is unknown, so the gate is listed, not drawn.
GRADES: dict[str, str] = {
    "A": "two sources agree",
    "B": "one source",
    "C": "estimated from a village or a corner of the border",
    "D": "recalled, without a source",
}


@dataclass(frozen=True)
class Crossing:
    """One crossing, or one of the words that stand for having no gate (`kind` is `special`).

    Attributes
    ----------
    id
        Neighbour and number, such as `TH01`; `informal`, `airport` or `unknown`.
    name_en, name_km
        Name; the Khmer one is None where it is not known.
    opposite_side
        Gate and province on the other side, as written in the source list.
    neighbour
        `TH`, `LA` or `VN`; None for a special one.
    pcode
        Province it belongs to, or None where that is not known. Join on this, never on the position:
        a gate may lie a little outside the polygon that is drawn.
    kind
        Class of the gate.
    lat, lon
        Degrees, or None where the position is unknown.
    grade
        How well the position is known: see `GRADES`.
    coord_source
        Letters for where the position came from.
    border_m
        Metres from the position to the border, where that was measured.
    snapped
        Whether the position was moved onto the border.
    note
        A fact worth knowing; a bracketed number marks a reference whose list is not held here.
    """

    id: str
    name_en: str
    name_km: str | None
    opposite_side: str
    neighbour: str | None
    pcode: str | None
    kind: Kind
    lat: float | None = None
    lon: float | None = None
    grade: str | None = None
    coord_source: str = ""
    border_m: int | None = None
    snapped: bool = False
    note: str = ""

    @property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees, where they are known."""
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)

    @property
    def located(self) -> bool:
        """Whether there is a position to draw."""
        return self.position is not None

    @property
    def approximate(self) -> bool:
        """Whether the position is an estimate or a recollection, to be drawn as such."""
        return self.grade in {"C", "D"}

    def name(self, lang: str = "en") -> str:
        """Name in English or Khmer; in English where the Khmer one is not known."""
        return (self.name_km if lang == "km" else None) or self.name_en


def _read(row: dict[str, str]) -> Crossing:
    kind = row["class"]
    if kind not in {"international", "local", "bilateral"}:
        raise ValueError(f"crossing {row['id']} has class '{kind}'")
    snapped = row["border_m"] == "snapped"
    return Crossing(
        id=row["id"],
        name_en=row["name_en"],
        name_km=row["name_km"] or None,
        opposite_side=row["opposite_side"],
        neighbour=row["neighbour"],
        pcode=row["pcode"] or None,
        kind=kind,  # type: ignore[arg-type]  # checked above
        lat=float(row["lat"]) if row["lat"] else None,
        lon=float(row["lon"]) if row["lon"] else None,
        grade=row["grade"] or None,
        coord_source=row["coord_src"],
        border_m=int(row["border_m"]) if row["border_m"] and not snapped else None,
        snapped=snapped,
        note=row["note"],
    )


def _load() -> dict[str, Crossing]:
    with (DATA / "crossings.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: _read(row) for row in csv.DictReader(file)}


_SPECIAL_KM = {"informal": "ផ្លូវក្រៅផ្លូវការ", "airport": "ព្រលានយន្តហោះ", "unknown": "មិនដឹង"}

#: The gates by id.
CROSSINGS: dict[str, Crossing] = _load()
#: Informal route, airport and unknown, by code.
SPECIAL: dict[str, Crossing] = {
    value.code: Crossing(value.code, value.name, _SPECIAL_KM[value.code], "", None, None, "special")
    for value in SPECIAL_CROSSINGS
}
#: Everything the field `crossing` of a record may hold.
ALL_CROSSINGS: dict[str, Crossing] = CROSSINGS | SPECIAL
