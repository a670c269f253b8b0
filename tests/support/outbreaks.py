"""A small country with one outbreak, for cluster detection: facilities in a row, people tested."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv

FIRST, LAST = date(2025, 1, 6), date(2025, 6, 29)
#: Facility, its province, position; the last one has no position.
FACILITIES: tuple[dict[str, Any], ...] = (
    *(
        {
            "facility_id": f"F{number}",
            "province": "KH01" if number < 10 else "KH02",
            "latitude": f"{13.0 + 0.1 * number:.2f}",
            "longitude": "103.00",
            "kind": "health_centre",
        }
        for number in range(20)
    ),
    {"facility_id": "NOWHERE", "province": "KH03", "kind": "health_centre"},
)
#: Where and when the outbreak is.
OUTBREAK = ("F1", "F2", "F3")
OUTBREAK_FIRST, OUTBREAK_LAST = date(2025, 4, 7), date(2025, 4, 20)


def rows(disease: str = "measles", **values: Any) -> list[dict[str, Any]]:
    """Two tested people in each facility each week, a fifth of them positive; the outbreak on top."""
    found, number, draw = [], 0, random.Random(1)
    names = [facility["facility_id"] for facility in FACILITIES]
    day = FIRST
    while day <= LAST:
        for name in (*names, "NOT LISTED"):
            for person in range(2):
                number += 1
                positive = draw.random() < 0.2
                found.append(_row(disease, number, name, day + timedelta(days=3 * person), positive) | values)
        day += timedelta(weeks=1)
    for name in OUTBREAK:
        for person in range(15):
            number += 1
            day = OUTBREAK_FIRST + timedelta(days=(5 * person) % 14)
            found.append(_row(disease, number, name, day, True) | values)
    return found


def _row(disease: str, number: int, facility: str, day: date, positive: bool) -> dict[str, Any]:
    return record(
        record_id=f"{disease}-{number}",
        person_id=f"P{number}",
        facility_id=facility,
        disease=disease,
        date_visit=day.isoformat(),
        eligible="yes",
        tested="yes",
        positive="yes" if positive else "no",
        sex=("female", "male")[number % 2],
        age_years=str(number % 60),
        residence=("mobile", "resident")[number % 2],
        movement="none",
        activity="forest",
        legal_status="irregular",
        province_home=("KH05", "KH06", "TH", "")[number % 4],
        crossing=("TH01", "TH03", "informal", "")[number % 4],
        place_infection=("KH11", "KH16", "LA", "")[number % 4],
    )


def fill(cli: CommandLine, folder: Path, *line_lists: list[dict[str, Any]]) -> None:
    """Import facilities and line lists (one of measles unless given)."""
    assert cli("facilities", "import", write_csv(folder / "f.csv", *FACILITIES)).code == 0
    for number, listed in enumerate(line_lists or (rows(),)):
        assert cli("import", write_csv(folder / f"list-{number}.csv", *listed)).code == 0
