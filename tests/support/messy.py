"""A small line list as clinics write it, with what each row means."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from surveillance.coverage.indicators import STEPS, all_states, contradiction
from tests.support.command_line import CommandLine
from tests.support.files import write_csv

FACILITIES = (
    {"facility_id": "HC1", "name_en": "Poipet", "province": "KH01", "kind": "health_centre"},
    {"facility_id": "HC2", "name_en": "Sampov Lun", "province": "KH02", "kind": ""},
    {"facility_id": "POST", "name_en": "Gate post", "province": "KH01", "kind": "border_post"},
    {"facility_id": "MRC", "name_en": "Reception", "province": "KH01", "kind": "reception_centre"},
    {"facility_id": "QUIET", "name_en": "Silent", "province": "KH24", "kind": "health_post"},
)
#: Column -> (as written, what it means).
SPELLINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "facility_id": (
        ("HC1", "HC1"),
        ("hc1 ", "HC1"),
        ("HC2", "HC2"),
        ("Post", "POST"),
        ("MRC", "MRC"),
        ("HC 99", "HC 99"),
    ),
    "disease": (
        ("tb", "tb"),
        ("Tuberculosis", "tb"),
        ("TB", "tb"),
        ("malaria", "malaria"),
        ("HIV", "hiv"),
        ("Syphilis", "syphilis"),
    ),
    "province_home": (
        ("Banteay Meanchey", "KH01"),
        ("ភ្នំពេញ", "KH12"),
        ("KH24", "KH24"),
        ("Thailand", "TH"),
        ("Atlantis", "unknown"),
        ("", "unknown"),
    ),
    "place_infection": (("Mondul Kiri", "KH11"), ("THA", "TH"), ("unknown", "unknown"), ("", "unknown")),
    "crossing": (
        ("Poipet", "TH01"),
        ("TH01", "TH01"),
        ("Bavet", "VN01"),
        ("informal route", "informal"),
        ("airport", "airport"),
        ("Nowhere", "unknown"),
        ("", "unknown"),
    ),
    "sex": (
        ("F", "female"),
        ("Male", "male"),
        ("ស្រី", "female"),
        ("other", "other"),
        ("?", "unknown"),
        ("", "unknown"),
    ),
    "age_years": (
        ("0", "0"),
        (" 34 ", "34"),
        ("15", "15"),
        ("49.0", "49"),
        ("70", "70"),
        ("old", ""),
        ("", ""),
    ),
    "residence": (
        ("Mobile", "mobile"),
        ("migrant 6-12 months", "migrant"),
        ("resident", "resident"),
        ("", "unknown"),
    ),
    "activity": (
        ("forest goer", "forest"),
        ("Soldier", "security_forces"),
        ("mining", "construction_mine"),
        ("", "unknown"),
    ),
    "movement": (("Deportee", "deported"), ("returnee", "returning"), ("NONE", "none"), ("", "unknown")),
}
WRITTEN = {True: ("yes", "Y", "1", "បាទ"), False: ("no", "N", "0", "ទេ"), None: ("", "unknown", "?", " ")}
MEANT = {True: "yes", False: "no", None: ""}
STATES = [answers for _, answers in all_states() if contradiction(answers, False) is None]
DAYS = ("2023-12-29", "2023-12-31", "2024-01-01", "2024-03-10", "2024-12-30", "2025-03-02", "2025-04-01")
STARTS = ("", "", "2024-01-02", "2024-05-31", "2025-04-30", "2025-05-20")


def rows(count: int, seed: int) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Rows as written, each with the same row in codes."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        written: dict[str, str] = {"record_id": str(number), "date_visit": chance.choice(DAYS)}
        written["date_treated"] = chance.choice(STARTS)
        meant = dict(written)
        for column, spellings in SPELLINGS.items():
            written[column], meant[column] = chance.choice(spellings)
        for step, answer in zip(STEPS, chance.choice(STATES), strict=True):
            written[step], meant[step] = chance.choice(WRITTEN[answer]), MEANT[answer]
        found.append((written, meant))
    return found


def fill(cli: CommandLine, folder: Path, listed: list[tuple[dict[str, str], dict[str, str]]]) -> None:
    """Import the facilities, and rows as written."""
    assert cli("facilities", "import", write_csv(folder / "f.csv", *FACILITIES)).code == 0
    assert cli("import", write_csv(folder / "list.csv", *(written for written, _ in listed))).code == 0
