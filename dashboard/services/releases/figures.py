"""The figures of the release in force: what accounts are shown that are not entitled to small counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from threading import Lock
from weakref import WeakKeyDictionary

from dashboard import permissions
from dashboard.services.releases import sheets
from dashboard.services.releases.sheets import BLANK, COMPLETION, RECORDS, TOGETHER, Sheet
from db.core.engine import Connection, Engine
from db.operations import releases as stored
from surveillance.errors import UserError
from surveillance.texts import N_

#: Thresholds that a release is made for: within the programme, and for whatever leaves it.
THRESHOLDS = tuple(sorted({permissions.THRESHOLD, *permissions.THRESHOLDS.values()}))
#: Releases that a process keeps in memory.
_KEPT = 4
_DAMAGED = N_("release {number}: what is stored of {disease} is not what was prepared; restore a backup")


@dataclass(frozen=True)
class Stamp:
    """What every figure and file of a release says of it."""

    release: int
    issued_on: date
    data_until: date
    threshold: int
    #: The most by which noise changes a number that is not small, and its standard deviation; None: no noise.
    noise: tuple[int, float] | None = None


class State(StrEnum):
    """What a release says of a cell."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    NOT_ISSUED = "not issued"


_STATES = {
    sheets.SHOWN: State.SHOWN,
    sheets.HIDDEN: State.HIDDEN,
    sheets.NOT_ISSUED: State.NOT_ISSUED,
}


@dataclass(frozen=True)
class Cell:
    """What a release says of one measure, place, period and group.

    `state` is that of the measure. `records` has its own: None where the records are hidden or not issued,
    and of completion, whose people are counted by the start of treatment. `unknown`: None where it is not
    told, in a shown cell too.
    """

    state: State
    records: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    unknown: int | None = None


NOT_ISSUED = Cell(State.NOT_ISSUED)
_Key = tuple[str, str, bool, bool]


class Figures:
    """One release, at one threshold. Nothing in it changes; a disease is read when it is first asked for.

    Parameters
    ----------
    stamp : Stamp
    load : callable
        A disease -> its sheets; none where the release has nothing of it.
    """

    def __init__(self, stamp: Stamp, load: Callable[[str], Sequence[Sheet]]) -> None:
        self.stamp, self._load = stamp, load
        self._lock = Lock()
        self._held: dict[str, Mapping[_Key, Sheet]] = {}

    def periods(
        self,
        disease: str,
        dimension: str,
        kind: str,
        axis: str = "",
        *,
        measure: str = "",
        place: str | None = None,
    ) -> tuple[date, ...]:
        """First days of the issued periods of a kind (`month`, `quarter`, `year`), in order.

        Parameters
        ----------
        measure : str, optional
            Only periods that are issued for this measure; else those of any that is counted by visits.
        place : str or None, optional
            With an axis: :data:`TOGETHER` for the country's groups, a province for those of provinces; else
            both.
        """
        found: set[date] = set()
        for sheet in self._sheets(disease, dimension, axis, place, measure):
            chosen = slice(None) if not measure else [sheet.measure_at[measure]]
            issued = (sheet.state[chosen] != sheets.NOT_ISSUED).any(axis=(0, 1))
            found |= {
                first
                for (one, first), is_issued in zip(sheet.columns, issued.tolist(), strict=True)
                if is_issued and one == kind
            }
        return tuple(sorted(found))

    def places(self, disease: str, dimension: str) -> tuple[str, ...]:
        """Rows of a table (`care`, `home`, `crossing`); "" stands for all of them together."""
        found = self._sheets(disease, dimension, "", None, "")
        return tuple(place for sheet in found for place, _ in sheet.rows)

    def values(self, disease: str, axis: str) -> tuple[str, ...]:
        """Issued values of an axis; joined ones as one, such as `returning,deported`."""
        found: dict[str, None] = {}
        for sheet in self._sheets(disease, "care", axis, None, ""):
            found |= dict.fromkeys(value for _, value in sheet.rows)
        return tuple(found)

    def cell(
        self,
        disease: str,
        measure: str,
        dimension: str,
        place: str,
        kind: str,
        first_day: date,
        axis: str = "",
        value: str = "",
    ) -> Cell:
        """What the release says of one cell; not issued for whatever it does not have.

        `measure`: one of the issued ones, or `records` alone.
        """
        key = (dimension, axis, bool(axis) and place != TOGETHER, measure == COMPLETION)
        sheet = self._of(disease).get(key)
        if sheet is None or measure not in sheet.measure_at:
            return NOT_ISSUED
        row, column = sheet.row_at.get((place, value)), sheet.column_at.get((kind, first_day))
        if row is None or column is None:
            return NOT_ISSUED
        at = sheet.measure_at[measure], row, column
        state = _STATES[int(sheet.state[at])]
        seen = sheet.measure_at.get(RECORDS)
        records = None
        if seen is not None and sheet.state[seen, row, column] == sheets.SHOWN:
            records = int(sheet.numerator[seen, row, column])
        if state is not State.SHOWN:
            return Cell(state, records)
        told = (int(array[at]) for array in (sheet.numerator, sheet.denominator, sheet.unknown))
        return Cell(state, records, *(None if number == BLANK else number for number in told))

    def union(
        self,
        disease: str,
        measure: str,
        dimension: str,
        place: str,
        periods: Sequence[tuple[str, date]],
        axis: str = "",
        value: str = "",
    ) -> Cell:
        """The sum over some periods, which do not overlap: hidden, or not issued, where one of them is."""
        cells = [
            self.cell(disease, measure, dimension, place, kind, first, axis, value) for kind, first in periods
        ]
        if not cells or any(one.state is State.NOT_ISSUED for one in cells):
            return NOT_ISSUED
        records = _sum([one.records for one in cells])
        if any(one.state is State.HIDDEN for one in cells):
            return Cell(State.HIDDEN, records)
        parts = ([getattr(one, name) for one in cells] for name in ("numerator", "denominator", "unknown"))
        return Cell(State.SHOWN, records, *map(_sum, parts))

    def sheets(self, disease: str) -> tuple[Sheet, ...]:
        """Every table of a disease."""
        return tuple(self._of(disease).values())

    def _sheets(
        self, disease: str, dimension: str, axis: str, place: str | None, measure: str
    ) -> list[Sheet]:
        """Tables that may answer; those of visits where no measure is named."""
        keys: list[_Key] = []
        for by_place in (False, True):
            if by_place and not axis:
                continue
            if axis and place is not None and by_place != (place != TOGETHER):
                continue
            keys.append((dimension, axis, by_place, measure == COMPLETION))
        held = self._of(disease)
        found = [held[key] for key in keys if key in held]
        return [sheet for sheet in found if not measure or measure in sheet.measure_at]

    def _of(self, disease: str) -> Mapping[_Key, Sheet]:
        with self._lock:
            if disease not in self._held:
                self._held[disease] = {_key(sheet): sheet for sheet in self._load(disease)}
            return self._held[disease]


