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
    """Number of a cascade -> whether treatment started, and whether it was completed."""
    found = {}
    for state, answers in all_states():
        *_, treated, completed = resolve(answers)
        found[state] = (treated, completed)
    return found


def part_of(cascade: int, outcome: str) -> str | None:
    """What a record adds to its cohort once it is due, one of `PARTS`; None where no treatment started.

    An outcome that is said decides over the answer to "completed". Where only that answer is there, a yes
    counts as completed; a no says nothing about what happened instead, and the person is not evaluated.

    Parameters
    ----------
    cascade : int
        The five answers as one number (:func:`surveillance.coverage.indicators.state_number`).
    outcome : str
        Code of the outcome (surveillance.vocabulary.OUTCOME).

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
    """Days from the start of treatment after which its completion is due.

    >>> follow_up_days("malaria"), follow_up_days("malaria", "14_days"), follow_up_days("malaria", "weekly")
    (28, 28, 56)
    """
    if disease == _MALARIA and primaquine in WEEKLY_PRIMAQUINE:
        return _WEEKLY_DAYS
    return DISEASES[disease].follow_up_days


def longest_follow_up(disease: str) -> int:
    """Days after which every course of a disease is due, whatever its regimen."""
    return max(follow_up_days(disease), follow_up_days(disease, "weekly"))


def known_day(
    *, cascade: int, outcome: str, start: date, days: int, date_outcome: date | None
) -> date | None:
    """Last day of which a record shows that its facility knew outcomes; None where it shows nothing.

    The day of its outcome. An outcome without a day is put on
    the day on which the course was due; where the course ended early (death, loss, failure, transfer, second
    line), on the day on which it started, since it can have ended on any day after.

    Parameters
    ----------
    start : date
        Day treatment started.
    days : int
        Follow-up time of the course (:func:`follow_up_days`).

    Notes
    -----
    An outcome without a day is no later than the file that brought it: who asks takes the earlier day.
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
    """Day of which a file speaks that changed what is said of a treatment.

    A file that only corrects what is held speaks of the day on which it came. One that brings visits too may
    be the history of years, and speaks of the days up to its last visit.
    """
    return min(received, last_visit) if accepted and last_visit is not None else received


def last_whole_week(day: date) -> date:
    """Last day of the last ISO week that a day completes: data up to a Sunday know the whole of its week.

    >>> last_whole_week(date(2025, 3, 31)), last_whole_week(date(2025, 3, 30))
    (datetime.date(2025, 3, 30), datetime.date(2025, 3, 30))
    """
    return day - timedelta(days=day.isoweekday() % 7)
