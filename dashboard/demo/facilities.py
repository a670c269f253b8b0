"""Nearly 300 invented health facilities over all 25 provinces.

Every name says that it is invented. Positions lie near the label point of the province or near one of its
border gates, from a fixed seed; they are not where any real facility stands.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from math import sqrt

import numpy as np

from dashboard.demo.draws import Draws
from geodata.boundaries import DATA
from geodata.crossings import CROSSINGS, Crossing
from geodata.provinces import PROVINCES, Province

MRC = "DEMO-MRC-POIPET"
#: Gates with a border post, in the order they are listed.
POST_GATES = (
    *("TH01", "TH03", "TH04", "TH05", "TH06", "TH07", "TH08"),
    *("VN01", "VN03", "VN04", "VN07", "VN08", "VN09", "VN11", "LA01"),
)
#: Provinces with village and mobile malaria workers.
FOREST = (
    *("KH02", "KH05", "KH06", "KH09", "KH10", "KH11", "KH13"),
    *("KH15", "KH16", "KH17", "KH19", "KH22", "KH24"),
)
#: Facilities near the Thai border that stop reporting during the surge of 2025.
N_SILENT = 21
_SURGE_MONDAY = date(2025, 8, 4)
_KIND_NAMES = {
    "hospital": ("PH", "Demo provincial hospital", "មន្ទីរពេទ្យខេត្តសាកល្បង"),
    "health_centre": ("HC", "Demo health centre", "មណ្ឌលសុខភាពសាកល្បង"),
    "health_post": ("HP", "Demo health post", "ប៉ុស្តិ៍សុខភាពសាកល្បង"),
    "village_worker": ("VMW", "Demo village malaria worker", "អ្នកស្ម័គ្រចិត្តភូមិព្យាបាលជំងឺគ្រុនចាញ់សាកល្បង"),
    "mobile_worker": ("MMW", "Demo mobile malaria worker", "អ្នកស្ម័គ្រចិត្តចល័តព្យាបាលជំងឺគ្រុនចាញ់សាកល្បង"),
    "border_post": ("BP", "Demo border health post", "ប៉ុស្តិ៍សុខភាពព្រំដែនសាកល្បង"),
}
_KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
_REPORTING = {
    "hospital": ("weekly", 3),
    "health_centre": ("weekly", 3),
    "health_post": ("monthly", 7),
    "village_worker": ("monthly", 5),
    "mobile_worker": ("monthly", 5),
    "border_post": ("daily", 1),
    "reception_centre": ("daily", 1),
}
#: Facilities without a position; those that stopped; those that began later. Never one of a plant.
_NO_POSITION = ("DEMO-VMW-11-04", "DEMO-HP-06-01")
_STOPPED = {"DEMO-HC-05-02": "2024-03-31", "DEMO-VMW-15-02": "2023-12-31", "DEMO-HP-18-01": "2025-02-28"}
_STARTED = {"DEMO-HC-12-04": "2022-10-03", "DEMO-MMW-13-01": "2023-04-03", "DEMO-BP-VN09": "2022-01-03"}
#: Health centres of Pursat that sent six weeks at once: first and last day of these, and when they came.
LATE_FACILITIES = ("DEMO-HC-15-01", "DEMO-HC-15-02", "DEMO-HC-15-03")
LATE_BATCH = date(2026, 4, 13), date(2026, 5, 24), date(2026, 6, 5)


@dataclass(frozen=True)
class Facility:
    """One invented facility; the fields are the columns of a facility list, as text."""

    facility_id: str
    name_en: str
    name_km: str
    province: str
    district: str
    commune: str
    latitude: str
    longitude: str
    kind: str
    crossing: str
    reports_from: str
    reports_to: str
    operational_district: str
    moh_code: str
    report_frequency: str
    report_deadline_days: str


def _numbers(province: Province) -> dict[str, int]:
    """How many facilities of each kind a province has."""
    forest = province.pcode in FOREST
    return {
        "hospital": 1,
        "health_centre": 3 + province.population_2019 // 300_000 + 2 * ("TH" in province.borders),
        "health_post": 2 if province.borders or forest else 1,
        "village_worker": 4 if forest else 0,
        "mobile_worker": (2 if province.borders else 1) if forest else 0,
    }


@lru_cache(maxsize=1)
def _districts() -> dict[str, tuple[str, ...]]:
    """Names of the districts of each province, in the order of the official codes."""
    names: dict[str, list[str]] = {}
    with (DATA / "districts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names.setdefault("KH" + row["code"][:2], []).append(row["name_en"])
    return {pcode: tuple(of_province) for pcode, of_province in names.items()}


def _unit(name: str, tag: str) -> float:
    """A number in [0, 1) that belongs to a facility."""
    return float(Draws(0).uniform(f"facility:{tag}:{name}", np.zeros(1, dtype=np.uint64))[0])


def _near_label(province: Province, name: str) -> tuple[float, float]:
    """A point in a square around the label point that grows with the province."""
    half = 0.17 * sqrt(province.area_km2) / 111
    return (
        province.label_lat + half * (2 * _unit(name, "lat") - 1),
        province.label_lon + half * (2 * _unit(name, "lon") - 1),
    )


def _near_gate(
    gate: Crossing, province: Province, name: str, first: float, last: float
) -> tuple[float, float]:
    """A point on the way from a gate to the label point of the province, within the given shares."""
    if gate.lat is None or gate.lon is None:
        raise ValueError(f"gate {gate.id} has no position")
    share = first + (last - first) * _unit(name, "share")
    jitter = 0.02 * min(1.0, 10 * first)
    return (
        gate.lat + share * (province.label_lat - gate.lat) + jitter * (2 * _unit(name, "lat") - 1),
        gate.lon + share * (province.label_lon - gate.lon) + jitter * (2 * _unit(name, "lon") - 1),
    )


def _position(province: Province, kind: str, number: int, name: str) -> tuple[float, float]:
    """Every second centre and post of a province with gates to Thailand lies near one of them."""
    gates = [
        gate
        for gate in CROSSINGS.values()
        if gate.pcode == province.pcode and gate.neighbour == "TH" and gate.located
    ]
    if gates and kind in ("health_centre", "health_post") and number % 2 == 0:
        return _near_gate(gates[number // 2 % len(gates)], province, name, 0.12, 0.3)
    return _near_label(province, name)


def _facility(
    facility_id: str,
    *,
    names: tuple[str, str],
    province: Province,
    kind: str,
    point: tuple[float, float],
    number: int,
    crossing: str = "",
) -> Facility:
    frequency, deadline = _REPORTING[kind]
    districts = _districts()[province.pcode]
    placed = facility_id not in _NO_POSITION
    code = province.pcode.removeprefix("KH")
    return Facility(
        facility_id=facility_id,
        name_en=names[0],
        name_km=names[1],
        province=province.pcode,
        district=districts[number % len(districts)],
        commune="",
        latitude=f"{point[0]:.4f}" if placed else "",
        longitude=f"{point[1]:.4f}" if placed else "",
        kind=kind,
        crossing=crossing,
        reports_from=_STARTED.get(facility_id, "2021-07-01"),
        reports_to=_STOPPED.get(facility_id, ""),
        operational_district=f"Demo OD {code}-{number % 2 + 1}",
        moh_code="",
        report_frequency=frequency,
        report_deadline_days=str(deadline),
    )


def _of_province(province: Province) -> Iterator[Facility]:
    code = province.pcode.removeprefix("KH")
    for kind, how_many in _numbers(province).items():
        short, english, khmer = _KIND_NAMES[kind]
        for number in range(1, how_many + 1):
            facility_id = f"DEMO-{short}-{code}-{number:02d}"
            names = (
                f"{english} {number}, {province.name_en}",
                f"{khmer} {str(number).translate(_KHMER_DIGITS)} {province.name_km}",
            )
            point = _position(province, kind, number, facility_id)
            yield _facility(
                facility_id, names=names, province=province, kind=kind, point=point, number=number
            )


def _at_the_border() -> Iterator[Facility]:
    gate = CROSSINGS["TH01"]
    home = PROVINCES["KH01"]
    names = ("Demo Migrant Reception Centre, Poipet", "មជ្ឈមណ្ឌលទទួលពលករចំណាកស្រុកសាកល្បង ប៉ោយប៉ែត")
    yield _facility(
        MRC,
        names=names,
        province=home,
        kind="reception_centre",
        point=_near_gate(gate, home, MRC, 0.02, 0.03),
        number=8,
        crossing=gate.id,
    )
    _, english, khmer = _KIND_NAMES["border_post"]
    for number, gate_id in enumerate(POST_GATES):
        gate = CROSSINGS[gate_id]
        province = PROVINCES[str(gate.pcode)]
        facility_id = f"DEMO-BP-{gate_id}"
        names = (f"{english}, {gate.name_en}", f"{khmer} {gate.name('km')}")
        point = _near_gate(gate, province, facility_id, 0.005, 0.02)
        yield _facility(
            facility_id,
            names=names,
            province=province,
            kind="border_post",
            point=point,
            number=number,
            crossing=gate_id,
        )


@lru_cache(maxsize=1)
def facilities() -> tuple[Facility, ...]:
    """Every facility, the border first, then province by province."""
    everywhere = [*_at_the_border()]
    for province in PROVINCES.values():
        everywhere.extend(_of_province(province))
    return tuple(
        replace(facility, moh_code=f"D{number:04d}") for number, facility in enumerate(everywhere, start=1)
    )


def facility_rows() -> list[dict[str, str]]:
    """The facility list as rows of text, one dictionary per facility."""
    return [asdict(facility) for facility in facilities()]


def distance2(facility: Facility, lat: float, lon: float) -> float:
    """Squared distance in degrees of latitude, good enough to order facilities of one country."""
    north = float(facility.latitude) - lat
    east = 0.976 * (float(facility.longitude) - lon)
    return north * north + east * east


def _to_thai_border(facility: Facility) -> float:
    gates = [gate for gate in CROSSINGS.values() if gate.neighbour == "TH"]
    return min(
        distance2(facility, gate.lat, gate.lon)
        for gate in gates
        if gate.lat is not None and gate.lon is not None
    )


@lru_cache(maxsize=1)
def silences() -> dict[str, tuple[date, date]]:
    """Facilities silent in the surge of 2025: the first and last day of the weeks without a report.

    They are the health centres, health posts and village workers nearest to a gate to Thailand. Each is
    silent for four to seven whole weeks between 4 August and 28 September.
    """
    kinds = ("health_centre", "health_post", "village_worker")
    candidates = [f for f in facilities() if f.kind in kinds and f.latitude and not f.reports_to]
    nearest = sorted(candidates, key=_to_thai_border)[:N_SILENT]
    spans = {}
    for number, facility in enumerate(sorted(nearest, key=lambda f: f.facility_id)):
        first = _SURGE_MONDAY + timedelta(weeks=number % 2)
        spans[facility.facility_id] = (first, first + timedelta(weeks=4 + number % 4) - timedelta(days=1))
    return spans
