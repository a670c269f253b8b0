"""What is still to do for a case of malaria within one, three and seven days, and how long is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from surveillance.texts import N_

Step = Literal["notify", "investigate", "respond"]
#: done, late: done in time, or after it. due, overdue: not done, with time left or without. not_needed: no
#: response is asked for where the infection was brought along. unknown: the days contradict each other.
State = Literal["done", "late", "due", "overdue", "not_needed", "unknown"]

#: Days after the diagnosis within which each step is done: see `tasks`.
WITHIN: dict[Step, int] = {"notify": 1, "investigate": 3, "respond": 7}
NAMES: dict[Step, str] = {"notify": N_("Notify"), "investigate": N_("Investigate"), "respond": N_("Respond")}
STATES: dict[State, str] = {
    "done": N_("done in time"),
    "late": N_("done late"),
    "due": N_("to do"),
    "overdue": N_("overdue"),
    "not_needed": N_("not needed"),
    "unknown": N_("unknown: the days contradict each other"),
}
#: Origins of an infection that was not acquired where the person lives: no focus is to be responded to.
_BROUGHT = frozenset({"imported", "relapsing", "induced"})


@dataclass(frozen=True)
class Case:
    """A confirmed case, as far as the steps look at it.

    `diagnosed`: day of the result, else of the test, else of the visit. `origin`: a code of
    `surveillance.vocabulary.ORIGIN`. A day that nobody wrote down is None. `said`: whether a
    step was done in time, where the record says that without a day.
    """

    diagnosed: date
    notified: date | None = None
    investigated: date | None = None
    responded: date | None = None
    origin: str = "unknown"
    said: Mapping[Step, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One step of one case.

    `hours_left`: whole hours until the end of its last day, below 0 afterwards; None unless it is to do.
    """

    step: Step
    last_day: date
    done: date | None
    state: State
    hours_left: int | None = None

    @property
    def open(self) -> bool:
        """Whether it has still to be done."""
        return self.state in ("due", "overdue")


def tasks(case: Case, now: datetime) -> tuple[Task, ...]:
    """Return the three steps of a case, and where each stands.

    Parameters
    ----------
    case : Case
    now : datetime
        This moment, by the clock of the place. A step may be done until its last day is over.

    Returns
    -------
    tuple of Task, length 3
        In the order of `WITHIN`.

    References
    ----------
    Cao J et al. (2014). Communicating and monitoring surveillance and response activities for malaria
    elimination: China's "1-3-7" strategy. PLoS Medicine 11:e1001642, doi:10.1371/journal.pmed.1001642.

    Examples
    --------
    >>> case = Case(date(2026, 6, 1), notified=date(2026, 6, 2))
    >>> [(task.step, task.state, task.hours_left) for task in tasks(case, datetime(2026, 6, 4, 18))]
    [('notify', 'done', None), ('investigate', 'due', 6), ('respond', 'due', 102)]
    """
    done: dict[Step, date | None] = {
        "notify": case.notified,
        "investigate": case.investigated,
        "respond": case.responded,
    }
    return tuple(_task(case, step, done[step], now) for step in WITHIN)


def _task(case: Case, step: Step, done: date | None, now: datetime) -> Task:
    last = case.diagnosed + timedelta(days=WITHIN[step])
    if done is not None:
        if done < case.diagnosed or done > now.date():
            return Task(step, last, done, "unknown")
        return Task(step, last, done, "done" if done <= last else "late")
    if case.said.get(step):
        return Task(step, last, None, "done")
    if step == "respond" and case.origin in _BROUGHT:
        return Task(step, last, None, "not_needed")
    left = datetime.combine(last + timedelta(days=1), time(), now.tzinfo) - now
    hours = int(left.total_seconds() / 3600)  # whole hours, of what is left as of what is overdue
    return Task(step, last, None, "due" if left > timedelta() else "overdue", hours)


def most_urgent(found: tuple[Task, ...]) -> Task | None:
    """Return the open step whose time is over first.

    Parameters
    ----------
    found : tuple of Task

    Returns
    -------
    Task or None
        None where nothing is to be done.

    Examples
    --------
    >>> urgent = most_urgent(tasks(Case(date(2026, 6, 1)), datetime(2026, 6, 10)))
    >>> urgent.step, urgent.state
    ('notify', 'overdue')
    """
    return min((task for task in found if task.open), key=lambda task: task.last_day, default=None)
