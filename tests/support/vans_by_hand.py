"""Sums over vans, counted record by record in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from surveillance.coverage.design_effect import MILLION
from surveillance.coverage.indicators import MEASURES, contribution
from surveillance.diseases import DISEASES
from surveillance.epiweek import time_cell_number
from tests.support.brute_force import Model, Row, answers_of

Key = tuple[str, str, str, str, int]
PLACES = ("key", "home", "infection", "crossing")


def sums_over_vans(model: Model, rows: Iterable[Row]) -> Mapping[Key, tuple[int, ...]]:
    """(disease, measure, kind of place, place, cell) -> vans, people, squares, yes, spread."""
    people: dict[tuple, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        if not row.get("arrival_id") or DISEASES[row["disease"]].sensitive:
            continue
        facility = row["facility_id"].casefold()
        visit = time_cell_number(date.fromisoformat(row["date_visit"]))
        start = time_cell_number(date.fromisoformat(row.get("date_treated") or row["date_visit"]))
        van = (facility, row["arrival_id"], row["date_visit"])
        for code, measure in MEASURES.items():
            added = contribution(measure, answers_of(row))
            if added.denominator:
                for kind in PLACES:
                    place = facility if kind == "key" else model.place(row, kind)
                    cell = start if measure.by_start else visit
                    held = people[row["disease"], code, kind, place, cell, van]
                    held[0] += 1
                    held[1] += added.numerator
    found: dict[Key, list[int]] = defaultdict(lambda: [0] * 5)
    for (*key, _), (m, x) in people.items():
        if m > 1:
            added_up = (1, m, m * m, x, MILLION * x * x // m)
            sums = found[tuple(key)]
            found[tuple(key)] = [a + b for a, b in zip(sums, added_up, strict=True)]
    return {key: tuple(sums) for key, sums in found.items()}
