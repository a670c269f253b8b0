"""A small country for releases: two years of records, many of them in a few places and few in many."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.support.command_line import CommandLine
from tests.support.files import write_csv

FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
#: A day on which everything in it is over, and due.
TODAY = date(2027, 3, 1)
FACILITIES = (
    {"facility_id": "HC1", "name_en": "One", "province": "KH01"},
    {"facility_id": "HC2", "name_en": "Two", "province": "KH12"},
    {"facility_id": "HC3", "name_en": "Three", "province": "KH16"},
)
#: A facility that no list has: its province of care is unknown.
UNLISTED = "HC9"
#: Disease -> records. Malaria is issued by the month, tuberculosis by the quarter, HIV by the year.
SIZES = {"malaria": 400, "tb": 180, "hiv": 60}
_PREFER = {
    "facility_id": ("HC1", "HC1", "HC1", "HC2", "HC2", "HC3", UNLISTED),
    "province_home": ("KH01", "KH01", "KH12", "KH12", "KH16", "TH", ""),
    "crossing": ("TH01", "TH01", "TH01", "informal", "VN01", ""),
    "sex": ("female", "male", "male", ""),
    "age_years": ("3", "17", "30", "30", "44", "70", ""),
    "residence": ("mobile", "mobile", "migrant", "resident", ""),
    "activity": ("forest", "forest", "security_forces", "other", "factory", ""),
    "movement": ("deported", "returning", "returning", "none", ""),
}
_OUTCOMES = ("cured", "completed", "died", "lost_to_follow_up", "")


def rows(seed: int = 62) -> list[dict[str, Any]]:
    """The records, in the order of their days; the same for the same seed."""
    draw = random.Random(seed)
    days = (LAST - FIRST).days
    found = []
    for disease, many in SIZES.items():
        for number in range(many):
            visit = FIRST + timedelta(days=draw.randrange(days + 1))
            row: dict[str, Any] = {
                "record_id": f"{disease}-{number}",
                "disease": disease,
                "date_visit": visit.isoformat(),
            }
            row |= {name: draw.choice(values) for name, values in _PREFER.items()}
            row |= _cascade(draw, visit)
            found.append(row)
    return sorted(found, key=lambda row: row["date_visit"])


def _cascade(draw: random.Random, visit: date) -> dict[str, str]:
    """A cascade that agrees with itself, with blanks; who was treated has a start, and often an outcome."""
    said = dict.fromkeys(
        ("eligible", "tested", "positive", "treated", "completed", "date_treated", "outcome"), ""
    )
    for name, yes, blank in (("eligible", 0.9, 0.03), ("tested", 0.8, 0.03), ("positive", 0.5, 0.03)):
        chance = draw.random()
        if chance < blank:
            return said
        said[name] = "yes" if chance < yes else "no"
        if said[name] == "no":
            return said
    said["treated"] = "yes" if draw.random() < 0.8 else "no"
    if said["treated"] == "yes":
        said["date_treated"] = (visit + timedelta(days=draw.randrange(20))).isoformat()
        said["outcome"] = draw.choice(_OUTCOMES)
        said["completed"] = (
            "yes" if said["outcome"] in ("cured", "completed") else "no" if said["outcome"] else ""
        )
    return said


def fill(cli: CommandLine, folder: Path) -> None:
    """Import the facilities and the records."""
    done = cli("facilities", "import", write_csv(folder / "facilities.csv", *FACILITIES))
    assert done.code == 0, done.stderr
    done = cli("import", write_csv(folder / "records.csv", *rows()))
    assert done.code == 0, done.stderr
