"""A person's own files for a scan: small, with a cluster that anybody sees."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

#: location, latitude, longitude, population, name; the three of the west have the cases.
PLACES = (
    ("007", 13.65, 102.55, 100, "ប៉ោយប៉ែត"),
    ("008", 13.60, 102.97, 100, "ស្រីសោភ័ណ"),
    ("HC 9", 13.30, 102.90, 100, "=1+1"),
    ("E1", 11.10, 106.10, 100, "បាវិត"),
    ("E2", 11.30, 106.30, 100, "ស្វាយរៀង"),
    ("E3", 11.50, 106.00, 100, ""),
    ("=E4", 12.00, 106.50, 100, "+E4"),
)
LOCATIONS = "location,latitude,longitude,population,name\n" + "".join(
    ",".join(map(str, place)) + "\n" for place in PLACES
)
#: location, count, date, tested
CASES = (
    "location,count,date,tested\n"
    "007,9,2025-01-06,20\n"
    "008,8,2025-01-07,20\n"
    "HC 9,9,2025-01-08,20\n"
    "E1,1,2025-01-01,20\n"
    "E2,2,2025-01-03,20\n"
    "E3,1,2025-01-05,20\n"
    "=E4,5,2025-01-02,20\n"
)
WEST = ["007", "008", "HC 9"]
AGES = ("15-49", "50+")


def write_scan_files(folder: Path) -> None:
    """The files that docs/clusters.md names: half a year, two sexes and two ages, some cases everywhere."""
    rows = [
        f"{place[0]},{1 + (number + month) % 3 + 3 * (place[0] in WEST and month == 6)},"
        f"2025-{month:02}-{7 + number:02},20,{sex},{age}\n"
        for number, place in enumerate(PLACES)
        for month in range(1, 7)
        for sex, age in (("female", "15-49"), ("male", "50+"))
    ]
    groups = [
        f"{place[0]},{sex},{age},80\n" for place in PLACES for sex in ("female", "male") for age in AGES
    ]
    (folder / "scan.prm").write_text(
        "[Input]\nCaseFile=scan.cas\nPrecisionCaseTimes=0\nPopulationFile=scan.pop\nCoordinatesFile=scan.geo\n"
        "CoordinatesType=0\n[Analysis]\nAnalysisType=1\nModelType=0\nScanAreas=1\nMonteCarloReps=9\n"
    )
    (folder / "scan.cas").write_text("".join(f'"{place[0]}" 3\n' for place in PLACES))
    (folder / "scan.pop").write_text("".join(f'"{place[0]}" 2025 100\n' for place in PLACES))
    (folder / "scan.geo").write_text("".join(f'"{place[0]}" {n} 0\n' for n, place in enumerate(PLACES)))
    nearest = [f"{one[0]},{other[0]}\n" for one in PLACES for other in PLACES if one[0][:1] == other[0][:1]]
    for name, header, lines in (
        ("cases", "location,count,date,tested,sex,age", rows),
        ("population", "location,sex,age,population", groups),
        ("neighbours", "centre,location", nearest),
    ):
        (folder / f"{name}.csv").write_text(f"{header}\n" + "".join(lines), encoding="utf-8")
    (folder / "locations.csv").write_text(LOCATIONS, encoding="utf-8")


def write_counts(folder: Path) -> None:
    """The file that docs/early_warning.md names: four years and a half of weeks with a season."""
    begun = date(2022, 1, 3)
    rows = [
        f"{begun + timedelta(weeks=n)},{round(9 + 5 * math.cos(2 * math.pi * n / 52) + n % 4)}\n"
        for n in range(235)
    ]
    (folder / "counts.csv").write_text("date,count\n" + "".join(rows), encoding="utf-8")


def write_forecast_files(folder: Path) -> None:
    """The files that docs/forecast.md names: two places, and that they are neighbours."""
    begun = date(2024, 1, 1)
    rows = [
        f"{begun + timedelta(weeks=n)},{place},{(5 + 3 * n + 7 * len(place)) % 11}\n"
        for n in range(60)
        for place in ("Pailin", "Battambang")
    ]
    (folder / "provinces.csv").write_text("date,place,count\n" + "".join(rows), encoding="utf-8")
    across = [f"{date(2025, 3, 3) + timedelta(weeks=n)},Sa Kaeo,{3 + n % 5}\n" for n in range(20)]
    (folder / "across.csv").write_text("date,place,count\n" + "".join(across), encoding="utf-8")
    (folder / "across_border.csv").write_text("place,neighbour\nBanteay Meanchey,Sa Kaeo\n", encoding="utf-8")
    (folder / "borders.csv").write_text("place,neighbour\nPailin,Battambang\n", encoding="utf-8")


def without(text: str, *columns: str) -> str:
    """A CSV text without some columns."""
    lines = [line.split(",") for line in text.splitlines()]
    kept = [place for place, name in enumerate(lines[0]) if name not in columns]
    return "".join(",".join(line[place] for place in kept) + "\n" for line in lines)


def write_files(folder: Path, cases: str = CASES, locations: str = LOCATIONS) -> list[str]:
    """Both files, and the options that name them."""
    (folder / "cases.csv").write_text(cases, encoding="utf-8")
    (folder / "locations.csv").write_text(locations, encoding="utf-8")
    return ["--cases", str(folder / "cases.csv"), "--locations", str(folder / "locations.csv")]
