"""Person-time of a population that is known on some dates: exact integrals, as SaTScan takes them.

Between two dates a population changes evenly, before the first and after the last it stays. A date given to
the day is the number of that whole day: the line is flat from its beginning to its end and slopes to the next
date from there. A year alone stands for 1 July and a month alone for its 15th, a point on the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.errors import StatisticsError

Floats = NDArray[np.float64]
_EPOCH = np.datetime64("0001-01-01", "D")


@dataclass(frozen=True)
class Calendar:
    """The dates of a population that bear on a period.

    days : number of each day, day 1 being the first of year 1, shape (dates,), in order.
    whole : whether the date was given to the day, shape (dates,).
    written : each date as it was given.
    edges : where the units of time begin, and where the last ends, shape (units + 1,).
    """

    days: NDArray[np.int64]
    whole: NDArray[np.bool_]
    written: tuple[str, ...]
    edges: NDArray[np.int64]

    @classmethod
    def of(cls, people: pd.DataFrame, starts: tuple[date, ...] = (), last: date | None = None) -> Calendar:
        """Read the dates of a population that bear on a period.

        They are the last date before the period, those in it and the first after it. Without units (`starts`)
        the period is that of the dates themselves.

        Parameters
        ----------
        people : DataFrame
            `date`, `whole_day` and `written`.
        starts : tuple of date
            First day of each unit of time.
        last : date, optional
            Last day of the period.

        Returns
        -------
        Calendar

        Raises
        ------
        StatisticsError
            Two dates mean the same day.
        """
        dates = people[["date", "whole_day", "written"]].drop_duplicates(["date", "whole_day"])
        dates = dates.sort_values("date", kind="stable")
        days = numbers_of(dates["date"].to_numpy())
        same = np.flatnonzero(np.diff(days) == 0)
        if same.size:
            first, second = dates["written"].iloc[[same[0], same[0] + 1]]
            raise StatisticsError(
                f"population: the dates {first} and {second} mean the same day; write one of them"
            )
        edges = np.array([day.toordinal() for day in starts]) if starts else days[:1]
        flat = days.size == 1 or bool(dates["whole_day"].iloc[-1])
        end = last.toordinal() + 1 if last else int(days[-1]) + flat
        low = max(int(np.searchsorted(days, edges[0], side="right")) - 1, 0)
        high = min(int(np.searchsorted(days, end)), days.size - 1)
        used = slice(low, high + 1)
        return cls(
            days[used],
            dates["whole_day"].to_numpy(dtype=bool)[used],
            tuple(dates["written"].iloc[used]),
            np.append(edges, end),
        )

    def refuse_gaps(self, people: pd.DataFrame, names: NDArray) -> None:
        """Hold every place to every date, and to every group that any place has.

        Raises
        ------
        StatisticsError
            One has no row: it would count as empty there. Names the place, the group and the date.
        """
        held = people.assign(day=numbers_of(people["date"].to_numpy()))
        wanted = pd.DataFrame({"location": np.arange(names.size)})
        wanted = wanted.merge(pd.DataFrame({"day": self.days}), how="cross")
        by = ["location", "day"]
        if "stratum" in people.columns:
            wanted = wanted.merge(held[["stratum"]].drop_duplicates(), how="cross")
            by.append("stratum")
        missing = wanted.merge(held[by].drop_duplicates(), how="left", indicator=True)
        missing = missing[missing["_merge"] == "left_only"]
        if missing.empty:
            return
        first = missing.iloc[0]
        written = self.written[int(np.searchsorted(self.days, first["day"]))]
        group = f" ({', '.join(map(str, first['stratum']))})" if "stratum" in by else ""
        more = f", and {len(missing) - 1} more are missing" if len(missing) > 1 else ""
        raise StatisticsError(
            f"population: {names[int(first['location'])]}{group} has no row on {written}, a date that others "
            f"have{more}; add it, with 0 where nobody lived there"
        )

    def weights(self) -> Floats:
        """Person-time of each unit for one person on each date, shape (units, dates): whole integrals."""
        knots = np.concatenate([self.days, self.days[self.whole] + 1]).astype(float)
        owner = np.concatenate([np.arange(self.days.size), np.flatnonzero(self.whole)])
        order = np.lexsort((owner, knots))
        knots, owner = knots[order], owner[order]
        points = np.unique(np.concatenate([self.edges.astype(float), knots]))
        points = points[(points >= self.edges[0]) & (points <= self.edges[-1])]
        found = np.zeros((self.edges.size - 1, self.days.size))
        for begin, end in pairwise(points):
            unit = int(np.searchsorted(self.edges, begin, side="right")) - 1
            after = int(np.searchsorted(knots, (begin + end) / 2))
            left, right = max(after - 1, 0), min(after, knots.size - 1)
            between = knots[right] - knots[left]
            share = ((begin + end) / 2 - knots[left]) / between if between else 0.0  # none: outside all dates
            found[unit, owner[left]] += (1.0 - share) * (end - begin)
            found[unit, owner[right]] += share * (end - begin)
        return found

    def person_time(self, people: pd.DataFrame, places: int) -> Floats:
        """Persons times days of each place and unit, shape (places, units); the groups of one date add up."""
        values = np.zeros((places, self.days.size))
        days = numbers_of(people["date"].to_numpy())
        here = np.isin(days, self.days)
        at = np.searchsorted(self.days, days[here])
        np.add.at(values, (people["location"].to_numpy()[here], at), people["population"].to_numpy()[here])
        return np.asarray(values @ self.weights().T)


def numbers_of(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return the number of each day, as `date.toordinal` counts.

    Parameters
    ----------
    days : ndarray of datetime64, shape (n,)

    Returns
    -------
    ndarray of int, shape (n,)

    Examples
    --------
    >>> numbers_of(np.array(["2025-01-01"], "datetime64[D]")).tolist() == [date(2025, 1, 1).toordinal()]
    True
    """
    return np.asarray((days.astype("datetime64[D]") - _EPOCH).astype(np.int64) + 1)
