"""What each record adds to each indicator, as arrays: alike records are counted once.

No database here: columns come in, contributions go out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.columns.encoding import DictionaryColumn, RecordBatch
from db.columns.sums import Numbers, joint
from surveillance.coverage.indicators import STEPS, all_states, resolve
from surveillance.epiweek import day_number
from surveillance.indicators.facts import AMOUNTS, Answer, Facts, between
from surveillance.indicators.model import Indicator, OfRecords
from surveillance.indicators.table import OF_RECORDS

#: Columns of `episode` that are read as texts, after disease and places; days as YYYY-MM-DD, or blank.
CODES = ("test_method", "case_status", "origin", "outcome", "detail")
DAYS = (
    "date_visit",
    "date_tested",
    "date_result",
    "date_treated",
    "date_notified",
    "date_investigated",
    "date_responded",
    "date_viral_load",
)
#: And as numbers; what is not known is `NONE`.
MEASURED = ("age_years", "g6pd_activity", "viral_load")
NUMBERS = ("period", "start_period", "cascade", *MEASURED)
NONE = -1
_NO_DAY = -(10**6)


class Added(NamedTuple):
    """What rows add to one indicator: rows of the columns, and numerator, denominator and unknown of each."""

    indicator: Indicator
    rows: NDArray[np.int64]
    counts: Numbers


@dataclass
class Contributions:
    """Counts records; remembers what alike ones add.

    Parameters
    ----------
    keys : set of int or None
        Only these indicators, by their keys; None: all of them.
    """

    keys: frozenset[int] | None = None
    _known: dict[str, dict[tuple[Any, ...], Numbers]] = field(default_factory=dict)

    def of(self, texts: Mapping[str, DictionaryColumn], numbers: Mapping[str, Numbers]) -> Iterator[Added]:
        """What each row adds to each indicator that counts anything of it."""
        disease = texts["disease"]
        for code, name in enumerate(disease.names):
            wanted = self._indicators(name)
            rows = np.flatnonzero(disease.codes == code)
            if not wanted or not len(rows):
                continue
            counts = self._counts(name, wanted, rows, texts, numbers)
            for position, indicator in enumerate(wanted):
                own = counts[:, 3 * position : 3 * position + 3]
                kept = own.any(axis=1)
                if kept.any():
                    yield Added(indicator, rows[kept], own[kept])

    def _indicators(self, disease: str) -> list[Indicator]:
        return [
            row
            for key, row in OF_RECORDS.items()
            if disease in row.diseases and (self.keys is None or key in self.keys)
        ]

    def _counts(
        self,
        disease: str,
        wanted: Sequence[Indicator],
        rows: NDArray[np.int64],
        texts: Mapping[str, DictionaryColumn],
        numbers: Mapping[str, Numbers],
    ) -> Numbers:
        """Numerator, denominator and unknown of each indicator side by side, shape (n_rows, 3 n)."""
        asked = {name for row in wanted for name in _rule(row).amounts}
        amounts = {
            name: _amount(name, rows, texts, numbers) if name in asked else np.full(len(rows), NONE)
            for name in AMOUNTS
        }
        coded = [texts[name].codes[rows].astype(np.int64) for name in CODES]
        columns = [numbers["cascade"][rows], *coded, *amounts.values()]
        _, first, where = np.unique(joint(columns), return_index=True, return_inverse=True)
        known = self._known.setdefault(disease, {})
        found = []
        names = [texts[name].names for name in CODES]
        for at in zip(*(column[first].tolist() for column in columns), strict=True):
            cascade, said = at[0], tuple(of[code] for of, code in zip(names, at[1:], strict=False))
            told = (cascade, said, at[1 + len(CODES) :])
            if told not in known:
                facts = _facts(disease, cascade, said, told[2])
                each = [_rule(row).rule(facts) for row in wanted]
                known[told] = np.array(each, np.int64).reshape(-1)
            found.append(known[told])
        return np.array(found, np.int64).reshape(-1, 3 * len(wanted))[where]


def _rule(indicator: Indicator) -> OfRecords:
    assert isinstance(indicator.counted, OfRecords)  # noqa: S101 - as OF_RECORDS has them
    return indicator.counted


@cache
def _answers() -> dict[int, tuple[Answer, ...]]:
    return {state: resolve(answers) for state, answers in all_states()}


def _facts(disease: str, cascade: int, said: Sequence[str], amounts: Sequence[int]) -> Facts:
    values: dict[str, Any] = dict(zip(STEPS, _answers()[cascade], strict=True))
    values |= dict(zip(CODES, said, strict=True))
    values |= {name: None if value == NONE else value for name, value in zip(AMOUNTS, amounts, strict=True)}
    detail = values.pop("detail")
    return Facts(disease, items=json.loads(detail) if detail else {}, **values)


def facts_of(record: Mapping[str, Any]) -> Facts:
    """One record as rules are told of it, from its columns: slow, for tests and for looking at one record."""
    days = {name: record[name] and day_number(record[name]) for name in DAYS}
    base = days["date_result"] or days["date_tested"] or days["date_visit"]
    values: dict[str, Any] = dict(zip(STEPS, _answers()[record["cascade"]], strict=True))
    values |= {name: record[name] for name in (*CODES, *MEASURED)}
    detail = values.pop("detail")
    return Facts(
        record["disease"],
        items=json.loads(detail) if detail else {},
        notified=between(base, days["date_notified"]),
        investigated=between(base, days["date_investigated"]),
        responded=between(base, days["date_responded"]),
        on_treatment=between(days["date_treated"], days["date_viral_load"] or days["date_visit"]),
        **values,
    )


#: Amount of time -> the days that may begin it, the first that is known, and those that may end it.
_DIAGNOSIS = ("date_result", "date_tested", "date_visit")
_BETWEEN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "notified": (_DIAGNOSIS, ("date_notified",)),
    "investigated": (_DIAGNOSIS, ("date_investigated",)),
    "responded": (_DIAGNOSIS, ("date_responded",)),
    "on_treatment": (("date_treated",), ("date_viral_load", "date_visit")),
}


def _amount(
    name: str,
    rows: NDArray[np.int64],
    texts: Mapping[str, DictionaryColumn],
    numbers: Mapping[str, Numbers],
) -> Numbers:
    """One amount of each row; `NONE` where it is not known."""
    if name not in _BETWEEN:
        return numbers[name][rows]
    first, last = (_first_known(some, rows, texts) for some in _BETWEEN[name])
    pairs = np.stack((first, last), axis=1)
    distinct, where = np.unique(pairs, axis=0, return_inverse=True)
    days = [between(*(None if day == _NO_DAY else day for day in pair)) for pair in distinct.tolist()]
    return np.array([NONE if one is None else one for one in days], np.int64)[where.reshape(-1)]


def _first_known(
    names: Sequence[str], rows: NDArray[np.int64], texts: Mapping[str, DictionaryColumn]
) -> Numbers:
    found = np.full(len(rows), _NO_DAY, np.int64)
    for name in reversed(names):
        column = texts[name]
        days = np.array([_day(text) for text in column.names], np.int64)[column.codes[rows]]
        found = np.where(days == _NO_DAY, found, days)
    return found


def _day(text: str) -> int:
    return day_number(date.fromisoformat(text)) if text else _NO_DAY


def columns_of(
    batch: RecordBatch, names: Sequence[str]
) -> tuple[dict[str, DictionaryColumn], dict[str, Numbers]]:
    """The columns of some rows by name: texts, then `NUMBERS`."""
    texts = dict(zip(names, batch.texts, strict=True))
    return texts, {name: column.astype(np.int64) for name, column in zip(NUMBERS, batch.numbers, strict=True)}
