"""The 25 provinces: codes, names, population, area and what else is known of them.

Sources and grades of every figure stand in `geodata/data/README.md`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from geodata.boundaries import DATA

#: Of the census figures ten were read in a source and fifteen recalled; which ten is not on record, so
#: the grade belongs to the set and to each of its figures alike.
POPULATION_GRADE = "mixed"
#: To be shown wherever a figure of `population_2019`, or a rate made from it, is shown.
POPULATION_CAVEAT = (
    "General Population Census of Cambodia 2019. Ten of the twenty-five provincial values were read in "
    "sources; fifteen were recalled and are confirmed only by the sum of 15,552,211."
)


@dataclass(frozen=True)
class Province:
    """One province, or the capital.

    Attributes
    ----------
    pcode
        `KH` and the official two-digit code, such as `KH01`: the identifier everywhere.
    iso_3166_2, geonames_a1
        Its code in ISO 3166-2 (`KH-1`) and among GeoNames' first-order divisions (`25`). GeoNames
        numbers differ from the official ones: see `geodata.gazetteer`.
    name_en, name_km
        Name as shown, in English and Khmer.
    name_cod, name_iso
        Name in the common operational dataset of the UN, and in ISO 3166-2.
    map_key
        Name in the package the polygons come from.
    population_2019
        Persons, census of March 2019. Shown only together with `population_grade`.
    population_grade
        How well the population is known; the same for all: see `POPULATION_CAVEAT`.
    area_km2
        Square kilometres after the official boundaries: the one to use for density.
    area_map_km2
        Square kilometres of the polygon that is drawn; differs around the Tonle Sap lake.
    districts, communes, villages
        How many the official list of 2025 has.
    borders
        Neighbouring countries the province touches, such as `("TH", "LA")`.
    label_lat, label_lon
        Where its name goes on a map, in degrees.
    """

    pcode: str
    iso_3166_2: str
    geonames_a1: str
    name_en: str
    name_km: str
    name_cod: str
    name_iso: str
    map_key: str
    population_2019: int
    population_grade: str
    area_km2: float
    area_map_km2: float
    districts: int
    communes: int
    villages: int
    borders: tuple[str, ...]
    label_lat: float
    label_lon: float

    def name(self, lang: str = "en") -> str:
        """Name in English or Khmer."""
        return self.name_km if lang == "km" else self.name_en


def _read(row: dict[str, str]) -> Province:
    return Province(
        pcode=row["pcode"],
        iso_3166_2=row["iso_3166_2"],
        geonames_a1=row["geonames_a1"],
        name_en=row["name_en"],
        name_km=row["name_km"],
        name_cod=row["name_cod"],
        name_iso=row["name_iso"],
        map_key=row["map_key"],
        population_2019=int(row["pop_2019"]),
        population_grade=POPULATION_GRADE,
        area_km2=float(row["area_cod_km2"]),
        area_map_km2=float(row["area_map_km2"]),
        districts=int(row["districts"]),
        communes=int(row["communes"]),
        villages=int(row["villages"]),
        borders=tuple(filter(None, row["borders"].split(";"))),
        label_lat=float(row["label_lat"]),
        label_lon=float(row["label_lon"]),
    )


def _load() -> dict[str, Province]:
    with (DATA / "provinces.csv").open(encoding="utf-8", newline="") as file:
        return {row["pcode"]: _read(row) for row in csv.DictReader(file)}


#: Every province by pcode, in the order of the official codes.
PROVINCES: dict[str, Province] = _load()
