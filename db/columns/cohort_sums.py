"""Summing courses of treatment into cohorts, with NumPy and without a database.

`surveillance.coverage.cohorts` says what a course counts as, when it is due and until when it is known.
Each is asked once for every outcome and cascade, disease and regimen, or day, never for every record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db.columns.encoding import DictionaryColumn
from db.columns.sums import Coded, Numbers, StratumSums, below, grouped
from db.tables.cohorts import NO_BATCH, NO_FACILITY
from db.tables.records import SUM_COLUMNS
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
from surveillance.coverage.indicators import all_states
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_number, day_of_number, time_cell_last_day, time_cell_number

SENSITIVE = frozenset(code for code, disease in DISEASES.items() if disease.sensitive)
#: Texts that are read of a record; `day` is that of the visit, `primaquine` stands in its detail.
TEXTS = (
    "disease",
    "facility_key",
    "province_care",
    "province_home",
    "province_infection",
    "crossing",
    "outcome",
    "primaquine",
    "day",
    "date_treated",
    "date_outcome",
)
#: Stands for a day that is not known, before every day.
NO_DAY = day_number(date.min)
_NONE = -1
_UNKNOWN = PARTS.index(UNKNOWN_START)
#: Where sums of reports and of sealed line lists keep completion, and the parts of a cohort that it counts.
_COMPLETION = [SUM_COLUMNS.index(f"completion_{part}") for part in ("numerator", "denominator", "unknown")]
_COUNTED = np.array([(part in SUCCESS, part in OUTCOMES, part == UNKNOWN_START) for part in PARTS], np.int64)
#: Any day, to ask a rule how long after the start something is known.
_A_DAY = date(2000, 1, 1)
Columns = list[list[Any]]


@lru_cache(4096)
def primaquine(detail: str | None) -> str:
    """The regimen of primaquine that the detail of a record names; blank where it names none."""
    if not detail or "primaquine" not in detail:
        return ""
    return str(json.loads(detail).get("primaquine"))


@dataclass(frozen=True)
class Courses:
    """Records that say anything of a treatment, column by column. Days are numbers, or `NO_DAY`."""

    disease: Coded
    facility: Coded
    places: Mapping[str, Coded]
    outcome: Coded
    primaquine: Coded
    visit: Numbers
    start: Numbers
    ended: Numbers
    cascade: Numbers
    stratum: Numbers
    batch: Numbers

    @classmethod
    def of(
        cls,
        texts: Mapping[str, DictionaryColumn],
        rows: NDArray[Any],
        *,
        cascade: Numbers,
        stratum: Numbers,
        batch: Numbers,
    ) -> Courses:
        """Some rows of the columns `TEXTS`; the numbers belong to these rows alone."""
        named = {name: texts[name].part(rows) for name in TEXTS}
        days = {name: _days(named[name]) for name in ("day", "date_treated", "date_outcome")}
        treated = days["date_treated"]
        return cls(
            named["disease"],
            named["facility_key"],
            {
                "care": named["province_care"],
                "home": named["province_home"],
                "infection": named["province_infection"],
                "crossing": named["crossing"],
            },
            named["outcome"],
            named["primaquine"],
            days["day"],
            np.where(treated == NO_DAY, days["day"], treated),
            days["date_outcome"],
            cascade,
            stratum,
            batch,
        )

    @cached_property
    def sensitive(self) -> NDArray[np.bool_]:
        """Which records are HIV or syphilis."""
        return self.disease.among(SENSITIVE)

    @cached_property
    def part(self) -> Numbers:
        """What each counts as, by its place in `PARTS`; -1 where no treatment started."""
        return self._said(0)

    @cached_property
    def days(self) -> Numbers:
        """Follow-up time of each."""
        asked = [
            [follow_up_days(name, text or None) for text in self.primaquine.names]
            for name in self.disease.names
        ]
        found: Numbers = np.array(asked, np.int64)[self.disease.codes, self.primaquine.codes]
        return found

    @cached_property
    def cell(self) -> Numbers:
        """Cell of time in which each began."""
        return _each(self.start, time_cell_number)

    def _said(self, which: int) -> Numbers:
        table = np.stack([_of_outcome(name)[which] for name in self.outcome.names])
        found: Numbers = table[self.outcome.codes, self.cascade]
        return found

    def cohorts(self, sign: int) -> Columns:
        """Columns of `cube_cohort`: what the courses add to it (`sign` 1) or take from it (-1)."""
        begun = self.part != _NONE
        # Whose start is not known waits for no outcome; and a sensitive disease is kept by whole cells alone.
        whole = self.sensitive | (self.part == _UNKNOWN)
        due = (
            np.where(whole, _each(self.start, lambda day: day_number(time_cell_last_day(day))), self.start)
            + self.days
        )
        own = _or_none(self.facility)
        knows = np.where(whole, 0, own.codes)
        nowhere = Coded([""], np.zeros(len(begun), np.int64))
        by_facility = begun & ~self.sensitive
        kinds = (
            ("home", self.places["home"], knows, begun),
            ("infection", self.places["infection"], knows, begun),
            ("care", self.places["care"], knows, begun & self.sensitive),
            (
                "crossing",
                self.places["crossing"],
                own.codes,
                by_facility,
            ),  # accounts for some provinces ask whose
            ("facility", nowhere, own.codes, by_facility),
        )
        found: list[Columns] = []
        for kind, place, facility, kept in kinds:
            keys = (self.disease.codes, self.cell, place.codes, facility, due, self.stratum)
            added = sign * np.eye(len(PARTS), dtype=np.int64)[self.part[kept]]
            (disease, cell, where, who, day, stratum), sums = grouped([key[kept] for key in keys], added)
            named = [self.disease.texts(disease), [kind] * len(sums), cell.tolist(), place.texts(where)]
            found.append([*named, own.texts(who), day.tolist(), stratum.tolist(), *sums.T.tolist()])
        return below(found)

    def known(self, sign: int) -> Columns:
        """Columns of `cube_outcome_day`: by how many courses each day is known."""
        after = self._said(1)
        undated = np.where(after == _NONE, NO_DAY, self.start + after * self.days)
        dated = self.ended != NO_DAY
        week = _each(np.maximum(self.visit, self.ended), lambda day: day_number(last_whole_week(day)))
        day = np.where(self.sensitive, week, np.where(dated, self.ended, undated))
        own = _or_none(self.facility)
        facility = np.where(self.sensitive, 0, own.codes)
        batch = np.where(self.sensitive | dated, NO_BATCH, self.batch)
        keys, kept = (self.disease.codes, facility, batch, day), day != NO_DAY
        times = np.full((np.count_nonzero(kept), 1), sign, np.int64)
        (disease, who, number, day), sums = grouped([key[kept] for key in keys], times)
        return [self.disease.texts(disease), own.texts(who), number.tolist(), day.tolist(), *sums.T.tolist()]

    def completion(self) -> StratumSums:
        """What they add to completion, due or not, by disease, facility, cell of the start and stratum."""
        begun = self.part != _NONE
        columns = (self.disease.codes, self.facility.codes, self.cell, self.stratum)
        keys, sums = grouped([column[begun] for column in columns], _COUNTED[self.part[begun]])
        every = np.zeros((len(sums), len(SUM_COLUMNS)), np.int64)
        every[:, _COMPLETION] = sums
        return StratumSums(self.disease, self.facility, (keys[0], keys[1], keys[2], keys[3]), every)


@cache
def _of_outcome(outcome: str) -> tuple[Numbers, Numbers]:
    """What an outcome says, by the number of the cascade.

    The place of the part in `PARTS`; and after how many times of follow-up, none or one, an outcome without a
    day is known. -1 if absent.
    """
    found = np.full((2, len(all_states())), _NONE, np.int64)
    for state, _ in all_states():
        part = part_of(state, outcome)
        known = known_day(cascade=state, outcome=outcome, start=_A_DAY, days=1, date_outcome=None)
        if part is not None:
            found[0, state] = PARTS.index(part)
        if known is not None:
            found[1, state] = (known - _A_DAY).days
    return found[0], found[1]


def _days(texts: Coded) -> Numbers:
    """Numbers of days that are dates, or written as YYYY-MM-DD; a blank one is `NO_DAY`."""
    found: Numbers = np.array([_day(text) for text in texts.names], np.int64)[texts.codes]
    return found


def _day(text: date | str) -> int:
    if isinstance(text, date):
        return day_number(text)
    return day_number(date.fromisoformat(text)) if text else NO_DAY


def _each(days: Numbers, asked: Callable[[date], int]) -> Numbers:
    """The answer for each day; every day is asked about once."""
    distinct, at = np.unique(days, return_inverse=True)
    found: Numbers = np.array([asked(day_of_number(day)) for day in distinct.tolist()], np.int64)[at]
    return found


def _or_none(facility: Coded) -> Coded:
    """The facilities, and before them, as number 0, the one that stands for none."""
    if NO_FACILITY in facility.names:
        return facility
    return Coded([NO_FACILITY, *facility.names], facility.codes + 1)
