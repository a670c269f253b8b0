"""What shows that a facility has reported: records, declared periods, aggregate reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Flags = NDArray[np.bool_]
Whole = NDArray[np.integer]

#: Day of what never came; and of what came, nobody knows when. A known day is smaller than both.
NEVER, UNDATED = 1 << 30, 1 << 29
#: One piece of evidence: position of the facility, first and last day it is about, day it came (None: not
#: known), whether it names a person, and whether it answers for each of its days.
Piece = tuple[int, date, date, date | None, bool, bool]


@dataclass(frozen=True)
class Evidence:
    """What came from facilities, piece by piece; all arrays have shape (n,).

    Parameters
    ----------
    facility : array of int
        Position of the facility among those that are judged.
    first, last : array of int
        Proleptic ordinals of the first and last day that the piece is about.
    came : array of int
        Ordinal of the day on which it came; `UNDATED` where that is not known.
    seen : array of bool
        Whether it names a person.
    whole : array of bool
        Whether it answers for each of its days: a declared period, or an aggregate report. A record only
        shows that its facility sent something of the period that it lies in.
    """

    facility: Numbers
    first: Numbers
    last: Numbers
    came: Numbers
    seen: Flags
    whole: Flags

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> Evidence:
        """Put pieces together.

        Parameters
        ----------
        pieces : iterable of (int, date, date, date or None, bool, bool)

        Returns
        -------
        Evidence

        Examples
        --------
        >>> week = date(2026, 6, 1), date(2026, 6, 7)
        >>> found = Evidence.of([(0, *week, date(2026, 6, 9), True, False)])
        >>> date.fromordinal(int(found.came[0]))
        datetime.date(2026, 6, 9)
        """
        listed = [
            (one, first.toordinal(), last.toordinal(), came.toordinal() if came else UNDATED, seen, whole)
            for one, first, last, came, seen, whole in pieces
        ]
        columns = np.array(listed, np.int64).reshape(-1, 6).T
        numbers = [column.astype(np.int32) for column in columns[:4]]
        return cls(numbers[0], numbers[1], numbers[2], numbers[3], columns[4] != 0, columns[5] != 0)

    @classmethod
    def of_records(cls, facility: Whole, first: Whole, last: Whole) -> Evidence:
        """Put records together of which nobody asks when they came.

        Parameters
        ----------
        facility : array of int, shape (n,)
            Position of the facility of each.
        first, last : array of int, shape (n,)
            Proleptic ordinals of the first and last day that it is about.

        Returns
        -------
        Evidence
            Each names a person, came on a day that is not known, and answers for no day but its own.

        Examples
        --------
        >>> found = Evidence.of_records(np.array([2]), np.array([739_000]), np.array([739_006]))
        >>> found.seen.tolist(), found.whole.tolist(), bool(found.came[0] == UNDATED)
        ([True], [False], True)
        """
        numbers = [np.asarray(given, np.int32) for given in (facility, first, last)]
        size = numbers[0].shape
        came, seen = np.full(size, UNDATED, np.int32), np.ones(size, bool)
        return cls(numbers[0], numbers[1], numbers[2], came, seen, ~seen)

    @classmethod
    def joined(cls, parts: Iterable[Evidence]) -> Evidence:
        """Put several together.

        Parameters
        ----------
        parts : iterable of Evidence

        Returns
        -------
        Evidence

        Examples
        --------
        >>> none = Evidence.of([])
        >>> len(Evidence.joined([none, none]).came)
        0
        """
        listed = [cls.of([]), *parts]
        names = ("facility", "first", "last", "came", "seen", "whole")
        return cls(*(np.concatenate([getattr(part, name) for part in listed]) for name in names))

    def kept(self, chosen: Flags) -> Evidence:
        """Keep the chosen pieces.

        Parameters
        ----------
        chosen : array of bool, shape (n,)

        Returns
        -------
        Evidence

        Examples
        --------
        >>> day = date(2026, 6, 1)
        >>> found = Evidence.of([(0, day, day, None, True, False), (1, day, day, None, True, False)])
        >>> found.kept(found.facility == 1).facility.tolist()
        [1]
        """
        names = ("facility", "first", "last", "came", "seen", "whole")
        return Evidence(*(getattr(self, name)[chosen] for name in names))