def _key(sheet: Sheet) -> _Key:
    by_place = bool(sheet.axis) and any(place != TOGETHER for place, _ in sheet.rows)
    return sheet.dimension, sheet.axis, by_place, COMPLETION in sheet.measure_at


def _sum(numbers: Sequence[int | None]) -> int | None:
    told = [number for number in numbers if number is not None]
    return sum(told) if len(told) == len(numbers) else None


_memory: WeakKeyDictionary[Engine, dict[tuple[int, int, str], Figures]] = WeakKeyDictionary()
_guard = Lock()


def in_force(connection: Connection, threshold: int) -> Figures | None:
    """Return the figures of the release that was issued last; None where none has been.

    Parameters
    ----------
    connection : Connection
        Of the operations database.
    threshold : int
        One of :data:`THRESHOLDS`.
    """
    return _held(connection, stored.in_force(connection), threshold)


def in_force_before(connection: Connection, threshold: int, until: str) -> Figures | None:
    """Return the figures of the release that was in force at an earlier moment; None where none was.

    Parameters
    ----------
    connection : Connection
        Of the operations database.
    threshold : int
        One of :data:`THRESHOLDS`.
    until : str
        A moment (UTC, ISO): the last release that was issued before it.
    """
    return _held(connection, stored.in_force_before(connection, until), threshold)


def _held(connection: Connection, found: stored.Release | None, threshold: int) -> Figures | None:
    if found is None or found.issued_at is None or found.digest is None:
        return None
    key = (found.id, threshold, found.digest)
    with _guard:
        held = _memory.setdefault(connection.engine, {})
        if key not in held:
            while len(held) >= _KEPT:
                held.pop(next(iter(held)))
            held[key] = _figures(connection.engine, found, threshold)
        return held[key]


def of_release(engine: Engine, release: stored.Release, threshold: int) -> Figures:
    """Return the figures of a release, issued or not: for those who prepare, audit and issue it."""
    return _figures(engine, release, threshold)


def _figures(engine: Engine, release: stored.Release, threshold: int) -> Figures:
    said = next(
        (one["noise"] for one in release.utility if one["threshold"] == threshold and "noise" in one), None
    )
    noise = None if said is None else (said["bound"], said["deviation"])
    stamp = Stamp(release.id, release.issued_on or release.until, release.until, threshold, noise)

    def load(disease: str) -> Sequence[Sheet]:
        with engine.connect() as connection:
            found = stored.content(connection, release.id, disease, threshold)
        if found is None:
            return ()
        data = sheets.expand(found.content)
        if sheets.digest(data) != found.digest:
            raise UserError(
                _DAMAGED,
                number=release.id,
                disease=disease,
            )
        return sheets.unpack(data)

    return Figures(stamp, load)
