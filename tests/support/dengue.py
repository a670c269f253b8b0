"""Dengue by month on both sides of the border (OpenDengue V1.3), where the file is held beside this copy.

Clarke et al. (2024), Scientific Data, doi:10.1038/s41597-024-03120-7. The counts are not ours to give away.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surveillance.forecast.panel import Panel
from surveillance.forecast.weights import orders

COUNTS = Path(__file__).resolve().parents[3] / "shared" / "cross_border" / "dengue_monthly.csv"
FIRST, LAST = (1998, 1), (2010, 12)
#: Borders between provinces of the file, by the number in their ISO code: each pair once.
BORDERS = """
KH-1 KH-2, KH-1 KH-17, KH-1 KH-22, KH-2 KH-24, KH-2 KH-15, KH-2 KH-17, KH-15 KH-4, KH-15 KH-5, KH-15 KH-9,
KH-4 KH-6, KH-4 KH-5, KH-4 KH-8, KH-4 KH-3, KH-5 KH-9, KH-5 KH-7, KH-5 KH-21, KH-5 KH-8, KH-5 KH-18,
KH-9 KH-18, KH-18 KH-7, KH-7 KH-23, KH-7 KH-21, KH-21 KH-8, KH-8 KH-12, KH-8 KH-3, KH-8 KH-14, KH-14 KH-20,
KH-14 KH-3, KH-3 KH-6, KH-3 KH-10, KH-6 KH-10, KH-6 KH-13, KH-6 KH-17, KH-6 KH-19, KH-17 KH-22, KH-17 KH-13,
KH-22 KH-13, KH-13 KH-19, KH-19 KH-10, KH-19 KH-16, KH-19 KH-11, KH-10 KH-11, KH-11 KH-16,
TH-34 TH-33, TH-33 TH-32, TH-32 TH-31, TH-31 TH-30, TH-31 TH-27, TH-30 TH-27, TH-30 TH-25, TH-27 TH-25,
TH-27 TH-24, TH-27 TH-22, TH-25 TH-24, TH-24 TH-20, TH-24 TH-22, TH-24 TH-21, TH-20 TH-21, TH-20 TH-22,
TH-21 TH-22, TH-22 TH-23, TH-34 KH-13, TH-33 KH-13, TH-33 KH-22, TH-32 KH-22, TH-31 KH-22, TH-31 KH-1,
TH-27 KH-1, TH-27 KH-2, TH-22 KH-2, TH-22 KH-24, TH-23 KH-2, TH-23 KH-15, TH-23 KH-9
"""


@dataclass(frozen=True, eq=False)
class Sides:
    """Counts of both sides: `codes` names the areas of the panel in its order."""

    panel: Panel
    codes: tuple[str, ...]
    order: np.ndarray

    def of(self, country: str) -> list[int]:
        """Areas of one side."""
        return [n for n, code in enumerate(self.codes) if code.startswith(country)]


def held() -> bool:
    """Whether the file is there."""
    return COUNTS.is_file()


def sides() -> Sides:
    """Read the months for which both sides have counts; a month without a row is not known."""
    first = FIRST[0] * 12 + FIRST[1] - 1
    many = (LAST[0] - FIRST[0]) * 12 + LAST[1] - FIRST[1] + 1
    counted: dict[str, np.ndarray] = {}
    with COUNTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            year, month = map(int, row["month"].split("-"))
            at = year * 12 + month - 1 - first
            if 0 <= at < many:
                counts = counted.setdefault(row["iso_3166_2"], np.full(many, np.nan))
                if not np.isnan(counts[at]):
                    raise ValueError(f"{row['iso_3166_2']} {row['month']} twice")
                counts[at] = float(row["cases"])
    codes = tuple(sorted(counted))
    pairs = [pair.split() for pair in BORDERS.replace("\n", " ").split(",")]
    number = {code: n for n, code in enumerate(codes)}
    order = orders([(number[one], number[other]) for one, other in pairs], len(codes))
    return Sides(Panel(np.array([counted[code] for code in codes]).T, 12.0), codes, order)
