"""Coverage of records in a frame: the table of the dashboard, without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.coverage.cohorts import (
    OUTCOMES,
    PARTS,
    SUCCESS,
    UNKNOWN_START,
    follow_up_days,
    known_day,
    last_whole_week,
    part_of,
)
from surveillance.coverage.design_effect import MILLION, VanSums, correlation, design_effect
from surveillance.coverage.estimates import Counts, Estimate, estimate
from surveillance.coverage.frames import NO_DAY, Facilities, Records, read_facilities, read_records
from surveillance.coverage.indicators import MEASURES, OF_POSITIVES, all_states, contribution
from surveillance.diseases import DISEASES
from surveillance.epiweek import (
    as_day,
    day_number,
    day_of_number,
    time_cell_first_day,
    time_cell_last_day,
    time_cell_number,
)
from surveillance.errors import StatisticsError
from surveillance.vocabulary import AXES, SENSITIVE_AXES, SENSITIVE_BY, UNKNOWN

By = Literal["care", "home", "infection", "crossing", "facility"]
BY: tuple[By, ...] = ("care", "home", "infection", "crossing", "facility")
#: Columns of every table, and those of a table of completion.
COLUMNS = (
    "code", "numerator", "denominator", "unknown", "coverage", "lower", "upper", "status", "from", "to",
    "unknown_share", "lowest", "highest", "flag", "design_effect",
)  # fmt: skip
OF_COHORTS = (
    *OUTCOMES, "moved_to_second_line", "not_yet_due", "outcomes_known_until", "outcomes_known_until_latest",
    "facilities_without_outcomes",
)  # fmt: skip
MUCH_UNKNOWN = "much unknown"
_DAYS_OF_STRATUM = 364
_BY_FACILITY = frozenset({"care", "facility"})
_MOVED = PARTS.index("moved")
_UNKNOWN_START = PARTS.index(UNKNOWN_START)
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


def coverage_table(
    frame: pd.DataFrame,
    facilities: pd.DataFrame,
    *,
    by: By = "care",
    measure: str = "testing",
    disease: str | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    areas: Iterable[str] = (),
    today: date | str | None = None,
) -> pd.DataFrame:
    """Compute the coverage table of the dashboard from records in a frame.

    Parameters
    ----------
    frame : DataFrame, shape (n, any)
        One row for each record, in the columns of the line list: `facility_id`, `disease` and `date_visit`,
        and those of the others that there are. Days are dates or texts such as 2025-01-31; places are codes.
        Give the records of every disease: a facility that sent other records did report.
    facilities : DataFrame, shape (m, any)
        The facility list: `facility_id` and `province`.
    by : {"care", "home", "infection", "crossing", "facility"}
        The kind of area: province of care, of home, of infection; border crossing; facility.
    measure : str
        A code of `surveillance.coverage.indicators.MEASURES`.
    disease : str, optional
        A code of `surveillance.diseases.DISEASES`; may be absent where the frame holds one disease.
    start, end : date or str, optional
        First and last day, widened to whole cells of time; the days of the records unless given.
    groups : mapping of str to sequence of str, optional
        Axis (residence, activity, movement, sex, age) -> codes to keep.
    areas : iterable of str
        Codes of areas that have a row even without records.
    today : date or str, optional
        The day on which completion is judged; needed for completion. Visits after it are counted: look
        for days to come before.

    Returns
    -------
    DataFrame
        One row for each area, `unknown` last: counts of persons, `coverage` and its Wilson 95% limits as
        proportions, the status and the bounds. For completion also the outcomes of the cohort.

    Raises
    ------
    StatisticsError
        An argument is unknown, or a value of a frame is not understood: names the column and the rows.

    Notes
    -----
    A frame holds neither aggregate reports nor declarations of complete files, nor when records were
    changed. The dashboard counts these too.

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953
    Rao JNK, Scott AJ (1992). Biometrics 48:577-585. doi:10.2307/2532311

    Examples
    --------
    >>> frame = pd.DataFrame({"facility_id": ["HC1"] * 4, "disease": "malaria", "date_visit": "2025-01-06"})
    >>> frame["eligible"], frame["tested"] = "yes", ["yes", "yes", "yes", ""]
    >>> listed = pd.DataFrame({"facility_id": ["HC1"], "province": ["KH01"]})
    >>> print(coverage_table(frame, listed)[["code", "numerator", "denominator", "unknown"]].head(1))
       code  numerator  denominator  unknown
    0  KH01          3            3        1
    """
    records, listed = read_records(frame), read_facilities(facilities)
    question = _Question(
        _one_of("by", by, BY),
        _one_of("measure", measure, tuple(MEASURES)),
        _disease(disease, records),
        as_day("start", start),
        as_day("end", end),
        _groups(groups or {}),
        as_day("today", today),
    )
    return _table(_Answer(records, listed, question), list(areas))


@dataclass(frozen=True)
class _Question:
    by: By
    measure: str
    disease: str
    start: date | None
    end: date | None
    groups: Mapping[str, frozenset[str]]
    today: date | None

    def __post_init__(self) -> None:
        if self.start and self.end and self.start > self.end:
            raise StatisticsError(f"start ({self.start}) lies after end ({self.end})")
        if self.by_start and self.today is None:
            raise StatisticsError("today: completion is judged by a day; give it, as today=date(2026, 1, 31)")

    @property
    def by_start(self) -> bool:
        return MEASURES[self.measure].by_start

    @property
    def sensitive(self) -> bool:
        return DISEASES[self.disease].sensitive

    @property
    def hidden(self) -> bool:
        """Whether the dashboard shows no such table: it could harm people, or would say 100% everywhere."""
        harms = self.sensitive and (self.by in SENSITIVE_BY or not SENSITIVE_AXES.isdisjoint(self.groups))
        return harms or (self.by == "infection" and self.measure not in OF_POSITIVES)


class _Answer:
    """The counts of a question, area by area."""

    def __init__(self, every: Records, listed: Facilities, question: _Question) -> None:
        self.every, self.listed, self.question = every, listed, question
        #: All records of the disease, and where each counts.
        self.own = every.chosen(every.disease == question.disease)
        self.place = self._places(self.own)
        self.kept = np.ones(len(self.own.row), bool)
        for axis, codes in question.groups.items():
            self.kept &= np.array([value in codes for value in self.own.groups[axis]], bool)

    def _places(self, records: Records) -> NDArray[Any]:
        by = self.question.by
        if by not in _BY_FACILITY:
            return records.places[by]
        named = self.listed.province if by == "care" else self.listed.number
        return np.array([named.get(key, UNKNOWN) for key in records.facility], dtype=object)

    @cached_property
    def part(self) -> Numbers:
        """What each record adds to its cohort, by its place in `PARTS`; -1 where no treatment started."""
        pairs = zip(self.own.cascade.tolist(), self.own.outcome.tolist(), strict=True)
        return _each_pair(pairs, lambda cascade, outcome: _number_of(part_of(cascade, outcome)))

    @cached_property
    def days(self) -> Numbers:
        """Follow-up time of each record's course."""
        disease = self.question.disease
        pairs = ((disease, text) for text in self.own.primaquine.tolist())
        return _each_pair(pairs, lambda name, text: follow_up_days(name, text or None))

    @cached_property
    def cells(self) -> tuple[int, int] | None:
        """First and last cell of the period; None where no day is given and there is no record."""
        question = self.question
        start, end = question.start, question.end
        if (start is None or end is None) and not question.hidden:
            cells = self.own.visit_cell
            if question.by_start:
                cells = np.concatenate([cells, self.own.start_cell[self.part >= 0]])
            if cells.size:
                first = day_of_number(int(cells.min()))
                last = time_cell_last_day(day_of_number(int(cells.max())))
                start = start or min(first, end or first)
                end = end or max(last, start)
        if start is None or end is None:
            return None
        return time_cell_number(start), time_cell_number(time_cell_last_day(end))

    @property
    def period(self) -> tuple[str | None, str | None]:
        """First and last day of the period, as texts."""
        if self.cells is None:
            return None, None
        first, last = (day_of_number(cell) for cell in self.cells)
        return time_cell_first_day(first).isoformat(), time_cell_last_day(last).isoformat()

    def inside(self, cells: Numbers) -> Mask:
        """Return which cells lie in the period."""
        if self.cells is None or self.question.hidden:
            return np.zeros(len(cells), bool)
        return (cells >= self.cells[0]) & (cells <= self.cells[1])

    def seen(self) -> set[str]:
        """Return the areas with a record in the period, whatever the groups keep."""
        inside = self.inside(self.own.visit_cell)
        if self.question.by_start:
            inside |= self.inside(self.own.start_cell) & (self.part >= 0)
        return set(self.place[inside].tolist())

    # --- counts --------------------------------------------------------------------------------

    def counts(self, code: str) -> Counts:
        """Return the counts of one area."""
        if self.question.hidden:
            return Counts(False, hidden=True)
        records, numerator, denominator, unknown, later = self._sums.get(code, (0, 0, 0, 0, 0))
        return Counts(
            reported=records > 0 or self._reported(code),
            records=records,
            numerator=numerator,
            denominator=denominator,
            unknown=unknown,
            not_due=later,
            effect=design_effect(numerator, denominator, self._vans.get(code, []), self._pooled),
        )

    @cached_property
    def _sums(self) -> dict[str, tuple[int, int, int, int, int]]:
        """Area -> records, numerator, denominator, unknown, not yet due."""
        if self.question.by_start:
            return {
                code: (
                    sum(due) + sum(later),
                    sum(due[PARTS.index(name)] for name in SUCCESS),
                    sum(due[: len(OUTCOMES)]),
                    due[_UNKNOWN_START],
                    sum(later) - later[_MOVED],
                )
                for code, (due, later) in self.cohorts.items()
            }
        chosen = self.kept & self.inside(self.own.visit_cell)
        added = _contributions(self.question.measure)[self.own.cascade[chosen]]
        found = _summed(self.place[chosen], np.column_stack([np.ones(len(added), np.int64), added]))
        return {code: (row[0], row[1], row[2], row[3], 0) for code, row in found.items()}

    @cached_property
    def cohorts(self) -> dict[str, tuple[list[int], list[int]]]:
        """Area -> how many of each of `PARTS` are due, and how many are not yet due."""
        chosen = self.kept & self.inside(self.own.start_cell) & (self.part >= 0)
        parts = np.eye(len(PARTS), dtype=np.int64)[self.part[chosen]]
        due = self._due[chosen][:, None]
        found = _summed(self.place[chosen], np.hstack([parts * due, parts * ~due]))
        return {code: (row[: len(PARTS)], row[len(PARTS) :]) for code, row in found.items()}

    @cached_property
    def known(self) -> dict[str, int]:
        """Facility -> last day of which its records show that it knew outcomes; never after today.

        Of a sensitive disease all facilities are one, known to the end of a week.
        """
        own = self.own
        found: dict[str, int] = {}
        today = day_number(self.question.today) if self.question.today else NO_DAY
        for key, cascade, outcome, start, days, ended, visit in zip(
            *(own.facility, own.cascade.tolist(), own.outcome, own.start.tolist()),
            *(self.days.tolist(), own.ended.tolist(), own.visit.tolist()),
            strict=True,
        ):
            last: int | None = ended if ended != NO_DAY else None
            if self.question.sensitive:
                last = day_number(last_whole_week(day_of_number(max(visit, ended))))
            elif last is None:
                last = _undated(cascade, outcome, start, days)
            if last is not None:
                own_key = "" if self.question.sensitive else key
                found[own_key] = max(found.get(own_key, NO_DAY), min(last, today))
        return found

    @cached_property
    def _due(self) -> Mask:
        """Whether each course is due: a record whose start is not known waits for no outcome."""
        own, question = self.own, self.question
        today = day_number(question.today) if question.today else NO_DAY
        ends = np.array(
            [day_number(time_cell_last_day(day_of_number(cell))) for cell in own.start_cell.tolist()]
        )
        if question.sensitive:
            return np.asarray(ends + self.days <= self.known.get("", NO_DAY), bool)
        limit = np.array([self.known.get(key, NO_DAY) for key in own.facility], np.int64)
        by_day = own.start + self.days <= limit
        return np.where(self.part == _UNKNOWN_START, ends + self.days <= today, by_day)

    def outcomes(self, code: str) -> dict[str, Any]:
        """Return the columns `OF_COHORTS` of one area; None in each where the table is hidden."""
        if self.question.hidden:
            return dict.fromkeys(OF_COHORTS)
        nothing = [0] * len(PARTS)
        due, later = self.cohorts.get(code, (nothing, nothing))
        keys = self._treating.get(code, set())
        days = sorted(self.known[key] for key in keys if key in self.known)
        ends = [day_of_number(day).isoformat() for day in (days[0], days[-1])] if days else [None, None]
        told = [due[_MOVED], sum(later) - later[_MOVED], *ends, len(keys) - len(days)]
        return dict(zip(OF_COHORTS, [*due[: len(OUTCOMES)], *told], strict=True))

    @cached_property
    def _treating(self) -> dict[str, set[str]]:
        """Area -> facilities that began a treatment in the period; of a sensitive disease one for all."""
        found: dict[str, set[str]] = {}
        begun = (self.part >= 0) & (self.part != _UNKNOWN_START)
        chosen = self.kept & self.inside(self.own.start_cell) & begun
        for code, key in zip(self.place[chosen], self.own.facility[chosen], strict=True):
            found.setdefault(code, set()).add("" if self.question.sensitive else key)
        return found

    # --- who reported --------------------------------------------------------------------------

    def _reported(self, code: str) -> bool:
        """Return whether a facility reported that would have sent this area's records, of any disease."""
        if self.question.by in _BY_FACILITY and code != UNKNOWN:
            return code in self._senders
        return bool(self.inside(self.every.visit_cell).any())

    @cached_property
    def _senders(self) -> set[str]:
        """Areas whose facilities sent a record in the period, of any disease but the sensitive ones."""
        sensitive = [code for code, disease in DISEASES.items() if disease.sensitive]
        told = self.inside(self.every.visit_cell) & ~np.isin(self.every.disease.astype(str), sensitive)
        return set(self._places(self.every.chosen(told)).tolist())

    # --- people who came together ----------------------------------------------------------------

    @cached_property
    def _vans(self) -> dict[str, list[VanSums]]:
        """Area -> sums over the vans in the period; of areas of care one for each facility."""
        parts: dict[tuple[str, str], VanSums] = {}
        for (code, key, cell), sums in self._of_vans(self.place).items():
            if self.inside(np.array([cell]))[0]:
                part = key if self.question.by in _BY_FACILITY else ""
                parts[code, part] = parts.get((code, part), VanSums()) + sums
        found: dict[str, list[VanSums]] = {}
        for code, part in sorted(parts):
            found.setdefault(code, []).append(parts[code, part])
        return found

    @cached_property
    def _pooled(self) -> float | None:
        """Correlation within vans over all facilities and days."""
        strata: dict[tuple[str, int], VanSums] = {}
        for (_, key, cell), sums in self._of_vans(self.own.facility).items():
            stratum = (key, cell // _DAYS_OF_STRATUM)
            strata[stratum] = strata.get(stratum, VanSums()) + sums
        return correlation([strata[key] for key in sorted(strata)])

    def _of_vans(self, places: NDArray[Any]) -> dict[tuple[str, str, int], VanSums]:
        """(area, facility, cell) -> sums over its vans: people of one arrival, facility and day."""
        if self.question.sensitive:
            return {}
        own = self.own
        added = _contributions(self.question.measure)[own.cascade]
        counted = np.flatnonzero((own.arrival != "") & (added[:, 1] > 0))
        cells = own.start_cell if self.question.by_start else own.visit_cell
        people: dict[tuple[Any, ...], list[int]] = {}
        for at in counted.tolist():
            van = (places[at], own.facility[at], int(cells[at]), own.arrival[at], int(own.visit[at]))
            held = people.setdefault(van, [0, 0])
            held[0] += 1
            held[1] += int(added[at, 0])
        found: dict[tuple[str, str, int], VanSums] = {}
        for (code, key, cell, *_), (m, x) in people.items():
            if m > 1:
                one = VanSums(1, m, m * m, x, x * x * MILLION // m)
                found[code, key, cell] = found.get((code, key, cell), VanSums()) + one
        return found


def _table(answer: _Answer, areas: list[str]) -> pd.DataFrame:
    question = answer.question
    if question.by == "facility":
        codes = list(answer.listed.number.values())
    else:
        held = set(answer.listed.province.values()) if question.by == "care" else set()
        codes = [*dict.fromkeys(areas), *sorted((held | answer.seen()) - {*areas, UNKNOWN})]
    codes = [*(code for code in codes if code != UNKNOWN), UNKNOWN]
    values = estimate([answer.counts(code) for code in codes])
    rows = [_row(code, value, answer.period) for code, value in zip(codes, values, strict=True)]
    if question.by_start:
        rows = [row | answer.outcomes(code) for code, row in zip(codes, rows, strict=True)]
    columns = (*COLUMNS, *(OF_COHORTS if question.by_start else ()))
    return pd.DataFrame(rows, columns=list(columns))


def _row(code: str, value: Estimate, period: tuple[str | None, str | None]) -> dict[str, Any]:
    row: dict[str, Any] = {"code": code, "status": value.status.value, "from": period[0], "to": period[1]}
    row |= {name: getattr(value, name) for name in ("numerator", "denominator", "unknown", "coverage")}
    row |= {name: getattr(value, name) for name in ("lower", "upper", "unknown_share", "lowest", "highest")}
    return row | {"flag": MUCH_UNKNOWN if value.mostly_unknown else None, "design_effect": value.effect}


def _contributions(measure: str) -> Numbers:
    """Return numerator, denominator and unknown of each cascade, shape (states, 3)."""
    states = sorted(all_states())
    return np.array([contribution(MEASURES[measure], answers) for _, answers in states], np.int64)


def _summed(places: NDArray[Any], rows: Numbers) -> dict[str, list[int]]:
    """Return the sums of the rows of each place."""
    codes, names = pd.factorize(places)
    sums = np.zeros((len(names), rows.shape[1]), np.int64)
    np.add.at(sums, codes, rows)
    return dict(zip(list(names), sums.tolist(), strict=True))


def _each_pair(pairs: Iterable[tuple[Any, Any]], read: Callable[[Any, Any], int]) -> Numbers:
    """Return what `read` makes of each pair, shape (n,); each distinct pair is read once."""
    known: dict[tuple[Any, Any], int] = {}
    found = []
    for pair in pairs:
        if pair not in known:
            known[pair] = read(*pair)
        found.append(known[pair])
    return np.array(found, np.int64)


def _number_of(part: str | None) -> int:
    return -1 if part is None else PARTS.index(part)


def _undated(cascade: int, outcome: str, start: int, days: int) -> int | None:
    first = day_of_number(start)
    found = known_day(cascade=cascade, outcome=outcome, start=first, days=days, date_outcome=None)
    return None if found is None else day_number(found)


def _one_of(name: str, given: Any, offered: Sequence[str]) -> Any:
    if given not in offered:
        raise StatisticsError(f"{name} is '{given}': use one of {', '.join(offered)}")
    return given


def _disease(given: str | None, records: Records) -> str:
    held = sorted(set(records.disease.tolist()))
    if given is None and len(held) != 1:
        raise StatisticsError(f"disease: the records hold {', '.join(held) or 'none'}; name one")
    return str(_one_of("disease", held[0] if given is None else given, tuple(DISEASES)))


def _groups(given: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    found = {}
    for axis, codes in given.items():
        offered = [value.code for value in AXES[_one_of("groups", axis, tuple(AXES))]]
        named = [codes] if isinstance(codes, str) else codes
        found[axis] = frozenset(_one_of(f"groups, {axis}", code, offered) for code in named)
    return found
