"""What else moved where a cluster is: people seen, people tested, arrivals, facilities that report.

An excess of cases may be an excess of people (a mass return), of tests (a screening drive), or of reports
elsewhere falling silent. So these are counted inside and outside a cluster, during its dates and in as many
days before, and what moved more on one side than on the other is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

#: A count has moved where it changed this many times as much on one side as on the other, up or down ...
FACTOR = 1.5
#: ... and by at least so many people.
LEAST_PEOPLE = 10
#: The same for facilities that report, where fewer mean more.
FACILITY_FACTOR = 1.25
LEAST_FACILITIES = 2
#: Fewest days in which they are counted: not every facility sees a patient every day.
LEAST_REPORTING_DAYS = 7
MEASURES = ("records", "tested", "arrivals", "facilities_reporting")
#: The same where every record is a case: what part of the cases was tested, or has arrived, may move.
AMONG_CASES = {"tested": "cases_tested", "arrivals": "cases_arrived"}
SIDES = ("inside", "outside")
SPANS = ("during", "before")


@dataclass(frozen=True)
class Count:
    """What was counted on one side in one span of time; None: not counted for this disease.

    The parts that are cases stand apart, since an outbreak moves them by itself: `cases` of the records,
    `positive` of the tested, `arrivals_cases` of the arrivals.
    """

    records: int | None
    cases: int
    tested: int | None
    positive: int
    arrivals: int | None
    arrivals_cases: int | None
    facilities_reporting: int | None

    def beside_cases(self, measure: str) -> int | None:
        """Return a count without the cases in it."""
        if measure == "facilities_reporting":
            return self.facilities_reporting
        if measure == "records":
            return None if self.records is None else self.records - self.cases
        if measure == "tested":
            return None if self.tested is None else self.tested - self.positive
        return None if self.arrivals is None else self.arrivals - (self.arrivals_cases or 0)


Context = Mapping[tuple[str, str], Count]


@dataclass(frozen=True)
class BaselineShift:
    """A count that moved: by which factor inside, outside, and the one over the other. None: from nothing.

    `outside_few`: too few people stand outside to know a factor; `outside` is None then, and the inside is
    compared with no change.
    """

    measure: str
    inside: float | None
    outside: float | None
    factor: float | None
    outside_few: bool = False


def earlier(start: date, end: date) -> tuple[date, date]:
    """Return as many days directly before a span.

    Parameters
    ----------
    start, end : date
        First and last day of the span.

    Returns
    -------
    first, last : date

    Examples
    --------
    >>> earlier(date(2025, 3, 8), date(2025, 3, 14))
    (datetime.date(2025, 3, 1), datetime.date(2025, 3, 7))
    """
    days = (end - start).days + 1
    return start - timedelta(days=days), start - timedelta(days=1)


def selected(
    inside: NDArray[np.bool_], day: NDArray[np.datetime64], first: date, last: date
) -> dict[str, NDArray[np.bool_]]:
    """Select the rows of a span of days on each side of a cluster.

    Parameters
    ----------
    inside : ndarray of bool, shape (n,)
        Whether each row lies inside the cluster.
    day : ndarray of datetime64, shape (n,)
        Day of each row.
    first, last : date
        The span, both days included.

    Returns
    -------
    dict of str to ndarray of bool, shape (n,)
        Side ("inside", "outside") -> rows.

    Examples
    --------
    >>> days = np.array(["2025-03-01", "2025-03-02", "2025-04-01"], "datetime64[D]")
    >>> found = selected(np.array([True, False, True]), days, date(2025, 3, 1), date(2025, 3, 31))
    >>> found["inside"].tolist(), found["outside"].tolist()
    ([True, False, False], [False, True, False])
    """
    within = (day >= np.datetime64(first, "D")) & (day <= np.datetime64(last, "D"))
    return {"inside": within & inside, "outside": within & ~inside}


def baseline_shifts(context: Context, *, every_record: bool = False) -> list[BaselineShift]:
    """List the counts that moved more on one side of a cluster than on the other.

    Each count is that of people who are no cases, during the cluster over as long before. The factor of the
    inside is divided by that of the outside. It has moved where that is 1.5 or more (or 2/3 or less) because
    of at least ten people; for facilities that report, 1.25 (or 0.8) and two facilities.

    Nothing is said where there is no time before, nor from too few: inside there must be ten people (one
    facility) in one of the two spans, since 0 over 0 is no factor. Where all who were tested inside during
    the cluster are cases, nothing is said of tests (so, too, of people seen and of arrivals): no one stands
    beside the cases. Where too few stand outside, the inside is compared with no change.

    Parameters
    ----------
    context : mapping of (str, str) to Count
        Side and span -> what was counted, in persons and facilities.
    every_record : bool
        Every record is a case, so that no other people stand beside the cases. Then the parts of the cases
        that were tested and that had arrived are compared, each from at least ten records; the people are
        those more or fewer than that part of before would make.

    Returns
    -------
    list of BaselineShift

    Examples
    --------
    >>> def count(records):
    ...     return Count(records, 0, records, 0, 0, 0, 5)
    >>> context = {(side, span): count(100) for side in SIDES for span in SPANS}
    >>> context["inside", "during"] = count(200)
    >>> [(found.measure, found.factor) for found in baseline_shifts(context)]
    [('records', 2.0), ('tested', 2.0)]
    """
    if not {(side, "before") for side in SIDES} <= set(context):
        return []
    if every_record:
        found = [_part_moved(context, measure) for measure in AMONG_CASES]
        found.append(_moved(context, "facilities_reporting"))
    else:
        found = [_moved(context, measure) for measure in MEASURES]
    return [item for item in found if item is not None]


def _moved(context: Context, measure: str) -> BaselineShift | None:
    counts = {key: count.beside_cases(measure) for key, count in context.items()}
    facilities = measure == "facilities_reporting"
    if not facilities and not counts["inside", "during"] and getattr(context["inside", "during"], measure):
        return None  # all of them are cases
    change: dict[str, float | None] = {}
    many: dict[str, bool] = {}
    few: dict[str, bool] = {}
    for side in SIDES:
        now, then = counts[side, "during"], counts[side, "before"]
        if now is None or then is None:
            return None
        change[side] = now / then if then else None
        many[side] = abs(now - then) >= (LEAST_FACILITIES if facilities else LEAST_PEOPLE)
        few[side] = max(now, then) < (1 if facilities else LEAST_PEOPLE)
    return _told(measure, change, many, few, FACILITY_FACTOR if facilities else FACTOR)


def _part_moved(context: Context, measure: str) -> BaselineShift | None:
    """Return whether another part of all records than before was tested, or had arrived."""
    change: dict[str, float | None] = {}
    many: dict[str, bool] = {}
    few: dict[str, bool] = {}
    for side in SIDES:
        now, then = context[side, "during"], context[side, "before"]
        some, some_then = getattr(now, measure), getattr(then, measure)
        if some is None or some_then is None:
            return None
        few[side] = min(now.records or 0, then.records or 0) < LEAST_PEOPLE
        few[side] = few[side] or not (some or some_then)
        usual = (now.records or 0) * some_then / then.records if then.records else 0.0
        change[side] = some / usual if usual else None
        many[side] = abs(some - usual) >= LEAST_PEOPLE
    return _told(AMONG_CASES[measure], change, many, few, FACTOR)


def _told(
    measure: str,
    change: Mapping[str, float | None],
    many: Mapping[str, bool],
    few: Mapping[str, bool],
    factor: float,
) -> BaselineShift | None:
    if few["inside"]:
        return None
    inside, outside = change["inside"], None if few["outside"] else change["outside"]
    against = 1.0 if few["outside"] else outside
    relative = inside / against if inside is not None and against else None
    if relative is not None and 1 / factor < relative < factor:
        return None
    if inside is None and outside is None and not few["outside"]:
        return None  # from nothing on both sides: no factor can be compared
    elsewhere = many["outside"] and not few["outside"]
    elsewhere = elsewhere and (outside is None or not 1 / factor < outside < factor)
    if not many["inside"] and not elsewhere:
        return None
    return BaselineShift(measure, inside, outside, relative, few["outside"])
