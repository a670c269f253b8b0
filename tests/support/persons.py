"""Persons counted one by one in plain Python: what the cube of persons should hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.persons import PERSON_SUMS, cube_person, shared_issuer
from db.tables.records import DIMENSIONS, episode
from surveillance.coverage.indicators import MEASURES, all_states, contribution
from surveillance.diseases import DISEASES
from surveillance.strata import CODE, HIDDEN_NUMBER, MASK, NUMBER, SHIFT

Cube = dict[tuple[Any, ...], dict[str, int]]
_ANSWERS = dict(all_states())
_KEYS = ("disease", "dimension", "axis", "year", "value", "place")


def held(connection: Connection) -> Cube:
    """The cube as it is kept, without sums of zero."""
    found = {}
    for row in connection.execute(sa.select(cube_person)).mappings():
        found[tuple(row[key] for key in _KEYS)] = {name: row[name] for name in PERSON_SUMS if row[name]}
    return found


def counted(connection: Connection) -> Cube:
    """The cube as the current records make it."""
    rows = connection.execute(sa.select(episode).where(episode.c.superseded_batch.is_(None))).mappings().all()
    shared = set(connection.execute(sa.select(shared_issuer.c.mark)).scalars())
    groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    nobody = []
    for row in rows:
        if row["person"] is None:
            nobody.append(row)
            continue
        where = "" if row["issuer"] in shared else row["facility_key"]
        groups[row["person"], where, row["disease"], row["date_visit"].year].append(row)
    cube: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for several in groups.values():
        first = min(
            several,
            key=lambda row: (
                row["date_visit"],
                -row["cascade"],
                row["stratum"],
                row["facility_key"],
                *(row[name] for name in DIMENSIONS.values()),
            ),
        )
        _count(cube, first, _of_person(first["cascade"]))
    for row in nobody:
        _count(cube, row, _of_nobody(row["cascade"]))
    return {key: +sums for key, sums in cube.items() if any(sums.values())}


def _of_person(cascade: int) -> Counter[str]:
    added = Counter({"records": 1})
    for code, measure in MEASURES.items():
        if not measure.by_start:
            parts = contribution(measure, _ANSWERS[cascade])
            added.update({f"{code}_{name}": getattr(parts, name) for name in parts._fields})
    return added


def _of_nobody(cascade: int) -> Counter[str]:
    added = Counter({"unnumbered": 1})
    for code, measure in MEASURES.items():
        if not measure.by_start:
            parts = contribution(measure, _ANSWERS[cascade])
            added[f"{code}_unknown"] = parts.denominator + parts.unknown
    return added


def _count(cube: dict[tuple[Any, ...], Counter[str]], row: Any, added: Counter[str]) -> None:
    for dimension, column in DIMENSIONS.items():
        if DISEASES[row["disease"]].sensitive and dimension in ("crossing", "facility"):
            continue
        groups = [("", 0)]
        for axis, shift in SHIFT.items():
            value = (row["stratum"] >> shift) & MASK
            if value != HIDDEN_NUMBER:
                assert NUMBER[axis][CODE[axis][value]] == value
                groups.append((axis, value))
        for axis, value in groups:
            key = (row["disease"], dimension, axis, row["date_visit"].year, value, row[column])
            cube[key].update(added)
