"""The sums behind a release, by the smallest periods that are issued. No page reads them.

They are kept with the release that was the first to issue a period, so that a later one sums the same
numbers, whatever files came since.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dashboard.services.releases.sheets import Numbers
from geodata.countries import COUNTRIES
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.coverage.cohorts import longest_follow_up
from surveillance.disclosure.lattice import (
    KINDS,
    Column,
    TableSpec,
    cohort_lattice_of,
    columns_between,
    issued_values,
    lattice_of,
)
from surveillance.vocabulary import AXES, UNKNOWN

#: Rows of each kind of place, with or without records, so that a row tells nothing by being there.
ROWS: dict[str, tuple[str, ...]] = {
    "care": (*PROVINCES, UNKNOWN),
    "home": (*PROVINCES, *COUNTRIES, UNKNOWN),
    "crossing": tuple(ALL_CROSSINGS),
}
#: Numbers of a cell: of visits (surveillance.disclosure.model.VISITS), and of a cohort.
OF_VISITS, OF_COHORTS = 10, 2
_NUMBER = np.dtype("<i4")
#: Of sums of keys.
_LONG = np.dtype("<i8")
_FORMAT = 1


@dataclass(frozen=True)
class Sums:
    """What was counted of a disease.

    Parameters
    ----------
    units : tuple of Column
        The smallest periods that are issued of it, in order; other issued periods are made of whole ones.
    places : mapping of str to array of int64, shape (rows, units, 10)
        Of each kind of place that is issued; rows as :data:`ROWS`.
    groups : mapping of str to array of int64, shape (rows of care, units, values, 10)
        Of each axis that is issued; values as :func:`~surveillance.disclosure.lattice.issued_values`.
    starts : tuple of Column
        The smallest periods of which completion is issued.
    cohort : array of int64, shape (rows of care, starts, 2)
    """

    disease: str
    units: tuple[Column, ...]
    places: Mapping[str, Numbers]
    groups: Mapping[str, Numbers]
    starts: tuple[Column, ...]
    cohort: Numbers

    @classmethod
    def empty(cls, disease: str) -> Sums:
        """Of no period."""
        return cls.zeros(disease, (), ())

    @classmethod
    def zeros(cls, disease: str, units: tuple[Column, ...], starts: tuple[Column, ...]) -> Sums:
        """Of some periods in which nobody was counted."""
        specs = lattice_of(disease)
        care = len(ROWS["care"])
        return cls(
            disease,
            units,
            {
                spec.name: np.zeros((len(ROWS[spec.name]), len(units), OF_VISITS), np.int64)
                for spec in specs
                if not spec.axis
            },
            {
                axis: np.zeros((care, len(units), len(issued_values(axis)), OF_VISITS), np.int64)
                for axis in AXES
                if any(spec.axis == axis for spec in specs)
            },
            starts,
            np.zeros((care, len(starts), OF_COHORTS), np.int64),
        )


def units_of(disease: str, since: date, until: date, lag_days: int) -> tuple[Column, ...]:
    """List the smallest periods of a disease that are over, and wholly inside the data.

    Parameters
    ----------
    since, until : date
        First and last day of the data.
    lag_days : int
        Days after its end before a period is issued.
    """
    return _over(lattice_of(disease), since, until - timedelta(days=lag_days))


def starts_of(disease: str, since: date, until: date, lag_days: int) -> tuple[Column, ...]:
    """List the smallest periods in which treatments began of which completion is due."""
    due = until - timedelta(days=lag_days + longest_follow_up(disease))
    return _over(cohort_lattice_of(disease), since, due)


def _over(specs: Sequence[TableSpec], since: date, last: date) -> tuple[Column, ...]:
    smallest = min((kind for spec in specs for kind in spec.kinds), key=KINDS.index)
    return columns_between(since, last, (smallest,))


def joined(earlier: Sums, new: Sums) -> Sums:
    """Return both together; what both have is as it was earlier."""
    own = [number for number, unit in enumerate(new.units) if unit not in earlier.units]
    later = [number for number, start in enumerate(new.starts) if start not in earlier.starts]
    units = (*earlier.units, *(new.units[number] for number in own))
    starts = (*earlier.starts, *(new.starts[number] for number in later))
    order, begun = (sorted(range(len(one)), key=one.__getitem__) for one in (units, starts))

    def both(one: Numbers, other: Numbers) -> Numbers:
        return np.concatenate([one, other[:, own]], axis=1)[:, order]

    return Sums(
        new.disease,
        tuple(units[number] for number in order),
        {name: both(earlier.places[name], array) for name, array in new.places.items()},
        {axis: both(earlier.groups[axis], array) for axis, array in new.groups.items()},
        tuple(starts[number] for number in begun),
        np.concatenate([earlier.cohort, new.cohort[:, later]], axis=1)[:, begun],
    )


def pack(sums: Sums, *, keys: bool = False) -> bytes:
    """Write sums as they are stored; `keys`: they are of keys, which are larger than counts."""
    number = _LONG if keys else _NUMBER
    head = {
        "format": _FORMAT,
        "units": [[unit.kind, unit.first_day.isoformat()] for unit in sums.units],
        "starts": [[start.kind, start.first_day.isoformat()] for start in sums.starts],
        "places": {name: list(ROWS[name]) for name in sums.places},
        "care": list(ROWS["care"]),
        "groups": {axis: list(issued_values(axis)) for axis in sums.groups},
    }
    arrays = [*sums.places.values(), *sums.groups.values(), sums.cohort]
    parts = [array.astype(number).tobytes() for array in arrays]
    return zlib.compress(b"".join([json.dumps(head).encode(), b"\n", *parts]), 6)


def unpack(disease: str, data: bytes, *, keys: bool = False) -> Sums:
    """Read what :func:`pack` wrote; rows and values that are new since have nobody.

    Raises
    ------
    ValueError
        A row or a value that was issued is no longer known, or the bytes are of another format.
    """
    line, _, rest = zlib.decompress(data).partition(b"\n")
    head = json.loads(line)
    if head["format"] != _FORMAT:
        raise ValueError(f"sums of {disease} have format {head['format']}, not {_FORMAT}")
    units, starts = (
        tuple(Column(kind, date.fromisoformat(first)) for kind, first in head[name])
        for name in ("units", "starts")
    )
    made, at, number = Sums.zeros(disease, units, starts), 0, _LONG if keys else _NUMBER

    def take(*shape: int) -> Numbers:
        nonlocal at
        many = int(np.prod(shape))
        found = np.frombuffer(rest, number, many, at).astype(np.int64).reshape(shape)
        at += many * number.itemsize
        return found

    for name, rows in head["places"].items():
        made.places[name][_at(rows, ROWS[name])] = take(len(rows), len(units), OF_VISITS)
    care = _at(head["care"], ROWS["care"])
    for axis, values in head["groups"].items():
        found = take(len(care), len(units), len(values), OF_VISITS)
        made.groups[axis][np.ix_(care, range(len(units)), _at(values, issued_values(axis)))] = found
    made.cohort[care] = take(len(care), len(starts), OF_COHORTS)
    return made


def _at(names: Sequence[str], now: Sequence[str]) -> list[int]:
    """Where names stand now."""
    if gone := set(names) - set(now):
        raise ValueError(f"{sorted(gone)[0]} was issued, and is not known any more")
    return [now.index(name) for name in names]
