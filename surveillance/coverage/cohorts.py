"""Outcomes of treatment, by the cohort that started it: what a record counts as, and from when.

Source: WHO consolidated guidance on tuberculosis data generation and use (2024), treatment outcomes: all who
started are the denominator, less those moved to second-line treatment; without an outcome a person is *not
evaluated*, and so is one who was transferred out until the receiving unit says what became of the person.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from surveillance.coverage.indicators import all_states, resolve
from surveillance.diseases import DISEASES

#: What a person who started counts as. They add up to the denominator.
OUTCOMES = ("cured", "completed", "died", "failed", "lost", "not_evaluated")
#: Of these, what counts as success.
SUCCESS = frozenset({"cured", "completed"})
#: Left out of the denominator: the person belongs to another cohort from then on.
MOVED = "moved"
#: Whether treatment started is not known.
UNKNOWN_START = "unknown"
#: Everything a record can add, in the order in which sums of cohorts keep it.
PARTS = (*OUTCOMES, MOVED, UNKNOWN_START)

#: Weekly primaquine: eight doses, one each week.
WEEKLY_PRIMAQUINE = frozenset({"weekly", "8_weeks"})
_WEEKLY_DAYS = 56
_MALARIA = "malaria"

_SAID = {
    "cured": "cured",
    "recovered": "cured",
    "completed": "completed",
    "died": "died",
    "failed": "failed",
    "lost_to_follow_up": "lost",
    "second_line": MOVED,
}
#: Outcomes that end a course at another time than its last day.
_EARLY = frozenset({"died", "failed", "lost_to_follow_up", "second_line", "transferred"})


@cache
def _started() -> dict[int, tuple[bool | None, bool | None]]:
    """Return, by the number of a cascade, whether treatment started, and whether it was completed."""
    found = {}
    for state, answers in all_states():
        *_, treated, completed = resolve(answers)
        found[state] = (treated, completed)
    return found


def part_of(cascade: int, outcome: str) -> str | None:
    """Return what a record adds to its cohort once it is due.

    A recorded outcome decides over the answer to "completed". Where only that answer is there, a yes counts
    as completed; a no says nothing about what happened instead, and the person is not evaluated.

    Parameters
    ----------
    cascade : int
        The five answers as one number (:func:`surveillance.coverage.indicators.state_number`).
    outcome : str
        Code of the outcome (surveillance.vocabulary.OUTCOME).

    Returns
    -------
    str or None
        One of `PARTS`; None where no treatment started.

    References
    ----------
    WHO (2024). Consolidated guidance on tuberculosis data generation and use, treatment outcomes.

    Examples
    --------
    >>> from surveillance.coverage.indicators import state_number
    >>> started = state_number((True, True, True, True, None))
    >>> part_of(started, "cured"), part_of(started, "transferred"), part_of(started, "unknown")
    ('cured', 'not_evaluated', 'not_evaluated')
    """
    treated, completed = _started()[cascade]
    if treated is False:
        return None
    if treated is None:
        return UNKNOWN_START
    if outcome == "recovered" and completed is False:
        return "not_evaluated"  # from the illness, without the whole course
    if outcome in _SAID:
        return _SAID[outcome]
    # Also where the person was transferred: a yes is then what the receiving unit has said.
    return "completed" if completed else "not_evaluated"


def follow_up_days(disease: str, primaquine: str | None = None) -> int:
    """Return the follow-up time of a course.

    Parameters
    ----------
    disease : str
        Code of the disease.
    primaquine : str, optional
        Regimen of primaquine, an item of `detail`.

    Returns
    -------
    int
        Days from the start of treatment after which its completion is due.

    Examples
    --------
    >>> follow_up_days("malaria"), follow_up_days("malaria", "14_days"), follow_up_days("malaria", "weekly")
    (28, 28, 56)
    """
    if disease == _MALARIA and primaquine in WEEKLY_PRIMAQUINE:
        return _WEEKLY_DAYS
    return DISEASES[disease].follow_up_days


def longest_follow_up(disease: str) -> int:
    """Return the follow-up time after which every course of a disease is due, whatever its regimen.

    Parameters
    ----------
    disease : str
        Code of the disease.

    Returns
    -------
    int
        Days from the start of treatment.

    Examples
    --------
    >>> longest_follow_up("malaria"), longest_follow_up("tb")
    (56, 365)
    """
    return max(follow_up_days(disease), follow_up_days(disease, "weekly"))


def known_day(
    *, cascade: int, outcome: str, start: date, days: int, date_outcome: date | None
) -> date | None:
    """Return the last day of which a record shows that its facility knew outcomes.

    It is the day of the outcome. An outcome without a day is put on the day on which the course was due;
    where the course ended early (death, loss, failure, transfer, second line), on the day on which it
    started, since it can have ended on any day after.

    Parameters
    ----------
    cascade : int
        The five answers as one number.
    outcome : str
        Code of the outcome.
    start : date
        Day treatment started.
    days : int
        Follow-up time of the course (:func:`follow_up_days`).
    date_outcome : date or None
        Day of the outcome.

    Returns
    -------
    date or None
        None where the record shows nothing.

    Notes
    -----
    An outcome without a day is no later than the file that brought it: the caller takes the earlier day.

    Examples
    --------
    >>> from surveillance.coverage.indicators import state_number
    >>> started = state_number((True, True, True, True, None))
    >>> known_day(cascade=started, outcome="cured", start=date(2025, 1, 1), days=28, date_outcome=None)
    datetime.date(2025, 1, 29)
    """
    if date_outcome is not None:
        return date_outcome
    treated, completed = _started()[cascade]
    if not treated:
        return None
    if outcome in _EARLY:
        return start
    if completed is None and outcome not in _SAID and outcome != "not_evaluated":
        return None
    return start + timedelta(days=days)


def day_of_change(received: date, *, accepted: int, last_visit: date | None) -> date:
    """Return the day of which a file speaks that changed what is recorded of a treatment.

    A file that only corrects held records speaks of the day on which it came. One that brings visits too may
    be the history of years, and speaks of the days up to its last visit.

    Parameters
    ----------
    received : date
        Day on which the file came.
    accepted : int
        New records in it.
    last_visit : date or None
        Day of its last visit.

    Returns
    -------
    date

    Examples
    --------
    >>> day_of_change(date(2025, 6, 1), accepted=0, last_visit=date(2025, 5, 1))
    datetime.date(2025, 6, 1)
    >>> day_of_change(date(2025, 6, 1), accepted=9, last_visit=date(2025, 5, 1))
    datetime.date(2025, 5, 1)
    """
    return min(received, last_visit) if accepted and last_visit is not None else received


def last_whole_week(day: date) -> date:
    """Return the last day of the last ISO week that a day completes: data up to a Sunday know its whole week.

    Parameters
    ----------
    day : date

    Returns
    -------
    date
        A Sunday.

    Examples
    --------
    >>> last_whole_week(date(2025, 3, 31)), last_whole_week(date(2025, 3, 30))
    (datetime.date(2025, 3, 30), datetime.date(2025, 3, 30))
    """
    return day - timedelta(days=day.isoweekday() % 7)
