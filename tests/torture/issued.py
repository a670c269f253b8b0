"""A viewer, a reception centre, a partner and an official of one province attack the release of a whole demo.

Each round asks for every view over other days. What all rounds have seen is attacked together at the end,
with every small number of the demo as a target.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from surveillance.diseases import DISEASES
from tests.security.attacks import issued_country
from tests.security.attacks.issued import days_asked, reckoned, walk
from tests.security.attacks.issued_country import NEWER, OWN, PAGES, RESOURCES, THRESHOLDS
from tests.support.accounts import cheap_hashing
from tests.support.command_line import CommandLine

#: Records of the demo, and days that one reader asks for in a round, beside every issued period.
RECORDS, DAYS = 200_000, 12
READERS = ("viewer", "reception", "partner", "of-one")
_AREAS: Mapping[str, Sequence[str]] = {
    "care": ("", "KH01", "KH02", "KH06", "KH12", "KH16"),
    "home": ("", "KH01", "KH06", "KH14", "TH"),
    "crossing": ("", "TH01", "TH03", "informal", "VN01"),
}


def run(seed: int, count: int, _database: str = "") -> dict[str, Any]:
    """Make the demo once, and attack it `count` rounds long; how many numbers were seen and attacked."""
    found: list[str] = []
    counts = {"rounds": count, "asked": 0, "numbers": 0, "attacked": 0}
    with tempfile.TemporaryDirectory(prefix="chhlang-issued-") as folder, cheap_hashing():
        url = f"sqlite:///{Path(folder) / 'chhlang.db'}"
        made = CommandLine(url, separate=True)("demo", "--records", str(RECORDS))
        assert made.code == 0, made.stderr
        with issued_country.attacked(url, tuple(DISEASES)) as country:
            for name in READERS:
                own = (OWN,) if name == "of-one" else ()
                reader, threshold = country.reader(name, own), THRESHOLDS.get(name, 5)
                periods = list(islice(days_asked(country.first, country.last), 17 + 6))
                for number in range(count):
                    chance = random.Random(f"{seed} {name} {number}")
                    other = islice(days_asked(country.first, country.last, chance), 23, 23 + DAYS)
                    days = [*(periods if not number else ()), *other]
                    walk(reader, country.diseases, days, _AREAS, every=not number)
                for path in (*PAGES, *NEWER):
                    reader.looks(path)
                asking = country.program(name, own)
                walk(asking, country.diseases, periods, _AREAS)
                for path in RESOURCES:
                    asking.looks(path)
                reader.found.add(asking.found)
                published = country.published(threshold)
                found += [
                    f"{name}: {said}" for said in (*reader.found.faults, *published.wrong(reader.found))
                ]
                truth = country.truth(country.diseases, published)
                known = [one for one in truth if one.cell.place in own]
                told, attacked = reckoned(reader.found.told, truth, threshold, known)
                found += [f"{name}: {said}" for said in told]
                counts["asked"] += reader.found.asked
                counts["numbers"] += len(reader.found.told) + len(reader.found.pairs)
                counts["attacked"] += attacked
    for said in dict.fromkeys(found):
        print(f"  {said}", flush=True)
    return {**counts, "wrong": len(found)}
