"""Provinces across the border with invented counts of dengue by week: known, in part, unknown and hidden."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from tests.support.command_line import CommandLine
from tests.support.files import write_csv

#: Code, English and Khmer name, position; of the last one nothing is known where.
AREAS = (
    ("TH-27", "Sa Kaeo", "ស្រះកែវ", 13.75, 102.35),
    ("TH-23", "Trat", "ត្រាត", 12.4, 102.55),
    ("TH-32", "Surin", "សុរិន្ទ", 14.88, 103.5),
    ("LA-CH", "Champasak", "ចំប៉ាសាក់", 14.9, 105.85),
    ("VN-44", "An Giang", "អានយ៉ាង", 10.5, 105.1),
    ("VN-37", "Tay Ninh", "តៃនិញ", 11.35, 106.15),
    ("VN-00", "Nowhere", "", "", ""),
)
#: Weeks from the first Monday on.
FIRST, WEEKS = date(2024, 1, 1), 130


def fill(cli: CommandLine, folder: Path, last: date | None = None) -> None:
    """Import areas and counts up to a day."""
    areas = [
        {"area": code, "level": "province", "name_en": english, "name_km": khmer, "latitude": lat,
         "longitude": lon, "source": "Invented", "licence": "CC0"}
        for code, english, khmer, lat, lon in AREAS
    ]  # fmt: skip
    rows = []
    for number in range(WEEKS):
        day = FIRST + timedelta(weeks=number)
        if last is not None and day > last:
            break
        week = "{}-W{:02d}".format(*day.isocalendar()[:2])
        for place, (code, *_) in enumerate(AREAS):
            if (code == "LA-CH" and number > 3) or (code == "VN-37" and number % 5 == 0):
                continue  # Champasak sent the first weeks alone, Tay Ninh leaves weeks out
            cases = 0 if code == "TH-32" else (number * (place + 3)) % (6 + 8 * place)
            rows.append(
                {"area": code, "disease": "dengue", "period": week, "cases": cases,
                 "reported": "" if code == "TH-23" else f"{80 + number % 20}%",
                 "published": "no" if code == "VN-44" else "yes", "source": "Invented"}
            )  # fmt: skip
    for name, entries in (("areas", areas), ("counts", rows)):
        done = cli("neighbours", "import", write_csv(folder / f"across-{name}.csv", *entries))
        assert done.code == 0, done.stderr
